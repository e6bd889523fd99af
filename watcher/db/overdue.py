"""Which searches are overdue."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, case, func, select

from watcher.core.times import Instant, Seconds
from watcher.core.watch import SearchId
from watcher.db.database import Store
from watcher.db.schema import searches, watches


class OverdueBound(NamedTuple):
    """How late a search may be: `multiple` times its cadence, in any case `least` seconds.

    `usual`: the mean cadence of all searches, for one that has none of its own yet. `stretch`: by how much
    intervals that watches ask for are longer at most. `shortest`: the cadence of any search is not below it.
    """

    multiple: float
    least: Seconds
    usual: Seconds
    stretch: float
    shortest: Seconds


def cadence_of(bound: OverdueBound) -> ColumnElement[float]:
    """Return the cadence of a search in seconds.

    That of a planned search is the time from its last poll to its due time, because it may wait for a call.
    """
    mine = (watches.c.search_id == searches.c.id) & watches.c.paused.is_(False)
    every = select(func.min(watches.c.every)).where(mine).scalar_subquery() * bound.stretch
    planned = case((searches.c.paced, searches.c.due_at - searches.c.polled_at))
    known = func.coalesce(planned, every, bound.usual)
    return case((known > bound.shortest, known), else_=bound.shortest)


def is_overdue(now: Instant, bound: OverdueBound) -> ColumnElement[bool]:
    """Return the condition that a search is late by more than `bound`."""
    # The first condition uses the index; the second reads the watches of the few searches that are late.
    late = searches.c.due_at < now - bound.least
    return late & (searches.c.due_at < now - cadence_of(bound) * bound.multiple)


class OverdueStore(Store):
    """Finds the searches that are late."""

    def count(self, now: Instant, bound: OverdueBound) -> int:
        """Return the number of searches that are late by more than `bound`."""
        return int(self._db.value(select(func.count()).where(is_overdue(now, bound))) or 0)

    def beyond(self, now: Instant, bound: OverdueBound) -> Sequence[tuple[SearchId, str, Instant]]:
        """Return (search, query, due time) of searches late by more than `bound`, the most overdue first."""
        columns = (searches.c.id, searches.c.query, searches.c.due_at)
        statement = select(*columns).where(is_overdue(now, bound)).order_by(searches.c.due_at)
        return [(r.id, r.query, r.due_at) for r in self._db.rows(statement)]

    def worst(self, now: Instant, bound: OverdueBound) -> tuple[str, Seconds, Seconds] | None:
        """Return (query, lateness, cadence) of the search that is latest by its cadence; None if none is."""
        late, cadence = (now - searches.c.due_at).label("late"), cadence_of(bound).label("cadence")
        statement = select(searches.c.query, late, cadence).where(is_overdue(now, bound))
        rows = self._db.rows(statement.order_by((late / cadence).desc(), searches.c.id).limit(1))
        return (rows[0].query, Seconds(rows[0].late), Seconds(rows[0].cadence)) if rows else None
