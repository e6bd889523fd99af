"""A check reads the first of many watches when asked, and the others a part at a time."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from tests.fakes import NOON
from watcher.core.times import HOUR, Instant
from watcher.core.watch_input import Defaults, watch_from
from watcher.db import watch_damage
from watcher.db.stores import Stores
from watcher.db.watch_damage import Damage

# Watches 1 and 2 are read when asked; 3 are read in an hour.
AT_ONCE, WATCHES = 2, 8


@pytest.fixture
async def many(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> Stores:
    monkeypatch.setattr(watch_damage, "READ_AT_ONCE", AT_ONCE)
    monkeypatch.setattr(watch_damage, "_ROWS_PER_STEP", 1)
    new = [watch_from({"query": f"omega {n}"}, Defaults("EBAY_US")) for n in range(WATCHES)]
    await stores.watches.add(new, NOON)
    return stores


async def change(stores: Stores, statement: str) -> None:
    def run(conn: Connection) -> None:
        conn.execute(text(statement))

    await stores.database.write(run)


def found(stores: Stores) -> list[int]:
    return [int(one.id) for one in Damage.of(stores.watch_damage.parts()).watches]


async def check(stores: Stores, hours: int) -> None:
    for hour in range(hours):
        await stores.watch_damage.check_some(Instant(NOON + hour * HOUR))


async def test_the_first_watches_are_read_at_once_and_others_in_turn(many: Stores) -> None:
    await change(many, "UPDATE watches SET rule = 'soonest' WHERE id IN (2, 4, 8)")
    assert found(many) == [2]
    assert not Damage.of(many.watch_damage.parts()).is_complete
    await check(many, 2)
    assert found(many) == [2, 4]
    await check(many, 1)
    assert found(many) == [2, 4, 8]


async def test_repaired_and_removed_watches_are_no_longer_named(many: Stores) -> None:
    await change(many, "UPDATE watches SET rule = 'soonest' WHERE id IN (5, 6, 7)")
    await check(many, 3)
    assert found(many) == [5, 6, 7]
    await change(many, "UPDATE watches SET rule = 'new' WHERE id = 5")
    await change(many, "DELETE FROM watches WHERE id = 6")
    assert found(many) == [7]
    await check(many, 3)
    await change(many, "UPDATE watches SET rule = 'soonest' WHERE id = 5")
    assert found(many) == [7], "an earlier finding was forgotten"


async def test_a_damaged_note_of_the_check_counts_as_none(many: Stores) -> None:
    await change(many, "UPDATE watches SET rule = 'soonest' WHERE id = 8")
    await check(many, 3)
    await change(many, "UPDATE polling_plan SET payload = '{' WHERE api = 'damage'")
    assert found(many) == []
    await check(many, 3)
    assert found(many) == [8]


async def test_few_watches_are_all_read_at_once(stores: Stores) -> None:
    await stores.watches.add([watch_from({"query": "omega"}, Defaults("EBAY_US"))], NOON)
    await check(stores, 1)
    assert Damage.of(stores.watch_damage.parts()).is_complete
