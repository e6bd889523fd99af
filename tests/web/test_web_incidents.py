"""Incidents, silences and dead letters over HTTP: what operators see of them, and do to them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.fakes import FakeClock
from tests.web.clients import bearer
from watcher.core.monitoring.incidents import Incident
from watcher.core.times import Instant
from watcher.db.outbox import message_row
from watcher.db.schema import outbox
from watcher.runtime import App


async def add_incident(
    app: App, name: str, at: float, ended_at: float | None = None, api: str = "ebay"
) -> None:
    resolved = None if ended_at is None else Instant(ended_at)
    incident = Incident(
        name, api, "outage", Instant(at), Instant(at), Instant(at), Instant(at), resolved_at=resolved
    )
    await app.stores.incidents.move_incident(None, incident, None)


async def add_dead_letters(app: App, *names: str) -> None:
    rows = [
        message_row("ops", name, "ops", "{}", 1.0)
        | {"state": "dead", "done_at": 5.0, "attempt": 3, "error": "no such channel", "error_code": "x"}
        for name in names
    ]
    await app.stores.database.write(lambda conn: conn.execute(outbox.insert(), rows))


async def test_incidents_are_paged_newest_first_by_state(app: App, client: httpx.AsyncClient) -> None:
    for name, at, ended_at in (("i1", 10, 70), ("i2", 20, None), ("i3", 20, 21)):
        await add_incident(app, name, at, ended_at)
    await add_incident(app, "i4", 30, api="slack")

    async def pages(**asked: object) -> list[list[str]]:
        found = []
        after: str | None = ""
        while after is not None:
            given = {name: str(value) for name, value in asked.items()}
            page = (await client.get("/api/incidents", params={"after": after, **given})).json()
            found.append([one["id"] for one in page["incidents"]])
            after = page["next"]
        return found

    assert await pages() == [["i4", "i2", "i3", "i1"]]
    assert await pages(limit=2) == [["i4", "i2"], ["i3", "i1"]]
    assert await pages(limit=1, state="open") == [["i4"], ["i2"]]
    assert await pages(state="resolved") == [["i3", "i1"]]
    ended, still_open = [(await client.get(f"/api/incidents/{name}")).json() for name in ("i1", "i2")]
    assert (ended["open"], ended["state"], ended["durationSeconds"]) == (False, "resolved", 60)
    assert (still_open["open"], still_open["durationSeconds"], still_open["messages"]) == (True, None, [])
    assert still_open["headline"] == "ebay outage"  # without a message, such as under a silence
    refused = await client.get("/api/incidents", params={"state": "closed"})
    assert (refused.status_code, refused.json()["code"]) == (400, "INVALID_INPUT")


async def test_an_admin_acknowledges_and_silences_an_incident(app: App, client: httpx.AsyncClient) -> None:
    await add_incident(app, "i1", 10)
    await add_incident(app, "i2", 10, 20)
    operator = await bearer(app, "operator", admin=True)
    acked = await client.post("/api/incidents/i1/ack", headers=operator)
    assert (acked.status_code, acked.json()) == (200, {"id": "i1", "ackedBy": "operator"})
    resolved = await client.post("/api/incidents/i2/ack", headers=operator)
    assert (resolved.status_code, resolved.json()["message"]) == (400, "Incident i2 is already resolved.")
    sent = {"for": "2h", "reason": "maintenance"}
    made = await client.post("/api/incidents/i1/silence", json=sent, headers=operator)
    silence = made.json()
    assert (made.status_code, silence["api"], silence["symptom"]) == (201, "ebay", "outage")
    assert (silence["author"], silence["reason"], silence["holds"]) == ("operator", "maintenance", True)
    listed = (await client.get("/api/silences", headers=operator)).json()
    assert listed == {"silences": [silence], "next": None}
    ended = await client.delete(f"/api/silences/{silence['id']}", headers=operator)
    assert ended.json() == {"id": silence["id"], "ended": True}
    again = await client.delete(f"/api/silences/{silence['id']}", headers=operator)
    assert again.status_code == 404
    for path in ("i9", "i9/ack", "i-9"):
        method = "POST" if "/" in path else "GET"
        missing = await client.request(method, f"/api/incidents/{path}", headers=operator)
        assert missing.status_code == 404


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"for": "2h"}, "MISSING_REQUIRED_FIELD", '"reason" is missing'),
        ({"for": "2h", "reason": "  "}, "MISSING_REQUIRED_FIELD", "needs a reason"),
        ({"for": "soon", "reason": "x"}, "INVALID_INPUT", "is not a duration"),
        ({"for": 2, "reason": "x"}, "INVALID_INPUT", 'The field "for" must be text'),
        ({"for": "2h", "reason": "x", "reasn": "y"}, "INVALID_INPUT", 'Did you mean "reason"?'),
        ({"for": "2h", "reason": "x" * 501}, "INVALID_INPUT", "more than 500 characters"),
        ([], "INVALID_INPUT", "must be a JSON object"),
    ],
)
async def test_a_wrong_silence_is_refused_with_a_sentence(
    app: App, client: httpx.AsyncClient, body: Any, code: str, words: str
) -> None:
    await add_incident(app, "i1", 10)
    answer = await client.post("/api/incidents/i1/silence", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert words in answer.json()["message"]


async def test_a_silence_matches_what_its_body_names(app: App, client: httpx.AsyncClient) -> None:
    del app
    basis = {"for": "1h", "reason": "x"}
    every = await client.post("/api/silences", json=basis | {"all": True, "every": "1d"})
    assert (every.status_code, every.json()["api"], every.json()["every"]) == (201, None, "24h")
    planned = await client.post("/api/silences", json=basis | {"api": "ebay", "from": "2099-01-01T00:00Z"})
    assert (planned.json()["startsAt"], planned.json()["holds"]) == ("2099-01-01T00:00:00Z", False)
    pages = []
    after = ""
    while after is not None:
        page = (await client.get("/api/silences", params={"limit": 1, "after": after})).json()
        pages.append([s["id"] for s in page["silences"]])
        after = page["next"]
    assert pages == [[every.json()["id"]], [planned.json()["id"]]]
    for wrong in (
        {},
        {"api": "ebey"},
        {"all": True, "api": "ebay"},
        {"all": True, "from": "9999-01-01T00:00Z"},
    ):
        assert (await client.post("/api/silences", json=basis | wrong)).status_code == 400


async def test_a_user_silences_only_own_watches(app: App, client: httpx.AsyncClient) -> None:
    owner, other = await bearer(app, "owner"), await bearer(app, "other")
    operator = await bearer(app, "operator", admin=True)
    number = (await client.post("/api/watches", json={"query": "x"}, headers=owner)).json()["id"]
    basis = {"for": "1h", "reason": "on holiday"}
    url = f"/api/watches/{number}/silence"
    made = (await client.post(url, json=basis, headers=owner)).json()
    assert (made["watch"], made["author"]) == (number, "owner")
    shown = (await client.get(f"/api/watches/{number}", headers=owner)).json()
    assert shown["silenced"]["reason"] == "on holiday"
    for stranger in (other, operator):
        assert (await client.post(url, json=basis, headers=stranger)).status_code == 404
        given = await client.post("/api/silences", json=basis | {"watch": number}, headers=stranger)
        assert given.status_code == 404
        assert (await client.get("/api/silences", headers=stranger)).json()["silences"] == []
        ended = await client.delete(f"/api/silences/{made['id']}", headers=stranger)
        assert ended.status_code == 404
    forbidden = await client.post("/api/silences", json=basis | {"all": True}, headers=owner)
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "FORBIDDEN")
    assert (await client.delete(f"/api/silences/{made['id']}", headers=owner)).status_code == 200
    assert (await client.get("/api/silences", headers=owner)).json()["silences"] == []


async def test_the_silences_of_a_watch_have_a_bound(
    app: App, client: httpx.AsyncClient, clock: FakeClock
) -> None:
    del app
    await client.post("/api/watches", json={"query": "x"})
    for _ in range(20):
        clock.move(1)
        done = await client.post("/api/watches/1/silence", json={"for": "1h", "reason": "x"})
        assert done.status_code == 201
    full = await client.post("/api/watches/1/silence", json={"for": "1h", "reason": "x"})
    assert full.json()["message"] == "Watch 1 has 20 silences, the most that one may have; end one first."


async def test_a_dead_letter_shows_its_delivery_and_is_sent_again(
    app: App, client: httpx.AsyncClient
) -> None:
    await add_incident(app, "i1", 1)
    await add_dead_letters(app, "i1", "i2", "i3")
    seen, after = [], 0
    while after is not None:
        page = (await client.get("/api/dead-letters", params={"limit": 2, "after": after})).json()
        seen += [one["id"] for one in page["deadLetters"]]
        after = page["next"]
    assert seen == ["i3", "i2", "i1"]
    assert page["deadLetters"] == [
        {
            "id": "i1",
            "kind": "incident",
            "to": "ops",
            "why": "no such channel",
            "code": "x",
            "attempts": 3,
            "at": "1970-01-01T00:00:05Z",
        }
    ]
    sent = await client.post("/api/dead-letters/i1/resend")
    warning = "The configuration has no destination ops, so the message waits."
    assert (sent.status_code, sent.json()) == (200, {"id": "i1", "to": ["ops"], "warnings": [warning]})
    again = await client.post("/api/dead-letters/i1/resend")
    assert (again.status_code, again.json()["code"]) == (409, "INVALID_INPUT")
    assert (await client.post("/api/dead-letters/i9/resend")).status_code == 404
    assert (await client.post("/api/dead-letters/i2/resend", json={"to": "x"})).status_code == 400
