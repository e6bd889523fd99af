"""The API's description: it agrees with the answers, and its examples agree with it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import jsonschema_rs
import pytest


@pytest.fixture
async def described(client: httpx.AsyncClient) -> dict[str, Any]:
    found: dict[str, Any] = (await client.get("/api/openapi.json")).json()
    return found


def validator(api: dict[str, Any], schema: dict[str, Any]) -> jsonschema_rs.Validator:
    return jsonschema_rs.validator_for({**schema, "components": api["components"]})


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
            errors = validator(described, content["schema"]).iter_errors(content["example"])
            assert [str(e) for e in errors] == [], name
    assert seen > 10


async def test_watch_is_answered_as_described(client: httpx.AsyncClient, described: dict[str, Any]) -> None:
    made = (await client.post("/api/watches", json={"query": "zenitar mk2"})).json()
    answer = (await client.get(f"/api/watches/{made['id']}")).json()
    schema = described["paths"]["/api/watches/{number}"]["get"]["responses"]["200"]["content"]
    assert not list(validator(described, schema["application/json"]["schema"]).iter_errors(answer))
