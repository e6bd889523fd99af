"""Which rows of the outbox each statement reads and changes, next to rows that it must leave alone."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select

from tests.conftest import database_url
from tests.fakes import NOON
from watcher.core.alerts import OpsNotice
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.db import outbox as outbox_module
from watcher.db.codec import write_notification
from watcher.db.schema import outbox
from watcher.db.stores import Stores

# On SQLite and, with `make test-slow PART=postgres`, on Postgres; some of them always (`ON_POSTGRES`).
__all__ = ["database_url"]

WEEK = 7 * DAY
PAYLOAD = write_notification(OpsNotice("i", "firing", "i", "outage", NOON, NOON, "no answer"))


async def put(stores: Stores, **fields: Any) -> int:
    """Insert a message; return its id. Without fields it is pending for `ops`, due an hour ago."""
    row = {
        "kind": "ops",
        "ref": "r",
        "destination": "ops",
        "payload": PAYLOAD,
        "created_at": NOON - HOUR,
        "state": "pending",
        "next_at": NOON - HOUR,
        "attempt": 1,
        "lease": "",
        "lease_until": 0.0,
        "error": "",
        **fields,
    }

    def write(conn: Connection) -> int:
        return int(conn.scalars(insert(outbox).returning(outbox.c.id), [row]).one())

    return await stores.database.write(write)


async def dead(stores: Stores, **fields: Any) -> int:
    return await put(
        stores, **{"state": "dead", "done_at": NOON - HOUR, "error": "SLACK_REFUSED: x"} | fields
    )


def states(stores: Stores) -> dict[int, str]:
    rows = stores.database.rows(select(outbox).order_by(outbox.c.id))
    return {r.id: r.state if r.next_at != NOON else f"{r.state} now" for r in rows}


# requeue: the dead letters of one destination


@pytest.mark.parametrize(
    ("fields", "after"),
    [
        pytest.param({}, "pending now", id="a recent one"),
        pytest.param({"done_at": NOON - WEEK + 1}, "pending now", id="almost a week old"),
        pytest.param({"done_at": NOON - WEEK}, "dead", id="a week old"),
        pytest.param({"destination": "deals"}, "dead", id="of another destination"),
        pytest.param({"attempt": 4}, "pending now", id="the fifth attempt"),
        pytest.param({"attempt": 5}, "dead", id="after five attempts"),
        pytest.param({"state": "sent"}, "sent", id="sent"),
        pytest.param({"state": "pending"}, "pending", id="pending"),
    ],
)
async def test_requeuing_takes_the_recent_dead_letters_of_a_destination(
    stores: Stores, fields: dict[str, Any], after: str
) -> None:
    number = await dead(stores, **fields)
    again, left = await stores.outbox.requeue("ops", NOON)
    assert states(stores) == {number: after}
    is_counted = after == "dead" and fields.keys() == {"attempt"}
    assert (again, left) == (int(after == "pending now"), int(is_counted))


SUPERSEDING = [
    pytest.param({}, True, id="a later one to the same destination"),
    pytest.param({"payload": "other"}, True, id="a later one with another text"),
    pytest.param({"destination": "deals"}, True, id="the same text elsewhere"),
    pytest.param({"destination": "deals", "payload": "other"}, False, id="another text elsewhere"),
    pytest.param({"ref": "other"}, False, id="about something else"),
    pytest.param({"state": "pending", "next_at": NOON + 1}, False, id="not sent yet"),
]


@pytest.mark.parametrize(("later", "is_superseded"), SUPERSEDING)
async def test_a_superseded_dead_letter_is_deleted_and_not_requeued(
    stores: Stores, later: dict[str, Any], *, is_superseded: bool
) -> None:
    old = await dead(stores)
    await put(stores, **{"state": "sent", "done_at": NOON - 1} | later)
    await stores.outbox.requeue("ops", NOON)
    assert states(stores).get(old) == (None if is_superseded else "pending now")


@pytest.mark.parametrize(("later", "is_superseded"), SUPERSEDING)
async def test_a_restart_does_not_requeue_a_superseded_dead_letter(
    stores: Stores, later: dict[str, Any], *, is_superseded: bool
) -> None:
    old = await dead(stores)
    await put(stores, **{"state": "sent", "done_at": NOON - 1} | later)
    await stores.outbox.resume(NOON)
    assert states(stores)[old] == ("dead" if is_superseded else "pending now")


async def test_an_earlier_message_supersedes_nothing(stores: Stores) -> None:
    await put(stores, state="sent", done_at=NOON - 1)
    old = await dead(stores)
    await stores.outbox.requeue("ops", NOON)
    assert states(stores)[old] == "pending now"


# resume: one dead letter per destination, and what waits because it failed


async def test_a_restart_requeues_the_oldest_dead_letter_of_each_destination(stores: Stores) -> None:
    await dead(stores, destination="deals", attempt=5, ref="a")
    await dead(stores, destination="deals", done_at=NOON - WEEK, ref="b")
    first = await dead(stores, destination="deals", ref="c")
    await dead(stores, destination="deals", ref="d")
    other = await dead(stores, ref="e")
    await stores.outbox.resume(NOON)
    assert [n for n, state in states(stores).items() if state == "pending now"] == [first, other]


@pytest.mark.parametrize(
    ("fields", "after"),
    [
        pytest.param({"next_at": NOON + 9}, "pending now", id="it failed"),
        pytest.param({"next_at": NOON + 9, "attempt": 0}, "pending", id="it waits for a silence to end"),
        pytest.param({"next_at": NOON + 9, "error_code": "SLACK_RATE_LIMIT"}, "pending", id="asked to wait"),
        pytest.param({"next_at": NOON - 9}, "pending", id="it is due"),
        pytest.param({"next_at": NOON + 9, "state": "sent"}, "sent", id="it was sent"),
    ],
)
async def test_a_restart_makes_due_what_waits_only_because_it_failed(
    stores: Stores, fields: dict[str, Any], after: str
) -> None:
    number = await put(stores, **fields)
    await stores.outbox.resume(NOON)
    assert states(stores) == {number: after}


async def test_a_restart_knows_until_when_each_destination_asked_to_wait(stores: Stores) -> None:
    asked = {"error_code": "SLACK_RATE_LIMIT"}
    await put(stores, next_at=NOON + 5, **asked)
    await put(stores, next_at=NOON + 9, **asked)
    await put(stores, next_at=NOON + 99, error_code="SLACK_UNAVAILABLE")
    await put(stores, destination="deals", next_at=NOON - 1, **asked)
    await put(stores, destination="slack", next_at=NOON + 7, state="sent", **asked)
    assert dict(await stores.outbox.resume(NOON)) == {"ops": NOON + 9}


@pytest.mark.parametrize(
    ("fields", "after"),
    [
        pytest.param({"next_at": NOON + 9}, "pending now", id="it failed"),
        pytest.param({"next_at": NOON + 9, "destination": "deals"}, "pending", id="another destination"),
        pytest.param({"next_at": NOON - 9}, "pending", id="it is due already"),
        pytest.param({"next_at": NOON + 9, "attempt": 0}, "pending", id="it waits for a silence to end"),
        pytest.param({"next_at": NOON + 9, "error_code": "SLACK_RATE_LIMIT"}, "pending", id="asked to wait"),
        pytest.param({"next_at": NOON + 9, "state": "dead"}, "dead", id="it is dead"),
    ],
)
async def test_expediting_takes_what_waits_only_because_it_failed(
    stores: Stores, fields: dict[str, Any], after: str
) -> None:
    number = await put(stores, **fields)
    await stores.outbox.expedite("ops", NOON)
    assert states(stores) == {number: after}


# leases


LEASABLE = [
    pytest.param({}, True, id="due"),
    pytest.param({"next_at": NOON}, True, id="due now"),
    pytest.param({"next_at": NOON + 1}, False, id="due later"),
    pytest.param({"lease": "x", "lease_until": NOON}, True, id="its lease has ended"),
    pytest.param({"lease": "x", "lease_until": NOON + 1}, False, id="leased"),
    pytest.param({"state": "sent", "done_at": NOON - 9}, False, id="sent"),
    pytest.param({"state": "dead", "done_at": NOON - 9}, False, id="dead"),
    pytest.param({"destination": "lost"}, False, id="an excluded destination"),
]


async def leased(stores: Stores, limit: int = 9) -> list[int]:
    return [d.id for d in await stores.outbox.lease_deliveries(NOON, limit, "me", MINUTE, ("lost",))]


@pytest.mark.parametrize(("fields", "is_leased"), LEASABLE)
async def test_only_what_is_due_is_leased(stores: Stores, fields: dict[str, Any], *, is_leased: bool) -> None:
    number = await put(stores, **fields)
    await put(stores, destination="deals", ref="other")  # so that something is due in any case
    assert (number in await leased(stores)) is is_leased
    rows = {r.id: r for r in stores.database.rows(select(outbox))}
    assert (rows[number].lease == "me" and rows[number].lease_until == NOON + MINUTE) is is_leased


@pytest.mark.parametrize(
    ("fields", "is_busy"),
    [
        pytest.param({"lease": "x", "lease_until": NOON + 1}, True, id="being sent to"),
        pytest.param({"lease": "x", "lease_until": NOON, "next_at": NOON + 9}, False, id="the lease ended"),
        pytest.param({"state": "sent", "next_at": NOON + 1, "done_at": NOON - 1}, True, id="just sent to"),
        pytest.param({"state": "sent", "next_at": NOON, "done_at": NOON - 1}, False, id="sent to before"),
        pytest.param(
            {"state": "sent", "next_at": NOON + DAY, "done_at": NOON + 1},
            False,
            id="by a clock that was ahead",
        ),
        pytest.param({"next_at": NOON + 9, "error_code": "SLACK_RATE_LIMIT"}, True, id="asked to wait"),
        pytest.param({"next_at": NOON + 9, "error_code": "SLACK_TIMEOUT"}, False, id="failed otherwise"),
        pytest.param(
            {"state": "dead", "next_at": NOON + 9, "error_code": "SLACK_RATE_LIMIT"}, False, id="dead by now"
        ),
    ],
)
async def test_a_busy_destination_gets_no_second_message(
    stores: Stores, fields: dict[str, Any], *, is_busy: bool
) -> None:
    await put(stores, ref="other", **fields)
    waiting = await put(stores)
    elsewhere = await put(stores, destination="deals", ref="third")
    assert await leased(stores) == ([elsewhere] if is_busy else [waiting, elsewhere])


async def test_the_messages_about_one_incident_go_in_order(stores: Stores) -> None:
    await put(stores, next_at=NOON + 9)
    await put(stores)
    third = await put(stores, ref="other")
    same_elsewhere = await put(stores, destination="deals")
    assert await leased(stores) == [third, same_elsewhere]


async def test_a_destination_gets_its_oldest_message_first(stores: Stores) -> None:
    first = await put(stores, ref="a", next_at=NOON - 1)
    await put(stores, ref="b", next_at=NOON - 2)
    assert await leased(stores) == [first]


async def test_the_longest_due_destinations_are_served_first(stores: Stores) -> None:
    numbers = [
        await put(stores, destination=to, next_at=NOON - age) for to, age in (("a", 1), ("b", 3), ("c", 2))
    ]
    assert await leased(stores, limit=2) == [numbers[1], numbers[2]]


async def test_a_message_belongs_to_the_thread_of_the_first_one_about_it(stores: Stores) -> None:
    sent = {"state": "sent", "done_at": NOON - 9}
    await put(stores, **sent, thread="other", ref="other")
    await put(stores, **sent, thread="elsewhere", destination="deals")
    await put(stores, **sent, thread="")
    await put(stores, **sent | {"state": "dead"}, thread="dead")
    await put(stores, **sent, thread="first")
    await put(stores, **sent, thread="second")
    await put(stores)
    (delivery,) = await stores.outbox.lease_deliveries(NOON, 1, "me", MINUTE, ())
    assert delivery.thread == "first"


# outcomes


async def test_an_acceptance_does_not_mark_a_newer_row_of_the_same_number(stores: Stores) -> None:
    number = await put(stores)
    (mine,) = await stores.outbox.lease_deliveries(NOON, 1, "me", MINUTE, ())
    await stores.database.write(lambda conn: conn.execute(delete(outbox)))
    await put(stores, id=number, created_at=NOON)
    await stores.outbox.mark_sent(mine, NOON)
    assert stores.outbox.count_unsent() == {"pending": 1}


async def test_an_outcome_is_recorded_for_its_own_row_alone(stores: Stores) -> None:
    number, other = await put(stores), await put(stores, destination="deals", ref="x")
    mine, theirs = await stores.outbox.lease_deliveries(NOON, 2, "me", MINUTE, ())
    assert (mine.id, theirs.id) == (number, other)
    await stores.outbox.mark_sent(mine, NOON, "thread", Seconds(3.0))
    rows = {r.id: r for r in stores.database.rows(select(outbox))}
    done = rows[number]
    assert (done.state, done.done_at, done.next_at, done.thread) == ("sent", NOON, NOON + 3, "thread")
    assert (done.attempt, done.lease, done.lease_until, done.error_code) == (2, "", 0.0, "")
    assert (rows[other].state, rows[other].lease, rows[other].attempt) == ("pending", "me", 1)


@pytest.mark.parametrize("forever", [False, True])
async def test_a_dead_letter_keeps_its_error_and_its_attempts(stores: Stores, *, forever: bool) -> None:
    number = await put(stores)
    (mine,) = await stores.outbox.lease_deliveries(NOON, 1, "me", MINUTE, ())
    await stores.outbox.dead_letter(mine, NOON, "SLACK_REFUSED", "gone", forever=forever, instead="deals")
    buried, copy = stores.database.rows(select(outbox).order_by(outbox.c.id))
    assert (buried.id, buried.state, buried.done_at) == (number, "dead", NOON)
    assert [letter.attempts for letter in stores.dead_letters.page(9).letters] == [2]
    assert (buried.error, buried.error_code) == ("SLACK_REFUSED: gone", "SLACK_REFUSED")
    assert (copy.destination, copy.state, copy.next_at, copy.attempt) == ("deals", "pending", NOON, 0)
    assert (copy.kind, copy.ref, copy.payload, copy.created_at) == ("ops", "r", PAYLOAD, NOON - HOUR)


async def test_a_wrong_message_is_sent_again_by_a_person_alone(stores: Stores) -> None:
    await put(stores, attempt=0)
    (mine,) = await stores.outbox.lease_deliveries(NOON, 1, "me", MINUTE, ())
    await stores.outbox.dead_letter(mine, NOON, "SLACK_REFUSED", "gone", forever=True)
    assert await stores.outbox.requeue("ops", NOON) == (0, 1)
    await stores.outbox.resume(NOON)
    assert list(states(stores).values()) == ["dead now"]
    assert await stores.outbox.resend("r", NOON) == ["ops"]
    (row,) = stores.database.rows(select(outbox))
    assert (row.state, row.attempt) == ("pending", 0)


async def test_a_lost_lease_changes_and_copies_nothing(stores: Stores) -> None:
    await put(stores)
    (mine,) = await stores.outbox.lease_deliveries(NOON, 1, "me", MINUTE, ())
    late = Instant(NOON + 2 * MINUTE)
    (theirs,) = await stores.outbox.lease_deliveries(late, 1, "they", MINUTE, ())
    await stores.outbox.dead_letter(mine, late, "SLACK_REFUSED", "gone", instead="deals")
    await stores.outbox.postpone(mine, late, "SLACK_TIMEOUT", "late")
    await stores.outbox.release([mine])
    (row,) = stores.database.rows(select(outbox))
    assert (row.state, row.lease, row.attempt) == ("pending", "they", 1)
    assert (stores.outbox.is_leased(mine), stores.outbox.is_leased(theirs)) == (False, True)
    await stores.outbox.release([theirs])
    (row,) = stores.database.rows(select(outbox))
    assert (row.lease, row.lease_until) == ("", 0.0)


# what waits


async def test_pending_messages_are_counted_without_finished_ones(stores: Stores) -> None:
    await put(stores, created_at=NOON - 90, next_at=NOON - 5)
    await put(stores, created_at=NOON - 80, next_at=NOON - 9)
    await put(stores, destination="deals", created_at=NOON - 70, next_at=NOON + 9)
    await put(stores, destination="deals", created_at=NOON + 1, next_at=NOON + 99)  # silenced until then
    await put(stores, state="sent", created_at=NOON - 999, next_at=NOON - 999, done_at=NOON)
    await dead(stores, destination="old", created_at=NOON - 999, next_at=NOON - 999)
    store = stores.outbox
    assert store.count_unsent() == {"pending": 4, "dead": 1}
    assert store.oldest_pending() == NOON - 90
    assert sorted(store.pending_by_destination(NOON)) == [("deals", 1, NOON - 70), ("ops", 2, NOON - 90)]
    assert list(store.destinations_waiting()) == ["deals", "ops"]
    assert (store.next_due(), store.next_due(["ops"]), store.next_due(["ops", "deals"])) == (
        NOON - 9,
        NOON + 9,
        None,
    )


async def test_dead_letters_are_read_newest_first(stores: Stores) -> None:
    for n in range(3):
        await dead(stores, ref=f"r{n}", done_at=NOON - n, error=f"e{n}")
    await put(stores)
    assert list(stores.outbox.dead_letters(2)) == [
        ("r2", "ops", "e2", NOON - 2),
        ("r1", "ops", "e1", NOON - 1),
    ]


def test_a_new_message_is_due_when_it_is_made() -> None:
    row = outbox_module.message_row("alert", "a", "slack", "{}", NOON)
    assert (row["created_at"], row["next_at"], row["state"], row["attempt"]) == (NOON, NOON, "pending", 0)


# sent again because a person asked for it


async def test_resending_takes_the_newest_dead_letter_of_each_destination(stores: Stores) -> None:
    await dead(stores)
    held = {"lease": "x", "lease_until": NOON + 9, "error_code": "SLACK_REFUSED"}
    newest = await dead(stores, attempt=5, done_at=NOON - 9 * WEEK, **held)
    elsewhere = await dead(stores, destination="deals")
    await put(stores, destination="slack")
    await dead(stores, ref="other")
    assert list(await stores.outbox.resend("r", NOON)) == ["deals", "ops"]
    rows = {r.id: r for r in stores.database.rows(select(outbox))}
    assert [n for n, r in rows.items() if r.next_at == NOON] == [newest, elsewhere]
    again = rows[newest]
    assert (again.state, again.attempt, again.done_at, again.lease) == ("pending", 0, None, "")
    assert (again.lease_until, again.error, again.error_code) == (0.0, "", "")
