"""Authentication: tokens, tokenless requests on the loopback, and foreign pages."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.fakes import FakeClock
from tests.web.clients import bearer, client_of, opened_app
from watcher.config import ConfigRefused
from watcher.core.tokens import hash_token
from watcher.db.schema import metadata
from watcher.runtime import App
from watcher.runtime.api_tokens import make_token, require_token

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
    made, secret = await make_token(app, "local", admin=True)
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
    assert (await client.delete("/api/admin/cache", headers=headers)).status_code == 403
    assert (await client.get("/api/health", headers=headers)).status_code == 200


async def test_probes_and_the_api_description_need_no_token(app: App, client: httpx.AsyncClient) -> None:
    await bearer(app)
    assert [(await client.get(path)).status_code for path in OPEN] == [200] * len(OPEN)


async def test_only_the_hash_of_a_token_is_stored(app: App) -> None:
    made, secret = await make_token(app, "ann", admin=False)
    assert len(secret) >= 43 + len("watcher_")
    found = app.stores.tokens.find(hash_token(secret))
    assert found == made
    stored = str([app.stores.database.rows(table.select()) for table in metadata.sorted_tables])
    assert hash_token(secret) in stored
    assert secret not in stored
    assert secret.removeprefix("watcher_") not in stored


@pytest.mark.parametrize(
    "host", ["localhost", "localhost:8080", "127.0.0.1:8080", "127.8.8.8", "[::1]:8080", "LOCALHOST."]
)
async def test_loopback_host_names_need_no_token(client: httpx.AsyncClient, host: str) -> None:
    assert (await client.get("/api/health", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "192.168.1.5:8080", "", "[::1", "a b"]
)
async def test_a_rebound_host_name_is_refused(client: httpx.AsyncClient, host: str) -> None:
    """DNS rebinding: evil.example resolves to the loopback, and the browser sends that name."""
    answer = await client.get("/api/health", headers={"Host": host})
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")
    assert "localhost" in answer.json()["message"]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
async def test_a_foreign_page_is_refused_without_a_token(
    app: App, client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    assert (await client.get("/api/health", headers=headers)).status_code == 403
    token = await bearer(app)
    assert (await client.get("/api/health", headers=headers | token)).status_code == 200


async def test_our_own_page_is_answered(client: httpx.AsyncClient) -> None:
    headers = {"Origin": "http://127.0.0.1:8080", "Sec-Fetch-Site": "same-origin"}
    assert (await client.get("/api/health", headers=headers)).status_code == 200


async def test_the_public_host_name_is_accepted(configured: Callable[[str], Path], clock: FakeClock) -> None:
    path = configured('[http]\npublic_url = "https://Watcher.example/x"\n')
    async with opened_app(path, clock) as app, client_of(app, base="https://watcher.example") as client:
        assert (await client.get("/api/health")).status_code == 200


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
            require_token(app)
        made, _ = await make_token(app, "", admin=False)
        assert made.user == "local"
        require_token(app)
        async with client_of(app) as client:
            assert (await client.get("/api/health")).status_code == 401
        await app.stores.tokens.revoke(made.id, clock.now())
        with pytest.raises(ConfigRefused):
            require_token(app)


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
