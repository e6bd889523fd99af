"""Database monitoring: a failure and its end are reported once each, without using the database."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.fakes import FakeClock, RecordingAlarms
from watcher.adapters.host.alarm_file import ALARM_FILE_NAME, AlarmFile
from watcher.core.alerts import OpsNotice
from watcher.core.errors import RestartRequired
from watcher.core.times import Instant
from watcher.db import sqlite
from watcher.db.stores import Stores
from watcher.monitoring.database_monitor import DatabaseMonitor


class MonitoredDatabase:
    """A DatabaseMonitor over a real file that is checked every ten seconds of simulated time."""

    def __init__(self, stores: Stores, clock: FakeClock) -> None:
        self.clock, self.alarms = clock, RecordingAlarms()
        self.sent: list[tuple[str, OpsNotice]] = []
        self.unreachable: set[str] = set()
        self.monitor = DatabaseMonitor(stores.probe, self.send, ["ops", "slack"], self.alarms, "a file")

    async def send(self, to: str, notice: OpsNotice, now: Instant) -> bool:
        assert now == self.clock.now()
        if to in self.unreachable:
            return False
        self.sent.append((to, notice))
        return True

    async def run_for(self, seconds: int) -> None:
        for _ in range(seconds // 10):
            await self.monitor.check(self.clock.move(10))

    @property
    def phases(self) -> list[tuple[str, str]]:
        return [(to, notice.phase) for to, notice in self.sent]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def monitored(
    stores: Stores, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[MonitoredDatabase]:
    monkeypatch.setattr(sqlite, "BUSY_TIMEOUT_MS", 20)
    monitored = MonitoredDatabase(stores, clock)
    await monitored.run_for(10)
    yield monitored
    await monitored.monitor.close()


def unmount(file: Path) -> Callable[[], object]:
    folder = file.parent
    away = folder.rename(folder.with_suffix(".away"))
    return lambda: away.rename(folder)


def lock(file: Path) -> Callable[[], object]:
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return other.close


@pytest.mark.parametrize(
    ("damage", "reason"),
    [
        (unmount, "The database file is gone, and cannot be written back"),
        (lock, "database is locked"),
    ],
)
async def test_a_lost_database_is_reported_once_and_its_recovery_once(
    monitored: MonitoredDatabase, tmp_path: Path, damage: Callable[[Path], Callable[[], object]], reason: str
) -> None:
    repair = damage(tmp_path / "watcher.db")
    await monitored.run_for(60)
    assert (monitored.sent, monitored.alarms.raised) == ([], [])
    await monitored.run_for(300)
    ((to, firing),) = monitored.sent
    assert (to, firing.api, firing.symptom, firing.phase) == ("ops", "watcher", "database", "firing")
    assert firing.headline == "watcher: the database has not been writable for 1 min 10 s"
    assert ("Database", "a file") in firing.facts
    assert reason in dict(firing.facts)["Reason"]
    assert monitored.alarms.raised == [firing.headline]
    repair()
    await monitored.run_for(60)
    assert monitored.phases == [("ops", "firing"), ("ops", "resolved")]
    assert monitored.sent[1][1].headline == "watcher: the database is writable again after 6 min"
    assert monitored.sent[1][1].incident_id == firing.incident_id
    assert not monitored.alarms.active


async def test_a_short_lock_is_not_reported(monitored: MonitoredDatabase, tmp_path: Path) -> None:
    repair = lock(tmp_path / "watcher.db")
    await monitored.run_for(50)
    repair()
    await monitored.run_for(20)
    repair = lock(tmp_path / "watcher.db")
    await monitored.run_for(60)
    repair()
    assert not monitored.sent


async def test_a_deleted_file_is_written_back_at_once_and_reported(
    monitored: MonitoredDatabase, tmp_path: Path
) -> None:
    (tmp_path / "watcher.db").unlink()
    await monitored.run_for(10)
    ((to, notice),) = monitored.sent
    assert (to, notice.phase, notice.headline) == (
        "ops",
        "resolved",
        "watcher: the database file was written back",
    )
    await monitored.run_for(100)
    assert len(monitored.sent) == 1


async def test_a_replaced_file_stops_the_daemon_and_is_reported(
    monitored: MonitoredDatabase, tmp_path: Path, empty_database: Path
) -> None:
    (tmp_path / "watcher.db").unlink()
    (tmp_path / "watcher.db").write_bytes(empty_database.read_bytes())
    with pytest.raises(RestartRequired, match="was replaced while it was open"):
        await monitored.run_for(10)
    assert monitored.phases == [("ops", "firing")]


async def test_a_failing_database_is_probed_more_often(
    monitored: MonitoredDatabase, tmp_path: Path, clock: FakeClock
) -> None:
    assert monitored.monitor.again_at(clock.now()) is None
    repair = lock(tmp_path / "watcher.db")
    await monitored.run_for(10)
    assert monitored.monitor.trouble == "database is locked"
    assert monitored.monitor.again_at(clock.now()) == clock.now() + 3
    recoveries: list[str] = []

    async def resume() -> None:
        recoveries.append(monitored.monitor.trouble)

    monitored.monitor.on_recovery = resume
    repair()
    await monitored.run_for(30)
    assert monitored.monitor.trouble == ""
    assert recoveries == ["database is locked"], "the callback runs once, before the failure is cleared"


async def test_the_next_destination_is_used_if_one_is_unreachable(
    monitored: MonitoredDatabase, tmp_path: Path
) -> None:
    monitored.unreachable = {"ops", "slack"}
    repair = lock(tmp_path / "watcher.db")
    await monitored.run_for(100)
    assert len(monitored.alarms.raised) == 1
    monitored.unreachable = {"ops"}
    await monitored.run_for(30)
    assert monitored.phases == [("slack", "firing")]
    monitored.unreachable = {"slack"}
    repair()
    await monitored.run_for(30)
    assert monitored.phases == [("slack", "firing")]
    monitored.unreachable = set()
    await monitored.run_for(30)
    assert monitored.phases == [("slack", "firing"), ("slack", "resolved")]


async def test_a_recovery_is_not_reported_if_the_failure_was_not(
    monitored: MonitoredDatabase, tmp_path: Path
) -> None:
    monitored.unreachable = {"ops", "slack"}
    repair = lock(tmp_path / "watcher.db")
    await monitored.run_for(100)
    repair()
    monitored.unreachable = set()
    await monitored.run_for(100)
    assert not monitored.sent
    assert not monitored.alarms.active


def test_the_alarm_file_exists_only_while_there_are_alarms(
    tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / ALARM_FILE_NAME).write_text("from an earlier run")
    alarms, file = AlarmFile(tmp_path, clock), tmp_path / ALARM_FILE_NAME
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


def test_alarms_are_logged_if_the_file_cannot_be_written(
    tmp_path: Path, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    AlarmFile(tmp_path / "nowhere", clock).sound("database", "the database is gone")
    assert "the database is gone" in caplog.text
