"""Every failure has the API's one error shape."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import re
import weakref
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import httpx
import pytest

from watcher.core.errors import Code, WatcherError
from watcher.core.times import Seconds
from watcher.runtime import App
from watcher.runtime.http_server import web_dependencies
from watcher.web.api import build_api
from watcher.web.middleware import RequestGuard, RequestLimits

JSON = {"Content-Type": "application/json"}


def checked_error(answer: httpx.Response) -> dict[str, Any]:
    """Return the error after checking its shape."""
    body: dict[str, Any] = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert set(body) == {"code", "message", "userMessage", "shouldRetry", "statusCode"}
    assert {"title", "message", "action"} <= set(body["userMessage"])
    assert set(body["userMessage"]) <= {"title", "message", "action", "retryAfterSeconds"}
    assert body["statusCode"] == answer.status_code
    assert answer.headers.get("retry-after") == _text(body["userMessage"].get("retryAfterSeconds"))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "server" not in answer.headers
    return body


def _text(seconds: int | None) -> str | None:
    return None if seconds is None else str(seconds)


@pytest.mark.parametrize(
    ("method", "path", "sent", "status", "code"),
    [
        ("GET", "/nowhere", {}, 404, "ITEM_NOT_FOUND"),
        ("GET", "/api/comps/", {"params": {"q": "x"}}, 404, "ITEM_NOT_FOUND"),
        ("GET", "/api/watches/7", {}, 404, "ITEM_NOT_FOUND"),
        ("GET", "/api/watches/99999999999999999999", {}, 404, "ITEM_NOT_FOUND"),
        ("GET", "/api/watches/seven", {}, 400, "INVALID_INPUT"),
        ("POST", "/api/comps", {}, 405, "INVALID_INPUT"),
        ("BREW", "/api/comps", {}, 405, "INVALID_INPUT"),
        ("POST", "/api/watches", {"content": b"{"}, 415, "INVALID_INPUT"),
        ("POST", "/api/watches", {"data": {"query": "x"}}, 415, "INVALID_INPUT"),
        ("POST", "/api/watches", {"content": b"{", "headers": JSON}, 400, "INVALID_INPUT"),
        ("POST", "/api/watches", {"content": b"[" * 30_000, "headers": JSON}, 400, "INVALID_INPUT"),
        ("POST", "/api/watches", {"content": b"\xff\xfe", "headers": JSON}, 400, "INVALID_INPUT"),
        ("POST", "/api/watches", {"json": []}, 400, "INVALID_INPUT"),
        ("POST", "/api/watches", {"json": {"query": "\ud800"}}, 400, "INVALID_INPUT"),
        ("POST", "/api/watches", {"json": {"query": 5}}, 400, "INVALID_INPUT"),
        ("POST", "/api/watches", {"json": {"query": "x", "\ud800": 1}}, 400, "INVALID_INPUT"),
        ("POST", "/api/watches", {"json": {"query": "x", "below": {}}}, 400, "INVALID_INPUT"),
        ("POST", "/api/watches", {"json": {"query": "x", "below": "fifty"}}, 400, "INVALID_INPUT"),
        ("POST", "/api/watches", {"json": {}}, 400, "MISSING_REQUIRED_FIELD"),
        ("POST", "/api/watches", {"json": {"colour": 1}}, 400, "MISSING_REQUIRED_FIELD"),
        ("PATCH", "/api/watches/7", {"content": b"paused=true"}, 415, "INVALID_INPUT"),
        ("POST", "/api/watches", {}, 400, "MISSING_REQUIRED_FIELD"),
        ("POST", "/api/watches", {"content": b"x" * 70_000, "headers": JSON}, 413, "INVALID_INPUT"),
        ("GET", "/api/comps", {"params": {"q": "x"}, "content": b"x" * 70_000}, 413, "INVALID_INPUT"),
    ],
)
async def test_a_refused_request_has_its_status_and_code(
    client: httpx.AsyncClient, method: str, path: str, sent: Mapping[str, Any], status: int, code: str
) -> None:
    if "json" in sent:
        sent = {"content": json.dumps(sent["json"]).encode(), "headers": JSON}
    answer = await client.request(method, path, **sent)
    assert (answer.status_code, checked_error(answer)["code"]) == (status, code)
    assert answer.json()["shouldRetry"] is False


# Every address below the API's root, and exactly its methods.
METHODS = {
    "/api/billing/checkout": "POST",
    "/api/billing/portal": "POST",
    "/api/comps": "GET",
    "/api/watches": "GET, POST",
    "/api/watches/7": "DELETE, GET, PATCH",
    "/api/watches/preview": "POST",
    "/api/watches/7/alerts": "GET",
    "/api/watches/7/questions": "GET",
    "/api/watches/7/answers": "POST",
    "/api/watches/7/explain": "GET",
    "/api/watches/7/history": "GET",
    "/api/alerts": "GET",
    "/api/alerts/7": "GET",
    "/api/alerts/7/ack": "POST",
    "/api/alerts/7/reject": "POST",
    "/api/dead-letters": "GET",
    "/api/dead-letters/7/resend": "POST",
    "/api/incidents": "GET",
    "/api/incidents/7": "GET",
    "/api/incidents/7/ack": "POST",
    "/api/incidents/7/silence": "POST",
    "/api/silences": "GET, POST",
    "/api/silences/7": "DELETE",
    "/api/status": "GET",
    "/api/watches/7/silence": "POST",
    "/api/watches/export": "GET",
    "/api/watches/import": "POST",
    "/api/ar-overlay/scan": "POST",
    "/api/scan-sessions/identify": "POST",
    "/api/scan/confirm": "POST",
    "/api/batch/scanAndAnalyze": "POST",
    "/api/admin/cache": "DELETE, GET",
    "/api/admin/metrics": "GET",
    "/api/health": "GET",
    "/events": "GET",
    "/img/7": "GET, HEAD",
    "/api/me": "GET",
    "/api/sessions": "GET",
    "/api/sessions/7": "DELETE",
    "/": "GET, HEAD",
    "/sign-in/7": "GET, HEAD, POST",
    "/sign-out": "POST",
    "/sessions/7/end": "POST",
    "/static/app.css": "GET, HEAD",
    "/api/openapi.json": "GET",
    "/docs": "GET",
    "/metrics": "GET",
    "/healthz": "GET, HEAD",
    "/readyz": "GET, HEAD",
}


@pytest.mark.parametrize(("path", "allowed"), METHODS.items())
async def test_a_405_lists_exactly_the_methods_of_its_address(
    client: httpx.AsyncClient, path: str, allowed: str
) -> None:
    for method in {"DELETE", "GET", "HEAD", "PATCH", "POST", "PUT", "OPTIONS", "TRACE"} - {
        *allowed.split(", ")
    }:
        answer = await client.request(method, path)
        assert (answer.status_code, answer.headers.get("allow")) == (405, allowed), method
        if method != "HEAD":
            assert checked_error(answer)["code"] == "INVALID_INPUT"
    for method in allowed.split(", "):
        assert (await client.request(method, path)).status_code != 405, method


async def test_the_table_of_methods_is_that_of_the_api_description(client: httpx.AsyncClient) -> None:
    described = {
        re.sub(r"\{\w+\}", "7", path): ", ".join(sorted(map(str.upper, methods)))
        for path, methods in (await client.get("/api/openapi.json")).json()["paths"].items()
    }
    hidden = {
        **dict.fromkeys(("/", "/static/app.css", "/api/openapi.json", "/docs"), "GET"),
        **dict.fromkeys(("/sign-out", "/sessions/7/end"), "POST"),
        "/sign-in/7": "GET, POST",
    }
    assert described | hidden == {path: allowed.replace(", HEAD", "") for path, allowed in METHODS.items()}


@pytest.mark.parametrize(
    ("method", "path", "sent", "sentence"),
    [
        ("GET", "/api/watches/seven", None, 'The field "number" must be a whole number.'),
        ("GET", "/api/watches?limit=0", None, 'The field "limit" must be 1 or more.'),
        ("GET", "/api/watches?limit=501", None, 'The field "limit" must be 500 or less.'),
        ("GET", "/api/watches?after=x", None, 'The field "after" must be a whole number.'),
        ("GET", f"/api/watches?after={'9' * 5000}", None, 'The field "after" has too many digits.'),
        ("GET", "/api/comps?q=", None, 'The field "q" is missing.'),
        ("GET", "/api/comps?q=x&colour=red", None, 'There is no field "colour".'),
        ("POST", "/api/watches", {"query": 5}, 'The field "query" must be text.'),
        ("POST", "/api/watches", {"query": "x", "below": []}, 'The field "below" must be text or a number.'),
        (
            "POST",
            "/api/watches",
            {"query": "x", "exclude": [1]},
            'The field "exclude" must be text or a list of texts.',
        ),
        ("PATCH", "/api/watches/7", {"paused": "yes"}, 'The field "paused" must be true or false.'),
        ("PATCH", "/api/watches/7", [], "The body must be a JSON object."),
        ("PATCH", "/api/watches/7", 5, "The body must be a JSON object."),
        (
            "POST",
            "/api/watches",
            {"query": "\ud800"},
            'The field "query" contains a character that is not text, such as a control character.',
        ),
    ],
)
async def test_an_invalid_field_is_described_in_our_own_words(
    client: httpx.AsyncClient, method: str, path: str, sent: object, sentence: str
) -> None:
    body = None if sent is None else json.dumps(sent).encode()
    answer = await client.request(method, path, content=body, headers=JSON if body else {})
    assert (answer.status_code, checked_error(answer)["message"]) == (400, sentence)
    assert answer.json()["userMessage"]["message"] == sentence


FRAMEWORK_WORDS = ("input", "parse", "integer", "string", "valid ", "pydantic", "unicode")


async def test_bad_values_of_every_field_are_described_in_our_own_words(client: httpx.AsyncClient) -> None:
    """Every documented parameter and field gets every kind of bad value."""
    api = (await client.get("/api/openapi.json")).json()
    bad_values = ["", "x", "-1", "9" * 30, "1.5", "\ud800", None, True, [], {}, 1e400, ["\ud800"]]
    refused = 0
    for path, methods in api["paths"].items():
        for method, operation in methods.items():
            for parameter in operation.get("parameters", ()):
                for value in bad_values[:5]:
                    at = path.replace("{number}", str(value) or "x")
                    query = {parameter["name"]: value} if parameter["in"] == "query" else {}
                    refused += _is_refused_in_our_words(await client.request(method, at, params=query))
            for field in _fields(api, operation):
                for value in bad_values:
                    sent = json.dumps({"query": "x"} | {field: value}).encode()
                    at = path.replace("{number}", "7")
                    refused += _is_refused_in_our_words(
                        await client.request(method, at, content=sent, headers=JSON)
                    )
    assert refused > 150


def _fields(api: dict[str, Any], operation: dict[str, Any]) -> list[str]:
    body = operation.get("requestBody")
    if body is None:
        return []
    schema = body["content"]["application/json"]["schema"]
    name = schema.get("anyOf", [schema])[0].get("$ref", "").rpartition("/")[2]  # a body that may be missing
    if not name:  # an import, whose rows report what is wrong with them
        return []
    return list(api["components"]["schemas"][name]["properties"])


def _is_refused_in_our_words(answer: httpx.Response) -> bool:
    if answer.status_code < 400:
        return False
    message = checked_error(answer)["message"].lower()
    assert not [word for word in FRAMEWORK_WORDS if word in message], message
    return True


async def test_a_body_without_a_length_is_limited(client: httpx.AsyncClient) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(5):
            yield b"x" * 20_000

    answer = await client.post("/api/watches", content=endless(), headers=JSON)
    assert (answer.status_code, checked_error(answer)["code"]) == (413, "INVALID_INPUT")


def client_with(app: App, limits: RequestLimits = RequestLimits(), **other: Any) -> httpx.AsyncClient:
    changed = replace(web_dependencies(app, lambda: ""), **other)
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(app=build_api(changed, limits)), base_url="http://localhost:8080"
    )


async def test_an_unexpected_failure_is_logged_once_and_not_shown(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_now: object) -> Any:
        raise KeyError("sk-secret at 10.0.0.7")

    async with client_with(app, health=SimpleNamespace(snapshot=broken)) as client:
        answer = await client.get("/api/health")
    body = checked_error(answer)
    assert (answer.status_code, body["code"], body["shouldRetry"]) == (500, "INTERNAL_ERROR", False)
    assert "sk-secret" not in answer.text
    assert len(caplog.records) == 1
    record = caplog.records[0]
    assert (record.levelno, vars(record)["path"]) == (logging.ERROR, "/api/health")
    assert record.exc_info is not None


async def test_a_database_failure_is_reported_and_its_cause_logged(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> str:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED) from OSError("disk gone")

    async with client_with(app, not_ready=broken) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, checked_error(answer)["code"]) == (503, "DATABASE_CONNECTION_FAILED")
    assert "disk gone" not in answer.text
    assert "disk gone" in str(vars(caplog.records[0])["cause"])


async def test_not_ready_reports_the_reason_and_logs_nothing(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    async with client_with(app, not_ready=lambda: "The first round is not done.") as client:
        answer = await client.get("/readyz")
        assert (await client.get("/healthz")).status_code == 200
    body = checked_error(answer)
    assert (answer.status_code, body["shouldRetry"]) == (503, True)
    assert body["userMessage"]["message"] == "The first round is not done."
    assert caplog.records == []


async def test_too_many_concurrent_requests_are_answered_with_429(app: App) -> None:
    async with client_with(app, RequestLimits(concurrent=0)) as client:
        answer = await client.get("/healthz")
    body = checked_error(answer)
    assert (answer.status_code, body["code"], body["shouldRetry"]) == (429, "INVALID_INPUT", True)
    assert answer.headers["retry-after"] == "1"


async def test_a_body_that_does_not_arrive_times_out(app: App) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(3600)

    async with client_with(app, RequestLimits(send_time=Seconds(0.05))) as client:
        answer = await client.post("/api/watches", content=slow(), headers=JSON)
    body = checked_error(answer)
    assert (answer.status_code, body["code"], body["shouldRetry"]) == (408, "INVALID_INPUT", True)


async def test_a_failure_in_mid_response_is_logged_and_ends_the_connection(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def breaks(_scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise KeyError("the second half")

    transport = httpx.ASGITransport(app=RequestGuard(breaks))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
        with pytest.raises(KeyError):
            await client.get("/")
    assert [r.levelno for r in caplog.records] == [logging.ERROR]


async def test_readiness_checks_the_schema(app: App, client: httpx.AsyncClient) -> None:
    assert (await client.get("/readyz")).json() == {"status": "ready"}
    with app.stores.database.engine.begin() as conn:
        conn.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    answer = await client.get("/readyz")
    assert (answer.status_code, "9999" in checked_error(answer)["message"]) == (503, True)
    with app.stores.database.engine.begin() as conn:
        conn.exec_driver_sql("DROP TABLE alembic_version")
    assert (await client.get("/readyz")).status_code == 503


async def test_probes_answer_head_requests(client: httpx.AsyncClient) -> None:
    for path in ("/healthz", "/readyz"):
        answer = await client.head(path)
        assert (answer.status_code, answer.content) == (200, b"")


async def test_the_description_has_every_route_and_one_error_shape(client: httpx.AsyncClient) -> None:
    api = (await client.get("/api/openapi.json")).json()
    assert {"/api/comps", "/api/watches/{number}", "/healthz", "/api/admin/metrics"} <= set(api["paths"])
    for methods in api["paths"].values():
        for operation in methods.values():
            assert "422" not in operation["responses"]
            assert {"408", "413", "429"} <= set(operation["responses"])
    codes = api["components"]["schemas"]["Error"]["properties"]["code"]["enum"]
    assert len(codes) == 18


async def test_the_docs_page_needs_no_external_resources(client: httpx.AsyncClient) -> None:
    answer = await client.get("/docs")
    page = answer.text
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "/api/comps" in page
    assert "What to search for." in page
    assert "<script" not in page
    assert all(to.startswith(("#", "/api/")) for to in re.findall(r'(?:href|src)="([^"]*)"', page))
    assert "url(" not in page


async def test_a_discarded_application_is_garbage_collected(app: App) -> None:
    api = build_api(web_dependencies(app, lambda: ""))
    assert isinstance(api, RequestGuard)
    application = weakref.ref(api._app)
    async with httpx.AsyncClient(
        transport=httpx.ASGITransport(app=api), base_url="http://localhost:8080"
    ) as client:
        assert (await client.get("/docs")).status_code == 200
    del api, client
    gc.collect()
    assert application() is None


@pytest.mark.parametrize("path", ["/healthz", "/api/health", "/nowhere"])
async def test_every_response_has_the_security_headers(client: httpx.AsyncClient, path: str) -> None:
    headers = (await client.get(path)).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cache-control"] == "no-store"
