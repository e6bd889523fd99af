"""`/api/watches`: the watches of a user."""

from __future__ import annotations

from typing import Any

import httpx
import pytest
from sqlalchemy import update

from tests.fakes import FakeClock
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.web.clients import bearer
from tests.web.test_web_errors import checked_error
from watcher.db.schema import watches
from watcher.runtime import App

WATCH = {"query": "Zenitar Mk2", "below": 50, "condition": "used", "exclude": ["box only"], "every": "15m"}


async def test_a_watch_is_created_changed_and_removed(client: httpx.AsyncClient) -> None:
    made = await client.post("/api/watches", json=WATCH)
    watch = made.json()
    assert made.status_code == 201
    assert (watch["query"], watch["rule"], watch["condition"]) == ("Zenitar Mk2", "below 50.00 USD", "used")
    assert (watch["exclude"], watch["every"], watch["user"]) == (["box only"], "15m", "local")
    url = f"/api/watches/{watch['id']}"
    assert (await client.get(url)).json() == watch

    changed = await client.patch(url, json={"below": "45.50", "label": "camera", "exclude": None})
    fields = {"rule": "below 45.50 USD", "label": "camera", "exclude": [], "revision": 2}
    assert changed.json() == watch | fields
    paused = (await client.patch(url, json={"paused": True})).json()
    assert (paused["paused"], paused["cadenceSeconds"]) == (True, None)
    assert (await client.patch(url, json={"paused": False})).json()["paused"] is False
    assert (await client.patch(url, json={})).json()["label"] == "camera"

    assert (await client.get(f"{url}/alerts")).json() == {"alerts": [], "next": None}
    assert (await client.delete(url)).json()["id"] == watch["id"]
    assert (await client.get(url)).status_code == 404


async def test_a_watch_is_returned_with_its_warnings(client: httpx.AsyncClient) -> None:
    made = (await client.post("/api/watches", json=WATCH | {"category": "toyz"})).json()
    assert ['"toyz" is not a known category' in doubt for doubt in made["warnings"]] == [True]
    changed = await client.patch(f"/api/watches/{made['id']}", json={"category": "toys", "every": "5s"})
    assert changed.json()["warnings"] == [
        "No search is polled more often than every 1 min ([polling] min_interval)."
    ]
    foreign = await client.post("/api/watches/preview", json=WATCH | {"below": "EUR 5"})
    assert "a rule in EUR can never alert" in foreign.json()["warnings"][0]


@pytest.mark.parametrize("method", ["get", "patch", "delete"])
async def test_a_watch_of_another_user_is_not_found(app: App, client: httpx.AsyncClient, method: str) -> None:
    ann, bob = await bearer(app, "ann"), await bearer(app, "bob", admin=True)
    watch = (await client.post("/api/watches", json=WATCH, headers=ann)).json()
    sent: dict[str, Any] = {"json": {"label": "mine"}} if method == "patch" else {}
    answer = await client.request(method, f"/api/watches/{watch['id']}", headers=bob, **sent)
    assert (answer.status_code, answer.json()["code"]) == (404, "ITEM_NOT_FOUND")
    assert (await client.get(f"/api/watches/{watch['id']}/alerts", headers=bob)).status_code == 404
    assert (await client.get("/api/watches", headers=bob)).json()["watches"] == []
    assert len((await client.get("/api/watches", headers=ann)).json()["watches"]) == 1


async def test_alerts_of_a_removed_watch_are_listed_for_its_user_alone(
    app: App, client: httpx.AsyncClient
) -> None:
    ann, bob = await bearer(app, "ann"), await bearer(app, "bob")
    watch = {"query": "zenitar mk2", "below": 42}
    number = (await client.post("/api/watches", json=watch, headers=ann)).json()["id"]
    await app.poller.tick(app.clock.now())
    await app.poller.settle()
    url = f"/api/watches/{number}/alerts"
    before = (await client.get(url, headers=ann)).json()
    assert len(before["alerts"]) == 1
    assert (await client.get(url, headers=bob)).status_code == 404
    assert (await client.delete(f"/api/watches/{number}", headers=ann)).status_code == 200
    assert (await client.get(url, headers=ann)).json() == before
    assert (await client.get(url, headers=bob)).status_code == 404
    assert (await client.get("/api/watches/99/alerts", headers=ann)).status_code == 404


async def test_a_duplicate_is_reported_at_registration_in_lists_and_previews(
    client: httpx.AsyncClient,
) -> None:
    draft = {"query": "zenitar mk2", "below": 42}
    sentence = "It asks for the same as watch {}: what they find in one poll comes in one message."
    assert (await client.post("/api/watches", json=draft)).json()["warnings"] == []
    preview = (await client.post("/api/watches/preview", json=draft)).json()
    assert preview["warnings"] == [sentence.format(1)]
    second = (await client.post("/api/watches", json=draft | {"below": "42.00", "label": "x"})).json()
    assert second["warnings"] == [sentence.format(1)]
    listed = (await client.get("/api/watches")).json()["watches"]
    assert [w["warnings"] for w in listed] == [[sentence.format(2)], [sentence.format(1)]]
    changed = (await client.patch("/api/watches/2", json={"below": 41})).json()
    assert changed["warnings"] == []


async def test_a_cadence_that_exceeds_the_quota_is_stretched_and_reported(client: httpx.AsyncClient) -> None:
    for n in range(22):
        made = (await client.post("/api/watches", json={"query": f"thing {n}", "every": "1m"})).json()
    assert made["cadenceSeconds"] == 635
    assert "Your watches ask for 31,680 calls a day; 2,992 are yours" in made["warnings"][0]
    first = (await client.get("/api/watches/1")).json()
    assert (first["cadenceSeconds"], first["warnings"]) == (635, made["warnings"])


async def test_watches_are_listed_in_pages(client: httpx.AsyncClient) -> None:
    ids = [
        (await client.post("/api/watches", json={"query": f"thing {n}", "tag": "t"})).json()["id"]
        for n in range(5)
    ]
    seen, after, pages = [], 0, 0
    while after is not None:
        page = (await client.get("/api/watches", params={"limit": 2, "after": after, "tag": "t"})).json()
        seen += [w["id"] for w in page["watches"]]
        after, pages = page["next"], pages + 1
    assert (seen, pages) == (ids, 3)


@pytest.mark.parametrize("limit", ["0", "501", "many"])
async def test_the_page_size_is_limited(client: httpx.AsyncClient, limit: str) -> None:
    answer = await client.get("/api/watches", params={"limit": limit})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_INPUT")


@pytest.mark.parametrize(
    "wrong",
    [
        {"user": "bob"},
        {"id": 1},
        {"below": 1, "rule": "new"},
        {"to": "https://hooks.slack.com/x"},
        {"every": "0s"},
    ],
)
async def test_an_invalid_watch_is_not_registered(client: httpx.AsyncClient, wrong: dict[str, Any]) -> None:
    answer = await client.post("/api/watches", json={"query": "x", **wrong})
    assert (answer.status_code, answer.json()["code"]) == (400, "INVALID_INPUT")
    assert (await client.get("/api/watches")).json()["watches"] == []


@pytest.mark.parametrize("name", ["minFeedback", "min_feedback", "min-feedback", "Min Feedback"])
async def test_a_field_counts_under_each_of_its_spellings(client: httpx.AsyncClient, name: str) -> None:
    made = await client.post("/api/watches", json={"query": "zenitar mk2", name: 5})
    assert (made.status_code, made.json()["minFeedback"]) == (201, 5)
    changed = await client.patch("/api/watches/1", json={name: 6})
    assert (changed.status_code, changed.json()["minFeedback"]) == (200, 6)
    if name != "minFeedback":
        twice = checked_error(await client.patch("/api/watches/1", json={name: 7, "minFeedback": 8}))
        assert twice["message"] == 'The field "minFeedback" is there twice.'


async def test_an_unknown_field_is_refused_with_the_names_that_json_has(client: httpx.AsyncClient) -> None:
    made = await client.post("/api/watches", json={"query": "zenitar mk2", "fromContry": "DE"})
    assert 'Did you mean "fromCountry"? Known: query, ' in checked_error(made)["message"]


async def test_a_watch_explains_itself_and_its_items(app: App, client: httpx.AsyncClient) -> None:
    number = (await client.post("/api/watches", json={"query": "zenitar mk2", "below": 42})).json()["id"]
    await app.poller.tick(app.clock.now())
    await app.poller.settle()
    why = (await client.get(f"/api/watches/{number}/explain", params={"item": "2"})).json()
    assert why["item"] == "v1|2|0"
    assert {s["step"]: s["passed"] for s in why["steps"]}["rule"] is True
    other = (await client.get(f"/api/watches/{number}/explain", params={"item": "3"})).json()
    assert other["verdict"] == "its total $43.00 is $1.00 above $42.00"
    assert (await client.get(f"/api/watches/{number}/explain")).json()["item"] is None
    refused = await client.get(f"/api/watches/{number}/explain", params={"item": "camera"})
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_INPUT")
    assert (await client.get("/api/watches/99/explain")).status_code == 404


async def test_a_preview_saves_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/watches/preview", json={"query": "zenitar mk2", "below": 42})
    found = answer.json()
    assert answer.status_code == 200
    assert (found["comps"]["n"], found["satisfiedNow"]) == (5, ["v1|1|0", "v1|2|0"])
    assert found["outlook"].startswith("2 of them satisfy the watch already, the best at $41.00")
    assert found["backtest"]["verdict"] == "unknown"
    assert found["watch"]["rule"] == "below 42.00 USD"
    assert (await client.get("/api/watches")).json()["watches"] == []
    refused = await client.post("/api/watches/preview", json={"query": "zenitar mk2", "below": "x"})
    assert refused.status_code == 400


async def test_a_watch_has_a_history_of_its_asking_prices(
    app: App, client: httpx.AsyncClient, clock: FakeClock
) -> None:
    number = (await client.post("/api/watches", json={"query": "zenitar mk2", "below": 42})).json()["id"]
    for _ in range(3):
        await app.poller.tick(clock.move(3600))
        await app.poller.settle()
    found = (await client.get(f"/api/watches/{number}/history")).json()
    assert (found["basis"], found["currency"], len(found["points"])) == ("ask", "USD", 3)
    assert found["points"][0]["median"] == "43.00"
    assert found["points"][0]["at"] < found["points"][2]["at"]
    assert (found["observed"]["basis"], found["observed"]["n"]) == ("observed", 0)
    clock.move(40 * 86400)
    assert (await client.get(f"/api/watches/{number}/history?days=30")).json()["points"] == []
    assert (await client.get("/api/watches/99/history")).status_code == 404


async def test_a_damaged_watch_is_named_and_its_owner_can_remove_it(
    app: App, client: httpx.AsyncClient
) -> None:
    ann, bob = await bearer(app, "ann"), await bearer(app, "bob")
    for _ in range(3):
        await client.post("/api/watches", json=WATCH, headers=ann)
    broken = update(watches).where(watches.c.id == 2).values(rule="soonest")
    await app.stores.database.write(lambda conn: conn.execute(broken))
    page = (await client.get("/api/watches", params={"limit": 2}, headers=ann)).json()
    assert ([w["id"] for w in page["watches"]], page["next"]) == ([1], 2)
    assert [d["id"] for d in page["damaged"]] == [2]
    assert "`watcher watch remove 2`" in page["damaged"][0]["message"]
    rest = (await client.get("/api/watches", params={"after": 2}, headers=ann)).json()
    assert ([w["id"] for w in rest["watches"]], rest["damaged"], rest["next"]) == ([3], [], None)
    assert (await client.get("/api/watches", headers=bob)).json()["damaged"] == []
    assert (await client.delete("/api/watches/2", headers=bob)).status_code == 404
    assert (await client.get("/api/watches/2", headers=ann)).status_code == 500
    assert (await client.delete("/api/watches/2", headers=ann)).json()["id"] == 2
    assert (await client.get("/api/watches/2", headers=ann)).status_code == 404


async def test_a_preview_and_a_watch_warn_of_a_median_of_several_things(
    client: httpx.AsyncClient, goods: Scripted
) -> None:
    raw = (summary(str(100 + n), "Acme card raw", f"{180 + n}.00") for n in range(10))
    graded = (summary(str(200 + n), "Acme card PSA 10", f"{900 + 9 * n}.00") for n in range(14))
    goods.put("acme card", *raw, *graded)
    deal = {"query": "acme card", "rule": "deal 70%"}
    preview = (await client.post("/api/watches/preview", json=deal)).json()
    (warning,) = preview["warnings"]
    assert "10 around $184.50 (raw), 14 around $958.50 (psa)" in warning
    made = (await client.post("/api/watches", json=deal)).json()
    assert made["warnings"] == [warning]
    assert (await client.get(f"/api/watches/{made['id']}")).json()["warnings"] == [warning]
    assert (await client.post("/api/watches/preview", json=deal | {"rule": "below 5"})).json()[
        "warnings"
    ] == []
    comps = (await client.get("/api/comps", params={"q": "acme card"})).json()
    assert [w.startswith("The query matches several items: 10 around") for w in comps["warnings"]] == [True]


async def test_a_list_states_the_cadence_that_a_watch_states(client: httpx.AsyncClient) -> None:
    for draft in ({"below": 50, "every": "10m"}, {"below": 40}, {"rule": "low 90d"}, {"every": "2h"}):
        await client.post("/api/watches", json={"query": "zenitar mk2", **draft})
    await client.post("/api/watches", json={"query": "other", "every": "2h"})
    await client.post("/api/watches", json={"query": "third", "rule": "drop 15%"})
    listed = (await client.get("/api/watches")).json()["watches"]
    shown = [(await client.get(f"/api/watches/{one['id']}")).json() for one in listed]
    assert [one["cadenceSeconds"] for one in listed] == [one["cadenceSeconds"] for one in shown]
    assert len({one["cadenceSeconds"] for one in listed[:4]}) == 1, "they share a search"
    assert listed[3]["cadenceSeconds"] < 600
    assert listed[4]["cadenceSeconds"] == 7200
