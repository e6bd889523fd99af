"""The simulated Stripe, called by Stripe's own library."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import stripe

from tests.demo.stripe_calls import SITE, StripeOutside, stripe_outside
from tests.market.faults import Fault, FaultKind
from watcher.core.times import DAY, HOUR
from watcher.demo.stripe.errors import stripe_refusal
from watcher.demo.stripe.stand_in import STRIPE_ROOT

HUNTER = {"mode": "subscription", "line_items": [{"price": "price_hunter"}], "success_url": SITE}


async def refused(paying: StripeOutside, ask: Any, *args: Any) -> stripe.StripeError:
    with pytest.raises(stripe.StripeError) as caught:
        await paying.call(ask, *args)
    return caught.value


def code_of(error: stripe.StripeError) -> str | None:
    body = error.json_body
    return body["error"].get("code") if isinstance(body, dict) else None


async def test_a_customer_keeps_what_it_was_created_with(paying: StripeOutside) -> None:
    created = await paying.customer("collector")
    read = await paying.call(paying.client.v1.customers.retrieve, created.id)
    assert (read.id, read.metadata["user"], read.livemode) == (created.id, "collector", False)
    assert created.last_response.headers["Request-Id"].startswith("req_")


async def test_a_session_is_paid_on_its_page_and_leads_to_a_subscription(paying: StripeOutside) -> None:
    customer = await paying.customer()
    session = await paying.session(customer.id)
    assert (session.status, session.payment_status, session.subscription) == ("open", "unpaid", None)
    assert session.url == f"{paying.server.url}{STRIPE_ROOT}/c/pay/{session.id}"
    paying.stand_in.pay(session.id)
    sessions = paying.client.v1.checkout.sessions
    paid = await paying.call(sessions.retrieve, session.id, {"expand": ["subscription", "line_items"]})
    assert (paid.status, paid.payment_status, paid.url) == ("complete", "paid", None)
    assert (paid.subscription.status, paid.subscription.customer) == ("active", customer.id)
    assert paid.subscription.metadata["user"] == "collector"
    item = paid.subscription["items"].data[0]
    assert item.price.id == paid.line_items.data[0].price.id == "price_hunter"
    assert item.current_period_end - item.current_period_start == 31 * DAY
    assert [charge.amount for charge in paying.stand_in.state.paid(customer.id)] == [900]


async def test_an_older_version_has_the_period_in_the_subscription(paying: StripeOutside) -> None:
    subscription = await paying.subscribed()
    old = await paying.call(
        paying.client.v1.subscriptions.retrieve, subscription["id"], {}, {"stripe_version": "2024-06-20"}
    )
    assert old["current_period_end"] == subscription["items"]["data"][0]["current_period_end"]
    assert "current_period_end" not in old["items"].data[0]


async def test_only_an_open_session_can_be_expired(paying: StripeOutside) -> None:
    sessions = paying.client.v1.checkout.sessions
    session = await paying.session((await paying.customer()).id)
    expired = await paying.call(sessions.expire, session.id)
    assert (expired.status, expired.url) == ("expired", None)
    error = await refused(paying, sessions.expire, session.id)
    assert isinstance(error, stripe.InvalidRequestError)
    assert error.http_status == 400
    with pytest.raises(Exception, match="expired"):
        paying.stand_in.pay(session.id)
    assert paying.stand_in.state.charges == []


async def test_an_open_session_expires_by_itself_after_a_day(paying: StripeOutside) -> None:
    session = await paying.session((await paying.customer()).id)
    paying.wait(DAY)
    found = await paying.call(paying.client.v1.checkout.sessions.list, {"status": "expired"})
    assert [one.id for one in found.data] == [session.id]


async def test_a_subscription_can_be_cancelled_at_once_or_later(paying: StripeOutside) -> None:
    subscriptions = paying.client.v1.subscriptions
    subscription = await paying.subscribed()
    customer = {"customer": subscription["customer"]}
    later = await paying.call(subscriptions.update, subscription["id"], {"cancel_at_period_end": True})
    assert (later.status, later.cancel_at_period_end) == ("active", True)
    kept = await paying.call(subscriptions.update, subscription["id"], {"cancel_at_period_end": False})
    assert (kept.cancel_at_period_end, kept.cancel_at) == (False, None)
    ended = await paying.call(subscriptions.cancel, subscription["id"])
    assert (ended.status, ended.ended_at) == ("canceled", int(paying.time[0]))
    assert (await paying.call(subscriptions.list, customer)).data == []
    found = await paying.call(subscriptions.list, {**customer, "status": "all"})
    assert [one.id for one in found.data] == [subscription["id"]]
    assert (await refused(paying, subscriptions.cancel, subscription["id"])).http_status == 404


async def test_another_price_applies_at_once(paying: StripeOutside) -> None:
    subscription = await paying.subscribed()
    item = subscription["items"]["data"][0]["id"]
    change = {"items": [{"id": item, "price": "price_dealer"}]}
    changed = await paying.call(paying.client.v1.subscriptions.update, subscription["id"], change)
    assert changed["items"].data[0].price.id == "price_dealer"
    assert len(paying.stand_in.state.paid()) == 1


async def test_lists_have_pages_with_the_newest_first(paying: StripeOutside) -> None:
    ids = [(await paying.customer()).id for _ in range(5)]
    customers = paying.client.v1.customers
    page = await paying.call(customers.list, {"limit": 2})
    assert ([one.id for one in page.data], page.has_more) == (ids[:2:-1], True)
    every = await paying.call(lambda: [one.id for one in page.auto_paging_iter()])
    assert every == ids[::-1]
    before = await paying.call(customers.list, {"limit": 2, "ending_before": ids[0]})
    assert ([one.id for one in before.data], before.has_more) == ([ids[2], ids[1]], True)
    assert (await refused(paying, customers.list, {"limit": 101})).http_status == 400


async def test_events_can_be_listed_by_type(paying: StripeOutside) -> None:
    await paying.subscribed()
    found = await paying.call(paying.client.v1.events.list, {"types": ["checkout.session.completed"]})
    assert [one.data.object.status for one in found.data] == ["complete"]
    event = await paying.call(paying.client.v1.events.retrieve, found.data[0].id)
    assert event.type == "checkout.session.completed"


async def test_prices_account_and_balance_can_be_read(paying: StripeOutside) -> None:
    price = await paying.call(paying.client.v1.prices.retrieve, "price_hunter", {"expand": ["product"]})
    assert (price.unit_amount, price.recurring.interval, price.product.name) == (900, "month", "Hunter")
    assert (await paying.call(paying.client.v1.accounts.retrieve_current)).charges_enabled
    await paying.subscribed()
    assert (await paying.call(paying.client.v1.balance.retrieve)).available[0].amount == 900


async def test_a_portal_session_needs_a_known_customer(paying: StripeOutside) -> None:
    portal = paying.client.v1.billing_portal.sessions
    customer = await paying.customer()
    session = await paying.call(portal.create, {"customer": customer.id, "return_url": SITE})
    assert session.url.startswith(paying.server.url)
    error = await refused(paying, portal.create, {"customer": "cus_0"})
    assert (error.http_status, error.code, error.param) == (400, "resource_missing", "customer")


@pytest.mark.parametrize(
    ("change", "code", "param"),
    [
        ({"mode": None}, "parameter_missing", "mode"),
        ({"success_url": None}, "parameter_missing", "success_url"),
        ({"success_url": "settings"}, "url_invalid", "success_url"),
        ({"line_items": [{"price": "price_0"}]}, "resource_missing", "line_items[0][price]"),
        ({"customer": "cus_0"}, "resource_missing", "customer"),
        ({"subscription_data": "x"}, None, "subscription_data"),
        ({"colour": "red"}, "parameter_unknown", "colour"),
        ({"expires_at": 5}, None, "expires_at"),
        ({"expires_at": "soon"}, "parameter_invalid_integer", "expires_at"),
        ({"metadata": {"user": "x" * 501}}, None, "metadata[user]"),
    ],
)
async def test_an_invalid_session_is_refused_by_name(
    paying: StripeOutside, change: dict[str, Any], code: str | None, param: str
) -> None:
    params = {name: value for name, value in {**HUNTER, **change}.items() if value is not None}
    error = await refused(paying, paying.client.v1.checkout.sessions.create, params)
    assert isinstance(error, stripe.InvalidRequestError)
    assert (error.http_status, error.code, error.param) == (400, code, param)


async def test_a_deleted_customer_leaves_its_id_and_pays_no_more(paying: StripeOutside) -> None:
    subscription = await paying.subscribed()
    customer = subscription["customer"]
    deleted = await paying.call(paying.client.v1.customers.delete, customer)
    assert (deleted.deleted, subscription["status"]) == (True, "canceled")
    assert (await paying.call(paying.client.v1.customers.retrieve, customer)).deleted
    assert (await paying.call(paying.client.v1.customers.list)).data == []
    found = await paying.call(paying.client.v1.subscriptions.list, {"customer": customer, "status": "all"})
    assert [one.id for one in found.data] == [subscription["id"]]
    with pytest.raises(stripe.InvalidRequestError, match="No such customer"):
        await paying.session(customer)


async def test_a_list_of_an_unknown_customer_is_refused(paying: StripeOutside) -> None:
    for objects in (paying.client.v1.subscriptions, paying.client.v1.checkout.sessions):
        error = await refused(paying, objects.list, {"customer": "cus_0"})
        assert (error.http_status, error.code, error.param) == (400, "resource_missing", "customer")


async def test_a_missing_object_and_a_wrong_address_are_404(paying: StripeOutside) -> None:
    error = await refused(paying, paying.client.v1.customers.retrieve, "cus_0")
    assert (error.http_status, error.code) == (404, "resource_missing")
    assert error.user_message == "No such customer: 'cus_0'"
    error = await refused(paying, paying.client.raw_request, "get", "/v1/colours")
    assert error.http_status == 404


async def test_a_wrong_key_is_401_and_is_not_shown(paying: StripeOutside) -> None:
    paying.stand_in.api.key = "sk_test_another0000000000000"
    error = await refused(paying, paying.client.v1.balance.retrieve)
    assert isinstance(error, stripe.AuthenticationError)
    assert "sk_test_demo0000" not in str(error)


async def test_a_repeated_key_gets_the_same_answer(paying: StripeOutside) -> None:
    customer = await paying.customer()
    first = await paying.session(customer.id, idempotency_key="intent-1")
    again = await paying.session(customer.id, idempotency_key="intent-1")
    assert again.id == first.id
    assert again.last_response.headers["Idempotent-Replayed"] == "true"
    found = await paying.call(paying.client.v1.checkout.sessions.list)
    assert [one.id for one in found.data] == [first.id]


async def test_a_key_with_other_parameters_is_refused(paying: StripeOutside) -> None:
    customer = await paying.customer()
    await paying.session(customer.id, idempotency_key="intent-1")
    with pytest.raises(stripe.IdempotencyError) as caught:
        await paying.session(customer.id, "price_dealer", idempotency_key="intent-1")
    assert caught.value.http_status == 400


async def test_a_key_is_forgotten_after_a_day(paying: StripeOutside) -> None:
    customer = await paying.customer()
    first = await paying.session(customer.id, idempotency_key="intent-1")
    paying.wait(24 * HOUR)
    assert (await paying.session(customer.id, idempotency_key="intent-1")).id != first.id


async def test_a_key_in_use_is_409_and_invites_a_repetition(paying: StripeOutside) -> None:
    customer = await paying.customer()
    paying.stand_in.api.thinking_seconds = 0.2
    both = await asyncio.gather(
        *(paying.session(customer.id, idempotency_key="intent-1") for _ in range(2)),
        return_exceptions=True,
    )
    errors = [one for one in both if isinstance(one, stripe.StripeError)]
    assert [(one.http_status, code_of(one)) for one in errors] == [(409, "idempotency_key_in_use")]
    assert errors[0].headers["Stripe-Should-Retry"] == "true"


async def test_a_refused_request_does_not_use_up_its_key(paying: StripeOutside) -> None:
    with pytest.raises(stripe.InvalidRequestError):
        await paying.session("cus_0", idempotency_key="intent-1")
    customer = await paying.customer()
    assert (await paying.session(customer.id, idempotency_key="intent-1")).status == "open"


async def test_a_failure_is_kept_under_its_key(paying: StripeOutside) -> None:
    broken = stripe_refusal(500)
    broken.is_kept = True
    paying.stand_in.api.refusals.append(broken)
    customers = paying.client.v1.customers
    for _ in range(2):
        with pytest.raises(stripe.APIError) as caught:
            await paying.call(customers.create, {}, {"idempotency_key": "intent-1"})
        assert caught.value.headers["Stripe-Should-Retry"] == "false"
    assert list(paying.stand_in.state.every("customer")) == []


@pytest.mark.parametrize(
    ("fault", "kind", "code"),
    [
        (Fault(FaultKind.STATUS, status=402), stripe.CardError, "card_declined"),
        (Fault(FaultKind.STATUS, status=402, code="expired_card"), stripe.CardError, "expired_card"),
        (Fault(FaultKind.STATUS, status=400), stripe.InvalidRequestError, None),
        (Fault(FaultKind.STATUS, status=400, code="idempotency_error"), stripe.IdempotencyError, None),
        (Fault(FaultKind.STATUS, status=401), stripe.AuthenticationError, None),
        (Fault(FaultKind.STATUS, status=403), stripe.PermissionError, None),
        (Fault(FaultKind.STATUS, status=404), stripe.InvalidRequestError, "resource_missing"),
        (Fault(FaultKind.STATUS, status=409), stripe.StripeError, "idempotency_key_in_use"),
        (Fault(FaultKind.RATE_LIMIT), stripe.RateLimitError, "rate_limit"),
        (Fault(FaultKind.RATE_LIMIT, code="lock_timeout"), stripe.RateLimitError, "lock_timeout"),
        (Fault(FaultKind.STATUS, status=500), stripe.APIError, None),
        (Fault(FaultKind.HTML), stripe.APIError, None),
        (Fault(FaultKind.MALFORMED), stripe.APIError, None),
        (Fault(FaultKind.RESET), stripe.APIConnectionError, None),
        (Fault(FaultKind.HANG, seconds=3), stripe.APIConnectionError, None),
    ],
    ids=lambda value: f"{value.kind}-{value.status}-{value.code}" if isinstance(value, Fault) else "",
)
async def test_every_class_of_error_can_be_provoked(
    paying: StripeOutside, fault: Fault, kind: type[stripe.StripeError], code: str | None
) -> None:
    paying.server.faults = [fault]
    if fault.kind is FaultKind.HANG:
        paying.client._requestor._client._timeout = 0.1
    error = await refused(paying, paying.client.v1.balance.retrieve)
    assert isinstance(error, kind)
    assert code_of(error) == code


async def test_a_decline_says_why(paying: StripeOutside) -> None:
    paying.server.faults = [Fault(FaultKind.STATUS, status=402, code="insufficient_funds")]
    error = await refused(paying, paying.client.v1.balance.retrieve)
    assert (error.error.type, error.error.decline_code) == ("card_error", "insufficient_funds")


async def test_the_library_repeats_a_lost_answer_without_a_second_object() -> None:
    async with stripe_outside(retries=2) as paying:
        customer = await paying.customer()
        path = STRIPE_ROOT + "/v1/checkout/sessions"
        paying.server.faults = [Fault(FaultKind.RESET, path=path, times=1, done=True)]
        session = await paying.session(customer.id)
        assert [one["id"] for one in paying.stand_in.state.every("checkout.session")] == [session.id]
        assert paying.server.calls[path] == 2
