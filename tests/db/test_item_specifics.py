"""Item specifics as rows, on both databases."""

from __future__ import annotations

from sqlalchemy import Connection, insert

from tests.fakes import NOON, listing
from watcher.core.specifics import Specifics
from watcher.core.times import Instant
from watcher.db.item_specifics import StoredSpecifics, content_of
from watcher.db.schema import item_specifics
from watcher.db.stores import Stores

IPAD = StoredSpecifics("abc", Specifics((("Storage Capacity", "128 GB"), ("Größe", "9,7\N{DOUBLE PRIME}"))))
NONE = StoredSpecifics("def", Specifics())


async def test_specifics_are_read_as_they_were_put(stores: Stores) -> None:
    await stores.item_specifics.put({"v1|1|0": IPAD, "v1|2|0": NONE}, NOON)
    assert stores.item_specifics.read(["v1|1|0", "v1|2|0", "v1|3|0"]) == {"v1|1|0": IPAD, "v1|2|0": NONE}


async def test_nothing_is_asked_for_no_items(stores: Stores) -> None:
    await stores.item_specifics.put({}, NOON)
    assert (stores.item_specifics.read([]), stores.item_specifics.of([])) == ({}, {})


async def test_new_specifics_replace_those_of_an_earlier_row(stores: Stores) -> None:
    await stores.item_specifics.put({"v1|1|0": IPAD}, NOON)
    await stores.item_specifics.put({"v1|1|0": NONE}, Instant(NOON + 1))
    assert stores.item_specifics.read(["v1|1|0"]) == {"v1|1|0": NONE}


async def test_damaged_specifics_read_as_absent(stores: Stores) -> None:
    def damage(conn: Connection) -> None:
        rows = [
            {"item_id": f"v1|{n}|0", "content": "abc", "payload": text, "fetched_at": NOON}
            for n, text in enumerate(("", "{}", '[["a"]]', '[["a", 5]]', "[[[[["))
        ]
        conn.execute(insert(item_specifics), rows)

    await stores.database.write(damage)
    await stores.item_specifics.put({"v1|9|0": IPAD}, NOON)
    assert stores.item_specifics.read([f"v1|{n}|0" for n in range(10)]) == {"v1|9|0": IPAD}


async def test_specifics_hold_for_a_row_that_says_the_same(stores: Stores) -> None:
    same, other = listing(1, 40, image="x"), listing(1, title="Zenitar Mk3")
    await stores.item_specifics.put({"v1|1|0": StoredSpecifics(content_of(listing(1)), IPAD.specifics)}, NOON)
    assert stores.item_specifics.of([same, listing(2)]) == {"v1|1|0": IPAD.specifics}
    assert stores.item_specifics.of([other]) == {}
