"""Searches: what is due, what was seen, and the one transaction that records a poll."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from statistics import median_high
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, update

from watcher.adapters.db.codec import pack_snapshot, write_notification
from watcher.adapters.db.database import Database
from watcher.adapters.db.engine import upsert
from watcher.adapters.db.rows import minor_of, money_of, search_of, watch_of
from watcher.adapters.db.schema import (
    alerts,
    cache_entries,
    item_states,
    outbox,
    price_points,
    searches,
    sightings,
    watches,
)
from watcher.core.money import Money
from watcher.core.rules import History, Told
from watcher.core.times import DAY, Instant, Seconds
from watcher.core.watch import Search, SearchId, Watch, WatchId
from watcher.ports import CacheEntry, CacheKey, Polled, Recorded, Seen

WATCH_ROWS = select(
    watches.c.id.label("watch_id"),
    *(c for c in watches.c if c.name != "id"),
    *(searches.c[n] for n in ("query", "condition", "category", "marketplace")),
).join(searches, watches.c.search_id == searches.c.id)
_CLAIMABLE = (searches.c.due_at <= bindparam("now")) & (searches.c.lease_until <= bindparam("now"))
_DUE = select(searches.c.id).where(_CLAIMABLE).limit(1)
_WATCHES = WATCH_ROWS.where(
    watches.c.search_id.in_(bindparam("ids", expanding=True)), watches.c.paused.is_(False)
).order_by(watches.c.id)
_TOLD = select(item_states).where(
    item_states.c.watch_id == bindparam("watch"),
    item_states.c.item_id.in_(bindparam("items", expanding=True)),
)
# A search remembers at most so many listings, the latest changed first.
REMEMBERED = 5_000
_SEEN = (
    select(sightings)
    .where(sightings.c.search_id == bindparam("search"))
    .order_by(sightings.c.changed_at.desc())
    .limit(REMEMBERED)
)
_POINTS = select(price_points.c.at, price_points.c.currency, price_points.c.low, price_points.c.median).where(
    price_points.c.search_id == bindparam("search"),
    price_points.c.filters == bindparam("filters"),
    price_points.c.at >= bindparam("since"),
    price_points.c.n > 0,
)
_FIRST_POINT = select(func.min(price_points.c.at)).where(
    price_points.c.search_id == bindparam("search"), price_points.c.filters == bindparam("filters")
)


class Searches:
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

    def active_searches(self) -> int:
        """How many searches share the quota."""
        return int(self._db.value(select(func.count()).where(searches.c.due_at.is_not(None))) or 0)

    def watches_of(self, ids: Iterable[SearchId]) -> Mapping[SearchId, Sequence[Watch]]:
        """The unpaused watches of these searches."""
        found: dict[SearchId, list[Watch]] = {}
        for row in self._db.rows(_WATCHES, {"ids": list(ids)}):
            found.setdefault(row.search_id, []).append(watch_of(row))
        return found

    def told(self, watch: WatchId, items: Iterable[str]) -> Mapping[str, Told]:
        """What was last said about these items of a watch."""
        rows = self._db.rows(_TOLD, {"watch": watch, "items": list(items)})
        return {
            r.item_id: Told(Money(r.total, r.currency), Money(r.price, r.currency), r.estimated) for r in rows
        }

    def seen(self, search: SearchId) -> dict[str, Seen]:
        """What this search has seen, by item id."""
        return {
            r.item_id: Seen(
                r.first_seen,
                money_of(r.price, r.currency),
                money_of(r.shipping, r.currency),
                r.gone_at is not None,
            )
            for r in self._db.rows(_SEEN, {"search": search})
        }

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
            daily_medians=tuple(Money(median_high(m), currency) for _, m in sorted(days.items())),
        )

    async def record(self, polled: Polled) -> Recorded:
        """Keep all that a poll leaves behind, in one transaction."""
        return await self._db.write(record, polled)

    async def free_leases(self) -> None:
        """Take back every lease: for the only daemon of an embedded database, at its start."""
        await self._db.write(_free_leases, None)


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
        results.append([search_of(r, lease) for r in rows])
    return results


def _free_leases(conn: Connection, items: Sequence[None]) -> Sequence[None]:
    conn.execute(update(searches).where(searches.c.lease != "").values(lease="", lease_until=0.0))
    conn.execute(update(outbox).where(outbox.c.lease != "").values(lease="", lease_until=0.0))
    return items


# --- the recording of polls ---------------------------------------------------------------------

_LEASES = select(searches.c.id, searches.c.lease).where(searches.c.id.in_(bindparam("ids", expanding=True)))
_REVISIONS = select(watches.c.id, watches.c.revision).where(
    watches.c.id.in_(bindparam("ids", expanding=True)), watches.c.paused.is_(False)
)
_SCHEDULE = (
    update(searches)
    .where(searches.c.id == bindparam("search"), searches.c.due_at.is_not(None))
    .values(due_at=bindparam("due"))
)
_POLLED = (
    update(searches)
    .where(searches.c.id == bindparam("search"))
    .values(
        polled_at=func.coalesce(bindparam("at"), searches.c.polled_at),
        attempt=bindparam("attempt_"),
        error=bindparam("error_"),
        lease="",
        lease_until=0.0,
    )
)
_BASELINE = (
    update(watches)
    .where(watches.c.id == bindparam("watch"))
    .values(baseline_at=func.coalesce(watches.c.baseline_at, bindparam("at")), armed=bindparam("armed_"))
)


def record(conn: Connection, items: Sequence[Polled]) -> Sequence[Recorded]:
    """Record polls, batched by table: every list below becomes one executemany."""
    leases = {r.id: r.lease for r in conn.execute(_LEASES, {"ids": [p.search_id for p in items]})}
    ours = [p for p in items if leases.get(p.search_id) == p.lease]
    current = _current_watches(conn, ours)
    _many(conn, _SCHEDULE, [{"search": p.search_id, "due": p.next_due} for p in ours])
    _many(
        conn,
        _POLLED,
        [
            {
                "search": p.search_id,
                "at": None if p.error else p.at,
                "attempt_": p.attempt,
                "error_": p.error,
            }
            for p in ours
        ],
    )
    put_cache(conn, [p.cache for p in ours if p.cache])
    _points(conn, ours)
    _sightings(conn, ours)
    moved = [(p.at, w) for p in ours for w in p.judged if current.get(w[0]) == w[1]]
    _many(conn, _BASELINE, [{"watch": w, "at": at, "armed_": armed} for at, (w, _, armed) in moved])
    made = {id(p): _alerts(conn, p, current) for p in ours if p.alerts}
    kept = {id(p) for p in ours}
    return [Recorded(id(p) in kept, tuple(made.get(id(p), ()))) for p in items]


def put_cache(conn: Connection, items: Sequence[tuple[CacheKey, CacheEntry]]) -> Sequence[None]:
    """Store answers; an older answer never replaces a newer one."""
    rows = [
        {
            "key": str(key),
            "payload": pack_snapshot(entry.snapshot),
            "fetched_at": entry.fetched_at,
            "expires_at": entry.expires_at,
        }
        for key, entry in items
    ]
    insert = upsert(conn, cache_entries)
    new = insert.excluded
    statement = insert.on_conflict_do_update(
        index_elements=["key"],
        set_={"payload": new.payload, "fetched_at": new.fetched_at, "expires_at": new.expires_at},
        where=cache_entries.c.fetched_at <= new.fetched_at,
    )
    _many(conn, statement, rows)
    return [None] * len(items)


def _current_watches(conn: Connection, polls: Sequence[Polled]) -> dict[int, int]:
    ids = [w for p in polls for w, _, _ in p.judged]
    return {r.id: r.revision for r in conn.execute(_REVISIONS, {"ids": ids})} if ids else {}


def _points(conn: Connection, polls: Sequence[Polled]) -> None:
    rows = [
        {
            "search_id": p.search_id,
            "filters": point.filters,
            "at": p.at,
            "basis": s.basis,
            "currency": s.currency,
            "n": s.n,
            "low": minor_of(s.low),
            "p25": minor_of(s.p25),
            "median": minor_of(s.median),
            "p75": minor_of(s.p75),
            "high": minor_of(s.high),
        }
        for p in polls
        for point in p.points
        for s in (point.statistics,)
    ]
    _many(conn, upsert(conn, price_points).on_conflict_do_nothing(), rows)


def _sightings(conn: Connection, polls: Sequence[Polled]) -> None:
    rows = []
    for p in polls:
        for s in p.sightings:
            money = s.price or s.shipping
            rows.append(
                {
                    "search_id": p.search_id,
                    "item_id": s.item_id,
                    "title": s.title,
                    "currency": money.currency if money else "",
                    "price": minor_of(s.price),
                    "shipping": minor_of(s.shipping),
                    "first_seen": s.seen_at,
                    "changed_at": s.seen_at,
                    "gone_at": s.seen_at if s.gone else None,
                }
            )
    insert = upsert(conn, sightings)
    new = insert.excluded
    changed = {n: new[n] for n in ("currency", "price", "shipping", "changed_at", "gone_at")}
    # What is gone shows no title; the last one stays.
    changed["title"] = func.coalesce(func.nullif(new.title, ""), sightings.c.title)
    _many(conn, insert.on_conflict_do_update(index_elements=["search_id", "item_id"], set_=changed), rows)


def _alerts(conn: Connection, polled: Polled, current: Mapping[int, int]) -> Sequence[str]:
    """The alerts of watches that are still what they were when they were judged."""
    revisions = {w: revision for w, revision, _ in polled.judged}
    ids = []
    for alert, states in polled.alerts:
        watch = alert.watch_id
        if watch not in current or current[watch] != revisions.get(WatchId(watch)):
            continue
        receipt = write_notification(alert)
        new = {"id": alert.id, "watch_id": watch, "user_id": alert.user, "made_at": alert.made_at}
        if not conn.execute(
            upsert(conn, alerts).on_conflict_do_nothing().returning(alerts.c.id), {**new, "receipt": receipt}
        ).all():
            continue
        conn.execute(outbox.insert(), outbox_row("alert", alert.id, alert.to, receipt, alert.made_at))
        _states(conn, watch, states, alert.made_at)
        ids.append(alert.id)
    return ids


def _states(conn: Connection, watch: int, states: Sequence[Any], at: float) -> None:
    insert = upsert(conn, item_states)
    names = ("total", "price", "currency", "estimated", "told_at")
    statement = insert.on_conflict_do_update(
        index_elements=["watch_id", "item_id"], set_={n: insert.excluded[n] for n in names}
    )
    rows = [
        {
            "watch_id": watch,
            "item_id": item,
            "total": told.total.minor,
            "price": told.price.minor,
            "currency": told.total.currency,
            "estimated": told.estimated,
            "told_at": at,
        }
        for item, told in states
    ]
    _many(conn, statement, rows)


def outbox_row(kind: str, ref: str, to: str, payload: str, at: float) -> dict[str, object]:
    """A delivery that is due at once."""
    return {
        "kind": kind,
        "ref": ref,
        "destination": to,
        "payload": payload,
        "created_at": at,
        "state": "pending",
        "next_at": at,
        "attempt": 0,
        "lease": "",
        "lease_until": 0.0,
        "error": "",
    }


def _many(conn: Connection, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        conn.execute(statement, rows)
