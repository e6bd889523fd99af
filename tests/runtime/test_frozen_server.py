"""A Postgres server that freezes: it accepts connections and answers nothing."""

from __future__ import annotations

import asyncio
import os
import socket
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import httpx
import pytest

from tests import crash, postgres
from tests.daemons import LoggingMarket
from tests.market.rows import summary
from tests.market.server import MarketServer
from tests.postgres import Cluster, NoPostgres
from watcher.db.migrate import upgrade_schema

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
SOON, WATCHDOG, FROZEN = 5.0, 60.0, 30.0  # seconds


@pytest.fixture(params=["socket", "tcp"])
def server(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    try:
        with postgres.cluster(port=crash.free_port() if request.param == "tcp" else None) as made:
            yield made
    except NoPostgres as error:
        pytest.skip(str(error))


@dataclass
class ProbedDaemon:
    """A daemon process: the times of its signals to the watchdog, and the durations and answers of probes."""

    child: asyncio.subprocess.Process
    url: str
    fed: list[float] = field(default_factory=list)
    alive: list[float] = field(default_factory=list)
    ready: list[tuple[float, int, str]] = field(default_factory=list)

    async def listen(self, notify: socket.socket) -> None:
        loop = asyncio.get_running_loop()
        while True:
            if await loop.sock_recv(notify, 100) == b"WATCHDOG=1":
                self.fed.append(time.monotonic())

    async def probe(self, path: str) -> None:
        async with httpx.AsyncClient(base_url=self.url, timeout=60) as client:
            while True:
                began = time.monotonic()
                answer = await client.get(path)
                took = time.monotonic() - began
                if path == "/healthz":
                    self.alive.append(took)
                else:
                    self.ready.append((took, answer.status_code, answer.text))
                await asyncio.sleep(0.2)

    async def until_ready(self) -> None:
        async with asyncio.timeout(30):
            while not self.ready or self.ready[-1][1] != 200:
                await asyncio.sleep(0.1)

    async def end(self) -> float:
        """Stop the daemon; return the seconds it took."""
        began = time.monotonic()
        self.child.terminate()
        await self.child.wait()
        return time.monotonic() - began


@asynccontextmanager
async def watched(home: Path, config: Path) -> AsyncIterator[ProbedDaemon]:
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(home / "notify"))
    notify.setblocking(False)
    port = config.read_text().partition("port = ")[2].split()[0]
    env = {"NOTIFY_SOCKET": str(home / "notify"), "WATCHDOG_USEC": str(int(WATCHDOG * 1e6))}
    async with crash.process(
        *crash.watcher(config, "run"), env={**os.environ, **env}, stderr=asyncio.subprocess.PIPE
    ) as child:
        await crash.watching(child)
        assert child.stderr is not None
        made = ProbedDaemon(child, f"http://127.0.0.1:{port}")
        coroutines = (made.listen(notify), made.probe("/healthz"), made.probe("/readyz"), child.stderr.read())
        tasks = [asyncio.ensure_future(c) for c in coroutines]
        try:
            await made.until_ready()
            yield made
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            notify.close()


@pytest.fixture
async def market() -> AsyncIterator[MarketServer]:
    goods = LoggingMarket()
    for n in range(3):
        goods.put(crash.query(n), summary(f"v1|{n}|0", f"Zenitar mk{n} camera", "40.00"))
    async with MarketServer(goods, clock=time.time) as made:
        made.quota.limit = 1_000_000
        yield made


@pytest.fixture
async def config(server: Cluster, market: MarketServer, tmp_path: Path) -> Path:
    url = server.url(server.create())
    await asyncio.to_thread(upgrade_schema, url)
    path = crash.configure(tmp_path, market.url)
    text = path.read_text().replace(f"sqlite:///{tmp_path}/watcher.db", url)
    path.write_text(f'state_dir = "{tmp_path}"\n{text}')
    await crash.register(path, searches=3)
    return path


async def test_the_daemon_stays_alive_while_postgres_is_frozen(
    server: Cluster, config: Path, tmp_path: Path
) -> None:
    async with watched(tmp_path, config) as daemon:
        began = time.monotonic()
        with server.frozen():
            await asyncio.sleep(FROZEN)
        await asyncio.sleep(SOON)
        await daemon.until_ready()
        signals = [began, *daemon.fed, time.monotonic()]
        longest_gap = max(b - a for a, b in pairwise(signals))
        alive, ready = max(daemon.alive), max(took for took, _, _ in daemon.ready)
        print(f"\nhealthz {alive:.1f} s, readyz {ready:.1f} s, watchdog gap {longest_gap:.1f} s")
        assert max(alive, ready) < SOON
        assert longest_gap < WATCHDOG - 10
        assert any("no answer within 15 s" in text for _, status, text in daemon.ready if status == 503)
        assert await daemon.end() < SOON
        assert daemon.child.returncode == 0


@pytest.mark.parametrize("after", [0.5, 20.0])
async def test_sigterm_ends_the_daemon_while_postgres_is_frozen(
    server: Cluster, config: Path, tmp_path: Path, after: float
) -> None:
    async with watched(tmp_path, config) as daemon:
        with server.frozen():
            await asyncio.sleep(after)
            async with asyncio.timeout(60):
                took = await daemon.end()
        print(f"\nended within {took:.1f} s")
        assert took < SOON
        assert daemon.child.returncode == 1
