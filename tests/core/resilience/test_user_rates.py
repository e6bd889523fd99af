from __future__ import annotations

import pytest

from watcher.core.resilience import user_rates
from watcher.core.resilience.user_rates import UserRates


def test_each_user_has_its_own_bound_per_minute() -> None:
    rates = UserRates(3)
    assert [rates.admit("ann", now) for now in (0, 10, 20)] == [0, 0, 0]
    assert rates.admit("ann", 30) == 30
    assert rates.admit("bob", 30) == 0
    assert rates.admit("ann", 60) == 0
    assert rates.admit("ann", 60) == 10


def test_a_refused_question_does_not_count() -> None:
    rates = UserRates(1)
    rates.admit("ann", 0)
    assert [rates.admit("ann", now) for now in (20, 40, 59)] == [40, 20, 1]
    assert rates.admit("ann", 60) == 0


def test_a_clock_that_was_set_back_forgets() -> None:
    rates = UserRates(1)
    rates.admit("ann", 1e9)
    assert rates.admit("ann", 5) == 0


def test_users_who_are_idle_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_rates, "_MAX_IDLE_USERS", 10)
    rates = UserRates(3)
    for n in range(50):
        rates.admit(f"user {n}", n * 30)
    assert len(rates._times) <= 11


def test_counting_the_rest_of_a_minute_uses_none_of_it() -> None:
    rates = UserRates(2)
    assert rates.left("ann", 0) == 2
    rates.admit("ann", 0)
    assert (rates.left("ann", 1), rates.left("ann", 1), rates.left("bob", 1)) == (1, 1, 2)
    assert rates.left("ann", 60) == 2
