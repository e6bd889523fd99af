"""The three rules over the calls of one API."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

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


def record_of(calls: Iterable[Attempt], now: float, **limits: float) -> ApiHistory:
    record = ApiHistory(replace(THRESHOLDS, **limits))  # type: ignore[arg-type]  # a test's own numbers
    for call in calls:
        record.observe(call)
    record.advance(Instant(now))
    return record


def pattern(failing: int, of: int, *, every: float = 1.0, start: float = 0.0) -> list[Attempt]:
    """`of` calls, the first `failing` of which fail."""
    return [attempt(start + i * every, DOWN if i < failing else None) for i in range(of)]


def fires(record: ApiHistory, now: float) -> set[Symptom]:
    return set(record.firing(Instant(now)))


# failure rate


def test_ten_of_twenty_calls_in_five_minutes_fire_and_nine_do_not() -> None:
    assert RATE in fires(record_of(pattern(10, 20), 30), 30)
    assert RATE not in fires(record_of(pattern(9, 20), 30), 30)


def test_fewer_calls_than_min_calls_never_fire() -> None:
    assert RATE not in fires(record_of(pattern(19, 19), 30), 30)


def test_exactly_the_limit_is_not_above_it() -> None:
    certain = {"certainty": 0.0}
    assert RATE not in fires(record_of(pattern(2, 20), 30, **certain), 30)
    assert RATE in fires(record_of(pattern(3, 20), 30, **certain), 30)


def test_where_five_minutes_hold_too_few_calls_the_last_twenty_of_an_hour_are_judged() -> None:
    slow = pattern(0, 20, every=120) + pattern(12, 12, every=120, start=2400)
    now = 2400 + 11 * 120
    record = record_of(slow, now, certainty=0.0)
    assert len(record.rates.window) < 20
    assert RATE in fires(record, now)


def test_calls_older_than_an_hour_are_not_among_the_last_twenty() -> None:
    record = record_of(pattern(10, 20, every=190), 19 * 190, certainty=0.0)
    assert record.rates.shortest().tally.calls == 19
    assert RATE not in fires(record, 19 * 190)


def test_an_hour_fires_where_five_minutes_look_well() -> None:
    calls = pattern(90, 300, every=1) + pattern(0, 300, every=1, start=600)
    record = record_of(calls, 900)
    assert not record.rates.shortest().tally.failures
    assert RATE in fires(record, 900)


def test_six_hours_fire_where_an_hour_looks_well() -> None:
    calls = pattern(150, 300, every=10) + pattern(0, 300, every=12, start=5000)
    record = record_of(calls, 8600)
    assert record.rates.firing() is not None
    assert record.rates.firing().length == 6 * HOUR  # type: ignore[union-attr]  # asserted above


def test_certainty_zero_leaves_the_window_alone() -> None:
    calls = pattern(90, 300, every=1) + pattern(0, 300, every=1, start=600)
    assert RATE not in fires(record_of(calls, 900, certainty=0.0), 900)


def test_a_429_is_a_failure_of_the_rate_and_a_4xx_of_ours_is_not() -> None:
    assert RATE in fires(record_of([attempt(i, LIMIT) for i in range(20)], 30), 30)
    assert RATE not in fires(record_of([attempt(i, DOWN, counts=False) for i in range(20)], 30), 30)


def test_the_rate_is_over_when_nothing_fires_and_the_shortest_window_is_below_the_limit() -> None:
    failing = pattern(12, 24)
    assert RATE not in record_of(failing, 60).over(Instant(60))
    well = failing + pattern(0, 30, start=400)
    assert RATE in record_of(well, 430).over(Instant(430))
    # the hour still fires: 60 failures of 200 calls are not over though the last minutes look well
    still = pattern(60, 100) + pattern(0, 100, start=400)
    assert RATE not in record_of(still, 500).over(Instant(500))


def test_the_rate_is_not_over_for_want_of_calls() -> None:
    assert RATE not in record_of(pattern(12, 24), 2 * HOUR).over(Instant(2 * HOUR))


def test_five_percent_of_failures_raise_no_alarm_in_a_day() -> None:
    record, dice = ApiHistory(THRESHOLDS), 12345
    for second in range(0, 86_400, 6):
        dice = (dice * 1103515245 + 12345) % 2**31
        record.observe(attempt(second, DOWN if dice % 100 < 5 else None))
        if second % 30 == 0:
            record.advance(Instant(second))
            assert not record.firing(Instant(second))


# outage


def test_an_api_is_down_when_no_call_succeeds_for_longer_than_the_limit() -> None:
    calls = [attempt(0), *(attempt(i * 60, DOWN) for i in range(1, 6))]
    record = record_of(calls, 300)
    assert OUTAGE not in fires(record, 300)
    assert record.firing(Instant(301))[OUTAGE] == 0


def test_one_failure_is_no_outage() -> None:
    assert OUTAGE not in fires(record_of([attempt(0), attempt(250, DOWN)], 310), 310)


def test_two_failures_are_an_outage() -> None:
    assert OUTAGE in fires(record_of([attempt(0), attempt(200, DOWN), attempt(301, DOWN)], 302), 302)


def test_an_idle_api_is_not_down() -> None:
    assert OUTAGE not in fires(record_of([attempt(0)], 7200), 7200)
    idle_after_failures = record_of([attempt(0), attempt(1, DOWN), attempt(2, DOWN)], 900)
    assert OUTAGE not in fires(idle_after_failures, 900)


def test_the_silence_before_the_first_failure_is_no_outage() -> None:
    calls = [attempt(0), attempt(3600, DOWN), attempt(3601, DOWN)]
    assert OUTAGE not in fires(record_of(calls, 3602), 3602)
    probes = [attempt(3601 + i * 60, DOWN) for i in range(1, 6)]
    assert record_of(calls + probes, 3902).firing(Instant(3902))[OUTAGE] == 3600


@pytest.mark.parametrize("limit", [5.0, 30.0, 59.0])
def test_failures_a_probe_apart_are_one_outage_however_short_its_limit(limit: float) -> None:
    calls = [attempt(0), *(attempt(61.0 * i, DOWN) for i in range(1, 4))]
    assert record_of(calls, 183, outage=limit).firing(Instant(183))[OUTAGE] == 61
    assert OUTAGE not in fires(record_of([attempt(0), attempt(900, DOWN)], 905, outage=limit), 905)


def test_an_api_that_never_answered_is_down_since_its_first_failure() -> None:
    calls = [attempt(i * 60, DOWN) for i in range(1, 7)]
    assert record_of(calls, 361).firing(Instant(361))[OUTAGE] == 60


def test_429_is_neither_failure_nor_success_of_an_outage() -> None:
    limited = [attempt(0), *(attempt(i * 30, LIMIT) for i in range(1, 20))]
    assert OUTAGE not in fires(record_of(limited, 600), 600)
    mixed = [attempt(0), attempt(100, DOWN), attempt(200, LIMIT), attempt(301, DOWN)]
    assert OUTAGE in fires(record_of(mixed, 302), 302)


def test_a_4xx_of_ours_is_an_answer_and_ends_an_outage() -> None:
    calls = [attempt(0), *(attempt(i * 60, DOWN) for i in range(1, 7)), attempt(400, DOWN, counts=False)]
    record = record_of(calls, 401)
    assert OUTAGE not in fires(record, 401)
    assert OUTAGE in record.over(Instant(401))


def test_the_failures_of_an_outage_make_no_other_incident_when_it_is_over() -> None:
    down = [attempt(0), *(attempt(60.0 * i, LATE, 10) for i in range(1, 31))]
    record = record_of([*down, attempt(1860)], 1861)
    assert not record.firing(Instant(1861))
    again = [attempt(1860 + i, DOWN) for i in range(1, 21)]
    assert RATE in fires(record_of([*down, attempt(1860), *again], 1881), 1881)


def test_failures_before_a_long_calm_fire_no_window_that_counts_all_calls() -> None:
    calm = pattern(0, 500)
    down = [attempt(500 + 60.0 * i, DOWN) for i in range(1, 8)]
    after = [attempt(1000), *pattern(10, 30, start=1001)]
    assert RATE not in fires(record_of([*calm, *down, *after], 1032), 1032)


# latency


def test_a_mean_above_five_seconds_fires_from_five_calls_on() -> None:
    assert LATENCY not in fires(record_of([attempt(i, None, 9) for i in range(4)], 5), 5)
    assert LATENCY in fires(record_of([attempt(i, None, 5.01) for i in range(5)], 5), 5)
    assert LATENCY not in fires(record_of([attempt(i, None, 5.0) for i in range(5)], 5), 5)


def test_timeouts_count_at_their_length() -> None:
    calls = [attempt(i, LATE if i % 2 else None, 10 if i % 2 else 0.5) for i in range(10)]
    assert LATENCY in fires(record_of(calls, 10), 10)


def test_latency_is_over_when_the_slow_calls_have_left_the_window() -> None:
    slow = [attempt(i, None, 9) for i in range(5)]
    assert LATENCY not in record_of([*slow, attempt(100)], 101).over(Instant(101))
    assert LATENCY in record_of([*slow, attempt(310)], 311).over(Instant(311))
    assert LATENCY not in record_of(slow, 600).over(Instant(600))


def test_between_the_limit_and_nine_tenths_of_it_latency_neither_begins_nor_ends() -> None:
    record = record_of([attempt(i, None, 4.8) for i in range(10)], 10)
    assert LATENCY not in fires(record, 10)
    assert LATENCY not in record.over(Instant(10))
    assert LATENCY in record_of([attempt(i, None, 4.5) for i in range(10)], 10).over(Instant(10))


def test_what_a_call_decided_is_told_though_the_window_has_moved_on_since() -> None:
    calls = [*pattern(10, 20), *pattern(0, 40, every=0.1, start=20)]
    record = record_of(calls, 24)
    assert not record.rates.firing()
    assert RATE in fires(record, 24)
    assert record.worst().tally == (20, 10)
    assert RATE not in fires(record, 60)


# calls of other daemons, which are seen late


def test_a_success_that_is_seen_late_ends_the_failures_before_it() -> None:
    ours = [attempt(0), *(attempt(60.0 * i, DOWN) for i in range(1, 5))]
    record = record_of([*ours, attempt(130), attempt(300, DOWN)], 301)
    assert OUTAGE not in fires(record, 301)
    assert record.run is not None
    assert (record.run.since, record.run.failures) == (130, 3)


def test_a_success_that_is_seen_late_and_is_the_newest_but_for_one_failure_leaves_that_one() -> None:
    record = record_of([attempt(0), attempt(200, DOWN), attempt(100)], 201)
    assert record.run is not None
    assert (record.run.since, record.run.failures) == (100, 1)


def test_a_failure_that_is_seen_late_and_is_older_than_the_last_success_is_no_outage() -> None:
    record = record_of([attempt(100), attempt(50, DOWN), attempt(60, DOWN)], 401)
    assert record.run is None


def test_a_failure_that_is_seen_late_counts_among_those_of_the_outage() -> None:
    record = record_of([attempt(0), attempt(120, DOWN), attempt(60, DOWN), attempt(290, DOWN)], 301)
    assert record.run is not None
    assert (record.run.since, record.run.failures) == (0, 3)
    assert OUTAGE in fires(record, 301)


@given(
    st.lists(st.tuples(st.integers(0, 290), st.sampled_from([None, DOWN, LIMIT])), min_size=1, max_size=25),
    st.randoms(use_true_random=False),
)
def test_in_whichever_order_calls_are_seen_the_failures_since_the_last_success_are_the_same(
    history: list[tuple[int, Code | None]], dice: random.Random
) -> None:
    calls = [attempt(at, code) for at, code in {at: (at, code) for at, code in history}.values()]
    in_order = sorted(calls, key=lambda c: c.at)
    success = max((c.at for c in calls if c.code is None), default=None)
    dice.shuffle(calls)
    record = record_of(calls, 290)
    after = [c for c in in_order if c.code is DOWN and (success is None or c.at > success)]
    assert (record.run.failures if record.run else 0) == len(after)
    assert record.last_success == success


# states


def test_no_data_is_a_state_of_its_own_and_a_failure_is_pending() -> None:
    assert set(ApiHistory(THRESHOLDS).states(Instant(0)).values()) == {State.NO_DATA}
    assert set(record_of([attempt(0)], 1).states(Instant(1)).values()) == {State.OK}
    failing = record_of([attempt(0), attempt(10, DOWN)], 11).states(Instant(11))
    assert failing == {OUTAGE: State.PENDING, RATE: State.PENDING, LATENCY: State.OK}


def test_no_calls_for_six_hours_end_everything_and_downtime_is_not_silence() -> None:
    record = record_of([attempt(0), *(attempt(60.0 * i, DOWN) for i in range(1, 9))], 480)
    assert OUTAGE not in record.over(Instant(480 + 6 * HOUR - 1))
    assert record.over(Instant(480 + 6 * HOUR)) == set(API_SYMPTOMS)
    restarted = ApiHistory(THRESHOLDS, since=Instant(9 * HOUR))
    assert not restarted.over(Instant(9 * HOUR + MINUTE))


@pytest.mark.parametrize("failing", [0, 2_000, 30_000])
def test_judging_six_hours_of_calls_every_five_seconds_costs_milliseconds(failing: int) -> None:
    record = ApiHistory(THRESHOLDS)
    for i in range(60_000):
        record.observe(attempt(i * 0.36, DOWN if failing and i % (60_000 // failing) == 0 else None))
    record.advance(Instant(21_600))
    began = time.perf_counter()
    for i in range(20):
        now = Instant(21_605 + i * 5)
        record.advance(now)
        record.firing(now)
        record.over(now)
    # under a millisecond on an idle machine; a rescan of 60,000 calls would cost twenty
    assert (time.perf_counter() - began) / 20 < 0.01
