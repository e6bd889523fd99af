"""What all pages share: compression, the form that a failed request keeps, the manifest."""

from __future__ import annotations

import gzip
import json

import httpx
import pytest

from tests.web.clients import cookie, session_of
from watcher.core.errors import Code, WatcherError
from watcher.runtime import App
from watcher.web.access.csrf import form_token
from watcher.web.error_handlers import error_response
from watcher.web.pages.rendering import STATIC_TYPES, static_file
from watcher.web.unavailable import unavailable_api

HTML = {"Accept": "text/html"}
OURS = {"sec-fetch-site": "same-origin"}


def failed_form(headers: dict[str, str], error: Exception, **scope_values: object) -> str:
    """Return the page of a failed form."""
    sent = {"accept": "text/html", "host": "localhost", **headers}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/watches/new",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "watcher.form": {"query": 'a "rare" lens', "form_token": "abc"},
        **scope_values,
    }
    return bytes(error_response(error, scope).body).decode()


def test_a_failed_form_keeps_what_was_typed_and_counts_down() -> None:
    page = failed_form(OURS, WatcherError(Code.EBAY_UNAVAILABLE))
    assert '<input type="hidden" name="query" value="a &#34;rare&#34; lens">' in page
    assert '<p class="js-only" data-retry="30"' in page  # without a script nothing sends it again
    assert "http-equiv" not in page  # a reload would ask whether to send the form again


def test_a_failed_form_without_fields_can_be_sent_again() -> None:
    """A button alone is such a form while no sign-in is needed."""
    page = failed_form(OURS, WatcherError(Code.EBAY_UNAVAILABLE), **{"watcher.form": {}})
    assert '<button class="primary" data-again>Try again</button>' in page
    assert "is sent again" not in page


def test_a_failed_form_without_typed_fields_speaks_of_nothing_typed() -> None:
    page = failed_form(OURS, WatcherError(Code.STRIPE_UNAVAILABLE), **{"watcher.form": {"plan": "hunter"}})
    assert '<input type="hidden" name="plan" value="hunter">' in page
    assert "What you asked for is kept, and is sent again." in page
    assert "typed" not in page


def test_a_file_is_not_sent_again_by_the_page_of_a_failure() -> None:
    page = failed_form(OURS, WatcherError(Code.EBAY_UNAVAILABLE), **{"watcher.files": {"file": b"x"}})
    assert "<form" not in page
    assert "The daemon keeps no file" in page


async def test_a_failure_has_the_navigation_of_its_caller(app: App, client: httpx.AsyncClient) -> None:
    _, secret = await session_of(app)
    for path, status in (("/nothing", 404), ("/alerts/none", 404), ("/status", 403), ("/alerts?x=1", 400)):
        answer = await client.get(path, headers=HTML | cookie(secret))
        assert answer.status_code == status
        assert "Back to your watches" in answer.text
        assert ">Settings</a>" in answer.text
        assert ">Status</a>" not in answer.text  # for admins
    stranger = (await client.get("/alerts", headers=HTML)).text
    assert ">Settings</a>" not in stranger


async def test_a_page_while_the_daemon_cannot_work_retries_in_its_style() -> None:
    transport = httpx.ASGITransport(app=unavailable_api(lambda: "No answer: <b>."))
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
        page = await client.get("/status", headers=HTML)
        assert (page.status_code, page.headers["retry-after"]) == (503, "1")
        assert '<noscript><meta http-equiv="refresh" content="3">' in page.text
        assert "Not available now" in page.text
        assert "No answer: &lt;b&gt;." in page.text
        style = await client.get("/static/app.css")
        assert style.headers["content-type"] == "text/css; charset=utf-8"
        assert (await client.get("/api/watches")).json()["statusCode"] == 503
        assert (await client.get("/healthz")).json() == {"status": "alive"}


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://localhost"},
        {"origin": "http://evil.example"},
        {"origin": "null"},
        {},
    ],
)
def test_the_fields_of_a_foreign_form_are_not_repeated(headers: dict[str, str]) -> None:
    """The button "Try again" would send them as a form of ours, with the cookie."""
    for code in (Code.UNAUTHORIZED, Code.EBAY_UNAVAILABLE):
        page = failed_form(headers, WatcherError(code))
        assert "<form" not in page
        assert "data-retry" not in page


def test_a_form_that_can_never_succeed_is_not_repeated() -> None:
    assert "<form" not in failed_form(OURS, WatcherError(Code.FORBIDDEN))


async def test_pages_and_files_are_compressed_if_asked(client: httpx.AsyncClient) -> None:
    for path in ("/", "/static/app.css", "/static/app.js"):
        async with client.stream("GET", path, headers=HTML | {"Accept-Encoding": "br, gzip"}) as answer:
            raw = b"".join([chunk async for chunk in answer.aiter_raw()])
        plain = await client.get(path, headers=HTML | {"Accept-Encoding": "gzip;q=0"})
        assert answer.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert "Accept-Encoding" in plain.headers["vary"]
        assert path == "/" or gzip.decompress(raw) == plain.content
        assert len(raw) < len(plain.content) / 1.5


async def test_every_static_file_is_served(client: httpx.AsyncClient) -> None:
    for name, kind in STATIC_TYPES.items():
        answer = await client.get(f"/static/{name}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, kind)
        assert answer.content == static_file(name)[0]


async def test_the_manifest_names_addresses_relative_to_itself(client: httpx.AsyncClient) -> None:
    """So that it is right below a proxy's path, too."""
    answer = await client.get("/manifest.webmanifest")
    manifest = json.loads(answer.text)
    assert answer.headers["content-type"] == "application/manifest+json"
    places = [manifest["start_url"], manifest["scope"], manifest["share_target"]["action"]]
    assert not [place for place in places if place.startswith("/") or ":" in place]
    icon = await client.get("/" + manifest["icons"][0]["src"])
    assert icon.status_code == 200


async def test_the_layout_names_the_caller_and_carries_the_token(app: App, client: httpx.AsyncClient) -> None:
    _, secret = await session_of(app)
    page = (await client.get("/", headers=HTML | cookie(secret))).text
    assert "<span>collector</span>" in page
    assert f'name="form_token" value="{form_token(secret)}"' in page
    assert 'aria-current="page">Watches</a>' in page
    assert 'action="./sign-out"' in page


@pytest.mark.parametrize(("name", "most"), {"app.css": 12 * 1024, "app.js": 10 * 1024}.items())
def test_the_style_sheet_and_the_script_stay_small(name: str, most: int) -> None:
    assert len(static_file(name)[0]) <= most
