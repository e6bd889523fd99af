from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.retry import RetryPolicy
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
