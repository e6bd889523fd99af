"""`watcher alerts` for ops incidents: list, show, ack, silence."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.cli.conftest import QUERY, Run
from watcher.config import load_settings
from watcher.core.errors import Api, Code
from watcher.core.monitoring.attempts import Attempt
from watcher.core.times import Instant, Seconds
from watcher.runtime import App
from watcher.runtime.jobs import judge_health


@pytest.fixture
def incident(run: Run, database: Path) -> str:
    """Let eBay be down for ten minutes; return the id of the incident."""
    del database

    async def fail() -> str:
        async with App.opened(load_settings(None, {})) as app:
            now = app.clock.now()
            for minute in range(11):
                at = Instant(now - 600 + minute * 60)
                code = Code.EBAY_UNAVAILABLE if minute else None
                app.health.observe(Attempt(Api.EBAY, at, Seconds(0.2), code))
            await judge_health(app, now)
            (found,) = app.stores.incidents.open_incidents()
            return found.id

    return asyncio.run(fail())


def test_alert_list_includes_incidents(run: Run, incident: str) -> None:
    out = run("alerts", "list").out
    assert incident in out
    assert "ebay outage" in out
    (listed,) = run("alerts", "list", "--json").json["incidents"]
    assert (listed["id"], listed["api"], listed["symptom"], listed["state"]) == (
        incident,
        "ebay",
        "outage",
        "firing",
    )
    assert listed["headline"].startswith("eBay: no successful call for 10 min")


def test_incident_shows_its_messages_and_their_states(run: Run, incident: str) -> None:
    lines = run("alerts", "show", incident).out.splitlines()
    assert lines[0] == f"Incident {incident}: ebay outage, firing"
    assert any(x.startswith("firing, pending: eBay: no successful call") for x in lines)
    assert any(x.startswith("  What to do: ") for x in lines)
    shown = run("alerts", "show", incident, "--json").json
    assert (shown["id"], shown["api"], shown["symptom"]) == (incident, "ebay", "outage")
    (message,) = shown["messages"]
    assert (message["phase"], message["state"], message["sentAt"]) == ("firing", "pending", None)


def test_incident_is_acknowledged_with_a_name(run: Run, incident: str) -> None:
    assert run("alerts", "ack", incident, "--by", "ann").out == f"{incident} is acknowledged by ann.\n"
    (listed,) = run("alerts", "list", "--json").json["incidents"]
    assert listed["ackedBy"] == "ann"
    assert "acknowledged by ann: eBay: no successful call" in run("status").out


def test_unknown_id_cannot_be_acknowledged(run: Run, incident: str) -> None:
    del incident
    done = run("alerts", "ack", "deadbeef0000")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith('watcher: There is no alert or incident "deadbeef0000"')


def test_silence_names_its_matchers_author_reason_and_end(run: Run, database: Path) -> None:
    del database
    made = run(
        "alerts", "silence", "--api", "ebay", "--symptom", "latency", "--for", "2h", "--reason", "slow line",
        "--by", "ann", "--json",
    ).json  # fmt: skip
    assert (made["api"], made["symptom"], made["author"], made["reason"], made["holds"]) == (
        "ebay",
        "latency",
        "ann",
        "slow line",
        True,
    )
    assert run("alerts", "silences", "--json").json == {"silences": [made]}
    assert "latency of ebay" in run("alerts", "silences").out
    assert run("alerts", "unsilence", made["id"]).out == f"Silence {made['id']} has ended.\n"
    assert run("alerts", "silences").out == "Nothing is silenced.\n"
    assert run("alerts", "unsilence", made["id"]).code == 1


def test_incident_is_silenced_by_its_id(run: Run, incident: str) -> None:
    made = run("alerts", "silence", incident, "--for", "30m", "--reason", "known", "--json").json
    assert (made["api"], made["symptom"]) == ("ebay", "outage")


def test_maintenance_window_starts_later_and_repeats(run: Run, database: Path) -> None:
    del database
    made = run(
        "alerts", "silence", "--all", "--from", "2099-12-01T02:00Z", "--for", "2h", "--every", "7d",
        "--reason", "backup", "--json",
    ).json  # fmt: skip
    assert (made["startsAt"], made["endsAt"]) == ("2099-12-01T02:00:00Z", "2099-12-01T04:00:00Z")
    assert (made["every"], made["holds"]) == ("7d", False)
    assert "planned" in run("alerts", "silences").out


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ((), "Choose what to silence"),
        (("--all", "--api", "ebay"), '"all" silences every operator message'),
        (("--api", "ebey"), 'Unknown API "ebey"'),
        (("--symptom", "slow"), 'Unknown symptom "slow"'),
        (("--api", "ebay", "--watch", "1"), "not to both"),
        (("--all", "--every", "1h"), '"every" must be longer than "for"'),
        (("--all", "--from", "tomorrow"), "is not a time"),
        (("--all", "--from", "2020-01-01T00:00Z"), "already"),
        (("no such id",), "There is no alert or incident"),
    ],
)
def test_invalid_silence_is_refused(run: Run, database: Path, words: tuple[str, ...], why: str) -> None:
    del database
    done = run("alerts", "silence", *words, "--for", "2h", "--reason", "x")
    assert (done.code, done.out) == (1 if "no such id" in words else 2, "")
    assert why in done.err
    assert run("alerts", "silences", "--json").json == {"silences": []}


def test_unknown_watch_cannot_be_silenced(run: Run, database: Path) -> None:
    del database
    done = run("alerts", "silence", "--watch", "7", "--for", "2h", "--reason", "x")
    assert (done.code, done.err) == (1, "watcher: There is no watch 7; `watcher watch list` shows them.\n")


def test_silence_needs_a_reason_and_a_length(run: Run, database: Path) -> None:
    del database
    assert run("alerts", "silence", "--all", "--for", "2h").code == 2
    assert run("alerts", "silence", "--all", "--reason", "x").code == 2


def test_price_alerts_of_a_silenced_watch_wait_for_its_end(run: Run, market: object, database: Path) -> None:
    del database, market
    run("watch", "add", QUERY, "--below", "75")
    held = run("alerts", "silence", "--watch", "1", "--for", "2h", "--reason", "holiday", "--json").json

    async def poll() -> int:
        async with App.opened(load_settings(None, {})) as app:
            await app.poller.tick(app.clock.now())
            await app.poller.settle()
            return await app.dispatcher.drain(app.clock.now())

    assert asyncio.run(poll()) == 0
    (alert,) = run("alerts", "list", "--json").json["alerts"]

    async def due() -> bool:
        async with App.opened(load_settings(None, {})) as app:
            at = app.stores.outbox.next_due()
            return at is not None and at <= app.clock.now()

    assert not asyncio.run(due())
    run("alerts", "unsilence", held["id"])
    assert asyncio.run(due())
    assert run("alerts", "ack", alert["id"], "--by", "ann").code == 0
    assert "Acknowledged by ann" in run("alerts", "show", alert["id"]).out
