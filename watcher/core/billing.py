"""Payments: what Stripe says of subscriptions and checkouts, and what is stored of it.

Stripe's events come late, twice and in any order, so none is trusted that may be older than what is stored:
it only causes a look at Stripe's own state, which always wins. All texts are Stripe's ids and words.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import NamedTuple

from watcher.core.errors import CallFailed
from watcher.core.plans import GRACE, PAID_STATUSES, Subscription, SubscriptionStatus
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds

# How far Stripe's clock and ours may be apart; a webhook that is signed further away is refused. An event of
# this time after a look at Stripe's state may be older than that state.
CLOCK_TOLERANCE = Seconds(5 * MINUTE)
# How long a checkout can be paid. Stripe forgets its idempotency key after 24 h.
CHECKOUT_SECONDS = Seconds(23 * HOUR)
# Stripe accepts no checkout that would end sooner.
SHORTEST_CHECKOUT_SECONDS = Seconds(31 * MINUTE)
# After what may have changed the state: time for Stripe to do its part.
_SETTLING_SECONDS = Seconds(5 * MINUTE)
# How often a checkout is looked at whose webhook may be lost, and for how long.
_CHECKOUT_LOOK_SECONDS, _CHECKOUT_LOOKS_END = Seconds(10 * MINUTE), Seconds(HOUR)
_MARK_LENGTH = 16
FIRST_LOOK_SECONDS = Seconds(MINUTE)  # after a checkout was begun

_ENDED = frozenset(
    {SubscriptionStatus.CANCELED, SubscriptionStatus.INCOMPLETE_EXPIRED, SubscriptionStatus.NONE}
)
_OWING = frozenset({SubscriptionStatus.PAST_DUE, SubscriptionStatus.UNPAID})


class CheckoutState(StrEnum):
    """What became of a checkout."""

    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"


class Checkout(NamedTuple):
    """A checkout that was begun. `key` is its idempotency key, and all that Stripe learns of the user.

    `session` and `url` are empty until Stripe's answer is stored.
    """

    id: int
    user: str
    price: str
    key: str
    session: str
    url: str
    state: CheckoutState
    created_at: Instant
    expires_at: Instant

    def can_be_sent(self, now: Instant) -> bool:
        """Whether Stripe still accepts it: as a new one, or as the repetition that its key makes it."""
        return now <= self.expires_at - SHORTEST_CHECKOUT_SECONDS


class StripeSession(NamedTuple):
    """A checkout as Stripe knows it. `url` is empty unless it can be paid; `reference` is its key."""

    id: str
    url: str
    state: CheckoutState
    reference: str = ""
    customer: str = ""


class StripeSubscription(NamedTuple):
    """A subscription as Stripe knows it; `prices` are those of its items."""

    id: str
    customer: str
    status: SubscriptionStatus
    prices: tuple[str, ...]
    created: Instant
    paid_until: Instant | None = None
    ends_at: Instant | None = None

    @property
    def owes(self) -> bool:
        """Whether a payment for it has failed and is still due."""
        return self.status in _OWING


class BillingEvent(NamedTuple):
    """An event of Stripe. `created` is in whole seconds of its clock.

    `subscription` is None if the event does not have all of it. `reference`: the key of its checkout.
    `owner`: what stands for its user. `session` and `paid`: the checkout that has ended, and whether by
    payment.
    """

    id: str
    type: str
    created: Instant
    customer: str = ""
    subscription: StripeSubscription | None = None
    reference: str = ""
    session: str = ""
    paid: bool = False
    owner: str = ""

    @property
    def costs(self) -> bool:
        """Whether it says that money is taken, or may be."""
        return self.paid or (self.subscription is not None and is_living(self.subscription.status))


class ObjectMissing(CallFailed):
    """Stripe does not know what it was asked for. A key of another account or mode knows nothing."""


class BillingTruth(NamedTuple):
    """All subscriptions of a customer, and when the first payment that is still due was asked for.

    `asked_at`: our time before Stripe was asked.
    """

    subscriptions: Sequence[StripeSubscription]
    unpaid_since: Instant | None
    asked_at: Instant


def user_reference(secret: str, user: str) -> str:
    """Return what stands for a user at Stripe: the same as long as the installation has its secret.

    Without the secret it says nothing of the name. All of one installation begin alike.
    """
    return f"{_mark_of(secret)}-{_digest(secret, user)}"


def is_reference_of(secret: str, reference: str) -> bool:
    """Return whether a reference was made with this secret, and not by another program."""
    return reference.startswith(f"{_mark_of(secret)}-")


def _mark_of(secret: str) -> str:
    return _digest(secret, "")[:_MARK_LENGTH]


def _digest(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def is_living(status: SubscriptionStatus) -> bool:
    """Return whether a subscription may still cost money: a second one would be a double charge."""
    return status not in _ENDED


def is_doubtful(stored: Subscription, event: BillingEvent) -> bool:
    """Return whether an event may not be what Stripe knows now, so that Stripe must be asked."""
    new = event.subscription
    return new is None or event.created <= stored.changed_at or stored.subscription not in ("", new.id)


def gives_a_plan(stored: Subscription, event: BillingEvent) -> bool:
    """Return whether an event counts at once although another one of the same second may be newer.

    A user who has paid need not wait while Stripe cannot be reached.
    """
    new = event.subscription
    return (
        new is not None
        and event.created == stored.changed_at
        and stored.subscription in ("", new.id)
        and new.status in PAID_STATUSES
        and stored.status not in PAID_STATUSES
    )


def leaves_doubt(state: Subscription) -> bool:
    """Return whether a state that an event brought must be completed by a look at Stripe's own.

    An event says neither when the first payment failed, nor whether another subscription goes on; and a first
    payment that is incomplete is completed within seconds.
    """
    lacks_time = state.status in _OWING and state.unpaid_since is None
    return lacks_time or state.status is SubscriptionStatus.INCOMPLETE or not is_living(state.status)


def state_of_event(stored: Subscription, event: BillingEvent, prices: Collection[str]) -> Subscription:
    """Return the state that an event which is not doubtful brings."""
    new = event.subscription
    if new is None:
        return stored
    unpaid_since = stored.unpaid_since if new.status in _OWING else None
    return _state_of(stored, new, prices)._replace(
        unpaid_since=unpaid_since,
        changed_at=event.created,
        confirmed_at=max(stored.confirmed_at, event.created),
    )


def state_of_truth(stored: Subscription, truth: BillingTruth, prices: Collection[str]) -> Subscription:
    """Return the state that a look at Stripe brings."""
    # Also after times that a wrong clock left in the future: they would end a grace before its time.
    looked = stored._replace(
        changed_at=Instant(truth.asked_at + CLOCK_TOLERANCE),
        confirmed_at=truth.asked_at,
        unpaid_since=None,
    )
    new = _chosen(truth.subscriptions, prices)
    if new is None:
        status = SubscriptionStatus.CANCELED if stored.subscription else SubscriptionStatus.NONE
        return looked._replace(status=status)
    unpaid_since = None
    if new.status in _OWING:
        # Without an open invoice all that is known is that it is due now.
        unpaid_since = truth.unpaid_since or stored.unpaid_since or truth.asked_at
    return _state_of(looked, new, prices)._replace(unpaid_since=unpaid_since)


def next_look(state: Subscription, checkout: Checkout | None, now: Instant) -> Instant | None:
    """Return when Stripe is asked again; None if the state can no longer change by itself.

    `checkout`: the one that is open.
    """
    times: list[float] = []
    if is_living(state.status):
        ends = (state.paid_until, state.ends_at, state.unpaid_since and state.unpaid_since + GRACE)
        times = [now + DAY, *(end + _SETTLING_SECONDS for end in ends if end is not None)]
    if checkout is not None:
        times.append(checkout.expires_at + _SETTLING_SECONDS)
        if now < checkout.created_at + _CHECKOUT_LOOKS_END:
            times.append(now + _CHECKOUT_LOOK_SECONDS)
    coming = [at for at in times if at > now]
    return Instant(min(coming)) if coming else None


def _state_of(stored: Subscription, new: StripeSubscription, prices: Collection[str]) -> Subscription:
    known = [price for price in new.prices if price in prices]
    return stored._replace(
        customer=stored.customer or new.customer,
        subscription=new.id,
        status=new.status,
        price=(known or [*new.prices, ""])[0],
        paid_until=new.paid_until,
        ends_at=new.ends_at,
    )


def _chosen(found: Sequence[StripeSubscription], prices: Collection[str]) -> StripeSubscription | None:
    """Return the subscription that counts: the one that gives the user most, of equal ones the newest."""

    def worth(one: StripeSubscription) -> tuple[bool, bool, bool, bool, float, str]:
        is_known = any(price in prices for price in one.prices)
        owes = one.status is SubscriptionStatus.PAST_DUE
        is_paid = one.status in PAID_STATUSES
        return is_paid and is_known, owes and is_known, is_paid, is_living(one.status), one.created, one.id

    return max(found, key=worth, default=None)
