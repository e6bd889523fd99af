"""The one transaction that records polls."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Connection,
    Double,
    bindparam,
    case,
    func,
    literal_column,
    select,
    update,
)

from watcher.core.cache_entry import CacheEntry, CacheKey
from watcher.core.polls import PollResult, RecordOutcome, Sighting
from watcher.core.times import DAY, MINUTE, Instant, Seconds
from watcher.core.watch import WatchId
from watcher.db.codec import pack_receipt, pack_snapshot, write_notification
from watcher.db.engine import driver_sql, storable, tell, upsert_for
from watcher.db.rows import minor_of
from watcher.db.schema import (
    alerts,
    cache_entries,
    evidence,
    item_states,
    outbox,
    price_points,
    searches,
    sightings,
    watches,
)
from watcher.db.silences import holds
from watcher.ports import DELIVER

# Locked until the commit, watches before searches as everywhere: another daemon may take a lease over, or a
# person edit a watch, just now.
_REVISIONS = (
    select(watches.c.id, watches.c.revision)
    .where(watches.c.id.in_(bindparam("ids", expanding=True)), watches.c.paused.is_(False))
    .order_by(watches.c.id)
    .with_for_update(key_share=True)
)
_LEASES = (
    select(searches.c.id, searches.c.lease, searches.c.polled_at)
    .where(searches.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(searches.c.id)
    .with_for_update(key_share=True)
)
_POLLED = (
    update(searches)
    .where(searches.c.id == bindparam("search"))
    .values(
        # Else it was moved meanwhile: its last watch was paused or removed (NULL), or a new one wants it now.
        due_at=case(
            (searches.c.due_at == bindparam("claimed", type_=Double), bindparam("due", type_=Double)),
            else_=searches.c.due_at,
        ),
        polled_at=func.coalesce(bindparam("at"), searches.c.polled_at),
        attempt=bindparam("attempt_"),
        error=bindparam("error_"),
        doubt=bindparam("doubt_"),
        lease="",
        lease_until=0.0,
    )
)
# While nobody looks nothing is unseen: of a longer pause between two polls only so much counts.
_UNSEEN_AT_MOST = Seconds(7 * DAY)
_PAUSED = (
    update(sightings)
    .where(sightings.c.search_id == bindparam("search"), sightings.c.gone_at.is_(None))
    .values(seen_at=sightings.c.seen_at + bindparam("pause", type_=Double))
)
_BASELINE = (
    update(watches)
    .where(watches.c.id == bindparam("watch"))
    .values(baseline_at=func.coalesce(watches.c.baseline_at, bindparam("at")), armed=bindparam("armed_"))
)


# No answer is under way for so long: what is kept and newer by more was noted by a clock that was ahead.
_LONGEST_FLIGHT: ColumnElement[float] = literal_column(str(5 * MINUTE))


class _Statements(NamedTuple):
    """What is inserted or, where it is known, brought up to date."""

    cache: str
    point: str
    sighting: str
    still_there: str
    state: str
    evidence: str
    alert: Any


@lru_cache(maxsize=2)
def _statements(dialect: str) -> _Statements:
    """Built once for each dialect: building them took four times as long as running them."""
    cache, sighting, state = (upsert_for(dialect, t) for t in (cache_entries, sightings, item_states))
    answer = {n: cache.excluded[n] for n in ("payload", "fetched_at", "expires_at")}
    seen = {
        n: sighting.excluded[n] for n in ("currency", "price", "shipping", "changed_at", "seen_at", "gone_at")
    }
    # What is gone shows no title; the last one stays.
    seen["title"] = func.coalesce(
        func.nullif(sighting.excluded.title, literal_column("''")), sightings.c.title
    )
    for name in ("auction", "bids", "ends_at", "listed_at"):
        seen[name] = func.coalesce(sighting.excluded[name], sightings.c[name])
    told = {n: state.excluded[n] for n in ("total", "price", "currency", "estimated", "told_at")}
    newer = (cache_entries.c.fetched_at <= cache.excluded.fetched_at) | (
        cache_entries.c.fetched_at > cache.excluded.fetched_at + _LONGEST_FLIGHT
    )
    of_item = ["search_id", "item_id"]
    return _Statements(
        driver_sql(dialect, cache.on_conflict_do_update(index_elements=["key"], set_=answer, where=newer)),
        driver_sql(dialect, upsert_for(dialect, price_points).on_conflict_do_nothing()),
        driver_sql(dialect, sighting.on_conflict_do_update(index_elements=of_item, set_=seen)),
        driver_sql(
            dialect,
            sighting.on_conflict_do_update(index_elements=of_item, set_={"seen_at": seen["seen_at"]}),
        ),
        driver_sql(dialect, state.on_conflict_do_update(index_elements=["watch_id", "item_id"], set_=told)),
        driver_sql(dialect, upsert_for(dialect, evidence).on_conflict_do_nothing()),
        upsert_for(dialect, alerts).on_conflict_do_nothing().returning(alerts.c.id),
    )


def record(conn: Connection, items: Sequence[PollResult]) -> Sequence[RecordOutcome]:
    """Record polls, batched by table: every list below becomes one executemany."""
    current = _current_watches(conn, items)
    found = {r.id: r for r in conn.execute(_LEASES, {"ids": [p.search_id for p in items]})}
    ours = [p for p in items if p.search_id in found and found[p.search_id].lease == p.lease]
    _many(
        conn,
        _POLLED,
        [
            {
                "search": p.search_id,
                "claimed": p.due_at,
                "due": p.next_due,
                "at": None if p.failed else p.at,
                "attempt_": p.attempt,
                "error_": p.error,
                "doubt_": p.suspicion,
            }
            for p in ours
        ],
    )
    put_cache(conn, [p.cache for p in ours if p.cache])
    _points(conn, ours)
    _many(conn, _PAUSED, _pauses(ours, {r.id: r.polled_at for r in found.values()}))
    _sightings(conn, ours)
    moved = [(p.at, w) for p in ours for w in p.judged if current.get(w[0]) == w[1]]
    _many(conn, _BASELINE, [{"watch": w, "at": at, "armed_": armed} for at, (w, _, armed) in moved])
    held = _holds(conn, ours)
    made = {id(p): _alerts(conn, p, current, held) for p in ours if p.alerts}
    if any(made.values()):
        tell(conn, DELIVER)
    kept = {id(p) for p in ours}
    return [RecordOutcome(id(p) in kept, tuple(made.get(id(p), ()))) for p in items]


def put_cache(conn: Connection, items: Sequence[tuple[CacheKey, CacheEntry]]) -> Sequence[None]:
    """Store answers; one that was overtaken under way never replaces a newer one."""
    rows = [
        {
            "key": str(key),
            "payload": pack_snapshot(entry.snapshot),
            "fetched_at": entry.fetched_at,
            "expires_at": entry.expires_at,
        }
        for key, entry in items
    ]
    _insert(conn, _statements(conn.dialect.name).cache, rows)
    return [None] * len(items)


def _current_watches(conn: Connection, polls: Sequence[PollResult]) -> dict[int, int]:
    ids = [w for p in polls for w, _, _ in p.judged]
    return {r.id: r.revision for r in conn.execute(_REVISIONS, {"ids": ids})} if ids else {}


def _points(conn: Connection, polls: Sequence[PollResult]) -> None:
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
    _insert(conn, _statements(conn.dialect.name).point, rows)


def _pauses(polls: Sequence[PollResult], before: Mapping[int, Instant | None]) -> list[dict[str, Any]]:
    """For how long nobody had looked, of searches that were not polled for long `before`."""
    gaps = {p.search_id: p.at - (before[p.search_id] or p.at) for p in polls if not p.failed}
    return [{"search": s, "pause": g - _UNSEEN_AT_MOST} for s, g in gaps.items() if g > _UNSEEN_AT_MOST]


def _sightings(conn: Connection, polls: Sequence[PollResult]) -> None:
    statements = _statements(conn.dialect.name)
    _insert(conn, statements.sighting, [_sighting_row(p, s) for p in polls for s in p.sightings])
    _insert(conn, statements.still_there, [_sighting_row(p, s) for p in polls for s in p.still_there])


def _sighting_row(polled: PollResult, s: Sighting) -> dict[str, Any]:
    money = s.price or s.shipping
    return {
        "search_id": polled.search_id,
        "item_id": s.item_id,
        "title": s.title,
        "currency": money.currency if money else "",
        "price": minor_of(s.price),
        "shipping": minor_of(s.shipping),
        "auction": s.auction,
        "bids": s.bids,
        "ends_at": s.ends_at,
        "listed_at": s.listed_at,
        "first_seen": s.seen_at,
        "changed_at": s.seen_at,
        "seen_at": s.seen_at,
        "gone_at": s.seen_at if s.gone else None,
    }


def _holds(conn: Connection, polls: Sequence[PollResult]) -> Mapping[int, Instant]:
    """Until when the alerts of a silenced watch wait."""
    alerting = {alert.watch_id for p in polls for alert, _ in p.alerts}
    return holds(conn, alerting, max(p.at for p in polls)) if alerting else {}


def _alerts(
    conn: Connection, polled: PollResult, current: Mapping[int, int], held: Mapping[int, Instant]
) -> Sequence[str]:
    """The alerts of watches that are still what they were when they were judged."""
    revisions = {w: revision for w, revision, _ in polled.judged}
    ids = []
    for alert, states in polled.alerts:
        watch = alert.watch_id
        if watch not in current or current[watch] != revisions.get(WatchId(watch)):
            continue
        receipt, grounds = write_notification(alert), polled.grounds.get(alert.id)
        new = {
            "id": alert.id,
            "watch_id": watch,
            "user_id": alert.user,
            "made_at": alert.made_at,
            "told": len(states),
            "receipt": receipt,
            "evidence": grounds.evidence if grounds else None,
            "grounds": pack_receipt(grounds) if grounds else None,
        }
        if not conn.execute(_statements(conn.dialect.name).alert, new).all():
            continue
        due = held.get(watch, alert.made_at)
        conn.execute(outbox.insert(), outbox_row("alert", alert.id, alert.to, receipt, due))
        _states(conn, watch, states, alert.made_at)
        ids.append(alert.id)
    _evidence(conn, polled, ids)
    return ids


def _evidence(conn: Connection, polled: PollResult, made: Sequence[str]) -> None:
    used = {polled.grounds[alert].evidence for alert in made if alert in polled.grounds}
    rows = [
        {"id": e.id, "at": e.at, "payload": pack_receipt(e), "erased_at": None}
        for e in polled.evidence
        if e.id in used
    ]
    _insert(conn, _statements(conn.dialect.name).evidence, rows)


def _states(conn: Connection, watch: int, states: Sequence[Any], at: float) -> None:
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
    _insert(conn, _statements(conn.dialect.name).state, rows)


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
        "error_code": "",
    }


def _insert(conn: Connection, statement: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        conn.exec_driver_sql(statement, storable(conn, rows))


def _many(conn: Connection, statement: Any, rows: Sequence[dict[str, Any]]) -> None:
    if rows:
        conn.execute(statement, rows)
