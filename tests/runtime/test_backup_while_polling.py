"""A backup made during polling, restored elsewhere: the rows are equal, and no alert is sent twice."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests import crash

SECONDS = 12
SEARCHES = crash.enough(SECONDS)


def dump(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return list(db.iterdump())


def sent_messages(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as db:
        return {ref for (ref,) in db.execute("SELECT ref FROM outbox WHERE state = 'sent'")}


async def run_command(config: Path, *command: str) -> None:
    async with crash.process(*crash.watcher(config, *command)) as child:
        assert await child.wait() == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_restored_backup_continues_without_repeating_alerts(tmp_path: Path) -> None:
    steps = crash.script(SECONDS, SEARCHES)
    expected = {crash._number(s) for s in steps}
    old, new, sink = tmp_path / "old", tmp_path / "new", tmp_path / "sink.jsonl"
    for home in (old, new):
        home.mkdir()
    (tmp_path / "script.json").write_text(json.dumps(steps))
    args = ("-m", "tests.market", "--scripted", str(tmp_path / "script.json"), "--sink-log", str(sink))
    async with crash.process(*args, "--quota", "1000000", stdout=asyncio.subprocess.PIPE) as market:
        assert market.stdout is not None
        url = (await market.stdout.readline()).decode().strip()
        config = crash.configure(old, url, SEARCHES)
        await crash.register(config, SEARCHES)
        async with crash.process(*crash.watcher(config, "run"), stderr=asyncio.subprocess.PIPE) as daemon:
            await crash.watching(daemon)
            reading = asyncio.create_task(daemon.communicate())
            deadline = time.monotonic() + 60
            while len(crash.deliveries(sink)) < 5:
                assert time.monotonic() < deadline
                await asyncio.sleep(0.1)
            backup = tmp_path / "backup.db"
            await run_command(config, "db", "backup", str(backup))
            daemon.kill()
            await reading
        clean = crash.configure(new, url, SEARCHES)
        await run_command(clean, "db", "restore", str(backup))
        assert dump(new / "watcher.db") == dump(backup)
        sent, before = sent_messages(backup), len(crash.deliveries(sink))
        assert sent
        await crash.finish(clean, sink, expected)
    since = {d.alert for d in crash.deliveries(sink)[before:]}
    assert not since & sent
    assert expected <= {i for d in crash.deliveries(sink) for i in d.items}
    assert sent <= sent_messages(new / "watcher.db")
