"""The tests in this directory always run on both databases."""

from __future__ import annotations

import pytest

from tests.new_databases import migrated
from watcher.db import migrate


@pytest.fixture(autouse=True)
def migrations(monkeypatch: pytest.MonkeyPatch) -> None:
    """Create new databases by migrations, which are tested here."""
    monkeypatch.setattr(migrate, "create_schema", migrated)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database: SQLite, then Postgres."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
