"""Stripe's objects and events, as they come and damaged."""

from __future__ import annotations

import json
from contextlib import suppress
from random import Random
from typing import Any

import pytest

from tests.adapters.mutations import mutated
from tests.adapters.stripe.account import AT, CHECKOUT, event, objects, session, subscription
from watcher.adapters.stripe.answers import (
    parse_event,
    read_customer,
    read_first_attempt,
    read_price,
    read_session,
    read_sessions,
    read_subscriptions,
)
from watcher.core.billing import BillingEvent, CheckoutState, StripeSubscription
from watcher.core.errors import CallFailed
from watcher.core.plans import SubscriptionStatus
from watcher.core.times import Instant

MONTH_END = Instant(AT + 2_592_000.0)
GOLD = StripeSubscription(
    "sub_1", "cus_1", SubscriptionStatus.ACTIVE, ("price_gold",), Instant(AT + 1.0), MONTH_END
)


def read_one(**other: Any) -> StripeSubscription:
    [found] = read_subscriptions(json.dumps(objects(subscription(**other))).encode())
    return found


def test_a_subscription_is_read() -> None:
    assert read_one() == GOLD


def test_the_period_of_an_older_api_version_is_read() -> None:
    items = {"data": [{"price": {"id": "price_gold"}}]}
    assert read_one(items=items, current_period_end=int(MONTH_END)) == GOLD


def test_a_customer_may_be_expanded() -> None:
    assert read_one(customer={"id": "cus_1", "object": "customer"}) == GOLD


@pytest.mark.parametrize(
    ("change", "ends_at"),
    [
        ({"cancel_at_period_end": True}, MONTH_END),
        ({"cancel_at": AT + 9}, AT + 9),
        ({"cancel_at": AT + 9, "ended_at": AT + 5}, AT + 5),
    ],
)
def test_the_end_is_known_once_it_was_cancelled(change: dict[str, Any], ends_at: float) -> None:
    assert read_one(**change).ends_at == ends_at


@pytest.mark.parametrize(
    "change", [{"status": "on_the_moon"}, {"status": None}, {"customer": None}, {"items": {"data": []}}]
)
def test_a_list_with_a_subscription_that_is_not_understood_fails(change: dict[str, Any]) -> None:
    """Else a plan that is paid for would be taken away because of a word that is new."""
    with pytest.raises(CallFailed, match="STRIPE|Stripe|payment"):
        read_one(**change)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("open", CheckoutState.OPEN),
        ("complete", CheckoutState.PAID),
        ("expired", CheckoutState.EXPIRED),
    ],
)
def test_a_session_has_an_address_only_while_it_is_open(status: str, state: CheckoutState) -> None:
    found = read_session(json.dumps(session(status)).encode())
    assert (found.state, bool(found.url)) == (state, state is CheckoutState.OPEN)
    assert (found.id, found.reference, found.customer) == ("cs_test_1", CHECKOUT.key, "cus_1")
    assert read_sessions(json.dumps(objects(session(status))).encode()) == [found]


def test_an_address_that_no_browser_may_be_sent_to_is_left_out() -> None:
    assert read_session(json.dumps(session(url="javascript:alert(1)")).encode()).url == ""


def test_the_first_payment_that_is_due_is_the_oldest_that_was_tried() -> None:
    rows = [
        {"id": "in_3", "created": AT + 30, "attempted": True, "attempt_count": 1},
        {"id": "in_2", "created": AT + 20, "attempt_count": 2},
        {"id": "in_1", "created": AT + 10, "attempted": False, "attempt_count": 0},
    ]
    assert read_first_attempt(json.dumps(objects(*rows)).encode()) == AT + 20
    assert read_first_attempt(json.dumps(objects(rows[2])).encode()) is None


def test_a_deleted_customer_has_no_id() -> None:
    assert read_customer(b'{"id": "cus_1", "object": "customer"}') == "cus_1"
    assert read_customer(b'{"id": "cus_1", "object": "customer", "deleted": true}') == ""


def test_a_price_is_active_and_recurring_or_not() -> None:
    assert read_price(b'{"id": "price_1", "active": true, "recurring": {"interval": "month"}}') == (
        True,
        True,
    )
    assert read_price(b'{"id": "price_1", "active": false, "recurring": null}') == (False, False)


def test_an_event_of_a_subscription_has_all_of_it() -> None:
    found = parse_event(event("customer.subscription.updated", subscription(), AT + 60))
    assert found == BillingEvent(
        "evt_1", "customer.subscription.updated", Instant(AT + 60.0), "cus_1", GOLD, CHECKOUT.key
    )


@pytest.mark.parametrize(
    ("kind", "what", "expected"),
    [
        ("checkout.session.completed", session("complete"), ("cus_1", CHECKOUT.key, "cs_test_1", True)),
        ("checkout.session.expired", session("expired"), ("cus_1", CHECKOUT.key, "cs_test_1", False)),
        ("invoice.payment_failed", {"id": "in_1", "customer": "cus_1"}, ("cus_1", "", "", False)),
        ("invoice.paid", {"id": "in_1", "customer": {"id": "cus_1"}}, ("cus_1", "", "", False)),
        ("customer.deleted", {"id": "cus_1"}, ("cus_1", "", "", False)),
        ("customer.subscription.updated", {"id": "sub_1", "status": "new"}, ("", "", "", False)),
    ],
)
def test_other_events_say_whose_they_are(
    kind: str, what: dict[str, Any], expected: tuple[str, str, str, bool]
) -> None:
    found = parse_event(event(kind, what))
    assert found is not None
    assert (found.customer, found.reference, found.session, found.paid) == expected
    assert found.subscription is None


@pytest.mark.parametrize("odd", ["\0", "\n"])
def test_names_have_no_control_characters(odd: str) -> None:
    whole = {"id": "evt_1", "type": "customer.subscription.updated", "created": AT}
    named = {"data": {"object": {"id": "sub_1", "customer": f"cus_{odd}", "metadata": {"reference": odd}}}}
    found = parse_event(json.dumps(whole | named).encode())
    assert found is not None
    assert (found.customer, found.reference, found.subscription) == ("", "", None)
    for name in ("id", "type"):
        with pytest.raises(ValueError):  # noqa: PT011 - there is no message
            parse_event(json.dumps(whole | named | {name: f"{whole[name]}{odd}"}).encode())


def test_an_event_of_another_type_is_of_no_use() -> None:
    assert parse_event(event("charge.succeeded", {"id": "ch_1"})) is None


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'{"id": 1}', b"\xff", b"{" * 100_000])
def test_another_body_than_an_events_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError, match="^$"):
        parse_event(body)


@pytest.mark.parametrize("seed", range(40))
def test_damaged_objects_cause_no_other_failure(seed: int) -> None:
    dice = Random(seed)
    rows = objects(subscription(), subscription("past_due", 2))
    changed = json.loads(event("customer.subscription.updated", subscription()))
    for _ in range(10):
        with suppress(CallFailed):
            found = read_subscriptions(mutated(rows, dice))
            assert all(one.id and one.customer and one.prices for one in found)
        with suppress(ValueError):
            parse_event(mutated(changed, dice))
