"""The API keeps its own description, with requests that schemathesis generates from it."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import hypothesis
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import strategies as st
from hypothesis.strategies._internal import regex
from schemathesis import GenerationMode
from schemathesis.checks import CHECKS, load_all_checks

from tests.fakes import FakeClock
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.web.api_world import ApiWorld, make_world
from tests.web.clients import opened_app
from tests.web.conftest import config_of
from tests.web.described import Described, described_by
from tests.web.photos import ZENITAR
from watcher.core.resilience.token_buckets import TokenBuckets
from watcher.core.resilience.user_rates import UserRates
from watcher.runtime.http_server import web_dependencies
from watcher.web.answers.examples import example_of
from watcher.web.api import build_api

ADDRESS = "http://localhost:8080"
SEED, FEW, MANY = 13, 1, 20  # examples of each operation, valid and not
METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
STRANGERS = ("nobody", "wrong")
OF_SESSIONS = "/api/sessions/{number}"
# Statuses of a valid request that depend on what is stored.
OF_STATE = {404, 409, 412, 429}
# Valid requests that are refused also if their fields contradict each other, or do not suit the object.
DEPENDENT = {
    "POST /api/alerts/{alert}/reject": {400},
    "POST /api/incidents/{incident}/ack": {400},
    "GET /api/comps": {400},  # the market does not know every marketplace
    "POST /api/silences": {400, 403},
    "POST /api/ar-overlay/scan": {400},  # few texts are pictures
    "POST /api/scan-sessions/identify": {400},
    "POST /api/scan/confirm": {400},
    "POST /api/batch/scanAndAnalyze": {400},  # as many prices as pictures
    "POST /api/watches": {400},  # one user may have 1,000
    "POST /api/watches/preview": {400},
    "POST /api/watches/import": {400},  # rows may be bad
    "POST /api/watches/{number}/silence": {400},  # one watch may have 20
    "POST /api/watches/{number}/answers": {400},  # few items are in the market's answer
    "DELETE /api/admin/cache": {400},
}
# Carried out only where plans are sold, which this installation does not.
SOLD = {"POST /api/billing/checkout", "POST /api/billing/portal"}
EXAMPLE_ITEM = "256012345678"  # of the description: only an item of the alert can be rejected
_PLACE = re.compile(r"/([a-z-]+)/\{([a-zA-Z]+)\}")
_CONFORMANCE = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
)


class Api(NamedTuple):
    """A served API, its description, and what is in its database."""

    runner: asyncio.Runner
    client: httpx.AsyncClient
    description: dict[str, Any]
    described: Described
    world: ApiWorld

    def send(self, prepared: requests.PreparedRequest) -> httpx.Response:
        body = prepared.body.encode() if isinstance(prepared.body, str) else prepared.body
        request = httpx.Request(
            str(prepared.method), str(prepared.url), headers=dict(prepared.headers), content=body
        )
        return self.runner.run(self.client.send(request))


@pytest.fixture(autouse=True)
def patterns_built_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Build the strategy of a pattern once, not per request: ours have all letters of Unicode."""
    build, built = regex.base_regex_strategy, {}

    def built_once(pattern: re.Pattern[str], *, alphabet: object = None, **more: Any) -> Any:
        key = (pattern, repr(alphabet))
        if key not in built:
            built[key] = build(pattern, alphabet=alphabet, **more)
        return built[key]

    monkeypatch.setattr(regex, "base_regex_strategy", built_once)


@pytest.fixture
def api(tmp_path: Path, database_url: str, goods: Scripted, clock: FakeClock) -> Iterator[Api]:
    """A filled app with its market in a loop of their own, because hypothesis runs plain functions."""
    with asyncio.Runner() as runner:
        stack = AsyncExitStack()
        try:
            yield runner.run(_opened(runner, stack, tmp_path, database_url, goods, clock))
        finally:
            runner.run(stack.aclose())


async def _opened(
    runner: asyncio.Runner,
    stack: AsyncExitStack,
    folder: Path,
    database: str,
    goods: Scripted,
    clock: FakeClock,
) -> Api:
    market = await stack.enter_async_context(MarketServer(goods, clock=clock.now))
    path = folder / "config.toml"
    path.write_text(config_of(folder, database, market.url))
    app = await stack.enter_async_context(opened_app(path, clock))
    unlimited = replace(
        web_dependencies(app, lambda: ""), misses=UserRates(10**9), requests=TokenBuckets(10**9)
    )
    transport = httpx.ASGITransport(app=build_api(unlimited), client=("127.0.0.1", 40_000))
    client = await stack.enter_async_context(httpx.AsyncClient(transport=transport, base_url=ADDRESS))
    goods.shown = ZENITAR
    goods.put("zenitar mk2", summary(EXAMPLE_ITEM, "Zenitar mk2 camera 6", "40.00"))
    for number in (*range(1, 6), EXAMPLE_ITEM):  # no picture is fetched from outside
        goods.alter(f"v1|{number}|0", {"image": {"imageUrl": f"{market.url}/images/g/cam/s-l1600.jpg"}})
    world = await make_world(app, clock)
    description = (await client.get("/api/openapi.json")).json()
    return Api(runner, client, description, described_by(description), world)


def operations_of(api: Api) -> list[Any]:
    """Return the operations that have an end, those that remove something last."""
    schema = schemathesis.openapi.from_dict(api.description)
    schema.config.update(base_url=ADDRESS)
    schema.config.generation.update(with_security_parameters=False)
    found = [result.ok() for result in schema.get_all_operations()]
    return sorted(
        (o for o in found if "text/event-stream" not in str(o.definition.raw["responses"])),
        key=lambda o: (o.method == "delete", o.path == OF_SESSIONS, o.path),
    )


def cases_of(api: Api, operation: Any, mode: GenerationMode) -> st.SearchStrategy[Any]:
    """Return requests of an operation, valid or not, each with an object that exists or with none."""
    name = _PLACE.search(operation.path)
    known = api.world.known[name[1]] if name and mode is GenerationMode.POSITIVE else ()
    objects = st.sampled_from([{name[2]: one} for one in known] if name and known else [{}])
    return st.tuples(operation.as_strategy(generation_mode=mode), st.one_of(objects, st.just({})))


def check(api: Api, operation: Any, case: Any, callers: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Send one request as every caller and check the answers; yield the callers and their statuses."""
    who = operation.definition.raw["x-caller"]
    positive = case.meta.generation.mode.is_positive
    for caller in callers:
        if "session" in caller and operation.path == OF_SESSIONS:
            continue  # it may end its own session
        kwargs = case.as_transport_kwargs(base_url=ADDRESS)
        kwargs["headers"] = {**kwargs["headers"], **api.world.callers[caller]}
        answer = api.send(requests.Request(**kwargs).prepare())
        status = answer.status_code
        may = who == "anyone" or (caller not in STRANGERS and (who == "user" or caller.startswith("admin")))
        wanted = [*_CONFORMANCE, "negative_data_rejection"] if may else _CONFORMANCE
        case.validate_response(answer, checks=CHECKS.get_by_names(wanted))
        media = answer.headers.get("content-type", "").partition(";")[0]
        path = answer.request.url.path
        assert api.described.faults_of(case.method, path, status, media, answer.content) == []
        if status >= 400:
            assert answer.json()["statusCode"] == status
        if not may:
            assert status in ({401} if caller in STRANGERS else {403}) | {400, 409, 413, 415}
        elif positive:
            allowed = OF_STATE | DEPENDENT.get(operation.label, set())
            assert status < 400 or status in allowed, (caller, case.as_curl_command(), answer.text[:500])
        yield caller, status


def run(api: Api, examples: int, callers: Sequence[str]) -> None:
    """Check generated requests of every operation, and that each has been carried out at least once."""
    load_all_checks()
    faults = []
    for operation in operations_of(api):
        seen: set[int] = set()
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
            check_all = checking(api, operation, mode, examples, callers, seen)
            try:
                check_all()
            except hypothesis.errors.Unsatisfiable:  # nothing about it can be wrong
                assert mode is GenerationMode.NEGATIVE
            except (AssertionError, BaseExceptionGroup) as fault:
                faults.append(f"{operation.label} ({mode.value}): {fault}")
        answer = send_example(api, operation)
        if answer.status_code >= 400 and answer.status_code not in OF_STATE:
            faults.append(f"the example of {operation.label}: {answer.text}")
        if operation.label not in SOLD and not any(s < 300 for s in seen | {answer.status_code}):
            faults.append(f"{operation.label} was never carried out")
    assert not faults, "\n\n".join(faults)


def send_example(api: Api, operation: Any) -> httpx.Response:
    """Send the example of the description as an admin, to an object that exists."""
    described, path = operation.definition.raw, operation.path
    if name := _PLACE.search(path):
        path = path.replace(f"{{{name[2]}}}", quote(str(api.world.known[name[1]][0]), safe=""))
    schemas = api.description["components"]["schemas"]
    required = [p for p in described.get("parameters", ()) if p["in"] == "query" and p["required"]]
    query = {p["name"]: p.get("example") or example_of(p["schema"], schemas) for p in required}
    bodies = described.get("requestBody", {}).get("content", {})
    headers = {**api.world.callers["admin"]}
    content = None
    for media, body in bodies.items():
        headers["Content-Type"] = media
        example = body.get("example") or example_of(body["schema"], schemas)
        content = example if isinstance(example, str) else json.dumps(example)
    request = api.client.request(operation.method, path, params=query, headers=headers, content=content)
    return api.runner.run(request)


def checking(
    api: Api, operation: Any, mode: GenerationMode, examples: int, callers: Sequence[str], seen: set[int]
) -> Callable[[], None]:
    """Return a function that checks this many generated requests, and notes the statuses in `seen`."""

    @hypothesis.seed(SEED)
    @hypothesis.settings(
        max_examples=examples,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        print_blob=False,
        phases=[Phase.generate],  # a long list of short reports is better than one of the shortest case
    )
    @hypothesis.given(cases_of(api, operation, mode))
    def one(drawn: tuple[Any, dict[str, Any]]) -> None:
        case, place = drawn
        if place:
            case.path_parameters = place
        seen.update(status for _, status in check(api, operation, case, callers))

    return one


def test_generated_requests_are_answered_as_described(api: Api) -> None:
    run(api, FEW, ("nobody", "user", "admin"))


@pytest.mark.slow
def test_many_generated_requests_are_answered_as_described(api: Api) -> None:
    run(api, MANY, list(api.world.callers))


def test_other_methods_are_refused_with_those_that_exist(api: Api) -> None:
    admin = api.world.callers["admin"]
    for path, methods in api.description["paths"].items():
        address = re.sub(r"\{[^}]+\}", "1", path)
        for method in METHODS:
            if method.lower() in methods or method == "HEAD":
                continue
            body = {"json": {}} if method in ("POST", "PUT", "PATCH") else {}
            request = api.client.request(method, address, headers=admin, **body)
            answer = api.runner.run(request)
            assert answer.status_code == 405, (method, path)
            allowed = set(answer.headers["allow"].split(", "))
            assert allowed - {"HEAD"} == {name.upper() for name in methods}, path
