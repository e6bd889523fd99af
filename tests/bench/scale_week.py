"""A simulated week of a daemon with many watches: `make bench-scale ARGS="--parts week"`.

The poller, the store, the planner, deliveries and housekeeping are the daemon's, in a process of their own
whose clock is advanced; the market is the local one. All searches are due from the first day on, so each day
spends the calls of a day. Plans of many searches are made at the pace of real time.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import create_engine, func, select, update

from tests import crash
from tests.bench.scale_places import DAILY_QUOTA, Place, installed, now
from watcher.core.cadence.windows import next_day_start
from watcher.core.times import DAY, Instant
from watcher.db.schema import searches

CALLS, DAYS = 5_000, 7


class Day(NamedTuple):
    """The end of a simulated day: bytes of memory and of the database, and what was done so far.

    `polled`: searches of that day alone; `cpu`: in seconds.
    """

    number: int
    memory: int
    size: int
    polls: int
    polled: int
    alerts: int
    cpu: float


async def days_of(at: Place, days: int = DAYS, calls: int = CALLS) -> AsyncIterator[Day]:
    """Yield the end of each simulated day: first the state before them, as day 0."""
    start = next_day_start(now())
    config = _configure(at, start, calls)
    size = at.compact_size()
    yield Day(0, 0, size, 0, 0, 0, 0.0)
    words = ("-m", "tests.bench.scale_days", str(config), str(start), str(days))
    pipes = {"stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    with (at.home / "log").open("wb") as log:
        async with crash.process(*words, stderr=log, env=installed(), **pipes) as child:
            assert child.stdin is not None
            assert child.stdout is not None
            while line := await child.stdout.readline():
                yield Day(*json.loads(line))._replace(size=at.compact_size())
                child.stdin.write(b"\n")  # it waits, so that its database can be measured
            assert await child.wait() == 0, (at.home / "log").read_text()[-2_000:]


def _configure(at: Place, start: Instant, calls: int) -> Path:
    """Make every search due in the first day, as planned; return a configuration with the calls of a day."""
    engine = create_engine(at.url)
    with engine.begin() as conn:
        number = conn.scalar(select(func.max(searches.c.id))) or 1
        conn.execute(update(searches).values(due_at=start + searches.c.id * (DAY / number), paced=True))
    engine.dispose()
    text = at.config.read_text().replace(f"daily_quota = {DAILY_QUOTA}", f"daily_quota = {calls}")
    config = at.home / "week.toml"
    config.write_text(text.replace('min_interval = "1h"', 'min_interval = "1m"'))
    return config
