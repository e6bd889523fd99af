"""`watcher run` as a process: systemd, signals, one daemon per file, and refused configurations."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sqlite3
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.crash import free_port
from tests.fakes import FakeClock
from tests.forks import Forked, forked
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.waiting import PATIENCE, until
from watcher.cli import run_cli
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET

_SEARCH = "/buy/browse/v1/item_summary/search"


@pytest.fixture
async def market() -> AsyncIterator[MarketServer]:
    goods = Scripted()
    goods.put("zenitar mk2", summary("1", "Zenitar mk2 camera", "40.00"))
    async with MarketServer(goods, clock=FakeClock().now) as server:
        yield server


@pytest.fixture
def home(tmp_path: Path, empty_database: Path) -> Path:
    """Return a directory with a migrated database, which saves the daemon time."""
    (tmp_path / "watcher.db").write_bytes(empty_database.read_bytes())
    return tmp_path


def configured(home: Path, market: MarketServer, more: str = "") -> Path:
    path = home / "config.toml"
    path.write_text(f"""
[database]
url = "sqlite:///{home}/watcher.db"
[http]
port = {free_port()}
[ebay]
base_url = "{market.url}"
client_id = "{CLIENT_ID}"
client_secret = "{CLIENT_SECRET}"
[slack]
watch_webhook_url = "{market.webhook("watches")}"
{more}
""")
    return path


def daemon(config: Path, *options: str, **env: str) -> AbstractAsyncContextManager[Forked]:
    return forked("-m", "watcher", "--config", str(config), "run", *options, env={**os.environ, **env})


async def read_log(child: Forked, text: str) -> str:
    """Return what the daemon logs, up to a line with this text."""
    log = ""
    async with asyncio.timeout(PATIENCE):
        while text not in log:
            line = (await child.stderr.readline()).decode()
            assert line, log
            log += line
    return log


async def add_a_watch(config: Path) -> None:
    arguments = ("--config", str(config), "watch", "add", "zenitar mk2", "--below", "50")
    assert await asyncio.to_thread(run_cli, list(arguments)) == 0


async def test_the_daemon_is_ready_alerts_and_stops_on_sigterm(tmp_path: Path, market: MarketServer) -> None:
    notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    notify.bind(str(tmp_path / "notify"))
    notify.setblocking(False)
    config = configured(tmp_path, market)
    async with daemon(config, NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="3000000") as child:
        log = await read_log(child, " watching")
        assert "ebay: at least 2 and at most 4 attempts of the 6 allowed within 30 s" in log
        await add_a_watch(config)
        signals: list[str] = []
        async with asyncio.timeout(PATIENCE):
            while not market.messages or "WATCHDOG=1" not in signals:
                await asyncio.sleep(0.05)
                signals += _received(notify)
        child.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(child.wait(), PATIENCE) == 0
    signals += _received(notify)
    notify.close()
    assert (signals[0], signals[-1]) == ("READY=1", "STOPPING=1")
    assert [m.body["blocks"][0]["block_id"].partition(":")[0] for m in market.messages] == ["alert"]


def _received(notify: socket.socket) -> list[str]:
    signals = []
    while True:
        try:
            signals.append(notify.recv(100).decode())
        except BlockingIOError:
            return signals


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no full device")
@pytest.mark.parametrize(
    "streams",
    [
        "<&- >&- 2>&-",
        pytest.param("2>/dev/full", marks=pytest.mark.slow),
        pytest.param("<&- >/dev/full 2>/dev/full", marks=pytest.mark.slow),
    ],
)
async def test_signals_and_unusable_streams_do_not_end_a_daemon(
    home: Path, market: MarketServer, streams: str
) -> None:
    config = configured(home, market)
    port = config.read_text().partition("port = ")[2].split()[0]
    shell = f'exec "{sys.executable}" -m watcher --config "{config}" run {streams}'
    child = await asyncio.create_subprocess_exec("sh", "-c", shell)
    try:
        await _wait_until_ready(child, port)
        for number in (signal.SIGUSR1, signal.SIGUSR2, signal.SIGPROF, signal.SIGRTMIN + 3, signal.SIGIO):
            child.send_signal(number)
        await _wait_until_ready(child, port)
        child.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(child.wait(), PATIENCE) == 0
    finally:
        if child.returncode is None:
            child.kill()
            await child.wait()
    with sqlite3.connect(home / "watcher.db") as conn:
        assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    conn.close()


async def _wait_until_ready(child: asyncio.subprocess.Process, port: str) -> None:
    async with asyncio.timeout(PATIENCE), httpx.AsyncClient(timeout=PATIENCE) as client:
        while True:
            assert child.returncode is None
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                pass
            await asyncio.sleep(0.05)


async def test_a_frozen_daemon_sends_no_heartbeat(home: Path, market: MarketServer) -> None:
    period = 1.0
    heartbeat = f'[heartbeat]\nurl = "{market.url}/heartbeat?key=canary"\nevery = "1s"\n'
    config = configured(home, market, heartbeat)
    async with daemon(config) as child:
        log = await read_log(child, " watching")
        assert market.heartbeats == 0  # a daemon that dies at its start must not look alive
        await until(lambda: market.heartbeats)
        child.send_signal(signal.SIGSTOP)
        for _ in range(20):  # turns of the loop, for a heartbeat that was being sent
            await asyncio.sleep(0.01)
        before = market.heartbeats
        await asyncio.sleep(1.2 * period)  # the next one would be due within a period
        assert market.heartbeats == before
        child.send_signal(signal.SIGCONT)
        await until(lambda: market.heartbeats > before)
        child.send_signal(signal.SIGTERM)
        log += (await child.communicate())[1].decode()
    assert "canary" not in log


async def test_a_second_daemon_on_the_same_file_is_refused(home: Path, market: MarketServer) -> None:
    config = configured(home, market)
    async with daemon(config) as first:
        await read_log(first, " watching")
        async with daemon(config) as second:
            _, output = await second.communicate()
        assert second.returncode == 1
        assert (
            output.decode()
            .strip()
            .endswith(f"Another watcher (process {first.pid}) uses this database; stop it first.")
        )


async def test_sighup_reloads_and_keeps_the_old_configuration_on_errors(
    home: Path, market: MarketServer
) -> None:
    config = configured(home, market)
    good = config.read_text()
    async with daemon(config) as child:
        await read_log(child, " watching")
        config.write_text(good + "\n[polling]\nmin_intervall = '1m'\n")
        child.send_signal(signal.SIGHUP)
        log = await read_log(child, "min_interval")
        assert "the new configuration is refused" in log
        assert 'did you mean "min_interval"' in log
        config.write_text(good + "\n[log]\nformat = 'json'\n")
        child.send_signal(signal.SIGHUP)
        assert '"message": "watching"' in await read_log(child, '"watching"')
        child.send_signal(signal.SIGTERM)
        assert await child.wait() == 0


async def test_a_reload_makes_the_watches_fit_the_plans(home: Path, market: MarketServer) -> None:
    config = configured(home, market)
    unlimited = config.read_text()
    for _ in range(3):
        words = ("watch", "add", "zenitar mk2", "--user", "collector")
        assert await asyncio.to_thread(run_cli, ["--config", str(config), *words]) == 0

    def paused() -> list[int]:
        with closing(sqlite3.connect(home / "watcher.db")) as opened:
            return [row[0] for row in opened.execute("SELECT id FROM watches WHERE paused AND over_plan")]

    config.write_text(f"{unlimited}[plans]\nfree = {{ watches = 2 }}\n")
    async with daemon(config) as child:
        assert "plans applied" in await read_log(child, " watching")
        assert paused() == [3]
        config.write_text(f"{unlimited}[plans]\nfree = {{ watches = 1 }}\n")
        child.send_signal(signal.SIGHUP)
        await read_log(child, " watching")
        assert paused() == [2, 3]
        config.write_text(unlimited)
        child.send_signal(signal.SIGHUP)
        await read_log(child, " watching")
        assert paused() == []
        child.send_signal(signal.SIGTERM)
        assert await child.wait() == 0


async def test_a_reload_waits_for_a_message_that_is_being_sent(home: Path, market: MarketServer) -> None:
    market.faults = [Fault(FaultKind.SLOW, "/slack", seconds=3.2, times=1)]  # longer than SIGTERM waits
    config = configured(home, market)
    await add_a_watch(config)
    async with daemon(config) as child:
        await read_log(child, " watching")
        await until(lambda: market.messages)
        child.send_signal(signal.SIGHUP)
        log = await read_log(child, " watching")
        assert log.index(" sent ") < log.index(" reloading")
        await asyncio.sleep(0.5)  # a message that is not marked as sent would go out at once
        child.send_signal(signal.SIGTERM)
        assert await child.wait() == 0
    assert len(market.messages) == 1


async def test_sigterm_ends_the_daemon_during_calls_that_hang(home: Path, market: MarketServer) -> None:
    config = configured(home, market)
    await add_a_watch(config)
    port = config.read_text().partition("port = ")[2].split()[0]
    market.faults = [Fault(FaultKind.HANG, "/slack")]
    async with daemon(config) as child:
        await read_log(child, " watching")
        await until(lambda: any(path.startswith("/slack") for path in market.calls))
        before = market.calls[_SEARCH]
        market.faults = [*market.faults, Fault(FaultKind.HANG, _SEARCH)]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /api/comps?q=leica+m6 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        await until(lambda: market.calls[_SEARCH] > before)
        child.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(child.wait(), PATIENCE) == 0
        await reader.read()
        writer.close()


async def _status(config: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    capsys.readouterr()
    assert await asyncio.to_thread(run_cli, ["--config", str(config), "status", "--json"]) == 0
    status: dict[str, Any] = json.loads(capsys.readouterr().out)
    return status


async def test_status_follows_the_reloads_of_a_daemon(
    home: Path, market: MarketServer, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(home, market)
    good = config.read_text()
    async with daemon(config) as child:
        await read_log(child, " watching")
        before = await _status(config, capsys)
        assert (before["daemon"]["process"], before["troubles"]) == (child.pid, [])
        config.write_text(f'{good}[polling]\ntick = "2s"\n')
        assert (await _status(config, capsys))["troubles"] == ["the daemon runs with an older configuration"]
        child.send_signal(signal.SIGHUP)
        await read_log(child, " watching")
        assert (await _status(config, capsys))["well"]
        config.write_text(f"{good}[polling]\ntick = 2\n")
        child.send_signal(signal.SIGHUP)
        await read_log(child, "continuing with the old one")
        async with asyncio.timeout(PATIENCE):
            while "a reload was refused" not in (found := await _status(config, capsys))["troubles"]:
                await asyncio.sleep(0.05)
        assert found["troubles"] == ["the configuration is refused", "a reload was refused"]
        assert "tick must be" in found["daemons"][0]["reloadRefused"]
        child.send_signal(signal.SIGTERM)
        assert await child.wait() == 0
    config.write_text(good)
    assert (await _status(config, capsys))["daemon"] == {"running": False, "process": None}


async def test_a_reload_that_cannot_be_served_changes_nothing(
    home: Path, market: MarketServer, capsys: pytest.CaptureFixture[str]
) -> None:
    config = configured(home, market)
    good = config.read_text()
    async with daemon(config) as child:
        await read_log(child, " watching")
        for bad in (
            good.replace("client_secret", "# client_secret"),
            good.replace("[http]", '[http]\nhost = "0.0.0.0"'),
        ):
            config.write_text(bad)
            child.send_signal(signal.SIGHUP)
            assert "continuing with the old one" in await read_log(child, " watching")
            assert "a reload was refused" in (await _status(config, capsys))["troubles"]
        config.write_text(good)
        assert (await _status(config, capsys))["daemons"][0]["configuration"] == "current"
        child.send_signal(signal.SIGTERM)
        assert await child.wait() == 0


async def test_missing_credentials_are_refused_and_create_no_file(
    tmp_path: Path, market: MarketServer
) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'[database]\nurl = "sqlite:///{tmp_path}/state/watcher.db"\n')
    async with daemon(config) as child:
        _, output = await child.communicate()
    assert child.returncode == 78
    assert "watcher demo" in output.decode()
    assert "watcher run --setup" in output.decode()
    assert not (tmp_path / "state").exists()


async def test_without_keys_the_page_says_where_to_get_them(tmp_path: Path, market: MarketServer) -> None:
    config = tmp_path / "config.toml"
    port, state = free_port(), tmp_path / "state"
    config.write_text(f'[http]\nport = {port}\n[database]\nurl = "sqlite:///{state}/watcher.db"\n')
    setup = daemon(config, "--setup")
    async with (
        setup as child,
        httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=PATIENCE) as client,
    ):
        assert "watcher demo" in await read_log(child, "Until then")
        page = await client.get("/alerts", headers={"Accept": "text/html"})
        assert page.status_code == 503
        assert "Three steps to the first watch" in page.text
        assert "developer.ebay.com" in page.text
        assert "client_secret" in (await client.get("/api/watches")).json()["message"]
        assert not state.exists()
        (other := tmp_path / "other").mkdir()
        config.write_text(configured(other, market).read_text())
        child.send_signal(signal.SIGHUP)
        await read_log(child, " watching")
        child.send_signal(signal.SIGTERM)
        assert await child.wait() == 0


async def test_a_newer_database_is_refused_with_a_message(
    tmp_path: Path, market: MarketServer, empty_database: Path
) -> None:
    file = tmp_path / "watcher.db"
    file.write_bytes(empty_database.read_bytes())
    with sqlite3.connect(file) as db:
        db.execute("UPDATE alembic_version SET version_num = '9999'")
    db.close()
    async with daemon(configured(tmp_path, market)) as child:
        _, output = await child.communicate()
    assert child.returncode == 1
    assert "newer than this watcher" in output.decode()


async def test_alerts_wait_without_a_slack_destination(home: Path, market: MarketServer) -> None:
    config = configured(home, market)
    config.write_text(config.read_text().replace("watch_webhook_url", "#"))
    await add_a_watch(config)
    async with daemon(config) as child:
        assert "no Slack destination" in await read_log(child, " watching")
        await until(lambda: _waiting(home / "watcher.db"))
        child.send_signal(signal.SIGTERM)
        assert await child.wait() == 0
    assert _waiting(home / "watcher.db") == 1
    assert not market.messages


def _waiting(file: Path) -> int:
    with sqlite3.connect(file) as db:
        found = int(db.execute("SELECT count(*) FROM outbox WHERE state = 'pending'").fetchone()[0])
    db.close()
    return found
