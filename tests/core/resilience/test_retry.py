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
def test_the_waits_are_the_contracts(of: RetryPolicy, bounds: list[tuple[float, float]]) -> None:
    assert [of.bounds(n) for n in range(1, of.max_retries + 1)] == bounds


POLICIES = st.builds(
    policy, st.integers(0, 9), st.floats(0, 1e4, allow_nan=False), st.floats(0, 1e4, allow_nan=False)
)


@given(POLICIES, st.integers(1, 10**6))
def test_no_bound_is_above_the_maximum_and_none_is_backwards(of: RetryPolicy, retry: int) -> None:
    low, high = of.bounds(retry)
    assert 0 <= low <= high <= of.maximum


@given(POLICIES, st.integers(1, 20))
def test_no_wait_is_shorter_than_the_first_could_be(of: RetryPolicy, retry: int) -> None:
    assert of.bounds(retry)[0] >= min(of.initial, of.maximum / 2)


@given(st.floats(0, 1e3), st.floats(8, 1e3), st.integers(1, 20))
def test_where_the_maximum_leaves_room_a_later_wait_is_never_shorter(
    initial: float, room: float, retry: int
) -> None:
    of = policy(5, initial, initial * room)
    (low, high), (next_low, next_high) = of.bounds(retry), of.bounds(retry + 1)
    assert low <= next_low
    assert high <= next_high


def test_the_dice_draw_between_the_bounds() -> None:
    drawn = []

    def jitter(low: float, high: float) -> float:
        drawn.append((low, high))
        return (low + high) / 2

    assert policy(5, 2, 60).wait(3, jitter) == 19
    assert drawn == [(8, 30)]


@pytest.mark.parametrize(("asked", "wait"), [(300.0, 300), (0.5, 0.5), (0.0, 0), (-3.0, 0)])
def test_what_the_server_asks_for_wins(asked: float, wait: float) -> None:
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
def test_how_many_attempts_fit_a_deadline(
    of: RetryPolicy, attempt: float, deadline: float, certain: int, possible: int
) -> None:
    fit = attempts_within(of, Seconds(attempt), Seconds(deadline))
    assert (fit.certain, fit.possible, fit.allowed) == (certain, possible, of.max_retries + 1)


def test_the_log_says_which_attempts_can_happen() -> None:
    def said(deadline: float, of: RetryPolicy = EBAY) -> str:
        return attempts_within(of, Seconds(10), Seconds(deadline)).sentence

    assert said(30) == "at least 2 and at most 4 attempts of the 6 allowed within 30 s"
    assert said(10) == "1 attempt of the 6 allowed within 10 s"
    assert said(90, OPENAI) == "4 attempts of the 4 allowed within 90 s"


def made(of: RetryPolicy, attempt: float, deadline: float, takes: float, wait: int) -> int:
    """How many attempts a call makes that fails after `takes` seconds, with that bound of each wait."""
    now, attempts = takes, 1
    for retry in range(1, of.max_retries + 1):
        pause = of.bounds(retry)[wait]
        if now + pause + attempt > deadline:
            break
        now, attempts = now + pause + takes, attempts + 1
    return attempts


@given(POLICIES, st.integers(0, 200).map(float), st.integers(0, 2000).map(float))
def test_what_is_certain_and_possible_is_what_the_slowest_and_the_quickest_call_make(
    of: RetryPolicy, attempt: float, deadline: float
) -> None:
    fit = attempts_within(of, Seconds(attempt), Seconds(deadline))
    assert 1 <= fit.certain <= fit.possible <= fit.allowed
    assert fit.possible == made(of, attempt, deadline, 0.0, 0)
    assert fit.certain == made(of, attempt, deadline, attempt, 1)
