"""Windows over calls, and the probability that chance explains their failures."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.counting import lines_run
from watcher.core.errors import Api, Code
from watcher.core.monitoring.attempts import Attempt
from watcher.core.monitoring.windows import MAX_CALLS_IN_WINDOW, CallWindow, Tally, binomial_tail
from watcher.core.times import HOUR, Instant, Seconds

DOWN = Code.EBAY_UNAVAILABLE


def call(at: float, seconds: float = 0.2, code: Code | None = None, counts: bool = True) -> Attempt:  # noqa: FBT001, FBT002 - short for the tests
    return Attempt(Api.EBAY, Instant(at), Seconds(seconds), code, counts)


def exact_probability(n: int, k: int, p: Fraction) -> float:
    return float(sum(comb(n, i) * p**i * (1 - p) ** (n - i) for i in range(k, n + 1)))


@given(st.integers(1, 120).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n))), st.integers(0, 100))
def test_the_probability_equals_the_exact_binomial_sum(tally: tuple[int, int], percent: int) -> None:
    exact = exact_probability(*tally, Fraction(percent, 100))
    assert binomial_tail(Tally(*tally), percent / 100) == pytest.approx(exact, rel=1e-8, abs=1e-12)


@pytest.mark.parametrize(("n", "k"), [(60_000, 3_100), (60_000, 3_300), (5_000, 400), (20, 10), (20, 9)])
def test_the_probability_is_exact_for_six_hours_of_calls(n: int, k: int) -> None:
    p, term, total = Fraction(1, 20), None, Fraction(0)
    term = Fraction(comb(n, k)) * p**k * (1 - p) ** (n - k)
    value = float(term)
    total = 0.0
    for i in range(k, n + 1):
        total += value
        value *= (n - i) / (i + 1) / 19
    assert binomial_tail(Tally(n, k), 0.05) == pytest.approx(total, rel=1e-8)


def test_ten_failures_of_twenty_are_significant_and_nine_are_not() -> None:
    assert binomial_tail(Tally(20, 10), 0.05) < 1e-7 < binomial_tail(Tally(20, 9), 0.05)


def test_a_vanishing_probability_is_zero_and_fast_to_compute() -> None:
    half, few = Tally(60_000, 30_000), Tally(60_000, 100)
    assert binomial_tail(half, 0.05) == 0.0
    assert binomial_tail(few, 0.05) == pytest.approx(1.0)
    assert max(lines_run(partial(binomial_tail, tally, 0.05)) for tally in (half, few)) < 1_000


def test_a_full_window_drops_its_oldest_calls_early() -> None:
    window = CallWindow(Seconds(HOUR))
    window.push(call(0, 9.0, DOWN))
    for _ in range(MAX_CALLS_IN_WINDOW):
        window.push(call(1, 0.5))
    assert window.tally == (MAX_CALLS_IN_WINDOW, 0)
    assert window.mean == 0.5


def test_a_call_leaves_when_its_age_equals_the_window_length() -> None:
    window = CallWindow(Seconds(300.0))
    window.push(call(0, code=DOWN))
    window.push(call(1))
    window.advance(Instant(299.9))
    assert window.tally == Tally(2, 1)
    window.advance(Instant(300))
    assert window.tally == Tally(1, 0)
    window.advance(Instant(10_000))
    assert (window.tally, window.mean) == (Tally(0, 0), None)


def test_a_4xx_caused_by_our_own_request_is_not_a_failure() -> None:
    window = CallWindow(HOUR)
    window.push(call(0, code=DOWN, counts=False))
    assert window.tally == Tally(1, 0)
    assert not window.codes()


def test_a_mean_of_exactly_five_seconds_is_not_above_five_seconds() -> None:
    window = CallWindow(HOUR)
    for at in range(10_000):
        window.push(call(at, 0.1 if at % 2 else 9.9))
        window.advance(Instant(at))
    assert not window.slower_than(Seconds(5.0))
    window.push(call(10_000, 5.01))
    assert window.slower_than(Seconds(5.0))


def test_calls_from_a_clock_that_was_ahead_are_dropped() -> None:
    window = CallWindow(HOUR)
    window.push(call(100))
    window.push(call(4_000, code=DOWN))
    window.advance(Instant(101))
    assert window.tally == Tally(1, 0)


calls = st.lists(
    st.builds(
        call,
        st.integers(0, 1000),
        st.floats(0, 90, allow_nan=False),
        st.sampled_from([None, None, DOWN, Code.EBAY_RATE_LIMIT]),
        st.booleans(),
    ),
    max_size=60,
)


@given(calls, st.integers(0, 1500), st.integers(0, 30))
def test_running_sums_equal_a_fresh_count(history: list[Attempt], later: int, last: int) -> None:
    window, now = CallWindow(Seconds(300.0)), Instant(0)
    for attempt in history:
        window.push(attempt)
        now = Instant(max(now, attempt.at))
        window.advance(now)
    now = Instant(max(now, later))
    window.advance(now)
    left = sorted((c for c in history if c.at > now - 300), key=lambda c: c.at)
    failures = [c for c in left if c.code and c.counts]
    assert window.tally == Tally(len(left), len(failures))
    assert [c.at for c in window.calls] == [c.at for c in left]
    assert window.mean == (
        pytest.approx(sum(c.seconds for c in left) / len(left), abs=1e-5) if left else None
    )
    assert window.last(last).calls == min(last, len(left))
    assert sum(window.codes().values()) == len(failures)
