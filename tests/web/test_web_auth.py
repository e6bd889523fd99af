"""Authentication: tokens, tokenless requests on the loopback, and foreign pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from tests.fakes import FakeClock
from tests.web.clients import bearer, client_of, opened_app
from watcher.accounts.tokens import make_token
from watcher.config import ConfigRefused
from watcher.core.tokens import hash_token
from watcher.db.schema import metadata
from watcher.runtime import App
from watcher.runtime.access import require_access
from watcher.runtime.http_server import web_dependencies
from watcher.web.api import build_api

ADMIN = ("/api/admin/cache", "/api/admin/metrics")
USER = ("/api/health", "/api/watches", *ADMIN)
OPEN = ("/healthz", "/readyz", "/metrics", "/docs", "/api/openapi.json")


async def test_the_loopback_needs_no_token_until_one_exists(app: App, client: httpx.AsyncClient) -> None:
    assert [(await client.get(path)).status_code for path in USER] == [200] * 4
    headers = await bearer(app, admin=True)
    assert [(await client.get(path)).status_code for path in USER] == [401] * 4
    assert [(await client.get(path, headers=headers)).status_code for path in USER] == [200] * 4


async def test_a_revoked_token_is_refused_and_tokens_stay_required(
    app: App, client: httpx.AsyncClient, clock: FakeClock
) -> None:
    made, secret = await make_token(app.stores, "local", app.clock.now(), admin=True)
    headers = {"Authorization": f"Bearer {secret}"}
    assert (await client.get("/api/health", headers=headers)).status_code == 200
    assert await app.stores.tokens.revoke(made.id, clock.now())
    assert not await app.stores.tokens.revoke(made.id, clock.now())
    assert (await client.get("/api/health", headers=headers)).status_code == 401
    assert (await client.get("/api/health")).status_code == 401


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer wrong", "Basic bG9jYWw6", "bearer " + "x" * 10_000, "Bearer \xff"],
)
async def test_a_bad_token_is_unauthorized_even_if_no_token_exists(app: App, header: str) -> None:
    async with client_of(app) as client:
        for _ in range(2):
            answer = await client.get("/api/health", headers={"Authorization": header.encode("latin-1")})
            assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")
            assert answer.headers["www-authenticate"] == "Bearer"
            await bearer(app)


async def test_a_user_token_cannot_call_admin_endpoints(app: App, client: httpx.AsyncClient) -> None:
    headers = await bearer(app, "ann")
    for path in ADMIN:
        answer = await client.get(path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
        assert answer.json()["userMessage"]["message"] == "Only admins may do this."
    assert (await client.delete("/api/admin/cache", headers=headers)).status_code == 403
    assert (await client.get("/api/health", headers=headers)).status_code == 200


async def test_probes_and_the_api_description_need_no_token(app: App, client: httpx.AsyncClient) -> None:
    await bearer(app)
    assert [(await client.get(path)).status_code for path in OPEN] == [200] * len(OPEN)


async def test_only_the_hash_of_a_token_is_stored(app: App) -> None:
    made, secret = await make_token(app.stores, "ann", app.clock.now(), admin=False)
    assert len(secret) >= 43 + len("watcher_")
    found = app.stores.tokens.find(hash_token(secret))
    assert found == made
    stored = str([app.stores.database.rows(table.select()) for table in metadata.sorted_tables])
    assert hash_token(secret) in stored
    assert secret not in stored
    assert secret.removeprefix("watcher_") not in stored


OWN_HOSTS = ("localhost:8080", "127.0.0.1:8080", "[::1]:8080", "LocalHost:8080")
FOREIGN_HOSTS = (
    *("evil.example", "evil.example:8080", "localhost.evil.example:8080", "127.0.0.1.evil.example:8080"),
    *("evil.example@127.0.0.1:8080", "127.0.0.1:8080@evil.example", "localhost:3000", "localhost"),
    *("localhost.:8080", "127.0.0.1.:8080", "[::1]", "[::1]:3000", "[::1", "[::]:8080", "192.168.1.5:8080"),
    *("0.0.0.0:8080", "127.1:8080", "2130706433:8080", "127.8.8.8:8080", "localhost:08080x", "localhost:"),
    *("localhost:8080/", "localhost:8080#", "localhost:8080,evil.example", " localhost :8080", "", "a b"),
)
FOREIGN_ORIGINS = (
    *(f"http://{host}" for host in FOREIGN_HOSTS),
    *("https://localhost:8080", "null", "", "localhost:8080", "file://", "http://", "http:localhost:8080"),
    *(
        "http://localhost:8080/",
        "http://localhost:8080.evil.example",
        "http://evil.example/http://localhost:8080",
    ),
)


@pytest.mark.parametrize("host", OWN_HOSTS)
async def test_our_own_address_needs_no_token(client: httpx.AsyncClient, host: str) -> None:
    """The page that `Origin` names is our own as well."""
    same = {"Origin": f"http://{host}", "Referer": f"http://{host}/docs?a=b", "Sec-Fetch-Site": "same-origin"}
    for headers in ({}, same, {"Sec-Fetch-Site": "none"}):
        assert (await client.get("/api/health", headers={"Host": host, **headers})).status_code == 200


async def test_a_host_that_is_not_exactly_our_address_is_refused(client: httpx.AsyncClient) -> None:
    """DNS rebinding: evil.example resolves to the loopback, and the browser sends that name."""
    for host in FOREIGN_HOSTS:
        answer = await client.get("/api/health", headers={"Host": host})
        assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN"), host
        assert "http://localhost:8080" in answer.json()["message"]


async def test_a_page_of_another_origin_is_refused_without_a_token(client: httpx.AsyncClient) -> None:
    for origin in FOREIGN_ORIGINS:
        assert (await client.get("/api/health", headers={"Origin": origin})).status_code == 403, origin
    for page in ("https://evil.example/localhost:8080", "http://localhost:3000/", "http://[::1", "null", ""):
        assert (await client.get("/api/health", headers={"Referer": page})).status_code == 403, page


async def test_two_hosts_are_refused_without_a_token(client: httpx.AsyncClient) -> None:
    for others in ("evil.example", "localhost:8080"):
        headers = [("Host", "localhost:8080"), ("Host", others)]
        assert (await client.get("/api/health", headers=headers)).status_code == 403


@pytest.mark.parametrize("site", ["cross-site", "same-site", "CROSS-SITE", "anything", ""])
async def test_a_foreign_site_is_refused_without_a_token(
    app: App, client: httpx.AsyncClient, site: str
) -> None:
    headers = {"Sec-Fetch-Site": site}
    assert (await client.get("/api/health", headers=headers)).status_code == 403
    token = await bearer(app)
    assert (await client.get("/api/health", headers=headers | token)).status_code == 200


PROXY_HEADERS = (
    *("Forwarded", "X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded", "Via"),
    *("X-Real-IP", "True-Client-IP", "X-Client-IP", "X-Cluster-Client-IP", "Client-IP", "CF-Ray"),
    *("CF-Connecting-IP", "CDN-Loop", "Fly-Client-IP", "Fastly-Client-IP", "X-Envoy-External-Address"),
    *("X-Original-Forwarded-For", "X-Original-URL", "X-Remote-User", "Remote-Addr", "X_Forwarded_For"),
    *("X-Amzn-Trace-Id", "X-Azure-ClientIP", "X-ARR-SSL", "X-Appengine-User-IP", "Proxy-Connection"),
    *("X-Auth-Request-User", "X-Varnish", "Surrogate-Capability", "Early-Data", "X-Originating-IP"),
)


async def test_a_request_through_a_proxy_needs_a_token(app: App, client: httpx.AsyncClient) -> None:
    for name in PROXY_HEADERS:
        for value in ("127.0.0.1", ""):
            answer = await client.get("/api/health", headers={name: value})
            assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED"), name
            assert name.lower().replace("_", "-") in answer.json()["message"]
            assert "watcher token create" in answer.json()["message"]
    token = await bearer(app)
    proxied = dict.fromkeys(PROXY_HEADERS, "127.0.0.1")
    assert (await client.get("/api/health", headers=proxied | token)).status_code == 200


async def test_an_ordinary_client_is_not_mistaken_for_a_proxy(client: httpx.AsyncClient) -> None:
    names = (
        *(
            "Accept",
            "Accept-Language",
            "Accept-Encoding",
            "Cache-Control",
            "Pragma",
            "Cookie",
            "DNT",
            "Priority",
        ),
        *(
            "Upgrade-Insecure-Requests",
            "User-Agent",
            "Sec-CH-UA-Platform",
            "Sec-GPC",
            "If-Match",
            "TE",
            "Range",
        ),
        *(
            "X-Request-ID",
            "Traceparent",
            "Idempotency-Key",
            "Last-Event-ID",
            "X-Requested-With",
            "Connection",
        ),
        *(
            "Content-Language",
            "Access-Control-Request-Headers",
            "Save-Data",
            "If-None-Match",
            "Expect",
            "Date",
        ),
    )
    assert (await client.get("/api/health", headers=dict.fromkeys(names, "1"))).status_code == 200


async def test_a_request_in_the_version_that_nginx_speaks_needs_a_token(app: App) -> None:
    """By default nginx names us as the host and adds no header, but it speaks HTTP/1.0."""
    api = build_api(web_dependencies(app, lambda: ""))
    headers: dict[str, str] = {}

    async def status_in(version: str) -> int:
        async def older(scope: Scope, receive: Receive, send: Send) -> None:
            await api({**scope, "http_version": version}, receive, send)

        transport = httpx.ASGITransport(app=older)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost:8080") as client:
            return (await client.get("/api/health", headers=headers)).status_code

    assert (await status_in("1.1"), await status_in("1.0")) == (200, 401)
    headers = await bearer(app)
    assert await status_in("1.0") == 200


async def test_another_machine_needs_a_token_on_every_address(app: App) -> None:
    for address, status in {"127.0.0.1": 200, "::1": 200, "192.0.2.7": 401, "fe80::1": 401}.items():
        async with client_of(app, sender=address) as client:
            assert (await client.get("/api/health")).status_code == status


@pytest.mark.parametrize("url", ["https://Watcher.example/x", "http://127.0.0.1:8080", "http://localhost"])
async def test_a_public_url_requires_a_token_on_the_loopback_too(
    configured: Callable[[str], Path], clock: FakeClock, url: str
) -> None:
    async with opened_app(configured(f'[http]\npublic_url = "{url}"\n'), clock) as app:
        with pytest.raises(ConfigRefused, match="public_url.*watcher token create.*remove public_url"):
            require_access(app)
        async with client_of(app) as client:
            assert (await client.get("/api/health")).status_code == 401
            headers = await bearer(app)
            require_access(app)
            assert (await client.get("/api/health", headers=headers)).status_code == 200


async def test_responses_have_no_cors_headers(client: httpx.AsyncClient) -> None:
    answer = await client.options(
        "/api/health", headers={"Origin": "https://evil.example", "Access-Control-Request-Method": "GET"}
    )
    assert answer.status_code == 405
    assert not [name for name in answer.headers if name.startswith("access-control")]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "watcher.example"])
async def test_a_host_beyond_the_loopback_requires_a_token(
    configured: Callable[[str], Path], clock: FakeClock, host: str
) -> None:
    async with opened_app(configured(f'[http]\nhost = "{host}"\n'), clock) as app:
        with pytest.raises(ConfigRefused, match="watcher token create"):
            require_access(app)
        made, _ = await make_token(app.stores, "", app.clock.now(), admin=False)
        assert made.user == "local"
        require_access(app)
        async with client_of(app) as client:
            assert (await client.get("/api/health")).status_code == 401
        await app.stores.tokens.revoke(made.id, clock.now())
        with pytest.raises(ConfigRefused):
            require_access(app)


async def test_a_host_beyond_the_loopback_answers_no_tokenless_request(
    configured: Callable[[str], Path], clock: FakeClock
) -> None:
    async with opened_app(configured('[http]\nhost = "0.0.0.0"\n'), clock) as app, client_of(app) as client:
        assert (await client.get("/api/health")).status_code == 401


async def test_requests_responses_and_tokens_are_not_logged(
    app: App, caplog: pytest.LogCaptureFixture
) -> None:
    """Flaw 19: every body was logged in full."""
    token = await bearer(app)
    body = {"query": "zenitar canaryquery", "label": "canarylabel"}
    with caplog.at_level(logging.DEBUG):
        async with client_of(app) as client:
            made = await client.post("/api/watches", json=body, headers=token)
            assert "canarylabel" in (await client.get("/api/watches", headers=token)).text
            assert (await client.get("/api/comps?q=canaryquery", headers=token)).status_code == 200
            assert (await client.post("/api/watches", json={"canaryfield": 1}, headers=token)).is_error
    assert made.status_code == 201
    logged = "\n".join(f"{r.getMessage()} {vars(r)}" for r in caplog.records if r.name.startswith("watcher"))
    assert "canary" not in logged
    assert token["Authorization"].removeprefix("Bearer ") not in caplog.text
