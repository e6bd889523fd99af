"""The tests in this directory always run on both databases."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A migrated database: SQLite, then Postgres."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
