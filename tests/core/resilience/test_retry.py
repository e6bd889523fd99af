from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.resilience.retry import RetryPolicy, attempts_within
from watcher.core.times import Seconds


def policy(retries: int, initial: float, maximum: float) -> RetryPolicy:
    return RetryPolicy(retries, Seconds(initial), Seconds(maximum))


@pytest.mark.parametrize(
    ("of", "bounds"),
    [
        (policy(5, 2, 60), [(2, 4), (4, 8), (8, 30), (30, 60), (30, 60)]),  # eBay
        (policy(3, 1, 30), [(1, 2), (2, 4), (4, 15)]),  # OpenAI
        (policy(4, 3, 60), [(3, 6), (6, 12), (12, 30), (30, 60)]),  # SerpAPI
        (policy(3, 1, 10), [(1, 2), (2, 4), (4, 5)]),  # Stripe
    ],
)
def test_bounds_of_the_waits_match_the_contract(of: RetryPolicy, bounds: list[tuple[float, float]]) -> None:
    assert [of.bounds(n) for n in range(1, of.max_retries + 1)] == bounds


POLICIES = st.builds(
    policy, st.integers(0, 9), st.floats(0, 1e4, allow_nan=False), st.floats(0, 1e4, allow_nan=False)
)


@given(POLICIES, st.integers(1, 10**6))
def test_bounds_are_ordered_and_at_most_the_maximum(of: RetryPolicy, retry: int) -> None:
    low, high = of.bounds(retry)
    assert 0 <= low <= high <= of.maximum


@given(POLICIES, st.integers(1, 20))
def test_no_wait_is_shorter_than_the_shortest_first_wait(of: RetryPolicy, retry: int) -> None:
    assert of.bounds(retry)[0] >= min(of.initial, of.maximum / 2)


@given(st.floats(0, 1e3), st.floats(8, 1e3), st.integers(1, 20))
def test_later_wait_is_never_shorter_below_the_maximum(initial: float, room: float, retry: int) -> None:
    of = policy(5, initial, initial * room)
    (low, high), (next_low, next_high) = of.bounds(retry), of.bounds(retry + 1)
    assert low <= next_low
    assert high <= next_high


def test_jitter_draws_between_the_bounds() -> None:
    drawn = []

    def jitter(low: float, high: float) -> float:
        drawn.append((low, high))
        return (low + high) / 2

    assert policy(5, 2, 60).wait(3, jitter) == 19
    assert drawn == [(8, 30)]


@pytest.mark.parametrize(("asked", "wait"), [(300.0, 300), (0.5, 0.5), (0.0, 0), (-3.0, 0)])
def test_retry_after_replaces_the_random_wait(asked: float, wait: float) -> None:
    assert policy(5, 2, 60).wait(1, lambda low, _high: low, asked) == wait


EBAY, OPENAI = policy(5, 2, 60), policy(3, 1, 30)


@pytest.mark.parametrize(
    ("of", "attempt", "deadline", "certain", "possible"),
    [
        (EBAY, 10, 30, 2, 4),  # 10 + 4 + 10; 2 + 4 + 8 and 10 for the fourth
        (policy(4, 3, 60), 10, 30, 2, 3),  # SerpAPI
        (OPENAI, 10, 90, 4, 4),
        (EBAY, 10, 1000, 6, 6),
        (EBAY, 10, 10, 1, 1),
        (EBAY, 10, 5, 1, 1),
        (policy(0, 2, 60), 10, 30, 1, 1),
        (EBAY, 10, 24, 2, 4),
        (EBAY, 10, 23.9, 1, 3),
    ],
)
def test_number_of_attempts_that_fit_a_deadline(
    of: RetryPolicy, attempt: float, deadline: float, certain: int, possible: int
) -> None:
    fit = attempts_within(of, Seconds(attempt), Seconds(deadline))
    assert (fit.certain, fit.possible, fit.allowed) == (certain, possible, of.max_retries + 1)


def test_log_sentence_gives_the_range_of_attempts() -> None:
    def sentence(deadline: float, of: RetryPolicy = EBAY) -> str:
        return attempts_within(of, Seconds(10), Seconds(deadline)).sentence

    assert sentence(30) == "at least 2 and at most 4 attempts of the 6 allowed within 30 s"
    assert sentence(10) == "1 attempt of the 6 allowed within 10 s"
    assert sentence(90, OPENAI) == "4 attempts of the 4 allowed within 90 s"


def count_attempts(of: RetryPolicy, attempt: float, deadline: float, takes: float, wait: int) -> int:
    """Count the attempts of a call that fails after `takes` seconds, with one bound of every wait."""
    now, attempts = takes, 1
    for retry in range(1, of.max_retries + 1):
        pause = of.bounds(retry)[wait]
        if now + pause + attempt > deadline:
            break
        now, attempts = now + pause + takes, attempts + 1
    return attempts


@given(POLICIES, st.integers(0, 200).map(float), st.integers(0, 2000).map(float))
def test_range_of_attempts_matches_the_slowest_and_quickest_call(
    of: RetryPolicy, attempt: float, deadline: float
) -> None:
    fit = attempts_within(of, Seconds(attempt), Seconds(deadline))
    assert 1 <= fit.certain <= fit.possible <= fit.allowed
    assert fit.possible == count_attempts(of, attempt, deadline, 0.0, 0)
    assert fit.certain == count_attempts(of, attempt, deadline, attempt, 1)
