"""What the plans of users allow, and what they use of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from watcher.core.plans import PROMPT_POLLS, SCANS, Plan, Subscription, prompt_polls
from watcher.core.resilience.quota import month_of, utc_day_of
from watcher.core.times import Instant, iso, write_duration
from watcher.core.watch import Watch
from watcher.db.plan_limits import Holder, WatchCounts
from watcher.db.stores import Stores


class PlanUse(NamedTuple):
    """The plan of a user against what is used of it.

    `watches_used`: unpaused ones. `over_plan`: watches that a plan paused. `scans_used`: pictures since the
    month (UTC) began, which ends at `scans_reset_at`. `subscription`: None for one who never paid.
    """

    user: str
    plan: Plan
    watches_used: int
    scans_used: int
    scans_reset_at: Instant
    over_plan: int = 0
    subscription: Subscription | None = None
    admin: bool = False


def plan_use(stores: Stores, user: str, now: Instant) -> PlanUse:
    """Return what a user has and uses; a user that does not exist yet uses nothing."""
    counts = stores.plan_limits.watch_counts(user).get(user, WatchCounts())
    scans = stores.api_usage.of_user(user, SCANS, month_of(now).start).calls
    return _use_of(stores.plan_limits.holder(user), counts, scans, now)


def everyone(stores: Stores, now: Instant, *, after: str = "", limit: int | None = None) -> Sequence[PlanUse]:
    """Return the same of all users, by name; or of up to `limit` of those after a name."""
    holders = stores.plan_limits.holders(after=after, limit=limit)
    # Without a limit there may be more names than a statement has parameters.
    names = [] if limit is None else [holder.user for holder in holders]
    counts = stores.plan_limits.watch_counts(*names)
    scans = stores.api_usage.calls_by_user(SCANS, month_of(now).start, *names)
    return [
        _use_of(holder, counts.get(holder.user, WatchCounts()), scans.get(holder.user, 0), now)
        for holder in holders
    ]


def late_poll_sentence(stores: Stores, watch: Watch, now: Instant) -> str:
    """Return that a watch was not polled at once, because too many were today; empty if it is or was."""
    row, most = stores.watches.row(watch.id), prompt_polls(stores.plan_limits.holder(watch.user).plan)
    if row is None or row.watch.paused or row.due_at is None or row.due_at <= now or most is None:
        return ""
    if stores.api_usage.of_user(watch.user, PROMPT_POLLS, utc_day_of(now).start).calls < most:
        return ""
    return (
        f"The plan allows {most:,} polls a day (UTC) right after a change, and all are used: this watch is "
        "polled at its ordinary time, or early tomorrow."
    )


def _use_of(holder: Holder, counts: WatchCounts, scans: int, now: Instant) -> PlanUse:
    return PlanUse(
        holder.user,
        holder.plan,
        counts.active,
        scans,
        month_of(now).end,
        counts.over_plan,
        holder.subscription,
        holder.admin,
    )


def plan_view(plan: Plan) -> dict[str, Any]:
    """Return a plan as JSON; a limit that is null is none."""
    return {
        "plan": plan.name,
        "watches": plan.watches,
        "minEvery": None if plan.min_every is None else write_duration(plan.min_every),
        "scans": plan.scans,
        "priceId": plan.price_id or None,
    }


def use_view(use: PlanUse) -> dict[str, Any]:
    """Return the plan of a user and its use as JSON."""
    paid = use.subscription
    return {
        "user": use.user,
        "plan": use.plan.name,
        "admin": use.admin,
        "watches": {"used": use.watches_used, "limit": use.plan.watches, "overPlan": use.over_plan},
        "minEvery": plan_view(use.plan)["minEvery"],
        "scans": {
            "used": use.scans_used,
            "limit": use.plan.scans,
            "resetsAt": iso(use.scans_reset_at),
        },
        "subscription": None
        if paid is None or not (paid.customer or paid.status)
        else {
            "status": str(paid.status) or None,
            "priceId": paid.price or None,
            "paidUntil": _time(paid.paid_until),
            "endsAt": _time(paid.ends_at),
            "unpaidSince": _time(paid.unpaid_since),
            "confirmedAt": _time(paid.confirmed_at or None),
        },
    }


def _time(at: Instant | None) -> str | None:
    return None if at is None else iso(at)
