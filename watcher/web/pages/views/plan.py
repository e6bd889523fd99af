"""What the settings show of plans: the caller's with its use, the others, and for admins each user's."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from watcher.accounts.plan_use import PlanUse, everyone, plan_use
from watcher.core.billing import is_living
from watcher.core.plans import GRACE, NO_PLAN, UNLIMITED, Plan, Plans, Subscription, SubscriptionStatus
from watcher.core.plurals import count_of, plural_of
from watcher.core.times import DAY, HOUR, Instant, Seconds, in_words
from watcher.core.tokens import Caller
from watcher.core.typed_text import quoted
from watcher.web.dependencies import WebDependencies

_USERS_SHOWN = 50  # on one page
# Stripe is asked daily about a subscription that goes on; an older state could not be confirmed.
_STALE_SECONDS = Seconds(DAY + 2 * HOUR)
_CONFIRMING = "The payment is being confirmed. This takes some seconds; you need not pay again."
_RECEIVED = "Payment received; your plan is active."
_STATES = {
    SubscriptionStatus.ACTIVE: ("Paid", "good"),
    SubscriptionStatus.TRIALING: ("Free trial", "good"),
    SubscriptionStatus.PAST_DUE: ("Payment failed", "bad"),
    SubscriptionStatus.UNPAID: ("Not paid", "bad"),
    SubscriptionStatus.INCOMPLETE: ("First payment not complete", "warn"),
    SubscriptionStatus.PAUSED: ("Subscription paused", "warn"),
    SubscriptionStatus.CANCELED: ("Subscription ended", ""),
    SubscriptionStatus.INCOMPLETE_EXPIRED: ("Subscription ended", ""),
}


@dataclass(frozen=True, slots=True)
class UseRow:
    """What is used of one limit; `limit` is 0 if there is none, or nothing is allowed."""

    name: str
    said: str
    used: int = 0
    limit: int = 0
    resets_at: Instant | None = None


@dataclass(frozen=True, slots=True)
class PlanNote:
    """A sentence about the subscription, around a time; `kind` is "", "warn" or "bad"."""

    text: str
    at: Instant | None = None
    rest: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class PlanOffer:
    """Another plan and what it allows; `button` is empty for one that is not bought."""

    name: str
    allows: str
    button: str = ""


@dataclass(frozen=True, slots=True)
class PlanView:
    """The plan of the caller.

    `state`: words and kind, both empty for one who never paid. `as_of`: when Stripe confirmed it last, if
    that is long ago. `payment`: what came of a checkout that the caller comes from, empty if there is none;
    `is_confirming` while Stripe has not reported it.
    """

    name: str
    state: tuple[str, str]
    notes: Sequence[PlanNote]
    as_of: Instant | None
    uses: Sequence[UseRow]
    over_plan: str
    offers: Sequence[PlanOffer]
    can_pay: bool
    can_manage: bool
    is_confirming: bool
    payment: str


@dataclass(frozen=True, slots=True)
class HolderRow:
    """A user with the plan and what is used of it."""

    user: str
    plan: str
    watches: str
    scans: str
    state: tuple[str, str]


@dataclass(frozen=True, slots=True)
class HoldersView:
    """Some users by name; `next` is the address of the next ones, empty for none."""

    rows: Sequence[HolderRow]
    after: str
    next: str


def plan_of_caller(
    web: WebDependencies, who: Caller, now: Instant, *, has_paid: bool = False
) -> PlanView | None:
    """Return the plan of the caller; None if no plans are configured.

    `has_paid`: the caller comes from a checkout, of which Stripe reports by itself.
    """
    plans = web.stores.plan_limits.plans
    if not plans.all:
        return None
    use = plan_use(web.stores, who.user, now)
    paid, is_confirming = use.subscription, has_paid and _is_open(web, use, now)
    return PlanView(
        name=_name_of(use.plan),
        state=_state_of(paid),
        notes=[*_notes(use, plans, now)],
        as_of=_stale_since(paid, now),
        uses=[*_uses(use)],
        over_plan=_over_plan(use.over_plan),
        offers=[*_offers(plans, use)],
        can_pay=web.billing is not None,
        can_manage=bool(web.billing and paid and paid.subscription),
        is_confirming=is_confirming,
        payment=_CONFIRMING if is_confirming else _RECEIVED if has_paid and use.plan.price_id else "",
    )


def _is_open(web: WebDependencies, use: PlanUse, now: Instant) -> bool:
    """Return whether Stripe may not have reported yet that a checkout was paid."""
    paid = use.subscription
    if paid is None or use.plan.price_id:
        return False
    return bool(web.stores.subscriptions.open_checkouts(use.user)) or (
        paid.check_at is not None and paid.check_at <= now
    )


def plan_holders(web: WebDependencies, now: Instant, after: str) -> HoldersView | None:
    """Return the plans of the users after a name; None if no plans are configured."""
    if not web.stores.plan_limits.plans.all:
        return None
    found = everyone(web.stores, now, after=after, limit=_USERS_SHOWN + 1)
    shown = found[:_USERS_SHOWN]
    rows = [
        HolderRow(
            use.user,
            _name_of(use.plan),
            _of(use.watches_used, use.plan.watches),
            _of(use.scans_used, use.plan.scans),
            _state_of(use.subscription),
        )
        for use in shown
    ]
    return HoldersView(rows, after, shown[-1].user if len(found) > len(shown) else "")


def _name_of(plan: Plan) -> str:
    return {UNLIMITED: "No limits", NO_PLAN: "No plan"}.get(plan, plan.name)


def _state_of(paid: Subscription | None) -> tuple[str, str]:
    if paid is None:
        return "", ""
    text, kind = _STATES.get(paid.status, ("", ""))
    return ("Cancelled", "warn") if kind == "good" and paid.ends_at is not None else (text, kind)


def _stale_since(paid: Subscription | None, now: Instant) -> Instant | None:
    if paid is None or not is_living(paid.status) or now - paid.confirmed_at < _STALE_SECONDS:
        return None
    return paid.confirmed_at


def _notes(use: PlanUse, plans: Plans, now: Instant) -> Iterator[PlanNote]:
    """Yield what is true of the payments, what that means, and what to do."""
    paid, free = use.subscription, plans.free
    without = "you have no plan" if free == NO_PLAN else f"your plan is {quoted(free.name)}"
    if paid is None:
        return
    match paid.status:
        case SubscriptionStatus.PAST_DUE if paid.is_paid():
            yield _grace(paid, now)
        case SubscriptionStatus.PAST_DUE | SubscriptionStatus.UNPAID:
            days = count_of(round(GRACE / DAY), "day")
            yield PlanNote(
                f"The payment failed, and was not made within {days}, so {without}. Pay under “Manage "
                "payments” to have your plan again.",
                kind="bad",
            )
        case SubscriptionStatus.INCOMPLETE:
            yield PlanNote(
                "The first payment is not complete: complete it under “Manage payments”.", kind="warn"
            )
        case SubscriptionStatus.PAUSED:
            text = f"The subscription is paused, so {without}. Continue it under “Manage payments”."
            yield PlanNote(text, kind="warn")
        case SubscriptionStatus.ACTIVE | SubscriptionStatus.TRIALING if paid.ends_at is not None:
            rest = (
                f". Then {without}; watches beyond its limit are paused, the newest first. None is deleted."
            )
            yield PlanNote("It ends at", paid.ends_at, rest, "warn")
        case SubscriptionStatus.ACTIVE if paid.paid_until is not None:
            yield PlanNote("Paid until", paid.paid_until, "; then it is renewed.")
        case SubscriptionStatus.TRIALING if paid.paid_until is not None:
            yield PlanNote("Free until", paid.paid_until, "; then the first payment is due.")
        case _:
            pass
    if plans.lacks_price_of(paid) and not use.admin:
        text = f"You pay for a plan that is not offered any more, so {without}: choose another one below."
        yield PlanNote(text, kind="bad")


def _grace(paid: Subscription, now: Instant) -> PlanNote:
    """Return the note of a user whose payment failed, and who has the plan still."""
    repair = "Pay, or change the card, under “Manage payments”."
    ends_at = None if paid.unpaid_since is None else Instant(paid.unpaid_since + GRACE)
    if ends_at is None or ends_at <= now:
        return PlanNote(f"The last payment failed. You keep the plan a little longer. {repair}", kind="bad")
    return PlanNote("The last payment failed. You keep the plan until", ends_at, f". {repair}", "bad")


def _uses(use: PlanUse) -> Iterator[UseRow]:
    plan = use.plan
    yield UseRow("Watches", _of(use.watches_used, plan.watches), use.watches_used, plan.watches or 0)
    said = _of(use.scans_used, plan.scans)
    yield UseRow("Scans this month", said, use.scans_used, plan.scans or 0, use.scans_reset_at)
    if plan not in (UNLIMITED, NO_PLAN):
        yield UseRow("Shortest interval that a watch may ask for", _interval(plan))


def _of(used: int, limit: int | None) -> str:
    return f"{used:,}" if limit is None else f"{used:,} of {limit:,}"


def _interval(plan: Plan) -> str:
    return "no limit" if plan.min_every is None else in_words(plan.min_every)


def _over_plan(count: int) -> str:
    if not count:
        return ""
    watches = f"{count_of(count, 'watch')} {plural_of(count, 'is', 'are')} paused"
    return f"{watches}, because your plan allows no more. With more room the oldest resume first."


def _offers(plans: Plans, use: PlanUse) -> Iterator[PlanOffer]:
    """Yield the other plans; for one who has no limits none is worth anything."""
    if use.plan == UNLIMITED:
        return
    paid = use.subscription
    pays = paid is not None and is_living(paid.status)
    is_renewed = paid is not None and paid.is_paid() and paid.ends_at is None
    for plan in plans.all:
        if plan != use.plan:
            button = "Change to it" if pays else "Upgrade"
            way = "; you have it again once you cancel under “Manage payments”" if is_renewed else ""
            allows = _allows(plan) + ("" if plan.price_id else way)
            yield PlanOffer(plan.name, allows, button if plan.price_id else "")


def _allows(plan: Plan) -> str:
    """Return what a plan allows, for one line."""
    watches = "any number of watches" if plan.watches is None else count_of(plan.watches, "watch")
    scans = "any number of scans" if plan.scans is None else f"{count_of(plan.scans, 'scan')} a month"
    every = "any interval" if plan.min_every is None else f"intervals from {in_words(plan.min_every)}"
    return f"{watches}, {every}, {scans}"
