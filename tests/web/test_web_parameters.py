"""Query parameters and fields: what the API does not know it refuses, and its description agrees with it."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.web.clients import bearer
from watcher.core.errors import InvalidInput
from watcher.core.watch_fields import draft_from_json
from watcher.core.watch_input import Defaults, watch_from
from watcher.runtime import App
from watcher.web.endpoints import watch_bodies


async def operations(client: httpx.AsyncClient) -> list[tuple[str, str, set[str], set[str]]]:
    """Return (method, address, query parameters, those that are required) of every operation below /api."""
    api = (await client.get("/api/openapi.json")).json()
    found = []
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            query = [p for p in operation.get("parameters", ()) if p["in"] == "query"]
            if path.startswith("/api/"):
                required = {p["name"] for p in query if p["required"]}
                found.append((method, re.sub("{[a-z]+}", "7", path), {p["name"] for p in query}, required))
    return found


async def test_every_endpoint_refuses_an_unknown_query_parameter(client: httpx.AsyncClient) -> None:
    found = await operations(client)
    assert len(found) > 10
    for method, path, _, required in found:
        params = dict.fromkeys(required, "x") | {"zzz": "1"}
        answer = await client.request(method, path, params=params)
        assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_INPUT"), (method, path)
        assert answer.json()["message"] == 'There is no field "zzz".'


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("limt=5", 'There is no field "limt". Did you mean "limit"?'),
        ("tags=x", 'There is no field "tags". Did you mean "tag"?'),
        ("tag=a&tag=b", 'The field "tag" is there twice.'),
        ("LIMIT=5", 'There is no field "LIMIT".'),
    ],
)
async def test_unknown_query_parameter_is_refused_with_the_nearest(
    client: httpx.AsyncClient, query: str, sentence: str
) -> None:
    answer = await client.get(f"/api/watches?{query}")
    assert (answer.status_code, answer.json()["message"]) == (400, sentence)


async def test_strangers_learn_nothing_from_an_unknown_parameter(app: App, client: httpx.AsyncClient) -> None:
    await bearer(app)
    assert (await client.get("/api/watches?zzz=1")).status_code == 401


async def test_probes_accept_any_query_parameter(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz", "/metrics"):
        assert (await client.get(path, params={"t": "1"})).status_code == 200


async def test_comps_parameters_are_described_like_the_fields_of_a_watch(client: httpx.AsyncClient) -> None:
    api = (await client.get("/api/openapi.json")).json()
    parameters = {p["name"]: p["schema"] for p in api["paths"]["/api/comps"]["get"]["parameters"]}
    assert parameters["q"]["pattern"] == watch_bodies.QUERY["pattern"]
    assert parameters["condition"]["enum"] == watch_bodies.CONDITION["enum"]
    assert parameters["marketplace"]["enum"] == watch_bodies.MARKETPLACE["enum"]


# --- the description of a watch's fields ------------------------------------------------------------------


def accepted(body: dict[str, object]) -> bool:
    try:
        watch_from(draft_from_json(body), Defaults("EBAY_US"))
    except InvalidInput:
        return False
    return True


_SCHEMA: dict[str, Any] = watch_bodies.NewWatch.model_json_schema()
_NAMES = [name for name in _SCHEMA["properties"] if name != "to"]


def _fitting(schema: dict[str, Any]) -> st.SearchStrategy[object]:
    """Return values that fit a schema of the few forms that describe a watch's fields."""
    if "anyOf" in schema:
        return st.one_of([_fitting(s) for s in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    match schema["type"]:
        case "null":
            return st.none()
        case "integer":
            return st.integers(schema["minimum"], schema["maximum"])
        case "number":
            return st.integers(1, 10**9).map(lambda cents: cents / 100)
        case "array":
            return st.lists(_fitting(schema["items"]), max_size=3)
    text = st.from_regex(re.compile(schema["pattern"].removesuffix("$") + r"\Z"))
    return text.filter(lambda t: len(t) <= schema["maxLength"])


@settings(max_examples=30, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow])
@given(st.data(), st.sampled_from(_NAMES))
def test_value_that_the_description_calls_valid_is_accepted(data: st.DataObject, name: str) -> None:
    value = data.draw(_fitting(_SCHEMA["properties"][name]), label=name)
    body = {"query": "omega", name: value}
    assert accepted(body), body
