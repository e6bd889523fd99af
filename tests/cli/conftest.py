"""Run commands in an empty directory, against a simulated market over real sockets."""

from __future__ import annotations

import asyncio
import json
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from watcher.cli import run_cli
from watcher.config import load_settings
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.runtime import App

QUERY = "zenitar mk2 camera"

LABEL = "Zen 17, a gift for my brother 漢字の長いラベルで間に空白がない, who collects cameras"


class Ran(NamedTuple):
    """The exit code and the output of a command."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The output, which must be JSON and nothing else."""
        return json.loads(self.out)


Run = Callable[..., Ran]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Change to an empty directory, without any variable of watcher in the environment."""
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.chdir(place)
    for name in os.environ:
        outside = ("CREDENTIALS_DIRECTORY", "STATE_DIRECTORY", "NO_COLOR")
        if name.startswith("WATCHER_") or name in outside or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    return place


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Return a function that runs a command in the empty `home`."""
    del home

    def command(*words: str) -> Ran:
        capsys.readouterr()
        code = run_cli(list(words))
        return Ran(code, *capsys.readouterr())

    return command


@pytest.fixture
def database(home: Path, empty_database: Path) -> Path:
    """Create an empty database where `run` looks for one."""
    path = home / "watcher.db"
    path.write_bytes(empty_database.read_bytes())
    return path


@pytest.fixture(scope="session")
def goods() -> Scripted:
    """Return seven cameras from $50 to $110, one with unknown shipping, and one for parts."""
    goods = Scripted()
    goods.put(
        QUERY,
        *(summary(str(n), f"Zenitar mk2 camera no {n}", f"{40 + 10 * n}.00") for n in range(1, 7)),
        summary("7", "Zenitar mk2 camera \x1b[2Jboxed", "100.00", "10.00"),
        summary("8", "Zenitar mk2 camera with strap", "45.00", None),
        summary("9", "Zenitar mk2 camera for parts", "5.00"),
    )
    return goods


@pytest.fixture(scope="session")
def server(goods: Scripted) -> Iterator[MarketServer]:
    """Start the simulated services on real sockets, in a thread."""
    loop = asyncio.new_event_loop()
    made = MarketServer(goods, clock=time.time)
    loop.run_until_complete(made.start())
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield made
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.run_until_complete(made.stop())
    loop.close()


@pytest.fixture
def market(server: MarketServer, home: Path) -> Iterator[MarketServer]:
    """Return the server, with a config.toml that points to it."""
    configure(home, server)
    server.messages.clear()
    yield server
    server.faults = []


@pytest.fixture(scope="session")
def databases() -> dict[str, tuple[bytes, str]]:
    """Hold the databases that `made_once` made, because most take as long as ten tests."""
    return {}


def made_once(
    databases: dict[str, tuple[bytes, str]], name: str, database: Path, make: Callable[[], str]
) -> str:
    """Fill the database by `make` in the first test and by a copy in others; return its result."""
    if name not in databases:
        found = make()
        with closing(sqlite3.connect(database)) as opened:
            opened.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        databases[name] = (database.read_bytes(), found)
    content, found = databases[name]
    database.write_bytes(content)
    return found


@pytest.fixture
def filled(run: Run, market: MarketServer, database: Path, databases: dict[str, tuple[bytes, str]]) -> str:
    """Fill the database: watches, an alert, a silence, tokens; return the alert's id."""
    del market
    return made_once(databases, "filled", database, lambda: _fill(run, database))


def _fill(run: Run, database: Path) -> str:
    for words in (
        ["watch", "add", QUERY, "--below", "75", "--label", LABEL, "--every", "37m", "--tag", "hunt9"],
        ["watch", "add", "omega 1861", "--rule", "deal 61%", "--exclude", "strap, box"],
        ["watch", "pause", "2"],
        ["token", "create", "--user", "ann"],
        ["token", "create", "--admin"],
        ["token", "revoke", "1"],
        ["alerts", "silence", "--watch", "2", "--for", "3h", "--reason", "holiday", "--by", "me"],
    ):
        done = run(*words)
        assert done.code == 0, done.err

    async def poll() -> None:
        async with App.opened(load_settings(None, {})) as app:
            await app.poller.tick(app.clock.now())
            await app.poller.settle()
            await app.dispatcher.drain(app.clock.now())

    asyncio.run(poll())
    with closing(sqlite3.connect(database)) as opened:
        (alert,) = opened.execute("SELECT id FROM alerts").fetchone()
    return str(alert)


def configure(
    home: Path, server: MarketServer, secret: str = CLIENT_SECRET, more: str = "", slack: str = ""
) -> None:
    """Write a config.toml that points to the server."""
    (home / "config.toml").write_text(
        f"""
[ebay]
base_url = "{server.url}"
client_id = "{CLIENT_ID}"
client_secret = "{secret}"
[slack]
watch_webhook_url = "{server.webhook("watches")}"
{slack}
[retry.ebay]
max_retries = 0
{more}
"""
    )


def files(place: Path) -> set[str]:
    """Return the relative paths of everything in a directory."""
    return {str(p.relative_to(place)) for p in place.rglob("*")}
