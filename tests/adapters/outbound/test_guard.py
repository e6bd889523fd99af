from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from tests.fakes import NOON, FakeClock, RecordingMeter, shortest_wait
from tests.virtual import in_simulated_time
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.stages import CallContext
from watcher.core.errors import Api, CallFailed, Code, Kind
from watcher.core.monitoring.attempts import Attempt
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import Seconds

POLICY = RetryPolicy(max_retries=5, initial=Seconds(2.0), maximum=Seconds(60.0))


class Scene:
    """A guard with a simulated clock that only calls and waits advance."""

    def __init__(
        self, *, attempt_timeout: float = 10.0, deadline: float = 1000.0, policy: RetryPolicy = POLICY
    ) -> None:
        self.ledger, self.waits, self.passed = RecordingMeter(), list[float](), 0.0
        self.guard = Guard(
            Api.EBAY,
            policy,
            attempt_timeout=Seconds(attempt_timeout),
            deadline=Seconds(deadline),
            clock=FakeClock(),
            monotonic=lambda: self.passed,
            jitter=shortest_wait,
            meter=self.ledger,
            sleep=self.sleep,
        )

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.passed += seconds


class Answers:
    """A call that raises each failure in order, then answers; each attempt takes `length` seconds."""

    def __init__(self, scene: Scene, *failures: Exception, length: float = 0.0) -> None:
        self.scene, self.failures, self.length, self.calls = scene, list(failures), length, 0

    async def __call__(self) -> str:
        self.calls += 1
        self.scene.passed += self.length
        if self.failures:
            raise self.failures.pop(0)
        return "answer"


def failed(
    kind: Kind = Kind.UNAVAILABLE, *, retry_after: float | None = None, caller_caused: bool = False
) -> CallFailed:
    return CallFailed(Api.EBAY, kind, "said so", retry_after=retry_after, caller_caused=caller_caused)


def loop_time_guard(*, attempt_timeout: float, deadline: float) -> tuple[Guard, RecordingMeter]:
    ledger = RecordingMeter()
    guard = Guard(
        Api.EBAY,
        RetryPolicy(5, Seconds(0.01), Seconds(0.04)),
        attempt_timeout=Seconds(attempt_timeout),
        deadline=Seconds(deadline),
        clock=FakeClock(),
        monotonic=asyncio.get_running_loop().time,
        jitter=shortest_wait,
        meter=ledger,
    )
    return guard, ledger


async def forever() -> str:
    await asyncio.sleep(60)
    return "too late"


async def failure_of(call: Awaitable[object]) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await call
    return caught.value


@pytest.mark.parametrize("interactive", [True, False])
async def test_successful_call_is_one_sample(*, interactive: bool) -> None:
    scene = Scene()
    call = Answers(scene, length=0.3)
    assert await scene.guard.call(call, interactive=interactive) == "answer"
    assert call.calls == 1
    assert scene.ledger.attempts == [Attempt(Api.EBAY, NOON, Seconds(0.3))]
    assert scene.ledger.counts["retry"] == 0


async def test_poll_makes_one_attempt_and_does_not_wait() -> None:
    scene = Scene()
    call = Answers(scene, failed())
    await failure_of(scene.guard.call(call, interactive=False))
    assert (call.calls, scene.waits) == (1, [])
    assert [a.code for a in scene.ledger.attempts] == [Code.EBAY_UNAVAILABLE]


async def test_interactive_call_waits_and_gives_up_after_its_retries() -> None:
    scene = Scene()
    call = Answers(scene, *(failed() for _ in range(9)), length=1.0)
    failure = await failure_of(scene.guard.call(call, interactive=True))
    assert failure.kind is Kind.UNAVAILABLE
    assert scene.waits == [2, 4, 8, 30, 30]
    assert call.calls == 6
    assert [a.seconds for a in scene.ledger.attempts] == [1.0] * 6
    assert scene.ledger.counts["retry"] == 5


async def test_later_attempt_may_succeed() -> None:
    scene = Scene()
    call = Answers(scene, failed(), failed(Kind.MALFORMED))
    assert await scene.guard.call(call, interactive=True) == "answer"
    assert [a.code for a in scene.ledger.attempts] == [Code.EBAY_UNAVAILABLE, Code.EBAY_UNAVAILABLE, None]


async def test_retry_after_replaces_the_wait() -> None:
    scene = Scene()
    call = Answers(scene, failed(Kind.RATE_LIMIT, retry_after=17.0), failed(Kind.RATE_LIMIT, retry_after=0.0))
    assert await scene.guard.call(call, interactive=True) == "answer"
    assert scene.waits == [17.0, 0.0]


async def test_no_attempt_starts_if_it_cannot_end_before_the_deadline() -> None:
    scene = Scene(attempt_timeout=10.0, deadline=30.0)
    call = Answers(scene, *(failed() for _ in range(9)), length=5.0)
    await failure_of(scene.guard.call(call, interactive=True))
    # Two attempts of 5 s and waits of 2 s and 4 s leave 14 s: enough for a third attempt, not for a fourth.
    assert scene.waits == [2, 4]
    assert scene.passed == 21.0


async def test_attempt_that_ends_exactly_at_the_deadline_is_made() -> None:
    scene = Scene(attempt_timeout=10.0, deadline=30.0)
    call = Answers(scene, failed(), length=18.0)
    assert await scene.guard.call(call, interactive=True) == "answer"


async def test_wait_beyond_the_deadline_is_reported_and_not_waited() -> None:
    scene = Scene(attempt_timeout=10.0, deadline=30.0)
    failure = await failure_of(
        scene.guard.call(Answers(scene, failed(Kind.RATE_LIMIT, retry_after=300.0)), interactive=True)
    )
    assert (scene.waits, failure.retry_after) == ([], 300.0)


@pytest.mark.parametrize("kind", [Kind.QUOTA, Kind.CREDENTIALS, Kind.REFUSED])
async def test_permanent_failures_are_not_retried(kind: Kind) -> None:
    scene = Scene()
    call = Answers(scene, failed(kind))
    await failure_of(scene.guard.call(call, interactive=True))
    assert (call.calls, scene.waits) == (1, [])
    assert [a.refused for a in scene.ledger.attempts] == [kind is Kind.CREDENTIALS]


@pytest.mark.parametrize("interactive", [True, False])
@pytest.mark.parametrize("bug", [TypeError("bug"), KeyError("bug"), TimeoutError("not ours")])
async def test_bug_is_raised_at_once_and_not_sampled(*, interactive: bool, bug: Exception) -> None:
    scene = Scene()
    call = Answers(scene, bug)
    with pytest.raises(type(bug)) as caught:
        await scene.guard.call(call, interactive=interactive)
    assert caught.value is bug
    assert (call.calls, scene.ledger.attempts) == (1, [])


async def test_failure_caused_by_the_caller_does_not_count() -> None:
    scene = Scene()
    await failure_of(
        scene.guard.call(Answers(scene, failed(Kind.REFUSED, caller_caused=True)), interactive=True)
    )
    assert [a.counts for a in scene.ledger.attempts] == [False]


async def test_auxiliary_call_is_sampled_only_if_it_fails() -> None:
    scene = Scene()
    await scene.guard.call(Answers(scene, failed()), interactive=True, auxiliary=True)
    assert [a.code for a in scene.ledger.attempts] == [Code.EBAY_UNAVAILABLE]


@pytest.mark.parametrize("interactive", [True, False])
@in_simulated_time
async def test_slow_attempt_is_cancelled_and_sampled_with_its_duration(*, interactive: bool) -> None:
    guard, ledger = loop_time_guard(attempt_timeout=0.05, deadline=0.09)
    cancelled = False

    async def slow() -> str:
        nonlocal cancelled
        try:
            return await forever()
        finally:
            cancelled = True

    failure = await failure_of(guard.call(slow, interactive=interactive))
    assert cancelled
    assert (failure.api, failure.kind, failure.code) == (Api.EBAY, Kind.TIMEOUT, Code.EBAY_TIMEOUT)
    assert failure.detail == "no answer within 0.05 s"
    assert [a.code for a in ledger.attempts] == [Code.EBAY_TIMEOUT]
    assert ledger.attempts[0].seconds == pytest.approx(0.05)


@in_simulated_time
async def test_deadline_cancels_running_attempts_and_leaves_no_task() -> None:
    guard, ledger = loop_time_guard(attempt_timeout=5, deadline=0.15)

    async def two(context: CallContext) -> str:
        await guard.attempt(lambda: asyncio.sleep(0.02), context)
        return await guard.attempt(forever, context)

    tasks = asyncio.all_tasks()
    began = asyncio.get_running_loop().time()
    failure = await failure_of(guard.call_in_steps(two, interactive=False))
    assert asyncio.get_running_loop().time() - began == pytest.approx(0.15)
    assert (failure.kind, failure.detail) == (Kind.TIMEOUT, "no answer within 0.15 s")
    assert [a.code for a in ledger.attempts] == [None, Code.EBAY_TIMEOUT]
    assert asyncio.all_tasks() == tasks


@in_simulated_time
async def test_attempt_as_long_as_the_deadline_is_still_one_sample() -> None:
    guard, ledger = loop_time_guard(attempt_timeout=0.05, deadline=0.05)
    failure = await failure_of(guard.call(forever, interactive=True))
    assert failure.kind is Kind.TIMEOUT
    assert [a.code for a in ledger.attempts] == [Code.EBAY_TIMEOUT]


@in_simulated_time
async def test_deadline_ends_a_wait_that_oversleeps() -> None:
    ledger = RecordingMeter()

    async def oversleep(_seconds: float) -> None:
        await asyncio.sleep(60)

    guard = Guard(
        Api.EBAY,
        RetryPolicy(5, Seconds(0.01), Seconds(0.04)),
        attempt_timeout=Seconds(0.01),
        deadline=Seconds(0.15),
        clock=FakeClock(),
        monotonic=asyncio.get_running_loop().time,
        jitter=shortest_wait,
        meter=ledger,
        sleep=oversleep,
    )
    scene = Scene()
    failure = await failure_of(guard.call(Answers(scene, failed()), interactive=True))
    assert failure.kind is Kind.TIMEOUT
    assert len(ledger.attempts) == 1


@pytest.mark.parametrize("interactive", [True, False])
@in_simulated_time
async def test_cancellation_from_outside_is_raised_and_not_sampled(*, interactive: bool) -> None:
    guard, ledger = loop_time_guard(attempt_timeout=5.0, deadline=10.0)
    task = asyncio.create_task(guard.call(forever, interactive=interactive))
    await asyncio.sleep(0.01)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ledger.attempts == []


@in_simulated_time
async def test_cancelling_a_wait_ends_the_call() -> None:
    guard, ledger = loop_time_guard(attempt_timeout=1.0, deadline=100.0)
    scene = Scene()
    call = Answers(scene, failed(Kind.RATE_LIMIT, retry_after=30.0))
    task = asyncio.create_task(guard.call(call, interactive=True))
    await asyncio.sleep(0.02)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert (call.calls, len(ledger.attempts)) == (1, 1)


async def test_steps_can_see_whether_they_run_as_a_retry() -> None:
    scene = Scene()
    turns = list[bool]()

    def answers() -> Callable[[CallContext], Awaitable[str]]:
        call = Answers(scene, failed(), failed())

        async def one(context: CallContext) -> str:
            turns.append(context.is_retry)
            return await scene.guard.attempt(call, context)

        return one

    assert await scene.guard.call_in_steps(answers(), interactive=True) == "answer"
    assert turns == [False, True, True]


async def test_attempt_outside_a_call_needs_no_context() -> None:
    scene = Scene()
    assert await scene.guard.attempt(Answers(scene)) == "answer"
    assert len(scene.ledger.attempts) == 1


async def test_no_retries_means_one_attempt() -> None:
    scene = Scene(policy=RetryPolicy(0, Seconds(1.0), Seconds(1.0)))
    call = Answers(scene, failed())
    await failure_of(scene.guard.call(call, interactive=True))
    assert call.calls == 1
