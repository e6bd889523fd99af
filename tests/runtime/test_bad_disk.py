"""A real daemon whose disk or database is in trouble: it says so, loses nothing, and comes back by itself.

The table of docs/operations.md, one line after the other.
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
from watcher.adapters.host.alarm_file import ALARMS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
# The same daemon, which tells ops after three seconds of trouble instead of sixty.
IMPATIENT = """
import sys
from watcher import database_alarm
from watcher.db import engine
from watcher.__main__ import main
database_alarm.PATIENCE = 3.0
engine.BUSY_TIMEOUT_MS = 2_000
sys.exit(main())
"""
# Items come so long, and the trouble lasts from the first second of it to the last but some.
SECONDS, TROUBLE = 20, 8.0
SEARCHES = crash.enough(SECONDS)


class House:
    """A daemon, a market that offers a new item every quarter of a second, and where they keep things."""

    def __init__(self, home: Path, market_home: Path) -> None:
        self.home, self.file = home, home / "watcher.db"
        self.sink = market_home / "sink.jsonl"
        self.expected = {str(row["itemId"]) for s in crash.script(SECONDS, SEARCHES) for row in s["put"]}  # type: ignore[attr-defined]  # rows
        self.config = Path()
        self.daemon: asyncio.subprocess.Process | None = None
        self.said: list[str] = []

    def ready(self) -> tuple[bool, str]:
        """What /readyz says."""
        port = next(line.split("=")[1] for line in self.config.read_text().splitlines() if "port" in line)
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{int(port)}/readyz", timeout=20) as answer:
                return True, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return False, json.load(refusal)["message"]
        except OSError as error:
            return False, str(error)

    async def until(self, ready: bool, within: float) -> str:  # noqa: FBT001 - a state
        """Wait for /readyz to say so; its words."""
        deadline = time.monotonic() + within
        while True:
            is_ready, words = await asyncio.to_thread(self.ready)
            if is_ready == ready:
                return words
            assert time.monotonic() < deadline, (words, "".join(self.said[-40:]))
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
            self.said.append(line.decode())

    def ops(self) -> list[str]:
        """The phases of what ops were told of the database."""
        blocks = [
            json.loads(line)["body"]["blocks"][0]["block_id"] for line in self.sink.read_text().splitlines()
        ]
        return [b.split(":")[2] for b in blocks if b.startswith("incident:") and ":watcher:database" in b]

    async def all_told(self) -> None:
        deadline = time.monotonic() + 90
        while not self.expected <= {i for d in crash.deliveries(self.sink) for i in d.items}:
            assert time.monotonic() < deadline, "".join(self.said[-40:])
            await asyncio.sleep(0.3)

    def passes(self) -> None:
        verdict = crash.judge(self.sink, self.expected, [])
        assert (verdict.lost, verdict.told_twice, verdict.unexcused) == ([], [], [])
        with closing(sqlite3.connect(self.file)) as db:
            assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = (
        shutil.which("mount")
        and subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=16m", "watcher-test", str(place)],
            check=False,
            capture_output=True,
        ).returncode
        == 0
    )
    if not mounted:
        pytest.skip("a small disk needs root and tmpfs")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@asynccontextmanager
async def household(home: Path, tmp_path: Path) -> AsyncIterator[House]:
    """The daemon at work."""
    home.mkdir(exist_ok=True)
    house = House(home, tmp_path)
    (tmp_path / "script.json").write_text(json.dumps(crash.script(SECONDS, SEARCHES)))
    args = ("-m", "watcher.demo", "--scripted", str(tmp_path / "script.json"), "--sink-log", str(house.sink))
    async with crash.process(*args, "--quota", "1000000", stdout=asyncio.subprocess.PIPE) as market:
        assert market.stdout is not None
        url = (await market.stdout.readline()).decode().strip()
        house.config = crash.configure(home, url, SEARCHES)
        told = house.config.read_text().replace(
            "[slack]", f'[slack]\nops_webhook_url = "{url}/slack/services/ops"'
        )
        house.config.write_text(told)
        await crash.register(house.config, SEARCHES)
        yield house


async def endured(
    house: House, spoil: Callable[[], Callable[[], object]], words: str, seconds: float = TROUBLE
) -> None:
    """The trouble comes and goes, and everything in between is as the handbook says."""
    async with house.running():
        await house.until(ready=True, within=30)
        mend = spoil()
        try:
            said = await house.until(ready=False, within=30)
            assert words in said
            await asyncio.sleep(seconds)
            assert not house.ready()[0]
            # A probe waits behind the writes that fail before it.
            deadline = time.monotonic() + 60
            while house.ops() != ["firing"]:
                assert time.monotonic() < deadline, "".join(house.said[-40:])
                await asyncio.sleep(0.2)
            assert any("the database has not been writable for" in line for line in house.said)
        finally:
            mend()
        await house.until(ready=True, within=10)
        await house.all_told()
        deadline = time.monotonic() + 15
        while house.ops() != ["firing", "resolved"]:
            assert time.monotonic() < deadline, house.ops()
            await asyncio.sleep(0.2)
        assert not (house.home / ALARMS).exists()
        assert not any("Traceback" in line and "our fault" in line for line in house.said)
    house.passes()


async def test_a_full_disk(disk: Path, tmp_path: Path) -> None:
    async with household(disk, tmp_path) as house:

        def fill() -> Callable[[], object]:
            ballast = disk / "ballast"
            with ballast.open("wb", buffering=0) as file, suppress(OSError):
                for size in (65_536, 4_096, 1):
                    with suppress(OSError):
                        while True:
                            file.write(b"\0" * size)
            return ballast.unlink

        await endured(house, fill, "full")


@pytest.mark.parametrize("seconds", [TROUBLE, 30.0])
async def test_a_lock_that_another_process_holds(tmp_path: Path, seconds: float) -> None:
    async with household(tmp_path / "home", tmp_path) as house:

        def lock() -> Callable[[], object]:
            other = sqlite3.connect(house.file, isolation_level=None, timeout=30)
            other.execute("BEGIN IMMEDIATE")
            return other.close

        await endured(house, lock, "The database cannot be written: ", seconds)


async def test_a_lock_of_thirty_seconds_as_it_is_installed(tmp_path: Path) -> None:
    """With the product's own patience: nobody is called for half a minute, and nothing is lost by it."""
    async with household(tmp_path / "home", tmp_path) as house:
        async with house.running(*crash.watcher(house.config, "run")):
            await house.until(ready=True, within=30)
            with closing(sqlite3.connect(house.file, isolation_level=None, timeout=30)) as other:
                other.execute("BEGIN IMMEDIATE")
                held = time.monotonic()
                await house.until(ready=False, within=29)
                await asyncio.sleep(held + 30 - time.monotonic())
            await house.until(ready=True, within=10)
            await house.all_told()
            assert house.ops() == []
        house.passes()


async def test_files_that_can_be_written_no_more(tmp_path: Path) -> None:
    async with household(tmp_path / "home", tmp_path) as house:

        def freeze() -> Callable[[], object]:
            files = [str(p) for p in (house.file, house.file.with_name("watcher.db-wal"))]
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

        await endured(house, freeze, "cannot be written: ")


async def test_a_disk_that_is_gone_for_a_while(tmp_path: Path) -> None:
    async with household(tmp_path / "home", tmp_path) as house:

        def unmount() -> Callable[[], object]:
            away = house.home.rename(tmp_path / "away")
            kept, house.config = house.config, away / house.config.name

            def mount() -> None:
                away.rename(house.home)
                house.config = kept

            return mount

        await endured(house, unmount, "cannot be written back")


async def test_a_deleted_file_is_back_within_ten_seconds_and_nothing_is_lost(tmp_path: Path) -> None:
    async with household(tmp_path / "home", tmp_path) as house:
        async with house.running():
            await house.until(ready=True, within=30)
            for left in house.home.glob("watcher.db*"):
                left.unlink()
            deadline = time.monotonic() + 12
            while not house.file.exists():
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)
            await house.all_told()
            while house.ops() != ["resolved"]:
                assert time.monotonic() < deadline + 5
                await asyncio.sleep(0.1)
        house.passes()
        with closing(sqlite3.connect(house.file)) as db:
            assert db.execute("SELECT count(*) FROM outbox WHERE state = 'sent'").fetchone()[0] > 0
            assert db.execute("SELECT count(*) FROM watches").fetchone()[0] == SEARCHES


async def test_another_file_in_its_place_ends_the_daemon_with_a_sentence_and_the_old_one_is_kept(
    tmp_path: Path, empty_database: Path
) -> None:
    async with household(tmp_path / "home", tmp_path) as house:
        async with house.running():
            await house.until(ready=True, within=30)
            await asyncio.sleep(3)
            for left in house.home.glob("watcher.db*"):
                left.unlink()
            shutil.copyfile(empty_database, house.file)
            assert house.daemon is not None
            assert await asyncio.wait_for(house.daemon.wait(), 20) == 1
            await asyncio.sleep(0.5)
        last = house.said[-1]
        assert last.startswith("watcher: ")
        assert "was replaced while it was open. What watcher had is kept as" in last
        assert house.ops() == ["firing"]
        (aside,) = house.home.glob("watcher.db.orphaned-*")
        async with crash.process(*crash.watcher(house.config, "db", "restore", str(aside))) as restore:
            assert await restore.wait() == 0
        async with house.running():
            await house.all_told()
        house.passes()


async def test_damaged_pages_are_told_the_start_refuses_them_and_a_backup_heals(tmp_path: Path) -> None:
    async with household(tmp_path / "home", tmp_path) as house:
        backups = house.home / "backups"
        backups.mkdir()
        async with house.running():
            await house.until(ready=True, within=30)
            await asyncio.sleep(3)
            async with crash.process(*crash.watcher(house.config, "db", "backup", str(backups))) as backup:
                assert await backup.wait() == 0
            with closing(sqlite3.connect(house.file)) as other:
                other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            with house.file.open("r+b") as spoiled:
                spoiled.seek(4096)
                spoiled.write(os.urandom(house.file.stat().st_size - 4096))
            said = await house.until(ready=False, within=30)
            while "is damaged" not in said:
                said = await house.until(ready=False, within=30)
                await asyncio.sleep(0.5)
            assert "watcher db restore FILE" in said
            assert house.daemon is not None
            house.daemon.kill()
            await house.daemon.wait()
        async with crash.process(
            *crash.watcher(house.config, "run"), stderr=asyncio.subprocess.PIPE
        ) as refused:
            said = (await refused.communicate())[1].decode()
        assert refused.returncode == 1
        (newest,) = backups.iterdir()
        assert "is damaged" in said
        assert "watcher db restore" in said
        assert "Traceback" not in said
        async with crash.process(*crash.watcher(house.config, "db", "restore", str(newest))) as restore:
            assert await restore.wait() == 0
        async with house.running():
            await house.until(ready=True, within=30)
            await house.all_told()
    verdict = crash.judge(house.sink, house.expected, [])
    assert verdict.lost == []
