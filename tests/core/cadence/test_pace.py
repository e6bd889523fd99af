from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from watcher.core.cadence.pace import Pace
from watcher.core.times import DAY, HOUR, Instant


def day_of(start: float, hours: float, pauses: tuple[float, float], daily: int = 4500) -> int:
    """Return the calls of a day in which there is always something to poll but in a pause."""
    pace, used, end = Pace(Instant(start)), 0, Instant(start + hours * HOUR)
    now = start
    while now < end:
        pace = pace.advanced(Instant(now), daily - used, end, daily)
        if not pauses[0] <= now - start < pauses[1]:
            starting = min(pace.planned, daily - used)
            used += starting
            pace = pace.spent(starting)
        now += 20
    return used


@given(st.sampled_from([23.0, 24.0, 25.0]), st.floats(0, 18 * HOUR), st.floats(0, 2 * HOUR))
def test_a_day_uses_all_its_calls_and_no_more(hours: float, start: float, length: float) -> None:
    assert 0.99 * 4500 <= day_of(1e9, hours, (start, start + length)) <= 4500


def test_urgent_polls_draw_on_later_calls() -> None:
    pace = Pace(Instant(0.0)).advanced(Instant(0.0), 4500, Instant(DAY), 4500)
    assert (pace.planned, pace.urgent) == (0, 90)
    assert pace.spent(90).urgent == 0


def test_daemons_share_the_rate() -> None:
    alone = Pace(Instant(0.0)).advanced(Instant(HOUR), 4500, Instant(DAY), 4500)
    shared = Pace(Instant(0.0)).advanced(Instant(HOUR), 4500, Instant(DAY), 4500, daemons=2)
    assert alone.rate == 2 * shared.rate


def test_without_calls_there_is_no_next_token() -> None:
    assert Pace(Instant(0.0)).advanced(Instant(0.0), 0, Instant(DAY), 0).next_token is None


def test_saved_calls_lower_the_threshold_and_start_polls_sooner() -> None:
    empty = Pace(Instant(0.0)).advanced(Instant(0.0), 4500, Instant(DAY), 4500)
    full = empty.advanced(Instant(HOUR), 4500, Instant(DAY), 4500)
    assert full.factor < 1 < empty.factor
    assert full.ahead > 0 == empty.ahead


def test_calls_are_not_saved_beyond_the_end_of_the_day() -> None:
    pace = Pace(Instant(0.0)).advanced(Instant(HOUR), 20, Instant(HOUR + 60), 4500)
    assert pace.advanced(Instant(HOUR + 30), 10, Instant(HOUR + 60), 4500).ahead > 0
