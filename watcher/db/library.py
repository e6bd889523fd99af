"""The visual library's rows: what pictures were identified as, by their marks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, func, select

from watcher.core.identification import Identification, PictureMarks, Way
from watcher.core.times import Instant
from watcher.db.database import Store
from watcher.db.engine import upsert
from watcher.db.schema import ITEM_COLUMNS
from watcher.db.schema import identifications as library

MAX_IDENTIFICATIONS = 100_000
MAX_CONFIRMED_PER_USER = 10_000  # of more, the oldest go: one user must not displace what all share
_EXCESS_PER_STEP = 100
_SIGN, _RANGE = 1 << 63, 1 << 64  # of a perceptual hash, which is stored as a signed number
_crops = tuple(library.c[f"crop{n}"] for n in range(4))
_OWNERS = library.c.owner.in_(("", bindparam("user")))
_EXACT = select(library).where(library.c.digest == bindparam("digest"), _OWNERS)
_LISTED = select(library).where(library.c.id.in_(bindparam("ids", expanding=True)), _OWNERS)
_EXISTING = select(library.c.id).where(library.c.id.in_(bindparam("ids", expanding=True)))
_HASHES = (
    select(library.c.id, *_crops)
    .where(library.c.id > bindparam("after"))
    .order_by(library.c.id)
    .limit(bindparam("most"))
)


class LibraryEntry(NamedTuple):
    """What one picture was identified as. `owner`: the user that confirmed it, else empty."""

    id: int
    marks: PictureMarks
    owner: str
    identification: Identification
    created_at: Instant
    expires_at: Instant


class LibraryStore(Store):
    """Stores identifications: for every picture the shared one, and one per user who confirmed it."""

    def exact(self, digest: str, user: str) -> Sequence[LibraryEntry]:
        """Return what a user may see of the picture with this SHA-256, also if it has expired."""
        return [_entry_of(row) for row in self._db.rows(_EXACT, {"digest": digest, "user": user})]

    def listed(self, ids: Sequence[int], user: str) -> Sequence[LibraryEntry]:
        """Return those of the entries with these ids that a user may see, in no order."""
        return [_entry_of(row) for row in self._db.rows(_LISTED, {"ids": list(ids), "user": user})]

    def existing(self, ids: Sequence[int]) -> frozenset[int]:
        """Return which of these entries exist, whatever user owns them."""
        return frozenset(row.id for row in self._db.rows(_EXISTING, {"ids": list(ids)}))

    def hashes_after(self, entry: int, most: int) -> Sequence[tuple[int, tuple[int, int, int, int]]]:
        """Return the perceptual hashes of at most `most` entries with higher ids, in their order."""
        rows = self._db.rows(_HASHES, {"after": entry, "most": most})
        return [(row.id, _hashes_of(row)) for row in rows]

    async def put(
        self,
        marks: PictureMarks,
        identification: Identification,
        owner: str,
        now: Instant,
        expires_at: Instant,
    ) -> None:
        """Store an identification in place of the owner's earlier one of the same bytes."""
        crops = (value - _RANGE if value >= _SIGN else value for value in marks.hashes)
        row = {
            "digest": marks.digest,
            "owner": owner,
            **{column.name: crop for column, crop in zip(_crops, crops, strict=True)},
            "title": identification.title,
            "query": identification.query,
            "way": identification.origin or identification.way,
            "confidence": identification.confidence,
            **{name: getattr(identification, name) for name in ITEM_COLUMNS},
            "created_at": now,
            "expires_at": expires_at,
        }
        await self._db.write(_put, row)


def _put(conn: Connection, row: dict[str, Any]) -> None:
    insert = upsert(conn, library)
    changed = {name: insert.excluded[name] for name in row if name not in ("digest", "owner")}
    conn.execute(
        insert.on_conflict_do_update(index_elements=[library.c.digest, library.c.owner], set_=changed), row
    )
    if row["owner"]:
        mine = select(library.c.id).where(library.c.owner == row["owner"])
        newest_first = mine.order_by(library.c.created_at.desc(), library.c.id.desc())
        excess = conn.scalars(newest_first.offset(MAX_CONFIRMED_PER_USER).limit(_EXCESS_PER_STEP)).all()
        if excess:
            conn.execute(delete(library).where(library.c.id.in_(excess)))


def forget_oldest_entries(conn: Connection, most: int) -> int:
    """Delete at most `most` entries beyond MAX_IDENTIFICATIONS, shared ones first; return their number."""
    count = conn.scalar(select(func.count()).select_from(library)) or 0
    excess = min(most, count - MAX_IDENTIFICATIONS)
    if excess <= 0:
        return 0
    # A shared entry can be found out again; what a user confirmed cannot.
    oldest = select(library.c.id).order_by((library.c.owner != "").asc(), library.c.created_at, library.c.id)
    return conn.execute(delete(library).where(library.c.id.in_(oldest.limit(excess)))).rowcount


def _entry_of(row: Row[Any]) -> LibraryEntry:
    identification = Identification(
        row.title,
        row.query,
        Way(row.way),
        row.confidence,
        **{name: getattr(row, name) for name in ITEM_COLUMNS},
    )
    marks = PictureMarks(row.digest, _hashes_of(row))
    return LibraryEntry(row.id, marks, row.owner, identification, row.created_at, row.expires_at)


def _hashes_of(row: Row[Any]) -> tuple[int, int, int, int]:
    return (row.crop0 % _RANGE, row.crop1 % _RANGE, row.crop2 % _RANGE, row.crop3 % _RANGE)
