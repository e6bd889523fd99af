"""A poll that cannot be recorded waits as long as any poll that fails, is counted and is reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import NoReturn

import pytest
from sqlalchemy import select

from tests.fakes import THRESHOLDS
from tests.trips import Trip
from watcher.core.errors import Code, WatcherError
from watcher.core.monitoring.incidents import Symptom
from watcher.core.monitoring.self_checks import Readings, UnrecordedPolls, run_self_checks
from watcher.core.times import HOUR, Instant
from watcher.db.schema import searches
from watcher.polling import poller as poller_module

ERRORS = [
    WatcherError(Code.DATABASE_QUERY_FAILED),
    WatcherError(Code.DATABASE_CONNECTION_FAILED),
    OverflowError("Python int too large to convert to SQLite INTEGER"),
    UnicodeEncodeError("utf-8", "\ud83d", 0, 1, "surrogates not allowed"),
    RuntimeError("a bug"),
    MemoryError(),
]


def raising(error: Exception) -> Callable[..., NoReturn]:
    def fail(*_: object, **__: object) -> NoReturn:
        raise error

    return fail


def break_poll(trip: Trip, place: str, error: Exception, patch: pytest.MonkeyPatch) -> None:
    """Let every poll fail at one of its steps, the write of its next due time excepted."""
    if place == "record":
        patch.setattr(trip.stores.searches, "record", raising(error))
    elif place == "evaluate":
        patch.setattr(poller_module, "evaluate_watches", raising(error))
    else:
        patch.setattr(trip.fetcher, "fetch", raising(error))


async def calls_in(trip: Trip, seconds: int, tick: int = 1) -> int:
    """Let time pass in ticks; return how many polls were started."""
    started = 0
    for _ in range(seconds // tick):
        started += await trip.poller.tick(trip.clock.move(tick))
        await trip.poller.settle()
    return started


@pytest.mark.parametrize("place", ["fetch", "evaluate", "record"])
@pytest.mark.parametrize("error", ERRORS, ids=lambda e: type(e).__name__ + getattr(e, "code", ""))
async def test_a_poll_that_fails_in_any_way_waits_for_its_backoff(
    trip: Trip, monkeypatch: pytest.MonkeyPatch, place: str, error: Exception
) -> None:
    await trip.watch(below="51", every="1h")
    break_poll(trip, place, error, monkeypatch)
    assert await calls_in(trip, 60) <= 5, "2, 4, 8 and 30 s apart at least"
    assert await calls_in(trip, 600, tick=10) <= 4
    assert await calls_in(trip, 3600, tick=60) <= 7, "every ten minutes at most"


async def test_a_frequent_watch_is_not_polled_more_often_because_it_fails(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    await trip.watch(below="51", every="1m")
    break_poll(trip, "record", OverflowError(), monkeypatch)
    await calls_in(trip, 300)
    assert 9 <= await calls_in(trip, 600) <= 11


async def test_unrecorded_polls_are_counted_until_one_is_recorded(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    await trip.watch(below="51", every="1h")
    with monkeypatch.context() as broken:
        break_poll(trip, "record", OverflowError(), broken)
        await calls_in(trip, 30)
    ((query, polls),) = trip.stores.searches.unrecorded()
    assert (query, polls) == ("zenitar mk2 camera", 4)
    assert await trip.poll(after=HOUR), "the alert of the answer that was not recorded"
    assert not trip.stores.searches.unrecorded()


async def test_the_write_after_an_unrecorded_poll_holds_nothing_of_the_answer(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    await trip.watch(below="51")
    break_poll(trip, "record", OverflowError(), monkeypatch)
    assert not await trip.poll()
    (row,) = trip.stores.database.rows(select(searches))
    assert (row.due_at, row.polled_at, row.attempt) == (pytest.approx(trip.clock.now() + 2, abs=1), None, 1)
    assert (row.error, row.lease) == (Code.INTERNAL_ERROR, "")


async def test_a_watch_added_during_an_unrecorded_poll_is_polled_at_once(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    await trip.watch(below="51", every="1h")

    async def add_and_fail(*_: object) -> NoReturn:
        await trip.watch(below="40", every="1h")
        raise OverflowError

    with monkeypatch.context() as broken:
        broken.setattr(trip.stores.searches, "record", add_and_fail)
        await trip.poll()
    due = trip.stores.searches.next_due()
    assert due is not None
    assert due <= trip.clock.now() + 0.01


@pytest.mark.parametrize(("polls", "fires"), [(1, False), (2, False), (3, True), (61, True)])
def test_three_unrecorded_polls_in_a_row_are_an_incident(polls: int, *, fires: bool) -> None:
    readings = Readings(unrecorded=UnrecordedPolls("zenitar", polls, 1))
    findings = {f.symptom: f for f in run_self_checks(readings, THRESHOLDS, Instant(0.0))}
    finding = findings[Symptom.UNRECORDED]
    assert (finding.signal.since is not None) is fires
    assert finding.signal.over is not fires
    assert '"zenitar" could not be recorded' in finding.description.firing
