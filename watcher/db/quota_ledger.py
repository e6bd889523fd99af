"""The quota ledger: the calls of each window, shared by all processes on the database."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import BindParameter, Connection, Integer, bindparam, case, select, update

from watcher.core.errors import Api
from watcher.core.resilience.quota import MAX_BLOCK_CALLS
from watcher.core.times import Instant
from watcher.db.database import Database, Store
from watcher.db.engine import upsert
from watcher.db.postgres import count_other_processes
from watcher.db.prepared import PreparedSelect
from watcher.db.schema import quota_ledger

_second_looks = quota_ledger.c.second_looks
_used, _interactive, _granted = quota_ledger.c.used, quota_ledger.c.interactive, quota_ledger.c.granted
_this = (quota_ledger.c.api == bindparam("of_api")) & (quota_ledger.c.window_start == bindparam("start"))


def _number(name: str) -> BindParameter[int]:
    return bindparam(name, type_=Integer())


_n, _bound, _least, _most = _number("n"), _number("bound"), _number("least"), _number("most")
_of_person, _limit = _number("of_person"), _number("allowed")
# Built once: building a statement costs more than running it.
_READ = PreparedSelect(select(_used, _interactive).where(_this))
_READ_GRANT = PreparedSelect(
    select(_granted)
    .where(quota_ledger.c.api == bindparam("of_api"), _granted.is_not(None))
    .order_by(quota_ledger.c.window_start.desc())
    .limit(1)
)
_TAKE = (
    update(quota_ledger)
    .where(_this, _used + _n <= _bound)
    .values(used=_used + _n, interactive=_interactive + _of_person)
)
_RETURN = (
    update(quota_ledger)
    .where(_this)
    .values(
        used=case((_used > _n, _used - _n), else_=0),
        interactive=case((_interactive > _of_person, _interactive - _of_person), else_=0),
    )
)
_READ_SECOND_LOOKS = PreparedSelect(select(_second_looks).where(_this))
_BOOK_SECOND_LOOK = (
    update(quota_ledger).where(_this, _second_looks < _bound).values(second_looks=_second_looks + 1)
)
_RETURN_SECOND_LOOK = (
    update(quota_ledger).where(_this, _second_looks > 0).values(second_looks=_second_looks - 1)
)
_GRANT = update(quota_ledger).where(_this).values(granted=_limit)
_RAISE = update(quota_ledger).where(_this, _used < _least).values(used=_least)
_LOWER = update(quota_ledger).where(_this, _used > _most).values(used=_most)


class CallCounts(NamedTuple):
    """The calls of one window, reserved ones included: all of them, and the interactive ones."""

    used: int
    interactive: int


class QuotaLedger(Store):
    """Counts the calls to each API by window; those of a `pool`, if given, apart from the API's others."""

    def __init__(self, database: Database, pool: str = "") -> None:
        super().__init__(database)
        self._database, self._pool = database, pool

    def of_pool(self, pool: str) -> QuotaLedger:
        """Return the ledger of a pool of calls that the provider counts apart."""
        return QuotaLedger(self._database, pool)

    def counts(self, api: Api, start: Instant) -> CallCounts:
        """Return the calls of the window that began at `start`."""
        rows = self._db.rows(_READ, {"of_api": self._pool or api, "start": start})
        return CallCounts(rows[0].used, rows[0].interactive) if rows else CallCounts(0, 0)

    def used(self, api: Api, start: Instant) -> int:
        """Return all calls of the window that began at `start`."""
        return self.counts(api, start).used

    def granted(self, api: Api) -> int | None:
        """Return the limit that the provider reported last; None if it has reported none."""
        limit = self._db.value(_READ_GRANT, {"of_api": self._pool or api})
        return None if limit is None else int(limit)

    async def reserve(
        self, api: Api, start: Instant, calls: int, bound: int, *, interactive: bool = False
    ) -> int:
        """Reserve `calls`, else a single one, while the window's count stays within `bound`.

        Return the number of reserved calls: `calls`, 1 or 0.
        """
        return await self._db.write(_reserve, self._pool or api, start, calls, bound, calls * interactive)

    async def give_back(self, api: Api, start: Instant, calls: int, *, interactive: bool = False) -> None:
        """Return reserved calls that were not sent."""
        await self._db.write(_give_back, self._pool or api, start, calls, calls * interactive)

    def second_looks(self, api: Api, start: Instant) -> int:
        """Return the calls of the window that began at `start` that looked at single listings once more."""
        return int(self._db.value(_READ_SECOND_LOOKS, {"of_api": self._pool or api, "start": start}) or 0)

    async def book_second_look(self, api: Api, start: Instant, bound: int) -> bool:
        """Book one second look while the window has fewer than `bound`; return whether it is booked.

        A second look is one of the window's calls, which are reserved apart.
        """
        return await self._db.write(_book_second_look, self._pool or api, start, bound)

    async def return_second_look(self, api: Api, start: Instant) -> None:
        """Return a booked second look that was not sent."""
        await self._db.write(_return_second_look, self._pool or api, start)

    async def record_grant(self, api: Api, start: Instant, limit: int) -> None:
        """Record the limit that the provider reports in the window that began at `start`."""
        await self._db.write(_record_grant, self._pool or api, start, limit)

    async def keep_within(self, api: Api, start: Instant, least: int, most: int | None) -> None:
        """Correct the window's count: at least `least`, and at most `most` if that is given.

        `most` comes from the provider. It does not know the calls that other processes may have reserved, so
        those are added.
        """
        await self._db.write(_keep_within, self._pool or api, start, least, most)


def _reserve(conn: Connection, api: str, start: Instant, calls: int, bound: int, interactive: int) -> int:
    def take(n: int) -> bool:
        block = {"of_api": api, "start": start, "n": n, "bound": bound, "of_person": min(n, interactive)}
        return bool(conn.execute(_TAKE, block).rowcount)

    if take(calls):
        return calls
    _add_window(conn, api, start)
    return next((n for n in (calls, 1) if take(n)), 0)


def _add_window(conn: Connection, api: str, start: Instant) -> None:
    new = upsert(conn, quota_ledger).on_conflict_do_nothing()
    conn.execute(new, {"api": api, "window_start": start, "used": 0})


def _give_back(conn: Connection, api: str, start: Instant, calls: int, interactive: int) -> None:
    block = {"of_api": api, "start": start, "n": calls, "of_person": interactive}
    conn.execute(_RETURN, block)


def _book_second_look(conn: Connection, api: str, start: Instant, bound: int) -> bool:
    booking = {"of_api": api, "start": start, "bound": bound}
    if conn.execute(_BOOK_SECOND_LOOK, booking).rowcount:
        return True
    _add_window(conn, api, start)
    return bool(conn.execute(_BOOK_SECOND_LOOK, booking).rowcount)


def _return_second_look(conn: Connection, api: str, start: Instant) -> None:
    conn.execute(_RETURN_SECOND_LOOK, {"of_api": api, "start": start})


def _record_grant(conn: Connection, api: str, start: Instant, limit: int) -> None:
    _add_window(conn, api, start)
    conn.execute(_GRANT, {"of_api": api, "start": start, "allowed": limit})


def _keep_within(conn: Connection, api: str, start: Instant, least: int, most: int | None) -> None:
    window = {"of_api": api, "start": start}
    _add_window(conn, api, start)
    conn.execute(_RAISE, {**window, "least": least})
    if most is not None:
        reserved = MAX_BLOCK_CALLS * count_other_processes(conn)
        conn.execute(_LOWER, {**window, "most": most + reserved})
