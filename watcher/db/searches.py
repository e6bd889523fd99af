"""Searches: what is due, and what was seen."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, func, select, update

from watcher.core.comps import percentile
from watcher.core.money import Money
from watcher.core.polls import PollResult, RecordOutcome, Seen
from watcher.core.rules import History, LastAlerted
from watcher.core.times import DAY, Instant, Seconds
from watcher.core.watch import Search, SearchId, Watch, WatchId
from watcher.db.database import Database
from watcher.db.recording import record
from watcher.db.rows import money_of, search_of, watch_of
from watcher.db.schema import item_states, outbox, price_points, searches, sightings, watches

log = logging.getLogger(__name__)

WATCH_ROWS = select(
    watches.c.id.label("watch_id"),
    *(c for c in watches.c if c.name != "id"),
    *(searches.c[n] for n in ("query", "condition", "category", "marketplace")),
).join(searches, watches.c.search_id == searches.c.id)
_CLAIMABLE = (searches.c.due_at <= bindparam("now")) & (searches.c.lease_until <= bindparam("now"))
_DUE = select(searches.c.id).where(_CLAIMABLE).limit(1)
_NEXT_DUE = select(func.min(searches.c.due_at)).where(searches.c.due_at > bindparam("now"))
_WATCHES = WATCH_ROWS.where(
    watches.c.search_id.in_(bindparam("ids", expanding=True)), watches.c.paused.is_(False)
).order_by(watches.c.id)
_TOLD = select(item_states).where(
    item_states.c.watch_id == bindparam("watch"),
    item_states.c.item_id.in_(bindparam("items", expanding=True)),
)
# A search remembers at most so many listings, the latest changed first.
REMEMBERED_STATEMENTS = 5_000
_SEEN = (
    select(sightings)
    .where(sightings.c.search_id == bindparam("search"))
    .order_by(sightings.c.changed_at.desc())
    .limit(REMEMBERED_STATEMENTS)
)
_FIRST_SEEN = select(sightings.c.item_id, sightings.c.first_seen).where(
    sightings.c.search_id == bindparam("search"), sightings.c.item_id.in_(bindparam("items", expanding=True))
)
_POINTS = select(price_points.c.at, price_points.c.currency, price_points.c.low, price_points.c.median).where(
    price_points.c.search_id == bindparam("search"),
    price_points.c.filters == bindparam("filters"),
    price_points.c.at >= bindparam("since"),
    price_points.c.n > 0,
)
# No price was seen before: a clock that had not been set yet noted it.
_PLAUSIBLE = Instant(1_700_000_000.0)  # 2023-11-14
_FIRST_POINT = select(func.min(price_points.c.at)).where(
    price_points.c.n > 0,
    price_points.c.at >= _PLAUSIBLE,
    price_points.c.search_id == bindparam("search"),
    price_points.c.filters == bindparam("filters"),
)


class SearchStore:
    """Implements `ports.SearchStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def claim(self, now: Instant, limit: int, lease: str, lease_for: Seconds) -> Sequence[Search]:
        """Lease up to `limit` due searches, most overdue first."""
        if limit < 1 or not self._db.rows(_DUE, {"now": now}):
            return ()
        return await self._db.write(_claim, (now, limit, lease, Instant(now + lease_for)))

    def next_due(self) -> Instant | None:
        """When the next search is due; None when none is."""
        due: Instant | None = self._db.value(select(func.min(searches.c.due_at)))
        return due

    def next_due_after(self, now: Instant) -> Instant | None:
        """When the first search that is not due yet will be; None when there is none."""
        due: Instant | None = self._db.value(_NEXT_DUE, {"now": now})
        return due

    def active_searches(self) -> int:
        """How many searches share the quota."""
        return int(self._db.value(select(func.count()).where(searches.c.due_at.is_not(None))) or 0)

    def watches_of(self, ids: Iterable[SearchId]) -> Mapping[SearchId, Sequence[Watch]]:
        """The unpaused watches of these searches."""
        found: dict[SearchId, list[Watch]] = {}
        for row in self._db.rows(_WATCHES, {"ids": list(ids)}):
            try:
                found.setdefault(row.search_id, []).append(watch_of(row))
            except ValueError:  # one row that cannot be read must not stop all polling
                log.exception("a watch cannot be read and is left out", extra={"watch": row.watch_id})
        return found

    def told(self, watch: WatchId, items: Iterable[str]) -> Mapping[str, LastAlerted]:
        """What was last said about these items of a watch."""
        rows = self._db.rows(_TOLD, {"watch": watch, "items": list(items)})
        return {
            r.item_id: LastAlerted(Money(r.total, r.currency), Money(r.price, r.currency), r.estimated)
            for r in rows
        }

    def seen(self, search: SearchId) -> dict[str, Seen]:
        """What this search has seen, by item id."""
        return {
            r.item_id: Seen(
                r.first_seen,
                r.seen_at,
                money_of(r.price, r.currency),
                money_of(r.shipping, r.currency),
                r.gone_at is not None,
                r.bids,
            )
            for r in self._db.rows(_SEEN, {"search": search})
        }

    def first_seen(self, search: SearchId, items: Iterable[str]) -> Mapping[str, Instant]:
        """When a search first saw these items; absent where it never did."""
        rows = self._db.rows(_FIRST_SEEN, {"search": search, "items": list(items)})
        return {r.item_id: r.first_seen for r in rows}

    async def release(self, lease: str, searches: Iterable[SearchId]) -> None:
        """Give back leases of polls that did not end well."""
        await self._db.write(_release, (lease, tuple(searches)))

    async def expedite(self, error: str, due: Instant, limit: int, now: Instant, spread: Seconds) -> int:
        """Bring forward the searches that wait with `error` for `due` or later, spread over some seconds."""
        return await self._db.write(_hasten, _Waiting(error, due, limit, now, spread))

    def history(self, search: SearchId, filters: str, since: Instant, now: Instant) -> History:
        """What the price points of a search say for one set of filters since an instant."""
        where = {"search": search, "filters": filters}
        days: dict[int, list[int]] = {}
        lows: list[int] = []
        currency = ""
        for row in self._db.rows(_POINTS, {**where, "since": since}):
            currency = row.currency
            lows.append(row.low)
            days.setdefault(int(row.at // DAY), []).append(row.median)
        days.pop(int(now // DAY), None)
        return History(
            since=self._db.value(_FIRST_POINT, where),
            lowest=Money(min(lows), currency) if lows else None,
            daily_medians=tuple(
                Money(percentile(sorted(day), 1, 2), currency) for _, day in sorted(days.items())
            ),
        )

    async def record(self, polled: PollResult, patience: Seconds = Seconds(0.0)) -> RecordOutcome:
        """Keep all that a poll leaves behind, in one transaction."""
        return await self._db.write(record, polled, patience)

    async def free_leases(self, dead: Callable[[str], bool] = lambda _: True) -> None:
        """Take back, at a start, what is leased to the dead: to any, where there is no other daemon."""
        await self._db.write(_free_leases, dead)


def _claim(
    conn: Connection, items: Sequence[tuple[Instant, int, str, Instant]]
) -> Sequence[Sequence[Search]]:
    results = []
    for now, limit, lease, until in items:
        due = (
            select(searches)
            .where(_CLAIMABLE)
            .order_by(searches.c.due_at, searches.c.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        rows = conn.execute(due, {"now": now}).all()
        if rows:
            ids = [r.id for r in rows]
            conn.execute(
                update(searches).where(searches.c.id.in_(ids)).values(lease=lease, lease_until=until)
            )
        results.append([s for r in rows if (s := _readable(r, lease))])
    return results


def _readable(row: Any, lease: str) -> Search | None:
    """A search; None where a damaged row is none, which stays leased: it must not stop all others."""
    try:
        return search_of(row, lease)
    except ValueError:
        log.exception("a search cannot be read and is left out", extra={"search": row.id})
        return None


class _Waiting(NamedTuple):
    """Which searches wait, and when they come back instead."""

    error: str
    due: Instant
    limit: int
    now: Instant
    spread: Seconds


def _hasten(conn: Connection, items: Sequence[_Waiting]) -> Sequence[int]:
    counts = []
    for wait in items:
        # What was retried keeps its count of attempts; what waits for the quota was given up at once.
        which = (searches.c.error == wait.error) & (searches.c.attempt == 0) & (searches.c.due_at >= wait.due)
        order = (searches.c.due_at, searches.c.id)
        ids = (
            conn.execute(select(searches.c.id).where(which).order_by(*order).limit(wait.limit))
            .scalars()
            .all()
        )
        dues = [
            {"search": number, "at": wait.now + wait.spread * place / len(ids)}
            for place, number in enumerate(ids, start=1)
        ]
        if dues:
            moved = update(searches).where(searches.c.id == bindparam("search"))
            conn.execute(moved.values(due_at=bindparam("at")), dues)
        counts.append(len(dues))
    return counts


def _release(conn: Connection, items: Sequence[tuple[str, tuple[SearchId, ...]]]) -> Sequence[None]:
    for lease, ids in items:
        ours = searches.c.id.in_(ids) & (searches.c.lease == lease)
        conn.execute(update(searches).where(ours).values(lease="", lease_until=0.0))
    return [None] * len(items)


def _free_leases(conn: Connection, items: Sequence[Callable[[str], bool]]) -> Sequence[None]:
    for table in (searches, outbox):
        held = conn.scalars(select(table.c.lease).where(table.c.lease != "").distinct()).all()
        gone = [lease for lease in held if any(dead(lease) for dead in items)]
        conn.execute(update(table).where(table.c.lease.in_(gone)).values(lease="", lease_until=0.0))
    return [None] * len(items)
