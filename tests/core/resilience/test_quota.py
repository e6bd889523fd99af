from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.errors import Api
from watcher.core.resilience.quota import (
    MOST_AT_ONCE,
    LedgerBounds,
    QuotaWindow,
    block,
    bound_of,
    reconciled,
    window_of,
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
    assert window_of(Api.EBAY, at(now)) == (at(start), at(end))


@pytest.mark.parametrize(
    ("now", "start", "end"),
    [
        ("2026-11-23T20:00:00", "2026-11-01T00:00:00", "2026-12-01T00:00:00"),
        ("2026-12-31T23:59:59", "2026-12-01T00:00:00", "2027-01-01T00:00:00"),
        ("2028-02-01T00:00:00", "2028-02-01T00:00:00", "2028-03-01T00:00:00"),
    ],
)
def test_serpapis_searches_are_a_calendar_months(now: str, start: str, end: str) -> None:
    assert window_of(Api.SERPAPI, at(now)) == (at(start), at(end))


@pytest.mark.parametrize("api", [Api.SLACK, Api.OPENAI, Api.STRIPE])
def test_of_other_apis_no_calls_are_counted(api: Api) -> None:
    with pytest.raises(KeyError):
        window_of(api, NOON)


@given(st.sampled_from([Api.EBAY, Api.SERPAPI]), st.floats(0, 4e9))
def test_windows_follow_one_another_without_a_gap(api: Api, moment: float) -> None:
    window = window_of(api, Instant(moment))
    assert window.start <= moment < window.end
    assert window_of(api, window.end).start == window.end


@pytest.mark.parametrize(("limit", "polls"), [(5000, 4500), (250, 225), (10, 9), (1, 1), (0, 0)])
def test_polls_leave_a_tenth_to_people(limit: int, polls: int) -> None:
    assert bound_of(limit, interactive=False) == polls
    assert bound_of(limit, interactive=True) == limit


@pytest.mark.parametrize(
    ("room", "wanted", "taken"),
    [
        (4500, 1, 1),
        (4500, 8, 8),
        (4500, 999, MOST_AT_ONCE),
        (320, 64, 10),
        (40, 64, 1),
        (1, 64, 1),
        (0, 5, 0),
    ],
)
def test_a_block_is_what_is_wanted_and_a_small_part_of_what_is_left(
    room: int, wanted: int, taken: int
) -> None:
    assert block(room, wanted) == taken


@given(st.integers(-9, 10**6), st.integers(0, 10**4))
def test_a_block_is_never_more_than_is_left(room: int, wanted: int) -> None:
    assert 0 <= block(room, wanted) <= max(0, room)
    assert (block(room, wanted) == 0) == (room <= 0)


def word(
    remaining: int,
    *,
    limit: int = 5000,
    allowed: int = 5000,
    held: int = 0,
    reset: Instant | None = TODAY.end,
) -> LedgerBounds | None:
    return reconciled(TODAY, limit, held, remaining, allowed, reset, NOON)


def test_the_ledger_is_raised_to_what_the_provider_counted() -> None:
    assert word(4000) == LedgerBounds(1000, 1100)


def test_what_is_held_and_not_sent_yet_comes_on_top() -> None:
    assert word(4000, held=20) == LedgerBounds(1020, 1120)


def test_a_provider_that_does_not_say_when_its_window_ends_never_lowers_the_count() -> None:
    assert word(4000, reset=None) == LedgerBounds(1000, None)


def test_nor_does_one_whose_window_is_another() -> None:
    assert word(4000, reset=Instant(TODAY.end - 7 * HOUR)) == LedgerBounds(1000, None)


def test_an_hour_of_daylight_saving_makes_no_other_window() -> None:
    assert word(4000, reset=Instant(TODAY.end - HOUR)) == LedgerBounds(1000, 1100)


def test_a_word_on_a_window_that_is_over_says_nothing() -> None:
    assert word(0, reset=NOON) is None
    assert word(0, reset=Instant(NOON - DAY)) is None


def test_a_smaller_quota_of_the_provider_leaves_no_more_than_it_has() -> None:
    assert word(4000, limit=10_000) == LedgerBounds(6000, 6000)


def test_what_others_use_of_the_providers_quota_is_not_charged_to_a_smaller_share_of_ours() -> None:
    assert word(2000, limit=1000) == LedgerBounds(0, 3020)


@given(
    st.integers(0, 10**5),
    st.integers(0, 64),
    st.integers(-5, 10**5),
    st.integers(0, 10**5),
    st.none() | st.floats(0, 4e9).map(Instant),
)
def test_the_bounds_are_in_order_and_leave_no_more_than_the_provider_has(
    limit: int, held: int, remaining: int, allowed: int, reset: Instant | None
) -> None:
    bounds = reconciled(TODAY, limit, held, remaining, allowed, reset, NOON)
    if bounds is not None:
        assert bounds.least >= 0
        assert bounds.most is None or bounds.least <= bounds.most
        assert limit - bounds.least <= max(0, remaining) - held or bounds.least == 0


def test_a_block_is_a_thirty_second_part_of_what_is_left() -> None:
    assert block(40 * 32 - 1, 64) == 39
    assert block(40 * 32, 64) == 40
