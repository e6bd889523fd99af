"""The poller and the store make the same polls as the loop in memory: `make bench-quota PART=real`.

Both serve the same market, with one watch per unit of a search's weight, on a simulated clock. All items cost
the same, less than what the watches wait for, so they are matches and no bargains. Nothing is sent.
"""

from __future__ import annotations

import asyncio
import logging
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.quota_loop import START, Loop, next_tick
from tests.bench.quota_market import PAGE, Market, Setting, build_market
from tests.fakes import FakeClock, FakeMarket, listing
from tests.trips import trip_over
from watcher.core.cadence.call_plan import CallPlan, Objective
from watcher.core.cadence.windows import day_start
from watcher.core.listing import Ask, Snapshot
from watcher.core.times import DAY, Instant, Seconds
from watcher.core.watch_input import Defaults
from watcher.db.housekeeping import RetentionPeriods
from watcher.db.migrate import upgrade_schema
from watcher.db.stores import Stores
from watcher.polling.planning import PLAN_EVERY
from watcher.watches.registry import Registry

SETTING = Setting(searches=1_000, life=2 / 24, seed=1, days=7)
CALLS = 4500
_RULE = "below 60 USD"  # items cost 50
_MONTH = Seconds(30 * DAY)

Poll = tuple[int, float]
"""The number of a search, from 0, and the seconds since the start."""


class ServedMarket(FakeMarket):
    """The market of the loop, as a source of listings; it notes which search asked when."""

    def __init__(self, clock: FakeClock, market: Market) -> None:
        super().__init__(clock)
        self.queries = {_query(i): i for i in range(market.setting.searches)}
        self.offered = market.items
        self.polls: list[Poll] = []
        self.calls: Counter[Instant] = Counter()
        self._first = [0] * market.setting.searches  # item that may still be there

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        del interactive, within
        now, i = self.clock.now(), self.queries[ask.query]
        day = (now - START) / DAY
        self.polls.append((i, now - START))
        self.calls[day_start(now)] += 1
        items, first = self.offered[i], self._first[i]
        while first < len(items) and items[first].ends <= day:
            first += 1
        self._first[i], place, there = first, first, []
        while place < len(items) and items[place].born <= day:
            if items[place].ends > day:
                there.append((place, items[place].born))
            place += 1
        shown = tuple(
            listing(i * 1_000_000 + number, title=ask.query, created_at=Instant(START + born * DAY))
            for number, born in there[-PAGE:]
        )
        return Snapshot(shown, now, len(there), len(there) <= PAGE, len(shown))


def _query(i: int) -> str:
    """Return the words that search `i` asks for: letters, because numbers mean quantities and models."""
    letters = ""
    for _ in range(3):
        i, digit = divmod(i, 26)
        letters += chr(ord("a") + digit)
    return f"zenitar {letters}q camera"


def loop_polls(market: Market, calls: int) -> Sequence[Poll]:
    """Return the polls of the loop in memory that plans as often as the daemon."""
    loop = Loop(market, calls, Objective.ALIVE, plan_every=PLAN_EVERY, is_bargain=False)
    loop.run(market.setting.days)
    return [(i, at - START) for i, at in loop.asked]


async def real_polls(market: Market, calls: int, folder: Path) -> Sequence[Poll]:
    """Return the polls of the poller over a new SQLite database."""
    url = f"sqlite:///{folder / 'real'}.db"
    upgrade_schema(url)
    clock = FakeClock(START)
    served = ServedMarket(clock, market)
    stores = Stores.opened(url, RetentionPeriods(_MONTH, Seconds(365 * DAY), _MONTH))
    try:
        trip = trip_over(stores, clock, served, concurrency=market.setting.searches)
        trip.calls.expected = calls
        registry = Registry(stores.watches, Defaults("EBAY_US"), lambda: CallPlan(budget=float(calls)))
        drafts = ({"query": _query(i), "rule": _RULE} for i in range(market.setting.searches))
        weighted = zip(map(registry.parse, drafts), market.truth.weights.tolist(), strict=True)
        await registry.add_all([watch for watch, weight in weighted for _ in range(round(weight))], START)
        while (now := clock.now()) < START + market.setting.days * DAY:
            trip.calls.left = calls - served.calls[day_start(now)]
            await trip.poller.tick(now)
            await trip.poller.settle()
            clock.at = next_tick(now, trip.poller.next_poll(now))
    finally:
        stores.close()
    return served.polls


def real_figures(setting: Setting = SETTING, calls: int = CALLS) -> Mapping[str, Any]:
    """Return how many polls both make, how many are the same up to the first difference, and the times."""
    market = build_market(setting)
    began = time.perf_counter()
    mine = loop_polls(market, calls)
    looped = time.perf_counter()
    # Each poll waits for the disk to have stored it, unless the database is in memory.
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        theirs = asyncio.run(real_polls(market, calls, Path(folder)))
    pairs = zip(mine, theirs, strict=False)
    same = next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(mine), len(theirs)))
    return {
        "searches": setting.searches,
        "days": setting.days,
        "seed": setting.seed,
        "loop": len(mine),
        "poller": len(theirs),
        "same": same,
        "first": [polls[same] if same < len(polls) else None for polls in (mine, theirs)],
        "seconds": [round(looped - began, 1), round(time.perf_counter() - looped, 1)],
    }


def real_table(figures: Mapping[str, Any]) -> str:
    """Return the figures as text, and whether all polls are the same."""
    is_same = figures["same"] == figures["loop"] == figures["poller"] > 0
    looped, polled = figures["seconds"]
    size = f"{figures['searches']:,} searches, {figures['days']} days, seed {figures['seed']}"
    times = (
        f"{figures['poller']:,} polls in {polled:g} s; the loop in memory {figures['loop']:,} in {looped:g} s"
    )
    lines = [f"the real poller and store, {size}", f"  {times}"]
    if not is_same:
        for name, poll in zip(("loop", "poller"), figures["first"], strict=True):
            what = f"search {poll[0]} after {poll[1]:,.0f} s" if poll else "no more polls"
            lines.append(f"  first difference, poll {figures['same']:,}: the {name} makes {what}")
    return "\n".join([*lines, f"  the same polls at the same instants: {'PASS' if is_same else 'MISSED'}"])


if __name__ == "__main__":
    logging.disable(logging.WARNING)
    print(real_table(real_figures()))
