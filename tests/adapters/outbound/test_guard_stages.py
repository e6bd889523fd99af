"""The stages of the guard together: budget, breaker, quota and bulkhead, in this order."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

import pytest

from tests.fakes import NOON, FakeClock, RecordingMeter, shortest_wait
from watcher.adapters.outbound.bulkhead import Bulkhead, BulkheadFull
from watcher.adapters.outbound.guard import Guard
from watcher.core.errors import Api, CallFailed, Code, Kind, NotSent, WatcherError
from watcher.core.resilience.breaker import Breaker, BreakerPolicy, BreakerState
from watcher.core.resilience.quota import quota_window
from watcher.core.resilience.retry import RetryPolicy, attempts_within
from watcher.core.resilience.retry_budget import RetryBudget
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.db.stores import Stores
from watcher.polling.quota_blocks import QuotaBlocks

EBAY = RetryPolicy(max_retries=5, initial=Seconds(2.0), maximum=Seconds(60.0))
RESET = quota_window(Api.EBAY, NOON).end


class Parts(NamedTuple):
    """The optional stages."""

    budget: RetryBudget | None = None
    breaker: Breaker | None = None
    quota: QuotaBlocks | None = None
    bulkhead: Bulkhead | None = None


class Scene:
    """A guard and its market. Time passes only where a call or a wait says so."""

    def __init__(
        self,
        parts: Parts,
        *,
        deadline: float = 30.0,
        attempt_timeout: float = 10.0,
        dice: Callable[[float, float], float] = shortest_wait,
    ) -> None:
        self.ledger, self.clock, self.waits, self.sent = RecordingMeter(), FakeClock(), list[float](), 0
        self.parts, self.fails = parts, list[Exception | None]()
        self.always: Callable[[], Exception | None] = lambda: None
        self.length = 0.0
        self.guard = Guard(
            Api.EBAY,
            EBAY,
            attempt_timeout=Seconds(attempt_timeout),
            deadline=Seconds(deadline),
            clock=self.clock,
            monotonic=self.clock.now,
            jitter=dice,
            meter=self.ledger,
            sleep=self.sleep,
            **parts._asdict(),
        )

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.clock.move(seconds)

    async def market(self) -> str:
        self.sent += 1
        self.clock.move(self.length)
        failure = self.fails.pop(0) if self.fails else self.always()
        if failure is not None:
            raise failure
        return "answer"

    async def ask(self, *, interactive: bool = False, auxiliary: bool = False) -> str:
        return await self.guard.call(self.market, interactive=interactive, auxiliary=auxiliary)

    async def refused(self, *, interactive: bool = False, auxiliary: bool = False) -> CallFailed:
        with pytest.raises(CallFailed) as caught:
            await self.ask(interactive=interactive, auxiliary=auxiliary)
        return caught.value


@pytest.fixture
async def full(stores: Stores) -> AsyncIterator[Scene]:
    quota = QuotaBlocks(Api.EBAY, 5000, stores.quota_ledger)
    yield Scene(Parts(RetryBudget(), Breaker(), quota, Bulkhead(2)))
    await quota.close()


def bare(**parts: object) -> Scene:
    return Scene(Parts(**parts))  # type: ignore[arg-type]  # a test's own parts


def down() -> CallFailed:
    return CallFailed(Api.EBAY, Kind.UNAVAILABLE, "HTTP 503")


def limited(retry_after: float | None = None) -> CallFailed:
    return CallFailed(Api.EBAY, Kind.RATE_LIMIT, "HTTP 429", retry_after=retry_after)


def gone() -> CallFailed:
    return CallFailed(Api.EBAY, Kind.QUOTA, "HTTP 429, errorId 2001")


# --- everything ---------------------------------------------------------------------------------


async def test_a_call_through_every_stage_is_one_sample_and_one_of_the_quota(full: Scene) -> None:
    assert await full.ask() == "answer"
    assert await full.ask(interactive=True) == "answer"
    assert len(full.ledger.attempts) == full.parts.quota.used(NOON) == 2  # type: ignore[union-attr]


async def test_every_attempt_is_charged_and_sampled_the_retries_too(full: Scene) -> None:
    full.fails = [down(), down()]
    assert await full.ask(interactive=True) == "answer"
    assert full.parts.quota.used(full.clock.now()) == len(full.ledger.attempts) == 3  # type: ignore[union-attr]
    assert full.ledger.counts["retry"] == 2


async def test_a_bug_and_a_cancellation_are_charged_and_free_what_they_held(full: Scene) -> None:
    full.fails = [TypeError("bug")]
    with pytest.raises(TypeError):
        await full.ask()
    for _ in range(3):
        task = asyncio.create_task(full.guard.call(lambda: asyncio.sleep(60), interactive=False))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert full.ledger.attempts == []
    assert await full.ask() == "answer"


# --- the budget ---------------------------------------------------------------------------------


async def test_without_a_saved_up_retry_a_call_is_made_once() -> None:
    scene = bare(budget=RetryBudget(start=0))
    scene.always = down
    await scene.refused(interactive=True)
    assert (scene.sent, scene.waits) == (1, [])


async def test_five_calls_pay_for_one_retry() -> None:
    scene = bare(budget=RetryBudget(start=0))
    for _ in range(5):
        await scene.ask()
    scene.always = down
    await scene.refused(interactive=True)
    assert scene.sent == 5 + 2


async def test_a_retry_that_does_not_fit_the_deadline_costs_no_budget() -> None:
    budget = RetryBudget(start=1)
    scene = bare(budget=budget)
    scene.fails = [limited(300.0)]
    await scene.refused(interactive=True)
    assert budget.withdraw()


async def test_a_full_outage_costs_a_fifth_more_than_was_offered() -> None:
    scene = bare(budget=RetryBudget())
    scene.always = down
    for _ in range(1000):
        await scene.refused(interactive=True)
    assert 1000 < scene.sent <= 1.2 * 1000 + 5


@pytest.mark.parametrize(("length", "dice"), [(0.0, shortest_wait), (10.0, lambda _low, high: high)])
async def test_the_guard_makes_the_attempts_that_the_log_promises(
    length: float, dice: Callable[[float, float], float]
) -> None:
    scene = Scene(Parts(), dice=dice)
    scene.always, scene.length = down, length
    await scene.refused(interactive=True)
    fit = attempts_within(EBAY, Seconds(10.0), Seconds(30.0))
    assert scene.sent == (fit.certain if length else fit.possible)


# --- the breaker --------------------------------------------------------------------------------


async def test_an_open_breaker_refuses_at_once_with_the_time_that_is_left() -> None:
    scene = bare(breaker=Breaker())
    scene.always = down
    for _ in range(5):
        await scene.refused()
    assert scene.ledger.gauges == {"breaker.ebay": BreakerState.OPEN}
    scene.clock.move(4.0)
    failure = await scene.refused(interactive=True)
    assert isinstance(failure, NotSent)
    assert (failure.code, failure.retry_after) == (Code.EBAY_UNAVAILABLE, pytest.approx(20.0))
    assert failure.transient, "a poll is due again when the pause is over"
    assert (scene.sent, len(scene.ledger.attempts), scene.waits) == (5, 5, [])


async def test_one_probe_closes_it_and_the_others_are_refused_meanwhile() -> None:
    scene = bare(breaker=Breaker())
    scene.always = down
    for _ in range(5):
        await scene.refused()
    scene.clock.move(30.0)
    answered = asyncio.Event()

    async def probe() -> str:
        await answered.wait()
        return "back"

    probing = asyncio.create_task(scene.guard.call(probe, interactive=False))
    await asyncio.sleep(0)
    assert scene.ledger.gauges == {"breaker.ebay": BreakerState.HALF_OPEN}
    assert [type(await scene.refused()) for _ in range(3)] == [NotSent] * 3
    answered.set()
    assert await probing == "back"
    assert scene.ledger.gauges == {"breaker.ebay": BreakerState.CLOSED}
    scene.always = lambda: None
    assert await scene.ask() == "answer"


@pytest.mark.parametrize("probe", ["cancelled", "a bug"])
async def test_a_probe_that_says_nothing_frees_the_slot(probe: str) -> None:
    scene = bare(breaker=Breaker())
    scene.always = down
    for _ in range(5):
        await scene.refused()
    scene.clock.move(30.0)
    if probe == "cancelled":
        probing = asyncio.create_task(scene.guard.call(lambda: asyncio.sleep(60), interactive=False))
        await asyncio.sleep(0)
        probing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await probing
    else:
        scene.fails = [KeyError("bug")]
        with pytest.raises(KeyError):
            await scene.ask()
    scene.always = lambda: None
    assert await scene.ask() == "answer"


@pytest.mark.parametrize(
    "answer",
    [
        CallFailed(Api.EBAY, Kind.REFUSED, "HTTP 404", caller_caused=True),
        CallFailed(Api.EBAY, Kind.REFUSED, "HTTP 400"),
        gone(),
    ],
)
async def test_an_answer_that_refuses_is_no_failure_of_the_api(answer: CallFailed) -> None:
    scene = bare(breaker=Breaker())
    scene.fails = [*itertools.repeat(answer, 30)]
    for _ in range(30):
        await scene.refused()
    assert scene.parts.breaker.state is BreakerState.CLOSED  # type: ignore[union-attr]


async def test_timeouts_open_it() -> None:
    scene = Scene(Parts(breaker=Breaker()), attempt_timeout=0.001)
    for _ in range(5):
        with pytest.raises(CallFailed):
            await scene.guard.call(lambda: asyncio.sleep(60), interactive=False)
    assert isinstance(await scene.refused(), NotSent)


async def test_a_retry_that_the_breaker_would_refuse_is_not_waited_for() -> None:
    scene = bare(breaker=Breaker())
    scene.always = down
    for _ in range(4):
        await scene.refused()
    failure = await scene.refused(interactive=True)
    assert not isinstance(failure, NotSent), "the failure itself is told, not the refusal of a second try"
    assert (scene.sent, scene.waits) == (5, [])


async def test_a_retry_after_is_waited_for_by_everybody_and_then_tried_again() -> None:
    scene = bare(breaker=Breaker())
    scene.fails = [limited(17.0), limited(0.0)]
    assert await scene.ask(interactive=True) == "answer"
    assert scene.waits == [17.0, 0.0]
    scene.fails = [limited(17.0)]
    await scene.refused()
    failure = await scene.refused()
    assert isinstance(failure, NotSent)
    assert (failure.code, failure.retry_after) == (Code.EBAY_RATE_LIMIT, 17.0)


async def test_a_token_mint_neither_closes_a_breaker_nor_is_it_held_back_by_its_own_probe() -> None:
    scene = bare(breaker=Breaker())
    scene.always = down
    for _ in range(5):
        await scene.refused()
    assert isinstance(await scene.refused(auxiliary=True), NotSent)
    scene.clock.move(30.0)
    scene.always = lambda: None
    assert await scene.ask(auxiliary=True) == "answer"
    assert scene.parts.breaker.state is BreakerState.OPEN  # type: ignore[union-attr]

    async def with_new_token() -> str:
        return await scene.guard.attempt(scene.market, auxiliary=True)

    assert await scene.guard.call(with_new_token, interactive=False) == "answer"
    assert scene.parts.breaker.state is BreakerState.CLOSED  # type: ignore[union-attr]


# --- the quota ----------------------------------------------------------------------------------


async def test_an_exhausted_quota_costs_no_call_and_tells_when_it_is_given_anew(stores: Stores) -> None:
    scene = bare(quota=QuotaBlocks(Api.EBAY, 10, stores.quota_ledger))
    for _ in range(9):
        await scene.ask()
    failure = await scene.refused()
    assert isinstance(failure, NotSent)
    assert (failure.code, failure.retry_after) == (Code.EBAY_RATE_LIMIT, RESET - NOON)
    assert await scene.ask(interactive=True) == "answer", "people have the reserve"
    await scene.refused(interactive=True)
    assert (scene.sent, len(scene.ledger.attempts), scene.waits) == (10, 10, [])


async def test_what_does_not_count_passes_the_quota_and_the_bulkhead(stores: Stores) -> None:
    scene = bare(quota=QuotaBlocks(Api.EBAY, 0, stores.quota_ledger), bulkhead=Bulkhead(0))
    assert await scene.ask(auxiliary=True) == "answer"


async def test_ebays_2001_closes_the_window_for_every_process(stores: Stores) -> None:
    scene = bare(quota=QuotaBlocks(Api.EBAY, 5000, stores.quota_ledger))
    scene.fails = [gone()]
    failure = await scene.refused(interactive=True)
    assert (failure.code, failure.retry_after) == (Code.EBAY_RATE_LIMIT, RESET - NOON)
    other = bare(quota=QuotaBlocks(Api.EBAY, 5000, stores.quota_ledger))
    for one in (scene, other):
        assert isinstance(await one.refused(interactive=True), NotSent)
    assert (scene.sent, other.sent) == (1, 0)
    scene.clock.move(RESET - NOON)
    assert await scene.ask() == "answer"


async def test_a_2001_to_what_is_no_part_of_the_quota_closes_nothing(stores: Stores) -> None:
    scene = bare(quota=QuotaBlocks(Api.EBAY, 5000, stores.quota_ledger))
    scene.fails = [gone()]
    assert (await scene.refused(auxiliary=True)).retry_after is None
    assert await scene.ask() == "answer"


async def test_a_probe_that_finds_the_quota_gone_frees_its_slot(stores: Stores) -> None:
    scene = bare(breaker=Breaker(), quota=QuotaBlocks(Api.EBAY, 5, stores.quota_ledger))
    scene.always = down
    for _ in range(5):
        await scene.refused(interactive=False)
    scene.clock.move(30.0)
    for _ in range(2):
        assert (await scene.refused()).kind is Kind.QUOTA
    assert scene.sent == 5


async def test_without_the_ledger_the_failure_is_the_databases() -> None:
    class Broken:
        def used(self, api: Api, start: Instant) -> int:
            raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

        async def reserve(self, api: Api, start: Instant, calls: int, bound: int) -> int:
            raise AssertionError

        async def give_back(self, api: Api, start: Instant, calls: int) -> None:
            raise AssertionError

        async def keep_within(self, api: Api, start: Instant, least: int, most: int | None) -> None:
            raise AssertionError

    scene = bare(quota=QuotaBlocks(Api.EBAY, 10, Broken()))
    with pytest.raises(WatcherError) as failed:
        await scene.ask(interactive=True)
    assert failed.value.code is Code.DATABASE_CONNECTION_FAILED
    assert scene.sent == 0


# --- the bulkhead -------------------------------------------------------------------------------


class Held:
    """Calls that last until they are let go."""

    def __init__(self) -> None:
        self.inside, self.most, self.go = 0, 0, asyncio.Event()

    async def __call__(self) -> str:
        self.inside += 1
        self.most = max(self.most, self.inside)
        try:
            await self.go.wait()
        finally:
            self.inside -= 1
        return "answer"


async def settled() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_no_more_calls_than_places_are_made_at_once() -> None:
    scene, held = bare(bulkhead=Bulkhead(3)), Held()
    calls = [asyncio.create_task(scene.guard.call(held, interactive=False)) for _ in range(10)]
    await settled()
    assert held.inside == 3
    held.go.set()
    assert await asyncio.gather(*calls) == ["answer"] * 10
    assert held.most == 3
    assert len(scene.ledger.attempts) == 10


async def test_whom_the_queue_has_no_room_for_is_refused_at_once_and_not_charged(stores: Stores) -> None:
    quota = QuotaBlocks(Api.EBAY, 5000, stores.quota_ledger)
    scene, held = bare(quota=quota, bulkhead=Bulkhead(1, queue=2)), Held()
    await scene.ask()
    calls = [asyncio.create_task(scene.guard.call(held, interactive=False)) for _ in range(3)]
    await settled()
    failure = await scene.refused()
    assert isinstance(failure, NotSent)
    assert (failure.code, failure.detail) == (Code.EBAY_UNAVAILABLE, "not sent: too many calls wait")
    held.go.set()
    await asyncio.gather(*calls)
    assert quota.used(NOON) == len(scene.ledger.attempts) == 4
    await quota.close()


async def test_who_stops_waiting_takes_no_place() -> None:
    scene, held = bare(bulkhead=Bulkhead(1)), Held()
    first, second, third = (asyncio.create_task(scene.guard.call(held, interactive=False)) for _ in range(3))
    await settled()
    second.cancel()
    await settled()
    held.go.set()
    assert await asyncio.gather(first, third) == ["answer"] * 2
    assert await scene.ask() == "answer"
    assert second.cancelled()


async def test_a_place_that_comes_in_the_moment_of_leaving_goes_to_the_next() -> None:
    bulkhead = Bulkhead(1)
    assert bulkhead.try_enter()
    leaving, staying = (asyncio.create_task(bulkhead.enter()) for _ in range(2))
    await settled()
    bulkhead.leave()
    leaving.cancel()
    await staying
    assert leaving.cancelled()
    assert not bulkhead.try_enter()
    bulkhead.leave()
    assert bulkhead.try_enter()


async def test_a_cancelled_waiter_in_the_queue_is_passed_over() -> None:
    bulkhead = Bulkhead(1)
    await bulkhead.enter()
    waiting = [asyncio.create_task(bulkhead.enter()) for _ in range(2)]
    await settled()
    waiting[0].cancel()
    bulkhead.leave()  # before the cancelled one has run
    await waiting[1]
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]


async def test_a_thousand_may_wait_and_no_more() -> None:
    bulkhead = Bulkhead(1)
    await bulkhead.enter()
    waiting = [asyncio.create_task(bulkhead.enter()) for _ in range(1000)]
    await settled()
    with pytest.raises(BulkheadFull):
        await bulkhead.enter()
    assert not any(task.done() for task in waiting)
    bulkhead.leave()
    await waiting[0]
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_somebody_who_waits_gets_the_place_that_comes_in_time() -> None:
    scene = Scene(Parts(bulkhead=Bulkhead(1)))
    assert scene.parts.bulkhead is not None
    assert scene.parts.bulkhead.try_enter()
    asking = asyncio.create_task(scene.ask(interactive=True))
    await settled()
    scene.parts.bulkhead.leave()
    assert await asking == "answer"


async def test_an_attempt_of_its_own_waits_for_its_place_too() -> None:
    scene = Scene(Parts(bulkhead=Bulkhead(1)))
    assert scene.parts.bulkhead is not None
    assert scene.parts.bulkhead.try_enter()
    attempt = asyncio.create_task(scene.guard.attempt(scene.market))
    await settled()
    scene.parts.bulkhead.leave()
    assert await attempt == "answer"


async def test_a_failed_call_is_raised_as_its_adapter_raised_it() -> None:
    scene, failed = bare(), down()
    scene.fails = [failed]
    assert await scene.refused() is failed
    assert failed.__cause__ is None


async def test_a_full_queue_says_so() -> None:
    bulkhead = Bulkhead(0, queue=0)
    with pytest.raises(BulkheadFull):
        await bulkhead.enter()


async def test_somebody_who_waits_gets_no_place_that_comes_too_late() -> None:
    scene = Scene(Parts(bulkhead=Bulkhead(1)), deadline=0.1, attempt_timeout=0.05)
    assert scene.parts.bulkhead is not None
    assert scene.parts.bulkhead.try_enter()
    failure = await scene.refused(interactive=True)
    assert isinstance(failure, NotSent)
    assert (failure.code, failure.detail) == (Code.EBAY_TIMEOUT, "not sent: no place was free in time")
    failure = await scene.refused(interactive=False)
    assert (type(failure), failure.kind) == (CallFailed, Kind.TIMEOUT)
    assert scene.ledger.attempts == [], "what was not sent is no sample"


async def test_a_strange_timeout_in_the_queue_is_not_taken_for_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = bare(bulkhead=Bulkhead(0))

    async def broken() -> None:
        raise TimeoutError("not ours")

    monkeypatch.setattr(scene.parts.bulkhead, "enter", broken)
    with pytest.raises(TimeoutError, match="not ours"):
        await scene.ask()


# --- the time that is left ----------------------------------------------------------------------


async def test_with_less_time_than_an_attempt_may_take_none_is_sent() -> None:
    scene = bare()
    with pytest.raises(NotSent) as caught:
        await scene.guard.call(scene.market, interactive=True, within=Seconds(9.9))
    assert (caught.value.kind, caught.value.detail) == (Kind.TIMEOUT, "not sent: only 9.9 s are left")
    assert scene.sent == 0


async def test_no_retry_starts_that_would_end_after_the_time_that_is_left() -> None:
    scene = bare()
    scene.always = down
    with pytest.raises(CallFailed):
        await scene.guard.call(scene.market, interactive=True, within=Seconds(20.0))
    assert scene.waits == [2.0, 4.0]


# --- storms -------------------------------------------------------------------------------------


async def offer(scene: Scene, seconds: float, every: float, *, people: float = 0.0) -> Counter[str]:
    """Offer a poll each `every` seconds, a share of `people` among them; what came of each."""
    dice, came = random.Random(1), Counter[str]()
    ends = scene.clock.now() + seconds
    while scene.clock.now() < ends:
        began = scene.clock.now()
        try:
            came[await scene.ask(interactive=dice.random() < people)] += 1
        except CallFailed as failure:
            came[type(failure).__name__] += 1
        scene.clock.move(max(0.0, every - (scene.clock.now() - began)))
    return came


STORM: list[Callable[[], Exception]] = [
    limited,
    lambda: limited(0.0),
    lambda: limited(1.0),
    lambda: limited(30.0),
    lambda: limited(600.0),
]


@pytest.mark.parametrize("answer", STORM)
async def test_an_hour_of_429s_costs_no_more_than_the_hours_part_of_the_quota(
    full: Scene, answer: Callable[[], Exception]
) -> None:
    full.always = answer
    await offer(full, HOUR, 0.72, people=0.1)  # 5,000 calls in that hour: all of the day's quota
    hours_part = 5000 * HOUR / DAY
    assert full.sent <= hours_part
    assert full.sent == full.parts.quota.used(full.clock.now()) == len(full.ledger.attempts)  # type: ignore[union-attr]


@pytest.mark.parametrize("people", [0.0, 0.5, 1.0])
async def test_an_hour_of_outage_costs_less_than_was_offered_and_ends_within_a_poll_period(
    stores: Stores, people: float
) -> None:
    breaker = Breaker(BreakerPolicy(longest=MINUTE))
    quota = QuotaBlocks(Api.EBAY, 5000, stores.quota_ledger)
    scene = Scene(Parts(RetryBudget(), breaker, quota, Bulkhead(20)))
    scene.always = down
    came = await offer(scene, HOUR, 5.0, people=people)
    offered = came.total()
    assert scene.sent <= 1.2 * offered
    assert scene.sent <= 5 + 5 + HOUR / 48, "one probe for each pause"
    scene.always = lambda: None
    came = await offer(scene, MINUTE + 5.0, 5.0)
    assert came["answer"] >= 1
    assert breaker.state is BreakerState.CLOSED
    await quota.close()


async def test_a_flaky_api_costs_its_retries_and_no_more(stores: Stores) -> None:
    quota = QuotaBlocks(Api.EBAY, 50_000, stores.quota_ledger)
    scene = Scene(Parts(RetryBudget(), Breaker(), quota, Bulkhead(20)))
    dice = random.Random(2)
    scene.always = lambda: down() if dice.random() < 0.2 else None
    came = await offer(scene, HOUR, 3.0, people=1.0)
    assert scene.sent <= 1.2 * came.total() + 5
    assert came["answer"] > 0.85 * came.total()
    await quota.close()
