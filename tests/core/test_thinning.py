"""Thinned history: what is computed from it is what all points give."""

from __future__ import annotations

from bisect import bisect_left
from statistics import median_high

from hypothesis import given
from hypothesis import strategies as st

from watcher.core.thinning import DayPoint, kept_points, thinned, thinned_before
from watcher.core.times import DAY, HOUR, Instant

DAY_START = Instant(19_700 * DAY)


def day_of(rows: list[tuple[int, int | None]]) -> list[DayPoint]:
    """Return a day's points, a minute apart; None has no prices."""
    return [
        DayPoint(Instant(DAY_START + 60 * n), None if median is None else low, median)
        for n, (low, median) in enumerate(rows)
    ]


days = st.lists(st.tuples(st.integers(1, 30), st.none() | st.integers(1, 30)), min_size=1, max_size=60)
places = st.sets(st.integers(0, 59), max_size=5)


def chosen(day: list[DayPoint], wanted: set[int]) -> set[Instant]:
    return {day[n].at for n in wanted if n < len(day)}


def only(day: list[DayPoint], kept: set[Instant]) -> list[DayPoint]:
    return [p for p in day if p.at in kept]


def prices(points: list[DayPoint]) -> list[DayPoint]:
    return [p for p in points if p.median is not None]


@given(days, places)
def test_a_day_keeps_its_ends_its_lows_and_its_median(
    rows: list[tuple[int, int | None]], wanted: set[int]
) -> None:
    day = day_of(rows)
    left = only(day, kept_points(day, chosen(day, wanted)))
    assert (left[0], left[-1]) == (day[0], day[-1])
    assert chosen(day, wanted) <= {p.at for p in left}
    before, after = prices(day), prices(left)
    assert [p.at for p in before[:1]] == [p.at for p in after[:1]]
    if before:
        assert median_high([p.median or 0 for p in before]) == median_high([p.median or 0 for p in after])
        for p in day:  # the lowest total since any instant
            lows = [[q.low for q in some if q.at >= p.at and q.low] for some in (before, after)]
            assert min(lows[0], default=None) == min(lows[1], default=None)


@given(days, places)
def test_thinning_what_is_left_changes_nothing(rows: list[tuple[int, int | None]], wanted: set[int]) -> None:
    day = day_of(rows)
    needed = chosen(day, wanted)
    plain, left = kept_points(day), only(day, kept_points(day, needed))
    assert kept_points(left) == plain, "a back-test reads the same, whatever else is still stored"
    assert kept_points(left, needed) == {p.at for p in left}


def test_a_day_with_many_points_keeps_a_few() -> None:
    day = day_of([(100 + n % 7, 200 + n * 37 % 50) for n in range(288)])
    assert len(kept_points(day)) <= 12


def test_points_of_the_last_weeks_are_all_kept() -> None:
    now = Instant(DAY_START + 40 * DAY + 13 * HOUR)
    points = [DayPoint(Instant(DAY_START + HOUR * n), 100, 100) for n in range(24 * 40)]
    left = thinned(points, now, lambda p: p)
    end = bisect_left([p.at for p in points], thinned_before(now))
    assert left[-(len(points) - end) :] == points[end:]
    assert len(left) < len(points) - 80
    assert thinned(left, now, lambda p: p) == left
