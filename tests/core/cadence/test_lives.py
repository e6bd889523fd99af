from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.cadence.lives import BINS, Life, LifeCurve, ended_between, exponential

HAZARDS = st.tuples(*[st.floats(1e-3, 50.0)] * BINS)
LIVES = st.builds(Life, HAZARDS.map(LifeCurve), st.floats(0.2, 500.0), st.floats(0.2, 500.0))
AGES = st.floats(1e-4, 40.0)


@pytest.mark.parametrize("age", [0.01, 0.1, 1.0, 5.0])
def test_a_well_known_life_is_exponential(age: float) -> None:
    life = Life(exponential(0.5), 1e8, 1e8)
    assert life.survival(age) == pytest.approx(math.exp(-2 * age), rel=1e-4)
    assert life.alive(age) == pytest.approx((1 - math.exp(-2 * age)) / 2, rel=1e-4)
    assert life.lost(age) == pytest.approx((1 - (1 + 2 * age) * math.exp(-2 * age)) / 2, rel=1e-2)


def test_an_unknown_life_is_averaged_over_its_frailty() -> None:
    assert Life(exponential(0.5), 1.0, 1.0).alive(1.0) == pytest.approx(math.log(3) / 2)


@given(LIVES, AGES)
def test_the_age_of_a_loss_is_the_inverse_of_the_loss(life: Life, age: float) -> None:
    loss = life.lost(age)
    found = life.age_of_loss(loss)
    assert life.lost(found) >= loss * (1 - 1e-6) - 1e-9
    just_before = found * (1 - 2.5e-4)  # ages are found to a ten-thousandth of their bin
    assert life.lost(just_before) <= loss * (1 + 1e-6) + 1e-9


@given(LIVES, AGES, AGES)
def test_longer_intervals_catch_less_and_lose_more(life: Life, one: float, other: float) -> None:
    short, long = sorted((one, other))
    assert 0 < life.caught(long) <= life.caught(short) * (1 + 1e-6)
    assert life.lost(long) >= life.lost(short) - 1e-6


@given(HAZARDS.map(LifeCurve), st.floats(0.1, 10.0), AGES, AGES)
def test_an_end_is_spread_over_the_ages_where_it_may_lie(
    curve: LifeCurve, frailty: float, start: float, gap: float
) -> None:
    found = list(ended_between(curve, frailty, start, start + gap))
    assert sum(share for _, share, _ in found) == pytest.approx(1.0)
    assert 0 <= sum(days for _, _, days in found) <= gap * (1 + 1e-6)
