"""Silences and maintenance windows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, select, update

from watcher.core.monitoring.silences import Silence, held_until
from watcher.core.times import Instant
from watcher.db.database import Database
from watcher.db.schema import alerts, outbox, silences


class SilenceStore:
    """Makes and ends silences."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(self, silence: Silence, now: Instant) -> None:
        """Keep a silence; what waits in the outbox about its watch waits until it ends."""
        await self._db.write(_add, (silence, now))

    async def end(self, silence: str, now: Instant) -> bool:
        """End a silence now; what it held is delivered. False where none of that id holds or will."""
        return await self._db.write(_end, (silence, now))


def silence_of(row: Any) -> Silence:
    """A row as a value."""
    return Silence(
        row.id,
        row.starts_at,
        row.ends_at,
        row.author,
        row.reason,
        row.api,
        row.symptom,
        row.watch_id,
        row.every,
    )


def holds(conn: Connection, watches: Iterable[int], now: Instant) -> Mapping[int, Instant]:
    """Until when the price alerts of these watches wait; those that do not are left out."""
    some = (silences.c.watch_id.in_(list(watches))) & (silences.c.starts_at <= now)
    rows = conn.execute(
        select(silences).where(some, silences.c.every.is_not(None) | (silences.c.ends_at > now))
    )
    found = [silence_of(r) for r in rows]
    ends = {watch: held_until(found, watch, now) for watch in {s.watch for s in found} if watch is not None}
    return {watch: end for watch, end in ends.items() if end is not None}


def _add(conn: Connection, items: Sequence[tuple[Silence, Instant]]) -> Sequence[None]:
    for silence, now in items:
        values = silence._asdict()
        values["watch_id"] = values.pop("watch")
        conn.execute(silences.insert(), values)
        if silence.watch is not None:
            _hold(conn, silence.watch, now)
    return [None] * len(items)


def _end(conn: Connection, items: Sequence[tuple[str, Instant]]) -> Sequence[bool]:
    results = []
    for name, now in items:
        current = (silences.c.id == name) & (silences.c.every.is_not(None) | (silences.c.ends_at > now))
        ended = update(silences).where(current).values(ends_at=now, every=None).returning(silences.c.watch_id)
        rows = conn.execute(ended).all()
        for row in rows:
            if row.watch_id is not None:
                _hold(conn, row.watch_id, now)
        results.append(bool(rows))
    return results


def _hold(conn: Connection, watch: int, now: Instant) -> None:
    """Let what waits about a watch be due when its last silence ends: now, where none holds."""
    until = holds(conn, [watch], now).get(watch, now)
    about = select(alerts.c.id).where(alerts.c.watch_id == watch)
    waiting = (outbox.c.kind == "alert") & (outbox.c.state == "pending") & outbox.c.ref.in_(about)
    conn.execute(update(outbox).where(waiting).values(next_at=until, created_at=until))
