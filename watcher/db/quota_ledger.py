"""The quota ledger: how many calls of each window are used, shared by all processes on the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import BindParameter, Connection, Integer, bindparam, case, select, update

from watcher.core.errors import Api
from watcher.core.resilience.quota import MAX_BLOCK_CALLS
from watcher.core.times import Instant
from watcher.db.database import Database
from watcher.db.engine import other_processes, upsert
from watcher.db.schema import quota_ledger


class _Row(NamedTuple):
    api: Api
    start: Instant


class _Claim(NamedTuple):
    row: _Row
    calls: int
    bound: int


class _Bounds(NamedTuple):
    row: _Row
    least: int
    most: int | None


_used = quota_ledger.c.used
_this = (quota_ledger.c.api == bindparam("of_api")) & (quota_ledger.c.window_start == bindparam("start"))


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=Integer())


_n, _bound, _least, _most = _number("n"), _number("bound"), _number("least"), _number("most")
# Built once: building a statement costs more than running it.
_READ = select(_used).where(_this)
_TAKE = update(quota_ledger).where(_this, _used + _n <= _bound).values(used=_used + _n)
_RETURN = update(quota_ledger).where(_this).values(used=case((_used > _n, _used - _n), else_=0))
_RAISE = update(quota_ledger).where(_this, _used < _least).values(used=_least)
_LOWER = update(quota_ledger).where(_this, _used > _most).values(used=_most)


class QuotaLedger:
    """Implements `ports.QuotaStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def used(self, api: Api, start: Instant) -> int:
        """Calls of the window that began at `start`, with those that a process took and has yet to send."""
        return int(self._db.value(_READ, {"of_api": api, "start": start}) or 0)

    async def reserve(self, api: Api, start: Instant, calls: int, bound: int) -> int:
        """Take `calls`, else one, while the window's count stays within `bound`; how many were taken."""
        return await self._db.write(_reserve, _Claim(_Row(api, start), calls, bound))

    async def give_back(self, api: Api, start: Instant, calls: int) -> None:
        """Return calls that were taken and not sent."""
        await self._db.write(_give_back, _Claim(_Row(api, start), calls, 0))

    async def keep_within(self, api: Api, start: Instant, least: int, most: int | None) -> None:
        """Raise the window's count to `least`, or lower it to `most` and what other processes may hold."""
        await self._db.write(_keep_within, _Bounds(_Row(api, start), least, most))


def _reserve(conn: Connection, items: Sequence[_Claim]) -> Sequence[int]:
    return [_claim(conn, item) for item in items]


def _claim(conn: Connection, claim: _Claim) -> int:
    if _take(conn, claim, claim.calls):
        return claim.calls
    _begin(conn, claim.row)
    return next((n for n in (claim.calls, 1) if _take(conn, claim, n)), 0)


def _take(conn: Connection, claim: _Claim, n: int) -> bool:
    return bool(conn.execute(_TAKE, {**_key(claim.row), "n": n, "bound": claim.bound}).rowcount)


def _begin(conn: Connection, row: _Row) -> None:
    new = upsert(conn, quota_ledger).on_conflict_do_nothing()
    conn.execute(new, {"api": row.api, "window_start": row.start, "used": 0})


def _give_back(conn: Connection, items: Sequence[_Claim]) -> Sequence[None]:
    for row, n, _ in items:
        conn.execute(_RETURN, {**_key(row), "n": n})
    return [None] * len(items)


def _keep_within(conn: Connection, items: Sequence[_Bounds]) -> Sequence[None]:
    for row, least, most in items:
        _begin(conn, row)
        conn.execute(_RAISE, {**_key(row), "least": least})
        if most is not None:
            # What the others have taken and not sent, the provider cannot know of.
            held = MAX_BLOCK_CALLS * other_processes(conn)
            conn.execute(_LOWER, {**_key(row), "most": most + held})
    return [None] * len(items)


def _key(row: _Row) -> dict[str, object]:
    return {"of_api": row.api, "start": row.start}
