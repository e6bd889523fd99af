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

HTML = {"Accept": "text/html"}
OURS = {"sec-fetch-site": "same-origin"}


def failed_form(headers: dict[str, str], error: Exception) -> str:
    """Return the page of a failed form."""
    sent = {"accept": "text/html", "host": "localhost", **headers}
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/watches/new",
        "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        "watcher.form": {"query": 'a "rare" lens', "form_token": "abc"},
    }
    return bytes(error_response(error, scope).body).decode()


def test_a_failed_form_keeps_what_was_typed_and_counts_down() -> None:
    page = failed_form(OURS, WatcherError(Code.EBAY_UNAVAILABLE))
    assert '<input type="hidden" name="query" value="a &#34;rare&#34; lens">' in page
    assert '<p data-retry="30"' in page
    assert "http-equiv" not in page  # a reload would ask whether to send the form again


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
