"""What a plan refuses, and how it says so: to the user, and to an operator who acts for the user."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from watcher.core.errors import Code, WatcherError
from watcher.core.plans import NO_PLAN, Plan, Plans
from watcher.core.plurals import count_of
from watcher.core.times import Instant, Seconds, iso, write_duration
from watcher.core.typed_text import quoted


class PlanRefusal(NamedTuple):
    """Why a plan refuses something.

    `limit` continues "Your plan …" and `used` continues ", and …" with the user as "{who}"; both are empty
    if there is no plan at all, and `refused` is what the user may not do then. `advice`: what to do.
    """

    plan: str
    user: str
    limit: str = ""
    used: str = ""
    refused: str = ""
    advice: str = ""

    @property
    def to_user(self) -> str:
        """The sentence for the user."""
        if not self.limit:
            return self._advised(f"You have no plan, so you may not {self.refused}")
        return self._advised(f"Your plan {quoted(self.plan)} {self.limit}{self.used.format(have='you have')}")

    @property
    def to_operator(self) -> str:
        """The sentence for an operator, who acts for the user."""
        user = quoted(self.user)
        if not self.limit:
            return self._advised(f"{user} has no plan, so {user} may not {self.refused}")
        used = self.used.format(have=f"{user} has")
        return self._advised(f"The plan {quoted(self.plan)} of {user} {self.limit}{used}")

    def _advised(self, sentence: str) -> str:
        return f"{sentence}: {self.advice}." if self.advice else f"{sentence}."


class LimitReached(WatcherError):
    """A plan does not allow something. `rows`: those of several watches that it refuses, by position."""

    def __init__(self, refusal: PlanRefusal, rows: Mapping[int, PlanRefusal] = MappingProxyType({})) -> None:
        super().__init__(Code.FORBIDDEN, refusal.to_user, action=_capitalized(refusal.advice))
        self.refusal, self.rows = refusal, rows


def watches_refusal(plans: Plans, plan: Plan, user: str, used: int, total: int) -> PlanRefusal:
    """Return why a user who has `used` unpaused watches may not have `total`."""
    upgrade = _upgrade(plans, any(_exceeds(other.watches, plan.watches) for other in plans.priced))
    if plan == NO_PLAN:
        return PlanRefusal(plan.name, user, refused="add or resume watches", advice=_choice(plans))
    if not plan.watches:
        return PlanRefusal(plan.name, user, "allows no watches", advice=upgrade)
    has = f", and {{have}} {used:,}"
    if used < plan.watches:
        has = f"; {{have}} {used:,}, and this would make {total:,}"
    advice = _or("pause or remove one", upgrade)
    return PlanRefusal(plan.name, user, f"allows {count_of(plan.watches, 'watch')}", has, advice=advice)


def interval_refusal(plans: Plans, plan: Plan, user: str, every: Seconds) -> PlanRefusal:
    """Return why a watch of a user may not be polled that often."""
    shortest = plan.min_every or Seconds(0.0)
    upgrade = _upgrade(
        plans, any(other.min_every is None or other.min_every < shortest for other in plans.priced)
    )
    return PlanRefusal(
        plan.name,
        user,
        f"allows intervals of {write_duration(shortest)} or longer",
        f", and {write_duration(every)} is shorter",
        advice=_or("choose a longer one", upgrade),
    )


def scans_refusal(plans: Plans, plan: Plan, user: str, used: int, resets_at: Instant) -> PlanRefusal:
    """Return why a user who has scanned `used` pictures this month may not scan another."""
    upgrade = _upgrade(plans, any(_exceeds(other.scans, plan.scans) for other in plans.priced))
    if plan == NO_PLAN:
        return PlanRefusal(plan.name, user, refused="scan", advice=_choice(plans))
    if not plan.scans:
        return PlanRefusal(plan.name, user, "allows no scans", advice=upgrade)
    return PlanRefusal(
        plan.name,
        user,
        f"allows {count_of(plan.scans, 'scan')} a month",
        f", and {{have}} used {used:,}",
        advice=_or(f"scan again after {iso(resets_at)}", upgrade),
    )


def unknown_price_sentence(user: str, price: str) -> str:
    """Return that a user pays a price that no plan has, what that means, and what to do."""
    return (
        f"{quoted(user)} pays the price {quoted(price)}, which no plan has, so that counts as not paid: add "
        "a plan with it to [plans], or change the subscription in Stripe."
    )


def _exceeds(limit: int | None, other: int | None) -> bool:
    return other is not None and (limit is None or limit > other)


def _upgrade(plans: Plans, is_possible: bool) -> str:  # noqa: FBT001 - read as one phrase
    return f"upgrade {plans.place}" if is_possible else ""


def _choice(plans: Plans) -> str:
    return f"choose one {plans.place}"


def _or(first: str, second: str) -> str:
    return f"{first}, or {second}" if second else first


def _capitalized(advice: str) -> str:
    return advice[:1].upper() + advice[1:]
