"""Several real daemons on one real Postgres, a market, a Slack sink, and a hand that disturbs them at random.

The judges are independent of the daemons: the sink's log of what Slack took, and the market's log of what was
asked. A second delivery of one alert is admitted only where, between Slack's yes and the commit, a daemon was
killed, was frozen for longer than a lease, or the database went out of reach.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from tests import crash
from tests.postgres import Cluster
from watcher.core.resilience.quota import usable_calls
from watcher.core.times import Instant
from watcher.delivery.dispatcher import MESSAGE_LEASE_SECONDS
from watcher.demo.scripted import Scripted
from watcher.demo.server import DemoServer
from watcher.demo.source import HOME, DemoRow
from watcher.demo.summary import summary

# So many that none ever has more items than one answer of the market holds.
SEARCHES = 20
# Seconds by which the log of the sink may be late, and within which a yes of Slack is committed at worst.
LATE, NOTED = 3.0, 10.0


class Trouble(NamedTuple):
    """What was done to whom, from when to when."""

    what: str
    since: float
    until: float


@dataclass
class Verdict:
    """What was found; `lost`, `told_twice` and `unexcused` empty is a pass."""

    expected: int
    deliveries: int
    troubles: dict[str, int]
    polls: int = 0
    used: int = 0
    lost: list[str] = field(default_factory=list)
    told_twice: list[str] = field(default_factory=list)
    unexcused: list[str] = field(default_factory=list)
    excused: list[str] = field(default_factory=list)


class Shared(NamedTuple):
    """How a fleet polled everything once: seconds to import, polls a second, what came twice, who polled."""

    importing: float
    throughput: float
    polled_twice: list[str]
    told_twice: int
    shares: list[int]


@dataclass
class Fleet:
    """Daemons that share a database, each with a home of its own."""

    configs: list[Path]
    children: list[asyncio.subprocess.Process | None]
    began: list[int]  # where in its log the present life of each begins

    async def start(self, number: int) -> None:
        log = (self.configs[number].parent / "log").open("ab")
        self.began[number] = log.tell()
        self.children[number] = await asyncio.create_subprocess_exec(
            sys.executable, *crash.watcher(self.configs[number], "run"), stderr=log
        )
        log.close()

    async def watching(self, number: int) -> None:
        """Wait until one says that it watches, or has ended."""
        child = self.children[number]
        while child is not None and child.returncode is None and not self._says(number, " watching"):
            await asyncio.sleep(0.05)  # another process writes the log

    def _says(self, number: int, words: str) -> bool:
        log = (self.configs[number].parent / "log").read_bytes()
        return words.encode() in log[self.began[number] :]

    async def kill(self, number: int) -> None:
        child = self.children[number]
        if child is not None and child.returncode is None:
            child.send_signal(signal.SIGCONT)
            child.kill()
            await child.wait()

    async def freeze(self, number: int, seconds: float) -> None:
        child = self.children[number]
        assert child is not None
        child.send_signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(seconds)
        finally:
            child.send_signal(signal.SIGCONT)

    def alive(self) -> bool:
        """Whether all of them run."""
        return all(c is not None and c.returncode is None for c in self.children)


@asynccontextmanager
async def fleet(
    home: Path, url: str, database: str, count: int, quota: int = 1_000_000
) -> AsyncIterator[Fleet]:
    configs = []
    for number in range(count):
        place = home / f"daemon{number}"
        place.mkdir()
        config = crash.configure(place, url, SEARCHES)
        text = config.read_text().replace(f"sqlite:///{place}/watcher.db", database)
        text = text.replace("daily_quota = 1000000", f"daily_quota = {quota}")
        config.write_text(f'state_dir = "{place}"\n{text}')
        configs.append(config)
    made = Fleet(configs, [None] * count, [0] * count)
    try:
        for number in range(count):
            await made.start(number)
        yield made
    finally:
        for number in range(count):
            await made.kill(number)


class Asked(Scripted):
    """A market that notes when it was asked what."""

    def __init__(self) -> None:
        super().__init__()
        self.asks: dict[str, list[float]] = {}

    def search(self, query: str, now: Instant, marketplace: str = HOME) -> Sequence[DemoRow]:
        self.asks.setdefault(query, []).append(time.time())
        return super().search(query, now, marketplace)


async def disturb(daemons: Fleet, dice: random.Random, freezes: float) -> Trouble:
    """Kill one and start it again, or, at those odds, freeze it for a while."""
    number, since = dice.randrange(len(daemons.configs)), time.time()
    if dice.random() < freezes:
        await daemons.freeze(number, dice.choice([1.0, 2.0, 5.0]))
        return Trouble("frozen", since, time.time())
    await daemons.kill(number)
    await daemons.start(number)
    await daemons.watching(number)  # else it would be killed again and again before it began
    return Trouble("killed", since, time.time())


async def offer(goods: Asked, offered: set[str]) -> None:
    """Offer a new item every quarter of a second."""
    while True:
        step = crash.offer(len(offered), SEARCHES)
        goods.apply(step, Instant(time.time()))
        offered.add(crash._number(step))
        await asyncio.sleep(crash.EVERY)


async def run(
    home: Path,
    cluster: Cluster,
    database: str,
    *,
    daemons: int,
    seed: int,
    seconds: float,
    kills: int = 0,
    freezes: float = 0.4,
    cut: float = 0.0,
) -> Verdict:
    """Disturb so long and so often, in the middle take the database away for `cut` seconds, and judge.

    Something new is offered every quarter of a second meanwhile; then they may finish in peace.
    """
    dice, goods, missing = random.Random(seed), Asked(), ["all"]
    troubles: list[Trouble] = []
    expected: set[str] = set()
    sink = home / "sink.jsonl"
    async with (
        DemoServer(goods, clock=time.time, sink_log=sink) as market,
        fleet(home, market.url, database, daemons) as those,
    ):
        market.quota.limit = 1_000_000
        await crash.register(those.configs[0], SEARCHES)
        offering = asyncio.create_task(offer(goods, expected))
        start = time.time()
        middle, until = start + seconds / 2, start + seconds + cut
        while time.time() < until or sum(t.what == "killed" for t in troubles) < kills:
            if cut and time.time() > middle:
                middle, since = float("inf"), time.time()
                await asyncio.to_thread(cluster.stop, signal.SIGQUIT)
                await asyncio.sleep(cut)
                await asyncio.to_thread(cluster.start)
                troubles.append(Trouble("cut off", since, time.time()))
            await asyncio.sleep(dice.uniform(1.0, 4.0))
            troubles.append(await disturb(those, dice, freezes))
        offering.cancel()
        deadline = time.monotonic() + 300
        name = name_of(database)
        while time.monotonic() < deadline and (missing := lost(cluster, name, sink, expected)):
            await asyncio.sleep(0.5)  # other processes are at it
        assert those.alive(), "one ended by itself"
        used = booked(cluster, database)
    verdict = judge(sink, len(expected), troubles)
    asked = sum(map(len, goods.asks.values()))
    return replace(verdict, lost=missing, polls=asked, used=used)


async def exhaust(
    home: Path, cluster: Cluster, database: str, *, daemons: int, quota: int
) -> tuple[int, int]:
    """Disturb them until nothing is left to ask with; how often the market was asked, and what is booked."""
    dice, goods, used = random.Random(quota), Asked(), 0
    async with (
        DemoServer(goods, clock=time.time, sink_log=home / "sink.jsonl") as market,
        fleet(home, market.url, database, daemons, quota=quota) as those,
    ):
        market.quota.limit = 1_000_000
        await crash.register(those.configs[0], SEARCHES)
        deadline = time.monotonic() + 300
        while used < usable_calls(quota, interactive=False):
            assert time.monotonic() < deadline, used
            await asyncio.sleep(dice.uniform(0.5, 2.0))
            await disturb(those, dice, freezes=0.2)
            used = booked(cluster, database)
        await asyncio.sleep(5)  # what is asked too much would be asked now
        return sum(map(len, goods.asks.values())), booked(cluster, database)


def booked(cluster: Cluster, database: str) -> int:
    """The calls of today that the ledger knows."""
    found = cluster.execute("SELECT coalesce(sum(used), 0)::int FROM quota_ledger", name_of(database))
    return int(str(found[0][0]))


async def share(
    home: Path, cluster: Cluster, database: str, *, daemons: int, searches: int, alerting: int
) -> Shared:
    """Let daemons poll so many searches once, of which some alert."""
    goods = Asked()
    for n in range(searches):
        price = "40.00" if n < alerting else "400.00"
        goods.put(f"zenitar mk{n} camera", summary(f"v1|{n}|0", f"Zenitar mk{n} camera", price))
    sink = home / "sink.jsonl"
    async with DemoServer(goods, clock=time.time, sink_log=sink) as market:
        market.quota.limit = 100_000_000
        async with fleet(home, market.url, database, daemons, quota=100_000_000) as those:
            rows = [f"zenitar mk{n} camera,below 100 USD,1h,d{n % 10}" for n in range(searches)]
            file = home / "watches.csv"
            file.write_text("\n".join(["query,rule,every,to", *rows]))
            began = time.monotonic()
            async with crash.process(*crash.watcher(those.configs[0], "watch", "import", str(file))) as child:
                assert await child.wait() == 0
            imported = time.monotonic()
            while len(goods.asks) < searches:
                await asyncio.sleep(0.1)
                assert time.monotonic() < imported + 900
            polled = time.monotonic()
            while len(crash.deliveries(sink)) < alerting:
                await asyncio.sleep(0.2)
                assert time.monotonic() < polled + 300
            await asyncio.sleep(3)  # what comes twice would come now
            shares = [(c.parent / "log").read_text().count(" polled ") for c in those.configs]
    alerts = [d.alert for d in crash.deliveries(sink)]
    first = [at[0] for at in goods.asks.values()]
    return Shared(
        imported - began,
        searches / (max(first) - min(first)),
        sorted(q for q, at in goods.asks.items() if len(at) > 1),
        len(alerts) - len(set(alerts)),
        shares,
    )


def name_of(database: str) -> str:
    """The database's own name in its URL."""
    return database.rpartition("?")[0].partition("@/")[2]


def lost(cluster: Cluster, database: str, sink: Path, expected: set[str]) -> list[str]:
    """Items that no alert is about, and alerts that Slack was never given.

    A message names five items and counts the rest, so what an alert is about only the database knows.
    """
    alerted = {str(r[0]) for r in cluster.execute("SELECT item_id FROM item_states", database)}
    made = {str(r[0]) for r in cluster.execute("SELECT id FROM alerts", database)}
    return sorted(expected - alerted) + sorted(made - {d.alert for d in crash.deliveries(sink)})


def judge(sink: Path, expected: int, troubles: list[Trouble]) -> Verdict:
    """What the sink's log says of twice."""
    # That the database is gone each daemon says for itself, past the outbox.
    took = [d for d in crash.deliveries(sink) if not d.alert.startswith("incident:database")]
    kinds = {what: sum(t.what == what for t in troubles) for what in {t.what for t in troubles}}
    verdict = Verdict(expected, len(took), kinds)
    alerts_of: dict[str, set[str]] = {}
    times: dict[str, list[float]] = {}
    for d in took:
        times.setdefault(d.alert, []).append(d.at)
        for item in d.items:
            alerts_of.setdefault(item, set()).add(d.alert)
    verdict.told_twice = sorted(i for i, alerts in alerts_of.items() if len(alerts) > 1)
    for alert, at in times.items():
        for first, _ in pairwise(at):
            excused = any(_between(first, t) for t in troubles)
            (verdict.excused if excused else verdict.unexcused).append(alert)
    return verdict


def _between(yes: float, trouble: Trouble) -> bool:
    """Whether it may have come between Slack's yes and the commit, and kept a daemon from the latter."""
    what, since, until = trouble
    if what == "frozen" and until - since < MESSAGE_LEASE_SECONDS:
        return False
    return yes - LATE <= since <= yes + NOTED and until >= yes


async def freeze_with_a_lease(home: Path, cluster: Cluster, database: str) -> tuple[int, int, str]:
    """Freeze a daemon between leasing a message and sending it, until another one has sent it, and go on.

    How often Slack had it while it was frozen, and in the end; and what the frozen one said.
    """
    goods, sink = Asked(), home / "sink.jsonl"
    goods.put(crash.query(0), summary("v1|1|0", "Zenitar mk0 rangefinder camera", "40.00"))
    async with (
        DemoServer(goods, clock=time.time, sink_log=sink) as market,
        fleet(home, market.url, database, 2) as those,
    ):
        market.quota.limit = 1_000_000
        await those.watching(0)
        await those.kill(1)
        child = those.children[0]
        assert child is not None
        # The first message of a process loads Slack's SDK, which takes longer than this look and the signal.
        freezing = asyncio.to_thread(_stop_when_it_leases, cluster, name_of(database), child.pid)
        await asyncio.gather(freezing, crash.register(those.configs[0], searches=1))
        early = len(crash.deliveries(sink))
        await those.start(1)
        async with asyncio.timeout(MESSAGE_LEASE_SECONDS + 30):
            while not crash.deliveries(sink):
                await asyncio.sleep(0.2)  # a lease of a real process runs out in real time
        child.send_signal(signal.SIGCONT)
        await asyncio.sleep(5)
        return early, len(crash.deliveries(sink)), (those.configs[0].parent / "log").read_text()


def _stop_when_it_leases(cluster: Cluster, database: str, pid: int) -> None:
    with cluster.connected(database) as conn:
        deadline = time.monotonic() + 60
        while not conn.execute("SELECT 1 FROM outbox WHERE lease <> ''").fetchone():
            assert time.monotonic() < deadline, "no message was leased"
    os.kill(pid, signal.SIGSTOP)
