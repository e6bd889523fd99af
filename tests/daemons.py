"""Disturbs several real daemons on one real Postgres, with a market and a Slack sink.

The checks use the sink's log of messages and the market's log of calls, not the daemons' own logs. A second
delivery of an alert is excused only if, between Slack's answer and the commit, a daemon was killed or was
frozen for longer than a lease, or the database could not be reached.
"""

from __future__ import annotations

import asyncio
import os
import random
import re
import signal
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from tests import crash
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.postgres import Cluster
from watcher.core.resilience.quota import poll_bound
from watcher.core.times import Instant
from watcher.delivery.dispatcher import MESSAGE_LEASE_SECONDS
from watcher.demo.slack_sink import ReceivedMessage
from watcher.demo.source import HOME, DemoRow

# Enough that no search has more items than one answer of the market.
SEARCHES = 20
# Seconds by which the sink's log may be late, and within which Slack's answer is committed at the latest.
LOG_DELAY, COMMIT_WITHIN = 3.0, 10.0
# Lines of a daemon's log: the query of a poll, or the alert of a message, that was not answered in time.
_UNANSWERED = re.compile(
    r'poll failed query="([^"]*)" code=EBAY_TIMEOUT|not sent, .*: SLACK_TIMEOUT: .* alert=(\w+)'
)


class Trouble(NamedTuple):
    """What was done to a daemon or to the database, and when it began and ended."""

    what: str
    since: float
    until: float


@dataclass
class Verdict:
    """The result of a run; `lost`, `alerted_twice` and `unexcused` must be empty."""

    expected: int
    deliveries: int
    troubles: dict[str, int]
    polls: int = 0
    used: int = 0
    lost: list[str] = field(default_factory=list)
    alerted_twice: list[str] = field(default_factory=list)
    unexcused: list[str] = field(default_factory=list)
    excused: list[str] = field(default_factory=list)


class ShareResult(NamedTuple):
    """How a fleet polled: seconds to import, polls per second, repetitions, and polls by daemon.

    What is repeated because the market, which shares the machine, did not answer in time is in `unanswered`.
    """

    importing: float
    throughput: float
    polled_twice: list[str]
    alerted_twice: list[str]
    shares: list[int]
    unanswered: int


@dataclass
class Fleet:
    """Daemons that share a database, each with its own home directory."""

    configs: list[Path]
    children: list[asyncio.subprocess.Process | None]
    began: list[int]  # per daemon, the position in its log at which its present process starts

    async def start(self, number: int) -> None:
        log = (self.configs[number].parent / "log").open("ab")
        self.began[number] = log.tell()
        self.children[number] = await asyncio.create_subprocess_exec(
            sys.executable, *crash.watcher(self.configs[number], "run"), stderr=log
        )
        log.close()

    async def watching(self, number: int) -> None:
        """Wait until a daemon logs that it is watching, or has ended."""
        child = self.children[number]
        while child is not None and child.returncode is None and not self._has_logged(number, " watching"):
            await asyncio.sleep(0.05)  # real time: another process writes the log

    def _has_logged(self, number: int, text: str) -> bool:
        log = (self.configs[number].parent / "log").read_bytes()
        return text.encode() in log[self.began[number] :]

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

    def logs(self) -> list[str]:
        """Return the log of each daemon."""
        return [(config.parent / "log").read_text() for config in self.configs]

    def alive(self) -> bool:
        """Return whether all of them run."""
        return all(c is not None and c.returncode is None for c in self.children)


@asynccontextmanager
async def fleet(
    home: Path, url: str, database: str, count: int, quota: int = 1_000_000
) -> AsyncIterator[Fleet]:
    configs = []
    for number in range(count):
        directory = home / f"daemon{number}"
        directory.mkdir()
        config = crash.configure(directory, url, SEARCHES)
        text = config.read_text().replace(f"sqlite:///{directory}/watcher.db", database)
        text = text.replace("daily_quota = 1000000", f"daily_quota = {quota}")
        config.write_text(f'state_dir = "{directory}"\n{text}')
        configs.append(config)
    made = Fleet(configs, [None] * count, [0] * count)
    try:
        for number in range(count):
            await made.start(number)
        yield made
    finally:
        for number in range(count):
            await made.kill(number)


class LoggingMarket(Scripted):
    """A market that records the times of its calls by query."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: dict[str, list[float]] = {}

    def search(self, query: str, now: Instant, marketplace: str = HOME) -> Sequence[DemoRow]:
        self.calls.setdefault(query, []).append(time.time())
        return super().search(query, now, marketplace)


async def disturb(daemons: Fleet, dice: random.Random, freezes: float) -> Trouble:
    """Kill a random daemon and restart it, or, with probability `freezes`, freeze it for a while."""
    number, since = dice.randrange(len(daemons.configs)), time.time()
    if dice.random() < freezes:
        await daemons.freeze(number, dice.choice([1.0, 2.0, 5.0]))
        return Trouble("frozen", since, time.time())
    await daemons.kill(number)
    await daemons.start(number)
    await daemons.watching(number)  # otherwise it could be killed repeatedly before it starts
    return Trouble("killed", since, time.time())


async def offer(goods: LoggingMarket, offered: set[str]) -> None:
    """Offer a new item every 250 ms."""
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
    """Disturb the daemons for `seconds` and until `kills` kills, let them finish, and check the logs.

    New items appear meanwhile. In the middle, the database is stopped for `cut` seconds.
    """
    dice, goods, missing = random.Random(seed), LoggingMarket(), ["all"]
    troubles: list[Trouble] = []
    expected: set[str] = set()
    sink = home / "sink.jsonl"
    async with (
        MarketServer(goods, clock=time.time, sink_log=sink) as market,
        fleet(home, market.url, database, daemons) as running,
    ):
        market.quota.limit = 1_000_000
        await crash.register(running.configs[0], SEARCHES)
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
            troubles.append(await disturb(running, dice, freezes))
        offering.cancel()
        deadline = time.monotonic() + 300
        name = name_of(database)
        while time.monotonic() < deadline and (missing := lost(cluster, name, sink, expected)):
            await asyncio.sleep(0.5)  # real time: other processes do the work
        assert running.alive(), "a daemon ended by itself"
        used = calls_in_ledger(cluster, database)
    verdict = judge(sink, len(expected), troubles)
    calls = sum(map(len, goods.calls.values()))
    return replace(verdict, lost=missing, polls=calls, used=used)


async def exhaust(
    home: Path, cluster: Cluster, database: str, *, daemons: int, quota: int
) -> tuple[int, int]:
    """Disturb daemons until the quota is used up; return the market's calls and those in the ledger.

    Polls are spread over the day. Here every search is made due again and again, also without quota, and as
    one that cannot wait. The quota is small, so the daemons may draw all of it in advance.
    """
    dice, goods, used = random.Random(quota), LoggingMarket(), 0
    async with (
        MarketServer(goods, clock=time.time, sink_log=home / "sink.jsonl") as market,
        fleet(home, market.url, database, daemons, quota=quota) as running,
    ):
        market.quota.limit = 1_000_000
        await crash.register(running.configs[0], SEARCHES)
        hurrying = asyncio.create_task(_keep_due(cluster, name_of(database)))
        deadline = time.monotonic() + 300
        while used < poll_bound(quota) - quota // 20:  # those are kept for single items
            assert time.monotonic() < deadline, used
            await asyncio.sleep(dice.uniform(0.5, 2.0))
            await disturb(running, dice, freezes=0.2)
            used = calls_in_ledger(cluster, database)
        await asyncio.sleep(5)  # calls beyond the quota would be made now
        assert not hurrying.done()
        hurrying.cancel()
        return sum(map(len, goods.calls.values())), calls_in_ledger(cluster, database)


async def _keep_due(cluster: Cluster, database: str) -> None:
    statement = "UPDATE searches SET paced = false, due_at = extract(epoch FROM clock_timestamp())"
    while True:
        await asyncio.to_thread(cluster.execute, statement, database)
        await asyncio.sleep(0.5)


def calls_in_ledger(cluster: Cluster, database: str) -> int:
    """Return today's calls in the quota ledger."""
    found = cluster.execute("SELECT coalesce(sum(used), 0)::int FROM quota_ledger", name_of(database))
    return int(str(found[0][0]))


async def share(
    home: Path, cluster: Cluster, database: str, *, daemons: int, searches: int, alerting: int
) -> ShareResult:
    """Let daemons poll `searches` searches once, of which `alerting` alert."""
    goods = LoggingMarket()
    for n in range(searches):
        price = "40.00" if n < alerting else "400.00"
        goods.put(f"zenitar mk{n} camera", summary(f"v1|{n}|0", f"Zenitar mk{n} camera", price))
    sink = home / "sink.jsonl"
    async with MarketServer(goods, clock=time.time, sink_log=sink) as market:
        market.quota.limit = 100_000_000
        async with fleet(home, market.url, database, daemons, quota=100_000_000) as running:
            rows = [f"zenitar mk{n} camera,below 100 USD,1h,d{n % 10}" for n in range(searches)]
            file = home / "watches.csv"
            file.write_text("\n".join(["query,rule,every,to", *rows]))
            began = time.monotonic()
            async with crash.process(
                *crash.watcher(running.configs[0], "watch", "import", str(file))
            ) as child:
                assert await child.wait() == 0
            imported = time.monotonic()
            while len(goods.calls) < searches:
                await asyncio.sleep(0.1)
                assert time.monotonic() < imported + 900
            polled = time.monotonic()
            while len(crash.deliveries(sink)) < alerting:
                await asyncio.sleep(0.2)
                assert time.monotonic() < polled + 300
            await asyncio.sleep(3)  # repetitions would happen now
            logs = running.logs()
    alerts = Counter(d.alert for d in crash.deliveries(sink))
    first = [at[0] for at in goods.calls.values()]
    polled_twice = {q for q, at in goods.calls.items() if len(at) > 1}
    alerted_twice = {alert for alert, times in alerts.items() if times > 1}
    excused = {name for log in logs for names in _UNANSWERED.findall(log) for name in names}
    return ShareResult(
        imported - began,
        searches / (max(first) - min(first)),
        sorted(polled_twice - excused),
        sorted(alerted_twice - excused),
        [log.count(" polled ") for log in logs],
        len(excused & (polled_twice | alerted_twice)),
    )


def name_of(database: str) -> str:
    """Return the name of the database in its URL."""
    return database.rpartition("?")[0].partition("@/")[2]


def lost(cluster: Cluster, database: str, sink: Path, expected: set[str]) -> list[str]:
    """Return items without an alert, and alerts that Slack did not receive.

    A message names only five items, so the items are read from the database.
    """
    alerted = {str(r[0]) for r in cluster.execute("SELECT item_id FROM item_states", database)}
    made = {str(r[0]) for r in cluster.execute("SELECT id FROM alerts", database)}
    return sorted(expected - alerted) + sorted(made - {d.alert for d in crash.deliveries(sink)})


def judge(sink: Path, expected: int, troubles: list[Trouble]) -> Verdict:
    """Find repeated alerts in the sink's log."""
    # Each daemon reports by itself, without the outbox, that the database is gone.
    received = [d for d in crash.deliveries(sink) if not d.alert.startswith("incident:database")]
    kinds = {what: sum(t.what == what for t in troubles) for what in {t.what for t in troubles}}
    verdict = Verdict(expected, len(received), kinds)
    alerts_of: dict[str, set[str]] = {}
    times: dict[str, list[float]] = {}
    for d in received:
        times.setdefault(d.alert, []).append(d.at)
        for item in d.items:
            alerts_of.setdefault(item, set()).add(d.alert)
    verdict.alerted_twice = sorted(i for i, alerts in alerts_of.items() if len(alerts) > 1)
    for alert, at in times.items():
        for first, _ in pairwise(at):
            excused = any(_between(first, t) for t in troubles)
            (verdict.excused if excused else verdict.unexcused).append(alert)
    return verdict


def _between(answered_at: float, trouble: Trouble) -> bool:
    """Return whether the trouble may have prevented the commit after Slack's answer."""
    what, since, until = trouble
    if what == "frozen" and until - since < MESSAGE_LEASE_SECONDS:
        return False
    return answered_at - LOG_DELAY <= since <= answered_at + COMMIT_WITHIN and until >= answered_at


async def freeze_with_a_lease(home: Path, cluster: Cluster, database: str) -> tuple[int, int, str]:
    """Freeze a daemon between leasing and sending a message until another one has sent it.

    Return how often Slack received it before, how often in all, and the log of the frozen daemon.
    """
    goods, sink = LoggingMarket(), home / "sink.jsonl"
    goods.put(crash.query(0), summary("v1|1|0", "Zenitar mk0 rangefinder camera", "40.00"))
    async with (
        MarketServer(goods, clock=time.time, sink_log=sink) as market,
        fleet(home, market.url, database, 2) as running,
    ):
        market.quota.limit = 1_000_000
        await running.watching(0)
        await running.kill(1)
        child = running.children[0]
        assert child is not None
        # For its first message a process loads Slack's SDK, which takes longer than the query and the signal.
        freezing = asyncio.to_thread(_stop_when_it_leases, cluster, name_of(database), child.pid)
        await asyncio.gather(freezing, crash.register(running.configs[0], searches=1))
        early = len(crash.deliveries(sink))
        await running.start(1)
        async with asyncio.timeout(MESSAGE_LEASE_SECONDS + 30):
            while not crash.deliveries(sink):
                await asyncio.sleep(0.2)  # real time: the lease of a real process expires
        child.send_signal(signal.SIGCONT)
        await asyncio.sleep(5)
        return early, len(crash.deliveries(sink)), running.logs()[0]


async def freeze_before_the_answer(
    home: Path, cluster: Cluster, database: str, seconds: float
) -> tuple[int, str, str]:
    """Freeze a daemon for `seconds` when Slack has accepted its message, before it can read the answer.

    Return how often Slack received it, its state in the outbox, and the log of that daemon.
    """
    goods, sink, accepted = LoggingMarket(), home / "sink.jsonl", asyncio.Event()
    goods.put(crash.query(0), summary("v1|1|0", "Zenitar mk0 rangefinder camera", "40.00"))

    def stop_the_sender(_message: ReceivedMessage) -> None:
        if not accepted.is_set():
            child.send_signal(signal.SIGSTOP)
            accepted.set()

    async with (
        MarketServer(goods, clock=time.time, sink_log=sink, on_message=stop_the_sender) as market,
        fleet(home, market.url, database, 2) as running,
    ):
        market.quota.limit = 1_000_000
        await running.watching(0)
        await running.kill(1)
        assert running.children[0] is not None
        child = running.children[0]
        await crash.register(running.configs[0], searches=1)
        async with asyncio.timeout(60):
            await accepted.wait()
        await running.start(1)
        await asyncio.sleep(seconds)
        child.send_signal(signal.SIGCONT)
        await asyncio.sleep(10)  # a repetition would be sent now
        states = cluster.execute("SELECT state FROM outbox WHERE kind = 'alert'", name_of(database))
        return len(crash.deliveries(sink)), str(states), running.logs()[0]


def _stop_when_it_leases(cluster: Cluster, database: str, pid: int) -> None:
    with cluster.connected(database) as conn:
        deadline = time.monotonic() + 60
        while not conn.execute("SELECT 1 FROM outbox WHERE lease <> ''").fetchone():
            assert time.monotonic() < deadline, "no message was leased"
    os.kill(pid, signal.SIGSTOP)
