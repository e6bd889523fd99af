"""The commit that records an alert leases its message, so that it is sent without another transaction."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import event

from tests.channels import FakeChannel
from tests.dispatch_harness import BUSY, DispatchHarness
from tests.fakes import FakeClock, RecordingAlarms, RecordingMeter, listing, listings, shortest_wait
from tests.outbox_rows import message_states
from tests.trips import Trip, trip_over
from watcher.core.deliveries import Delivery, DeliveryContext, Notification
from watcher.core.errors import WatcherError
from watcher.core.times import Instant
from watcher.db.stores import Stores
from watcher.delivery.dispatcher import MESSAGE_LEASE_SECONDS, TAKEOVER_WAIT_SECONDS, Dispatcher
from watcher.delivery.router import Router
from watcher.ports import BEFORE_SEND

SEVEN = listings([60, 62, 65, 68, 70, 71, 73], start=10)


class Channel(FakeChannel):
    """Accepts what arrives, once `gate` is open, unless `failures` has an error."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.failures: list[WatcherError] = []
        self.gate = asyncio.Event()
        self.gate.set()
        self.unconfigured: set[str] = set()

    def is_configured(self, to: str) -> bool:
        return to not in self.unconfigured

    async def send(self, to: str, notification: Notification, context: DeliveryContext) -> str:
        await self.gate.wait()
        BEFORE_SEND.get()()
        if self.failures:
            raise self.failures.pop()
        self.sent.append(to)
        return ""


class Daemon:
    """A poller whose commits lease messages for a dispatcher, as the daemon connects them."""

    def __init__(self, stores: Stores, clock: FakeClock) -> None:
        self.trip: Trip = trip_over(stores, clock)
        self.stores, self.clock, self.channel = stores, clock, Channel()
        self.dispatcher = self.another("this")
        self.looks = 0
        self.trip.poller.terms_of = self.dispatcher.terms_of
        self.trip.poller.on_alert = self._send

    def another(self, lease: str) -> Dispatcher:
        return Dispatcher(
            self.stores.outbox,
            Router([self.channel]),
            RecordingMeter(),
            RecordingAlarms(),
            clock=self.clock,
            jitter=shortest_wait,
            lease=lease,
            max_wait=None,
        )

    def _send(self, leased: Sequence[Delivery], at: Instant) -> None:
        self.looks += not leased
        self.dispatcher.begin(leased, at)

    async def settle(self) -> None:
        while tasks := tuple(self.dispatcher._sending):
            await asyncio.wait(tasks)

    async def open(self) -> None:
        await self.dispatcher.drain(self.clock.now())

    async def find(self, *destinations: str) -> None:
        """Have a poll find one item that the watches of all these destinations want."""
        self.trip.market.offers(*SEVEN)
        for to in destinations:
            await self.trip.watch(below="50", to=to)
        assert not await self.trip.poll()
        self.trip.market.offers(*SEVEN, listing(1, 45.0))
        await self.trip.poll(600.0)


@pytest.fixture
def daemon(stores: Stores, clock: FakeClock) -> Daemon:
    return Daemon(stores, clock)


async def test_an_alert_is_sent_without_a_drain(daemon: Daemon) -> None:
    await daemon.open()
    await daemon.find("a", "b")
    await daemon.settle()
    assert sorted(daemon.channel.sent) == ["a", "b"]
    assert (message_states(daemon.stores), daemon.looks) == ({"sent": 2}, 0)


async def test_alert_and_lease_are_one_commit(daemon: Daemon) -> None:
    commits: list[str] = []

    def note(conn: Any) -> None:
        commits.append("commit")

    await daemon.open()
    daemon.trip.market.offers(*SEVEN)
    await daemon.trip.watch(below="50", to="a")
    await daemon.trip.poll()
    daemon.channel.gate.clear()
    daemon.trip.market.offers(*SEVEN, listing(1, 45.0))
    daemon.clock.move(600.0)
    event.listen(daemon.stores.database.engine, "commit", note)
    await daemon.trip.poller.tick(daemon.clock.now())
    await daemon.trip.poller.settle()
    event.remove(daemon.stores.database.engine, "commit", note)
    assert commits == ["commit"] * 3, "the plan, the claim, and the poll with its message"
    assert message_states(daemon.stores) == {"pending": 1}
    later = daemon.clock.move(MESSAGE_LEASE_SECONDS / 2)
    assert await daemon.another("other").drain(later) == 0, "the message is leased"
    daemon.clock.move(-MESSAGE_LEASE_SECONDS / 2)
    daemon.channel.gate.set()
    await daemon.settle()
    assert daemon.channel.sent == ["a"]


async def test_a_daemon_that_dies_with_a_lease_loses_no_message(daemon: Daemon) -> None:
    await daemon.open()
    daemon.trip.poller.on_alert = lambda _leased, _at: None  # it dies after the commit
    await daemon.find("a")
    other = daemon.another("other")
    assert await other.drain(daemon.clock.now()) == 0
    assert await other.drain(daemon.clock.move(MESSAGE_LEASE_SECONDS + 1)) == 0
    assert await other.drain(daemon.clock.move(TAKEOVER_WAIT_SECONDS)) == 1
    assert daemon.channel.sent == ["a"]


async def test_nothing_is_leased_before_the_first_drain_or_after_the_end(daemon: Daemon) -> None:
    assert daemon.dispatcher.terms_of({"a"}) is None
    await daemon.open()
    assert daemon.dispatcher.terms_of({"a"}) is not None
    await daemon.dispatcher.close()
    assert daemon.dispatcher.terms_of({"a"}) is None
    await daemon.open()
    await daemon.dispatcher.wind_down()
    assert daemon.dispatcher.terms_of({"a"}) is None


async def test_a_destination_on_hold_or_not_configured_waits_for_a_drain(daemon: Daemon) -> None:
    await daemon.open()
    daemon.channel.unconfigured.add("b")
    daemon.channel.failures.append(BUSY)
    await daemon.find("a", "b")
    await daemon.settle()
    assert (daemon.channel.sent, message_states(daemon.stores)) == ([], {"pending": 2})
    terms = daemon.dispatcher.terms_of({"a", "b"})
    assert terms is not None
    assert {"a", "b"} <= terms.exclude


async def test_a_message_leased_at_the_end_returns_to_the_outbox(daemon: Daemon) -> None:
    await daemon.open()
    begin = daemon.dispatcher.begin
    leased: list[Delivery] = []
    daemon.trip.poller.on_alert = lambda new, _at: leased.extend(new)
    await daemon.find("a")
    await daemon.dispatcher.close()
    begin(leased, daemon.clock.now())
    await daemon.settle()
    assert daemon.channel.sent == []
    assert await daemon.another("other").drain(daemon.clock.now()) == 1, (
        "it need not wait for the end of the lease"
    )


async def test_a_poll_stopped_during_its_commit_leaves_no_lease(daemon: Daemon) -> None:
    await daemon.open()
    daemon.trip.market.offers(*SEVEN)
    await daemon.trip.watch(below="50", to="a")
    await daemon.trip.poll()
    daemon.trip.market.offers(*SEVEN, listing(1, 45.0))
    record, recording = daemon.stores.searches.record, asyncio.Event()

    def noted(*of: Any) -> asyncio.Future[Any]:
        recording.set()
        return record(*of)

    daemon.trip.poller._store.record = noted  # type: ignore[method-assign]
    await daemon.trip.poller.tick(daemon.clock.move(600.0))
    await recording.wait()
    await daemon.dispatcher.close()
    await daemon.trip.poller.stop()
    await daemon.settle()
    assert message_states(daemon.stores) == {"pending": 1}
    assert await daemon.another("other").drain(daemon.clock.now()) == 1


async def test_the_oldest_message_of_a_destination_goes_first(
    daemon: Daemon, harness: DispatchHarness
) -> None:
    await daemon.open()
    await harness.post("older", to="a")
    await daemon.find("a")
    await daemon.settle()
    assert daemon.looks == 0
    assert message_states(daemon.stores) == {"sent": 1, "pending": 1}
