"""A clock that jumps: no false alert, no burst of polls, and nothing waits for a time that was wrong."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from tests.channels import FakeChannel
from tests.fakes import (
    WAIT_LIMITS,
    FakeClock,
    FakeMarket,
    RecordingAlarms,
    RecordingMeter,
    inquiry_of,
    listing,
    listings,
    shortest_wait,
)
from tests.trips import planner_of
from watcher.core.alerts import Alert
from watcher.core.cadence.call_plan import CallPlan
from watcher.core.categories import TTLS
from watcher.core.deliveries import DeliveryContext, Notification
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Condition
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.core.watch_input import Defaults
from watcher.db.due_times import DueTimeStore
from watcher.db.schema import searches, sightings
from watcher.db.stores import Stores
from watcher.delivery.dispatcher import Dispatcher
from watcher.delivery.router import Router
from watcher.monitoring.clock_skew import ClockSkewMonitor
from watcher.polling.comps_cache import CompsCache, Freshness
from watcher.polling.fetch import Fetcher
from watcher.polling.poller import SEARCH_LEASE, Poller, PollingLimits
from watcher.watches.registry import Registry

EVERY = 10 * MINUTE
QUERIES = ("zenitar mk2 camera", "zenitar mk2", "zenitar camera")
WATCHES = len(QUERIES)
_1970 = datetime(1970, 1, 1, 0, 5, tzinfo=UTC).timestamp()


@dataclass
class RecordingChannel(FakeChannel):
    """A Slack channel that raises each of `failures` once, then accepts every message."""

    sent: list[Alert] = field(default_factory=list)
    failures: list[CallFailed] = field(default_factory=list)

    async def send(self, to: str, notification: Notification, context: DeliveryContext) -> str:
        if self.failures:
            raise self.failures.pop(0)
        assert isinstance(notification, Alert)
        self.sent.append(notification)
        return ""


class SharedClockStore(DueTimeStore):
    """Due times in a database whose server, if it has one, shares the daemon's clock."""

    def __init__(self, stores: Stores, clock: FakeClock) -> None:
        super().__init__(stores.database)
        self._shared, self._clock = stores.database.shared, clock

    def server_clock(self) -> Instant | None:
        return self._clock.now() if self._shared else None


class World:
    """The parts of a daemon, with a clock that tests set."""

    def __init__(self, stores: Stores, clock: FakeClock) -> None:
        self.stores, self.clock, self.channel = stores, clock, RecordingChannel()
        self.market = FakeMarket(clock, *listings([50, 52, 55, 58, 60, 61, 63]))
        self.freshness = Freshness(TTLS, Seconds(600.0), Seconds(30 * DAY))
        self.registry = Registry(stores.watches, Defaults("EBAY_US"), CallPlan)
        self.start()

    def start(self) -> None:
        """Start or restart the daemon."""
        stores, meter = self.stores, RecordingMeter()
        limits = PollingLimits(
            concurrency=20,
            retry=RetryPolicy(5, Seconds(2.0), Seconds(60.0)),
        )
        self.fetcher = Fetcher(
            CompsCache(stores.cache, self.freshness, self.clock), self.market, meter, limits=WAIT_LIMITS
        )
        self.poller = Poller(
            stores.searches,
            self.fetcher,
            planner_of(stores),
            limits,
            jitter=shortest_wait,
            meter=meter,
            name="daemon",
        )
        self.dispatcher = Dispatcher(
            stores.outbox,
            Router([self.channel]),
            meter,
            RecordingAlarms(),
            clock=self.clock,
            jitter=shortest_wait,
            lease="me",
            max_wait=None,
        )
        self.clock_monitor = ClockSkewMonitor(
            SharedClockStore(stores, self.clock), self.clock, RecordingAlarms()
        )

    async def add(self, query: str, rule: str, every: str = "10m") -> None:
        await self.registry.add({"query": query, "rule": rule, "every": every}, self.clock.now())

    async def run_for(self, seconds: float, step: float = MINUTE) -> int:
        """Let `seconds` pass; return the number of polls."""
        polls_before = len(self.market.asked)
        for _ in range(max(1, round(seconds / step))):
            self.clock.move(step)
            now = self.clock.now()
            await self.clock_monitor.check(now)
            while await self.poller.tick(now):
                await self.poller.settle()
            await self.dispatcher.drain(now)
        return len(self.market.asked) - polls_before


@pytest.fixture
async def world(stores: Stores, clock: FakeClock) -> AsyncIterator[World]:
    world = World(stores, clock)
    for query in QUERIES:
        await world.add(query, "below 51")
    yield world
    await world.poller.stop()


JUMPS = [HOUR, -HOUR, DAY, -DAY, 8 * HOUR, 60 * 365 * DAY, -55 * 365 * DAY]  # Linux refuses times before 1970


@pytest.mark.parametrize("jump", JUMPS)
async def test_each_watch_is_polled_at_most_once_right_after_a_clock_jump(world: World, jump: float) -> None:
    await world.run_for(HOUR)
    alerts = len(world.channel.sent)
    world.clock.move(jump)
    assert await world.run_for(MINUTE) <= WATCHES
    assert await world.run_for(6 * EVERY) == pytest.approx(6 * WATCHES, abs=WATCHES)
    assert len(world.channel.sent) == alerts, "nothing has changed on the market"


@pytest.mark.parametrize("ahead", [HOUR, DAY, 8 * HOUR, 365 * DAY])
async def test_polls_and_messages_are_on_time_after_a_clock_is_set_back(world: World, ahead: float) -> None:
    await world.run_for(HOUR)
    world.clock.move(ahead)
    await world.run_for(3 * EVERY)
    world.channel.failures = [CallFailed(Api.SLACK, Kind.UNAVAILABLE, "503")]
    world.market.offers(*world.market.listings, listing(77, 45))
    await world.run_for(EVERY)
    sent_before = len(world.channel.sent)
    world.clock.move(-ahead)
    world.market.offers(*world.market.listings, listing(78, 44))
    assert await world.run_for(MINUTE) <= WATCHES
    assert await world.run_for(3 * EVERY) == pytest.approx(3 * WATCHES, abs=WATCHES)
    assert len(world.channel.sent) > sent_before
    latest = world.stores.database.value(select(func.max(searches.c.polled_at)))
    assert latest <= world.clock.now()


async def test_a_clock_at_1970_stops_no_poll_and_sends_no_false_alert(
    world: World,
) -> None:
    await world.add("zenitar mk2 rangefinder", "new")
    await world.add("zenitar rangefinder", "low 90d")
    await world.run_for(HOUR)
    real, sent_before = world.clock.now(), len(world.channel.sent)
    world.clock.at = Instant(_1970)
    assert await world.run_for(MINUTE) <= WATCHES + 2
    assert await world.run_for(3 * EVERY) >= 2 * WATCHES
    world.clock.at = Instant(real + HOUR)
    assert await world.run_for(MINUTE) <= WATCHES + 2
    world.market.offers(*world.market.listings, listing(500, 49.0, created_at=real))
    await world.run_for(2 * EVERY)
    news = world.channel.sent[sent_before:]
    assert {a.rule.split()[0] for a in news} == {"below", "new"}, "a low needs a week of history"
    assert {i.item_id for a in news for i in a.items} == {"v1|500|0"}


async def test_a_waiting_message_is_sent_on_time_after_the_clock_is_set_back(world: World) -> None:
    world.clock.move(DAY)
    world.channel.failures = [CallFailed(Api.SLACK, Kind.RATE_LIMIT, "429", retry_after=120.0)]
    await world.run_for(MINUTE)
    world.clock.move(-DAY)
    await world.run_for(5 * MINUTE)
    assert len(world.channel.sent) == WATCHES


async def test_a_restart_detects_that_the_clock_was_set_back(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.clock.move(DAY)
    await world.run_for(EVERY)
    world.clock.move(-DAY)
    world.start()
    with caplog.at_level(logging.WARNING):
        assert await world.run_for(2 * EVERY) >= WATCHES
    assert [r.getMessage() for r in caplog.records if r.name == "watcher.monitoring.clock_skew"] == [
        "the clock was set back by 23 h 50 min; due times are moved back by the same amount"
    ]
    world.start()
    assert not await world.clock_monitor.check(world.clock.now()), "due times move back only once"


async def test_a_correction_of_seconds_moves_no_due_time(world: World) -> None:
    await world.run_for(EVERY)
    before = world.stores.searches.next_due()
    assert not await world.clock_monitor.check(world.clock.move(-30))
    assert world.stores.searches.next_due() == before


async def test_a_lease_from_a_clock_that_was_ahead_ends_in_five_minutes(world: World) -> None:
    await world.clock_monitor.check(world.clock.now())
    await world.stores.searches.claim_due(world.clock.move(DAY), 9, "died", SEARCH_LEASE)
    await world.clock_monitor.check(world.clock.now())
    assert await world.clock_monitor.check(world.clock.move(-DAY))
    assert not await world.stores.searches.claim_due(world.clock.now(), 9, "me", SEARCH_LEASE)
    assert (
        len(await world.stores.searches.claim_due(world.clock.move(SEARCH_LEASE), 9, "me", SEARCH_LEASE))
        == WATCHES
    )


async def test_a_poll_started_at_a_wrong_time_schedules_the_next_correctly(world: World) -> None:
    await world.clock_monitor.check(world.clock.move(DAY))
    searches = await world.stores.searches.claim_due(world.clock.now(), 9, "daemon", SEARCH_LEASE)
    wrong = world.clock.now()
    await world.clock_monitor.check(world.clock.move(-DAY))
    for search in searches:
        await world.poller._poll(search, (), wrong)
    due = world.stores.searches.next_due()
    assert due is not None
    assert due <= world.clock.now()


async def test_a_paused_watch_stays_paused_when_the_clock_is_set_back(world: World) -> None:
    await world.run_for(EVERY)
    for n in range(1, WATCHES + 1):
        await world.registry.set_paused(n, world.clock.now(), paused=True)
    await world.clock_monitor.check(world.clock.move(-DAY))
    assert world.stores.searches.next_due() is None


QUESTION = inquiry_of("zenitar mk2", Condition.ANY, "cards", "EBAY_US")


async def test_an_answer_from_the_future_is_not_fresh_and_is_replaced(world: World) -> None:
    world.clock.move(DAY)
    await world.fetcher.fetch(QUESTION)
    world.clock.move(-HOUR)
    again = await world.fetcher.fetch(QUESTION)
    assert (again.source, again.fetched_at) == ("fresh", world.clock.now())
    assert (await world.fetcher.fetch(QUESTION)).source == "cached", (
        "it has replaced the answer from the future"
    )


async def test_an_answer_from_the_future_is_served_as_stale_on_failure(world: World) -> None:
    world.clock.move(DAY)
    await world.fetcher.fetch(QUESTION)
    world.clock.move(-DAY)
    world.market.failures = [CallFailed(Api.EBAY, Kind.UNAVAILABLE, "503")]
    answer = await world.fetcher.fetch(QUESTION)
    assert (answer.source, answer.stale) == ("cached", True)


async def test_a_difference_of_seconds_between_clocks_is_tolerated(world: World) -> None:
    await world.fetcher.fetch(QUESTION)
    world.clock.move(-50)
    assert (await world.fetcher.fetch(QUESTION)).stale is False


@pytest.mark.parametrize("ahead", [HOUR, DAY])
async def test_a_listing_that_appears_after_the_clock_is_set_back_is_new(world: World, ahead: float) -> None:
    world.clock.move(ahead)
    await world.add("zenitar mk2 rangefinder", "new")
    await world.run_for(EVERY)
    world.clock.move(-ahead)
    sent_before = len(world.channel.sent)
    await world.run_for(2 * EVERY)
    assert len(world.channel.sent) == sent_before, "listings already on offer are not new"
    world.market.offers(*world.market.listings, listing(99, 70))
    await world.run_for(EVERY + MINUTE)
    assert [i.item_id for a in world.channel.sent[sent_before:] for i in a.items] == ["v1|99|0"]


async def test_sighting_times_of_a_clock_that_was_ahead_are_corrected(world: World) -> None:
    world.clock.move(1_000 * DAY)
    await world.add("zenitar rangefinder", "median-below 1")
    await world.run_for(EVERY)
    world.clock.move(-1_000 * DAY)
    await world.clock_monitor.check(world.clock.now())
    times = select(sightings.c.first_seen, sightings.c.changed_at, sightings.c.seen_at)
    found = [at for row in world.stores.database.rows(times) for at in row]
    assert found
    assert max(found) <= world.clock.now()


async def test_listings_seen_while_the_clock_was_ahead_are_not_new(
    world: World,
) -> None:
    world.clock.move(DAY)
    await world.add("zenitar rangefinder", "median-below 1")
    await world.run_for(EVERY)
    world.clock.move(-DAY)
    await world.add("zenitar rangefinder", "new")
    sent_before = len(world.channel.sent)
    await world.run_for(3 * EVERY)
    assert len(world.channel.sent) == sent_before


async def test_the_age_of_a_listing_in_a_large_market_uses_the_correct_time(world: World) -> None:
    world.market.complete = False
    world.clock.move(DAY)
    await world.add("zenitar rangefinder", "new")
    await world.run_for(EVERY)
    now = world.clock.move(-DAY)
    sent_before = len(world.channel.sent)
    old, young = listing(98, 70, created_at=now - DAY), listing(99, 70, created_at=now)
    world.market.offers(*world.market.listings, old, young)
    await world.run_for(2 * EVERY)
    assert [i.item_id for a in world.channel.sent[sent_before:] for i in a.items] == ["v1|99|0"]


async def test_an_old_listing_is_not_new_to_a_clock_at_1970(world: World) -> None:
    world.market.complete = False
    await world.add("zenitar rangefinder", "new")
    await world.run_for(EVERY)
    real, sent_before = world.clock.now(), len(world.channel.sent)
    world.clock.at = Instant(_1970)
    await world.run_for(EVERY)
    world.market.offers(*world.market.listings, listing(98, 70, created_at=real - 30 * DAY))
    await world.run_for(2 * EVERY)
    assert len(world.channel.sent) == sent_before


async def test_a_message_leased_at_a_wrong_time_by_a_dead_process_is_sent(world: World) -> None:
    await world.clock_monitor.check(world.clock.move(DAY))
    await world.poller.tick(world.clock.now())
    await world.poller.settle()
    (held,) = await world.stores.outbox.lease_deliveries(world.clock.now(), 9, "died", MINUTE, ())
    world.clock.move(-DAY)
    await world.run_for(4 * MINUTE)
    assert held.notification not in world.channel.sent
    await world.run_for(4 * MINUTE)
    assert held.notification in world.channel.sent
