"""Fixtures: a real database, and the trip over it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fakes import FakeClock
from watcher.adapters.db.housekeeping import Ages
from watcher.adapters.db.migrate import bring_up
from watcher.adapters.db.stores import Stores
from watcher.core.times import DAY, Seconds


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file to copy from: a migration for each test would cost half a second."""
    path = tmp_path_factory.mktemp("database") / "empty.db"
    bring_up(f"sqlite:///{path}")
    return path


@pytest.fixture
def database_url(tmp_path: Path, empty_database: Path) -> str:
    path = tmp_path / "watcher.db"
    path.write_bytes(empty_database.read_bytes())
    return f"sqlite:///{path}"


_MONTH = Seconds(30 * DAY)
AGES = Ages(_MONTH, Seconds(365 * DAY), _MONTH)


@pytest.fixture
def stores(database_url: str) -> Iterator[Stores]:
    opened = Stores.opened(database_url, AGES)
    yield opened
    opened.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()
