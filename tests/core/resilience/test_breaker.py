from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, precondition, rule

from tests.fakes import shortest_wait
from watcher.core.resilience.breaker import (
    BREAKER_SAMPLE_CALLS,
    TIMER_TOLERANCE,
    Breaker,
    BreakerPolicy,
    BreakerRefusal,
    BreakerState,
    Outcome,
)
from watcher.core.times import Seconds

SUCCESS, FAILURE, LIMITED, NOTHING = Outcome
FIRST, LONGEST = 30.0, 300.0


def highest(_low: float, high: float) -> float:
    return high


class Scene:
    """A breaker with a simulated clock; by default the jitter draws the longest pause."""

    def __init__(
        self, policy: BreakerPolicy = BreakerPolicy(), dice: Callable[[float, float], float] = highest
    ) -> None:
        self.breaker, self.now, self.dice = Breaker(policy), 1000.0, dice

    def begin(self, *, auxiliary: bool = False) -> int:
        ticket = self.breaker.admit(self.now, auxiliary=auxiliary)
        assert not isinstance(ticket, BreakerRefusal)
        return ticket

    def end(self, ticket: int, outcome: Outcome, retry_after: float | None = None) -> None:
        self.breaker.settle(ticket, self.now, outcome, self.dice, retry_after)

    def call(self, *outcomes: Outcome, retry_after: float | None = None) -> None:
        for outcome in outcomes:
            self.end(self.begin(), outcome, retry_after)

    def refusal(self) -> BreakerRefusal:
        found = self.breaker.admit(self.now)
        assert isinstance(found, BreakerRefusal)
        return found

    @property
    def state(self) -> BreakerState:
        return self.breaker.state


def opened(**policy: float) -> Scene:
    scene = Scene(BreakerPolicy(**policy))  # type: ignore[arg-type]  # a test's own numbers
    scene.call(*[FAILURE] * 5)
    assert scene.state is BreakerState.OPEN
    return scene


def test_five_failures_in_a_row_open_the_breaker() -> None:
    scene = Scene()
    scene.call(*[FAILURE] * 4)
    assert scene.state is BreakerState.CLOSED
    scene.call(FAILURE)
    assert scene.state is BreakerState.OPEN
    assert scene.refusal() == BreakerRefusal(Seconds(30.0), limited=False)


def test_success_resets_the_failures_in_a_row() -> None:
    scene = Scene()
    scene.call(*[*[FAILURE] * 4, SUCCESS] * 1, *[FAILURE] * 4)
    assert scene.state is BreakerState.CLOSED


def test_half_of_ten_calls_in_a_minute_open_the_breaker() -> None:
    scene = Scene()
    scene.call(*[SUCCESS, FAILURE] * 4, SUCCESS)
    assert scene.state is BreakerState.CLOSED
    scene.call(FAILURE)
    assert scene.state is BreakerState.OPEN


def test_nine_calls_are_too_few_for_the_failure_share() -> None:
    scene = Scene()
    scene.call(*[FAILURE, FAILURE, SUCCESS] * 3)
    assert scene.state is BreakerState.CLOSED


def test_failures_older_than_a_minute_are_forgotten() -> None:
    scene = Scene()
    scene.call(*[SUCCESS, FAILURE] * 4, SUCCESS)
    scene.now += 60.0
    scene.call(FAILURE)
    assert scene.state is BreakerState.CLOSED


def test_failure_share_below_half_keeps_the_breaker_closed() -> None:
    scene = Scene()
    scene.call(*[SUCCESS, FAILURE, SUCCESS] * BREAKER_SAMPLE_CALLS)
    assert scene.state is BreakerState.CLOSED


def test_refusal_has_the_seconds_until_the_probe() -> None:
    scene = opened()
    scene.now += 12.5
    assert scene.refusal().retry_after == pytest.approx(17.5)
    assert scene.breaker.wait(scene.now) == pytest.approx(17.5 - TIMER_TOLERANCE)


def test_exactly_one_probe_is_admitted_after_the_pause() -> None:
    scene = opened()
    scene.now += FIRST
    assert scene.breaker.wait(scene.now) == 0.0
    scene.begin()
    assert scene.state is BreakerState.HALF_OPEN
    assert [scene.refusal() for _ in range(20)] == [BreakerRefusal(None, limited=False)] * 20
    assert scene.breaker.wait(scene.now) == 0.0


def test_timer_that_fires_slightly_early_is_admitted() -> None:
    scene = opened()
    scene.now += FIRST - TIMER_TOLERANCE / 2
    scene.begin()


def test_successful_probe_closes_the_breaker() -> None:
    scene = opened()
    scene.now += FIRST
    scene.call(SUCCESS)
    assert scene.state is BreakerState.CLOSED
    scene.call(*[FAILURE] * 4)
    assert scene.state is BreakerState.CLOSED


def test_failed_probe_doubles_the_pause_up_to_five_minutes() -> None:
    scene = opened()
    pauses = []
    for _ in range(6):
        wait = scene.refusal().retry_after
        assert wait is not None
        pauses.append(wait)
        scene.now += wait
        scene.call(FAILURE)
    assert pauses == [30, 60, 120, 240, 300, 300]
    scene.now += 300
    scene.call(SUCCESS, *[FAILURE] * 5)
    assert scene.refusal().retry_after == 30


def test_jitter_shortens_a_pause_by_at_most_a_fifth() -> None:
    drawn = []

    def dice(low: float, high: float) -> float:
        drawn.append((low, high))
        return low

    scene = Scene(BreakerPolicy(pause=Seconds(200.0)), dice)
    scene.call(*[FAILURE] * 5)
    scene.now += 160.0
    scene.call(FAILURE)
    assert drawn == [(160.0, 200.0), (240.0, 300.0)]


def test_longer_retry_after_replaces_the_pause() -> None:
    scene = Scene()
    scene.call(*[FAILURE] * 4)
    scene.call(FAILURE, retry_after=1000.0)
    assert scene.refusal().retry_after == 1000.0


def test_cancelled_probe_allows_another_probe() -> None:
    scene = opened()
    scene.now += FIRST
    scene.call(NOTHING)
    assert scene.state is BreakerState.OPEN
    scene.call(SUCCESS)
    assert scene.state is BreakerState.CLOSED


def test_cancelled_call_does_not_count() -> None:
    scene = Scene()
    scene.call(*[FAILURE] * 4, NOTHING, FAILURE)
    assert scene.state is BreakerState.OPEN


def test_call_sent_before_a_pause_does_not_affect_the_time_after() -> None:
    scene = Scene()
    late = [scene.begin() for _ in range(3)]
    scene.call(*[FAILURE] * 5)
    scene.end(late[0], SUCCESS)
    assert scene.state is BreakerState.OPEN
    scene.now += FIRST
    probe = scene.begin()
    scene.end(late[1], FAILURE)
    scene.end(late[2], LIMITED, 99.0)
    assert scene.state is BreakerState.HALF_OPEN
    scene.end(probe, SUCCESS)
    assert scene.state is BreakerState.CLOSED


def test_retry_after_pauses_all_calls_as_a_limit() -> None:
    scene = Scene()
    scene.call(LIMITED, retry_after=17.0)
    assert scene.refusal() == BreakerRefusal(Seconds(17.0), limited=True)
    scene.now += 17.0
    scene.call(SUCCESS)
    assert scene.state is BreakerState.CLOSED


def test_longest_retry_after_of_concurrent_calls_counts() -> None:
    scene = Scene()
    tickets = [scene.begin() for _ in range(3)]
    scene.end(tickets[0], LIMITED, 5.0)
    scene.end(tickets[1], LIMITED, 40.0)
    scene.end(tickets[2], LIMITED, None)
    assert scene.refusal().retry_after == 40.0


def test_one_429_without_a_wait_is_not_a_failure() -> None:
    scene = Scene()
    scene.call(*[FAILURE] * 4, *[LIMITED] * 4)
    assert scene.state is BreakerState.CLOSED
    scene.call(FAILURE)
    assert scene.refusal() == BreakerRefusal(Seconds(30.0), limited=False)


@pytest.mark.parametrize("asked", [None, 0.0])
def test_five_429s_in_a_row_pause_like_failures(asked: float | None) -> None:
    scene = Scene()
    scene.call(*[LIMITED] * 5, retry_after=asked)
    assert scene.refusal() == BreakerRefusal(Seconds(30.0), limited=True)
    scene.now += 30.0
    scene.call(LIMITED, retry_after=asked)
    assert scene.refusal() == BreakerRefusal(Seconds(60.0), limited=True)


def test_ineffective_retry_after_is_replaced_by_the_longer_pause() -> None:
    scene = Scene()
    waits = []
    for _ in range(6):
        scene.call(LIMITED, retry_after=2.0)
        wait = scene.refusal().retry_after
        assert wait is not None
        waits.append(wait)
        scene.now += wait
    assert waits == [2, 2, 2, 2, 30, 60]


def test_probe_answered_with_a_429_without_a_wait_prolongs_the_pause() -> None:
    scene = opened()
    scene.now += FIRST
    scene.call(LIMITED)
    assert scene.refusal() == BreakerRefusal(Seconds(60.0), limited=True)


def test_429_is_a_success_if_it_does_not_pause_the_breaker() -> None:
    scene = opened(pauses_on_429=False)
    scene.now += FIRST
    scene.call(LIMITED, retry_after=600.0)
    assert scene.state is BreakerState.CLOSED


def test_auxiliary_call_is_admitted_beside_a_probe() -> None:
    scene = opened()
    scene.now += FIRST
    probe = scene.begin()
    for outcome in Outcome:
        scene.end(scene.begin(auxiliary=True), outcome)
        assert scene.state is BreakerState.HALF_OPEN
    scene.end(probe, SUCCESS)
    assert scene.state is BreakerState.CLOSED


def test_auxiliary_call_is_refused_during_the_pause() -> None:
    scene = opened()
    assert isinstance(scene.breaker.admit(scene.now, auxiliary=True), BreakerRefusal)


def test_hour_of_failures_costs_a_dozen_probes() -> None:
    scene = Scene(dice=shortest_wait)
    sent = 0
    for _ in range(3600):
        scene.now += 1.0
        ticket = scene.breaker.admit(scene.now)
        if not isinstance(ticket, BreakerRefusal):
            sent += 1
            scene.end(ticket, FAILURE)
    assert sent <= 5 + 20
    back = scene.refusal().retry_after
    assert back is not None
    assert back <= LONGEST


class Machine(RuleBasedStateMachine):
    """The breaker against a model that is written from its history only."""

    tickets: Bundle[tuple[int, int]] = Bundle("tickets")

    def __init__(self) -> None:
        super().__init__()
        self.breaker, self.now = Breaker(), 0.0
        self.state = "closed"
        self.run = self.limits = self.pauses = self.era = 0
        self.until = 0.0
        self.history: list[tuple[float, bool]] = []

    @rule(seconds=st.sampled_from([0.0, 0.5, 7.0, 29.0, 31.0, 61.0, 400.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds

    @rule(target=tickets)
    def call_starts(self) -> tuple[int, int]:
        answer = self.breaker.admit(self.now)
        if self.state == "open" and self.now >= self.until - TIMER_TOLERANCE:
            self.state, self.era = "probing", self.era + 1
        elif self.state != "closed":
            wait = self.until - self.now if self.state == "open" else None
            assert isinstance(answer, BreakerRefusal)
            assert answer.retry_after == wait
            return -9, -9
        assert isinstance(answer, int)
        return answer, self.era

    @rule(
        ticket=consumes(tickets),
        outcome=st.sampled_from(Outcome),
        asked=st.sampled_from([None, 0.0, 3.0, 45.0]),
    )
    def call_ends(self, ticket: tuple[int, int], outcome: Outcome, asked: float | None) -> None:
        if ticket[0] == -9:
            return
        self.breaker.settle(ticket[0], self.now, outcome, highest, asked)
        if ticket[1] != self.era:
            if outcome is LIMITED and self.state == "open":
                self.until = max(self.until, self.now + (asked or 0.0))
            return
        wait = {
            SUCCESS: self.succeeded,
            FAILURE: self.failed,
            LIMITED: self.limited,
            NOTHING: lambda _asked: 0.0 if self.probing else None,
        }[outcome](asked)
        if wait is not None:
            self.state, self.until, self.history, self.era = "open", self.now + wait, [], self.era + 1

    @property
    def probing(self) -> bool:
        return self.state == "probing"

    def succeeded(self, _asked: float | None) -> None:
        self.run = self.limits = 0
        if self.probing:
            self.state, self.pauses, self.era = "closed", 0, self.era + 1
        self.history.append((self.now, False))

    def failed(self, asked: float | None) -> float | None:
        self.run += 1
        self.history.append((self.now, True))
        recent = [failed for at, failed in self.history if at > self.now - 60]
        mostly = len(recent) >= 10 and 2 * sum(recent) >= len(recent)
        return max(asked or 0.0, self.next_pause()) if self.probing or self.run >= 5 or mostly else None

    def limited(self, asked: float | None) -> float | None:
        self.limits += 1
        if self.limits >= 5 or (self.probing and asked is None):
            return max(asked or 0.0, self.next_pause())
        return asked if self.probing else asked or None

    def next_pause(self) -> float:
        self.pauses += 1
        return min(30.0 * 2 ** (self.pauses - 1), 300.0)

    @invariant()
    def state_matches_the_model(self) -> None:
        names = {BreakerState.CLOSED: "closed", BreakerState.HALF_OPEN: "probing", BreakerState.OPEN: "open"}
        assert names[self.breaker.state] == self.state

    @precondition(lambda self: self.state == "open")
    @invariant()
    def remaining_pause_matches_the_model(self) -> None:
        assert self.breaker.wait(self.now) == max(0.0, self.until - self.now - TIMER_TOLERANCE)


TestMachine = Machine.TestCase
TestMachine.settings = settings(max_examples=60, stateful_step_count=50, deadline=None)
