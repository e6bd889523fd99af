"""Kills a real daemon at random moments, with a market and a Slack sink as processes.

The sink's log decides what was delivered. A second delivery of an alert is excused only if the process was
killed between the request and the commit: its database says pending, and the sink received the message
before the next process can have sent anything. (The sink may read a request after its sender has died.)
"""

from __future__ import annotations

import asyncio
import json
import math
import os
import random
import re
import signal
import socket
import sqlite3
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from tests.forks import Forked, forked
from tests.market.rows import summary
from tests.waiting import PATIENCE
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET

SEARCHES = 10
EVERY = 0.25  # seconds between new items
# A message names five items, so with at most four per search every item is in a message.
MAX_ITEMS = 4  # per search


class Kill(NamedTuple):
    """When the daemon was killed, which alerts were pending then, and when the next daemon was ready."""

    at: float
    pending: frozenset[str]
    until: float = math.inf


@dataclass
class Verdict:
    """The result of a run; `lost`, `alerted_twice` and `unexcused` must be empty."""

    expected: int
    deliveries: int
    kills: int
    lost: list[str] = field(default_factory=list)
    alerted_twice: list[str] = field(default_factory=list)
    unexcused: list[str] = field(default_factory=list)
    excused: list[str] = field(default_factory=list)


@asynccontextmanager
async def process(*args: str, **kwargs: object) -> AsyncIterator[asyncio.subprocess.Process]:
    """Yield a child process that ends with the block."""
    child = await asyncio.create_subprocess_exec(sys.executable, *args, **kwargs)  # type: ignore[arg-type]  # passed through
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def watcher(config: Path, *command: str) -> tuple[str, ...]:
    """Return the arguments of Python for a command of watcher."""
    return ("-m", "watcher", "--config", str(config), *command)


def query(number: int) -> str:
    """Return the query of a search."""
    return f"zenitar mk{number} camera"


def offer(n: int, searches: int = SEARCHES) -> dict[str, object]:
    """Return the nth new item; the searches take turns."""
    title = f"Zenitar mk{n % searches} rangefinder camera no {n}"
    row = summary(f"v1|{1000 + n}|0", title, f"{40 + n / 100:.2f}")
    return {"query": query(n % searches), "put": [row]}


def script(seconds: float, searches: int = SEARCHES) -> list[dict[str, object]]:
    """Return the steps of the market: a new item every 250 ms."""
    return [{"at": n * EVERY, **offer(n, searches)} for n in range(int(seconds / EVERY))]


def enough(seconds: float) -> int:
    """Return how many searches are needed so that none has more than `MAX_ITEMS` in this time."""
    return max(SEARCHES, math.ceil(seconds / EVERY / MAX_ITEMS))


_ports = random.SystemRandom()


def free_port() -> int:
    """Return a port that is free now, from a range from which no system takes ports for connections.

    Until the port is used, another test could otherwise get it for a connection.
    """
    while True:
        port = _ports.randrange(20_000, 32_000)
        with socket.socket() as free, suppress(OSError):
            free.bind(("127.0.0.1", port))
            return port


def configure(home: Path, url: str, searches: int = SEARCHES) -> Path:
    """Write a configuration in which each search has its own destination, so that no message waits."""
    path = home / "config.toml"
    destinations = "\n".join(f'd{n} = "{url}/slack/services/d{n}"' for n in range(searches))
    path.write_text(
        f"""
[database]
url = "sqlite:///{home}/watcher.db"
[http]
port = {free_port()}
[ebay]
base_url = "{url}"
client_id = "{CLIENT_ID}"
client_secret = "{CLIENT_SECRET}"
daily_quota = 1000000
[slack]
watch_webhook_url = "{url}/slack/services/watches"
[slack.destinations]
{destinations}
[polling]
min_interval = "1s"
""",
        encoding="utf-8",
    )
    return path


async def run(home: Path, *, kills: int, seed: int, pause: tuple[float, float] = (0.6, 1.6)) -> Verdict:
    """Kill the daemon `kills` times at random moments, let it finish, and check the sink's log."""
    dice = random.Random(seed)
    moments = [dice.uniform(*pause) for _ in range(kills)]
    seconds = sum(moments) + kills * 0.3 + 2
    searches = enough(seconds)
    steps = script(seconds, searches)
    (home / "script.json").write_text(json.dumps(steps))
    sink = home / "sink.jsonl"
    market_args = ("-m", "tests.market", "--scripted", str(home / "script.json"), "--sink-log", str(sink))
    async with forked(*market_args, "--quota", "1000000") as market:
        url = (await market.stdout.readline()).decode().strip()
        config = configure(home, url, searches)
        await register(config, searches)
        killed: list[Kill] = []
        for moment in moments:
            ready_at, kill = await run_and_kill(config, home, moment)
            killed = [*with_successor(killed, ready_at), kill]
        killed = with_successor(killed, await finish(config, sink, {_number(s) for s in steps}))
    return judge(sink, {_number(s) for s in steps}, killed)


def with_successor(kills: list[Kill], ready_at: float) -> list[Kill]:
    """Return the kills; the last one has the time at which the next daemon was ready."""
    return [*kills[:-1], *(kill._replace(until=ready_at) for kill in kills[-1:])]


def _number(step: dict[str, object]) -> str:
    (row,) = step["put"]  # type: ignore[misc]  # a list of one
    return str(row["itemId"])


async def register(config: Path, searches: int = SEARCHES) -> None:
    """Import a watch for each search."""
    rows = [f"{query(n)},below 100 USD,1s,d{n}" for n in range(searches)]
    file = config.with_name("watches.csv")
    file.write_text("\n".join(["query,rule,every,to", *rows]))
    async with forked(*watcher(config, "watch", "import", str(file))) as child:
        assert await child.wait() == 0


async def run_and_kill(config: Path, home: Path, seconds: float) -> tuple[float, Kill]:
    """Run the daemon and kill it `seconds` after it was ready; return when that was, and the kill."""
    async with forked(*watcher(config, "run")) as daemon:
        ready_at = await watching(daemon)
        reading = asyncio.create_task(daemon.communicate())
        await asyncio.sleep(seconds)
        assert daemon.returncode is None, "it ended by itself"
        os.kill(daemon.pid, signal.SIGKILL)
        await reading
    return ready_at, Kill(time.time(), pending(home / "watcher.db"))


async def watching(daemon: asyncio.subprocess.Process | Forked) -> float:
    """Wait until the daemon logs that it is watching; return the time."""
    assert daemon.stderr is not None
    log = []
    while line := await daemon.stderr.readline():
        log.append(line.decode())
        if " watching" in log[-1]:
            return time.time()
    raise AssertionError("".join(log))


async def finish(config: Path, sink: Path, expected: set[str]) -> float:
    """Run the daemon until everything is sent, and stop it; return when it was ready."""
    async with forked(*watcher(config, "run")) as daemon:
        ready_at = await watching(daemon)
        reading = asyncio.create_task(daemon.communicate())
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline and not expected <= {i for d in deliveries(sink) for i in d.items}:
            await asyncio.sleep(0.2)  # real time: another process writes the log
        daemon.terminate()
        await asyncio.wait_for(reading, PATIENCE)
        assert daemon.returncode == 0
    return ready_at


def pending(database: Path) -> frozenset[str]:
    """Return the pending alerts of a database."""
    with sqlite3.connect(database) as db:
        rows = db.execute("SELECT ref FROM outbox WHERE state = 'pending'").fetchall()
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    return frozenset(ref for (ref,) in rows)


class ReceivedAlert(NamedTuple):
    """A message that the sink received."""

    at: float
    alert: str
    items: frozenset[str]


def deliveries(sink: Path) -> list[ReceivedAlert]:
    """Return the sink's log."""
    found = []
    for line in sink.read_text().splitlines() if sink.exists() else []:
        message = json.loads(line)
        body = json.dumps(message["body"])
        block = message["body"]["blocks"][0]["block_id"]
        items = frozenset(f"v1|{number}|0" for number in _numbers(body))
        found.append(ReceivedAlert(message["at"], block.removeprefix("alert:"), items))
    return found


def _numbers(body: str) -> set[str]:
    return set(re.findall(r"/itm/(\d+)", body))


def judge(sink: Path, expected: set[str], kills: list[Kill]) -> Verdict:
    """Compare the expected items with the messages that the sink received."""
    received = deliveries(sink)
    verdict = Verdict(len(expected), len(received), len(kills))
    alerts_of: dict[str, set[str]] = {}
    times: dict[str, list[float]] = {}
    for d in received:
        times.setdefault(d.alert, []).append(d.at)
        for item in d.items:
            alerts_of.setdefault(item, set()).add(d.alert)
    verdict.lost = sorted(expected - set(alerts_of))
    verdict.alerted_twice = sorted(i for i, alerts in alerts_of.items() if len(alerts) > 1)
    for alert, at in times.items():
        for first, second in pairwise(at):
            excused = any(first <= k.until and k.at <= second and alert in k.pending for k in kills)
            (verdict.excused if excused else verdict.unexcused).append(alert)
    return verdict
