"""Sentences about the plan of polls: which intervals are longer than asked for, and what to do."""

from __future__ import annotations

from collections.abc import Iterator

from watcher.core.cadence.call_plan import FLOOR_SHARE, CallPlan
from watcher.core.cadence.fair_shares import ASKED_SHARE
from watcher.core.plurals import plural_of
from watcher.core.times import Seconds, in_words

# Factors below this are not worth a sentence.
_NOTICED = 1.05
_HALTED = "Nothing is polled: daily_quota in [ebay] is 0, or eBay grants these keys no calls."
_WHAT_TO_DO = "Ask for fewer or longer intervals with --every, pause watches, or get a larger quota."


def is_halted(plan: CallPlan) -> bool:
    """Return whether the quota allows no polls."""
    return plan.budget <= 0


def greatest_stretch(plan: CallPlan) -> float:
    """Return the greatest factor by which an interval that is asked for, or the floor, is longer."""
    return max([1.0, plan.stretch, *(plan.stretch_of(user) for user in plan.over)])


def asked_sentence(plan: CallPlan, user: str, every: Seconds) -> str:
    """Return that a user's intervals are longer than asked for, with that of one watch; else empty."""
    if plan.stretch_of(user) < _NOTICED:
        return ""
    return (
        f"Your watches ask for {round(plan.over[user]):,} calls a day; {round(plan.level):,} are yours: "
        f"every {in_words(every)} becomes every {in_words(plan.asked_interval(user, every))}. {_WHAT_TO_DO}"
    )


def floor_sentence(plan: CallPlan) -> str:
    """Return that the worst case of all searches is longer than configured; else empty."""
    if plan.stretch < _NOTICED:
        return ""
    return (
        f"{plan.searches:,} searches are too many to look at each of them every "
        f"{in_words(plan.floor / plan.stretch)} with "
        f"{FLOOR_SHARE * 100:.0f} % of the calls: the longest wait is {in_words(plan.longest())} instead. "
        "Pause watches, or get a larger quota."
    )


def shortages(plan: CallPlan, user: str | None = None) -> Iterator[str]:
    """Yield a sentence for each way in which calls do not suffice for what is asked for.

    `user`: the only one whose watches are of interest; None for all.
    """
    over = {name: asked for name, asked in plan.over.items() if user in (None, name)}
    if is_halted(plan):
        if plan.searches:
            yield _HALTED
        return
    if any(plan.stretch_of(name) >= _NOTICED for name in over):
        asked, n = sum(over.values()), len(over)
        got = n * plan.level
        yield (
            f"Intervals that watches of {n:,} {plural_of(n, 'user', 'users')} ask for need {round(asked):,} "
            f"calls a day; {round(got):,} are theirs (at most {ASKED_SHARE * 100:.0f} % of the calls), "
            f"so their intervals are up to {max(map(plan.stretch_of, over)):.1f} times as long. {_WHAT_TO_DO}"
        )
    if sentence := floor_sentence(plan):
        yield sentence


def greatest_asked_stretch(plan: CallPlan) -> float:
    """Return the greatest factor by which an interval that is asked for is longer."""
    return max([1.0, *(plan.stretch_of(user) for user in plan.over)])
