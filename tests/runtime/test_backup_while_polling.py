"""A backup made while the daemon polls, restored on a clean machine: equal, and nothing is told twice."""

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


def rows(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        return list(db.iterdump())


def sent(file: Path) -> set[str]:
    with closing(sqlite3.connect(file)) as db:
        return {ref for (ref,) in db.execute("SELECT ref FROM outbox WHERE state = 'sent'")}


async def ran(config: Path, *verb: str) -> None:
    async with crash.process(*crash.watcher(config, *verb)) as child:
        assert await child.wait() == 0


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_what_is_restored_is_what_was_backed_up_and_goes_on_without_repeating(tmp_path: Path) -> None:
    steps = crash.script(SECONDS, SEARCHES)
    expected = {crash._number(s) for s in steps}
    old, new, sink = tmp_path / "old", tmp_path / "new", tmp_path / "sink.jsonl"
    for place in (old, new):
        place.mkdir()
    (tmp_path / "script.json").write_text(json.dumps(steps))
    args = ("-m", "watcher.demo", "--scripted", str(tmp_path / "script.json"), "--sink-log", str(sink))
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
            await ran(config, "db", "backup", str(backup))
            daemon.kill()
            await reading
        clean = crash.configure(new, url, SEARCHES)
        await ran(clean, "db", "restore", str(backup))
        assert rows(new / "watcher.db") == rows(backup)
        told, before = sent(backup), len(crash.deliveries(sink))
        assert told
        await crash.finish(clean, sink, expected)
    since = {d.alert for d in crash.deliveries(sink)[before:]}
    assert not since & told
    assert expected <= {i for d in crash.deliveries(sink) for i in d.items}
    assert told <= sent(new / "watcher.db")
