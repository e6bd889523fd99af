"""The API's description: it agrees with the answers, and its examples agree with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.web.described import described_by


@pytest.fixture
async def described(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/api/openapi.json")).json()
    return found


def contents(api: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the content of every body that has a schema: requests, answers, errors."""
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            bodies = {"request": operation.get("requestBody", {})} | operation["responses"]
            for name, body in bodies.items():
                for media, content in body.get("content", {}).items():
                    yield f"{method} {path} {name} {media}", content
    for name, response in api["components"]["responses"].items():
        yield name, response["content"]["application/json"]


async def test_every_example_fits_its_schema(described: dict[str, Any]) -> None:
    seen = 0
    for name, content in contents(described):
        if "example" in content and "schema" in content:
            seen += 1
            errors = described_by(described).validator(content["schema"]).iter_errors(content["example"])
            assert [str(e) for e in errors] == [], name
    assert seen > 10
