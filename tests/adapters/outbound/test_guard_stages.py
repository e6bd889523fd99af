"""The stages of the guard together: retry budget, breaker, quota and bulkhead."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import NamedTuple

import pytest

from tests.fakes import NOON, FakeClock, RecordingMeter, shortest_wait
from tests.virtual import in_simulated_time
from tests.waiting import let_tasks_run, until
from watcher.adapters.outbound.bulkhead import Bulkhead, BulkheadFull
from watcher.adapters.outbound.guard import Guard
from watcher.core.errors import Api, CallFailed, Code, Kind, NotSent, WatcherError
from watcher.core.resilience.breaker import Breaker, BreakerPolicy, BreakerState
from watcher.core.resilience.quota import quota_window
from watcher.core.resilience.retry import RetryPolicy, attempts_within
from watcher.core.resilience.retry_budget import RetryBudget
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.db.quota_ledger import CallCounts
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
    """A guard and its market, with a simulated clock that only calls and waits advance."""

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


def rate_limited(retry_after: float | None = None) -> CallFailed:
    return CallFailed(Api.EBAY, Kind.RATE_LIMIT, "HTTP 429", retry_after=retry_after)


def quota_used_up() -> CallFailed:
    return CallFailed(Api.EBAY, Kind.QUOTA, "HTTP 429, errorId 2001")


# --- all stages ---------------------------------------------------------------------------------


async def test_call_through_every_stage_is_one_sample_and_one_charge(full: Scene) -> None:
    assert await full.ask() == "answer"
    assert await full.ask(interactive=True) == "answer"
    assert len(full.ledger.attempts) == full.parts.quota.used(NOON) == 2  # type: ignore[union-attr]


async def test_every_attempt_is_charged_and_sampled_including_retries(full: Scene) -> None:
    full.fails = [down(), down()]
    assert await full.ask(interactive=True) == "answer"
    assert full.parts.quota.used(full.clock.now()) == len(full.ledger.attempts) == 3  # type: ignore[union-attr]
    assert full.ledger.counts["retry"] == 2


async def test_a_bug_or_a_cancellation_frees_the_place_in_the_bulkhead(full: Scene) -> None:
    full.fails = [TypeError("bug")]
    with pytest.raises(TypeError):
        await full.ask()
    held = Held()
    for _ in range(3):
        task = asyncio.create_task(full.guard.call(held, interactive=False))
        await until(lambda: held.running)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert full.ledger.attempts == []
    assert await full.ask() == "answer"


# --- the retry budget ---------------------------------------------------------------------------------


async def test_call_is_not_retried_with_an_empty_budget() -> None:
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


async def test_retry_beyond_the_deadline_costs_no_budget() -> None:
    budget = RetryBudget(start=1)
    scene = bare(budget=budget)
    scene.fails = [rate_limited(300.0)]
    await scene.refused(interactive=True)
    assert budget.withdraw()


async def test_full_outage_costs_at_most_a_fifth_more_calls() -> None:
    scene = bare(budget=RetryBudget())
    scene.always = down
    for _ in range(1000):
        await scene.refused(interactive=True)
    assert 1000 < scene.sent <= 1.2 * 1000 + 5


@pytest.mark.parametrize(("length", "dice"), [(0.0, shortest_wait), (10.0, lambda _low, high: high)])
async def test_guard_makes_as_many_attempts_as_the_log_promises(
    length: float, dice: Callable[[float, float], float]
) -> None:
    scene = Scene(Parts(), dice=dice)
    scene.always, scene.length = down, length
    await scene.refused(interactive=True)
    fit = attempts_within(EBAY, Seconds(10.0), Seconds(30.0))
    assert scene.sent == (fit.certain if length else fit.possible)


# --- the breaker --------------------------------------------------------------------------------


async def test_open_breaker_refuses_at_once_with_the_remaining_time() -> None:
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


async def test_one_probe_closes_the_breaker_while_others_are_refused() -> None:
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
    await let_tasks_run()
    assert scene.ledger.gauges == {"breaker.ebay": BreakerState.HALF_OPEN}
    assert [type(await scene.refused()) for _ in range(3)] == [NotSent] * 3
    answered.set()
    assert await probing == "back"
    assert scene.ledger.gauges == {"breaker.ebay": BreakerState.CLOSED}
    scene.always = lambda: None
    assert await scene.ask() == "answer"


@pytest.mark.parametrize("probe", ["cancelled", "a bug"])
async def test_inconclusive_probe_allows_another_probe(probe: str) -> None:
    scene = bare(breaker=Breaker())
    scene.always = down
    for _ in range(5):
        await scene.refused()
    scene.clock.move(30.0)
    if probe == "cancelled":
        probing = asyncio.create_task(scene.guard.call(lambda: asyncio.sleep(60), interactive=False))
        await let_tasks_run()
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
        quota_used_up(),
    ],
)
async def test_refused_request_is_not_a_failure_of_the_api(answer: CallFailed) -> None:
    scene = bare(breaker=Breaker())
    scene.fails = [*itertools.repeat(answer, 30)]
    for _ in range(30):
        await scene.refused()
    assert scene.parts.breaker.state is BreakerState.CLOSED  # type: ignore[union-attr]


@in_simulated_time
async def test_timeouts_open_the_breaker() -> None:
    scene = Scene(Parts(breaker=Breaker()), attempt_timeout=0.001)
    for _ in range(5):
        with pytest.raises(CallFailed):
            await scene.guard.call(lambda: asyncio.sleep(60), interactive=False)
    assert isinstance(await scene.refused(), NotSent)


async def test_no_wait_for_a_retry_that_the_breaker_would_refuse() -> None:
    scene = bare(breaker=Breaker())
    scene.always = down
    for _ in range(4):
        await scene.refused()
    failure = await scene.refused(interactive=True)
    assert not isinstance(failure, NotSent), "the failure itself is raised, not the refusal of a retry"
    assert (scene.sent, scene.waits) == (5, [])


async def test_retry_after_pauses_all_callers() -> None:
    scene = bare(breaker=Breaker())
    scene.fails = [rate_limited(17.0), rate_limited(0.0)]
    assert await scene.ask(interactive=True) == "answer"
    assert scene.waits == [17.0, 0.0]
    scene.fails = [rate_limited(17.0)]
    await scene.refused()
    failure = await scene.refused()
    assert isinstance(failure, NotSent)
    assert (failure.code, failure.retry_after) == (Code.EBAY_RATE_LIMIT, 17.0)


async def test_token_mint_does_not_close_the_breaker_and_passes_beside_a_probe() -> None:
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


async def test_exhausted_quota_sends_no_call_and_reports_its_reset(stores: Stores) -> None:
    scene = bare(quota=QuotaBlocks(Api.EBAY, 10, stores.quota_ledger))
    for _ in range(9):
        await scene.ask()
    failure = await scene.refused()
    assert isinstance(failure, NotSent)
    assert failure.code is Code.EBAY_RATE_LIMIT
    assert failure.retry_after == 600, "the reserve is released through the day"
    assert await scene.ask(interactive=True) == "answer", "interactive calls have the reserve"
    failure = await scene.refused(interactive=True)
    assert failure.retry_after == RESET - NOON
    assert (scene.sent, len(scene.ledger.attempts), scene.waits) == (10, 10, [])


async def test_auxiliary_call_bypasses_the_quota_and_the_bulkhead(stores: Stores) -> None:
    scene = bare(quota=QuotaBlocks(Api.EBAY, 0, stores.quota_ledger), bulkhead=Bulkhead(0))
    assert await scene.ask(auxiliary=True) == "answer"


async def test_ebays_error_2001_ends_the_quota_of_every_process(stores: Stores) -> None:
    scene = bare(quota=QuotaBlocks(Api.EBAY, 5000, stores.quota_ledger))
    scene.fails = [quota_used_up()]
    failure = await scene.refused(interactive=True)
    assert (failure.code, failure.retry_after) == (Code.EBAY_RATE_LIMIT, RESET - NOON)
    other = bare(quota=QuotaBlocks(Api.EBAY, 5000, stores.quota_ledger))
    for one in (scene, other):
        assert isinstance(await one.refused(interactive=True), NotSent)
    assert (scene.sent, other.sent) == (1, 0)
    scene.clock.move(RESET - NOON)
    assert await scene.ask() == "answer"


async def test_error_2001_for_an_auxiliary_call_does_not_end_the_quota(stores: Stores) -> None:
    scene = bare(quota=QuotaBlocks(Api.EBAY, 5000, stores.quota_ledger))
    scene.fails = [quota_used_up()]
    assert (await scene.refused(auxiliary=True)).retry_after is None
    assert await scene.ask() == "answer"


async def test_probe_refused_by_the_quota_allows_another_probe(stores: Stores) -> None:
    scene = bare(breaker=Breaker(), quota=QuotaBlocks(Api.EBAY, 5, stores.quota_ledger))
    scene.always = down
    for _ in range(5):
        await scene.refused(interactive=False)
    scene.clock.move(30.0)
    for _ in range(2):
        assert (await scene.refused()).kind is Kind.QUOTA
    assert scene.sent == 5


async def test_unreachable_ledger_raises_the_database_error() -> None:
    class Broken:
        def counts(self, api: Api, start: Instant) -> CallCounts:
            raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

        def granted(self, api: Api) -> int | None:
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
    """Calls that last until they are released."""

    def __init__(self) -> None:
        self.running, self.most, self.released = 0, 0, asyncio.Event()

    async def __call__(self) -> str:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.released.wait()
        finally:
            self.running -= 1
        return "answer"


async def test_concurrent_calls_are_limited_to_the_number_of_places() -> None:
    scene, held = bare(bulkhead=Bulkhead(3)), Held()
    calls = [asyncio.create_task(scene.guard.call(held, interactive=False)) for _ in range(10)]
    await let_tasks_run()
    assert held.running == 3
    held.released.set()
    assert await asyncio.gather(*calls) == ["answer"] * 10
    assert held.most == 3
    assert len(scene.ledger.attempts) == 10


async def test_call_beyond_the_queue_is_refused_at_once_and_refunded(stores: Stores) -> None:
    quota, bulkhead = QuotaBlocks(Api.EBAY, 5000, stores.quota_ledger), Bulkhead(1, queue=2)
    scene, held = bare(quota=quota, bulkhead=bulkhead), Held()
    await scene.ask()
    calls = [asyncio.create_task(scene.guard.call(held, interactive=False)) for _ in range(3)]
    await until(lambda: held.running == 1 and bulkhead.waiting == 2)
    failure = await scene.refused()
    assert isinstance(failure, NotSent)
    assert (failure.code, failure.detail) == (Code.EBAY_UNAVAILABLE, "not sent: too many calls wait")
    held.released.set()
    await asyncio.gather(*calls)
    assert quota.used(NOON) == len(scene.ledger.attempts) == 4
    await quota.close()


async def test_cancelled_waiter_takes_no_place() -> None:
    scene, held = bare(bulkhead=Bulkhead(1)), Held()
    first, second, third = (asyncio.create_task(scene.guard.call(held, interactive=False)) for _ in range(3))
    await let_tasks_run()
    second.cancel()
    await let_tasks_run()
    held.released.set()
    assert await asyncio.gather(first, third) == ["answer"] * 2
    assert await scene.ask() == "answer"
    assert second.cancelled()


async def test_place_given_to_a_cancelled_waiter_goes_to_the_next() -> None:
    bulkhead = Bulkhead(1)
    assert bulkhead.try_enter()
    leaving, staying = (asyncio.create_task(bulkhead.enter()) for _ in range(2))
    await let_tasks_run()
    bulkhead.leave()
    leaving.cancel()
    await staying
    assert leaving.cancelled()
    assert not bulkhead.try_enter()
    bulkhead.leave()
    assert bulkhead.try_enter()


async def test_cancelled_waiter_in_the_queue_is_skipped() -> None:
    bulkhead = Bulkhead(1)
    await bulkhead.enter()
    waiting = [asyncio.create_task(bulkhead.enter()) for _ in range(2)]
    await let_tasks_run()
    waiting[0].cancel()
    bulkhead.leave()  # before the cancelled one has run
    await waiting[1]
    with pytest.raises(asyncio.CancelledError):
        await waiting[0]


async def test_queue_holds_a_thousand_waiters_at_most() -> None:
    bulkhead = Bulkhead(1)
    await bulkhead.enter()
    waiting = [asyncio.create_task(bulkhead.enter()) for _ in range(1000)]
    await let_tasks_run()
    with pytest.raises(BulkheadFull):
        await bulkhead.enter()
    assert not any(task.done() for task in waiting)
    bulkhead.leave()
    await waiting[0]
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_interactive_call_takes_a_place_that_is_free_in_time() -> None:
    scene = Scene(Parts(bulkhead=Bulkhead(1)))
    assert scene.parts.bulkhead is not None
    assert scene.parts.bulkhead.try_enter()
    asking = asyncio.create_task(scene.ask(interactive=True))
    await let_tasks_run()
    scene.parts.bulkhead.leave()
    assert await asking == "answer"


async def test_attempt_outside_a_call_waits_for_its_place() -> None:
    scene = Scene(Parts(bulkhead=Bulkhead(1)))
    assert scene.parts.bulkhead is not None
    assert scene.parts.bulkhead.try_enter()
    attempt = asyncio.create_task(scene.guard.attempt(scene.market))
    await let_tasks_run()
    scene.parts.bulkhead.leave()
    assert await attempt == "answer"


async def test_failure_is_raised_as_the_adapter_raised_it() -> None:
    scene, failed = bare(), down()
    scene.fails = [failed]
    assert await scene.refused() is failed
    assert failed.__cause__ is None


async def test_full_queue_raises() -> None:
    bulkhead = Bulkhead(0, queue=0)
    with pytest.raises(BulkheadFull):
        await bulkhead.enter()


@in_simulated_time
async def test_interactive_call_is_refused_if_no_place_is_free_in_time() -> None:
    scene = Scene(Parts(bulkhead=Bulkhead(1)), deadline=0.1, attempt_timeout=0.05)
    assert scene.parts.bulkhead is not None
    assert scene.parts.bulkhead.try_enter()
    failure = await scene.refused(interactive=True)
    assert isinstance(failure, NotSent)
    assert (failure.code, failure.detail) == (Code.EBAY_TIMEOUT, "not sent: no place was free in time")
    failure = await scene.refused(interactive=False)
    assert (type(failure), failure.kind) == (CallFailed, Kind.TIMEOUT)
    assert scene.ledger.attempts == [], "an attempt that was not sent is not sampled"


async def test_foreign_timeout_in_the_queue_is_raised_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    scene = bare(bulkhead=Bulkhead(0))

    async def broken() -> None:
        raise TimeoutError("not ours")

    monkeypatch.setattr(scene.parts.bulkhead, "enter", broken)
    with pytest.raises(TimeoutError, match="not ours"):
        await scene.ask()


# --- the time that is left ----------------------------------------------------------------------


async def test_no_attempt_is_sent_when_hardly_any_time_is_left() -> None:
    scene = bare()
    with pytest.raises(NotSent) as caught:
        await scene.guard.call(scene.market, interactive=True, within=Seconds(0.9))
    assert (caught.value.kind, caught.value.detail) == (Kind.TIMEOUT, "not sent: only 0.9 s are left")
    assert scene.sent == 0


async def test_first_attempt_starts_with_less_time_than_its_timeout() -> None:
    scene = bare()
    assert await scene.guard.call(scene.market, interactive=True, within=Seconds(1.1)) == "answer"


@pytest.mark.parametrize("within", [None, 0.3, 0.299, 0.1])
@in_simulated_time
async def test_attempt_as_long_as_the_whole_call_is_cut_to_the_time_left(within: float | None) -> None:
    guard = Guard(
        Api.EBAY,
        EBAY,
        attempt_timeout=Seconds(0.3),
        deadline=Seconds(0.3),
        clock=FakeClock(),
        monotonic=asyncio.get_running_loop().time,
        jitter=shortest_wait,
        meter=RecordingMeter(),
        bulkhead=Bulkhead(1),
    )
    left = None if within is None else Seconds(within)

    async def quick() -> str:
        return "answer"

    assert await guard.call(quick, interactive=True, within=left) == "answer"
    with pytest.raises(CallFailed) as caught:
        await guard.call(asyncio.Event().wait, interactive=True, within=left)
    assert (caught.value.kind, isinstance(caught.value, NotSent)) == (Kind.TIMEOUT, False)


async def test_retry_of_an_interactive_call_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("INFO")
    scene = bare()
    scene.fails = [down()]
    assert await scene.ask(interactive=True) == "answer"
    (line,) = [r.getMessage() for r in caplog.records if "retrying" in r.getMessage()]
    assert line == f"ebay failed, retrying in 2.0 s: {down().detail}"


async def test_no_retry_starts_if_it_could_end_after_the_time_left() -> None:
    scene = bare()
    scene.always = down
    with pytest.raises(CallFailed):
        await scene.guard.call(scene.market, interactive=True, within=Seconds(20.0))
    assert scene.waits == [2.0, 4.0]


# --- storms -------------------------------------------------------------------------------------


async def offer(scene: Scene, seconds: float, every: float, *, interactive: float = 0.0) -> Counter[str]:
    """Call every `every` seconds, a share of `interactive` calls among them; count the outcomes."""
    dice, outcomes = random.Random(1), Counter[str]()
    ends = scene.clock.now() + seconds
    while scene.clock.now() < ends:
        began = scene.clock.now()
        try:
            outcomes[await scene.ask(interactive=dice.random() < interactive)] += 1
        except CallFailed as failure:
            outcomes[type(failure).__name__] += 1
        scene.clock.move(max(0.0, every - (scene.clock.now() - began)))
    return outcomes


STORM: list[Callable[[], Exception]] = [
    rate_limited,
    lambda: rate_limited(0.0),
    lambda: rate_limited(1.0),
    lambda: rate_limited(30.0),
    lambda: rate_limited(600.0),
]


@pytest.mark.parametrize("answer", STORM)
async def test_hour_of_429s_costs_at_most_an_hours_share_of_the_quota(
    full: Scene, answer: Callable[[], Exception]
) -> None:
    full.always = answer
    await offer(full, HOUR, 0.72, interactive=0.1)  # 5,000 calls in that hour: all of the day's quota
    hours_part = 5000 * HOUR / DAY
    assert full.sent <= hours_part
    assert full.sent == full.parts.quota.used(full.clock.now()) == len(full.ledger.attempts)  # type: ignore[union-attr]


@pytest.mark.parametrize("interactive", [0.0, 0.5, 1.0])
async def test_hour_of_outage_costs_few_calls_and_recovery_is_quick(
    stores: Stores, interactive: float
) -> None:
    breaker = Breaker(BreakerPolicy(max_pause=MINUTE))
    quota = QuotaBlocks(Api.EBAY, 5000, stores.quota_ledger)
    scene = Scene(Parts(RetryBudget(), breaker, quota, Bulkhead(20)))
    scene.always = down
    outcomes = await offer(scene, HOUR, 5.0, interactive=interactive)
    offered = outcomes.total()
    assert scene.sent <= 1.2 * offered
    assert scene.sent <= 5 + 5 + HOUR / 48, "one probe per pause"
    scene.always = lambda: None
    outcomes = await offer(scene, MINUTE + 5.0, 5.0)
    assert outcomes["answer"] >= 1
    assert breaker.state is BreakerState.CLOSED
    await quota.close()


async def test_flaky_api_costs_at_most_the_retry_budget(stores: Stores) -> None:
    quota = QuotaBlocks(Api.EBAY, 50_000, stores.quota_ledger)
    scene = Scene(Parts(RetryBudget(), Breaker(), quota, Bulkhead(20)))
    dice = random.Random(2)
    scene.always = lambda: down() if dice.random() < 0.2 else None
    outcomes = await offer(scene, HOUR, 3.0, interactive=1.0)
    assert scene.sent <= 1.2 * outcomes.total() + 5
    assert outcomes["answer"] > 0.85 * outcomes.total()
    await quota.close()
