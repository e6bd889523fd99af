"""Questions that the answer to another one contains: the same words in one condition, and in any."""

from __future__ import annotations

from dataclasses import replace

from watcher.core.listing import CONDITION_IDS, Condition, Snapshot
from watcher.core.watch import Question


def containing(question: Question) -> Question | None:
    """Return the question in any condition; None if it is that already."""
    if question.condition is Condition.ANY:
        return None
    return replace(question, condition=Condition.ANY)


def contained_in(question: Question) -> tuple[Question, ...]:
    """Return the questions whose answers a complete answer to this one contains."""
    if question.condition is not Condition.ANY:
        return ()
    return tuple(replace(question, condition=condition) for condition in CONDITION_IDS)


def can_be_divided(snapshot: Snapshot) -> bool:
    """Return whether an answer in any condition contains those in one condition exactly.

    It is the whole market, everything in it was read, and each listing shows its condition.
    """
    is_whole = snapshot.is_exhaustive and not snapshot.unreadable and not snapshot.ignored_filters
    return is_whole and all(x.condition_id is not None for x in snapshot.listings)


def part_of(snapshot: Snapshot, condition: Condition) -> Snapshot:
    """Return the part of an answer that the market's own filter would leave."""
    wanted = CONDITION_IDS[condition]
    part = tuple(x for x in snapshot.listings if x.condition_id in wanted)
    return Snapshot(part, snapshot.fetched_at, len(part), complete=True, rows=len(part))
