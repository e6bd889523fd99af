"""Failures and kills between any two store operations: each message of an incident is sent once."""

from __future__ import annotations

import shutil
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from tests.story import DOWN, SentMessage, Story
from watcher.core.errors import Api, Code, WatcherError
from watcher.core.monitoring.attempts import Attempt
from watcher.core.times import Seconds


class Fuse:
    """Counts the store's operations of one kind and fails the n-th; with `kills`, all later ones fail too."""

    def __init__(self, kind: str, nth: int, *, kills: bool) -> None:
        self.kind, self.nth, self.kills = kind, nth, kills
        self.count, self.blown, self.dead = 0, False, False

    def __call__(self, kind: str) -> None:
        if self.dead:
            raise disk_error()
        if kind != self.kind or self.blown:
            return
        self.count += 1
        if self.count == self.nth:
            self.blown, self.dead = True, self.kills
            raise disk_error()


def disk_error() -> Exception:
    return OperationalError("injected", None, sqlite3.OperationalError("disk I/O error"))


async def run_outage(url: str, fuse: Fuse) -> list[SentMessage]:
    """Simulate an outage of twelve minutes with a reminder; return the messages that ops received."""
    story = Story(url, repeat=300.0)
    attach_fuse(story, fuse)
    try:
        for n in range(60):  # each is half a minute
            code = DOWN if 8 <= n < 34 else None
            await step(story, fuse, code if n % 2 == 0 else None, call=n % 2 == 0)
            if fuse.dead:
                fuse.dead = False
                story.restart(1.0)
                attach_fuse(story, fuse)
        return story.channel.took
    finally:
        fuse.blown, fuse.dead = True, False
        story.close()


async def step(story: Story, fuse: Fuse, code: Code | None, *, call: bool) -> None:
    if call:
        story.health.observe(Attempt(Api.EBAY, story.clock.now(), Seconds(0.2), code))
    try:
        await story.health.evaluate(story.clock.now())
        while await story.dispatcher.drain(story.clock.now()):
            pass
    except WatcherError:
        assert fuse.blown, "only the injected failure occurs"
    story.clock.move(30)


def attach_fuse(story: Story, fuse: Fuse) -> None:
    engine = story.stores.database.engine
    event.listen(engine, "before_cursor_execute", lambda *_: fuse("statement"))
    event.listen(engine, "commit", lambda _: fuse("commit"))


def check_messages(sent: list[SentMessage], *, killed: bool) -> None:
    assert len({t.notice.incident_id for t in sent}) == 1, [str(t) for t in sent]
    messages = Counter((t.notice.phase, t.notice.at) for t in sent)
    # A message is sent twice only if the process died between Slack's answer and its record.
    assert sum(messages.values()) - len(messages) <= killed, [str(t) for t in sent]
    order = [phase for phase, _ in messages]
    assert (order[0], order[-1]) == ("firing", "resolved")
    assert set(order[1:-1]) == {"reminder"}
    assert len(order) <= 4


async def fail_every_nth(kind: str, step: int, home: Path, empty: Path, *, kills: bool) -> None:
    nth = 1
    while True:
        fuse, file = Fuse(kind, nth, kills=kills), home / f"{kind}-{nth}.db"
        shutil.copy(empty, file)
        check_messages(await run_outage(f"sqlite:///{file}", fuse), killed=kills)
        if fuse.count < nth:
            break
        nth += step
    assert nth > 4, "several operations failed"


@pytest.mark.parametrize("kills", [False, True], ids=["fails", "is killed"])
@pytest.mark.parametrize(("kind", "step"), [("statement", 67), ("commit", 17)])
async def test_ops_receive_each_message_once_whichever_operation_fails(
    kind: str, step: int, *, kills: bool, tmp_path: Path, empty_database: Path
) -> None:
    await fail_every_nth(kind, step, tmp_path, empty_database, kills=kills)


@pytest.mark.slow
@pytest.mark.timeout(1500)
@pytest.mark.parametrize("kills", [False, True], ids=["fails", "is killed"])
@pytest.mark.parametrize("kind", ["statement", "commit"])
async def test_ops_receive_each_message_once_if_any_single_operation_fails(
    kind: str, *, kills: bool, tmp_path: Path, empty_database: Path
) -> None:
    await fail_every_nth(kind, 1, tmp_path, empty_database, kills=kills)
