"""Readings of listings: verdicts of the AI reader by a hash of what it read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import islice
from typing import Any

from sqlalchemy import Connection, bindparam, select

from watcher.core.listing import Condition, Listing
from watcher.core.readings import ReadableRow, Reading, readable_rows
from watcher.core.specifics import Specifics
from watcher.core.times import Instant
from watcher.core.watch import Question
from watcher.db.database import Store
from watcher.db.engine import upsert
from watcher.db.row_types import RowTypes
from watcher.db.schema import readings

_AT_ONCE = 500  # digests per statement
_READ = select(readings.c.digest, readings.c.verdict).where(
    readings.c.digest.in_(bindparam("digests", expanding=True))
)
_TYPES = RowTypes(_READ)


class ReadingStore(Store):
    """Keeps verdicts; the texts that were read are not stored."""

    def known(self, digests: Iterable[str]) -> dict[str, Reading]:
        """Return the readings that there are of these digests."""
        found: dict[str, Reading] = {}
        rest = iter(dict.fromkeys(digests))
        while some := list(islice(rest, _AT_ONCE)):
            rows = self._db.rows(_READ, {"digests": some})
            found |= _TYPES.read(rows, lambda row: (row.digest, Reading(row.verdict)))
        return found

    def of(
        self, question: Question, listings: Iterable[Listing], specifics: Mapping[str, Specifics]
    ) -> dict[str, Reading]:
        """Return the stored readings of listings by item id; `specifics` are by item id too."""
        rows = readable_rows(question.query, Condition(question.condition), listings, specifics)
        return self.of_rows(rows)

    def of_rows(self, rows: Sequence[ReadableRow]) -> dict[str, Reading]:
        """Return the stored readings of rows by item id."""
        known = self.known(digest for row in rows for digest in (row.digest, row.bare))
        return {row.item_id: reading for row in rows if (reading := row.reading_in(known))}

    async def put(self, verdicts: Mapping[str, Reading], now: Instant) -> None:
        """Store verdicts; a later one about the same replaces an earlier one."""
        # In order, so that two daemons cannot wait for each other's rows.
        rows = [{"digest": key, "verdict": str(verdicts[key]), "read_at": now} for key in sorted(verdicts)]
        if rows:
            await self._db.write(_put, rows)


def _put(conn: Connection, rows: list[dict[str, Any]]) -> None:
    insert = upsert(conn, readings)
    changed = {name: insert.excluded[name] for name in ("verdict", "read_at")}
    conn.execute(insert.on_conflict_do_update(index_elements=[readings.c.digest], set_=changed), rows)
