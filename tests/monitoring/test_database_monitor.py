"""The database is gone: said once by a path that needs none, and once more when it is back."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.fakes import FakeClock, RecordingAlarms
from watcher.adapters.host.alarm_file import ALARMS, AlarmFile
from watcher.core.alerts import OpsNotice
from watcher.core.errors import RestartRequired
from watcher.core.times import Instant
from watcher.db import sqlite
from watcher.db.stores import Stores
from watcher.monitoring.database_monitor import DatabaseMonitor


class Watch:
    """An alarm over a real file, looked at every ten seconds of a clock that is moved."""

    def __init__(self, stores: Stores, clock: FakeClock) -> None:
        self.clock, self.siren = clock, RecordingAlarms()
        self.told: list[tuple[str, OpsNotice]] = []
        self.deaf: set[str] = set()
        self.alarm = DatabaseMonitor(stores.probe, self.tell, ["ops", "slack"], self.siren, "a file")

    async def tell(self, to: str, notice: OpsNotice, now: Instant) -> bool:
        assert now == self.clock.now()
        if to in self.deaf:
            return False
        self.told.append((to, notice))
        return True

    async def look(self, seconds: int) -> None:
        for _ in range(seconds // 10):
            await self.alarm.check(self.clock.move(10))

    @property
    def phases(self) -> list[tuple[str, str]]:
        return [(to, notice.phase) for to, notice in self.told]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def watch(stores: Stores, clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watch]:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 20)
    made = Watch(stores, clock)
    await made.look(10)
    yield made
    await made.alarm.close()


def unmount(file: Path) -> Callable[[], object]:
    place = file.parent
    away = place.rename(place.with_suffix(".away"))
    return lambda: away.rename(place)


def lock(file: Path) -> Callable[[], object]:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return other.close


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (unmount, "The database file is gone, and cannot be written back"),
        (lock, "database is locked"),
    ],
)
async def test_it_is_told_after_a_minute_once_and_once_more_when_it_is_back(
    watch: Watch, tmp_path: Path, spoil: Callable[[Path], Callable[[], object]], words: str
) -> None:
    mend = spoil(tmp_path / "watcher.db")
    await watch.look(60)
    assert (watch.told, watch.siren.heard) == ([], [])
    await watch.look(300)
    ((to, firing),) = watch.told
    assert (to, firing.api, firing.symptom, firing.phase) == ("ops", "watcher", "database", "firing")
    assert firing.headline == "watcher: the database has not been writable for 1 min 10 s"
    assert ("Database", "a file") in firing.facts
    assert words in dict(firing.facts)["Reason"]
    assert watch.siren.heard == [firing.headline]
    mend()
    await watch.look(60)
    assert watch.phases == [("ops", "firing"), ("ops", "resolved")]
    assert watch.told[1][1].headline == "watcher: the database is writable again after 6 min"
    assert watch.told[1][1].incident_id == firing.incident_id
    assert not watch.siren.now


async def test_a_short_lock_is_told_to_nobody(watch: Watch, tmp_path: Path) -> None:
    mend = lock(tmp_path / "watcher.db")
    await watch.look(50)
    mend()
    await watch.look(20)
    mend = lock(tmp_path / "watcher.db")
    await watch.look(60)
    mend()
    assert not watch.told


async def test_a_deleted_file_is_back_at_the_next_look_and_that_is_told(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "watcher.db").unlink()
    await watch.look(10)
    ((to, notice),) = watch.told
    assert (to, notice.phase, notice.headline) == (
        "ops",
        "resolved",
        "watcher: the database file was written back",
    )
    await watch.look(100)
    assert len(watch.told) == 1


async def test_a_file_that_was_replaced_while_it_was_open_ends_the_daemon_and_that_is_told(
    watch: Watch, tmp_path: Path, empty_database: Path
) -> None:
    (tmp_path / "watcher.db").unlink()
    (tmp_path / "watcher.db").write_bytes(empty_database.read_bytes())
    with pytest.raises(RestartRequired, match="was replaced while it was open"):
        await watch.look(10)
    assert watch.phases == [("ops", "firing")]


async def test_what_is_wrong_is_looked_at_sooner(watch: Watch, tmp_path: Path, clock: FakeClock) -> None:
    assert watch.alarm.again_at(clock.now()) is None
    mend = lock(tmp_path / "watcher.db")
    await watch.look(10)
    assert watch.alarm.trouble == "database is locked"
    assert watch.alarm.again_at(clock.now()) == clock.now() + 3
    back: list[str] = []

    async def go_on() -> None:
        back.append(watch.alarm.trouble)

    watch.alarm.on_recovery = go_on
    mend()
    await watch.look(30)
    assert watch.alarm.trouble == ""
    assert back == ["database is locked"], "whoever waits for it goes on at once, and once"


async def test_who_does_not_hear_is_tried_again_and_the_next_one_is_told_meanwhile(
    watch: Watch, tmp_path: Path
) -> None:
    watch.deaf = {"ops", "slack"}
    mend = lock(tmp_path / "watcher.db")
    await watch.look(100)
    assert len(watch.siren.heard) == 1
    watch.deaf = {"ops"}
    await watch.look(30)
    assert watch.phases == [("slack", "firing")]
    watch.deaf = {"slack"}
    mend()
    await watch.look(30)
    assert watch.phases == [("slack", "firing")]
    watch.deaf = set()
    await watch.look(30)
    assert watch.phases == [("slack", "firing"), ("slack", "resolved")]


async def test_an_end_without_a_beginning_is_not_told(watch: Watch, tmp_path: Path) -> None:
    watch.deaf = {"ops", "slack"}
    mend = lock(tmp_path / "watcher.db")
    await watch.look(100)
    mend()
    watch.deaf = set()
    await watch.look(100)
    assert not watch.told
    assert not watch.siren.now


def test_the_alarms_are_a_small_file_while_there_are_any(
    tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / ALARMS).write_text("of an earlier life")
    alarms, file = AlarmFile(tmp_path, clock), tmp_path / ALARMS
    assert not file.exists()
    alarms.sound("database", "the database is gone")
    alarms.sound("database", "the database is still gone")
    alarms.sound("dead letters to ops", "messages to ops are refused")
    assert file.read_text() == (
        "2025-06-15T15:06:40Z the database is gone\n2025-06-15T15:06:40Z messages to ops are refused\n"
    )
    assert caplog.text.count("the database is") == 1
    alarms.end("database")
    alarms.end("dead letters to ops")
    alarms.end("dead letters to ops")
    assert list(tmp_path.iterdir()) == []


def test_alarms_are_heard_where_no_file_can_be_written(
    tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    AlarmFile(tmp_path / "nowhere", clock).sound("database", "the database is gone")
    assert "the database is gone" in caplog.text
