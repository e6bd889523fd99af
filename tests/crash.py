"""A real daemon, a real market and a Slack sink as processes, and a hand that kills the daemon at random.

The sink's log decides what was delivered. A second delivery of one alert is admitted only if the process
was killed while the message was under way, between the request and the commit: the database of the one
that was killed says pending, and the sink took it before the next one could have sent anything. (The sink
may read the request when who sent it is dead.)
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
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.demo.summary import summary

SEARCHES = 10
EVERY = 0.25
# A message names five items: a search that never has more is told whole, however long a start takes.
MOST = 4


class Kill(NamedTuple):
    """When the daemon was killed, what its database then held as not sent, and when the next one watched."""

    at: float
    pending: frozenset[str]
    until: float = math.inf


@dataclass
class Verdict:
    """What the checker found; all four lists empty is a pass."""

    expected: int
    deliveries: int
    kills: int
    lost: list[str] = field(default_factory=list)
    told_twice: list[str] = field(default_factory=list)
    unexcused: list[str] = field(default_factory=list)
    excused: list[str] = field(default_factory=list)


@asynccontextmanager
async def process(*args: str, **kwargs: object) -> AsyncIterator[asyncio.subprocess.Process]:
    """A child of ours; whatever happens, it ends with the block."""
    child = await asyncio.create_subprocess_exec(sys.executable, *args, **kwargs)  # type: ignore[arg-type]  # passed through
    try:
        yield child
    finally:
        if child.returncode is None:
            child.kill()
        await child.wait()


def watcher(config: Path, *verb: str) -> tuple[str, ...]:
    """The command line."""
    return ("-m", "watcher", "--config", str(config), *verb)


def query(number: int) -> str:
    """What a search asks for."""
    return f"zenitar mk{number} camera"


def offer(n: int, searches: int = SEARCHES) -> dict[str, object]:
    """The nth new item: one search after the other has one."""
    title = f"Zenitar mk{n % searches} rangefinder camera no {n}"
    row = summary(f"v1|{1000 + n}|0", title, f"{40 + n / 100:.2f}")
    return {"query": query(n % searches), "put": [row]}


def script(seconds: float, searches: int = SEARCHES) -> list[dict[str, object]]:
    """A new item every quarter of a second."""
    return [{"at": n * EVERY, **offer(n, searches)} for n in range(int(seconds / EVERY))]


def enough(seconds: float) -> int:
    """So many searches that none has more items in that time than a message names."""
    return max(SEARCHES, math.ceil(seconds / EVERY / MOST))


def free_port() -> int:
    """A port that nobody listens on now."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def configure(home: Path, url: str, searches: int = SEARCHES) -> Path:
    """The configuration of the daemon: each search has a destination of its own, so that none waits."""
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
    """Kill the daemon so often at random moments, let it finish, and judge by the sink's log."""
    dice = random.Random(seed)
    moments = [dice.uniform(*pause) for _ in range(kills)]
    seconds = sum(moments) + kills * 0.3 + 2
    searches = enough(seconds)
    steps = script(seconds, searches)
    (home / "script.json").write_text(json.dumps(steps))
    sink = home / "sink.jsonl"
    market_args = ("-m", "watcher.demo", "--scripted", str(home / "script.json"), "--sink-log", str(sink))
    async with process(*market_args, "--quota", "1000000", stdout=asyncio.subprocess.PIPE) as market:
        assert market.stdout is not None
        url = (await market.stdout.readline()).decode().strip()
        config = configure(home, url, searches)
        await register(config, searches)
        killed: list[Kill] = []
        for moment in moments:
            begun, kill = await live(config, home, moment)
            killed = [*followed(killed, begun), kill]
        killed = followed(killed, await finish(config, sink, {_number(s) for s in steps}))
    return judge(sink, {_number(s) for s in steps}, killed)


def followed(kills: list[Kill], begun: float) -> list[Kill]:
    """The kills, of which the last was followed by a life that began then."""
    return [*kills[:-1], *(kill._replace(until=begun) for kill in kills[-1:])]


def _number(step: dict[str, object]) -> str:
    (row,) = step["put"]  # type: ignore[misc]  # a list of one
    return str(row["itemId"])


async def register(config: Path, searches: int = SEARCHES) -> None:
    """One watch for each search, by the command line."""
    rows = [f"{query(n)},below 100 USD,1s,d{n}" for n in range(searches)]
    file = config.with_name("watches.csv")
    file.write_text("\n".join(["query,rule,every,to", *rows]))
    async with process(*watcher(config, "watch", "import", str(file))) as child:
        assert await child.wait() == 0


async def live(config: Path, home: Path, seconds: float) -> tuple[float, Kill]:
    """One life of the daemon, ended by SIGKILL so many seconds after it began to watch; when that was."""
    async with process(*watcher(config, "run"), stderr=asyncio.subprocess.PIPE) as daemon:
        begun = await watching(daemon)
        reading = asyncio.create_task(daemon.communicate())
        await asyncio.sleep(seconds)
        assert daemon.returncode is None, "it ended by itself"
        os.kill(daemon.pid, signal.SIGKILL)
        await reading
    return begun, Kill(time.time(), pending(home / "watcher.db"))


async def watching(daemon: asyncio.subprocess.Process) -> float:
    """Wait for the line that says it watches; when it came."""
    assert daemon.stderr is not None
    said = []
    while line := await daemon.stderr.readline():
        said.append(line.decode())
        if " watching" in said[-1]:
            return time.time()
    raise AssertionError("".join(said))


async def finish(config: Path, sink: Path, expected: set[str]) -> float:
    """Let the daemon do the rest in peace, which SIGTERM ends with 0; when it began to watch."""
    async with process(*watcher(config, "run"), stderr=asyncio.subprocess.PIPE) as daemon:
        begun = await watching(daemon)
        reading = asyncio.create_task(daemon.communicate())
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline and not expected <= {i for d in deliveries(sink) for i in d.items}:
            await asyncio.sleep(0.2)  # another process writes the log
        daemon.terminate()
        await asyncio.wait_for(reading, 5)
        assert daemon.returncode == 0
    return begun


def pending(database: Path) -> frozenset[str]:
    """The alerts that the database holds as not sent."""
    with sqlite3.connect(database) as db:
        rows = db.execute("SELECT ref FROM outbox WHERE state = 'pending'").fetchall()
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    db.close()
    return frozenset(ref for (ref,) in rows)


class Delivered(NamedTuple):
    """One message that the sink took."""

    at: float
    alert: str
    items: frozenset[str]


def deliveries(sink: Path) -> list[Delivered]:
    """The sink's log."""
    found = []
    for line in sink.read_text().splitlines() if sink.exists() else []:
        message = json.loads(line)
        body = json.dumps(message["body"])
        block = message["body"]["blocks"][0]["block_id"]
        items = frozenset(f"v1|{number}|0" for number in _numbers(body))
        found.append(Delivered(message["at"], block.removeprefix("alert:"), items))
    return found


def _numbers(body: str) -> set[str]:
    return set(re.findall(r"/itm/(\d+)", body))


def judge(sink: Path, expected: set[str], kills: list[Kill]) -> Verdict:
    """Compare what should have been told with what the sink took."""
    took = deliveries(sink)
    verdict = Verdict(len(expected), len(took), len(kills))
    alerts_of: dict[str, set[str]] = {}
    times: dict[str, list[float]] = {}
    for d in took:
        times.setdefault(d.alert, []).append(d.at)
        for item in d.items:
            alerts_of.setdefault(item, set()).add(d.alert)
    verdict.lost = sorted(expected - set(alerts_of))
    verdict.told_twice = sorted(i for i, alerts in alerts_of.items() if len(alerts) > 1)
    for alert, at in times.items():
        for first, second in pairwise(at):
            excused = any(first <= k.until and k.at <= second and alert in k.pending for k in kills)
            (verdict.excused if excused else verdict.unexcused).append(alert)
    return verdict
