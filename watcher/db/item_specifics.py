"""Item specifics of listings, which hold as long as what their rows say is the same."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Connection, bindparam, select

from watcher.core.item_number import digest
from watcher.core.listing import Listing
from watcher.core.specifics import Specifics
from watcher.core.times import Instant
from watcher.db.codec import read_specifics, write_specifics
from watcher.db.database import Store
from watcher.db.engine import upsert
from watcher.db.prepared import PreparedSelect
from watcher.db.row_types import RowTypes
from watcher.db.schema import item_specifics as table

_IDS: BindParameter[Any] = bindparam("ids", expanding=True)
_READ = select(table.c.item_id, table.c.content, table.c.payload).where(table.c.item_id.in_(_IDS))
_PREPARED, _TYPES = PreparedSelect(_READ), RowTypes(_READ)


class StoredSpecifics(NamedTuple):
    """The specifics of a listing, and the hash of what its row said then."""

    content: str
    specifics: Specifics

    def hold_for(self, listing: Listing) -> bool:
        """Return whether the listing's row still says the same."""
        return self.content == content_of(listing)


def content_of(listing: Listing) -> str:
    """Return a hash of what a seller changes together with the item specifics; prices change without them."""
    condition = f"{listing.condition_id}|{listing.condition}"
    return digest("\n".join((listing.title, condition, *listing.categories[:1])))


class ItemSpecificsStore(Store):
    """Stores item specifics by item id. Housekeeping removes them with the other texts of listings."""

    def of(self, listings: Iterable[Listing]) -> dict[str, Specifics]:
        """Return the specifics of those listings that have some stored and say the same as then."""
        rows = {x.item_id: x for x in listings}
        found = self.read(list(rows))
        return {item: one.specifics for item, one in found.items() if one.hold_for(rows[item])}

    def read(self, item_ids: Sequence[str]) -> Mapping[str, StoredSpecifics]:
        """Return what is stored for these items, by item id. A damaged row reads as absent."""
        rows = self._db.rows(_PREPARED, {"ids": list(item_ids)}) if item_ids else ()
        return dict(_TYPES.read(rows, _specifics_of))

    async def put(self, found: Mapping[str, StoredSpecifics], now: Instant) -> None:
        """Store specifics in place of the items' earlier ones."""
        rows = [
            {
                "item_id": item_id,
                "content": one.content,
                "payload": write_specifics(one.specifics),
                "fetched_at": now,
            }
            for item_id, one in sorted(found.items())  # in one order, so that no two daemons wait in a circle
        ]
        if rows:
            await self._db.write(_put, rows)


def _specifics_of(row: Any) -> tuple[str, StoredSpecifics]:
    return row.item_id, StoredSpecifics(row.content, read_specifics(row.payload))


def _put(conn: Connection, rows: Sequence[dict[str, Any]]) -> None:
    insert = upsert(conn, table)
    changed = {name: insert.excluded[name] for name in ("content", "payload", "fetched_at")}
    conn.execute(insert.on_conflict_do_update(index_elements=[table.c.item_id], set_=changed), rows)
