from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.errors import Api
from watcher.core.resilience.quota import (
    MAX_BLOCK_CALLS,
    LedgerBounds,
    QuotaWindow,
    block_size,
    effective_limit,
    interactive_bound,
    ledger_bounds,
    poll_bound,
    quota_window,
    unreleased,
)
from watcher.core.times import DAY, HOUR, Instant


def at(text: str) -> Instant:
    return Instant(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


NOON = at("2026-11-23T20:00:00")
TODAY = QuotaWindow(at("2026-11-23T08:00:00"), at("2026-11-24T08:00:00"))


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ("2026-11-23T07:59:59", "2026-11-22T08:00:00", "2026-11-23T08:00:00"),
        ("2026-11-23T08:00:00", "2026-11-23T08:00:00", "2026-11-24T08:00:00"),
        ("2026-07-01T12:00:00", "2026-07-01T07:00:00", "2026-07-02T07:00:00"),
        ("2026-11-01T12:00:00", "2026-11-01T07:00:00", "2026-11-02T08:00:00"),  # clocks go back
    ],
)
def test_ebays_day_begins_at_midnight_pacific(now: str, start: str, end: str) -> None:
    assert quota_window(Api.EBAY, at(now)) == (at(start), at(end))


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ("2026-11-23T20:00:00", "2026-11-01T00:00:00", "2026-12-01T00:00:00"),
        ("2026-12-31T23:59:59", "2026-12-01T00:00:00", "2027-01-01T00:00:00"),
        ("2028-02-01T00:00:00", "2028-02-01T00:00:00", "2028-03-01T00:00:00"),
    ],
)
def test_serpapis_window_is_a_calendar_month(now: str, start: str, end: str) -> None:
    assert quota_window(Api.SERPAPI, at(now)) == (at(start), at(end))


def test_the_window_of_openai_is_the_day_in_utc() -> None:
    start = at("2026-03-08T00:00:00")
    for moment in (start, Instant(start + DAY - 1)):
        assert quota_window(Api.OPENAI, moment) == (start, start + DAY)


@pytest.mark.parametrize("api", [Api.SLACK, Api.STRIPE])
def test_other_apis_have_no_quota_window(api: Api) -> None:
    with pytest.raises(KeyError):
        quota_window(api, NOON)


@given(st.sampled_from([Api.EBAY, Api.SERPAPI, Api.OPENAI]), st.floats(0, 4e9))
def test_windows_follow_one_another_without_a_gap(api: Api, moment: float) -> None:
    window = quota_window(api, Instant(moment))
    assert window.start <= moment < window.end
    assert quota_window(api, window.end).start == window.end


@pytest.mark.parametrize(("limit", "polls"), [(5000, 4500), (250, 225), (10, 9), (1, 1), (0, 0)])
def test_polls_leave_a_tenth_to_interactive_calls(limit: int, polls: int) -> None:
    assert poll_bound(limit) == polls
    assert poll_bound(limit, interactive=limit) == limit


@pytest.mark.parametrize("day", ["2026-11-23", "2026-03-08", "2026-11-01"])  # 24, 23 and 25 h
def test_the_reserve_is_released_evenly_until_the_last_hour(day: str) -> None:
    window = quota_window(Api.EBAY, at(f"{day}T20:00:00"))
    half = Instant((window.start + window.end - HOUR) / 2)
    assert unreleased(window, window.start) == 1
    assert unreleased(window, half) == pytest.approx(0.5)
    assert unreleased(window, Instant(window.end - HOUR)) == unreleased(window, window.end) == 0
    assert poll_bound(1000, kept=unreleased(window, half)) == 950
    assert poll_bound(1000, interactive=30, kept=unreleased(window, half)) == 950
    assert poll_bound(1000, interactive=70, kept=unreleased(window, half)) == 970


@pytest.mark.parametrize(
    ("left", "wanted", "taken"),
    [
        (4500, 1, 1),
        (4500, 8, 8),
        (4500, 999, MAX_BLOCK_CALLS),
        (320, 64, 10),
        (40, 64, 1),
        (1, 64, 1),
        (0, 5, 0),
    ],
)
def test_a_block_is_at_most_a_small_part_of_what_is_left(left: int, wanted: int, taken: int) -> None:
    assert block_size(left, wanted) == taken


@given(st.integers(-9, 10**6), st.integers(0, 10**4))
def test_a_block_never_exceeds_what_is_left(left: int, wanted: int) -> None:
    assert 0 <= block_size(left, wanted) <= max(0, left)
    assert (block_size(left, wanted) == 0) == (left <= 0)


def bounds_for(
    remaining: int,
    *,
    limit: int = 5000,
    allowed: int = 5000,
    held: int = 0,
    reset: Instant | None = TODAY.end,
) -> LedgerBounds | None:
    return ledger_bounds(TODAY, limit, held, remaining, allowed, reset, NOON)


def test_the_ledger_is_raised_to_the_providers_count() -> None:
    assert bounds_for(4000) == LedgerBounds(1000, 1100)


def test_held_calls_are_added_to_the_providers_count() -> None:
    assert bounds_for(4000, held=20) == LedgerBounds(1020, 1120)


def test_a_report_without_a_reset_time_never_lowers_the_count() -> None:
    assert bounds_for(4000, reset=None) == LedgerBounds(1000, None)


def test_a_report_on_a_different_window_never_lowers_the_count() -> None:
    assert bounds_for(4000, reset=Instant(TODAY.end - 7 * HOUR)) == LedgerBounds(1000, None)


def test_an_hour_of_daylight_saving_is_still_the_same_window() -> None:
    assert bounds_for(4000, reset=Instant(TODAY.end - HOUR)) == LedgerBounds(1000, 1100)


def test_a_report_on_an_ended_window_is_ignored() -> None:
    assert bounds_for(0, reset=NOON) is None
    assert bounds_for(0, reset=Instant(NOON - DAY)) is None


def test_a_smaller_quota_of_the_provider_limits_ours() -> None:
    assert bounds_for(4000, limit=10_000) == LedgerBounds(6000, 6000)


def test_other_clients_usage_is_not_charged_to_our_smaller_limit() -> None:
    assert bounds_for(2000, limit=1000) == LedgerBounds(0, 3020)


@given(
    st.integers(0, 10**5),
    st.integers(0, 64),
    st.integers(-5, 10**5),
    st.integers(0, 10**5),
    st.none() | st.floats(0, 4e9).map(Instant),
)
def test_bounds_are_ordered_and_leave_at_most_what_the_provider_reports(
    limit: int, held: int, remaining: int, allowed: int, reset: Instant | None
) -> None:
    bounds = ledger_bounds(TODAY, limit, held, remaining, allowed, reset, NOON)
    if bounds is not None:
        assert bounds.least >= 0
        assert bounds.most is None or bounds.least <= bounds.most
        assert limit - bounds.least <= max(0, remaining) - held or bounds.least == 0


def test_a_block_is_one_thirty_second_of_what_is_left() -> None:
    assert block_size(40 * 32 - 1, 64) == 39
    assert block_size(40 * 32, 64) == 40


@pytest.mark.parametrize(("granted", "limit"), [(None, 5000), (1200, 1200), (50_000, 5000), (0, 0)])
def test_the_limit_is_what_is_granted_but_no_more_than_configured(granted: int | None, limit: int) -> None:
    assert effective_limit(5000, granted) == limit


@given(st.integers(1, 6000), st.integers(0, 6000), st.integers(0, 6000), st.floats(0, 0.999))
def test_the_share_of_polls_is_released_when_the_wait_is_over(
    limit: int, used: int, interactive: int, passed: float
) -> None:
    window = quota_window(Api.EBAY, NOON)
    now = Instant(window.start + passed * (window.end - window.start))
    used, interactive = min(used, limit - 1), min(interactive, used, limit - 1)
    bound = interactive_bound(window, limit, used, interactive, now)
    assert 0 <= bound.calls <= limit
    if used >= bound.calls:
        later = Instant(min(now + bound.wait + 1, window.end))
        assert used < interactive_bound(window, limit, used, interactive, later).calls
