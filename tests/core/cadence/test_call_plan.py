from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.cadence.call_plan import FIRST_AT_ONCE, FLOOR_SHARE, CallPlan, Objective, Turn, plan_calls
from watcher.core.cadence.demand import Demand
from watcher.core.cadence.estimates import Estimates, Priors
from watcher.core.cadence.fair_shares import ASKED_SHARE, fair_level, weight_of
from watcher.core.cadence.lives import Life, exponential
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds

NOW = Instant(0.0)
KNOWN = Estimates(NOW, arrivals=10.0)


class Asked(NamedTuple):
    """A search: its value, and the interval of its one watch, if it has one."""

    value: float
    every: Seconds | None = None
    user: str = "one"


def plan(
    asked: Sequence[Asked],
    budget: float = 4500.0,
    floor: Seconds = DAY,
    objective: Objective = Objective.ALIVE,
    least: Seconds = MINUTE,
) -> CallPlan:
    demand = Demand()
    for one in asked:
        demand.add_search("", one.value, KNOWN, shortest=one.every, longest=one.every)
        if one.every is not None:
            demand.add_asked(one.user, one.every, least)
    return plan_calls(demand, now=NOW, budget=budget, min_interval=least, floor=floor, objective=objective)


def interval(found: CallPlan, one: Asked) -> Seconds:
    if one.every is not None:
        return found.asked_interval(one.user, one.every)
    return found.interval(one.value, KNOWN.life(found.priors_of("")))


VALUES = st.floats(1e-6, 1e4)
EVERY = st.none() | st.sampled_from([MINUTE, Seconds(300.0), HOUR, DAY])
ASKED = st.lists(st.builds(Asked, VALUES, EVERY, st.sampled_from(["one", "two", "three"])), max_size=60)
BUDGETS = st.floats(1.0, 2e4)


@given(ASKED, BUDGETS, st.sampled_from(Objective))
def test_planned_calls_never_exceed_the_budget(
    asked: list[Asked], budget: float, objective: Objective
) -> None:
    found = plan(asked, budget, objective=objective)
    assert found.calls <= budget * 1.001
    # Values are counted in steps, so single intervals differ a little from what was counted.
    assert sum(DAY / interval(found, one) for one in asked) <= budget * 1.5


@given(ASKED, BUDGETS, st.sampled_from([HOUR, DAY, Seconds(7 * DAY)]))
def test_no_interval_is_outside_its_bounds(asked: list[Asked], budget: float, floor: Seconds) -> None:
    found = plan(asked, budget, floor)
    for one in asked:
        if one.every is None:
            assert MINUTE <= interval(found, one) <= max(MINUTE, found.floor * (1 + 1e-9))
        else:
            assert interval(found, one) >= one.every


@given(ASKED, BUDGETS)
def test_the_floor_takes_at_most_its_share(asked: list[Asked], budget: float) -> None:
    found = plan(asked, budget)
    sharing = sum(one.every is None for one in asked)
    assert sharing * DAY / found.floor <= max(FLOOR_SHARE * budget, 0) + 1e-6 or found.stretch == 1
    assert sharing * DAY / found.floor <= FLOOR_SHARE * budget + 1e-6


def test_a_floor_that_does_not_fit_is_stretched_for_all_alike() -> None:
    found = plan([Asked(1e-6)] * 900, budget=450)
    assert found.floor == pytest.approx(DAY * 900 / (0.3 * 450))
    assert found.longest(HOUR) == pytest.approx(HOUR * found.stretch)


@given(ASKED, BUDGETS)
def test_wishes_take_at_most_their_share(asked: list[Asked], budget: float) -> None:
    found = plan(asked, budget)
    calls = sum(DAY / interval(found, one) for one in asked if one.every is not None)
    assert calls <= ASKED_SHARE * budget * 1.001


@given(st.lists(st.floats(0.1, 1e4), min_size=1, max_size=30), st.floats(0.1, 1e4))
def test_wishes_are_shared_max_min_fair(asked: list[float], calls: float) -> None:
    level = fair_level(asked, calls)
    got = [min(level, one) for one in asked]
    assert sum(got) <= calls * (1 + 1e-9)
    if sum(asked) > calls:
        assert sum(got) == pytest.approx(calls)


def test_a_user_who_asks_for_little_gets_it_in_full() -> None:
    found = plan([Asked(1.0, DAY, "modest"), *[Asked(1.0, MINUTE, "greedy")] * 10])
    assert found.asked_interval("modest", DAY) == DAY
    assert found.asked_interval("greedy", MINUTE) == pytest.approx(MINUTE * 14400 / 3149, rel=0.001)


def test_everything_that_fits_is_polled_at_the_minimum_interval() -> None:
    found = plan([Asked(1e-5), Asked(10.0), Asked(1.0)])
    assert found.threshold == 0
    assert interval(found, Asked(1e-5)) == MINUTE


def test_the_budget_is_used() -> None:
    asked = [Asked(0.01 * 1.02**n) for n in range(500)]
    for objective in Objective:
        found = plan(asked, objective=objective)
        assert found.calls == pytest.approx(4500, rel=0.01)
        assert sum(DAY / interval(found, one) for one in asked) == pytest.approx(4500, rel=0.05)


def test_intervals_of_delay_follow_the_square_root_rule() -> None:
    found = plan([Asked(1.0), Asked(4.0)] * 200, objective=Objective.DELAY)
    assert interval(found, Asked(1.0)) == pytest.approx(2 * interval(found, Asked(4.0)))


@cache
def plan_of_a_thousand(objective: Objective) -> CallPlan:
    return plan([Asked(1.0)] * 1000, objective=objective)


@given(VALUES, VALUES, st.sampled_from(Objective))
def test_a_valuable_search_is_polled_more_often(one: float, other: float, objective: Objective) -> None:
    found = plan_of_a_thousand(objective)
    less, more = sorted((one, other))
    assert interval(found, Asked(more)) <= interval(found, Asked(less)) * (1 + 1e-9)


def test_a_wish_among_other_watches_is_an_upper_bound() -> None:
    found = plan([Asked(1.0)] * 3000)
    life = Life(exponential(0.5), 1.0, 1.0)
    assert found.interval(1e-6, life, asked=HOUR) == HOUR
    assert found.interval(1e6, life, asked=HOUR) < HOUR


def test_a_plan_is_read_as_it_was_written() -> None:
    found = plan([Asked(1.0)] * 3000 + [Asked(1.0, MINUTE, "greedy")] * 10)
    assert CallPlan.read(found.write()) == found
    assert CallPlan.read(CallPlan().write()) == CallPlan()
    assert CallPlan.read("{}") is None
    assert CallPlan.read("[]") is None


def test_a_queue_that_is_behind_gets_longer_intervals() -> None:
    demand = Demand({"": Priors()})
    for _ in range(3000):
        demand.add_search("", 1.0, KNOWN)

    def threshold(lag: float) -> float:
        return plan_calls(
            demand, now=NOW, budget=9000.0, min_interval=MINUTE, floor=DAY, lag=Seconds(lag)
        ).threshold

    assert threshold(-HOUR) < threshold(0.0) < threshold(HOUR)


@pytest.mark.parametrize(
    ("objective", "new", "is_quicker"),
    [
        (Objective.DELAY, 2000, True),
        (Objective.DELAY, FIRST_AT_ONCE, False),
        (Objective.ALIVE, 2000, False),
    ],
)
def test_a_queue_ahead_is_used_quickly_during_a_large_import(
    objective: Objective, new: int, *, is_quicker: bool
) -> None:
    demand = Demand({"": Priors()})
    for number in range(3000):
        demand.add_search("", *((None, None) if number < new else (1.0, KNOWN)))

    def threshold(lag: float) -> float:
        return plan_calls(
            demand,
            now=NOW,
            budget=1000.0,
            min_interval=MINUTE,
            floor=Seconds(30 * DAY),
            objective=objective,
            lag=Seconds(lag),
        ).threshold

    # The delay that a poll saves grows with the square of its interval, a catch at most with the interval.
    most = 1.2**-2 * 0.97
    assert (threshold(-0.1 * DAY) < most * threshold(0.0)) is is_quicker
    assert threshold(0.1 * DAY) < 1.25**2 * 1.03 * threshold(0.0), "it is behind as at any other time"


@given(st.lists(st.sampled_from([0.5, 1.0, 2.0]), min_size=1, max_size=20))
def test_priorities_keep_the_total_of_a_user(priorities: list[float]) -> None:
    names = {0.5: "low", 1.0: "normal", 2.0: "high"}
    total = sum(priorities)
    weights = [weight_of(names[p], len(priorities), total) for p in priorities]
    assert sum(weights) == pytest.approx(len(priorities))


@pytest.mark.parametrize(("objective", "days"), [(Objective.ALIVE, 7.4), (Objective.DELAY, 4.35)])
def test_first_looks_of_an_import_take_their_share_of_the_calls(objective: Objective, days: float) -> None:
    found = CallPlan(objective=objective, budget=4500.0)
    due = [found.first_due(NOW, place, 10_000) for place in range(10_000)]
    assert due[:FIRST_AT_ONCE] == [NOW] * FIRST_AT_ONCE
    assert due == sorted(due)
    assert due[-1] == pytest.approx(days * DAY, rel=0.01)


@given(st.floats(0.0, 0.7), st.floats(0.0, 1.0), st.sampled_from(Objective))
def test_first_looks_leave_calls_to_wishes_and_the_floor(
    asked: float, seen: float, objective: Objective
) -> None:
    found = CallPlan(objective=objective, budget=1000.0, asked_calls=1000.0 * asked)
    left = 1000.0 - found.asked_calls
    taken = found.first_calls(1000.0 * seen, 1000.0)
    assert 0 < taken <= max(left - 200.0, FLOOR_SHARE * left) + 1e-6
    assert found.first_calls(1000.0, 1000.0) <= max(left - FLOOR_SHARE * 1000.0, FLOOR_SHARE * left)


def test_first_looks_of_an_import_follow_those_of_earlier_ones() -> None:
    demand = Demand()
    for _ in range(1000):
        demand.add_search("", None, None)
    found = plan_calls(demand, now=NOW, budget=4500.0, min_interval=MINUTE, floor=DAY)
    assert found.seen_at == pytest.approx(found.first_wait(0.0, 1000.0, 1000.0), abs=DAY / 2)
    assert found.first_due(NOW, 0, 30) == NOW
    assert found.first_due(NOW, FIRST_AT_ONCE, 30) == found.seen_at
    assert found.first_due(NOW, FIRST_AT_ONCE + 1, 30) > found.seen_at


def test_first_looks_make_intervals_longer_until_the_last_of_them() -> None:
    demand = Demand()
    for n in range(6000):
        demand.add_search("", 1.0, KNOWN if n % 3 else None)
    found = plan_calls(
        demand, now=NOW, budget=4500.0, min_interval=MINUTE, floor=DAY, objective=Objective.DELAY
    )
    life = KNOWN.life(Priors())
    assert found.settled < found.threshold

    def wait(now: float) -> float:
        return found.interval(1.0, life, turn=Turn(now=Instant(now)))

    assert wait(found.seen_at) < wait(found.seen_at - HOUR) < wait(NOW)
    assert wait(found.seen_at - 60.0) == pytest.approx(wait(found.seen_at), abs=60.0)
