"""Texts of strangers on every page: shown as text, and never markup, an attribute or an address."""

from __future__ import annotations

from collections.abc import AsyncIterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.fakes import FakeClock
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.web.clients import client_of, cookie, opened_app, session_of
from tests.web.conftest import config_of
from tests.web.hostile_texts import PLAIN, TEXTS, addresses_of, fill_with
from watcher.runtime import App

USER = "owner"
_ADDRESSES = ("href", "src", "action", "formaction")


class Shape(HTMLParser):
    """What a browser would make of a page: its elements with the names of their attributes, and its texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[tuple[str, tuple[str, ...]]] = set()
        self.addresses: set[str] = set()
        self.text = ""
        self.feed(page)
        self.text = " ".join(self.text.split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add((tag, tuple(sorted(name for name, _ in attrs))))
        self.addresses |= {value or "" for name, value in attrs if name in _ADDRESSES}

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def schemes(self) -> set[tuple[str, str]]:
        """The scheme and host of every address."""
        return {urlsplit(address)[:2] for address in self.addresses}


@pytest.fixture
async def plain(
    tmp_path: Path, empty_database: Path, market: MarketServer, clock: FakeClock
) -> AsyncIterator[App]:
    """Another app, with the same market."""
    folder = tmp_path / "plain"
    folder.mkdir()
    file, config = folder / "watcher.db", folder / "config.toml"
    file.write_bytes(empty_database.read_bytes())
    config.write_text(config_of(folder, f"sqlite:///{file}", market.url))
    async with opened_app(config, clock) as made:
        yield made


async def pages_of(app: App) -> dict[str, Shape]:
    """Return what an owner with admin rights sees."""
    _, secret = await session_of(app, USER, admin=True)
    headers = cookie(secret) | {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
    found = {}
    async with client_of(app) as client:
        for address in addresses_of(app, USER):
            answer = await client.get(address, headers=headers)
            assert answer.status_code == 200, address
            found[address] = Shape(answer.text)
    return found


async def test_hostile_texts_change_nothing_but_words(
    app: App, plain: App, goods: Scripted, clock: FakeClock
) -> None:
    await fill_with(plain, goods, clock.now(), PLAIN, USER)
    usual = (await pages_of(plain)).values()
    elements = set().union(*(page.elements for page in usual))
    schemes = set().union(*(page.schemes for page in usual))
    await fill_with(app, goods, clock.now(), TEXTS, USER)
    pages = await pages_of(app)
    assert set().union(*(page.elements for page in pages.values())) <= elements
    assert set().union(*(page.schemes for page in pages.values())) <= schemes
    watches = [row.watch for row in app.stores.watches.page(user=USER).rows]
    learned = [word for answer in app.registry.get(watches[0].id).taught for word in answer.words]
    people = [person.name for person, _ in app.stores.people.listed(clock.now())]
    alert = app.stores.alerts.latest(1, user=USER)[0].alert
    shown = {
        "/?rows=200": [text for watch in watches for text in (watch.label, watch.tag)],
        f"/watches/{watches[0].id}": [watches[0].label, *learned],
        "/accuracy": [one.category for one in app.stores.accuracy.all()],
        f"/alerts/{alert.id}": [item.title for item in alert.items],
        "/settings": people,
    }
    for address, texts in shown.items():
        for text in texts:
            assert " ".join(text.split()) in pages[address].text, address
    for text in ("a<script>alert(1)</script>", "f{{7*7}}{% raw %}", "p&amp;&lt;b&gt;&#60;"):
        assert text in pages["/status"].text
    assert len(people) > 8
    assert len(learned) > 4
    assert len(app.stores.accuracy.all()) == len(TEXTS)
