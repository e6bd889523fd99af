"""The three rules over the calls of one API."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.counting import lines_run
from tests.fakes import THRESHOLDS
from watcher.core.errors import Api, Code
from watcher.core.monitoring.api_history import ApiHistory
from watcher.core.monitoring.attempts import Attempt
from watcher.core.monitoring.incidents import API_SYMPTOMS, State, Symptom
from watcher.core.times import HOUR, MINUTE, Instant, Seconds

DOWN, LATE, LIMIT = Code.EBAY_UNAVAILABLE, Code.EBAY_TIMEOUT, Code.EBAY_RATE_LIMIT
OUTAGE, RATE, LATENCY = Symptom.OUTAGE, Symptom.FAILURE_RATE, Symptom.LATENCY


def attempt(at: float, code: Code | None = None, seconds: float = 0.2, *, counts: bool = True) -> Attempt:
    return Attempt(Api.EBAY, Instant(at), Seconds(seconds), code, counts)


def history_of(calls: Iterable[Attempt], now: float, **limits: float) -> ApiHistory:
    history = ApiHistory(replace(THRESHOLDS, **limits))  # type: ignore[arg-type]  # limits of a test
    for call in calls:
        history.observe(call)
    history.advance(Instant(now))
    return history


def pattern(failing: int, of: int, *, every: float = 1.0, start: float = 0.0) -> list[Attempt]:
    """Return `of` calls, of which the first `failing` fail."""
    return [attempt(start + i * every, DOWN if i < failing else None) for i in range(of)]


def firing(history: ApiHistory, now: float) -> set[Symptom]:
    return set(history.firing(Instant(now)))


# failure rate


def test_ten_failures_of_twenty_calls_fire_and_nine_do_not() -> None:
    assert RATE in firing(history_of(pattern(10, 20), 30), 30)
    assert RATE not in firing(history_of(pattern(9, 20), 30), 30)


def test_fewer_calls_than_min_calls_never_fire() -> None:
    assert RATE not in firing(history_of(pattern(19, 19), 30), 30)


def test_exactly_the_limit_is_not_above_it() -> None:
    certain = {"certainty": 0.0}
    assert RATE not in firing(history_of(pattern(2, 20), 30, **certain), 30)
    assert RATE in firing(history_of(pattern(3, 20), 30, **certain), 30)


def test_the_last_twenty_calls_count_if_five_minutes_hold_fewer() -> None:
    slow = pattern(0, 20, every=120) + pattern(12, 12, every=120, start=2400)
    now = 2400 + 11 * 120
    history = history_of(slow, now, certainty=0.0)
    assert len(history.rates.window) < 20
    assert RATE in firing(history, now)


def test_calls_older_than_an_hour_are_not_among_the_last_twenty() -> None:
    history = history_of(pattern(10, 20, every=190), 19 * 190, certainty=0.0)
    assert history.rates.shortest().tally.calls == 19
    assert RATE not in firing(history, 19 * 190)


def test_an_hour_can_fire_while_five_minutes_look_healthy() -> None:
    calls = pattern(90, 300, every=1) + pattern(0, 300, every=1, start=600)
    history = history_of(calls, 900)
    assert not history.rates.shortest().tally.failures
    assert RATE in firing(history, 900)


def test_six_hours_can_fire_while_an_hour_looks_healthy() -> None:
    calls = pattern(150, 300, every=10) + pattern(0, 300, every=12, start=5000)
    history = history_of(calls, 8600)
    assert history.rates.firing() is not None
    assert history.rates.firing().length == 6 * HOUR  # type: ignore[union-attr]  # asserted above


def test_certainty_zero_leaves_only_the_window() -> None:
    calls = pattern(90, 300, every=1) + pattern(0, 300, every=1, start=600)
    assert RATE not in firing(history_of(calls, 900, certainty=0.0), 900)


def test_a_429_is_a_failure_and_a_4xx_caused_by_us_is_not() -> None:
    assert RATE in firing(history_of([attempt(i, LIMIT) for i in range(20)], 30), 30)
    assert RATE not in firing(history_of([attempt(i, DOWN, counts=False) for i in range(20)], 30), 30)


def test_the_rate_is_over_when_every_window_looks_healthy() -> None:
    failing = pattern(12, 24)
    assert RATE not in history_of(failing, 60).over(Instant(60))
    healthy = failing + pattern(0, 30, start=400)
    assert RATE in history_of(healthy, 430).over(Instant(430))
    # The hour still fires, with 60 failures of 200 calls, although the last minutes look healthy.
    still_failing = pattern(60, 100) + pattern(0, 100, start=400)
    assert RATE not in history_of(still_failing, 500).over(Instant(500))


def test_a_lack_of_calls_does_not_end_a_failure_rate_incident() -> None:
    assert RATE not in history_of(pattern(12, 24), 2 * HOUR).over(Instant(2 * HOUR))


def test_five_percent_of_failures_fire_nothing_in_a_day() -> None:
    history, dice = ApiHistory(THRESHOLDS), 12345
    for second in range(0, 86_400, 6):
        dice = (dice * 1103515245 + 12345) % 2**31
        history.observe(attempt(second, DOWN if dice % 100 < 5 else None))
        if second % 30 == 0:
            history.advance(Instant(second))
            assert not history.firing(Instant(second))


# outage


def test_an_api_is_down_when_no_call_succeeds_for_longer_than_the_limit() -> None:
    calls = [attempt(0), *(attempt(i * 60, DOWN) for i in range(1, 6))]
    history = history_of(calls, 300)
    assert OUTAGE not in firing(history, 300)
    assert history.firing(Instant(301))[OUTAGE] == 0


def test_one_failure_is_not_an_outage() -> None:
    assert OUTAGE not in firing(history_of([attempt(0), attempt(250, DOWN)], 310), 310)


def test_two_failures_are_an_outage() -> None:
    assert OUTAGE in firing(history_of([attempt(0), attempt(200, DOWN), attempt(301, DOWN)], 302), 302)


def test_an_idle_api_is_not_down() -> None:
    assert OUTAGE not in firing(history_of([attempt(0)], 7200), 7200)
    idle_after_failures = history_of([attempt(0), attempt(1, DOWN), attempt(2, DOWN)], 900)
    assert OUTAGE not in firing(idle_after_failures, 900)


def test_idle_time_before_the_first_failure_is_not_an_outage() -> None:
    calls = [attempt(0), attempt(3600, DOWN), attempt(3601, DOWN)]
    assert OUTAGE not in firing(history_of(calls, 3602), 3602)
    probes = [attempt(3601 + i * 60, DOWN) for i in range(1, 6)]
    assert history_of(calls + probes, 3902).firing(Instant(3902))[OUTAGE] == 3600


@pytest.mark.parametrize("limit", [5.0, 30.0, 59.0])
def test_failures_one_probe_apart_are_one_outage_at_any_limit(limit: float) -> None:
    calls = [attempt(0), *(attempt(61.0 * i, DOWN) for i in range(1, 4))]
    assert history_of(calls, 183, outage=limit).firing(Instant(183))[OUTAGE] == 61
    assert OUTAGE not in firing(history_of([attempt(0), attempt(900, DOWN)], 905, outage=limit), 905)


def test_an_api_that_never_answered_is_down_since_its_first_failure() -> None:
    calls = [attempt(i * 60, DOWN) for i in range(1, 7)]
    assert history_of(calls, 361).firing(Instant(361))[OUTAGE] == 60


def test_a_429_neither_starts_nor_ends_an_outage() -> None:
    limited = [attempt(0), *(attempt(i * 30, LIMIT) for i in range(1, 20))]
    assert OUTAGE not in firing(history_of(limited, 600), 600)
    mixed = [attempt(0), attempt(100, DOWN), attempt(200, LIMIT), attempt(301, DOWN)]
    assert OUTAGE in firing(history_of(mixed, 302), 302)


def test_a_4xx_caused_by_us_is_an_answer_and_ends_an_outage() -> None:
    calls = [attempt(0), *(attempt(i * 60, DOWN) for i in range(1, 7)), attempt(400, DOWN, counts=False)]
    history = history_of(calls, 401)
    assert OUTAGE not in firing(history, 401)
    assert OUTAGE in history.over(Instant(401))


def test_the_failures_of_an_ended_outage_start_no_other_incident() -> None:
    down = [attempt(0), *(attempt(60.0 * i, LATE, 10) for i in range(1, 31))]
    history = history_of([*down, attempt(1860)], 1861)
    assert not history.firing(Instant(1861))
    again = [attempt(1860 + i, DOWN) for i in range(1, 21)]
    assert RATE in firing(history_of([*down, attempt(1860), *again], 1881), 1881)


def test_the_failures_of_an_outage_do_not_add_to_later_failures() -> None:
    calm = pattern(0, 500)
    down = [attempt(500 + 60.0 * i, DOWN) for i in range(1, 8)]
    after = [attempt(1000), *pattern(10, 30, start=1001)]
    assert RATE not in firing(history_of([*calm, *down, *after], 1032), 1032)


# latency


def test_a_mean_above_five_seconds_fires_from_five_calls_on() -> None:
    assert LATENCY not in firing(history_of([attempt(i, None, 9) for i in range(4)], 5), 5)
    assert LATENCY in firing(history_of([attempt(i, None, 5.01) for i in range(5)], 5), 5)
    assert LATENCY not in firing(history_of([attempt(i, None, 5.0) for i in range(5)], 5), 5)


def test_timeouts_count_with_their_full_duration() -> None:
    calls = [attempt(i, LATE if i % 2 else None, 10 if i % 2 else 0.5) for i in range(10)]
    assert LATENCY in firing(history_of(calls, 10), 10)


def test_latency_is_over_when_the_slow_calls_have_left_the_window() -> None:
    slow = [attempt(i, None, 9) for i in range(5)]
    assert LATENCY not in history_of([*slow, attempt(100)], 101).over(Instant(101))
    assert LATENCY in history_of([*slow, attempt(310)], 311).over(Instant(311))
    assert LATENCY not in history_of(slow, 600).over(Instant(600))


def test_latency_just_below_its_limit_neither_starts_nor_ends() -> None:
    history = history_of([attempt(i, None, 4.8) for i in range(10)], 10)
    assert LATENCY not in firing(history, 10)
    assert LATENCY not in history.over(Instant(10))
    assert LATENCY in history_of([attempt(i, None, 4.5) for i in range(10)], 10).over(Instant(10))


def test_a_triggered_rule_fires_even_if_its_window_has_moved_on() -> None:
    calls = [*pattern(10, 20), *pattern(0, 40, every=0.1, start=20)]
    history = history_of(calls, 24)
    assert not history.rates.firing()
    assert RATE in firing(history, 24)
    assert history.reported_span().tally == (20, 10)
    assert RATE not in firing(history, 60)


# calls of other daemons, which arrive late


def test_a_late_success_ends_the_failures_before_it() -> None:
    ours = [attempt(0), *(attempt(60.0 * i, DOWN) for i in range(1, 5))]
    history = history_of([*ours, attempt(130), attempt(300, DOWN)], 301)
    assert OUTAGE not in firing(history, 301)
    assert history.run is not None
    assert (history.run.since, history.run.failures) == (130, 3)


def test_a_late_success_before_one_failure_leaves_that_failure() -> None:
    history = history_of([attempt(0), attempt(200, DOWN), attempt(100)], 201)
    assert history.run is not None
    assert (history.run.since, history.run.failures) == (100, 1)


def test_a_late_failure_before_the_last_success_is_ignored() -> None:
    history = history_of([attempt(100), attempt(50, DOWN), attempt(60, DOWN)], 401)
    assert history.run is None


def test_a_late_failure_counts_towards_the_outage() -> None:
    history = history_of([attempt(0), attempt(120, DOWN), attempt(60, DOWN), attempt(290, DOWN)], 301)
    assert history.run is not None
    assert (history.run.since, history.run.failures) == (0, 3)
    assert OUTAGE in firing(history, 301)


@given(
    st.lists(st.tuples(st.integers(0, 290), st.sampled_from([None, DOWN, LIMIT])), min_size=1, max_size=25),
    st.randoms(use_true_random=False),
)
def test_the_failure_run_does_not_depend_on_the_order_of_calls(
    observed: list[tuple[int, Code | None]], dice: random.Random
) -> None:
    calls = [attempt(at, code) for at, code in {at: (at, code) for at, code in observed}.values()]
    in_order = sorted(calls, key=lambda c: c.at)
    success = max((c.at for c in calls if c.code is None), default=None)
    dice.shuffle(calls)
    history = history_of(calls, 290)
    after = [c for c in in_order if c.code is DOWN and (success is None or c.at > success)]
    assert (history.run.failures if history.run else 0) == len(after)
    assert history.last_success == success


# states


def test_no_data_is_a_separate_state_and_a_failure_is_pending() -> None:
    assert set(ApiHistory(THRESHOLDS).states(Instant(0)).values()) == {State.NO_DATA}
    assert set(history_of([attempt(0)], 1).states(Instant(1)).values()) == {State.OK}
    failing = history_of([attempt(0), attempt(10, DOWN)], 11).states(Instant(11))
    assert failing == {OUTAGE: State.PENDING, RATE: State.PENDING, LATENCY: State.OK}


def test_incidents_end_after_six_hours_without_calls_but_not_by_downtime() -> None:
    history = history_of([attempt(0), *(attempt(60.0 * i, DOWN) for i in range(1, 9))], 480)
    assert OUTAGE not in history.over(Instant(480 + 6 * HOUR - 1))
    assert history.over(Instant(480 + 6 * HOUR)) == set(API_SYMPTOMS)
    restarted = ApiHistory(THRESHOLDS, since=Instant(9 * HOUR))
    assert not restarted.over(Instant(9 * HOUR + MINUTE))


@pytest.mark.parametrize("failing", [0, 30_000])
def test_evaluating_six_hours_of_calls_scans_none_of_them(failing: int) -> None:
    history = ApiHistory(THRESHOLDS)
    for i in range(60_000):
        history.observe(attempt(i * 0.36, DOWN if failing and i % (60_000 // failing) == 0 else None))
    history.advance(Instant(21_600))

    def evaluate() -> None:
        for i in range(20):
            now = Instant(21_605 + i * 5)
            history.advance(now)
            history.firing(now)
            history.over(now)

    # A thousand each; a scan of all calls would be 60,000.
    assert lines_run(evaluate) / 20 < 3_000
