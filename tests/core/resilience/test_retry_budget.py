from __future__ import annotations

from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from watcher.core.resilience.retry_budget import RetryBudget


def spend_all(budget: RetryBudget) -> int:
    spent = 0
    while budget.withdraw():
        spent += 1
    return spent


def test_single_call_has_all_retries_of_the_contract() -> None:
    assert spend_all(RetryBudget()) == 5


def test_five_first_attempts_pay_for_one_retry_exactly() -> None:
    budget = RetryBudget(start=0)
    for _ in range(4):
        budget.deposit()
    assert not budget.withdraw()
    budget.deposit()
    assert budget.withdraw()
    assert not budget.withdraw()


def test_at_most_ten_retries_are_saved() -> None:
    budget = RetryBudget()
    for _ in range(10_000):
        budget.deposit()
    assert spend_all(budget) == 10


def test_start_is_limited_to_what_can_be_saved() -> None:
    assert spend_all(RetryBudget(max_saved=2, start=9)) == 2


@given(st.integers(0, 3000), st.integers(0, 5))
def test_outage_costs_a_fifth_more_calls_plus_the_saved_retries(offered: int, wanted: int) -> None:
    budget, sent = RetryBudget(), 0
    for _ in range(offered):
        budget.deposit()
        sent += 1
        for _ in range(wanted):
            sent += budget.withdraw()
    assert sent <= Fraction(6, 5) * offered + 5


class Machine(RuleBasedStateMachine):
    """The budget against an exact fraction."""

    def __init__(self) -> None:
        super().__init__()
        self.budget, self.tokens = RetryBudget(), Fraction(5)

    @rule(times=st.integers(1, 12))
    def first_attempts(self, times: int) -> None:
        for _ in range(times):
            self.budget.deposit()
            self.tokens = min(Fraction(10), self.tokens + Fraction(1, 5))

    @rule()
    def retry(self) -> None:
        affordable = self.tokens >= 1
        assert self.budget.withdraw() == affordable
        self.tokens -= affordable

    @invariant()
    def budget_is_never_negative(self) -> None:
        assert 0 <= self.tokens <= 10


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=25, stateful_step_count=60, deadline=None)
