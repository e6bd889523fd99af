"""What promises to watches are made of and compared with: searches, seen matches, and the last check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Double, bindparam, select

from watcher.core.item_number import hashed_id
from watcher.core.lateness import Onset
from watcher.core.promise_check import PromiseCheck
from watcher.core.times import Instant, Seconds
from watcher.db.codec import Unreadable, read_alert
from watcher.db.database import Store
from watcher.db.engine import upsert
from watcher.db.row_types import RowTypes
from watcher.db.schema import alerts, lateness, polling_plan, searches, watches

# Its row among the plans.
_CHECK = "promises"
_KEYS_PER_SELECT = 500
_MATCHES = (
    select(
        alerts.c.id,
        alerts.c.receipt,
        lateness.c.item,
        lateness.c.listed_at,
        lateness.c.seen_at,
        watches.c.search_id,
    )
    .join(lateness, lateness.c.alert_id == alerts.c.id)
    .join(watches, watches.c.id == lateness.c.watch_id)
    .where(alerts.c.made_at >= bindparam("since", type_=Double), lateness.c.listed_at.is_not(None))
    .order_by(alerts.c.made_at.desc(), alerts.c.id)
    .limit(bindparam("most"))
)
_NEEDS = select(
    searches.c.id,
    searches.c.category,
    searches.c.value,
    searches.c.shortest,
    searches.c.longest,
    searches.c.estimates,
)
_NEEDS_OF = _NEEDS.where(searches.c.id.in_(bindparam("ids", expanding=True)))
_NEEDS_BY_KEY = _NEEDS.where(searches.c.key == bindparam("key"))
_READ_CHECK = select(polling_plan.c.payload).where(polling_plan.c.api == _CHECK)
_NEED_TYPES, _MATCH_TYPES = RowTypes(_NEEDS), RowTypes(_MATCHES, required=("listed_at",))


class SearchNeeds(NamedTuple):
    """What decides how often a search is polled: the columns of its row."""

    id: int
    category: str
    value: float | None
    shortest: Seconds | None
    longest: Seconds | None
    estimates: str


class TimedMatch(NamedTuple):
    """A match of a search, and its age when it was seen."""

    search: int
    age: Seconds


class PromiseStore(Store):
    """Reads what promises are made of and compared with, and keeps the result of the last comparison."""

    def needs(self, key: str) -> SearchNeeds | None:
        """Return those of the search with this key, None if there is none."""
        found = _NEED_TYPES.read(self._db.rows(_NEEDS_BY_KEY, {"key": key}), lambda r: SearchNeeds(*r))
        return found[0] if found else None

    def needs_of(self, ids: Iterable[int]) -> Mapping[int, SearchNeeds]:
        """Return those of these searches; one that cannot be read is missing."""
        wanted, found = sorted(set(ids)), {}
        for start in range(0, len(wanted), _KEYS_PER_SELECT):
            rows = self._db.rows(_NEEDS_OF, {"ids": wanted[start : start + _KEYS_PER_SELECT]})
            found.update({n.id: n for n in _NEED_TYPES.read(rows, lambda r: SearchNeeds(*r))})
        return found

    def matches(self, since: Instant, most: int) -> Sequence[TimedMatch]:
        """Return the newest matches since an instant that were seen after their listing, `most` at most.

        Not those of which only a price cut is known: when the price fell is known too roughly.
        """
        rows = _MATCH_TYPES.read(self._db.rows(_MATCHES, {"since": since, "most": most}), lambda r: r)
        onsets: dict[str, Mapping[str, str]] = {}
        for row in rows:
            if row.id not in onsets:
                onsets[row.id] = _onsets(row)
        return [
            TimedMatch(row.search_id, Seconds(row.seen_at - row.listed_at))
            for row in rows
            if onsets[row.id].get(row.item) == Onset.LISTED and row.seen_at >= row.listed_at
        ]

    def last_check(self) -> PromiseCheck:
        """Return what came of promises; without matches before the first check."""
        return PromiseCheck.read(self._db.value(_READ_CHECK) or "")

    async def put_check(self, check: PromiseCheck, now: Instant) -> None:
        """Keep what came of promises, instead of the last check."""
        await self._db.write(_put_check, check, now)


def _onsets(row: Any) -> Mapping[str, str]:
    """Return by hash since when each item of an alert could have matched; nothing if it cannot be read."""
    try:
        return {hashed_id(item.item_id): item.onset for item in read_alert(row.receipt).items}
    except Unreadable:
        return {}


def _put_check(conn: Connection, check: PromiseCheck, now: Instant) -> None:
    statement = upsert(conn, polling_plan)
    changed = {name: statement.excluded[name] for name in ("computed_at", "payload")}
    row = {"api": _CHECK, "computed_at": now, "payload": check.write()}
    conn.execute(statement.on_conflict_do_update(index_elements=["api"], set_=changed), row)
