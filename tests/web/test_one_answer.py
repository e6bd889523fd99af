"""The command line and the API give the same answer, field by field, because both print one view."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from tests.fakes import listings
from tests.waiting import PATIENCE
from tests.web.clients import client_of
from watcher.cli import run_cli
from watcher.config import load_settings
from watcher.core.comps import Basis
from watcher.core.errors import Api
from watcher.core.listing import Condition, Snapshot
from watcher.core.monitoring.incidents import Incident
from watcher.core.monitoring.silences import parse_silence
from watcher.core.times import Instant
from watcher.core.watch import Inquiry, Question
from watcher.db.outbox import message_row
from watcher.db.schema import outbox, searches
from watcher.runtime import App

WATCH = {"query": "zenitar mk2", "below": "60", "category": "toyz", "label": "camera", "tag": "t"}
SERPAPI = '[serpapi]\napi_key = "key"\n'
"""A source of sold prices; what it answered is in the cache."""
Answers = Callable[..., Any]


@pytest.fixture
def config(configured: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in os.environ:
        if name.startswith("WATCHER_"):
            monkeypatch.delenv(name)
    path = configured(SERPAPI)
    path.write_text(path.read_text().replace('comps = "2m"', 'comps = "4m"'))
    return path


@pytest.fixture
async def live(config: Path) -> AsyncIterator[App]:
    """An app on the real clock, which is that of the commands."""
    async with App.opened(load_settings(config, {})) as app:
        app.connect_meters()
        yield app


@pytest.fixture
async def api(live: App) -> AsyncIterator[Answers]:
    async with client_of(live) as client:

        async def ask(path: str, method: str = "GET", body: object = None, **params: object) -> Any:
            sent = {} if body is None else {"json": body}
            given = {k: str(v) for k, v in params.items()}
            answer = await client.request(method, path, params=given, **sent)  # type: ignore[arg-type]
            assert answer.status_code in (200, 201), answer.text
            return answer.json()

        yield ask


@pytest.fixture
def command(config: Path, capsys: pytest.CaptureFixture[str]) -> Answers:
    async def run(*words: str) -> Any:
        capsys.readouterr()
        code = await asyncio.to_thread(run_cli, ["--config", str(config), *words])
        out = capsys.readouterr().out
        assert code == 0
        return json.loads(out) if "--json" in words else out

    return run


async def add_watch(app: App, **fields: str) -> int:
    return (await app.registry.add(WATCH | fields, app.clock.now())).id


async def poll(app: App) -> None:
    async with asyncio.timeout(PATIENCE):
        while await app.poller.tick(app.clock.now()):
            await app.poller.settle()


def without_age(view: dict[str, Any]) -> dict[str, Any]:
    """Return an answer without what a second changes."""
    return {name: value for name, value in view.items() if name != "ageSeconds"}


@pytest.mark.parametrize("basis", ["ask", "sold"])
async def test_comps_are_the_same_on_both_doors(
    live: App, api: Answers, command: Answers, basis: str
) -> None:
    if basis == "sold":
        question = Question("zenitar mk2", Condition.ANY, "", "EBAY_US")
        now = live.clock.now()
        await live.cache.set(
            Inquiry(question), Snapshot(listings([40, 42, 44, 46, 48]), now), Api.SERPAPI, Basis.SOLD
        )
    await api("/api/comps", q="zenitar mk2")
    ours = await api("/api/comps", q="zenitar mk2")
    theirs = await command("comps", "zenitar", "mk2", "--json")
    assert without_age(theirs) == without_age(ours)
    assert (theirs["comps"]["basis"], theirs["comps"]["n"], theirs["source"]) == (basis, 5, "cached")
    words = {"ask": "asking prices, shipping included", "sold": "sold prices, shipping included"}
    assert words[basis] in await command("comps", "zenitar", "mk2")


async def test_a_list_of_watches_is_the_same_on_both_doors(live: App, api: Answers, command: Answers) -> None:
    for fields in ({}, {"query": "nothing there"}, {"tag": "other"}):
        await add_watch(live, **fields)
    await poll(live)
    await live.registry.set_paused(2, live.clock.now(), paused=True)
    for where in ({}, {"tag": "t"}):
        ours = await api("/api/watches", **where)
        words = [word for name, value in where.items() for word in (f"--{name}", value)]
        theirs = await command("watch", "list", *words, "--json")
        assert theirs == {"watches": ours["watches"], "damaged": ours["damaged"]}
        assert len(theirs["watches"]) == (2 if where else 3)


async def test_a_watch_is_the_same_on_both_doors(live: App, api: Answers, command: Answers) -> None:
    number = await add_watch(live)
    new = await api(f"/api/watches/{number}")
    assert (new["lastPolledAt"], new["lastError"], new["silenced"]) == (None, None, None)
    assert new["nextPollAt"]
    await poll(live)
    ours = await api(f"/api/watches/{number}")
    shown = await command("watch", "show", str(number), "--json")
    alerts = await api(f"/api/watches/{number}/alerts")
    assert shown == ours | {"alerts": alerts["alerts"]}
    assert ours["lastPolledAt"] is not None
    assert ours["nextPollAt"] > ours["lastPolledAt"]
    assert "not a known category" in ours["warnings"][0]
    assert (ours["told"], len(alerts["alerts"])) == (5, 1)


async def test_the_text_and_both_doors_name_the_troubles_of_a_watch(
    live: App, api: Answers, command: Answers
) -> None:
    number, now = await add_watch(live), live.clock.now()
    broken = update(searches).values(
        polled_at=now - 7200, error="EBAY_TIMEOUT", suspicion="empty", unreadable=3, unrecorded=2
    )
    await live.stores.database.write(lambda conn: conn.execute(broken))
    draft = {"watch": str(number), "length": "2h", "author": "ann", "reason": "on holiday"}
    await live.stores.silences.add(parse_silence(draft, now), now)
    ours = await api(f"/api/watches/{number}")
    assert (ours["suspicion"], ours["unreadable"], ours["unrecordedPolls"]) == ("empty", 3, 2)
    assert ours["lastError"] == {"code": "EBAY_TIMEOUT", "title": "eBay is slow"}
    assert (ours["silenced"]["by"], ours["silenced"]["reason"]) == ("ann", "on holiday")
    assert ours["silenced"]["until"] is not None
    shown = await command("watch", "show", str(number), "--json")
    assert shown == ours | {"alerts": []}
    for text in (await command("watch", "show", str(number)), await command("watch", "list")):
        for words in ("polled 2 h ago", "eBay is slow", "a suspicious answer: empty", "silenced until"):
            assert words in text
        assert "3 listings unreadable; 2 polls not recorded" in text
    assert "by ann: on holiday" in await command("watch", "show", str(number))


async def test_alerts_are_the_same_on_both_doors(live: App, api: Answers, command: Answers) -> None:
    number = await add_watch(live)
    await poll(live)
    ours = await api("/api/alerts")
    assert (await command("alerts", "list", "--json"))["alerts"] == ours["alerts"]
    assert len(ours["alerts"]) == 1
    alert = ours["alerts"][0]["id"]
    assert (await api(f"/api/watches/{number}/alerts"))["alerts"] == ours["alerts"]
    await live.stores.alerts.ack(alert, live.clock.now(), "ann")
    one = await api(f"/api/alerts/{alert}")
    assert await command("alerts", "show", alert, "--json") == one
    assert (one["ackedBy"], one["receipt"]["replay"]["agrees"]) == ("ann", True)
    await live.registry.remove(number, live.clock.now())
    assert (await api("/api/alerts", watch=number))["alerts"][0]["id"] == alert
    listed = await command("alerts", "list", "--watch", str(number), "--json")
    assert [a["id"] for a in listed["alerts"]] == [alert]


async def test_a_rejection_is_the_same_on_both_doors(live: App, api: Answers, command: Answers) -> None:
    await add_watch(live)
    await poll(live)
    alert = (await api("/api/alerts"))["alerts"][0]["id"]
    url, item = f"/api/alerts/{alert}/reject", {"itemId": "1"}
    for more, words in (
        ({"words": "3", "dryRun": True}, ["--words", "3", "--dry-run"]),
        ({}, []),
        ({"undo": True}, ["--undo"]),
    ):
        ours = await api(url, "POST", item | more)
        assert await command("alerts", "reject", alert, "1", *words, "--json") == ours
    assert await api(f"/api/alerts/{alert}/ack", "POST") == {"id": alert, "ackedBy": "local"}
    acked = await command("alerts", "ack", alert, "--by", "local", "--json")
    assert acked == {"id": alert, "ackedBy": "local"}


async def test_incidents_are_the_same_on_both_doors(live: App, api: Answers, command: Answers) -> None:
    at = Instant(live.clock.now() - 60)
    for name, ended_at in (("i1", None), ("i2", Instant(at + 9))):
        made = Incident(name, "ebay", "outage", at, at, at, at, resolved_at=ended_at)
        await live.stores.incidents.move_incident(None, made, None)
    listed = (await command("alerts", "list", "--json"))["incidents"]
    assert (await api("/api/incidents"))["incidents"] == listed
    assert [(one["open"], one["durationSeconds"]) for one in listed] == [(True, None), (False, 9)]
    assert await api("/api/incidents/i1") == await command("alerts", "show", "i1", "--json")
    acked = await api("/api/incidents/i1/ack", "POST")
    assert acked == await command("alerts", "ack", "i1", "--by", "local", "--json")
    silence = await api("/api/incidents/i1/silence", "POST", {"for": "2h", "reason": "x"})
    shown = (await command("alerts", "silences", "--json"))["silences"]
    assert shown == [silence] == (await api("/api/silences"))["silences"]
    theirs = await command(
        "alerts", "silence", "i1", "--for", "2h", "--reason", "x", "--by", "local", "--json"
    )
    changing = {"id", "startsAt", "endsAt"}
    assert {k: v for k, v in theirs.items() if k not in changing} == {
        k: v for k, v in silence.items() if k not in changing
    }
    ended = await api(f"/api/silences/{silence['id']}", "DELETE")
    assert ended == {"id": silence["id"], "ended": True}


async def test_dead_letters_and_the_status_are_the_same_on_both_doors(
    live: App, api: Answers, command: Answers
) -> None:
    await add_watch(live)
    dead = {"state": "dead", "done_at": 5.0, "attempt": 3, "error": "no such channel"}
    rows = [message_row("ops", name, "ops", "{}", 1.0) | dead for name in ("i1", "i2")]
    await live.stores.database.write(lambda conn: conn.execute(outbox.insert(), rows))
    ours, theirs = await api("/api/status"), await command("status", "--json")
    assert without_times(ours) == without_times(theirs)
    letters = (await api("/api/dead-letters"))["deadLetters"]
    assert [{k: one[k] for k in ("id", "to", "why", "at")} for one in letters] == ours["deadLetters"]
    sent = await api("/api/dead-letters/i1/resend", "POST")
    assert await command("alerts", "resend", "i2", "--json") == sent | {"id": "i2"}


async def test_imports_and_exports_are_the_same_on_both_doors(
    live: App, api: Answers, command: Answers, tmp_path: Path
) -> None:
    rows = [WATCH, WATCH | {"query": "omega"}, {"query": "rolex", "below": "much"}]
    file = tmp_path / "rows.json"
    file.write_text(json.dumps(rows[:2]))
    ours = await api("/api/watches/import", "POST", rows[:2])
    assert ours["imported"] == 2
    assert "not a known category" in ours["warnings"][0]["warnings"][0]
    for number in (1, 2):
        await live.registry.remove(number, live.clock.now())
    assert await command("watch", "import", str(file), "--json") == ours
    kept = await api("/api/watches/import", "POST", rows[2:] + rows[:1], keepGoing="true")
    assert (kept["imported"], [bad["line"] for bad in kept["bad"]]) == (1, [1])
    exported = await api("/api/watches/export")
    assert exported == await command("watch", "export", "--json")
    assert len(exported["watches"]) == 3
    text = await command("watch", "export", "--csv")
    async with client_of(live) as client:
        assert (await client.get("/api/watches/export?format=csv")).text == text


def without_times(status: dict[str, Any]) -> dict[str, Any]:
    """Return a status without what a second changes."""
    quota = {api: {**one, "resetsInSeconds": 0} for api, one in status["quota"].items()}
    return status | {"quota": quota, "lagSeconds": 0, "lines": [], "outbox": {}, "disk": None}
