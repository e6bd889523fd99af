"""The calls that each user caused, per API and window, and what they cost; and the scans of each user."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, case, func, select, update

from watcher.core.times import Instant
from watcher.db.database import Store
from watcher.db.engine import upsert
from watcher.db.schema import api_usage as usage

_this = (usage.c.user_id == bindparam("of_user")) & (usage.c.api == bindparam("of_api"))
_this &= usage.c.window_start == bindparam("start")
_READ = select(usage.c.calls, usage.c.cost).where(_this)
_READ_ALL = select(func.sum(usage.c.calls).label("calls"), func.sum(usage.c.cost).label("cost")).where(
    usage.c.api == bindparam("of_api"), usage.c.window_start == bindparam("start")
)
_BY_USER = select(usage.c.user_id, usage.c.calls).where(
    usage.c.api == bindparam("of_api"), usage.c.window_start == bindparam("start")
)


class Usage(NamedTuple):
    """Calls of one window, booked ones included, and their cost in millionths of a US dollar."""

    calls: int = 0
    cost: int = 0


class ApiUsageStore(Store):
    """Counts the calls of users; those of the whole installation are in the quota ledger."""

    def of_user(self, user: str, api: str, start: Instant) -> Usage:
        """Return what a user used in the window that began at `start`."""
        rows = self._db.rows(_READ, {"of_user": user, "of_api": api, "start": start})
        return Usage(rows[0].calls, rows[0].cost) if rows else Usage()

    def of_all(self, api: str, start: Instant) -> Usage:
        """Return what all users used in the window that began at `start`."""
        row = self._db.rows(_READ_ALL, {"of_api": api, "start": start})[0]
        return Usage(int(row.calls or 0), int(row.cost or 0))

    def calls_by_user(self, api: str, start: Instant, *names: str) -> Mapping[str, int]:
        """Return the calls of each user, or those of these names, in the window that began at `start`."""
        found = _BY_USER.where(usage.c.user_id.in_(names)) if names else _BY_USER
        return {row.user_id: row.calls for row in self._db.rows(found, {"of_api": api, "start": start})}

    async def book(self, user: str, api: str, start: Instant, limit: int) -> bool:
        """Count one more call of a user, unless `limit` are counted already; return whether it was."""
        return await self._db.write(_book, {"user_id": user, "api": api, "window_start": start}, limit)

    async def settle(self, user: str, api: str, start: Instant, cost: int) -> None:
        """Add the cost of a call that was booked."""
        changed = {"cost": usage.c.cost + cost}
        await self._db.write(_change, user, api, start, changed)

    async def record(self, user: str, api: str, start: Instant, cost: int) -> None:
        """Count one more call with its cost; it was not booked before."""
        await self._db.write(_record, {"user_id": user, "api": api, "window_start": start}, cost)

    async def give_back(self, user: str, api: str, start: Instant) -> None:
        """Take back the booking of a call that was not sent."""
        fewer = case((usage.c.calls > 0, usage.c.calls - 1), else_=0)
        await self._db.write(_change, user, api, start, {"calls": fewer})


def _book(conn: Connection, key: dict[str, object], limit: int) -> bool:
    insert = upsert(conn, usage).values(**key, calls=1, cost=0)
    booked = insert.on_conflict_do_update(
        index_elements=list(usage.primary_key),
        set_={"calls": usage.c.calls + 1},
        where=usage.c.calls < limit,
    )
    return limit > 0 and bool(conn.execute(booked.returning(usage.c.calls)).all())


def book_some(conn: Connection, user: str, api: str, start: Instant, wanted: int, limit: int) -> int:
    """Count up to `wanted` more, as far as the limit allows; return how many. The user's row is locked."""
    counted = conn.scalar(_READ, {"of_user": user, "of_api": api, "start": start}) or 0
    booked = max(0, min(wanted, limit - counted))
    if booked:
        new = upsert(conn, usage).values(user_id=user, api=api, window_start=start, calls=booked, cost=0)
        more = {"calls": usage.c.calls + booked}
        conn.execute(new.on_conflict_do_update(index_elements=list(usage.primary_key), set_=more))
    return booked


def _record(conn: Connection, key: dict[str, object], cost: int) -> None:
    insert = upsert(conn, usage).values(**key, calls=1, cost=cost)
    changed = {"calls": usage.c.calls + 1, "cost": usage.c.cost + cost}
    conn.execute(insert.on_conflict_do_update(index_elements=list(usage.primary_key), set_=changed))


def _change(conn: Connection, user: str, api: str, start: Instant, values: Mapping[str, object]) -> None:
    key = (usage.c.user_id == user) & (usage.c.api == api) & (usage.c.window_start == start)
    conn.execute(update(usage).where(key).values(**values))
