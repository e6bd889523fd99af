"""`python -m tests.bench.sizes`: the memory, disk space and CPU that a daemon needs.

A real daemon polls all searches once against a market in this process. Its peak memory and the CPU time of
the round, comps included, are those that the kernel reports.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests import crash
from tests.market.rows import summary
from tests.market.server import MarketServer
from watcher.core.resilience.quota import poll_bound
from watcher.core.times import DAY, Instant, Seconds, in_words
from watcher.demo.source import HOME, DemoRow

SEARCHES = (100, 2_000, 10_000)
ROWS = 100  # listings per search
QUOTA = 5_000  # calls per day
_TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")  # unit of the kernel's CPU counters
_MEGABYTE = 1e6


class UnchangingMarket:
    """A market in which every query finds the same `ROWS` listings each time."""

    def __init__(self) -> None:
        self.queries: set[str] = set()

    def search(self, query: str, now: Instant, marketplace: str = HOME) -> Sequence[DemoRow]:
        """Return the listings of this query."""
        del now, marketplace
        self.queries.add(query)
        dice = Random(query)
        number = dice.randrange(10**9)
        return [
            summary(
                f"v1|{number}{n:03}|0",
                f"{query} with lens, strap and cap, serial no {dice.randrange(10**6)}",
                f"{dice.gauss(200, 30):.2f}",
            )
            for n in range(ROWS)
        ]


class Size(NamedTuple):
    """One measurement: `memory` and `database` in bytes, `cpu` seconds per poll, `round` seconds for all."""

    searches: int
    memory: float
    database: float
    cpu: float
    round: float


async def measure(home: Path, searches: int) -> Size:
    """Let a daemon with a new database poll `searches` searches once."""
    source = UnchangingMarket()
    async with MarketServer(source, clock=time.time) as market:
        market.quota.limit = 100_000_000
        config = crash.configure(home, market.url, 10)
        config.write_text(config.read_text().replace("daily_quota = 1000000", "daily_quota = 100000000"))
        rows = [f"zenitar mk{n} camera,below 20 USD,1h,d{n % 10}" for n in range(searches)]
        file = home / "watches.csv"
        file.write_text("\n".join(["query,rule,every,to", *rows]))
        words = crash.watcher(config, "watch", "import", str(file))
        async with crash.process(*words, stdout=asyncio.subprocess.DEVNULL) as child:
            assert await child.wait() == 0
        source.queries.clear()
        with (home / "log").open("wb") as log:
            async with crash.process(*crash.watcher(config, "run"), stderr=log) as daemon:
                await _wait_for_log(home, b" watching", 1)
                begun, started = time.monotonic(), _cpu_seconds(daemon.pid)
                await _wait_for_log(home, b" polled ", searches)
                took = time.monotonic() - begun
                memory, cpu = _peak_memory(daemon.pid), _cpu_seconds(daemon.pid) - started
                daemon.terminate()  # a clean end removes the write-ahead log
                assert await daemon.wait() == 0
        assert len(source.queries) == searches
    return Size(searches, memory, (home / "watcher.db").stat().st_size, cpu / searches, took)


async def _wait_for_log(home: Path, words: bytes, times: int) -> None:
    while (home / "log").read_bytes().count(words) < times:
        await asyncio.sleep(0.1)  # written by another process


def _peak_memory(pid: int) -> float:
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return float(lines["VmHWM"].split()[0]) * 1024


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_PER_SECOND


def row(size: Size) -> str:
    """Return one row of the table."""
    every = in_words(Seconds(DAY * size.searches / poll_bound(QUOTA)))
    return (
        f"| {size.searches:,} | {size.memory / _MEGABYTE:.0f} MB | {size.database / _MEGABYTE:.0f} MB "
        f"| {size.cpu * 1000:.1f} ms | {size.round:.0f} s | {every} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("searches", type=int, nargs="*", default=SEARCHES)
    print(
        f"{ROWS} listings per search, a new database for each row\n\n"
        "| searches | peak memory | database after the first round | CPU per poll | first round "
        f"| poll interval with {QUOTA:,} calls per day |\n|---|---|---|---|---|---|"
    )
    for searches in parser.parse_args().searches:
        with TemporaryDirectory(prefix="watcher-size") as home:
            print(row(asyncio.run(measure(Path(home), searches))), flush=True)


if __name__ == "__main__":
    main()
