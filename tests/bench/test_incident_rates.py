"""The fast simulation of the failure-rate rule agrees with the product's code."""

from __future__ import annotations

import random

import pytest

from tests.bench.incident_rates import (
    LIMITS,
    RATES,
    detection,
    failures,
    false_incidents,
    firings,
    least,
    spacing,
)
from watcher.core.errors import Api, Code
from watcher.core.monitoring.api_history import ApiHistory
from watcher.core.monitoring.attempts import Attempt
from watcher.core.monitoring.incidents import Symptom
from watcher.core.monitoring.windows import Tally, binomial_tail
from watcher.core.times import Instant, Seconds


def first_firing_of_product(failed: list[int], calls: int, rate: int) -> int | None:
    """Return the first call at which the product's rule fires, evaluated at every call."""
    record, bad = ApiHistory(LIMITS), set(failed)
    for n in range(calls):
        at = Instant(n * spacing(rate))
        record.observe(Attempt(Api.EBAY, at, Seconds(0.2), Code.EBAY_UNAVAILABLE if n in bad else None))
        if n in bad:
            record.advance(at)
            if Symptom.FAILURE_RATE in record.firing(at):
                return n
    return None


def first_firing(failed: list[int], rate: int) -> int | None:
    return next(iter(firings(failed, rate)), None)


@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("share", [0.05, 0.12, 0.2, 0.5])
def test_the_simulation_fires_at_the_same_call_as_the_product(rate: int, share: float) -> None:
    dice, calls = random.Random(f"{rate}|{share}"), 12 * rate * 3 // 2 + 100
    for _ in range(2 if rate == 500 else 6):
        calm = failures(dice, 0.05, 0, calls // 2)
        failed = calm + failures(dice, share, calls // 2, calls)
        assert first_firing(failed, rate) == first_firing_of_product(failed, calls, rate)


@pytest.mark.slow
@pytest.mark.parametrize("rate", [10, 17, 50])
@pytest.mark.parametrize("share", [0.11, 0.13])
def test_the_simulation_agrees_with_the_product_over_whole_days(rate: int, share: float) -> None:
    dice, calls = random.Random(f"{rate}|{share}"), 288 * rate
    for _ in range(5):
        failed = failures(dice, 0.05, 0, calls // 3) + failures(dice, share, calls // 3, calls)
        assert first_firing(failed, rate) == first_firing_of_product(failed, calls, rate)


@pytest.mark.parametrize("calls", [19, 20, 204, 1224, 36_000])
def test_the_tabulated_threshold_is_the_smallest_that_fires(calls: int) -> None:
    minimum = least(calls)
    if calls < LIMITS.min_calls:
        assert minimum > calls
        return
    assert binomial_tail(Tally(calls, minimum), 0.05) < 1e-7
    below = Tally(calls, minimum - 1)
    assert binomial_tail(below, 0.05) >= 1e-7 or not LIMITS.exceeded_by(below)


def test_five_days_of_background_failures_cause_no_incident() -> None:
    assert [false_incidents(random.Random(rate), rate, 5) for rate in RATES[:3]] == [0, 0, 0]


def test_a_failure_of_half_of_the_calls_is_detected_within_minutes() -> None:
    took = [detection(random.Random(n), 0.5, 17, 2000) for n in range(20)]
    assert sorted(t or 1e9 for t in took)[10] < 600
