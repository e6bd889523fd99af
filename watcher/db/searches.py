"""Searches: which are due, and what they have seen."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, case, false, func, select, true, update

from watcher.core.comps import percentile
from watcher.core.market_profile import MarketProfile
from watcher.core.money import Money
from watcher.core.polls import PollResult, RecordOutcome, Seen, UnrecordedPoll
from watcher.core.rules import History, LastAlerted
from watcher.core.times import DAY, Instant, Seconds
from watcher.core.watch import Question, Search, SearchId, Watch, WatchId
from watcher.db.claiming import ClaimRoom, claim_searches, is_any_claimable
from watcher.db.database import Store
from watcher.db.prepared import PreparedSelect
from watcher.db.recording import record_polls
from watcher.db.row_types import RowTypes, instant_or_none
from watcher.db.rows import (
    SCHEDULED_WATCHES,
    last_alerted_of,
    profile_of_row,
    watch_of,
)
from watcher.db.schema import (
    LEASED,
    TROUBLED,
    item_states,
    outbox,
    price_points,
    searches,
    sightings,
    watches,
)
from watcher.db.seen_listings import SEEN_LISTINGS, read_seen_listings

log = logging.getLogger(__name__)

_NEXT_DUE = select(func.min(searches.c.due_at)).where(searches.c.due_at > bindparam("now"))
_NEXT_PACED, _NEXT_UNPACED = (
    select(func.min(searches.c.due_at)).where(searches.c.paced == paced) for paced in (true(), false())
)
# In the order of ids, and sorted afterwards: for another order SQLite would read all that have a due time.
_UNRECORDED = (
    select(searches.c.query, searches.c.unrecorded)
    .where(TROUBLED, searches.c.unrecorded > 0)
    .order_by(searches.c.id)
)
_WITH_TROUBLES = (
    select(searches.c.query, searches.c.error, searches.c.unrecorded, searches.c.unreadable)
    .where(TROUBLED)
    .where((searches.c.unrecorded > 0) | (searches.c.unreadable > 0) | (searches.c.error != ""))
    .order_by(searches.c.id)
)
_WATCHES = PreparedSelect(
    SCHEDULED_WATCHES.where(
        watches.c.search_id.in_(bindparam("ids", expanding=True)), watches.c.paused.is_(False)
    ).order_by(watches.c.id)
)
_ITEM_STATES = PreparedSelect(
    select(item_states).where(
        item_states.c.watch_id.in_(bindparam("watches", expanding=True)),
        item_states.c.item_id.in_(bindparam("items", expanding=True)),
    )
)
_KEYS_PER_SELECT = 500
_PROFILE = select(searches.c.id, searches.c.profile).where(searches.c.key == bindparam("key"))
_FIRST_SEEN = PreparedSelect(
    select(sightings.c.item_id, sightings.c.first_seen).where(
        sightings.c.search_id == bindparam("search"),
        sightings.c.item_id.in_(bindparam("items", expanding=True)),
    )
)
_POINTS = PreparedSelect(
    select(price_points.c.at, price_points.c.currency, price_points.c.low, price_points.c.median).where(
        price_points.c.search_id == bindparam("search"),
        price_points.c.filters == bindparam("filters"),
        price_points.c.at >= bindparam("since"),
        price_points.c.n > 0,
    )
)
# 2023-11-14. A price point with an earlier time has that of a clock that was not set yet.
_EARLIEST_PLAUSIBLE = Instant(1_700_000_000.0)
_FIRST_POINT = PreparedSelect(
    select(func.min(price_points.c.at)).where(
        price_points.c.n > 0,
        price_points.c.at >= _EARLIEST_PLAUSIBLE,
        price_points.c.search_id == bindparam("search"),
        price_points.c.filters == bindparam("filters"),
    )
)

_ITEM_STATE_TYPES, _FIRST_SEEN_TYPES = RowTypes(select(item_states)), RowTypes(_FIRST_SEEN.statement)
SIGHTING_TYPES = RowTypes(select(sightings))
_POINT_TYPES = RowTypes(_POINTS.statement, required=("low", "median"))


# The shortest interval that the unpaused watches of each search ask for.
_WANTED = (
    select(searches.c.key, searches.c.category, func.min(watches.c.every).label("every"))
    .join(watches, watches.c.search_id == searches.c.id)
    .where(watches.c.paused.is_(False))
    .group_by(searches.c.id, searches.c.key, searches.c.category)
)
_WANTED_ROWS = _WANTED.subquery()
_WORKLOAD = select(_WANTED_ROWS.c.category, _WANTED_ROWS.c.every, func.count().label("n")).group_by(
    _WANTED_ROWS.c.category, _WANTED_ROWS.c.every
)
_WANTED_OF = _WANTED.where(searches.c.key.in_(bindparam("keys", expanding=True)))


class SearchTrouble(NamedTuple):
    """A search whose last poll failed (`error`) or lost listings, or with polls that were not recorded."""

    query: str
    error: str
    unrecorded: int
    unreadable: int


class LastPoll(NamedTuple):
    """The last poll of a search: `error` is the code of its failure, empty after a success."""

    query: str
    marketplace: str
    polled_at: Instant
    due_at: Instant | None
    error: str


class SearchStore(Store):
    """Claims searches, records their polls and reads what they have seen."""

    async def claim_due(
        self, now: Instant, limit: int, lease: str, lease_for: Seconds, room: ClaimRoom | None = None
    ) -> Sequence[Search]:
        """Lease up to `limit` due searches for `lease_for` seconds, the most overdue first.

        A search that is leased already is left out until that lease ends. `lease` is the fencing token.
        `room` bounds how many of them are paced, and may let some be claimed ahead of time.
        """
        room = room or ClaimRoom(limit)
        if limit < 1 or not is_any_claimable(self._db, now, room):
            return ()
        return await self._db.write(claim_searches, now, limit, room, lease, lease_for)

    def next_due(self, *, paced: bool | None = None) -> Instant | None:
        """Return the earliest due time of all searches, or only of those that are paced or not."""
        if paced is None:
            return instant_or_none(self._db.value(select(func.min(searches.c.due_at))))
        return instant_or_none(self._db.value(_NEXT_PACED if paced else _NEXT_UNPACED))

    def next_due_after(self, now: Instant) -> Instant | None:
        """Return the earliest due time after `now`, None if there is none."""
        return instant_or_none(self._db.value(_NEXT_DUE, {"now": now}))

    def active_searches(self) -> int:
        """Return the number of searches that have a due time: those that share the quota."""
        return int(self._db.value(select(func.count()).where(searches.c.due_at.is_not(None))) or 0)

    def workload(self) -> dict[tuple[str, Seconds | None], int]:
        """Count the searches that unpaused watches want, by category and shortest interval asked for."""
        return {
            (r.category, None if r.every is None else Seconds(r.every)): r.n
            for r in self._db.rows(_WORKLOAD)
            if isinstance(r.category, str) and isinstance(r.every, float | None)  # not damaged
        }

    def wanted_intervals(self, keys: Sequence[str]) -> dict[str, Seconds | None]:
        """Return the shortest interval asked for of those of these searches that unpaused watches want."""
        found: dict[str, Seconds | None] = {}
        for start in range(0, len(keys), _KEYS_PER_SELECT):
            some = list(keys[start : start + _KEYS_PER_SELECT])
            found.update({r.key: r.every for r in self._db.rows(_WANTED_OF, {"keys": some})})
        return found

    def watches_of(self, ids: Iterable[SearchId]) -> Mapping[SearchId, Sequence[Watch]]:
        """Return the unpaused watches of these searches; a search without any is missing.

        A watch whose row cannot be read is logged and left out.
        """
        found: dict[SearchId, list[Watch]] = {}
        for row in self._db.rows(_WATCHES, {"ids": list(ids)}):
            try:
                found.setdefault(row.search_id, []).append(watch_of(row))
            except ValueError:  # one unreadable row must not stop all polling
                log.exception("a watch cannot be read and is left out", extra={"watch": row.watch_id})
        return found

    def last_alerted(
        self, items: Mapping[WatchId, Sequence[str]]
    ) -> Mapping[WatchId, Mapping[str, LastAlerted]]:
        """Return the last alerted totals and prices of these items of each watch; others are missing."""
        found: dict[WatchId, dict[str, LastAlerted]] = {}
        asked = list(items)
        for start in range(0, len(asked), _KEYS_PER_SELECT):
            some = asked[start : start + _KEYS_PER_SELECT]
            of_any = {item for watch in some for item in items[watch]}
            rows = self._db.rows(_ITEM_STATES, {"watches": some, "items": sorted(of_any)})
            for r in _ITEM_STATE_TYPES.read(rows, lambda r: (r.watch_id, r.item_id, last_alerted_of(r))):
                found.setdefault(r[0], {})[r[1]] = r[2]
        return {
            watch: {item: states[item] for item in items[watch] if item in states}
            for watch, states in found.items()
        }

    def seen(self, search: SearchId) -> dict[str, Seen]:
        """Return what this search has seen by item id, at most MAX_SEEN_LISTINGS."""
        return read_seen_listings(self._db.rows(SEEN_LISTINGS, {"search": search}))

    def profile(self, question: Question) -> MarketProfile | None:
        """Return what the search that asks this question knows of its market, None before its first poll."""
        rows = self._db.rows(_PROFILE, {"key": question.key})
        return profile_of_row(rows[0]) if rows else None

    def first_seen(self, search: SearchId, items: Iterable[str]) -> Mapping[str, Instant]:
        """Return when a search first saw these items; those that it never saw are missing."""
        rows = self._db.rows(_FIRST_SEEN, {"search": search, "items": list(items)})
        return dict(_FIRST_SEEN_TYPES.read(rows, lambda r: (r.item_id, r.first_seen)))

    async def release(self, lease: str, searches: Iterable[SearchId]) -> None:
        """End the leases of polls that were not recorded."""
        await self._db.write(_release, lease, tuple(searches))

    async def postpone(self, poll: UnrecordedPoll) -> None:
        """Set when a search whose poll was not recorded is polled again, count the poll, end its lease."""
        await self._db.write(_postpone, poll)

    def unrecorded(self) -> Sequence[tuple[str, int]]:
        """Return (query, consecutive polls) of the active searches with unrecorded polls, the worst first."""
        found = [(r.query, r.unrecorded) for r in self._db.rows(_UNRECORDED)]
        return sorted(found, key=lambda one: -one[1])

    def with_troubles(self) -> Sequence[SearchTrouble]:
        """Return the active searches of which a poll or a listing was lost at the last poll, worst first."""
        found = [SearchTrouble(*tuple(row)) for row in self._db.rows(_WITH_TROUBLES)]
        return sorted(found, key=lambda one: (-one.unrecorded, -one.unreadable))

    def last_polls(self, limit: int) -> Sequence[LastPoll]:
        """Return the searches that were polled last, the last one first."""
        columns = [searches.c[name] for name in LastPoll._fields]
        statement = select(*columns).where(searches.c.polled_at.is_not(None))
        rows = self._db.rows(statement.order_by(searches.c.polled_at.desc(), searches.c.id).limit(limit))
        return [LastPoll(*tuple(row)) for row in rows]

    async def expedite(self, error: str, due: Instant, limit: int, now: Instant, spread: Seconds) -> int:
        """Move up to `limit` searches that failed with `error` and wait for `due` or later.

        Their new due times are spread evenly over the `spread` seconds after `now`. Return their number.
        """
        return await self._db.write(_expedite, error, due, limit, now, spread)

    async def hurry(self, ids: Collection[SearchId], now: Instant, rest: Seconds) -> None:
        """Make searches due now, but no sooner than `rest` seconds after their last poll."""
        await self._db.write(_hurry, tuple(ids), now, rest)

    def polled_ids(self, keys: Sequence[str]) -> Sequence[SearchId]:
        """Return the ids of those searches with one of these keys that are polled."""
        statement = select(searches.c.id).where(searches.c.key.in_(keys), searches.c.due_at.is_not(None))
        return [row.id for row in self._db.rows(statement)]

    def history(self, search: SearchId, filters: str, since: Instant, now: Instant) -> History:
        """Summarise the price points of a search for one set of filters (`Filters.key`) since an instant.

        The medians are one per day, without the current day.
        """
        key = {"search": search, "filters": filters}
        days: dict[int, list[int]] = {}
        lows: list[int] = []
        currency = ""
        for row in _POINT_TYPES.read(self._db.rows(_POINTS, {**key, "since": since}), lambda r: r):
            currency = row.currency
            lows.append(row.low)
            days.setdefault(int(row.at // DAY), []).append(row.median)
        days.pop(int(now // DAY), None)
        return History(
            since=instant_or_none(self._db.value(_FIRST_POINT, key)),
            lowest=Money(min(lows), currency) if lows else None,
            daily_medians=tuple(
                Money(percentile(sorted(day), 1, 2), currency) for _, day in sorted(days.items())
            ),
        )

    def record(self, polled: PollResult, patience: Seconds = Seconds(0.0)) -> asyncio.Future[RecordOutcome]:
        """Record a poll in one transaction, unless its lease has been lost.

        It may wait `patience` seconds for others to share its commit; one with alerts overtakes the others.
        """
        return self._db.write_batched(record_polls, polled, patience, is_urgent=bool(polled.alerts))

    async def free_leases(self, is_dead: Callable[[str], bool] = lambda _: True) -> None:
        """End the leases of searches and messages whose holder `is_dead`; by default all.

        For a daemon's start: an embedded database has no other daemon.
        """
        await self._db.write(_free_leases, is_dead)


def _expedite(conn: Connection, error: str, due: Instant, limit: int, now: Instant, spread: Seconds) -> int:
    # A search that waits for the quota was given up at its first attempt; a retried one has counted some.
    waiting = (searches.c.error == error) & (searches.c.attempt == 0) & (searches.c.due_at >= due)
    order = (searches.c.due_at, searches.c.id)
    ids = conn.scalars(select(searches.c.id).where(waiting).order_by(*order).limit(limit)).all()
    dues = [
        {"search": number, "at": now + spread * place / len(ids)} for place, number in enumerate(ids, start=1)
    ]
    if dues:
        moved = update(searches).where(searches.c.id == bindparam("search"))
        conn.execute(moved.values(due_at=bindparam("at")), dues)
    return len(dues)


def _hurry(conn: Connection, ids: tuple[SearchId, ...], now: Instant, rest: Seconds) -> None:
    rested = searches.c.polled_at + rest
    due = case((rested > now, rested), else_=now)
    polled = searches.c.id.in_(ids) & searches.c.due_at.is_not(None)
    soonest = case((searches.c.due_at > due, due), else_=searches.c.due_at)
    conn.execute(update(searches).where(polled).values(due_at=soonest, paced=false()))


def _release(conn: Connection, lease: str, ids: tuple[SearchId, ...]) -> None:
    held = searches.c.id.in_(ids) & (searches.c.lease == lease)
    conn.execute(update(searches).where(held).values(lease="", lease_until=0.0))


def _postpone(conn: Connection, poll: UnrecordedPoll) -> None:
    held = (searches.c.id == poll.search_id) & (searches.c.lease == poll.lease)
    conn.execute(
        update(searches)
        .where(held)
        .values(
            # A due time that moved since the claim stays, as for a recorded poll.
            due_at=case((searches.c.due_at == poll.due_at, poll.next_due), else_=searches.c.due_at),
            paced=case((searches.c.due_at == poll.due_at, false()), else_=searches.c.paced),
            attempt=poll.attempt,
            error=poll.error,
            unrecorded=searches.c.unrecorded + 1,
            lease="",
            lease_until=0.0,
        )
    )


def _free_leases(conn: Connection, is_dead: Callable[[str], bool]) -> None:
    # A message that is no longer pending has ended its lease.
    for table, held in ((searches, LEASED), (outbox, (outbox.c.state == "pending") & (outbox.c.lease != ""))):
        leases = conn.scalars(select(table.c.lease).where(held).distinct()).all()
        if dead := [lease for lease in leases if is_dead(lease)]:
            ended = update(table).where(held, table.c.lease.in_(dead))
            conn.execute(ended.values(lease="", lease_until=0.0))
