"""The heartbeat and the watchdog are fed by work that ends: a timer alone would feed a dead daemon."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from tests.fakes import FakeClock, Ledger
from tests.runtime.test_job_loops import Ticks
from watcher.adapters.host.systemd import Systemd
from watcher.adapters.outbound.heartbeat import Heartbeat
from watcher.core.times import Instant, Seconds
from watcher.demo.scripted import Scripted
from watcher.demo.server import DemoServer
from watcher.monitoring.database_monitor import DATABASE_ALARM as DATABASE
from watcher.runtime.job_loops import Activity, Daemon
from watcher.runtime.lifecycle import _beat, _feed, unhurried

EVERY = Seconds(0.1)


class Watched:
    """A daemon of one loop, and how often each of its watchers was fed."""

    def __init__(self, receiver: DemoServer, notify: socket.socket) -> None:
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

    async def until(self, what: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not what():
                await asyncio.sleep(0.02)


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
) -> AsyncIterator[Watched]:
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(home / "notify"))
    notify.setblocking(False)
    ticks, over = Ticks(), asyncio.Event()
    daemon = Daemon([Activity(name, work, Seconds(0.02), stuck=stuck)], ticks, FakeClock())
    async with DemoServer(Scripted(), clock=FakeClock().now) as receiver:
        heartbeat = Heartbeat(receiver.url + "/heartbeat", Ledger(), Seconds(1.0))
        systemd = Systemd({"NOTIFY_SOCKET": str(home / "notify")})
        works = (
            daemon.run(over),
            _beat(daemon, heartbeat, EVERY, lambda: trouble),
            _feed(daemon, systemd, EVERY, lambda: trouble),
            _tick(ticks),
        )
        tasks = [asyncio.ensure_future(w) for w in works]
        yield Watched(receiver, notify)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    notify.close()


async def test_an_idle_daemon_works_for_its_rounds_end(tmp_path: Path) -> None:
    async def nothing_is_due(_: Instant) -> None:
        """A round without work is a round."""

    async with watched(tmp_path, nothing_is_due) as daemon:
        await daemon.until(lambda: daemon.beats >= 3 and daemon.fed >= 3)


async def test_a_round_that_hangs_stops_both(tmp_path: Path) -> None:
    hang = asyncio.Event()

    async def work(_: Instant) -> None:
        if hang.is_set():
            await asyncio.Event().wait()

    async with watched(tmp_path, work) as daemon:
        await daemon.until(lambda: daemon.beats >= 1 and daemon.fed >= 1)
        hang.set()
        await asyncio.sleep(4 * EVERY)
        before = daemon.beats, daemon.fed
        await asyncio.sleep(4 * EVERY)
        assert (daemon.beats, daemon.fed) == before


async def test_polls_that_hang_behind_their_rounds_stop_both_until_they_end(tmp_path: Path) -> None:
    hang = asyncio.Event()

    async def claim(_: Instant) -> None:
        """The rounds go on: there is just no room for another poll."""

    async with watched(tmp_path, claim, stuck=hang.is_set) as daemon:
        await daemon.until(lambda: daemon.beats >= 1 and daemon.fed >= 1)
        hang.set()
        await asyncio.sleep(EVERY)
        before = daemon.beats, daemon.fed
        await asyncio.sleep(4 * EVERY)
        assert (daemon.beats, daemon.fed) == before
        hang.clear()
        await daemon.until(lambda: daemon.beats > before[0] and daemon.fed > before[1])


async def test_rounds_that_fail_stop_the_heartbeat_and_feed_the_watchdog(tmp_path: Path) -> None:
    async def fail(_: Instant) -> None:
        raise RuntimeError("the database is gone")

    async with watched(tmp_path, fail) as daemon:
        await daemon.until(lambda: daemon.fed >= 4)
        assert daemon.beats <= 1  # one, if the first round had not been missed yet


async def test_who_cannot_work_though_its_rounds_end_is_missed_by_the_heartbeat_alone(tmp_path: Path) -> None:
    async def nothing_may_be_done(_: Instant) -> None:
        """A clock that differs."""

    async with watched(tmp_path, nothing_may_be_done, trouble="This machine's clock is behind.") as daemon:
        await daemon.until(lambda: daemon.fed >= 4)
        assert daemon.beats == 0


async def test_rounds_that_wait_for_a_database_in_trouble_feed_the_watchdog_alone(tmp_path: Path) -> None:
    async def wait(_: Instant) -> None:
        await asyncio.Event().wait()

    async with watched(tmp_path, wait, trouble="no answer within 15 s") as daemon:
        await daemon.until(lambda: daemon.fed >= 4)
        assert daemon.beats == 0


async def test_who_should_say_that_the_database_is_in_trouble_must_go_round(tmp_path: Path) -> None:
    async def wait(_: Instant) -> None:
        await asyncio.Event().wait()

    async with watched(tmp_path, wait, name=DATABASE, trouble="no answer within 15 s") as daemon:
        await asyncio.sleep(4 * EVERY)
        before = daemon.fed
        await asyncio.sleep(4 * EVERY)
        assert daemon.fed == before


async def test_systemd_is_asked_for_more_time_as_long_as_a_large_database_is_looked_through(
    tmp_path: Path,
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
        notify.bind(str(tmp_path / "notify"))
        notify.setblocking(False)
        said = asyncio.get_running_loop().sock_recv
        async with unhurried(Systemd({"NOTIFY_SOCKET": str(tmp_path / "notify")}), Seconds(0.01)):
            for _ in range(3):
                assert await said(notify, 100) == b"EXTEND_TIMEOUT_USEC=30000"
