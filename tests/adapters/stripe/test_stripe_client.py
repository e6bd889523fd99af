"""Requests to Stripe: their form, their retries, their samples, and what they never show."""

from __future__ import annotations

import logging

import pytest
import stripe

from tests.adapters.scripted_server import Reply
from tests.adapters.stripe.account import AT, CHECKOUT, KEY, Account, objects, refused, session, subscription
from watcher.adapters.stripe.client import API_VERSION
from watcher.core.billing import BillingTruth, CheckoutState, ObjectMissing
from watcher.core.errors import Api, CallFailed, Code, Kind, error_view
from watcher.core.times import Instant

NOW = Instant(float(AT))
PAGE = "https://watch.example/settings"


async def failure(account: Account, *replies: Reply) -> CallFailed:
    """Return the failure of a checkout whose requests get these answers."""
    account.replies(*replies)
    with pytest.raises(CallFailed) as caught:
        await account.client.create_session(CHECKOUT, "cus_1", "ref-1", PAGE)
    return caught.value


async def test_a_checkout_is_asked_for_with_its_key(account: Account) -> None:
    account.replies(Reply(session()))
    made = await account.client.create_session(CHECKOUT, "cus_1", "ref-1", PAGE)
    assert (made.id, made.state, made.reference) == ("cs_test_1", CheckoutState.OPEN, CHECKOUT.key)
    assert account.sent() == [
        (
            "POST",
            "/v1/checkout/sessions",
            {
                "mode": "subscription",
                "customer": "cus_1",
                "client_reference_id": CHECKOUT.key,
                "line_items[0][price]": "price_gold",
                "line_items[0][quantity]": "1",
                "metadata[user]": "ref-1",
                "subscription_data[metadata][reference]": CHECKOUT.key,
                "subscription_data[metadata][user]": "ref-1",
                "expires_at": str(AT + 82_800),
                "success_url": f"{PAGE}?done=paid",
                "cancel_url": f"{PAGE}?done=not-paid",
            },
        )
    ]
    headers = account.server.requests[0].headers
    assert headers["Idempotency-Key"] == CHECKOUT.key
    assert headers["Authorization"] == f"Bearer {KEY}"
    assert headers["Stripe-Version"] == API_VERSION == stripe.api_version
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"


async def test_every_post_has_a_key_and_no_get_has_one(account: Account) -> None:
    client = account.client
    account.replies(
        Reply({"id": "cus_1"}), Reply(session("expired")), Reply({"url": "https://billing.example"})
    )
    await client.create_customer(CHECKOUT, "ref-1")
    await client.expire_session("cs_test_1")
    await client.create_portal("cus_1", PAGE, "b" * 64)
    account.replies(
        Reply(session()), Reply(objects(session())), Reply(objects()), Reply({"id": "price_gold"})
    )
    await client.fetch_session("cs_test_1")
    await client.find_session("cus_1", CHECKOUT.key)
    await client.fetch_truth("cus_1", NOW)
    await client.check_price("price_gold")
    keys = [(r.method, r.headers.get("Idempotency-Key")) for r in account.server.requests]
    assert keys == [
        ("POST", f"{CHECKOUT.key}-customer"),
        ("POST", "cs_test_1-expire"),
        ("POST", "b" * 64),
        *[("GET", None)] * 4,
    ]


async def test_stripe_learns_nothing_of_a_user_but_references(account: Account) -> None:
    account.replies(Reply({"id": "cus_1"}), Reply(session()))
    await account.client.create_customer(CHECKOUT, "ref-1")
    await account.client.create_session(CHECKOUT, "cus_1", "ref-1", PAGE)
    assert account.sent()[0][2] == {"metadata[reference]": CHECKOUT.key, "metadata[user]": "ref-1"}
    assert not any(CHECKOUT.user.encode() in body for body in account.server.bodies)


async def test_customers_are_listed_and_searched_by_their_reference(account: Account) -> None:
    """The search finds late; the list has only the newest, of whomever."""
    mine, gone, other = (
        {"id": f"cus_{number}", "metadata": {"user": owner}, **more}
        for number, owner, more in ((1, "ref-1", {}), (2, "ref-1", {"deleted": True}), (3, "ref-2", {}))
    )
    old = {"id": "cus_0", "metadata": {"user": "ref-1"}}
    account.replies(Reply(objects(other, gone, mine)), Reply(objects(mine, old)))
    assert await account.client.find_customers("ref-1") == ["cus_1", "cus_0"]
    assert account.sent() == [
        ("GET", "/v1/customers", {"limit": "100"}),
        ("GET", "/v1/customers/search", {"query": "metadata['user']:'ref-1'", "limit": "100"}),
    ]
    account.replies(Reply(objects(mine)), refused(400, "invalid_request_error", ""))
    assert await account.client.find_customers("ref-1") == ["cus_1"]  # there is no search in some countries


async def test_a_name_in_an_address_is_quoted(account: Account) -> None:
    account.replies(Reply(session()))
    await account.client.fetch_session("../customers?x")
    assert account.server.requests[0].raw_path == "/v1/checkout/sessions/..%2Fcustomers%3Fx"


async def test_the_session_of_a_checkout_is_found_by_its_reference(account: Account) -> None:
    other = session(client_reference_id="b" * 64, id="cs_test_2")
    account.replies(Reply(objects(other, session("complete"))))
    found = await account.client.find_session("cus_1", CHECKOUT.key)
    assert found is not None
    assert (found.id, found.state) == ("cs_test_1", CheckoutState.PAID)
    assert await account.client.find_session("cus_1", "c" * 64) is None


async def test_truth_asks_for_invoices_only_if_a_payment_is_due(account: Account) -> None:
    account.replies(Reply(objects(subscription(), subscription("canceled", 2))))
    truth = await account.client.fetch_truth("cus_1", NOW)
    assert isinstance(truth, BillingTruth)
    assert ([one.id for one in truth.subscriptions], truth.unpaid_since) == (["sub_1", "sub_2"], None)
    invoice = {"id": "in_1", "created": AT - 5, "attempted": True}
    account.replies(Reply(objects(subscription("past_due"))), Reply(objects(invoice)))
    assert (await account.client.fetch_truth("cus_1", NOW)).unpaid_since == AT - 5
    asked = [(path, fields["status"]) for _, path, fields in account.sent()]
    assert asked == [("/v1/subscriptions", "all"), ("/v1/subscriptions", "all"), ("/v1/invoices", "open")]
    assert account.sent()[-1][2]["subscription"] == "sub_1"


BROKEN, LIMITED = refused(500, "api_error"), refused(429, "invalid_request_error", "rate_limit")
TABLE = {
    "an outage is retried": ([BROKEN], 3, Kind.UNAVAILABLE, "STRIPE_UNAVAILABLE"),
    "unless Stripe says no": (
        [refused(500, "api_error", **{"Stripe-Should-Retry": "false"})],
        1,
        Kind.UNAVAILABLE,
        "STRIPE_UNAVAILABLE",
    ),
    "a request under way is retried": (
        [refused(409, "idempotency_error", "idempotency_key_in_use")],
        3,
        Kind.UNAVAILABLE,
        "STRIPE_UNAVAILABLE",
    ),
    "a rate limit is not": ([LIMITED], 1, Kind.RATE_LIMIT, "STRIPE_UNAVAILABLE"),
    "unless Stripe says yes": (
        [refused(429, "invalid_request_error", "lock_timeout", **{"Stripe-Should-Retry": "true"})],
        3,
        Kind.RATE_LIMIT,
        "STRIPE_UNAVAILABLE",
    ),
    "a decline never is": (
        [refused(402, "card_error", "card_declined", **{"Stripe-Should-Retry": "true"})],
        1,
        Kind.DECLINED,
        "STRIPE_DECLINED",
    ),
    "nor one without its type": ([refused(402, "made_up")], 1, Kind.DECLINED, "STRIPE_DECLINED"),
    "nor a wrong key": ([refused(401, "invalid_request_error")], 1, Kind.CREDENTIALS, "STRIPE_UNAVAILABLE"),
    "nor a lacking right": (
        [refused(403, "invalid_request_error")],
        1,
        Kind.CREDENTIALS,
        "STRIPE_UNAVAILABLE",
    ),
    "nor a request of other content": (
        [refused(400, "idempotency_error")],
        1,
        Kind.REFUSED,
        "STRIPE_UNAVAILABLE",
    ),
    "nor a failure that Stripe repeats": (
        [refused(500, "api_error", **{"Idempotent-Replayed": "true"})],
        1,
        Kind.REFUSED,
        "STRIPE_UNAVAILABLE",
    ),
    "a page instead of an answer is retried": ([Reply(b"<html>")], 3, Kind.MALFORMED, "STRIPE_UNAVAILABLE"),
}


@pytest.mark.parametrize("name", TABLE)
async def test_a_failure_is_retried_or_not(account: Account, name: str) -> None:
    replies, attempts, kind, code = TABLE[name]
    failed = await failure(account, *replies)
    assert (len(account.server.requests), failed.kind, failed.code) == (attempts, kind, code)
    assert len({r.headers["Idempotency-Key"] for r in account.server.requests}) == 1
    assert error_view(failed)["code"] == code


async def test_a_decline_does_not_count_against_stripe(account: Account) -> None:
    failed = await failure(account, refused(402, "card_error", "card_declined"))
    [sample] = account.meter.attempts
    assert (sample.api, sample.code, sample.counts) == (Api.STRIPE, Code.STRIPE_DECLINED, False)
    view = error_view(failed)
    assert (view["statusCode"], view["shouldRetry"]) == (402, False)


async def test_an_object_that_stripe_does_not_know_is_missing(account: Account) -> None:
    account.replies(refused(404, "invalid_request_error", "resource_missing"))
    with pytest.raises(ObjectMissing):
        await account.client.has_customer("cus_1")
    account.replies(Reply({"id": "cus_1", "deleted": True}))
    assert not await account.client.has_customer("cus_1")


async def test_neither_key_nor_address_nor_stripes_words_are_shown(
    account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    failed = await failure(account, refused(402, "card_error", f"sk_{KEY} oh no"))
    account.replies(Reply(session()))
    made = await account.client.create_session(CHECKOUT, "cus_1", "ref-1", PAGE)
    account.replies(Reply({"url": "https://billing.stripe.com/p/session/test_canary"}))
    await account.client.create_portal("cus_1", PAGE, "b" * 64)
    shown = f"{failed!r} {failed} {failed.detail} {error_view(failed)} {account.client!r} {caplog.text}"
    for secret in (KEY, "canary", made.url, CHECKOUT.key, "billing.stripe.com"):
        assert secret not in shown
