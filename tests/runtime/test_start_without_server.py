"""A daemon that starts before its Postgres server: it waits, and reports that to probes, ops and the log."""

from __future__ import annotations

import asyncio
import io
import re
import time
from pathlib import Path

import httpx
import pytest

from tests import crash, postgres
from tests.daemons import LoggingMarket
from tests.market.rows import summary
from tests.market.server import MarketServer
from tests.postgres import Cluster, NoPostgres
from tests.waiting import PATIENCE
from watcher.adapters.host.systemd import Systemd
from watcher.config import load_settings
from watcher.core.errors import Code, WatcherError
from watcher.core.times import MINUTE
from watcher.db.migrate import upgrade_schema
from watcher.db.postgres import why_unreachable
from watcher.db.revisions import DatabaseRefused
from watcher.runtime.lifecycle import serve

SECRET = "hush-hush"


def configured(home: Path, database: str, market: str = "http://127.0.0.1:9") -> Path:
    path = crash.configure(home, market)
    text = path.read_text().replace(f"sqlite:///{home}/watcher.db", database)
    text = text.replace("[slack]\n", f'[slack]\nops_webhook_url = "{market}/slack/services/ops"\n')
    path.write_text(f'state_dir = "{home}"\n{text}')
    return path


def port_of(config: Path) -> str:
    found = re.search(r"port = (\d+)", config.read_text())
    assert found is not None
    return found[1]


async def get(config: Path, path: str) -> httpx.Response:
    """Return the daemon's answer, as soon as it listens."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port_of(config)}", timeout=PATIENCE) as client:
        async with asyncio.timeout(PATIENCE):
            while True:
                try:
                    return await client.get(path)
                except httpx.ConnectError:
                    await asyncio.sleep(0.05)  # it binds after its first attempt to connect


def test_a_server_that_refuses_us_is_not_unreachable(cluster: Cluster, postgres_url: str) -> None:
    assert "port 1 failed: Connection refused" in why_unreachable(
        "postgresql+psycopg://nobody@127.0.0.1:1/none"
    )
    assert why_unreachable(postgres_url + "/elsewhere")
    assert not why_unreachable(postgres_url)
    assert not why_unreachable(cluster.url("none"))
    assert not why_unreachable(postgres_url.replace("postgres@", "nobody@"))
    assert not why_unreachable(postgres_url + "&nonsense=1")


@pytest.mark.usefixtures("restored_log")
@pytest.mark.parametrize("event", ["stop", "reload"])
async def test_the_daemon_waits_for_its_server_and_can_be_stopped(tmp_path: Path, event: str) -> None:
    config, log = configured(tmp_path, f"postgresql://w:{SECRET}@127.0.0.1:1/w"), io.StringIO()
    events = {"stop": asyncio.Event(), "reload": asyncio.Event()}
    serving = asyncio.create_task(serve(load_settings(config, {}), Systemd({}), **events, stream=log))
    alive = await get(config, "/healthz")
    assert (alive.status_code, alive.json()) == (200, {"status": "alive"})
    async with asyncio.timeout(PATIENCE):
        while "port 1 failed" not in (refused := await get(config, "/readyz")).text:
            await asyncio.sleep(0.05)  # until its first attempt has failed
    assert refused.status_code == 503
    assert refused.json()["shouldRetry"]
    assert (await get(config, "/api/watches")).status_code == 503
    events[event].set()
    async with asyncio.timeout(PATIENCE):
        await serving
    assert "waiting for the database postgresql://w@127.0.0.1:1/w" in log.getvalue()
    assert SECRET not in log.getvalue() + refused.text


@pytest.mark.usefixtures("restored_log")
async def test_a_permanent_database_error_ends_the_start(
    cluster: Cluster, tmp_path: Path, postgres_url: str
) -> None:
    stop, reload, empty = asyncio.Event(), asyncio.Event(), cluster.create()
    missing = load_settings(configured(tmp_path, cluster.url("none")), {})
    with pytest.raises(WatcherError) as refused:
        await serve(missing, Systemd({}), stop, reload, stream=io.StringIO())
    assert refused.value.code is Code.DATABASE_CONNECTION_FAILED
    bare = load_settings(configured(tmp_path, cluster.url(empty)), {})
    with pytest.raises(DatabaseRefused, match="watcher db upgrade"):
        await serve(bare, Systemd({}), stop, reload, stream=io.StringIO())
    cluster.drop(empty)


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_daemon_started_before_postgres_reports_and_recovers(
    tmp_path: Path,
) -> None:
    goods, port = LoggingMarket(), crash.free_port()
    goods.put(crash.query(0), summary("v1|1|0", "Zenitar mk0 camera", "40.00"))
    try:
        with postgres.cluster(port=port) as server:
            url = server.url(server.create()).replace("postgres@", f"postgres:{SECRET}@")
            await asyncio.to_thread(upgrade_schema, url)
            async with MarketServer(goods, clock=time.time) as market:
                market.quota.limit = 1_000_000
                config = configured(tmp_path, url, market.url)
                await crash.register(config, searches=1)
                await asyncio.to_thread(server.stop)
                await start_early(config, server, market)
    except NoPostgres as error:
        pytest.skip(str(error))


async def start_early(config: Path, server: Cluster, market: MarketServer) -> None:
    async with crash.process(*crash.watcher(config, "run"), stderr=asyncio.subprocess.PIPE) as child:
        assert (await get(config, "/readyz")).status_code == 503
        async with asyncio.timeout(MINUTE + PATIENCE):
            while not market.messages:
                await asyncio.sleep(0.2)  # real time: ops messages wait for a minute
        await asyncio.to_thread(server.start)
        await crash.watching(child)
        assert child.stderr is not None
        reading = asyncio.create_task(child.stderr.read())
        async with asyncio.timeout(PATIENCE):
            while len(market.messages) < 3:
                await asyncio.sleep(0.1)
        assert (await get(config, "/readyz")).status_code == 200
        child.terminate()
        assert await child.wait() == 0
        assert SECRET not in (await reading).decode()
    block_ids = [m.body["blocks"][0]["block_id"].split(":") for m in market.messages]
    assert [(parts[0], *parts[2:3]) for parts in block_ids] == [
        ("incident", "firing"),
        ("incident", "resolved"),
        ("alert",),
    ]
