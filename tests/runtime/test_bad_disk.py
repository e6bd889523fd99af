"""A real daemon whose disk or database fails: it reports that, loses no alert, and recovers by itself.

These are the rows of the table in docs/operations.md.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing, suppress
from pathlib import Path

import pytest

from tests import crash
from watcher.adapters.host.alarm_file import ALARM_FILE_NAME

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
# The daemon, but with a report to ops after 3 s of trouble instead of 60 s.
IMPATIENT = """
import sys
from watcher.monitoring import database_monitor
from watcher.db import sqlite
from watcher.__main__ import main
database_monitor.PATIENCE = 3.0
sqlite.BUSY_TIMEOUT_MS = 2_000
sys.exit(main())
"""
# Seconds during which new items appear, and seconds of trouble among them.
SECONDS, TROUBLE = 20, 8.0
SEARCHES = crash.enough(SECONDS)


class Installation:
    """A daemon, its files, and a market with a new item every 250 ms."""

    def __init__(self, home: Path, market_home: Path) -> None:
        self.home, self.file = home, home / "watcher.db"
        self.sink = market_home / "sink.jsonl"
        self.expected = {str(row["itemId"]) for s in crash.script(SECONDS, SEARCHES) for row in s["put"]}  # type: ignore[attr-defined]  # rows
        self.config = Path()
        self.daemon: asyncio.subprocess.Process | None = None
        self.log: list[str] = []

    def ready(self) -> tuple[bool, str]:
        """Return whether /readyz answers 200, and its text."""
        port = self.config.read_text().partition("\nport = ")[2].split()[0]
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=20) as answer:
                return True, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return False, json.load(refusal)["message"]
        except OSError as error:
            return False, str(error)

    async def until(self, ready: bool, within: float) -> str:  # noqa: FBT001 - a state
        """Wait for that answer of /readyz; return its text."""
        deadline = time.monotonic() + within
        while True:
            is_ready, text = await asyncio.to_thread(self.ready)
            if is_ready == ready:
                return text
            assert time.monotonic() < deadline, (text, "".join(self.log[-40:]))
            await asyncio.sleep(0.2)

    @asynccontextmanager
    async def running(self, *command: str) -> AsyncIterator[None]:
        args = command or ("-c", IMPATIENT, "--config", str(self.config), "run")
        async with crash.process(*args, stderr=asyncio.subprocess.PIPE) as self.daemon:
            await crash.watching(self.daemon)
            listening = asyncio.create_task(self._listen(self.daemon))
            try:
                yield
            finally:
                listening.cancel()

    async def _listen(self, daemon: asyncio.subprocess.Process) -> None:
        assert daemon.stderr is not None
        async for line in daemon.stderr:
            self.log.append(line.decode())

    def ops(self) -> list[str]:
        """Return the phases of the ops messages about the database."""
        blocks = [
            json.loads(line)["body"]["blocks"][0]["block_id"] for line in self.sink.read_text().splitlines()
        ]
        return [b.split(":")[2] for b in blocks if b.startswith("incident:") and ":watcher:database" in b]

    async def all_alerted(self) -> None:
        deadline = time.monotonic() + 90
        while not self.expected <= {i for d in crash.deliveries(self.sink) for i in d.items}:
            assert time.monotonic() < deadline, "".join(self.log[-40:])
            await asyncio.sleep(0.3)

    def check(self) -> None:
        verdict = crash.judge(self.sink, self.expected, [])
        assert (verdict.lost, verdict.alerted_twice, verdict.unexcused) == ([], [], [])
        with closing(sqlite3.connect(self.file)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Yield a small disk."""
    mount_point = tmp_path / "disk"
    mount_point.mkdir()
    mounted = (
        shutil.which("mount")
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=16m", "watcher-test", str(mount_point)],
            check=False,
            capture_output=True,
        ).returncode
        == 0
    )
    if not mounted:
        pytest.skip("a small disk needs root and tmpfs")
    yield mount_point
    subprocess.run(["umount", "-l", str(mount_point)], check=True)


@asynccontextmanager
async def installed(home: Path, tmp_path: Path) -> AsyncIterator[Installation]:
    """Yield an installation with registered watches; its daemon does not run yet."""
    home.mkdir(exist_ok=True)
    installation = Installation(home, tmp_path)
    (tmp_path / "script.json").write_text(json.dumps(crash.script(SECONDS, SEARCHES)))
    args = (
        "-m",
        "tests.market",
        "--scripted",
        str(tmp_path / "script.json"),
        "--sink-log",
        str(installation.sink),
    )
    async with crash.process(*args, "--quota", "1000000", stdout=asyncio.subprocess.PIPE) as market:
        assert market.stdout is not None
        url = (await market.stdout.readline()).decode().strip()
        installation.config = crash.configure(home, url, SEARCHES)
        text = installation.config.read_text().replace(
            "[slack]", f'[slack]\nops_webhook_url = "{url}/slack/services/ops"'
        )
        installation.config.write_text(text)
        await crash.register(installation.config, SEARCHES)
        yield installation


async def assert_survives(
    installation: Installation,
    break_it: Callable[[], Callable[[], object]],
    reason: str,
    seconds: float = TROUBLE,
) -> None:
    """Break something for a while, and check readiness, ops messages, alerts and alarms."""
    async with installation.running():
        await installation.until(ready=True, within=30)
        repair = break_it()
        try:
            text = await installation.until(ready=False, within=30)
            assert reason in text
            await asyncio.sleep(seconds)
            assert not installation.ready()[0]
            # A probe waits for the failing writes before it.
            deadline = time.monotonic() + 60
            while installation.ops() != ["firing"]:
                assert time.monotonic() < deadline, "".join(installation.log[-40:])
                await asyncio.sleep(0.2)
            assert any("the database has not been writable for" in line for line in installation.log)
        finally:
            repair()
        await installation.until(ready=True, within=10)
        await installation.all_alerted()
        deadline = time.monotonic() + 15
        while installation.ops() != ["firing", "resolved"]:
            assert time.monotonic() < deadline, installation.ops()
            await asyncio.sleep(0.2)
        assert not (installation.home / ALARM_FILE_NAME).exists()
        assert not any("Traceback" in line and "our fault" in line for line in installation.log)
    installation.check()


async def test_a_full_disk_loses_no_alert(disk: Path, tmp_path: Path) -> None:
    async with installed(disk, tmp_path) as installation:

        def fill() -> Callable[[], object]:
            ballast = disk / "ballast"
            with ballast.open("wb", buffering=0) as file, suppress(OSError):
                for size in (65_536, 4_096, 1):
                    with suppress(OSError):
                        while True:
                            file.write(b"\0" * size)
            return ballast.unlink

        await assert_survives(installation, fill, "full")


@pytest.mark.parametrize("seconds", [TROUBLE, 30.0])
async def test_a_lock_of_another_process_loses_no_alert(tmp_path: Path, seconds: float) -> None:
    async with installed(tmp_path / "home", tmp_path) as installation:

        def lock() -> Callable[[], object]:
            other = sqlite3.connect(installation.file, isolation_level=None, timeout=30)
            other.execute("BEGIN IMMEDIATE")
            return other.close

        await assert_survives(installation, lock, "The database cannot be written: ", seconds)


async def test_a_lock_of_thirty_seconds_with_default_settings(tmp_path: Path) -> None:
    """Half a minute causes no ops message, and loses no alert."""
    async with installed(tmp_path / "home", tmp_path) as installation:
        async with installation.running(*crash.watcher(installation.config, "run")):
            await installation.until(ready=True, within=30)
            with closing(sqlite3.connect(installation.file, isolation_level=None, timeout=30)) as other:
                other.execute("BEGIN IMMEDIATE")
                held = time.monotonic()
                await installation.until(ready=False, within=29)
                await asyncio.sleep(held + 30 - time.monotonic())
            await installation.until(ready=True, within=10)
            await installation.all_alerted()
            assert installation.ops() == []
        installation.check()


async def test_read_only_files_lose_no_alert(tmp_path: Path) -> None:
    async with installed(tmp_path / "home", tmp_path) as installation:

        def freeze() -> Callable[[], object]:
            files = [str(p) for p in (installation.file, installation.file.with_name("watcher.db-wal"))]
            frozen = (
                shutil.which("chattr")
                and subprocess.run(
                    ["chattr", "+i", *files],
                    check=False,
                    capture_output=True,
                ).returncode
                == 0
            )
            if not frozen:
                pytest.skip("files that even open handles cannot write need root, chattr and ext4")
            return lambda: subprocess.run(["chattr", "-i", *files], check=True)

        await assert_survives(installation, freeze, "cannot be written: ")


async def test_a_missing_disk_loses_no_alert(tmp_path: Path) -> None:
    async with installed(tmp_path / "home", tmp_path) as installation:

        def unmount() -> Callable[[], object]:
            away = installation.home.rename(tmp_path / "away")
            original, installation.config = installation.config, away / installation.config.name

            def mount() -> None:
                away.rename(installation.home)
                installation.config = original

            return mount

        await assert_survives(installation, unmount, "cannot be written back")


async def test_a_deleted_database_file_is_rewritten_within_ten_seconds(tmp_path: Path) -> None:
    async with installed(tmp_path / "home", tmp_path) as installation:
        async with installation.running():
            await installation.until(ready=True, within=30)
            for path in installation.home.glob("watcher.db*"):
                path.unlink()
            deadline = time.monotonic() + 12
            while not installation.file.exists():
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)
            await installation.all_alerted()
            while installation.ops() != ["resolved"]:
                assert time.monotonic() < deadline + 5
                await asyncio.sleep(0.1)
        installation.check()
        with closing(sqlite3.connect(installation.file)) as db:
            assert db.execute("SELECT count(*) FROM outbox WHERE state = 'sent'").fetchone()[0] > 0
            assert db.execute("SELECT count(*) FROM watches").fetchone()[0] == SEARCHES


async def test_a_replaced_database_file_ends_the_daemon_and_is_kept_aside(
    tmp_path: Path, empty_database: Path
) -> None:
    async with installed(tmp_path / "home", tmp_path) as installation:
        async with installation.running():
            await installation.until(ready=True, within=30)
            await asyncio.sleep(3)
            for path in installation.home.glob("watcher.db*"):
                path.unlink()
            shutil.copyfile(empty_database, installation.file)
            assert installation.daemon is not None
            assert await asyncio.wait_for(installation.daemon.wait(), 20) == 1
            await asyncio.sleep(0.5)
        last = installation.log[-1]
        assert last.startswith("watcher: ")
        assert "was replaced while it was open. What watcher had is kept as" in last
        assert installation.ops() == ["firing"]
        (aside,) = installation.home.glob("watcher.db.orphaned-*")
        async with crash.process(*crash.watcher(installation.config, "db", "restore", str(aside))) as restore:
            assert await restore.wait() == 0
        async with installation.running():
            await installation.all_alerted()
        installation.check()


async def test_damaged_pages_are_reported_and_a_backup_repairs_them(tmp_path: Path) -> None:
    async with installed(tmp_path / "home", tmp_path) as installation:
        backups = installation.home / "backups"
        backups.mkdir()
        async with installation.running():
            await installation.until(ready=True, within=30)
            await asyncio.sleep(3)
            async with crash.process(
                *crash.watcher(installation.config, "db", "backup", str(backups))
            ) as backup:
                assert await backup.wait() == 0
            with closing(sqlite3.connect(installation.file)) as other:
                other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            with installation.file.open("r+b") as damaged:
                damaged.seek(4096)
                damaged.write(os.urandom(installation.file.stat().st_size - 4096))
            text = await installation.until(ready=False, within=30)
            while "is damaged" not in text:
                text = await installation.until(ready=False, within=30)
                await asyncio.sleep(0.5)
            assert "watcher db restore FILE" in text
            assert installation.daemon is not None
            installation.daemon.kill()
            await installation.daemon.wait()
        async with crash.process(
            *crash.watcher(installation.config, "run"), stderr=asyncio.subprocess.PIPE
        ) as refused:
            output = (await refused.communicate())[1].decode()
        assert refused.returncode == 1
        (newest,) = backups.iterdir()
        assert "is damaged" in output
        assert "watcher db restore" in output
        assert "Traceback" not in output
        async with crash.process(
            *crash.watcher(installation.config, "db", "restore", str(newest))
        ) as restore:
            assert await restore.wait() == 0
        async with installation.running():
            await installation.until(ready=True, within=30)
            await installation.all_alerted()
    verdict = crash.judge(installation.sink, installation.expected, [])
    assert verdict.lost == []
