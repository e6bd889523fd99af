"""Rejecting and acknowledging alerts over HTTP: one's own, while the watch is still one's own."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import update

from tests.web.clients import bearer
from watcher.core.watch import WatchId
from watcher.db.schema import watches
from watcher.runtime import App


@pytest.fixture
async def owner(app: App) -> dict[str, str]:
    return await bearer(app, "owner")


@pytest.fixture
async def alert(app: App, client: httpx.AsyncClient, owner: dict[str, str]) -> str:
    """Return an alert about items 1 and 2."""
    await client.post("/api/watches", json={"query": "zenitar mk2", "below": 42}, headers=owner)
    await app.poller.tick(app.clock.now())
    await app.poller.settle()
    found = (await client.get("/api/alerts", headers=owner)).json()["alerts"]
    return str(found[0]["id"])


async def test_a_rejected_item_is_dropped_until_that_is_undone(
    app: App, client: httpx.AsyncClient, owner: dict[str, str], alert: str
) -> None:
    url = f"/api/alerts/{alert}/reject"

    async def reject(**body: object) -> Any:
        answer = await client.post(url, json=body, headers=owner)
        assert answer.status_code == 200, answer.text
        return answer.json()

    tried = await reject(itemId="1", words="3", dryRun=True)
    assert (tried["saved"], tried["exclude"], len(tried["alsoRemoved"])) == (False, ["3"], 1)
    done = await reject(itemId="1")
    assert (done["saved"], done["rejected"], done["told"], done["precision"]) == (True, 1, 2, 50.0)
    assert done["alsoRemoved"] == []
    assert (await reject(itemId="1", undo=True, dryRun=True))["saved"] is False
    assert len(app.registry.get(1).rejected) == 1
    assert (await reject(itemId="1", undo=True))["rejected"] == 0
    assert app.registry.get(1).rejected == ()


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (
            {},
            '2 items: 1  Zenitar mk2 camera 1; 2  Zenitar mk2 camera 2. Name the wrong one in "itemId".',
        ),
        ({"itemId": "camera"}, "is not an item"),
        ({"itemId": 1}, 'The field "itemId" must be text.'),
        ({"undo": "yes", "itemId": "1"}, 'The field "undo" must be true or false.'),
        ({"itemId": "1", "undo": True, "words": "strap"}, "no words"),
        ({"item": "1"}, 'There is no field "item". Did you mean "itemId"?'),
    ],
)
async def test_a_wrong_rejection_is_refused_with_a_sentence(
    client: httpx.AsyncClient, owner: dict[str, str], alert: str, body: Any, words: str
) -> None:
    answer = await client.post(f"/api/alerts/{alert}/reject", json=body, headers=owner)
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_INPUT")
    assert words in answer.json()["message"]


async def test_an_alert_is_acknowledged_and_rejected_by_its_user_alone(
    app: App, client: httpx.AsyncClient, owner: dict[str, str], alert: str
) -> None:
    operator = await bearer(app, "operator", admin=True)
    for what in ("ack", "reject"):
        answer = await client.post(f"/api/alerts/{alert}/{what}", json={}, headers=operator)
        assert (answer.status_code, answer.json()["code"]) == (404, "ITEM_NOT_FOUND")
    acked = await client.post(f"/api/alerts/{alert}/ack", headers=owner)
    assert (acked.status_code, acked.json()) == (200, {"id": alert, "ackedBy": "owner"})
    assert (await client.get(f"/api/alerts/{alert}", headers=owner)).json()["ackedBy"] == "owner"


async def test_only_the_present_user_of_a_watch_may_reject_for_it(
    app: App, client: httpx.AsyncClient, owner: dict[str, str], alert: str
) -> None:
    other = await bearer(app, "other")
    given = update(watches).values(user_id="other")
    await app.stores.database.write(lambda conn: conn.execute(given))
    for who in (owner, other):
        answer = await client.post(f"/api/alerts/{alert}/reject", json={"itemId": "1"}, headers=who)
        assert answer.status_code == 404
    assert app.registry.get(WatchId(1)).rejected == ()
