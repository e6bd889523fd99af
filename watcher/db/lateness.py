"""How late the items of alerts were: written with the alert and its sent state, read as shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from sqlalchemy import Connection, Double, Select, Update, bindparam, case, delete, func, select, update

from watcher.core.alerts import Alert
from watcher.core.item_number import hashed_id
from watcher.core.lateness import WITHIN_SECONDS, ItemLateness, LatenessFigures
from watcher.core.times import Instant
from watcher.db.database import Store
from watcher.db.engine import driver_sql, insert_many, upsert_for
from watcher.db.row_types import RowTypes
from watcher.db.schema import alerts, lateness

# The newest matches that shares are computed from, so that reading them stays fast.
MAX_MATCHES = 5_000
_OF_ALERTS = select(lateness).where(lateness.c.alert_id.in_(bindparam("ids", expanding=True)))
_TYPES = RowTypes(_OF_ALERTS)
_MADE_SINCE = bindparam("since", type_=Double)
_COUNTED = ("listed_at", "seen_at", "was_there")
_OF_WATCH = (
    select(*(lateness.c[name] for name in _COUNTED))
    .where(lateness.c.watch_id == bindparam("watch"), lateness.c.seen_at >= _MADE_SINCE)
    .order_by(lateness.c.seen_at.desc())
    .limit(MAX_MATCHES)
)
# The newest alerts are chosen first, by the index on when they were made; lateness has none for that.
_NEWEST = (
    select(alerts.c.id, alerts.c.made_at)
    .where(alerts.c.made_at >= _MADE_SINCE)
    .order_by(alerts.c.made_at.desc())
    .limit(MAX_MATCHES)
    .subquery()
)
_OF_ALL = (
    select(*(lateness.c[name] for name in _COUNTED))
    .join(_NEWEST, _NEWEST.c.id == lateness.c.alert_id)
    .order_by(_NEWEST.c.made_at.desc())
    .limit(MAX_MATCHES)
)
_OF_ALERT = lateness.c.alert_id == bindparam("alert")
# The alerts of duplicate watches that share a message were made by the same poll.
_OF_DUPLICATES = lateness.c.watch_id.in_(bindparam("also", expanding=True)) & (
    lateness.c.seen_at == bindparam("made", type_=Double)
)


class LatenessStore(Store):
    """Reads how late alerts were, and records whether their items were still there."""

    def of_alerts(self, ids: Sequence[str]) -> Mapping[tuple[str, str], ItemLateness]:
        """Return how late the items of these alerts were, by alert id and hash of the item's id.

        Items of alerts that an older version made are missing.
        """
        rows = self._db.rows(_OF_ALERTS, {"ids": list(ids)})
        return dict(_TYPES.read(rows, _item_of))

    def of_watch(self, watch: int, since: Instant) -> LatenessFigures:
        """Return the figures of a watch's matches since an instant, of the newest MAX_MATCHES."""
        return _figures_of(self._db.rows(_FIGURES_OF_WATCH, {"watch": watch, "since": since}))

    def overall(self, since: Instant) -> LatenessFigures:
        """Return the figures of all matches since an instant, of the newest MAX_MATCHES."""
        return _figures_of(self._db.rows(_FIGURES_OF_ALL, {"since": since}))

    async def forget(self, before: Instant) -> None:
        """Delete how late everything was that was seen before an instant."""
        await self._db.write(lambda conn: conn.execute(delete(lateness).where(lateness.c.seen_at < before)))

    async def note_checked(self, alert: Alert, there: Mapping[str, bool]) -> None:
        """Record which items of a message were on offer just before it was sent, by item id."""
        await self._db.write(_note_checked, alert, dict(there))


def record_lateness(conn: Connection, alert: Alert) -> None:
    """Insert a row for each item that an alert shows; it was seen by the poll that made the alert."""
    rows = [
        {
            "alert_id": alert.id,
            "item": hashed_id(item.item_id),
            "watch_id": alert.watch_id,
            "listed_at": item.since,
            "seen_at": alert.made_at,
            "sent_at": None,
            "was_there": None,
        }
        for item in alert.items
    ]
    insert_many(conn, _insert(conn.dialect.name), rows)


def record_lateness_sent(conn: Connection, alert: Alert, at: float) -> None:
    """Record when the message about an alert was accepted, for its duplicate watches as well."""
    _update(conn, alert, update(lateness).values(sent_at=at))


def _note_checked(conn: Connection, alert: Alert, there: Mapping[str, bool]) -> None:
    for item, was_there in there.items():
        of_item = update(lateness).where(lateness.c.item == hashed_id(item))
        _update(conn, alert, of_item.values(was_there=was_there))


def _update(conn: Connection, alert: Alert, change: Update) -> None:
    if alert.items:
        conn.execute(change.where(_OF_ALERT), {"alert": alert.id})
    if alert.items and alert.also:
        conn.execute(change.where(_OF_DUPLICATES), {"also": list(alert.also), "made": alert.made_at})


@lru_cache(maxsize=2)
def _insert(dialect: str) -> str:
    """Return the INSERT for a dialect; building it takes longer than running it."""
    return driver_sql(dialect, upsert_for(dialect, lateness).on_conflict_do_nothing())


def _counted(newest: Select[Any]) -> Select[Any]:
    """Return the counts of LatenessFigures over rows of `lateness`."""
    row = newest.subquery().c
    late = row.seen_at - row.listed_at
    is_timed = late >= 0
    counts: list[Any] = [
        func.count(row.seen_at),
        func.count(case((is_timed, 1))),
        *(func.count(case((is_timed & (late <= limit), 1))) for limit in WITHIN_SECONDS),
        func.count(row.was_there),
        func.count(case((row.was_there, 1))),
    ]
    return select(*counts)


_FIGURES_OF_WATCH, _FIGURES_OF_ALL = _counted(_OF_WATCH), _counted(_OF_ALL)


def _figures_of(rows: Sequence[Any]) -> LatenessFigures:
    matches, timed, *within, checked, there = rows[0]
    return LatenessFigures(matches, timed, tuple(within), checked, there)


def _item_of(row: Any) -> tuple[tuple[str, str], ItemLateness]:
    return (row.alert_id, row.item), ItemLateness(row.listed_at, row.seen_at, row.sent_at, row.was_there)
