"""A registry and a poller over a real store and a fake market."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.fakes import WAIT_LIMITS, FakeClock, FakeMarket, RecordingMeter, listings, shortest_wait
from watcher.core.alerts import Alert
from watcher.core.cadence.call_plan import CallPlan
from watcher.core.cadence.windows import next_day_start
from watcher.core.categories import TTLS
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import DAY, Instant, Seconds
from watcher.core.watch_input import Defaults
from watcher.db.stores import Stores
from watcher.polling.backgrounds import Backgrounds
from watcher.polling.comps_cache import CompsCache, Freshness
from watcher.polling.demand_scan import PlanTerms
from watcher.polling.fetch import Fetcher
from watcher.polling.planning import DayCalls, Planner
from watcher.polling.poller import Poller, PollingLimits
from watcher.watches.registry import Registry

QUERY = "zenitar mk2 camera"


class DailyCalls:
    """The calls of each day: all of them are left, unless a test says otherwise."""

    def __init__(self, expected: int = 5000) -> None:
        self.expected = self.left = expected

    def __call__(self, now: Instant) -> DayCalls:
        return DayCalls(self.left, next_day_start(now), float(self.expected), float(self.expected))


@dataclass
class Trip:
    stores: Stores
    clock: FakeClock
    market: FakeMarket
    fetcher: Fetcher
    poller: Poller
    registry: Registry
    meter: RecordingMeter
    calls: DailyCalls

    async def watch(self, **draft: str) -> int:
        return (await self.registry.add({"query": QUERY, **draft}, self.clock.now())).id

    async def poll(self, after: float = 0.0) -> list[Alert]:
        """Move the clock by `after` seconds, poll what is due, and return the new alerts."""
        before = {r.alert.id for r in self.stores.alerts.latest(1000)}
        await self.poller.tick(self.clock.move(after))
        await self.poller.settle()
        return [r.alert for r in self.stores.alerts.latest(1000) if r.alert.id not in before]


def planner_of(stores: Stores, calls: Callable[[Instant], DayCalls] | None = None) -> Planner:
    return Planner(stores.polling_plan, PlanTerms(), calls or DailyCalls(), is_whole=True)


def trip_over(
    stores: Stores, clock: FakeClock, market: FakeMarket | None = None, *, concurrency: int = 20
) -> Trip:
    market = market or FakeMarket(clock, *listings([50, 52, 55, 58, 60, 61, 63]))
    meter, calls = RecordingMeter(), DailyCalls()
    limits = PollingLimits(
        concurrency=concurrency,
        retry=RetryPolicy(5, Seconds(2.0), Seconds(60.0)),
    )
    freshness = Freshness(TTLS, Seconds(600.0), Seconds(30 * DAY))
    cache = CompsCache(stores.cache, freshness, clock, Backgrounds(stores.searches).of)
    fetcher = Fetcher(cache, market, meter, limits=WAIT_LIMITS)
    poller = Poller(
        stores.searches,
        fetcher,
        planner_of(stores, calls),
        limits,
        jitter=shortest_wait,
        meter=meter,
        name="test",
    )
    registry = Registry(stores.watches, Defaults("EBAY_US"), lambda: CallPlan(budget=4500.0))
    return Trip(stores, clock, market, fetcher, poller, registry, meter, calls)
