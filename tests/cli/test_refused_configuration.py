"""Commands while the configuration is refused: what needs only the database goes on, with a warning."""

from __future__ import annotations

import json
import os
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import QUERY, Run, configure
from tests.market.server import MarketServer
from watcher.db.lock_file import LockFile
from watcher.db.sqlite import lock_path

BROKEN = '[polling]\ntick = "2 fortnights"\n'
READING = [
    "status",
    "alerts list",
    "alerts silences",
    "watch list",
    "watch show 1",
    "watch export -",
    "explain 1",
    "token list",
    "user list",
    "user sessions",
    "alerts silence --watch 1 --for 1h --by ann --reason holiday",
]


@pytest.fixture
def broken(run: Run, home: Path, market: MarketServer, database: Path) -> Path:
    """Return a configuration that was edited wrongly after a watch was added."""
    del database
    assert run("watch", "add", QUERY, "--below", "50").code == 0
    configure(home, market, more=BROKEN)
    return home / "config.toml"


@pytest.mark.parametrize("words", READING)
def test_commands_that_need_only_the_database_work_with_a_warning(run: Run, broken: Path, words: str) -> None:
    done = run(*words.split())
    assert done.code == 0
    assert (
        done.err.splitlines()[-1] == "Note: the configuration is refused; this command uses the rest of it."
    )
    assert f"Note: {broken.name}: [polling] tick must be" in done.err
    as_json = run(*words.split(), "--json")
    assert as_json.code == 0
    json.loads(as_json.out)


def test_a_backup_can_be_made_and_an_incident_acknowledged(run: Run, broken: Path) -> None:
    del broken
    assert run("db", "backup", "copy.db").code == 0
    assert "There is no" in run("alerts", "ack", "feedbeef", "--by", "ann").err


@pytest.mark.parametrize(
    "words",
    [
        "comps x",
        "watch add x --below 5",
        "run",
        "db status",
        "db prune",
        "token create",
        "user add collector",
        "watch remove 1",
        "check",
    ],
)
def test_other_commands_refuse_the_configuration(run: Run, broken: Path, words: str) -> None:
    del broken
    done = run(*words.split())
    assert done.code == 78
    assert "tick must be" in done.err


@pytest.mark.parametrize("words", ["status", "db backup copy.db"])
def test_a_database_in_doubt_is_not_guessed(run: Run, home: Path, database: Path, words: str) -> None:
    del database
    (home / "config.toml").write_text('[database]\nulr = "postgresql://watcher@db/watcher"\n')
    assert run(*words.split()).code == 78
    assert not (home / "copy.db").exists()


def test_status_says_that_the_configuration_is_refused(run: Run, broken: Path) -> None:
    del broken
    assert run("status").out.splitlines()[0].startswith("● the configuration is refused; the daemon is not")
    (problem,) = run("status", "--json").json["configuration"]["problems"]
    assert "tick must be" in problem


def test_check_says_that_a_daemon_keeps_its_earlier_configuration(run: Run, broken: Path, home: Path) -> None:
    del broken
    lock = LockFile(lock_path(f"sqlite:///{home}/watcher.db"))
    assert "warn  daemon         none is running" in run("check").out
    lock.acquire()
    try:
        assert "ok    daemon         running, process" in run("check").out
    finally:
        lock.release()


def test_check_warns_of_a_daemon_that_shows_no_sign_of_life(
    run: Run, market: MarketServer, database: Path
) -> None:
    del market
    lock = LockFile(lock_path(f"sqlite:///{database}"))
    lock.acquire()
    try:
        record = (f"vm:{os.getpid()}:0", time.time() - 3600, time.time() - 125, "1", "", "", "")
        with closing(sqlite3.connect(database)) as conn, conn:
            conn.execute("INSERT INTO daemons VALUES (?, ?, ?, ?, ?, ?, ?)", record)
        said = run("check").out
        assert f"warn  daemon         process {os.getpid()} has shown no sign of life for 2 min " in said
    finally:
        lock.release()


def test_status_ends_with_1_unless_all_is_well(run: Run, market: MarketServer, database: Path) -> None:
    del market
    assert run("status").code == 0
    for words in (("--exit-code",), ("--exit-code", "--json")):
        assert run("status", *words).code == 1
    lock = LockFile(lock_path(f"sqlite:///{database}"))
    lock.acquire()
    try:
        assert run("status", "--exit-code").code == 0
        assert run("status", "--exit-code", "--json").json["well"] is True
    finally:
        lock.release()
