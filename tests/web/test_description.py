"""The API's description: it agrees with the answers, and its examples agree with it."""

from __future__ import annotations

import json
import re
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
    seen, described_once = 0, described_by(described)
    for name, content in contents(described):
        if "example" in content and "schema" in content:
            seen += 1
            errors = described_once.validator(content["schema"]).iter_errors(content["example"])
            assert [str(e) for e in errors] == [], name
    assert seen > 10


async def test_every_time_in_an_example_is_written_as_answers_write_it(described: dict[str, Any]) -> None:
    times = set(re.findall(r'"([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[^"]*)"', json.dumps(described)))
    assert times
    assert {found for found in times if not re.fullmatch(r"[0-9T:-]{19}Z", found)} == set()


async def test_every_operation_is_described_whole(described: dict[str, Any]) -> None:
    names = []
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            about = f"{method} {path}"
            names.append(operation["operationId"])
            assert re.fullmatch("[a-z]+[A-Za-z]+", operation["operationId"]), about
            assert operation["summary"], about
            assert operation["description"], about
            assert len(operation["tags"]) == 1, about
            assert ("security" in operation) == (operation["x-caller"] != "anyone"), about
            for parameter in operation.get("parameters", ()):
                assert parameter.get("description"), (about, parameter["name"])
    assert len(names) == len(set(names)) > 30


async def test_every_body_and_answer_has_an_example(described: dict[str, Any]) -> None:
    for name, content in contents(described):
        has_example = any("example" in part for part in (content, content.get("schema", {})))
        is_file = (name.endswith(("application/json", "text/csv")) and "port" in name) or "image/" in name
        assert has_example or is_file, name


async def test_the_description_has_a_tag_and_is_not_sent_twice(client: httpx.AsyncClient) -> None:
    first = await client.get("/api/openapi.json")
    tag = first.headers["etag"]
    again = await client.get("/api/openapi.json", headers={"If-None-Match": tag})
    assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert first.json()["openapi"].startswith("3.1")


async def test_the_page_shows_every_operation_with_its_request(
    client: httpx.AsyncClient, described: dict[str, Any]
) -> None:
    page = (await client.get("/docs")).text
    for methods in described["paths"].values():
        for operation in methods.values():
            assert page.count(f'id="{operation["operationId"]}"') == 1
            assert f'href="#{operation["operationId"]}"' in page
    assert "curl -X POST http://127.0.0.1:8080/api/watches \\\n" in page
    assert "&quot;below&quot;: 3000" in page
