"""Teaching a watch over HTTP: one's own, with the same answers as the command line's."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.web.clients import bearer
from watcher.runtime import App

ODD = "Zenitar mk2 camera lomo gravita"


@pytest.fixture
async def owner(app: App, client: httpx.AsyncClient, goods: Scripted) -> dict[str, str]:
    """The headers of a user with a watch whose market has two listings in doubt."""
    plain = (summary(str(n), f"Zenitar mk2 camera {n}", f"{40 + n % 9}.00") for n in range(100, 160))
    goods.put("zenitar mk2", *plain, *(summary(str(n), ODD, "43.00") for n in (201, 202)))
    headers = await bearer(app, "owner")
    made = await client.post("/api/watches", json={"query": "zenitar mk2"}, headers=headers)
    assert made.json()["taught"] == []
    return headers


async def polled(app: App) -> None:
    await app.poller.tick(app.clock.now())
    await app.poller.settle()


async def test_a_watch_asks_and_learns(app: App, client: httpx.AsyncClient, owner: dict[str, str]) -> None:
    async def get() -> Any:
        return (await client.get("/api/watches/1/questions", headers=owner)).json()

    assert ((await get())["questions"], "first poll" in (await get())["note"]) == ([], True)
    await polled(app)
    (question,) = (await get())["questions"]
    assert (question["title"], question["kept"], question["standsFor"]) == (ODD, True, 2)
    body = {"different": [question["itemId"]]}
    done = (await client.post("/api/watches/1/answers", json=body, headers=owner)).json()
    assert (done["kept"], done["removed"], done["added"], done["changed"]) == (65, 2, 0, True)
    assert (await get())["taught"] == done["taught"]
    watch = (await client.get("/api/watches/1", headers=owner)).json()
    assert watch["taught"] == done["taught"]
    again = await client.post("/api/watches/1/answers", json=body, headers=owner)
    assert again.json()["changed"] is False
    comps = (await client.get("/api/comps", params={"q": "zenitar mk2"}, headers=owner)).json()["comps"]
    assert len(comps["kept"]) == 67
    previewed = await client.post("/api/watches/preview", json={"query": "zenitar mk2"}, headers=owner)
    assert previewed.json()["comps"]["n"] == 67


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "Name an item"),
        ({"same": ["999"]}, "is not in the last answer"),
        ({"same": ["201"], "different": ["201"]}, "named twice"),
        ({"forget": ["201"]}, "no answer about item"),
        ({"sane": ["201"]}, 'Did you mean "same"?'),
        ({"same": "201"}, "same"),
        ({"same": ["1"] * 61}, "same"),
    ],
)
async def test_wrong_answers_are_refused(
    app: App, client: httpx.AsyncClient, owner: dict[str, str], body: dict[str, object], words: str
) -> None:
    await polled(app)
    refused = await client.post("/api/watches/1/answers", json=body, headers=owner)
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_INPUT")
    assert words in refused.json()["userMessage"]["message"]


async def test_a_foreign_watch_is_neither_asked_about_nor_taught(
    app: App, client: httpx.AsyncClient, owner: dict[str, str]
) -> None:
    del owner
    await polled(app)
    other = await bearer(app, "other")
    body = {"different": ["201"]}
    assert (await client.post("/api/watches/1/answers", json=body, headers=other)).status_code == 404
    assert (await client.get("/api/watches/1/questions", headers=other)).status_code == 404
    assert app.registry.get(1).taught == ()
