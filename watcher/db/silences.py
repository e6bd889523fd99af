"""Silences and maintenance windows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from watcher.core.monitoring.silences import Silence, held_until
from watcher.core.times import Instant
from watcher.db.database import Store
from watcher.db.engine import upsert
from watcher.db.row_types import RowTypes
from watcher.db.schema import MESSAGE_REF, alerts, outbox, silences

SILENCE_TYPES = RowTypes(select(silences))


class SilenceStore(Store):
    """Adds and ends silences; `IncidentStore.silences` lists them."""

    async def add(self, silence: Silence, now: Instant) -> None:
        """Store a silence; pending messages of its watch, if it has one, wait until it ends."""
        await self._db.write(_add, silence, now)

    async def end(self, silence: str, now: Instant) -> bool:
        """End a silence and deliver what it held back; return False if no current one has this id."""
        return await self._db.write(_end, silence, now)


def silence_of(row: Any) -> Silence:
    """Return the value of a row of `silences`."""
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


def silenced_until(conn: Connection, watches: Iterable[int], now: Instant) -> Mapping[int, Instant]:
    """Return until when the price alerts of these watches wait; those without a silence are missing."""
    begun = (silences.c.watch_id.in_(list(watches))) & (silences.c.starts_at <= now)
    rows = conn.execute(
        select(silences).where(begun, silences.c.every.is_not(None) | (silences.c.ends_at > now))
    )
    found = SILENCE_TYPES.read(rows, silence_of)
    ends = {watch: held_until(found, watch, now) for watch in {s.watch for s in found} if watch is not None}
    return {watch: end for watch, end in ends.items() if end is not None}


def _add(conn: Connection, silence: Silence, now: Instant) -> None:
    values = silence._asdict()
    values["watch_id"] = values.pop("watch")
    # The id is a hash of what is silenced, so the same silence twice within an instant is one.
    conn.execute(upsert(conn, silences).on_conflict_do_nothing(), values)
    if silence.watch is not None:
        _reschedule_messages(conn, silence.watch, now)


def _end(conn: Connection, silence: str, now: Instant) -> bool:
    current = (silences.c.id == silence) & (silences.c.every.is_not(None) | (silences.c.ends_at > now))
    ended = update(silences).where(current).values(ends_at=now, every=None).returning(silences.c.watch_id)
    watches = conn.scalars(ended).all()
    for watch in watches:
        if watch is not None:
            _reschedule_messages(conn, watch, now)
    return bool(watches)


def _reschedule_messages(conn: Connection, watch: int, now: Instant) -> None:
    """Make the pending messages of a watch due when its last silence ends; now if there is none.

    A message that duplicate watches share waits only while all of them are silenced.
    """
    about = select(MESSAGE_REF).where(alerts.c.watch_id == watch)
    pending = (outbox.c.kind == "alert") & (outbox.c.state == "pending")
    sharing: dict[str, set[int]] = {}
    named = select(outbox.c.ref, alerts.c.watch_id).join(alerts, outbox.c.ref == MESSAGE_REF)
    for row in conn.execute(named.where(pending, outbox.c.ref.in_(about))):
        sharing.setdefault(row.ref, set()).add(row.watch_id)
    ends = silenced_until(conn, {w for watches in sharing.values() for w in watches}, now)
    for ref, watches in sharing.items():
        until = min(ends.get(w, now) for w in watches)
        moved = update(outbox).where(pending, outbox.c.ref == ref)
        conn.execute(moved.values(next_at=until, created_at=until))
