"""Paid plans: what each allows, and which one a user has by what Stripe last said."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

from watcher.core.times import DAY, Instant, Seconds
from watcher.core.tokens import LOCAL

# How long a user keeps the plan after a payment failed; Stripe tries again meanwhile.
GRACE = Seconds(7 * DAY)
# What the scans of users are counted as, beside the calls that they cause.
SCANS = "scan"
# What polls are counted as that a user causes at once by adding, resuming or changing a watch. By changing
# watches all day a user would have more of them polled than the plan allows.
PROMPT_POLLS = "prompt-poll"
_PROMPT_POLLS_PER_WATCH, _FEWEST_PROMPT_POLLS = 4, 20


class Plan(NamedTuple):
    """One plan of the configuration. A limit that is None is none.

    `watches`: unpaused ones. `min_every`: the shortest interval that a watch may ask for. `scans`: pictures a
    month (UTC). `price_id`: Stripe's price; empty for the plan of users who pay nothing.
    """

    name: str
    watches: int | None = None
    min_every: Seconds | None = None
    scans: int | None = None
    price_id: str = ""


def prompt_polls(plan: Plan) -> int | None:
    """Return how many polls a day (UTC) a user of a plan may cause at once; None if any number."""
    if plan.watches is None:
        return None
    return max(_FEWEST_PROMPT_POLLS, _PROMPT_POLLS_PER_WATCH * plan.watches)


# For admins, `local`, and all users where no plans are configured.
UNLIMITED = Plan("unlimited")
# Those who pay nothing where every plan has a price.
NO_PLAN = Plan("none", watches=0, scans=0)


class SubscriptionStatus(StrEnum):
    """Stripe's words for the state of a subscription."""

    ACTIVE = "active"
    TRIALING = "trialing"
    PAST_DUE = "past_due"
    UNPAID = "unpaid"
    CANCELED = "canceled"
    INCOMPLETE = "incomplete"
    INCOMPLETE_EXPIRED = "incomplete_expired"
    PAUSED = "paused"
    NONE = ""


# States in which what the price buys is paid.
PAID_STATUSES = frozenset({SubscriptionStatus.ACTIVE, SubscriptionStatus.TRIALING})


class Subscription(NamedTuple):
    """What Stripe last said of a user's subscription; all ids are Stripe's, and empty if there is none.

    `ends_at`: when it ends, if it was cancelled. `unpaid_since`: when the first payment that is still due
    failed. `changed_at`: Stripe's time of this state. `confirmed_at`: when Stripe last confirmed it.
    `check_at`: when to fetch it again.
    """

    user: str
    customer: str = ""
    subscription: str = ""
    status: SubscriptionStatus = SubscriptionStatus.NONE
    price: str = ""
    paid_until: Instant | None = None
    ends_at: Instant | None = None
    unpaid_since: Instant | None = None
    changed_at: Instant = Instant(0.0)
    confirmed_at: Instant = Instant(0.0)
    check_at: Instant | None = None

    def is_paid(self) -> bool:
        """Whether the user has what the price buys.

        After a failed payment that is so while the grace lasts: the end of the grace must be confirmed by
        Stripe. An unreachable Stripe never takes a plan away.
        """
        if self.status is SubscriptionStatus.PAST_DUE:
            return self.unpaid_since is None or self.confirmed_at < self.unpaid_since + GRACE
        return self.status in PAID_STATUSES


class Plans(NamedTuple):
    """All plans of the configuration, in its order; empty if nothing is limited.

    `public_url`: where users reach the page, on which they change their plan; empty if it is not configured.
    """

    all: tuple[Plan, ...] = ()
    public_url: str = ""

    @property
    def free(self) -> Plan:
        """The plan of users who pay nothing."""
        return next((plan for plan in self.all if not plan.price_id), NO_PLAN)

    @property
    def priced(self) -> tuple[Plan, ...]:
        """The plans that can be bought."""
        return tuple(plan for plan in self.all if plan.price_id)

    def plan_of(self, user: str, subscription: Subscription | None, *, admin: bool) -> Plan:
        """Return the plan of a user. A price that no plan has any more counts as no payment."""
        if not self.all or admin or user == LOCAL:
            return UNLIMITED
        if subscription is None or not subscription.is_paid():
            return self.free
        return next((plan for plan in self.priced if plan.price_id == subscription.price), self.free)

    def lacks_price_of(self, subscription: Subscription) -> bool:
        """Whether a user pays a price that no plan has any more."""
        return subscription.is_paid() and all(plan.price_id != subscription.price for plan in self.priced)

    @property
    def place(self) -> str:
        """The place at which a user chooses a plan, for a sentence."""
        return f"at {self.public_url}/settings#plan" if self.public_url else "on the page, under Settings"
