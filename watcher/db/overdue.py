"""Which searches are overdue."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, select

from watcher.core.times import Instant, Seconds
from watcher.db.schema import searches, watches


class OverdueBound(NamedTuple):
    """How late a search may be: `multiple` times its cadence, in any case `least` seconds.

    `cadence`: that of a search without `--every`, and `shortest`: that of any search, in seconds.
    """

    multiple: float
    least: Seconds
    cadence: Seconds
    shortest: Seconds


def is_overdue(now: Instant, bound: OverdueBound) -> ColumnElement[bool]:
    """Return the condition that a search is late by more than `bound`."""
    mine = (watches.c.search_id == searches.c.id) & watches.c.paused.is_(False)
    wanted = func.coalesce(select(func.min(watches.c.every)).where(mine).scalar_subquery(), bound.cadence)
    allowed = case((wanted > bound.shortest, wanted), else_=bound.shortest) * bound.multiple
    # The first condition uses the index; the second reads the watches of the few searches that are late.
    late = searches.c.due_at < now - bound.least
    return late & (searches.c.due_at < now - allowed)
