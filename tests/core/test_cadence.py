from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.cadence import RESERVE, day_start, due_for_auctions, next_day_start, poll_interval
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds

SECONDS = st.integers(1, 40 * 86400).map(lambda s: Seconds(float(s)))
WEEK = Seconds(7 * DAY)


def at(text: str) -> Instant:
    return Instant(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_the_wanted_interval_is_used() -> None:
    assert poll_interval(Seconds(300), searches=10**6, daily_quota=10, min_interval=MINUTE, ttl=DAY) == 300


def test_the_wanted_interval_is_never_below_the_minimum() -> None:
    assert poll_interval(Seconds(1), searches=1, daily_quota=5000, min_interval=MINUTE, ttl=DAY) == MINUTE


def test_the_wanted_interval_may_exceed_the_categorys_ttl() -> None:
    assert poll_interval(WEEK, searches=1, daily_quota=5000, min_interval=MINUTE, ttl=DAY) == WEEK


def test_a_search_gets_an_even_share_of_nine_tenths_of_the_quota() -> None:
    assert poll_interval(
        None, searches=450, daily_quota=5000, min_interval=MINUTE, ttl=WEEK
    ) == pytest.approx(8640)


def test_a_search_is_polled_at_least_once_per_ttl() -> None:
    assert poll_interval(None, searches=10**6, daily_quota=5000, min_interval=MINUTE, ttl=DAY) == DAY


def test_a_single_search_is_polled_at_the_minimum_interval() -> None:
    assert poll_interval(None, searches=1, daily_quota=5000, min_interval=MINUTE, ttl=DAY) == MINUTE


@pytest.mark.parametrize("searches", [0, 1])
def test_zero_quota_and_zero_searches_do_not_divide_by_zero(searches: int) -> None:
    assert poll_interval(None, searches=searches, daily_quota=0, min_interval=MINUTE, ttl=HOUR) == HOUR


@given(st.none() | SECONDS, st.integers(0, 10**6), st.integers(0, 10**6), SECONDS, SECONDS)
def test_an_interval_stays_within_its_bounds(
    wanted: Seconds | None, searches: int, quota: int, least: Seconds, ttl: Seconds
) -> None:
    result = poll_interval(wanted, searches=searches, daily_quota=quota, min_interval=least, ttl=ttl)
    assert result >= least
    assert result <= max(least, ttl if wanted is None else wanted)


@given(st.integers(1, 10**5), st.integers(1, 10**5))
def test_searches_stay_within_their_share_of_the_quota(searches: int, quota: int) -> None:
    forever = Seconds(1e12)
    each = poll_interval(None, searches=searches, daily_quota=quota, min_interval=Seconds(0.001), ttl=forever)
    assert searches * DAY / each <= max(1.0, quota * (1 - RESERVE)) * (1 + 1e-9)


@given(st.integers(0, 10**5), st.integers(1, 10**4))
def test_more_searches_never_make_polls_more_frequent(searches: int, more: int) -> None:
    few = poll_interval(None, searches=searches, daily_quota=5000, min_interval=MINUTE, ttl=DAY)
    many = poll_interval(None, searches=searches + more, daily_quota=5000, min_interval=MINUTE, ttl=DAY)
    assert many >= few


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
