"""Readings in the database: many at once, and replaced by later ones."""

from __future__ import annotations

import pytest

from tests.fakes import NOON
from watcher.core.readings import Reading
from watcher.core.times import DAY, Instant
from watcher.db import schema
from watcher.db.stores import Stores

SAME, DIFFERENT, UNSURE = Reading.SAME, Reading.DIFFERENT, Reading.UNSURE
TOMORROW = Instant(NOON + DAY)


async def test_many_readings_are_found_at_once(stores: Stores) -> None:
    verdicts = {f"digest {n}": SAME if n % 2 else DIFFERENT for n in range(1_200)}
    await stores.readings.put(verdicts, NOON)
    found = stores.readings.known([*verdicts, "digest 7", "never read"])
    assert found == verdicts


async def test_no_digests_have_no_readings(stores: Stores) -> None:
    await stores.readings.put({}, NOON)
    assert stores.readings.known([]) == {}


async def test_a_later_reading_replaces_an_earlier_one(stores: Stores) -> None:
    await stores.readings.put({"a": UNSURE, "b": SAME}, NOON)
    await stores.readings.put({"a": DIFFERENT}, TOMORROW)
    assert stores.readings.known(["a", "b"]) == {"a": DIFFERENT, "b": SAME}


async def test_a_verdict_that_is_unknown_counts_as_unread(
    stores: Stores, caplog: pytest.LogCaptureFixture
) -> None:
    row = {"digest": "a", "verdict": "probably", "read_at": NOON}
    await stores.database.write(lambda conn: conn.execute(schema.readings.insert(), row))
    await stores.readings.put({"b": SAME}, NOON)
    assert stores.readings.known(["a", "b"]) == {"b": SAME}
    assert "cannot be read" in caplog.text
