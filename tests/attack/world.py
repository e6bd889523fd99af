"""A real daemon with a scripted market and a Slack sink, as an attacker finds it: from outside."""

from __future__ import annotations

import asyncio
import gzip
import json
import sqlite3
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple

import httpx
from aiohttp import web

from tests.crash import free_port
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.demo.slack_sink import ReceivedMessage

START_SECONDS = 40.0  # on a machine with other work
QUERY = "kestrel x1"


class Attempt(NamedTuple):
    """What a command did: its exit code and its output."""

    code: int
    out: str
    err: str


@dataclass
class Running:
    """A running daemon and its log so far."""

    process: asyncio.subprocess.Process
    log: list[str] = field(default_factory=list)

    async def wait_for(self, text: str, seconds: float = START_SECONDS) -> None:
        """Wait until the log contains a text. Raises AssertionError with the log if it ends first."""
        deadline = time.monotonic() + seconds
        while not any(text in line for line in self.log):
            assert time.monotonic() < deadline, f"no {text!r} in the log: {''.join(self.log[-20:])}"
            assert self.process.returncode is None, f"the daemon ended: {''.join(self.log[-20:])}"
            await asyncio.sleep(0.05)  # real time: another process writes the log


@dataclass
class World:
    """A home directory with a configuration, a market and a client of the daemon's API."""

    home: Path
    goods: Scripted
    market: MarketServer
    port: int
    spoiled: list[dict[str, Any]] = field(default_factory=list)  # rows that every answer of eBay begins with

    @property
    def config(self) -> Path:
        return self.home / "config.toml"

    @property
    def database(self) -> Path:
        return self.home / "watcher.db"

    @property
    def messages(self) -> list[ReceivedMessage]:
        return self.market.messages

    def configure(self, extra: str = "", **sections: str) -> None:
        """Write the configuration; `sections` are lines that are added to a section, `extra` comes last."""
        lines = {
            "database": f'url = "sqlite:///{self.database}"',
            "http": f"port = {self.port}",
            "ebay": f'base_url = "{self.market.url}"\nclient_id = "{CLIENT_ID}"\n'
            f'client_secret = "{CLIENT_SECRET}"',
            "slack": f'watch_webhook_url = "{self.market.webhook("watches")}"\n'
            f'ops_webhook_url = "{self.market.webhook("ops")}"',
            "polling": 'min_interval = "1s"',
        }
        if "daily_quota" not in sections.get("ebay", ""):
            lines["ebay"] += "\ndaily_quota = 1000000"  # otherwise intervals are stretched to fit the quota
        for name, more in sections.items():
            lines[name] = f"{lines.get(name, '')}\n{more}"
        text = "\n".join(f"[{name}]\n{content}" for name, content in lines.items())
        self.config.write_text(f"{text}\n{extra}\n", encoding="utf-8")
        self.config.chmod(0o600)

    async def run(self, *arguments: str, env: Mapping[str, str] | None = None, stdin: str = "") -> Attempt:
        """Run a command of watcher to its end."""
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "watcher", "--config", str(self.config), *arguments),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=None if env is None else dict(env),
        )
        out, err = await child.communicate(stdin.encode())
        assert child.returncode is not None
        return Attempt(child.returncode, out.decode("utf-8", "surrogateescape"), err.decode())

    async def json(self, *arguments: str) -> Any:
        """Return what a command prints as JSON. Raises AssertionError if it fails."""
        attempt = await self.run(*arguments, "--json")
        assert attempt.code == 0, attempt
        return json.loads(attempt.out)

    @asynccontextmanager
    async def daemon(self, *, env: Mapping[str, str] | None = None) -> AsyncIterator[Running]:
        """Run the daemon until the end of the block, and wait until it is watching."""
        child = await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "watcher", "--config", str(self.config), "run"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            env=None if env is None else dict(env),
        )
        running = Running(child)
        reading = asyncio.create_task(_read_log(running))
        try:
            await running.wait_for(" watching")
            yield running
        finally:
            if child.returncode is None:
                child.kill()
            await child.wait()
            await reading

    @asynccontextmanager
    async def client(self, **headers: str) -> AsyncIterator[httpx.AsyncClient]:
        """Return a client of the daemon's API that uses no proxy."""
        base = f"http://127.0.0.1:{self.port}"
        async with httpx.AsyncClient(base_url=base, headers=headers, timeout=30, trust_env=False) as client:
            yield client

    async def is_alive(self, seconds: float = START_SECONDS) -> None:
        """Wait until the daemon answers. Raises AssertionError."""
        deadline = time.monotonic() + seconds
        async with self.client() as client:
            while True:
                with suppress(httpx.TransportError):
                    if (await client.get("/readyz")).status_code == 200:
                        return
                assert time.monotonic() < deadline, "the daemon does not answer"
                await asyncio.sleep(0.1)  # real time: another process starts

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Return the rows of a statement on the daemon's SQLite file."""
        with closing(sqlite3.connect(self.database, timeout=10)) as conn, conn:
            return conn.execute(statement).fetchall()

    async def message_with(self, text: str, seconds: float = 20.0) -> ReceivedMessage:
        """Return the first Slack message that contains a text."""
        deadline = time.monotonic() + seconds
        while True:
            for message in self.messages:
                if text in json.dumps(message.body, ensure_ascii=False):
                    return message
            assert time.monotonic() < deadline, f"no message with {text!r} in {len(self.messages)} messages"
            await asyncio.sleep(0.05)  # real time: another process sends

    def offer_plain(self, count: int = 8, query: str = QUERY) -> None:
        """Offer plain listings at 300 USD and more, plus 5 for shipping."""
        colours = ("black", "white", "red", "blue", "green", "grey", "pink", "teal")
        for n in range(count):
            title = f"Kestrel X1 {colours[n % len(colours)]}"
            self.goods.put(query, summary(f"v1|{100 + n}|0", title, f"{300 + 7 * n}.00", "5.00"))


class SpoiledMarket(MarketServer):
    """A market whose answers begin with rows that no filter of eBay has seen."""

    def add_rows(self, rows: Callable[[], list[dict[str, Any]]]) -> None:
        """Put `rows()` before the rows of each search, as they are: call before the start."""
        search = self._browse.search

        async def spoiled_search(request: web.Request) -> web.Response:
            answer = await search(request)
            if not rows() or answer.status != HTTPStatus.OK:
                return answer
            assert isinstance(answer.body, bytes)
            packed = answer.headers.get("Content-Encoding") == "gzip"
            found = json.loads(gzip.decompress(answer.body) if packed else answer.body)
            found["itemSummaries"] = [*rows(), *found.get("itemSummaries", [])]
            found["total"] = found["total"] + len(rows())
            return web.json_response(found)

        self._browse.search = spoiled_search  # type: ignore[method-assign]  # the attack


@asynccontextmanager
async def attacked_world(
    home: Path, prepare: Callable[[SpoiledMarket], None] = lambda _: None
) -> AsyncIterator[World]:
    """Start a market in this process; `prepare` may replace its handlers before it listens."""
    goods = Scripted()
    market = SpoiledMarket(goods, clock=time.time)
    market.quota.limit = 1_000_000
    prepare(market)
    world = World(home, goods, market, free_port())
    market.add_rows(lambda: world.spoiled)
    async with market:
        world.configure()
        yield world


async def _read_log(running: Running) -> None:
    assert running.process.stderr is not None
    while line := await running.process.stderr.readline():
        running.log.append(line.decode())


Attack = Callable[[Path], Awaitable[None]]


def attack(function: Attack) -> Attack:
    """Mark a function as an attack that `make attack` replays."""
    function.is_attack = True  # type: ignore[attr-defined]  # a mark on a function
    return function
