"""Watches: registered, edited, paused and removed, each in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, delete, exists, func, select, update

from watcher.adapters.db.database import Database
from watcher.adapters.db.engine import upsert
from watcher.adapters.db.rows import watch_columns, watch_of
from watcher.adapters.db.schema import item_states, searches, users, watches
from watcher.adapters.db.searches import WATCH_ROWS
from watcher.core.times import Instant, Seconds
from watcher.core.watch import Question, SearchId, Watch, WatchId

_CHUNK = 500


class _New(NamedTuple):
    watches: Sequence[Watch]
    now: Instant
    spacing: Seconds
    at_once: int


class WatchRow(NamedTuple):
    """A watch and the schedule of its search."""

    watch: Watch
    due_at: Instant | None
    polled_at: Instant | None
    error: str


class Watches:
    """Implements `ports.WatchStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(
        self, new: Sequence[Watch], now: Instant, spacing: Seconds = Seconds(0.0), at_once: int = 20
    ) -> Sequence[WatchId]:
        """Register watches, all or none; `id` and `search_id` of the given ones are ignored.

        Their searches are due now; beyond `at_once` new ones, each `spacing` seconds after the last.
        """
        return await self._db.write(_add, _New(new, now, spacing, at_once))

    def get(self, watch: WatchId) -> Watch | None:
        """The watch of that number, None where there is none."""
        rows = self._db.rows(WATCH_ROWS.where(watches.c.id == watch))
        return watch_of(rows[0]) if rows else None

    def listed(self, user: str | None = None, tag: str = "") -> Sequence[WatchRow]:
        """All watches, or one user's, or those with a tag, in the order of their numbers."""
        statement = WATCH_ROWS.add_columns(
            searches.c.due_at, searches.c.polled_at, searches.c.error
        ).order_by(watches.c.id)
        if user is not None:
            statement = statement.where(watches.c.user_id == user)
        if tag:
            statement = statement.where(watches.c.tag == tag)
        return [WatchRow(watch_of(r), r.due_at, r.polled_at, r.error) for r in self._db.rows(statement)]

    async def change(self, watch: Watch, now: Instant) -> bool:
        """Write an edited watch; False where it has changed or gone since it was read."""
        return await self._db.write(_change, (watch, now))

    async def remove(self, watch: WatchId, now: Instant) -> bool:
        """Forget a watch; its alerts stay."""
        return await self._db.write(_remove, (watch, now))

    def count(self) -> int:
        """How many watches are not paused."""
        return int(self._db.value(select(func.count()).where(watches.c.paused.is_(False))) or 0)

    def overdue(self, before: Instant) -> Sequence[tuple[SearchId, str, Instant]]:
        """(search, query, due) of searches that were due before an instant and are not polled yet."""
        statement = (
            select(searches.c.id, searches.c.query, searches.c.due_at)
            .where(searches.c.due_at < before)
            .order_by(searches.c.due_at)
        )
        return [(r.id, r.query, r.due_at) for r in self._db.rows(statement)]


def _add(conn: Connection, items: Sequence[_New]) -> Sequence[Sequence[WatchId]]:
    return [_add_all(conn, new) for new in items]


def _add_all(conn: Connection, new: _New) -> Sequence[WatchId]:
    if not new.watches:
        return []
    names = sorted({w.user for w in new.watches})
    conn.execute(
        upsert(conn, users).on_conflict_do_nothing(), [{"id": n, "created_at": new.now} for n in names]
    )
    ids = _searches(conn, new)
    rows = [
        {
            **watch_columns(w),
            "search_id": ids[w.question.key],
            "created_at": new.now,
            "armed": True,
            "revision": 1,
        }
        for w in new.watches
    ]
    insert = watches.insert().returning(watches.c.id, sort_by_parameter_order=True)
    return [r.id for r in conn.execute(insert, rows)]


def _searches(conn: Connection, new: _New) -> dict[str, int]:
    """The searches of these watches by key: made where they are missing, and due."""
    questions: dict[str, Question] = {w.question.key: w.question for w in new.watches}
    known = _ids(conn, questions)
    missing = [key for key in questions if key not in known]
    _wake(conn, list(known.values()), new.now)
    if missing:
        rows = [
            {
                "key": key,
                "query": questions[key].query,
                "condition": questions[key].condition,
                "category": questions[key].category,
                "marketplace": questions[key].marketplace,
                "due_at": new.now + max(0, place - new.at_once) * new.spacing,
            }
            for place, key in enumerate(missing)
        ]
        conn.execute(upsert(conn, searches).on_conflict_do_nothing(), rows)
        known |= _ids(conn, missing)
    return known


def _ids(conn: Connection, keys: Iterable[str]) -> dict[str, int]:
    every = list(keys)
    found: dict[str, int] = {}
    for start in range(0, len(every), _CHUNK):
        statement = select(searches.c.key, searches.c.id).where(
            searches.c.key.in_(every[start : start + _CHUNK])
        )
        found.update({r.key: r.id for r in conn.execute(statement)})
    return found


def _wake(conn: Connection, ids: Sequence[int], now: Instant) -> None:
    for start in range(0, len(ids), _CHUNK):
        some = searches.c.id.in_(ids[start : start + _CHUNK])
        sleeping = searches.c.due_at.is_(None) | (searches.c.due_at > now)
        conn.execute(update(searches).where(some, sleeping).values(due_at=now))


def _rest(conn: Connection, ids: Iterable[int]) -> None:
    """Searches that no unpaused watch wants any more are due no more."""
    wanted = exists().where(watches.c.search_id == searches.c.id, watches.c.paused.is_(False))
    conn.execute(update(searches).where(searches.c.id.in_(list(ids)), ~wanted).values(due_at=None))


def _change(conn: Connection, items: Sequence[tuple[Watch, Instant]]) -> Sequence[bool]:
    return [_change_one(conn, watch, now) for watch, now in items]


def _change_one(conn: Connection, watch: Watch, now: Instant) -> bool:
    search = _searches(conn, _New((watch,), now, Seconds(0.0), 1))[watch.question.key]
    changed = conn.execute(
        update(watches)
        .where(watches.c.id == watch.id, watches.c.revision == watch.revision)
        .values(
            **watch_columns(watch),
            search_id=search,
            armed=watch.armed,
            baseline_at=watch.baseline_at,
            revision=watch.revision + 1,
        )
    ).rowcount
    if watch.baseline_at is None:  # another question or rule: what was told before counts no more
        conn.execute(delete(item_states).where(item_states.c.watch_id == watch.id))
    _rest(conn, {search, watch.search_id})
    return bool(changed)


def _remove(conn: Connection, items: Sequence[tuple[WatchId, Instant]]) -> Sequence[bool]:
    results = []
    for watch, _now in items:
        gone = conn.execute(delete(watches).where(watches.c.id == watch).returning(watches.c.search_id)).all()
        _rest(conn, [r.search_id for r in gone])
        results.append(bool(gone))
    return results
