"""Due times, and their correction after a clock was set back."""

from __future__ import annotations

from sqlalchemy import Column, Connection, case, func, select, update

from watcher.core.times import MINUTE, Instant, Seconds
from watcher.db.database import Store
from watcher.db.postgres import SERVER_CLOCK, try_transaction_lock
from watcher.db.schema import LEASED, outbox, searches, sightings, watches

_LONGEST_LEASE = Seconds(5 * MINUTE)
_MESSAGES = select(func.max(outbox.c.lease_until)).where(outbox.c.state == "pending")
_LATEST = select(
    select(func.max(searches.c.polled_at)).scalar_subquery().label("polled"),
    select(func.max(searches.c.lease_until)).where(LEASED).scalar_subquery().label("search"),
    select(func.max(outbox.c.lease_until))
    .where(outbox.c.state == "pending")
    .scalar_subquery()
    .label("message"),
)


class DueTimeStore(Store):
    """Reads the latest activity and the server's clock, and corrects due times."""

    def latest(self) -> Instant | None:
        """Return the latest time at which a poll ended, or a poll or delivery began; None if none has."""
        found = self._db.rows(_LATEST)[0]
        begun = [Instant(until - _LONGEST_LEASE) for until in (found.search, found.message) if until]
        return max(begun if found.polled is None else [found.polled, *begun], default=None)

    def server_clock(self) -> Instant | None:
        """Return the time of a database server that other processes use too; None if none does."""
        if not self._db.shared:
            return None
        found = self._db.rows(SERVER_CLOCK)[0]
        return Instant(found.now) if found.others else None

    async def shift_back(self, now: Instant, by: Seconds) -> None:
        """Move due times back by as much as the clock was set back; move what was seen after `now` to now."""
        await self._db.write(_shift_back, now, by)


def _shift_back(conn: Connection, now: Instant, by: Seconds) -> None:
    if not try_transaction_lock(conn, "correcting due times"):  # another daemon has noticed, too
        return
    due, polled, until = searches.c.due_at, searches.c.polled_at, searches.c.lease_until
    # A poll under way will set its next due time by the wrong clock, unless the stored due time has changed
    # since its claim. So the due time of such a search is always changed.
    wrong = due.is_not(None) & ((due > now) | (searches.c.lease != ""))
    conn.execute(update(searches).where(wrong).values(due_at=_earlier(due, now, by)))
    polled_later = select(searches.c.id).where(polled > now)
    for seen in (sightings.c.first_seen, sightings.c.changed_at, sightings.c.seen_at):
        later = update(sightings).where(sightings.c.search_id.in_(polled_later), seen > now)
        conn.execute(later.values({seen: now}))
    conn.execute(update(watches).where(watches.c.baseline_at > now).values(baseline_at=now))
    conn.execute(update(searches).where(polled > now).values(polled_at=now))
    longest = now + _LONGEST_LEASE
    conn.execute(update(searches).where(until > longest).values(lease_until=longest))
    due, until = outbox.c.next_at, outbox.c.lease_until
    pending = outbox.c.state == "pending"
    conn.execute(update(outbox).where(pending, due > now).values(next_at=_earlier(due, now, by)))
    conn.execute(update(outbox).where(pending, until > longest).values(lease_until=longest))


def _earlier(due: Column[float], now: Instant, by: Seconds) -> object:
    return case((due > now + by, due - by), (due > now, now), else_=due - 1.0)
