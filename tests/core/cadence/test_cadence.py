from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.cadence.plan import PollingPlan, SearchGroup, plan_polls
from watcher.core.cadence.windows import RESERVE, day_start, due_for_auctions, next_day_start
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds

SECONDS = st.integers(1, 40 * 86400).map(lambda s: Seconds(float(s)))
WEEK = Seconds(7 * DAY)


def at(text: str) -> Instant:
    return Instant(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def plan(*groups: SearchGroup, quota: int = 5000, least: Seconds = MINUTE) -> PollingPlan:
    return plan_polls(groups, daily_quota=quota, min_interval=least)


def unasked(searches: int, ttl: Seconds = DAY) -> SearchGroup:
    return SearchGroup(None, ttl, searches)


def test_the_wanted_interval_is_used() -> None:
    assert plan(SearchGroup(Seconds(300), DAY)).interval(Seconds(300), DAY) == 300


def test_the_wanted_interval_is_never_below_the_minimum() -> None:
    assert plan(SearchGroup(Seconds(1), DAY)).interval(Seconds(1), DAY) == MINUTE


def test_the_wanted_interval_may_exceed_the_categorys_ttl() -> None:
    assert plan(SearchGroup(WEEK, DAY)).interval(WEEK, DAY) == WEEK


def test_a_search_gets_an_even_share_of_nine_tenths_of_the_quota() -> None:
    assert plan(unasked(450, WEEK)).interval(None, WEEK) == pytest.approx(8640)


def test_searches_without_an_interval_share_what_the_others_leave() -> None:
    mixed = plan(SearchGroup(HOUR, WEEK, 100), unasked(21, WEEK))
    assert mixed.interval(HOUR, WEEK) == HOUR
    assert mixed.interval(None, WEEK) == pytest.approx(21 * DAY / 2100)
    assert mixed.shortage == ""


def test_a_search_is_polled_at_least_once_per_ttl() -> None:
    mixed = plan(unasked(100, HOUR), unasked(100, WEEK))
    assert mixed.interval(None, HOUR) == pytest.approx(HOUR * mixed.stretch)
    assert mixed.interval(None, WEEK) > mixed.interval(None, HOUR)


def test_a_single_search_is_polled_at_the_minimum_interval() -> None:
    assert plan(unasked(1)).interval(None, DAY) == MINUTE


def test_intervals_that_exceed_the_quota_are_stretched_to_fit_it() -> None:
    full = plan(SearchGroup(MINUTE, DAY, 22))
    assert full.calls == 31_680
    assert full.interval(MINUTE, DAY) == pytest.approx(MINUTE * 7.04)
    assert full.shortage == (
        "The 22 searches together need 31,680 calls a day, and eBay's quota leaves 4,500 for polls, so "
        "intervals are 7.0 times as long as asked for: ask for longer ones with --every, pause watches, or "
        "get a larger quota."
    )


def test_more_searches_than_the_quota_has_calls_are_stretched_too() -> None:
    many = plan(unasked(9000))
    assert many.interval(None, DAY) == 2 * DAY
    assert "9,000 calls a day" in many.shortage


def test_intervals_that_just_fit_the_quota_are_kept() -> None:
    exact = plan(SearchGroup(MINUTE, DAY, 3), unasked(1, WEEK))
    assert (exact.interval(MINUTE, DAY), exact.stretch) == (MINUTE, 1.0)


@pytest.mark.parametrize("searches", [0, 1])
def test_zero_quota_and_zero_searches_do_not_divide_by_zero(searches: int) -> None:
    assert plan(unasked(searches, HOUR), quota=0).interval(None, HOUR) >= HOUR


GROUPS = st.lists(st.builds(SearchGroup, st.none() | SECONDS, SECONDS, st.integers(1, 10**4)), max_size=6)


@given(GROUPS, st.integers(1, 10**6), SECONDS)
def test_all_polls_together_stay_within_the_quota(
    groups: list[SearchGroup], quota: int, least: Seconds
) -> None:
    found = plan(*groups, quota=quota, least=least)
    calls = sum(g.searches * DAY / found.interval(g.every, g.ttl) for g in groups)
    assert calls <= max(1.0, quota * (1 - RESERVE)) + 1.001


@given(GROUPS, st.integers(0, 10**6), SECONDS)
def test_no_interval_is_shorter_than_asked_for(groups: list[SearchGroup], quota: int, least: Seconds) -> None:
    found = plan(*groups, quota=quota, least=least)
    for group in groups:
        assert found.interval(group.every, group.ttl) >= max(group.every or 0, least)


@given(st.integers(0, 10**5), st.integers(1, 10**4))
def test_more_searches_never_make_polls_more_frequent(searches: int, more: int) -> None:
    few, many = plan(unasked(searches)), plan(unasked(searches + more))
    assert many.interval(None, DAY) >= few.interval(None, DAY) * (1 - 1e-9)


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


def test_a_quota_of_zero_is_said_to_poll_nothing() -> None:
    groups = [SearchGroup(every=MINUTE, ttl=DAY)]
    halted = plan_polls(groups, daily_quota=0, min_interval=MINUTE)
    assert halted.shortage.startswith("Nothing is polled: daily_quota in [ebay] is 0")
    assert not plan_polls([], daily_quota=0, min_interval=MINUTE).shortage
