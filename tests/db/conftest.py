"""The store's tests run on both databases, always."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A database with our schema, once of each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url
