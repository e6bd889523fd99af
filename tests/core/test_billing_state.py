"""Which event counts, which subscription counts, and when Stripe is asked again."""

from __future__ import annotations

import pytest

from watcher.core.billing import (
    CLOCK_TOLERANCE,
    BillingEvent,
    BillingTruth,
    Checkout,
    CheckoutState,
    StripeSubscription,
    is_doubtful,
    next_look,
    state_of_event,
    state_of_truth,
)
from watcher.core.plans import GRACE, Subscription, SubscriptionStatus
from watcher.core.times import DAY, HOUR, MINUTE, Instant

T = 1_750_000_000.0
S = SubscriptionStatus
PRICES = frozenset({"gold"})


def paid(
    name: str = "sub_1", status: S = S.ACTIVE, price: str = "gold", created: float = T
) -> StripeSubscription:
    return StripeSubscription(name, "cus_1", status, (price,), Instant(created), Instant(T + 30 * DAY))


def event(created: float, what: StripeSubscription | None) -> BillingEvent:
    return BillingEvent("evt_1", "customer.subscription.updated", Instant(created), "cus_1", what)


def stored(*found: StripeSubscription, unpaid: float | None = None) -> Subscription:
    """Return what a look at these subscriptions leaves."""
    since = None if unpaid is None else Instant(unpaid)
    return state_of_truth(Subscription("collector"), BillingTruth(found, since, Instant(T)), PRICES)


@pytest.mark.parametrize(
    ("created", "name", "doubtful"),
    [
        (T + CLOCK_TOLERANCE, "sub_1", True),  # Stripe's clock may be ahead: older than what was seen
        (T + CLOCK_TOLERANCE + 1, "sub_1", False),
        (T + CLOCK_TOLERANCE + 1, "sub_2", True),
        (T - 1, "sub_1", True),
    ],
)
def test_an_event_is_doubtful_unless_it_is_certainly_newer(
    created: float, name: str, *, doubtful: bool
) -> None:
    assert is_doubtful(stored(paid()), event(created, paid(name))) is doubtful


def test_an_event_without_its_subscription_is_always_doubtful() -> None:
    assert is_doubtful(Subscription("collector"), event(T, None))
    assert not is_doubtful(Subscription("collector"), event(T, paid()))


@pytest.mark.parametrize(
    ("found", "counts"),
    [
        ([paid("a", S.CANCELED), paid("b")], "b"),
        ([paid("a"), paid("b", S.CANCELED, created=T + 9)], "a"),
        ([paid("a"), paid("b", created=T + 9)], "b"),
        ([paid("a"), paid("b", price="lead", created=T + 9)], "a"),
        ([paid("a", S.PAST_DUE), paid("b")], "b"),
        ([paid("a", S.PAST_DUE), paid("b", price="lead", created=T + 9)], "a"),
        ([paid("a", S.UNPAID), paid("b", S.CANCELED, created=T + 9)], "a"),
        ([paid("a", S.TRIALING), paid("b", S.PAUSED, created=T + 9)], "a"),
    ],
)
def test_the_subscription_that_gives_most_counts(found: list[StripeSubscription], counts: str) -> None:
    assert stored(*found).subscription == counts
    assert stored(*found[::-1]).subscription == counts


def test_no_subscription_is_none_or_a_cancelled_one() -> None:
    assert stored().status is S.NONE
    nothing = BillingTruth((), None, Instant(T + DAY))
    assert state_of_truth(stored(paid()), nothing, PRICES).status is S.CANCELED


def test_a_payment_is_due_since_the_first_one_that_failed() -> None:
    owed = stored(paid(status=S.PAST_DUE), unpaid=T - DAY)
    assert owed.unpaid_since == T - DAY
    later = state_of_event(owed, event(T + HOUR, paid(status=S.PAST_DUE)), PRICES)
    assert later.unpaid_since == T - DAY
    assert state_of_event(later, event(T + 2 * HOUR, paid()), PRICES).unpaid_since is None


def test_a_look_replaces_what_a_wrong_clock_left() -> None:
    ahead = stored(paid())._replace(changed_at=Instant(T + 400 * DAY), confirmed_at=Instant(T + 400 * DAY))
    owed = BillingTruth([paid(status=S.PAST_DUE)], Instant(T), Instant(T + HOUR))
    state = state_of_truth(ahead, owed, PRICES)
    assert state.is_paid()
    assert not is_doubtful(state, event(T + 2 * HOUR, paid()))


OPEN = Checkout(
    1, "collector", "gold", "k", "cs_1", "https://x", CheckoutState.OPEN, Instant(T), Instant(T + 23 * HOUR)
)


@pytest.mark.parametrize(
    ("state", "checkout", "now", "expected"),
    [
        (stored(), None, T, None),
        (stored(paid(status=S.CANCELED)), None, T, None),
        (stored(paid()), None, T, T + DAY),
        (stored(paid()), None, T + 30 * DAY - HOUR, T + 30 * DAY + 5 * MINUTE),
        (stored(paid())._replace(ends_at=Instant(T + HOUR)), None, T, T + HOUR + 5 * MINUTE),
        (stored(paid(status=S.PAST_DUE), unpaid=T), None, T + GRACE - HOUR, T + GRACE + 5 * MINUTE),
        (stored(), OPEN, T, T + 10 * MINUTE),
        (stored(), OPEN, T + 2 * HOUR, T + 23 * HOUR + 5 * MINUTE),
    ],
)
def test_stripe_is_asked_daily_and_when_a_time_has_come(
    state: Subscription, checkout: Checkout | None, now: float, expected: float | None
) -> None:
    assert next_look(state, checkout, Instant(now)) == expected
