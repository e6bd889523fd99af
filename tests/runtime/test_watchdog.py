"""The heartbeat and the watchdog depend on rounds that end, not on a timer alone."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.fakes import FakeClock, RecordingMeter
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.runtime.test_job_loops import Ticks
from tests.virtual import in_simulated_time_over_sockets
from tests.waiting import until
from watcher.adapters.host.systemd import Systemd
from watcher.adapters.outbound.heartbeat import Heartbeat
from watcher.core.times import Instant, Seconds
from watcher.monitoring.database_monitor import DATABASE_ALARM as DATABASE
from watcher.runtime.job_loops import Activity, Daemon
from watcher.runtime.lifecycle import _feed_watchdog, _send_heartbeats, extended_start

EVERY = Seconds(0.1)


class WatchedDaemon:
    """A daemon of one loop, with counts of its heartbeats and of its signals to the watchdog."""

    def __init__(self, receiver: MarketServer, notify: socket.socket) -> None:
        self._receiver, self._notify = receiver, notify
        self._fed = 0

    @property
    def beats(self) -> int:
        return self._receiver.heartbeats

    @property
    def fed(self) -> int:
        try:
            while True:
                assert self._notify.recv(100) == b"WATCHDOG=1"
                self._fed += 1
        except BlockingIOError:
            return self._fed


async def _tick(ticks: Ticks) -> None:
    while True:
        await ticks.tick()


@asynccontextmanager
async def watched(
    home: Path,
    work: Callable[[Instant], Awaitable[object]],
    stuck: Callable[[], bool] = lambda: False,
    *,
    name: str = "poll",
    trouble: str = "",
) -> AsyncIterator[WatchedDaemon]:
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(home / "notify"))
    notify.setblocking(False)
    ticks, stop = Ticks(), asyncio.Event()
    daemon = Daemon([Activity(name, work, Seconds(0.02), stuck=stuck)], ticks, FakeClock())
    async with MarketServer(Scripted(), clock=FakeClock().now) as receiver:
        heartbeat = Heartbeat(receiver.url + "/heartbeat", RecordingMeter(), Seconds(1.0))
        systemd = Systemd({"NOTIFY_SOCKET": str(home / "notify")})
        coroutines = (
            daemon.run(stop),
            _send_heartbeats(daemon, heartbeat, EVERY, lambda: trouble),
            _feed_watchdog(daemon, systemd, EVERY, lambda: trouble),
            _tick(ticks),
        )
        tasks = [asyncio.ensure_future(c) for c in coroutines]
        yield WatchedDaemon(receiver, notify)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    notify.close()


@in_simulated_time_over_sockets
async def test_a_daemon_without_work_counts_as_working(tmp_path: Path) -> None:
    async def do_nothing(_: Instant) -> None:
        """End at once."""

    async with watched(tmp_path, do_nothing) as daemon:
        await until(lambda: daemon.beats >= 3 and daemon.fed >= 3)


@in_simulated_time_over_sockets
async def test_a_hanging_round_stops_heartbeat_and_watchdog(tmp_path: Path) -> None:
    hang = asyncio.Event()

    async def work(_: Instant) -> None:
        if hang.is_set():
            await asyncio.Event().wait()

    async with watched(tmp_path, work) as daemon:
        await until(lambda: daemon.beats >= 1 and daemon.fed >= 1)
        hang.set()
        await asyncio.sleep(4 * EVERY)
        before = daemon.beats, daemon.fed
        await asyncio.sleep(4 * EVERY)
        assert (daemon.beats, daemon.fed) == before


@in_simulated_time_over_sockets
async def test_hanging_polls_stop_heartbeat_and_watchdog(tmp_path: Path) -> None:
    hang = asyncio.Event()

    async def claim(_: Instant) -> None:
        """End at once: rounds go on while there is no room for another poll."""

    async with watched(tmp_path, claim, stuck=hang.is_set) as daemon:
        await until(lambda: daemon.beats >= 1 and daemon.fed >= 1)
        hang.set()
        await asyncio.sleep(EVERY)
        before = daemon.beats, daemon.fed
        await asyncio.sleep(4 * EVERY)
        assert (daemon.beats, daemon.fed) == before
        hang.clear()
        await until(lambda: daemon.beats > before[0] and daemon.fed > before[1])


@in_simulated_time_over_sockets
async def test_failing_rounds_stop_the_heartbeat_and_feed_the_watchdog(tmp_path: Path) -> None:
    async def fail(_: Instant) -> None:
        raise RuntimeError("the database is gone")

    async with watched(tmp_path, fail) as daemon:
        await until(lambda: daemon.fed >= 4)
        assert daemon.beats <= 1  # at most the first, before the failures count


@in_simulated_time_over_sockets
async def test_trouble_stops_the_heartbeat_and_feeds_the_watchdog(tmp_path: Path) -> None:
    async def do_nothing(_: Instant) -> None:
        """End at once, because the clock is wrong."""

    async with watched(tmp_path, do_nothing, trouble="This machine's clock is behind.") as daemon:
        await until(lambda: daemon.fed >= 4)
        assert daemon.beats == 0


@in_simulated_time_over_sockets
async def test_waiting_for_the_database_feeds_the_watchdog_alone(tmp_path: Path) -> None:
    async def wait(_: Instant) -> None:
        await asyncio.Event().wait()

    async with watched(tmp_path, wait, trouble="no answer within 15 s") as daemon:
        await until(lambda: daemon.fed >= 4)
        assert daemon.beats == 0


@in_simulated_time_over_sockets
async def test_a_stalled_database_monitor_stops_the_watchdog(tmp_path: Path) -> None:
    stall = asyncio.Event()

    async def probe(_: Instant) -> None:
        if stall.is_set():
            await asyncio.Event().wait()

    async with watched(tmp_path, probe, name=DATABASE, trouble="no answer within 15 s") as daemon:
        await until(lambda: daemon.fed >= 1)
        stall.set()
        await asyncio.sleep(4 * EVERY)
        before = daemon.fed
        await asyncio.sleep(4 * EVERY)
        assert daemon.fed == before


async def test_the_start_timeout_is_extended_during_long_checks(
    tmp_path: Path,
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.setblocking(False)
        receive = asyncio.get_running_loop().sock_recv
        async with extended_start(Systemd({"NOTIFY_SOCKET": str(tmp_path / "notify")}), Seconds(0.01)):
            for _ in range(3):
                assert await receive(notify, 100) == b"EXTEND_TIMEOUT_USEC=30000"
