"""What promises to watches are made of and compared with: searches, seen matches, and the last check."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Double, bindparam, func, select

from watcher.core.alerts import Alert
from watcher.core.item_number import hashed_id
from watcher.core.lateness import Onset
from watcher.core.promise_check import PromiseCheck
from watcher.core.times import Instant, Seconds
from watcher.db.codec import Unreadable, read_alert
from watcher.db.database import Store
from watcher.db.polling_plan import SEARCH_NEEDS, put_plan_row
from watcher.db.row_types import RowTypes
from watcher.db.schema import alerts, lateness, polling_plan, searches, watches

# Its row among the plans.
_CHECK = "promises"
_KEYS_PER_SELECT = 500
# Searches that are counted at most; with more, a first plan polls rarely in any case.
MAX_SHARING = 20_000
# The newest alerts are chosen first: joined as a whole, the tables would be read as a whole.
_NEWEST = (
    select(alerts.c.id, alerts.c.receipt, alerts.c.made_at)
    .where(alerts.c.made_at >= bindparam("since", type_=Double))
    .order_by(alerts.c.made_at.desc())
    .limit(bindparam("most"))
    .subquery()
)
_MATCHES = (
    select(
        _NEWEST.c.id,
        _NEWEST.c.receipt,
        lateness.c.item,
        lateness.c.listed_at,
        lateness.c.seen_at,
        watches.c.search_id,
    )
    .join(lateness, lateness.c.alert_id == _NEWEST.c.id)
    .join(watches, watches.c.id == lateness.c.watch_id)
    .where(lateness.c.listed_at.is_not(None))
    .order_by(_NEWEST.c.made_at.desc(), _NEWEST.c.id)
    .limit(bindparam("most"))
)
_NEEDS_OF = SEARCH_NEEDS.where(searches.c.id.in_(bindparam("ids", expanding=True)))
_NEEDS_BY_KEY = SEARCH_NEEDS.where(searches.c.key == bindparam("key"))
_SHARING = (
    select(searches.c.id)
    .where(searches.c.due_at >= 0.0)  # a range, because SQLite uses no index for IS NOT NULL
    .where(func.coalesce(searches.c.shortest, 0.0) != func.coalesce(searches.c.longest, -1.0))
    .limit(MAX_SHARING)
)
_COUNT_SHARING = select(func.count()).select_from(_SHARING.subquery())
_READ_CHECK = select(polling_plan.c.payload).where(polling_plan.c.api == _CHECK)
_NEED_TYPES, _MATCH_TYPES = RowTypes(SEARCH_NEEDS), RowTypes(_MATCHES, required=("listed_at",))


class SearchNeeds(NamedTuple):
    """What decides how often a search is polled: the columns of its row."""

    id: int
    category: str
    value: float | None
    shortest: Seconds | None
    longest: Seconds | None
    estimates: str


class TimedMatch(NamedTuple):
    """A match of a search, its age when it was seen, and the share that was to be still there."""

    search: int
    age: Seconds
    promised: float


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

    def count_sharing(self) -> int:
        """Return how many active searches share the calls, without those polled at asked intervals alone."""
        return int(self._db.value(_COUNT_SHARING) or 0)

    def matches(self, since: Instant, most: int) -> Sequence[TimedMatch]:
        """Return the newest matches since an instant that were seen after their listing, `most` at most.

        Not those of which only a price cut is known: when the price fell is known too roughly.
        """
        rows = _MATCH_TYPES.read(self._db.rows(_MATCHES, {"since": since, "most": most}), lambda r: r)
        receipts: dict[str, Alert | None] = {}
        found = []
        for row in rows:
            if row.id not in receipts:
                receipts[row.id] = _alert_of(row)
            match = _match_of(row, receipts[row.id])
            if match is not None:
                found.append(match)
        return found

    def last_check(self) -> PromiseCheck:
        """Return what came of promises; without matches before the first check."""
        return PromiseCheck.read(self._db.value(_READ_CHECK) or "")

    async def put_check(self, check: PromiseCheck, now: Instant) -> None:
        """Keep what came of promises, instead of the last check."""
        await self._db.write(_put_check, check, now)


def _alert_of(row: Any) -> Alert | None:
    try:
        return read_alert(row.receipt)
    except Unreadable:
        return None


def _match_of(row: Any, alert: Alert | None) -> TimedMatch | None:
    """Return a match whose listing and promise are known; None otherwise."""
    if alert is None or alert.promised is None or row.seen_at < row.listed_at:
        return None
    is_listed = any(hashed_id(i.item_id) == row.item and i.onset == Onset.LISTED for i in alert.items)
    return (
        TimedMatch(row.search_id, Seconds(row.seen_at - row.listed_at), alert.promised) if is_listed else None
    )


def _put_check(conn: Connection, check: PromiseCheck, now: Instant) -> None:
    put_plan_row(conn, _CHECK, now, check.write())
