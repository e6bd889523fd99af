"""The stored plan of polls, and what it is computed from: searches and wishes, read part by part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, func, select, tuple_

from watcher.core.apis import Api
from watcher.core.times import Instant, Seconds
from watcher.db.database import Store
from watcher.db.engine import upsert
from watcher.db.row_types import RowTypes
from watcher.db.schema import ACTIVE, polling_plan, searches, watches

_READ = select(polling_plan.c.payload, polling_plan.c.computed_at).where(polling_plan.c.api == Api.EBAY)
# What decides how often a search is polled.
SEARCH_NEEDS = select(
    searches.c.id,
    searches.c.category,
    searches.c.value,
    searches.c.shortest,
    searches.c.longest,
    searches.c.estimates,
)
_SEARCHES = (
    SEARCH_NEEDS.where(searches.c.id > bindparam("after"), searches.c.due_at.is_not(None))
    .order_by(searches.c.id)
    .limit(bindparam("most"))
)
_ASKED = (watches.c.search_id, watches.c.id, watches.c.user_id, watches.c.every, watches.c.priority)
_WATCHES = (
    select(*_ASKED)
    .where(
        tuple_(watches.c.search_id, watches.c.id) > tuple_(bindparam("after_search"), bindparam("after")),
        watches.c.paused.is_(False),
    )
    .order_by(watches.c.search_id, watches.c.id)
    .limit(bindparam("most"))
)
# In no order: a database would read and sort all watches of the user to return some of them.
_WATCHES_OF_USER = (
    select(*_ASKED)
    .where(watches.c.user_id == bindparam("user"), watches.c.paused.is_(False))
    .limit(bindparam("most"))
)
_SEARCH_TYPES, _WATCH_TYPES = RowTypes(_SEARCHES), RowTypes(_WATCHES)


class StoredPlan(NamedTuple):
    """A plan as it is stored, and when it was computed."""

    payload: str
    computed_at: Instant


class SearchDemand(NamedTuple):
    """What an active search asks for: the columns of its row."""

    id: int
    category: str
    value: float | None
    shortest: Seconds | None
    longest: Seconds | None
    estimates: str


class WatchDemand(NamedTuple):
    """What an unpaused watch asks for."""

    search: int
    watch: int
    user: str
    every: Seconds | None
    priority: str


class Part(NamedTuple):
    """Some rows, those of them that can be read, and where the next part begins; None at the end."""

    searches: Sequence[SearchDemand] = ()
    watches: Sequence[WatchDemand] = ()
    after: tuple[int, int] | None = None


class PollingPlanStore(Store):
    """Keeps the plan, and reads what it is computed from."""

    def read(self) -> StoredPlan | None:
        """Return the plan, None before the first one."""
        rows = self._db.rows(_READ)
        return StoredPlan(rows[0].payload, Instant(rows[0].computed_at)) if rows else None

    async def put(self, plan: StoredPlan) -> None:
        """Replace the plan."""
        await self._db.write(_put, plan)

    def count_searches(self, most: int) -> int:
        """Return the number of active searches, at most `most`."""
        some = select(searches.c.id).where(searches.c.due_at.is_not(None)).limit(most).subquery()
        return int(self._db.value(select(func.count()).select_from(some)) or 0)

    def has_at_most(self, most_searches: int, most_watches: int) -> bool:
        """Return whether the active searches and unpaused watches are no more than these."""
        unpaused = select(watches.c.id).where(ACTIVE).limit(most_watches + 1).subquery()
        if self.count_searches(most_searches + 1) > most_searches:
            return False
        return int(self._db.value(select(func.count()).select_from(unpaused)) or 0) <= most_watches

    def searches_after(self, after: tuple[int, int], most: int) -> Part:
        """Return up to `most` active searches with an id above the first number."""
        rows = self._db.rows(_SEARCHES, {"after": after[0], "most": most})
        read = _SEARCH_TYPES.read(rows, lambda r: SearchDemand(*r))
        return Part(searches=read, after=(rows[-1].id, 0) if len(rows) == most else None)

    def watches_after(self, after: tuple[int, int], most: int) -> Part:
        """Return up to `most` unpaused watches after this (search, watch), those of a search together."""
        rows = self._db.rows(_WATCHES, {"after_search": after[0], "after": after[1], "most": most})
        last = (rows[-1].search_id, rows[-1].id) if len(rows) == most else None
        return Part(watches=_read_watches(rows), after=last)

    def watches_of(self, user: str, most: int) -> Sequence[WatchDemand]:
        """Return up to `most` unpaused watches of a user, by search; of more, some of them."""
        return sorted(_read_watches(self._db.rows(_WATCHES_OF_USER, {"user": user, "most": most})))


def _read_watches(rows: Sequence[Row[Any]]) -> Sequence[WatchDemand]:
    return _WATCH_TYPES.read(rows, lambda r: WatchDemand(*r))


def _put(conn: Connection, plan: StoredPlan) -> None:
    put_plan_row(conn, Api.EBAY, plan.computed_at, plan.payload)


def put_plan_row(conn: Connection, name: str, at: Instant, payload: str) -> None:
    """Replace the row of this name, an API's or that of the check of promises."""
    statement = upsert(conn, polling_plan)
    changed = {column: statement.excluded[column] for column in ("computed_at", "payload")}
    row = {"api": name, "computed_at": at, "payload": payload}
    conn.execute(statement.on_conflict_do_update(index_elements=["api"], set_=changed), row)
