from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.cadence.windows import day_start, due_for_auctions, next_day_start
from watcher.core.times import HOUR, MINUTE, Instant


def at(text: str) -> Instant:
    return Instant(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("now", "start", "following"),
    [
        ("2026-07-15T12:00", "2026-07-15T07:00", "2026-07-16T07:00"),
        ("2026-01-15T12:00", "2026-01-15T08:00", "2026-01-16T08:00"),
        ("2026-01-15T07:59", "2026-01-14T08:00", "2026-01-15T08:00"),
        ("2026-03-08T20:00", "2026-03-08T08:00", "2026-03-09T07:00"),  # 23 hours
        ("2026-11-01T20:00", "2026-11-01T07:00", "2026-11-02T08:00"),  # 25 hours
    ],
)
def test_a_quota_day_begins_at_midnight_pacific_time(now: str, start: str, following: str) -> None:
    assert day_start(at(now)) == at(start)
    assert next_day_start(at(now)) == at(following)


@given(st.integers(1_500_000_000, 2_500_000_000).map(lambda s: Instant(float(s))))
def test_every_instant_lies_within_its_quota_day(now: Instant) -> None:
    start, following = day_start(now), next_day_start(now)
    assert start <= now < following
    assert following - start in {23 * HOUR, 24 * HOUR, 25 * HOUR}
    assert day_start(Instant(following - 1)) == start
    assert day_start(following) == following


def test_an_ending_auction_brings_the_next_poll_forward() -> None:
    due, now = Instant(10_000.0), Instant(1_000.0)
    assert due_for_auctions(due, now, MINUTE, [5_000.0, 7_000.0]) == 5_000


def test_an_auction_never_undercuts_the_minimum_interval() -> None:
    assert due_for_auctions(Instant(10_000.0), Instant(1_000.0), MINUTE, [1_010.0]) == 1_060


@pytest.mark.parametrize("starts", [[], [999.0], [20_000.0]])
def test_the_next_poll_stays_without_an_upcoming_auction(starts: list[float]) -> None:
    assert due_for_auctions(Instant(10_000.0), Instant(1_000.0), MINUTE, starts) == 10_000
