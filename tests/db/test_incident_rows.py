"""Which rows the statements about incidents, silences, calls, tokens and quotas take, and leave alone."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import Connection, Table, insert, select, update

from tests.conftest import database_url
from tests.fakes import NOON
from tests.trips import Trip
from watcher.core.alerts import OpsNotice
from watcher.core.deliveries import IncidentPost
from watcher.core.errors import Api, Code
from watcher.core.monitoring.attempts import Attempt
from watcher.core.monitoring.incident_messages import IncidentDescription
from watcher.core.monitoring.incidents import ChangeOutcome, Incident, Signal, Symptom
from watcher.core.monitoring.silences import Silence
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.db import schema
from watcher.db.stores import Stores
from watcher.monitoring.incident_tracker import IncidentTracker

# On SQLite and, with `make test-slow PART=postgres`, on Postgres; some of them always (`ON_POSTGRES`).
__all__ = ["database_url"]


async def put(stores: Stores, table: Table, *rows: dict[str, Any]) -> None:
    def write(conn: Connection) -> None:
        conn.execute(insert(table), list(rows))

    await stores.database.write(write)


def incident(name: str, **fields: Any) -> dict[str, Any]:
    return {
        "id": name,
        "api": "ebay",
        "symptom": name,
        "since": NOON,
        "notified_at": NOON,
        "resolved_at": None,
        "headline": "",
        "fired_at": NOON,
        "owed": False,
        **fields,
    }


# incidents


async def test_current_incidents_are_open_owe_a_message_or_ended_lately(stores: Stores) -> None:
    await put(
        stores,
        schema.incidents,
        incident("late", since=NOON + 2, resolved_at=NOON + 11),
        incident("just then", resolved_at=NOON + 10),
        incident("owing", since=NOON + 1, resolved_at=NOON - DAY, owed=True),
        incident("open", since=NOON + 3),
        incident("old", resolved_at=NOON - DAY),
    )
    found = stores.incidents
    assert [i.id for i in found.incidents(Instant(NOON + 10))] == ["owing", "late", "open"]
    assert [i.id for i in found.open_incidents()] == ["open"]


async def test_open_incidents_are_read_oldest_first_and_all_newest_first(stores: Stores) -> None:
    times = (("a", NOON + 2, NOON + 7), ("b", NOON + 1, NOON + 8), ("c", NOON + 1, NOON + 6))
    await put(stores, schema.incidents, *(incident(n, since=s, fired_at=f) for n, s, f in times))
    await put(stores, schema.incidents, incident("d", fired_at=NOON + 9, resolved_at=NOON + 9))
    assert [i.id for i in stores.incidents.open_incidents()] == ["b", "c", "a"]
    assert [i.id for i in stores.incidents.latest(3)] == ["d", "b", "a"]
    one = stores.incidents.get("c")
    assert one is not None
    assert one.id == "c"


async def test_only_an_open_incident_is_acknowledged(stores: Stores) -> None:
    await put(stores, schema.incidents, incident("a"), incident("b"), incident("c", resolved_at=NOON))
    store = stores.incidents
    assert await store.ack("a", NOON, "ann")
    assert not await store.ack("c", NOON, "ann")
    assert not await store.ack("none", NOON, "ann")
    rows = {r.id: r for r in stores.database.rows(select(schema.incidents))}
    assert (rows["a"].acked_at, rows["a"].acked_by, rows["a"].revision) == (NOON, "ann", 1)
    assert [(r.acked_at, r.acked_by, r.revision) for n, r in rows.items() if n != "a"] == [(None, "", 0)] * 2


def moved(name: str = "a", **fields: Any) -> Incident:
    return Incident(name, "ebay", "outage", NOON, NOON, NOON, NOON)._replace(**fields)


def post(name: str = "a", phase: str = "firing", at: float = NOON, **fields: Any) -> IncidentPost:
    notice = OpsNotice(name, phase, "ebay", "outage", NOON, Instant(at), f"{phase} {name}")
    return IncidentPost("ops", notice, **fields)


async def test_a_message_replaces_the_unsent_ones_about_its_incident_alone(stores: Stores) -> None:
    move = stores.incidents.move_incident
    for name in ("a", "b"):
        assert await move(None, moved(name, symptom=name), post(name)) is ChangeOutcome.DONE
    before = stores.incidents.get("a")
    assert before is not None
    assert await move(before, before, post(phase="reminder")) is ChangeOutcome.DONE
    assert [m.notice.phase for m in stores.incidents.messages("a")] == ["reminder"]
    assert [m.notice.phase for m in stores.incidents.messages("b")] == ["firing"]


@pytest.mark.parametrize(("state", "phases"), [("sent", ["firing", "resolved"]), ("pending", ["late"])])
async def test_an_end_is_not_sent_without_its_start(stores: Stores, state: str, phases: list[str]) -> None:
    move = stores.incidents.move_incident
    await move(None, moved(), post())
    if state == "sent":
        (delivery,) = await stores.outbox.lease_deliveries(NOON, 1, "me", MINUTE, ())
        await stores.outbox.mark_sent(delivery, NOON)
    before = stores.incidents.get("a")
    assert before is not None
    instead = replace(post().notice, phase="late")
    ended = post(phase="resolved", at=NOON + HOUR, instead=instead)
    assert await move(before, before, ended) is ChangeOutcome.DONE
    assert [m.notice.phase for m in stores.incidents.messages("a")] == phases


@pytest.mark.parametrize(("at", "outcome"), [(MINUTE - 1, ChangeOutcome.LATER), (MINUTE, ChangeOutcome.DONE)])
async def test_a_message_waits_while_an_older_one_is_being_sent(
    stores: Stores, at: float, outcome: ChangeOutcome
) -> None:
    await stores.incidents.move_incident(None, moved(), post())
    await stores.outbox.lease_deliveries(NOON, 1, "me", MINUTE, ())
    before = stores.incidents.get("a")
    assert await stores.incidents.move_incident(before, moved(), post(at=NOON + at)) is outcome


async def test_a_tracker_keeps_its_incident_while_its_message_must_wait(stores: Stores) -> None:
    tracker = IncidentTracker(stores.incidents, HOUR)

    async def apply(signal: Signal, now: float) -> list[str]:
        tracker.read(Instant(now))
        found = await tracker.apply(
            "ebay", Symptom.OUTAGE, signal, lambda: IncidentDescription("n", "t", "f", "r"), Instant(now)
        )
        return [notice.phase for notice in found]

    assert await apply(Signal(since=NOON), NOON) == ["firing"]
    await stores.outbox.lease_deliveries(NOON, 1, "me", MINUTE, ())
    assert await apply(Signal(over=True), NOON + 5) == []
    assert [i.symptom for i in tracker.all_open()] == ["outage"]
    assert await apply(Signal(over=True), NOON + MINUTE) == ["resolved"]
    assert list(tracker.all_open()) == []


async def test_a_change_of_an_older_revision_is_lost(stores: Stores) -> None:
    move = stores.incidents.move_incident
    await move(None, moved(), None)
    old = stores.incidents.get("a")
    assert old is not None
    assert await move(old, old._replace(changes=1), None) is ChangeOutcome.DONE
    assert await move(old, old._replace(changes=2), post()) is ChangeOutcome.LOST
    assert list(stores.incidents.messages("a")) == []
    assert await move(None, moved("other"), post("other")) is ChangeOutcome.LOST, "one is open already"


# calls


def call(at: float, code: Code | None = None) -> Attempt:
    return Attempt(Api.EBAY, Instant(NOON + at), Seconds(0.5), code, refused=code is not None)


async def test_calls_are_read_from_an_instant_on_oldest_first(stores: Stores) -> None:
    await stores.incidents.log_attempts([call(3), call(1, Code.EBAY_TIMEOUT), call(2), call(0)], "me")
    found, last = stores.incidents.attempts_since(Instant(NOON + 1))
    assert found == [call(1, Code.EBAY_TIMEOUT), call(2), call(3)]
    assert last == 4


async def test_a_daemon_reads_only_the_new_calls_of_others(stores: Stores) -> None:
    log = stores.incidents.log_attempts
    await log([call(1)], "they")
    await log([call(2)], "me")
    await log([call(3)], "others")
    found, last = stores.incidents.attempts_of_others("me", 0)
    assert ([c.attempt for c in found], last) == ([call(1), call(3)], 3)
    assert [c.attempt for c in stores.incidents.attempts_of_others("me", 1)[0]] == [call(3)]
    assert stores.incidents.attempts_of_others("me", 3) == ([], 3)


# silences


def silence(
    name: str, starts: float, ends: float, watch: int | None = None, every: float | None = None
) -> Silence:
    period = None if every is None else Seconds(every)
    return Silence(
        name, Instant(NOON + starts), Instant(NOON + ends), "ann", "why", watch=watch, every=period
    )


async def test_silences_are_listed_by_start_until_they_have_ended(stores: Stores) -> None:
    for one in (
        silence("later", 50, 60),
        silence("now", -5, 5),
        silence("over", -9, 0),
        silence("repeats", -99, -90, every=DAY),
        silence("planned", 40, 60),
    ):
        await stores.silences.add(one, NOON)
    assert [s.id for s in stores.incidents.silences(NOON)] == ["repeats", "now", "planned", "later"]


@pytest.mark.parametrize(
    ("one", "waits_until"),
    [
        pytest.param(silence("s", -5, 500, watch=1), 500, id="it holds"),
        pytest.param(silence("s", 5, 500, watch=1), 0, id="it has not begun"),
        pytest.param(silence("s", -50, -5, watch=1), 0, id="it has ended"),
        pytest.param(silence("s", -5, 500, watch=2), 0, id="of another watch"),
        pytest.param(silence("s", -5, 500), 0, id="of no watch"),
        pytest.param(silence("s", -DAY, 100 - DAY, watch=1, every=DAY), 100, id="it repeats"),
    ],
)
async def test_the_alerts_of_a_silenced_watch_wait_for_its_end(
    trip: Trip, one: Silence, waits_until: float
) -> None:
    await trip.watch(below="51")
    await trip.stores.silences.add(one, NOON)
    assert len(await trip.poll()) == 1
    (row,) = trip.stores.database.rows(select(schema.outbox))
    assert (row.next_at, row.created_at) == (NOON + waits_until, NOON + waits_until)


async def test_a_silence_moves_the_waiting_alerts_of_its_watch_alone(trip: Trip) -> None:
    for below in ("51", "52", "53"):  # watches that ask for the same share a message
        await trip.watch(below=below)
    watch_of = {a.id: a.watch_id for a in await trip.poll()}
    (sent,) = [alert for alert, watch in watch_of.items() if watch == 3]

    def mark_sent(conn: Connection) -> None:
        conn.execute(update(schema.outbox).where(schema.outbox.c.ref == sent).values(state="sent"))

    await trip.stores.database.write(mark_sent)
    for watch in (1, 3):
        await trip.stores.silences.add(silence(f"s{watch}", 0, 100, watch=watch), NOON)
    rows = trip.stores.database.rows(select(schema.outbox))
    assert {watch_of[r.ref]: r.next_at - NOON for r in rows} == {1: 100, 2: 0, 3: 0}


async def test_a_shared_message_waits_while_all_of_its_watches_are_silenced(trip: Trip) -> None:
    for below in ("51", "51", "52"):
        await trip.watch(below=below)
    await trip.poll()
    for watch, ends, waits in ((1, 100, 0), (2, 50, 50)):
        await trip.stores.silences.add(silence(f"s{watch}", 0, ends, watch=watch), NOON)
        rows = trip.stores.database.rows(select(schema.outbox).order_by(schema.outbox.c.next_at.desc()))
        assert [r.next_at - NOON for r in rows] == [waits, 0]


async def test_ending_a_silence_delivers_what_it_held_back(trip: Trip) -> None:
    watch = await trip.watch(below="51")
    for one in (silence("long", 0, 100, watch=watch), silence("short", 0, 50, watch=watch)):
        await trip.stores.silences.add(one, NOON)
    await trip.poll()
    at = Instant(NOON + 10)
    assert await trip.stores.silences.end("long", at)
    assert trip.stores.outbox.next_due() == NOON + 50, "the other one still holds"
    assert await trip.stores.silences.end("short", at)
    assert trip.stores.outbox.next_due() == at
    assert not await trip.stores.silences.end("short", at)
    assert list(trip.stores.incidents.silences(at)) == []


async def test_a_repeating_silence_can_be_ended_between_its_windows(stores: Stores) -> None:
    await stores.silences.add(silence("s", -99, -90, every=DAY), NOON)
    await stores.silences.add(silence("other", -99, -90, every=DAY), NOON)
    assert await stores.silences.end("s", NOON)
    assert [s.id for s in stores.incidents.silences(NOON)] == ["other"]


# tokens


async def test_a_revoked_token_opens_nothing_and_still_counts_as_made(stores: Stores) -> None:
    tokens = stores.tokens
    assert not tokens.ever()
    first = await tokens.add("a", "ann", NOON, admin=False)
    second = await tokens.add("b", "bob", NOON, admin=True)
    assert (first.user, first.admin, second.user, second.admin) == ("ann", False, "bob", True)
    assert tokens.find("a") == first
    assert await tokens.revoke(first.id, Instant(NOON + 1))
    assert not await tokens.revoke(first.id, Instant(NOON + 2))
    assert not await tokens.revoke(99, Instant(NOON + 2))
    assert tokens.find("a") is None
    assert tokens.find("b") == second
    assert tokens.find("none") is None
    assert (tokens.count_valid(), tokens.ever()) == (1, True)
    assert [(t.id, t.revoked_at) for t in tokens.listed()] == [(first.id, NOON + 1), (second.id, None)]
    await tokens.revoke(second.id, NOON)
    assert (tokens.count_valid(), tokens.ever()) == (0, True)


# quotas


async def test_a_window_of_quota_is_counted_apart_from_the_others(stores: Stores) -> None:
    ledger = stores.quota_ledger
    others = [(Api.EBAY, Instant(NOON + DAY)), (Api.SERPAPI, NOON)]
    for api, start in [(Api.EBAY, NOON), *others]:
        assert await ledger.reserve(api, start, 5, 10) == 5
    assert await ledger.reserve(Api.EBAY, NOON, 5, 10) == 5
    assert await ledger.reserve(Api.EBAY, NOON, 5, 10) == 0
    assert await ledger.reserve(Api.EBAY, NOON, 5, 14) == 1
    await ledger.give_back(Api.EBAY, NOON, 4)
    assert ledger.used(Api.EBAY, NOON) == 7
    await ledger.keep_within(Api.EBAY, NOON, 9, None)
    assert ledger.used(Api.EBAY, NOON) == 9
    await ledger.keep_within(Api.EBAY, NOON, 0, 3)
    assert ledger.used(Api.EBAY, NOON) == 3
    await ledger.give_back(Api.EBAY, NOON, 4)
    assert ledger.used(Api.EBAY, NOON) == 0
    assert [ledger.used(api, start) for api, start in others] == [5, 5]


async def test_the_granted_limit_is_that_of_the_newest_window_of_an_api(stores: Stores) -> None:
    ledger = stores.quota_ledger
    assert ledger.granted(Api.EBAY) is None
    await ledger.record_grant(Api.EBAY, NOON, 5000)
    await ledger.record_grant(Api.EBAY, Instant(NOON - DAY), 4000)
    await ledger.record_grant(Api.SERPAPI, NOON, 250)
    assert (ledger.granted(Api.EBAY), ledger.granted(Api.SERPAPI)) == (5000, 250)
    await ledger.reserve(Api.EBAY, Instant(NOON + DAY), 5, 10)
    assert ledger.granted(Api.EBAY) == 5000, "of the new window nothing is known"
    await ledger.record_grant(Api.EBAY, Instant(NOON + DAY), 6000)
    assert ledger.granted(Api.EBAY) == 6000
    assert ledger.used(Api.EBAY, Instant(NOON + DAY)) == 5


async def test_interactive_calls_are_counted_among_all_calls(stores: Stores) -> None:
    ledger = stores.quota_ledger
    await ledger.reserve(Api.EBAY, NOON, 3, 10)
    assert await ledger.reserve(Api.EBAY, NOON, 4, 10, interactive=True) == 4
    assert await ledger.reserve(Api.EBAY, NOON, 4, 10, interactive=True) == 1
    assert tuple(ledger.counts(Api.EBAY, NOON)) == (8, 5)
    await ledger.give_back(Api.EBAY, NOON, 2, interactive=True)
    await ledger.give_back(Api.EBAY, NOON, 1)
    assert tuple(ledger.counts(Api.EBAY, NOON)) == (5, 3)
    await ledger.give_back(Api.EBAY, NOON, 9, interactive=True)
    assert tuple(ledger.counts(Api.EBAY, NOON)) == (0, 0)
    assert tuple(ledger.counts(Api.SERPAPI, NOON)) == (0, 0)
