"""The page about the accuracy of medians, and the sentence beside medians."""

from __future__ import annotations

import html
import re

import httpx
import pytest

from tests.fakes import NOON, FakeClock
from tests.web.api_world import OWNER, ApiWorld, make_world
from watcher.core.accuracy import Accuracy, ErrorCounter, ErrorFigures, wilson
from watcher.core.comps import Basis
from watcher.core.delistings import DelistingKind
from watcher.runtime import App

SENTENCE = "On 212 delistings of searches without a category our median was 6 % off."


@pytest.fixture
async def world(app: App, clock: FakeClock) -> ApiWorld:
    return await make_world(app, clock, watches=1)


def figures(n: int, error: float = 0.06) -> ErrorFigures:
    counter = ErrorCounter()
    for _ in range(n):
        counter.add(error)
    found = counter.figures()
    assert found is not None
    return found


async def know(app: App, *found: Accuracy) -> None:
    await app.stores.accuracy.replace(found, app.clock.now())


def accuracy(category: str = "", n: int = 212) -> Accuracy:
    kinds = {DelistingKind.GONE: n, DelistingKind.ENDED_AT_TERM: 3}
    return Accuracy(category, Basis.ASK, kinds, figures(n), figures(n, 0.031), wilson(53, 212), NOON)


async def words_of(client: httpx.AsyncClient, world: ApiWorld, path: str, caller: str = "session") -> str:
    answer = await client.get(path, headers=world.callers[caller] | {"Accept": "text/html"})
    assert answer.status_code == 200, answer.text
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", answer.text)).split())


async def test_the_page_shows_the_errors_of_each_category(
    client: httpx.AsyncClient, app: App, world: ApiWorld
) -> None:
    await know(app, accuracy(), accuracy("cards", 5))
    words = await words_of(client, world, "/accuracy")
    assert "without a category ask, 212 compared 6.0 % 6.0 to 6.0 % 0 % · 100 % · 100 %" in words
    assert "in the interval: 25 % (20 to 31 %) 3.1 %" in words
    assert "212 gone, 3 ended at term" in words
    assert "cards ask, 5 compared — fewer than 20 delistings" in words


async def test_a_category_of_no_list_is_shown_to_admins_alone(
    client: httpx.AsyncClient, app: App, world: ApiWorld
) -> None:
    await know(app, accuracy("secret-hoard"))
    assert "secret" not in await words_of(client, world, "/accuracy")
    assert "secret" in await words_of(client, world, "/accuracy", "admin session")


async def test_without_delistings_the_page_says_so(client: httpx.AsyncClient, world: ApiWorld) -> None:
    assert "Nothing is known yet" in await words_of(client, world, "/accuracy")


async def test_every_median_says_how_wrong_medians_were(
    client: httpx.AsyncClient, app: App, world: ApiWorld
) -> None:
    alert = app.stores.alerts.latest(1, user=OWNER)[0].alert.id
    pages = (f"/alerts/{alert}", f"/watches/{world.known['watches'][1]}", "/watches/new?query=zenitar+mk2")
    for path in pages:
        assert "our median was" not in await words_of(client, world, path)
    await know(app, accuracy())
    for path in pages:
        assert SENTENCE in await words_of(client, world, path), path
    comps = (await client.get("/api/comps?q=zenitar+mk2", headers=world.callers["session"])).json()
    assert comps["comps"]["accuracy"] == {"n": 212, "medianError": 0.06}
    await know(app, accuracy(n=19))
    assert "our median was" not in await words_of(client, world, pages[0])
