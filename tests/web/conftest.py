"""Fixtures: an app against a scripted market, and a client of its API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from tests.fakes import FakeClock
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.web.clients import client_of, opened_app
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.runtime import App

# The clock of these tests moves only when they move it, so that cache ages are exact.
CONFIG = """
state_dir = "{state}"
[database]
url = "{database}"
[ebay]
base_url = "{url}"
client_id = "{client_id}"
client_secret = "{client_secret}"
[retry.ebay]
max_retries = 0
[timeout]
comps = "2m"
attempt = "1m"
"""


def config_of(folder: Path, database: str, market: str) -> str:
    return CONFIG.format(
        state=folder, database=database, url=market, client_id=CLIENT_ID, client_secret=CLIENT_SECRET
    )


@pytest.fixture
def goods() -> Scripted:
    made = Scripted()
    made.put(
        "zenitar mk2", *(summary(str(n), f"Zenitar mk2 camera {n}", f"{40 + n}.00") for n in range(1, 6))
    )
    return made


@pytest.fixture
async def market(goods: Scripted, clock: FakeClock) -> AsyncIterator[MarketServer]:
    async with MarketServer(goods, clock=clock.now) as server:
        yield server


@pytest.fixture
def configured(tmp_path: Path, database_url: str, market: MarketServer) -> Callable[[str], Path]:
    def write(more: str = "") -> Path:
        path = tmp_path / "config.toml"
        path.write_text(config_of(tmp_path, database_url, market.url) + more)
        return path

    return write


@pytest.fixture
async def app(configured: Callable[[str], Path], clock: FakeClock) -> AsyncIterator[App]:
    async with opened_app(configured(""), clock) as made:
        yield made


@pytest.fixture
async def client(app: App) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as made:
        yield made
