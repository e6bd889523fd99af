"""Fail the n-th operation, for every n: no alert is lost, repeated or half-written.

Operations are database statements and commits (the quota ledger included), calls to the market, and messages
to Slack, before and after they are accepted. For files see test_nth_write.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from tests.channels import FakeChannel
from tests.conftest import AGES
from tests.fakes import (
    WAIT_LIMITS,
    FakeClock,
    FakeMarket,
    RecordingAlarms,
    RecordingMeter,
    listing,
    shortest_wait,
)
from tests.trips import planner_of
from watcher.adapters.outbound.guard import Guard
from watcher.core.alerts import Alert
from watcher.core.cadence.call_plan import CallPlan
from watcher.core.categories import TTLS
from watcher.core.deliveries import DeliveryContext, Notification
from watcher.core.errors import Api, CallFailed, Kind, WatcherError
from watcher.core.listing import Ask, Snapshot
from watcher.core.resilience.quota import quota_window
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import DAY, HOUR, MINUTE, Seconds
from watcher.core.watch_input import Defaults
from watcher.db.stores import Stores
from watcher.delivery.dispatcher import Dispatcher
from watcher.delivery.router import Router
from watcher.polling.comps_cache import CompsCache, Freshness
from watcher.polling.fetch import Fetcher
from watcher.polling.poller import Poller, PollingLimits
from watcher.polling.quota_blocks import QuotaBlocks
from watcher.ports import BEFORE_SEND
from watcher.watches.registry import Registry


class Fuse:
    """Counts operations of one kind, and fails the n-th one."""

    def __init__(self, kind: str, nth: int) -> None:
        self.kind, self.nth, self.count, self.blown = kind, nth, 0, False

    def __call__(self, kind: str, error: Callable[[], Exception]) -> None:
        if kind != self.kind or self.blown:
            return
        self.count += 1
        if self.count == self.nth:
            self.blown = True
            raise error()


def disk_error() -> Exception:
    return OperationalError("injected", None, sqlite3.OperationalError("disk I/O error"))


class FakeOutside(FakeMarket, FakeChannel):
    """A market and Slack; the alerts that Slack accepted are the result of a run."""

    def __init__(self, clock: FakeClock, fuse: Fuse) -> None:
        super().__init__(clock)
        self.fuse = fuse
        self.accepted: list[Alert] = []
        self.sent = self.charged = 0
        self.guard: Guard

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        return await self.guard.call(lambda: self.answer(ask), interactive=interactive, within=within)

    async def answer(self, ask: Ask) -> Snapshot:
        self.sent += 1
        self.fuse("ask", lambda: CallFailed(Api.EBAY, Kind.UNAVAILABLE, "injected"))
        return await super().search(ask, interactive=False)

    async def send(self, to: str, notification: Notification, context: DeliveryContext) -> str:
        BEFORE_SEND.get()()
        self.fuse("send", lambda: CallFailed(Api.SLACK, Kind.UNAVAILABLE, "injected"))
        assert isinstance(notification, Alert)
        self.accepted.append(notification)
        self.fuse("answer", lambda: CallFailed(Api.SLACK, Kind.TIMEOUT, "injected"))
        return ""


async def scenario(file: Path, fuse: Fuse) -> FakeOutside:
    """Run two watches while the market changes, with a restart after each change; end without failures."""
    clock, outside = FakeClock(), None
    outside = FakeOutside(clock, fuse)
    for prices in ([(1, 40.0), (2, 90.0)], [(1, 40.0), (2, 45.0)], [(1, 30.0), (2, 45.0), (3, 20.0)]):
        outside.offers(*(listing(n, price) for n, price in prices))
        await run_daemon(file, clock, outside, fuse)
    fuse.blown = True
    await run_daemon(file, clock, outside, fuse)
    return outside


async def run_daemon(file: Path, clock: FakeClock, outside: FakeOutside, fuse: Fuse) -> None:
    """Open the database, poll and deliver for 40 minutes, and close it."""
    stores = Stores.opened(f"sqlite:///{file}", AGES)
    event.listen(stores.database.engine, "before_cursor_execute", lambda *_: fuse("statement", disk_error))
    event.listen(stores.database.engine, "commit", lambda _: fuse("commit", disk_error))
    freshness = Freshness(TTLS, MINUTE, Seconds(30 * DAY))
    limits = PollingLimits(
        concurrency=5,
        retry=RetryPolicy(5, Seconds(2.0), Seconds(60.0)),
    )
    meter = RecordingMeter()
    # A block lasts for the run, so that the number of calls does not depend on the speed of this machine.
    allowance = QuotaBlocks(Api.EBAY, 5000, stores.quota_ledger, lifetime=HOUR)
    outside.guard = Guard(
        Api.EBAY,
        limits.retry,
        attempt_timeout=Seconds(10.0),
        deadline=Seconds(30.0),
        clock=clock,
        monotonic=clock.now,
        jitter=shortest_wait,
        meter=meter,
        quota=allowance,
    )
    fetcher = Fetcher(CompsCache(stores.cache, freshness, clock), outside, meter, limits=WAIT_LIMITS)
    poller = Poller(
        stores.searches,
        fetcher,
        planner_of(stores),
        limits,
        jitter=shortest_wait,
        meter=meter,
        name=f"p{clock.now()}",
    )
    dispatcher = Dispatcher(
        stores.outbox,
        Router([outside]),
        meter,
        RecordingAlarms(),
        clock=clock,
        jitter=shortest_wait,
        lease=f"d{clock.now()}",
        max_wait=None,
    )
    poller.terms_of, poller.on_alert = dispatcher.terms_of, dispatcher.begin
    registry = Registry(stores.watches, Defaults("EBAY_US"), CallPlan)
    try:
        await retried(stores.searches.free_leases)
        while (missing := 2 - count_watches(file)) > 0:
            await retried(
                lambda: registry.add(
                    {"query": f"zenitar mk2 {'camera' * (missing == 1)}", "below": "50", "every": "10m"},
                    clock.now(),
                )
            )
        for _ in range(8):
            clock.move(5 * MINUTE)
            await retried(lambda: poller.tick(clock.now()))
            await poller.settle()
            await dispatcher.close()  # so that no send of the polls is under way
            await retried(lambda: dispatcher.drain(clock.now()))
        await allowance.close()
        await retried(lambda: save_charges(outside, stores, clock))
    finally:
        stores.close()


def save_charges(outside: FakeOutside, stores: Stores, clock: FakeClock) -> None:
    outside.charged = stores.quota_ledger.used(Api.EBAY, quota_window(Api.EBAY, clock.now()).start)


async def retried(work: Callable[[], object]) -> None:
    """Repeat failing work, as the daemon's loops do at the next tick."""
    for _ in range(3):
        try:
            result = work()
            if asyncio.iscoroutine(result):
                await result
        except WatcherError:
            continue
        else:
            return
    raise AssertionError("it fails every time")


def count_watches(file: Path) -> int:
    with sqlite3.connect(file) as db:
        found = int(db.execute("SELECT count(*) FROM watches").fetchone()[0])
    db.close()
    return found


def check(outside: FakeOutside, file: Path) -> None:
    alerted = Counter(
        (a.watch_id, i.item_id, i.total)
        for a in {a.id: a for a in outside.accepted}.values()
        for i in a.items
    )
    expected = {
        (w, f"v1|{n}|0", total)
        for w in (1, 2)
        for n, total in ((1, "40.00"), (1, "30.00"), (2, "45.00"), (3, "20.00"))
    }
    assert set(alerted) == expected
    assert outside.sent <= outside.charged, "every call is counted before it is sent"
    assert outside.charged <= outside.sent + 10, "at most one block is lost"
    assert set(alerted.values()) == {1}, "an item was in two alerts"
    with sqlite3.connect(file) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert db.execute("SELECT count(*) FROM outbox WHERE state <> 'sent'").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM alerts").fetchone()[0] == len(
            {a.id for a in outside.accepted}
        )
    db.close()


async def every_nth(kind: str, step: int, home: Path, empty: Path) -> None:
    """Fail every `step`-th operation in turn, until a run has fewer operations."""
    nth = 1
    while True:
        fuse, file = Fuse(kind, nth), home / f"{nth}.db"
        file.write_bytes(empty.read_bytes())
        outside = await scenario(file, fuse)
        check(outside, file)
        sent = Counter(a.id for a in outside.accepted)
        if kind in ("ask", "send"):
            assert set(sent.values()) == {1}, "a duplicate outside the window"
        assert sum(sent.values()) - len(sent) <= 1
        if fuse.count < nth:
            break
        nth += step
    assert nth > 4, "operations did fail"


@pytest.mark.parametrize(
    ("kind", "step"), [("statement", 101), ("commit", 23), ("ask", 9), ("send", 3), ("answer", 3)]
)
async def test_failing_operations_neither_lose_nor_repeat_an_alert(
    kind: str, step: int, tmp_path: Path, empty_database: Path
) -> None:
    await every_nth(kind, step, tmp_path, empty_database)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("kind", ["statement", "commit", "ask", "send", "answer"])
async def test_every_single_operation_may_fail(kind: str, tmp_path: Path, empty_database: Path) -> None:
    await every_nth(kind, 1, tmp_path, empty_database)
