"""`python -m tests.bench.sizes`: how large a machine has to be.

A real daemon polls so many searches once against a market in this process; its memory is what the kernel
says it took at most, its CPU what the kernel charged it for the round, comps included.
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
from watcher.core.resilience.quota import usable_calls
from watcher.core.times import DAY, Instant, Seconds, in_words
from watcher.demo.source import HOME, DemoRow

SEARCHES = (100, 2_000, 10_000)
ROWS = 100
QUOTA = 5_000
# The kernel counts CPU in these.
_TICKS = os.sysconf("SC_CLK_TCK")
_MEGABYTE = 1e6


class Shelves:
    """A market in which every query finds so many listings, the same ones each time."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def search(self, query: str, now: Instant, marketplace: str = HOME) -> Sequence[DemoRow]:
        """The listings of this query."""
        del now, marketplace
        self.asked.add(query)
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

    def sold(self, query: str, now: Instant, marketplace: str = HOME) -> Sequence[DemoRow]:
        """Nothing."""
        del query, now, marketplace
        return []


class Size(NamedTuple):
    """Searches; bytes of memory at most and of the database; seconds of CPU a poll and of the first round."""

    searches: int
    memory: float
    database: float
    cpu: float
    round: float


async def measure(home: Path, searches: int) -> Size:
    """Let a daemon with a database of its own poll so many searches once."""
    goods = Shelves()
    async with MarketServer(goods, clock=time.time) as market:
        market.quota.limit = 100_000_000
        config = crash.configure(home, market.url, 10)
        config.write_text(config.read_text().replace("daily_quota = 1000000", "daily_quota = 100000000"))
        rows = [f"zenitar mk{n} camera,below 20 USD,1h,d{n % 10}" for n in range(searches)]
        file = home / "watches.csv"
        file.write_text("\n".join(["query,rule,every,to", *rows]))
        words = crash.watcher(config, "watch", "import", str(file))
        async with crash.process(*words, stdout=asyncio.subprocess.DEVNULL) as child:
            assert await child.wait() == 0
        goods.asked.clear()
        with (home / "log").open("wb") as log:
            async with crash.process(*crash.watcher(config, "run"), stderr=log) as daemon:
                await _said(home, b" watching", 1)
                begun, started = time.monotonic(), _cpu(daemon.pid)
                await _said(home, b" polled ", searches)
                took = time.monotonic() - begun
                memory, cpu = _most_memory(daemon.pid), _cpu(daemon.pid) - started
                daemon.terminate()  # which leaves no log beside the database
                assert await daemon.wait() == 0
        assert len(goods.asked) == searches
    return Size(searches, memory, (home / "watcher.db").stat().st_size, cpu / searches, took)


async def _said(home: Path, words: bytes, times: int) -> None:
    while (home / "log").read_bytes().count(words) < times:
        await asyncio.sleep(0.1)  # another process writes it


def _most_memory(pid: int) -> float:
    lines = dict(line.split(":", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines())
    return float(lines["VmHWM"].split()[0]) * 1024


def _cpu(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def row(size: Size) -> str:
    """One line of the table."""
    every = in_words(Seconds(DAY * size.searches / usable_calls(QUOTA, interactive=False)))
    return (
        f"| {size.searches:,} | {size.memory / _MEGABYTE:.0f} MB | {size.database / _MEGABYTE:.0f} MB "
        f"| {size.cpu * 1000:.1f} ms | {size.round:.0f} s | {every} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("searches", type=int, nargs="*", default=SEARCHES)
    print(
        f"{ROWS} listings a search, a new database for each line\n\n"
        "| searches | memory | database after the first round | CPU a poll | first round "
        f"| with {QUOTA:,} calls a day each is polled every |\n|---|---|---|---|---|---|"
    )
    for searches in parser.parse_args().searches:
        with TemporaryDirectory(prefix="watcher-size") as home:
            print(row(asyncio.run(measure(Path(home), searches))), flush=True)


if __name__ == "__main__":
    main()
