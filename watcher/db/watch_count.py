"""The number of active watches, for a gauge that is set every few seconds."""

from __future__ import annotations

from sqlalchemy import bindparam, func, select

from watcher.db.database import Database, Store
from watcher.db.schema import ACTIVE, watches

# Ids whose watches are counted together; a fraction of a millisecond.
IDS_PER_SLICE = 10_000
_NEWEST = select(func.max(watches.c.id))
_SLICE = (
    select(func.count())
    .select_from(watches)
    .where(ACTIVE, watches.c.id >= bindparam("begin"), watches.c.id < bindparam("end"))
)


class WatchCount(Store):
    """Counts the unpaused watches a part at a time, so that it costs the same however many there are.

    Every look counts the newest watches again, and one older part in turn: watches that are registered count
    at once; of many, those that are paused or removed count until their turn has come.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._slices: dict[int, int] = {}
        self._newest = self._turn = 0

    def value(self) -> int:
        """Return the number of unpaused watches."""
        newest = int(self._db.value(_NEWEST) or 0) // IDS_PER_SLICE
        if self._slices:
            self._turn = (self._turn + 1) % (newest + 1)
            again = {self._turn, *range(min(self._newest, newest), newest + 1)}
        else:  # one by one: a statement that groups all watches would sort them in memory
            again = set(range(newest + 1))
        for number in again:
            begin = number * IDS_PER_SLICE
            bounds = {"begin": begin, "end": begin + IDS_PER_SLICE}
            self._slices[number] = int(self._db.value(_SLICE, bounds) or 0)
        self._newest = newest
        return sum(self._slices.values())
