"""Machines that share a database: its server's clock decides, and a daemon whose clock differs waits."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.db.test_clients import another
from tests.fakes import FakeClock, RecordingAlarms
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.monitoring.test_clock_jumps import EVERY, QUERIES, World
from tests.outbox_rows import message_states
from watcher.config import load_settings
from watcher.core.times import DAY, HOUR, MINUTE, Instant
from watcher.db.due_times import DueTimeStore
from watcher.db.stores import Stores
from watcher.delivery.dispatcher import LONGEST_ATTEMPT_SECONDS, MESSAGE_LEASE_SECONDS, SEND_DEADLINE_SECONDS
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.monitoring.clock_skew import MAX_SKEW, RECOVERED_SKEW, ClockSkewMonitor
from watcher.runtime import App
from watcher.runtime.http_server import web_dependencies
from watcher.runtime.jobs import wire_activities
from watcher.runtime.presence import Reloads


class ServerClockStore(DueTimeStore):
    """Due times in a database whose server has its own clock and takes `delay` seconds to answer."""

    def __init__(self, stores: Stores, ours: FakeClock, server: FakeClock) -> None:
        super().__init__(stores.database)
        self.ours, self.server, self.delay = ours, server, 0.0

    def server_clock(self) -> Instant:
        """Return the server's time halfway through the delay."""
        at = Instant(self.server.now() + self.delay / 2)
        for clock in (self.ours, self.server):
            clock.move(self.delay)
        return at


class Machine:
    """A machine with its own clock, and the monitor of that clock."""

    def __init__(self, stores: Stores, server: FakeClock) -> None:
        self.clock, self.alarms = FakeClock(), RecordingAlarms()
        self.store = ServerClockStore(stores, self.clock, server)
        self.monitor = ClockSkewMonitor(self.store, self.clock, self.alarms)


@pytest.fixture
def server(clock: FakeClock) -> FakeClock:
    return clock


@pytest.fixture
def machine(stores: Stores, server: FakeClock) -> Machine:
    return Machine(stores, server)


def test_two_trusted_daemons_never_hold_the_same_message() -> None:
    starts, lasts, difference, record = SEND_DEADLINE_SECONDS, LONGEST_ATTEMPT_SECONDS, 2 * MAX_SKEW, 45
    assert starts + lasts + difference + record <= MESSAGE_LEASE_SECONDS


@pytest.mark.parametrize(("moved", "way"), [(16, "16 s ahead of"), (-90, "1 min 30 s behind")])
def test_a_clock_that_differs_is_distrusted_until_it_is_close_again(
    machine: Machine, moved: float, way: str
) -> None:
    assert machine.monitor.is_trusted()
    machine.clock.move(moved)
    assert not machine.monitor.is_trusted()
    assert machine.monitor.trouble == (
        f"This machine's clock is {way} the database server's, so this daemon polls and sends nothing. "
        "Check time synchronization (NTP) on both."
    )
    assert machine.clock.now() - machine.monitor.skew == machine.store.server.now()
    machine.clock.at = Instant(machine.store.server.now() + RECOVERED_SKEW + 1)
    assert not machine.monitor.is_trusted()
    machine.clock.move(-1)
    assert machine.monitor.is_trusted()
    assert (machine.monitor.trouble, machine.alarms.active, len(machine.alarms.raised)) == ("", {}, 1)


@pytest.mark.parametrize("moved", [MAX_SKEW, -MAX_SKEW, 0.0])
def test_a_clock_within_the_limit_is_trusted(machine: Machine, moved: float) -> None:
    machine.clock.move(moved)
    assert machine.monitor.is_trusted()


def test_a_slow_answer_of_the_server_does_not_count_as_a_difference(machine: Machine) -> None:
    machine.store.delay = 4 * MAX_SKEW
    assert machine.monitor.is_trusted()
    machine.clock.move(2 * MAX_SKEW)
    assert machine.monitor.is_trusted(), "the delay may explain the difference"
    machine.clock.move(2 * MAX_SKEW)
    assert not machine.monitor.is_trusted()


@pytest.fixture
async def world(stores: Stores, clock: FakeClock) -> AsyncIterator[World]:
    """A daemon an hour after its first poll; its clock is also the server's."""
    world = World(stores, clock)
    for query in QUERIES:
        await world.add(query, "below 51")
    await world.run_for(HOUR)
    yield world
    await world.poller.stop()


async def test_one_clock_that_is_set_back_moves_no_due_times(world: World) -> None:
    one = Machine(world.stores, world.clock)
    one.clock.at = world.clock.now()
    assert not await one.monitor.check(one.clock.now())
    due = world.stores.searches.next_due()
    assert not await one.monitor.check(one.clock.move(-DAY))
    one.clock.at = world.clock.move(MINUTE)
    assert not await one.monitor.check(one.clock.now())
    assert world.stores.searches.next_due() == due


async def test_one_clock_that_was_ahead_moves_no_due_times_when_corrected(world: World) -> None:
    one = Machine(world.stores, world.clock)
    one.clock.at = world.clock.now()
    assert not await one.monitor.check(one.clock.now())
    due = world.stores.searches.next_due()
    assert not await one.monitor.check(one.clock.move(DAY))
    assert not await one.monitor.check(one.clock.move(-DAY))
    assert world.stores.searches.next_due() == due


async def test_due_times_move_back_once_if_all_clocks_were_ahead(world: World) -> None:
    machines = [Machine(world.stores, world.clock) for _ in range(3)]
    world.clock.move(DAY)
    await world.run_for(EVERY + MINUTE)
    for each in machines:
        each.clock.at = world.clock.now()
        assert not await each.monitor.check(each.clock.now())
    for each in machines:
        assert not await each.monitor.check(each.clock.move(-DAY)), "the server's clock is still ahead"
    now = world.clock.move(-DAY)
    assert [await each.monitor.check(each.clock.now()) for each in machines] == [True, False, False]
    due = world.stores.searches.next_due()
    assert due is not None
    assert now < due <= now + EVERY, "as far ahead as before, not at once"


async def test_a_single_lease_shows_that_all_clocks_were_ahead(
    stores: Stores, clock: FakeClock, machine: Machine
) -> None:
    await World(stores, clock).add("zenitar mk2", "below 51")
    assert not await machine.monitor.check(machine.clock.now())
    clock.move(DAY)
    assert not await machine.monitor.check(machine.clock.move(DAY))
    assert await stores.searches.claim_due(clock.now(), 1, "died", MESSAGE_LEASE_SECONDS)
    clock.move(-DAY)
    assert await machine.monitor.check(machine.clock.move(-DAY))
    assert not await stores.searches.claim_due(clock.now(), 1, "us", MESSAGE_LEASE_SECONDS)
    assert await stores.searches.claim_due(clock.move(5 * MINUTE), 1, "us", MESSAGE_LEASE_SECONDS)


# --- a real server, and a real clock --------------------------------------------------------------------


ELSEWHERE = "watcher 7@elsewhere"


class OffsetClock:
    """The real time plus `offset` seconds."""

    offset = 0.0

    def now(self) -> Instant:
        return Instant(time.time() + self.offset)


@asynccontextmanager
async def daemon(home: Path, url: str, market: MarketServer, clock: OffsetClock) -> AsyncIterator[App]:
    home.mkdir()
    config = home / "config.toml"
    config.write_text(
        f"""
state_dir = "{home}"
[database]
url = "{url}"
[ebay]
base_url = "{market.url}"
client_id = "{CLIENT_ID}"
client_secret = "{CLIENT_SECRET}"
[slack]
watch_webhook_url = "{market.webhook("watches")}"
ops_webhook_url = "{market.webhook("ops")}"
"""
    )
    async with App.opened(load_settings(config, {}), clock=clock) as app:
        yield app


async def run_loops(app: App, *names: str) -> None:
    """Run one round of each of these loops."""
    loops = {activity.name: activity for activity in wire_activities(app, app.presence(Reloads()))}
    for name in names:
        await loops[name].work(app.clock.now())
    await app.poller.settle()


@pytest.mark.parametrize("offset", [90.0, -90.0])
async def test_a_daemon_with_a_wrong_clock_pauses_and_reports_it(
    postgres_url: str, tmp_path: Path, offset: float
) -> None:
    goods, clock = Scripted(), OffsetClock()
    goods.put("zenitar mk2", summary("1", "Zenitar mk2 camera", "40.00"))
    async with (
        MarketServer(goods, clock=time.time) as market,
        daemon(
            tmp_path / "right", f"{postgres_url}&application_name={quote(ELSEWHERE)}", market, OffsetClock()
        ) as right,
        daemon(tmp_path / "wrong", postgres_url, market, clock) as ours,
    ):
        await right.registry.add({"query": "zenitar mk2", "below": "50"}, right.clock.now())
        (held,) = await right.stores.searches.claim_due(right.clock.now(), 1, "right", MINUTE)
        clock.offset = offset
        await run_loops(ours, "poll", "deliver", "clock", "judge")
        assert not market.calls
        why = web_dependencies(ours, lambda: "").not_ready()
        assert f"clock is 1 min 30 s {'ahead of' if offset > 0 else 'behind'}" in why
        assert why in (tmp_path / "wrong" / "alarms.txt").read_text()
        assert web_dependencies(right, lambda: "").not_ready() == ""

        await run_loops(right, "deliver")
        (message,) = market.messages
        assert ":clock-jump" in message.body["blocks"][0]["block_id"]
        assert "database server's" in message.body["text"]

        await right.stores.searches.release("right", [held.id])
        clock.offset = 0.0
        await run_loops(ours, "poll")
        assert web_dependencies(ours, lambda: "").not_ready() == ""
        assert not (tmp_path / "wrong" / "alarms.txt").exists()
        assert message_states(right.stores) == {"sent": 1, "pending": 1}, (
            "our daemon has polled and written an alert"
        )


async def test_a_single_postgres_daemon_trusts_its_clock_until_another_starts(
    postgres_url: str, tmp_path: Path
) -> None:
    clock = OffsetClock()
    async with (
        MarketServer(Scripted(), clock=time.time) as market,
        daemon(tmp_path / "alone", postgres_url, market, clock) as app,
    ):
        clock.offset = 90.0
        assert app.clock_monitor.is_trusted()
        with another(postgres_url, ELSEWHERE):
            assert not app.clock_monitor.is_trusted()


async def test_a_daemon_on_sqlite_always_trusts_its_clock(sqlite_url: str, tmp_path: Path) -> None:
    clock = OffsetClock()
    async with (
        MarketServer(Scripted(), clock=time.time) as market,
        daemon(tmp_path / "alone", sqlite_url, market, clock) as app,
    ):
        clock.offset = DAY
        assert app.clock_monitor.is_trusted()
        assert web_dependencies(app, lambda: "").not_ready() == ""
