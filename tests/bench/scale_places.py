"""Installations for the benchmark of many watches: the database, the market and the daemon's process."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit
from urllib.request import urlopen

import uvloop
from sqlalchemy import create_engine

from tests import crash
from tests.bench.bench_server import Market, serve
from tests.market.rows import summary
from tests.postgres import cluster
from watcher.core.times import Instant
from watcher.db.migrate import upgrade_schema

ROWS = 50  # listings per answer, as in `make bench`
DAILY_QUOTA = 100_000_000  # so that the quota holds nothing back: 100 polls/s are 8,640,000 a day
SQLITE, POSTGRES = "sqlite", "postgres"
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")  # unit of the kernel's CPU counters
_CHANGES_AFTER = 10  # answers to the same query share all but one in ten listings with the one before


class Place(NamedTuple):
    """An installation: its directory, configuration and database."""

    home: Path
    config: Path
    url: str
    port: int
    market_port: int

    @property
    def backend(self) -> str:
        """The kind of the database."""
        return SQLITE if self.url.startswith("sqlite") else POSTGRES

    def size(self) -> int:
        """Return the bytes of the database."""
        if self.backend == SQLITE:
            return sum(p.stat().st_size for p in self.home.glob("watcher.db*"))
        engine = create_engine(self.url)
        with engine.connect() as conn:
            size = int(conn.exec_driver_sql("SELECT pg_database_size(current_database())").scalar_one())
        engine.dispose()
        return size

    def compact_size(self) -> int:
        """Return the same once the log of an embedded database is written to its file."""
        if self.backend == SQLITE:
            with closing(sqlite3.connect(self.home / "watcher.db")) as conn:
                conn.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return self.size()


class AnyMarket(Market):
    """A market that answers every query with `ROWS` listings, of which a tenth is new at each call."""

    def __init__(self) -> None:
        super().__init__((), 0)
        dice = Random(7)
        self._rows = [
            json.dumps(
                summary(
                    f"v1|NUMBER{n:02}|0",
                    f"QUERY with lens, strap and cap, serial no {dice.randrange(10**6)}",
                    f"{dice.gauss(200, 30):.2f}",
                )
            ).encode()
            for n in range(ROWS)
        ]
        self._asked: Counter[str] = Counter()

    def _search(self, target: str) -> bytes:
        query = " ".join(parse_qs(urlsplit(target).query).get("q", [""])[0].split())
        call, first = self._asked[query], Random(query).randrange(10**8, 10**9)
        self._asked[query] += 1
        rows = []
        for n, row in enumerate(self._rows):
            number = first + n * 1_000 + (call + n) // _CHANGES_AFTER
            rows.append(row.replace(b"NUMBER", b"%d" % number).replace(b"QUERY", query.encode()))
        body = b'{"total":%d,"limit":200,"offset":0,"itemSummaries":[%s]}' % (ROWS, b",".join(rows))
        head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
        return head % len(body) + body


@contextmanager
def place(backend: str, market_port: int) -> Iterator[Place]:
    """Make an installation with an empty database."""
    with TemporaryDirectory(prefix="watcher-scale") as directory:
        home = Path(directory)
        if backend == SQLITE:
            yield _configured(home, f"sqlite:///{home}/watcher.db", market_port)
            return
        # A server as it is installed: with its defaults, and every commit on the disk.
        with cluster(safe=True) as server:
            yield _configured(home, server.url(server.create()), market_port)


def _configured(home: Path, url: str, market_port: int) -> Place:
    config, port = home / "config.toml", crash.free_port()
    market = f"http://127.0.0.1:{market_port}"
    config.write_text(
        f"""state_dir = "{home}"
[database]
url = "{url}"
[http]
port = {port}
[ebay]
base_url = "{market}"
client_id = "bench"
client_secret = "bench"
daily_quota = {DAILY_QUOTA}
[slack]
watch_webhook_url = "{market}/services/watches"
[polling]
min_interval = "1h"
"""
    )
    upgrade_schema(url)
    return Place(home, config, url, port, market_port)


def installed() -> dict[str, str]:
    """Return the environment of an installation, whose modules are compiled already, in a cache of this run.

    To compile them at each start takes a third of a second.
    """
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return kept | {"PYTHONPYCACHEPREFIX": _compiled().name}


@cache
def _compiled() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="watcher-bytecode")


async def compile_modules(at: Place) -> None:
    """Load what most commands load, so that a later process finds it compiled."""
    words = crash.watcher(at.config, "watch", "list")
    async with crash.process(*words, stdout=asyncio.subprocess.DEVNULL, env=installed()) as child:
        assert await child.wait() == 0


@asynccontextmanager
async def market_process() -> AsyncIterator[int]:
    """Run the market in a process of its own; yield its port."""
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    async with crash.process("-m", "tests.bench.scale_places", **pipes) as child:
        assert child.stdout is not None
        yield int(json.loads(await child.stdout.readline())["port"])


class RunningDaemon(NamedTuple):
    """A daemon's process, and the seconds from its start until it was ready."""

    pid: int
    ready_after: float

    def memory(self) -> int:
        """Return the resident bytes now."""
        return resident(self.pid)

    def peak_memory(self) -> int:
        """Return the largest number of resident bytes so far."""
        return _status(self.pid, "VmHWM")

    def cpu_seconds(self) -> float:
        """Return the CPU time so far."""
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND


@asynccontextmanager
async def daemon(at: Place) -> AsyncIterator[RunningDaemon]:
    """Run the daemon until the block ends."""
    begun = time.monotonic()
    with (at.home / "log").open("wb") as log:
        async with crash.process(*crash.watcher(at.config, "run"), stderr=log, env=installed()) as child:
            while not _is_ready(at.port):
                assert child.returncode is None, (at.home / "log").read_text()[-2_000:]
                await asyncio.sleep(0.01)  # another process makes it ready
            yield RunningDaemon(child.pid, time.monotonic() - begun)
            child.terminate()
            await child.wait()


def _is_ready(port: int) -> bool:
    with suppress(OSError), urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1) as answer:
        return bool(answer.status == 200)
    return False


def resident(pid: int | str = "self") -> int:
    """Return the resident bytes of a process, by default of this one."""
    return _status(pid, "VmRSS")


def _status(pid: int | str, name: str) -> int:
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return int(lines[name].split()[0]) * 1024


class LagListener(asyncio.DatagramProtocol):
    """Receives StatsD's datagrams and keeps every due-time lag, in seconds."""

    def __init__(self) -> None:
        self.lags: list[float] = []

    def datagram_received(self, data: bytes, addr: Any) -> None:
        del addr
        for line in data.decode().splitlines():
            name, _, value = line.partition(":")
            if name.endswith("poll.lag"):
                self.lags.append(float(value.partition("|")[0]) / 1000)


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[LagListener, int]]:
    """Yield a listener and its UDP port."""
    loop = asyncio.get_running_loop()
    transport, listener = await loop.create_datagram_endpoint(
        LagListener, local_addr=("127.0.0.1", 0), family=socket.AF_INET
    )
    try:
        yield listener, transport.get_extra_info("sockname")[1]
    finally:
        transport.close()


def now() -> Instant:
    """Return the present instant."""
    return Instant(time.time())


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        uvloop.run(serve(AnyMarket(), int(sys.argv[1]) if len(sys.argv) > 1 else 0))
