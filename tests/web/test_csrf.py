"""Requests that a foreign page makes a signed-in browser send are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from tests.fakes import FakeClock
from tests.web.clients import bearer, client_of, cookie, opened_app, session_of
from watcher.runtime import App
from watcher.web.access.csrf import form_token

OURS, EVIL = "http://localhost:8080", "https://evil.example"
NAVIGATION = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
BODY = {"query": "zenitar mk2"}


class Sent(NamedTuple):
    """What a browser says about the page that sends a request; None: it does not say."""

    site: str | None
    origin: str | None

    @property
    def headers(self) -> dict[str, str]:
        named = {"Sec-Fetch-Site": self.site, "Origin": self.origin}
        return {name: value for name, value in named.items() if value is not None}


# The statuses of GET and POST with a session's cookie, POST with a token, and POST with neither while
# nothing is needed.
TABLE: dict[Sent, tuple[int, int, int, int]] = {
    Sent("same-origin", OURS): (200, 201, 201, 201),
    Sent("same-origin", None): (200, 201, 201, 201),
    Sent("none", None): (200, 201, 201, 201),
    Sent(None, OURS): (200, 201, 201, 201),
    Sent("same-origin", "null"): (200, 201, 201, 403),
    Sent(None, None): (200, 403, 201, 201),  # a program
    Sent(None, "null"): (200, 403, 201, 403),
    Sent(None, EVIL): (200, 403, 201, 403),
    Sent(None, "http://localhost:3000"): (200, 403, 201, 403),
    Sent(None, "http://127.0.0.1:8080"): (200, 403, 201, 201),  # another host, with cookies of its own
    Sent(None, "https://localhost:8080"): (200, 403, 201, 403),
    Sent(None, ""): (200, 403, 201, 403),
    Sent(None, f"{OURS}/"): (200, 403, 201, 403),
    Sent("same-origin", EVIL): (200, 403, 201, 403),
    Sent("cross-site", OURS): (403, 403, 201, 403),
    Sent("cross-site", EVIL): (403, 403, 201, 403),
    Sent("cross-site", None): (403, 403, 201, 403),
    Sent("same-site", "http://localhost:3000"): (403, 403, 201, 403),
    Sent("", None): (403, 403, 201, 403),
}


@pytest.mark.parametrize(("sent", "statuses"), TABLE.items())
async def test_a_foreign_page_uses_no_session(
    app: App, client: httpx.AsyncClient, sent: Sent, statuses: tuple[int, int, int, int]
) -> None:
    async def post(who: dict[str, str]) -> int:
        return (await client.post("/api/watches", json=BODY, headers=sent.headers | who)).status_code

    tokenless = await post({})
    who = cookie((await session_of(app))[1])
    got = (await client.get("/api/watches", headers=sent.headers | who)).status_code
    assert (got, await post(who), await post(await bearer(app)), tokenless) == statuses
    foreign = [
        await client.request(m, "/api/watches/1", headers=sent.headers | who) for m in ("PATCH", "DELETE")
    ]
    assert {answer.status_code == 403 for answer in foreign} == {statuses[1] == 403}


@pytest.mark.parametrize("person", ["collector", ""])
async def test_a_link_on_a_foreign_page_shows_pages_alone(
    app: App, client: httpx.AsyncClient, person: str
) -> None:
    """What costs a market's call, or is read by a frame or a script, is refused."""
    who = cookie((await session_of(app))[1]) if person else {}
    foreign = {"Sec-Fetch-Site": "cross-site", "Referer": "https://evil.example/", **who}
    for method, path, more, status in (
        ("GET", "/", NAVIGATION, 200),
        ("GET", "/api/watches", NAVIGATION, 403),
        ("GET", "/", NAVIGATION | {"Sec-Fetch-Dest": "iframe"}, 403),
        ("GET", "/", NAVIGATION | {"Sec-Fetch-Mode": "no-cors"}, 403),
        ("GET", "/", {}, 403),
        ("GET", "/", NAVIGATION | {"Host": "evil.example:8080"}, 403),
        ("POST", "/sign-out", NAVIGATION, 403),
    ):
        answer = await client.request(method, path, headers=foreign | more)
        assert (method, more, answer.status_code) == (method, more, status)


async def test_a_refusal_advises_a_program_to_use_a_token(app: App, client: httpx.AsyncClient) -> None:
    who = cookie((await session_of(app))[1])
    view = (await client.post("/api/watches", json=BODY, headers=who)).json()
    assert view["code"] == "FORBIDDEN"
    assert "token instead of a cookie" in view["message"]
    assert "watcher token create" in view["userMessage"]["action"]
    assert not app.stores.watches.listed()


async def test_a_form_without_a_session_names_its_page(client: httpx.AsyncClient) -> None:
    """Programs of this machine need nothing yet, and other sites' forms look like theirs."""
    for headers, status in (({}, 403), ({"Origin": "null"}, 403), ({"Origin": OURS}, 303)):
        answer = await client.post("/sign-out", data={"form_token": "x"}, headers=headers)
        assert (headers, answer.status_code) == (headers, status)


HOSTS = ("localhost:8080", "127.0.0.1:8080", "[::1]:8080", "watcher.example", "watcher.example:443")
STRANGERS = (
    "evil.example",
    "evil.example:8080",
    "watcher.example:8443",
    "watcher.example.evil.example",
    "a b",
    "",
)
CONFIGURATIONS = {
    "": HOSTS[:3],
    '[http]\npublic_url = "https://Watcher.example"\n': HOSTS,
    '[http]\nhost = "0.0.0.0"\n': (*HOSTS, *STRANGERS[:4]),
}


@pytest.mark.parametrize(("config", "served"), CONFIGURATIONS.items())
async def test_a_session_is_answered_under_our_addresses_alone(
    configured: Callable[[str], Path], clock: FakeClock, config: str, served: tuple[str, ...]
) -> None:
    """DNS rebinding. Off the loopback and without a public_url the daemon does not know its names."""
    async with opened_app(configured(config), clock) as app, client_of(app) as client:
        name = "__Host-watcher" if config else "watcher"
        who = cookie((await session_of(app))[1], name)
        found = [
            host
            for host in (*HOSTS, *STRANGERS)
            if (await client.get("/api/watches", headers={"Host": host, **who})).status_code == 200
        ]
        assert found == list(served)
        two = [("Host", "localhost:8080"), ("Host", "localhost:8080"), *who.items()]
        assert (await client.get("/api/watches", headers=two)).status_code == 403


ORIGINS = {
    ("watcher.example", "https://watcher.example"): 201,
    ("watcher.example", "https://watcher.example:443"): 201,
    ("localhost:8080", "https://watcher.example"): 201,  # a proxy puts its own name in
    ("localhost:8080", "http://localhost:8080"): 201,
    ("watcher.example", "http://watcher.example"): 403,
    ("watcher.example", "http://localhost:8080"): 403,  # another program of the visitor's machine
    ("watcher.example", "https://evil.example"): 403,
}


async def test_behind_a_public_url_only_its_pages_send_requests(
    configured: Callable[[str], Path], clock: FakeClock
) -> None:
    config = configured('[http]\npublic_url = "https://watcher.example"\n')
    async with opened_app(config, clock) as app, client_of(app) as client:
        who = cookie((await session_of(app))[1], "__Host-watcher")
        for (host, origin), status in ORIGINS.items():
            headers = {"Host": host, "Origin": origin, "X-Forwarded-Host": "evil.example", **who}
            answer = await client.post("/api/watches", json=BODY, headers=headers)
            assert (host, origin, answer.status_code) == (host, origin, status)


def test_a_form_token_belongs_to_its_session() -> None:
    assert form_token("one") == form_token("one") != form_token("two")
    assert "one" not in form_token("one")
