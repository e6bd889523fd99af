from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from watcher.core.cadence.call_plan import CallPlan
from watcher.core.cadence.lives import Life, exponential
from watcher.core.cadence.pace import Pace
from watcher.core.cadence.promise import Stake, promise
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


def test_high_priority_takes_from_the_users_other_watches() -> None:
    plan = CallPlan(threshold=0.05)
    stake = Stake(3.0, Life(exponential(0.1), 50.0, 50.0), 3.0)
    found = promise(plan, stake, [stake] * 5, "normal", 6.0)
    assert found.share_if_high
    assert found.others_lose
    assert found.share < found.share_if_high < 1
    assert 0 < found.others_lose < 0.2
    assert promise(plan, stake, [stake], "high", 3.0).share_if_high is None
