"""Events: rows that name what changed, written with the change, for the streams of browsers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select

from watcher.core.events import ChangeEvent, EventType, StoredEvent
from watcher.core.times import MINUTE, Instant
from watcher.core.watch import WatchId
from watcher.db.database import Store
from watcher.db.engine import driver_sql, insert_columns, insert_many
from watcher.db.notify import announce_work
from watcher.db.row_types import RowTypes
from watcher.db.schema import events, searches, watches
from watcher.ports import EVENTS

ROWS_PER_READ = 1_000
# From here on building a statement costs less than what a database gains by knowing the whole.
_MANY_ROWS = 100
# Enough of the newest rows to find every id that may still be missing. Clocks differ less than this.
_RECENT_ROWS, _RECENT = 500, MINUTE / 2
_COLUMNS = (events.c.id, events.c.user_id, events.c.type, events.c.ref, events.c.revision)
_WRITTEN = ("at", "user_id", "type", "ref", "revision")
_LAST = select(func.max(events.c.id))
_AFTER = select(*_COLUMNS).where(events.c.id > bindparam("after")).order_by(events.c.id).limit(ROWS_PER_READ)
_MISSED_ALERTS = (
    select(*_COLUMNS)
    .where(
        events.c.user_id == bindparam("user"),
        events.c.type == EventType.ALERT,
        events.c.id > bindparam("after"),
        events.c.id <= bindparam("until"),
    )
    .order_by(events.c.id)
    .limit(bindparam("limit"))
)
_NEWEST = select(events.c.id, events.c.at).order_by(events.c.id.desc()).limit(_RECENT_ROWS)
_POLLED = (
    select(watches.c.id, watches.c.user_id, watches.c.revision)
    .join(searches, watches.c.search_id == searches.c.id)
    .where(
        searches.c.id.in_(bindparam("searches", expanding=True)),
        watches.c.user_id.in_(bindparam("users", expanding=True)),
        watches.c.paused.is_(False),
    )
    .order_by(watches.c.id)
    .limit(ROWS_PER_READ)
)
_EVENT_TYPES = RowTypes(_AFTER)


@lru_cache(maxsize=2)
def _insert(dialect: str) -> str:
    """Return the INSERT for a dialect; building it takes longer than running it."""
    return driver_sql(dialect, events.insert(), without="id")


def record_events(conn: Connection, changes: Sequence[ChangeEvent], at: Instant) -> None:
    """Record changes in the transaction that makes them."""
    if not changes:
        return
    rows = [(at, c.user, str(c.type), c.ref, c.revision) for c in changes]
    if len(rows) < _MANY_ROWS:
        named = [dict(zip(_WRITTEN, row, strict=True)) for row in rows]
        insert_many(conn, _insert(conn.dialect.name), named)
    else:
        insert_columns(conn, events, _WRITTEN, rows)
    announce_work(conn, EVENTS)


class EventStore(Store):
    """Reads events by their ids, and signals the other daemons on the database."""

    @property
    def commits_out_of_order(self) -> bool:
        """Whether an event may be committed after one with a greater id: several daemons write."""
        return self._db.shared

    def last_id(self) -> int:
        """Return the id of the newest event; 0 if there is none."""
        return int(self._db.value(_LAST) or 0)

    def settled_id(self, now: Instant) -> int:
        """Return an id up to which no event is missing that may still be committed."""
        if not self.commits_out_of_order:
            return self.last_id()
        newest = self._db.rows(_NEWEST)
        settled = newest[0].id if newest else 0
        for following, row in pairwise(newest):
            if following.id != row.id + 1 and following.at > now - _RECENT:
                settled = row.id
        return int(settled)

    def after(self, number: int) -> Sequence[StoredEvent]:
        """Return the next events after the id `number`, for all users, by id."""
        return _EVENT_TYPES.read(self._db.rows(_AFTER, {"after": number}), _event_of)

    def missed_alerts(self, user: str, after: int, until: int, limit: int) -> Sequence[StoredEvent]:
        """Return up to `limit` alert events of a user after one id and up to another, by id."""
        bounds = {"user": user, "after": after, "until": until, "limit": limit}
        return _EVENT_TYPES.read(self._db.rows(_MISSED_ALERTS, bounds), _event_of)

    def polled(self, polled: Sequence[int], users: Sequence[str]) -> Sequence[ChangeEvent]:
        """Return hints for the watches of these users on searches that another daemon polled."""
        rows = self._db.rows(_POLLED, {"searches": list(polled), "users": list(users)})
        return [ChangeEvent(r.user_id, EventType.POLL, str(r.id), r.revision) for r in rows]

    def on_recorded(self, call: Callable[[], None]) -> None:
        """Call a function in the event loop after this process recorded events in an embedded database."""
        self._db.on_announced(lambda work: call() if EVENTS in work else None)

    async def signal(self, text: str) -> None:
        """Send a signal to every daemon on a shared database."""
        await self._db.write(announce_work, text)


def watch_event(user: str, watch: int | WatchId, revision: int) -> ChangeEvent:
    """Return the event of a watch that was added, changed or removed."""
    return ChangeEvent(user, EventType.WATCH, str(watch), revision)


def _event_of(row: Row[Any]) -> StoredEvent:
    return StoredEvent(row.id, ChangeEvent(row.user_id, row.type, row.ref, row.revision))
