"""Watches whose rows cannot be read: the first ones are read when asked, the others a part at a time."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple, Self

from sqlalchemy import Connection, bindparam, func, select

from watcher.core.times import Instant
from watcher.db.database import Store
from watcher.db.polling_plan import put_plan_row
from watcher.db.rows import SCHEDULED_WATCHES, unreadable_watches
from watcher.db.schema import polling_plan, watches
from watcher.db.watches import DamagedWatch, damaged_watch

# Watches that are read for each status, which takes a fraction of a second.
READ_AT_ONCE = 20_000
# Their rows are read before other tasks run; a few milliseconds.
_ROWS_PER_STEP = 200
# Ids of damaged watches that are remembered.
_MAX_FOUND = 100
# The row of the check among the plans.
_CHECK = "damage"
_READ_CHECK = select(polling_plan.c.payload).where(polling_plan.c.api == _CHECK)
_NEWEST = select(func.max(watches.c.id))
_AFTER = (
    SCHEDULED_WATCHES.where(watches.c.id > bindparam("after")).order_by(watches.c.id).limit(bindparam("most"))
)
_THESE = SCHEDULED_WATCHES.where(watches.c.id.in_(bindparam("ids", expanding=True))).order_by(watches.c.id)


class Damage(NamedTuple):
    """Watches that cannot be read; `is_complete`: whether the rows of all watches were read to find them."""

    watches: Sequence[DamagedWatch] = ()
    is_complete: bool = True

    @classmethod
    def of(cls, parts: Iterable[Damage]) -> Self:
        """Return the parts together."""
        found = list(parts)
        return cls([one for part in found for one in part.watches], all(part.is_complete for part in found))


class _Check(NamedTuple):
    """The watch after which the check of all watches goes on, and the damaged ones that it has found."""

    after: int = 0
    found: Sequence[int] = ()


class WatchDamage(Store):
    """Finds damaged watches, in a time that does not grow with the number of all watches."""

    def parts(self) -> Iterator[Damage]:
        """Yield what is damaged, a few milliseconds for each part.

        It reads the first watches; after them it yields those that `check_some` has found.
        """
        after: int | None = 0
        for _ in range(READ_AT_ONCE // _ROWS_PER_STEP):
            if after is None:
                return
            found, after = self._damaged_after(after)
            yield Damage(found)
        if after is not None:
            later = [number for number in self._check().found if number > after]
            yield Damage(
                _unreadable(self._db.rows(_THESE, {"ids": later})) if later else (), is_complete=False
            )

    async def check_some(self, now: Instant) -> None:
        """Read the next part of the watches, of many a 24th: called every hour, it reads all in a day."""
        check, newest = self._check(), int(self._db.value(_NEWEST) or 0)
        if newest <= READ_AT_ONCE:
            return
        after: int | None = check.after
        found: list[int] = []
        for _ in range(max(READ_AT_ONCE, newest // 24) // _ROWS_PER_STEP + 1):
            if after is not None:
                some, after = self._damaged_after(after)
                found += [int(one.id) for one in some]
                await asyncio.sleep(0)
        last = newest if after is None else after
        kept = [number for number in check.found if not check.after < number <= last]
        payload = json.dumps({"after": after or 0, "found": sorted({*kept, *found})[:_MAX_FOUND]})
        await self._db.write(_put_check, payload, now)

    def _damaged_after(self, after: int) -> tuple[Sequence[DamagedWatch], int | None]:
        """Return those of the next watches that cannot be read, and the last id; None at the end."""
        rows = self._db.rows(_AFTER, {"after": after, "most": _ROWS_PER_STEP})
        return _unreadable(rows), rows[-1].watch_id if len(rows) == _ROWS_PER_STEP else None

    def _check(self) -> _Check:
        try:
            found = json.loads(str(self._db.value(_READ_CHECK) or "{}"))
            return _Check(int(found["after"]), [int(number) for number in found["found"]])
        except (ValueError, TypeError, KeyError):  # there is none, or it is damaged itself
            return _Check()


def _unreadable(rows: Iterable[Any]) -> Sequence[DamagedWatch]:
    return [damaged_watch(row, error) for row, error in unreadable_watches(rows)]


def _put_check(conn: Connection, payload: str, now: Instant) -> None:
    put_plan_row(conn, _CHECK, now, payload)
