"""Deadlines hold whatever a market does, and leave no task or socket, in simulated time."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence

import pytest

from tests.fakes import RecordingMeter
from tests.virtual import LoopClock, VirtualLoop
from watcher.adapters.outbound.bulkhead import Bulkhead
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.stages import CallContext
from watcher.core.errors import Api, CallFailed, Code, Kind, WatcherError
from watcher.core.resilience.breaker import Breaker
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.resilience.retry_budget import RetryBudget
from watcher.core.times import Instant, Seconds
from watcher.db.quota_ledger import CallCounts
from watcher.polling.quota_blocks import QuotaBlocks

DEADLINE, ATTEMPT = 30.0, 10.0
LATE, AFTER = 0.25, 0.1
# Seconds that a cancelled call may take to close its connection.
SLOWEST_CLOSE = 0.2


class SlowStore:
    """A ledger behind a database that is slow, fails or hangs."""

    def __init__(self, dice: random.Random) -> None:
        self.dice, self.count = dice, 0

    def used(self, api: Api, start: Instant) -> int:
        return self.count

    def counts(self, api: Api, start: Instant) -> CallCounts:
        return CallCounts(self.count, 0)

    def granted(self, api: Api) -> int | None:
        return None

    async def reserve(
        self, api: Api, start: Instant, calls: int, bound: int, *, interactive: bool = False
    ) -> int:
        await asyncio.sleep(self.dice.choice([0.0, 0.01, 2.0, 45.0]))
        if self.dice.random() < 0.1:
            raise WatcherError(Code.DATABASE_CONNECTION_FAILED)
        self.count += calls
        return calls

    async def give_back(self, api: Api, start: Instant, calls: int, *, interactive: bool = False) -> None:
        self.count -= calls

    async def keep_within(self, api: Api, start: Instant, least: int, most: int | None) -> None:
        self.count = max(self.count, least)


class Market:
    """A market that misbehaves at random, and keeps track of its open sockets and tasks."""

    def __init__(self, dice: random.Random) -> None:
        self.dice, self.sockets, self.tasks = dice, 0, list[asyncio.Task[None]]()

    async def __call__(self) -> str:
        dice = self.dice
        self.sockets += 1
        try:
            await self.misbehave(dice.choice([0.0, 0.3, dice.uniform(0, 12), 9.999, 10.0, 1e9]))
        except asyncio.CancelledError:
            if dice.random() < 0.3:  # some libraries report a cancellation as a lost connection
                raise self.failure() from None
            raise
        finally:
            await self.close()
        if dice.random() < 0.6:
            raise self.failure()
        if dice.random() < 0.05:
            raise TypeError("bug")
        return "answer"

    async def close(self) -> None:
        try:
            await asyncio.sleep(self.dice.choice([0.0, self.dice.uniform(0, SLOWEST_CLOSE)]))
        finally:
            self.sockets -= 1

    async def misbehave(self, seconds: float) -> None:
        if self.dice.random() < 0.3:
            async with asyncio.TaskGroup() as group:
                self.tasks += [group.create_task(asyncio.sleep(seconds)) for _ in range(2)]
        else:
            await asyncio.sleep(seconds)

    def failure(self) -> CallFailed:
        kind = self.dice.choice([*Kind, Kind.UNAVAILABLE, Kind.RATE_LIMIT])
        wait = self.dice.choice([None, None, 0.0, 0.5, 4.0, 25.0, 600.0])
        return CallFailed(Api.EBAY, kind, "made up", retry_after=wait)


def random_guard(dice: random.Random) -> tuple[Guard, QuotaBlocks]:
    allowance = QuotaBlocks(Api.EBAY, dice.choice([3, 5000]), SlowStore(dice))
    guard = Guard(
        Api.EBAY,
        RetryPolicy(5, Seconds(2.0), Seconds(60.0)),
        attempt_timeout=Seconds(ATTEMPT),
        deadline=Seconds(DEADLINE),
        clock=LoopClock(),
        monotonic=lambda: asyncio.get_running_loop().time(),
        jitter=dice.uniform,
        meter=RecordingMeter(),
        budget=dice.choice([None, RetryBudget()]),
        breaker=dice.choice([None, Breaker()]),
        quota=dice.choice([None, allowance]),
        bulkhead=dice.choice([None, Bulkhead(dice.randint(1, 3), queue=dice.randint(0, 4))]),
    )
    return guard, allowance


async def one_call(guard: Guard, dice: random.Random) -> float:
    """Make a call, check 100 ms later that nothing is left of it, and return how long it took."""
    await asyncio.sleep(dice.choice([0.0, dice.uniform(0, 20)]))
    market, loop = Market(dice), asyncio.get_running_loop()

    async def pages(context: CallContext) -> str:
        for _ in range(dice.randint(0, 3)):
            await guard.attempt(market, context)
            context = context._replace(is_retry=False)
        return await guard.attempt(market, context)

    call = asyncio.create_task(guard.call_in_steps(pages, interactive=dice.random() < 0.6))
    if dice.random() < 0.1:
        loop.call_later(dice.uniform(0, 31), call.cancel)
    began = loop.time()
    await asyncio.wait([call])
    took = loop.time() - began
    assert took <= DEADLINE + LATE
    if not call.cancelled() and (failure := call.exception()) is not None:
        assert isinstance(failure, (CallFailed, WatcherError, TypeError, BaseExceptionGroup)), failure
    await asyncio.sleep(AFTER)
    assert market.sockets == 0
    assert all(task.done() for task in market.tasks)
    return took


async def adversarial_run(seed: int) -> Sequence[float]:
    dice = random.Random(seed)
    guard, allowance = random_guard(dice)
    took = await asyncio.gather(*(one_call(guard, dice) for _ in range(dice.randint(1, 6))))
    await allowance.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return took


def longest_of(seeds: range) -> float:
    loop = VirtualLoop()
    try:
        return max(max(loop.run_until_complete(adversarial_run(seed))) for seed in seeds)
    finally:
        loop.close()


def test_deadlines_hold_in_adversarial_runs_and_leave_nothing_alive() -> None:
    assert longest_of(range(300)) >= DEADLINE, "the runs are not adversarial enough"


@pytest.mark.slow
@pytest.mark.parametrize("thousand", range(10))
def test_deadlines_hold_in_ten_thousand_adversarial_runs(thousand: int) -> None:
    longest_of(range(1000 * thousand, 1000 * thousand + 1000))
