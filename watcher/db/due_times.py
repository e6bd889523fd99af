"""Due times, and what a clock that was set back does to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Column, Connection, case, func, select, update

from watcher.core.times import MINUTE, Instant, Seconds
from watcher.db.database import Database
from watcher.db.engine import SERVER_CLOCK, first_come
from watcher.db.schema import outbox, searches, sightings, watches

# No lease is for longer.
_LEASE = Seconds(5 * MINUTE)
_LATEST = select(
    func.max(searches.c.polled_at).label("polled"),
    func.max(searches.c.lease_until).label("search"),
    select(func.max(outbox.c.lease_until)).where(outbox.c.state == "pending").label("message"),
)


class _Back(NamedTuple):
    now: Instant
    by: Seconds


class DueTimeStore:
    """Implements `ports.DueStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def latest(self) -> Instant | None:
        """The latest instant at which a search was polled, or at least begun, or a message."""
        found = self._db.rows(_LATEST)[0]
        begun = [Instant(until - _LEASE) for until in (found.search, found.message) if until]
        return max(begun if found.polled is None else [found.polled, *begun], default=None)

    def server_clock(self) -> Instant | None:
        """The present instant by the server of a database that others are on, too; None where nobody is."""
        if not self._db.shared:
            return None
        found = self._db.rows(SERVER_CLOCK)[0]
        return Instant(found.now) if found.others else None

    async def bring_back(self, now: Instant, by: Seconds) -> None:
        """Bring due times back with the clock, at their distances; what was seen later is seen now."""
        await self._db.write(_bring_back, _Back(now, by))


def _bring_back(conn: Connection, items: Sequence[_Back]) -> Sequence[None]:
    for now, by in items:
        if not first_come(conn, "bringing due times back"):  # another daemon has noticed, too
            continue
        due, polled, until = searches.c.due_at, searches.c.polled_at, searches.c.lease_until
        # A poll under way will say by the wrong clock when it is due next; a due time that moved wins, so
        # each moves.
        stuck = due.is_not(None) & ((due > now) | (searches.c.lease != ""))
        conn.execute(update(searches).where(stuck).values(due_at=_back(due, now, by)))
        since = select(searches.c.id).where(polled > now)
        for seen in (sightings.c.first_seen, sightings.c.changed_at, sightings.c.seen_at):
            later = update(sightings).where(sightings.c.search_id.in_(since), seen > now)
            conn.execute(later.values({seen: now}))
        conn.execute(update(watches).where(watches.c.baseline_at > now).values(baseline_at=now))
        conn.execute(update(searches).where(polled > now).values(polled_at=now))
        conn.execute(update(searches).where(until > now + _LEASE).values(lease_until=now + _LEASE))
        due, until = outbox.c.next_at, outbox.c.lease_until
        waits = outbox.c.state == "pending"
        conn.execute(update(outbox).where(waits, due > now).values(next_at=_back(due, now, by)))
        conn.execute(update(outbox).where(waits, until > now + _LEASE).values(lease_until=now + _LEASE))
    return [None] * len(items)


def _back(due: Column[float], now: Instant, by: Seconds) -> object:
    return case((due > now + by, due - by), (due > now, now), else_=due - 1.0)
