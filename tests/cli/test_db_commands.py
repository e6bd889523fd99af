"""`watcher db`, and how every command treats a database that it cannot use."""

from __future__ import annotations

import io
import os
import re
import socket
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Run, files
from watcher.db.lock_file import LockFile
from watcher.db.schema import HEAD
from watcher.db.sqlite import lock_path

COMMANDS = [
    ["watch", "list"],
    ["watch", "add", "omega"],
    ["watch", "show", "1"],
    ["watch", "edit", "1", "--label", "x"],
    ["watch", "pause", "1"],
    ["watch", "remove", "1"],
    ["watch", "export"],
    ["alerts", "list"],
    ["alerts", "show", "x"],
    ["status"],
    ["db", "upgrade"],
    ["db", "downgrade", "0001"],
    ["db", "prune"],
    ["db", "backup", "copy.db"],
]


def make_newer(path: Path) -> None:
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute("UPDATE alembic_version SET version_num = '9999'")


def make_junk(path: Path) -> None:
    path.write_text("not a database")


def make_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (make_newer, f"The database has schema 9999, which is newer than this watcher (schema {HEAD})."),
        (make_junk, "watcher.db is not an SQLite database."),
        (make_directory, "watcher.db is not a file; [database] url must name one."),
    ],
)
def test_every_command_refuses_an_unusable_database(
    run: Run, home: Path, database: Path, words: list[str], spoil: Callable[[Path], None], expected: str
) -> None:
    spoil(database)
    done = run(*words)
    assert (done.code, done.out) == (1, "")
    assert expected in done.err
    assert done.err.count("\n") == 1
    assert files(home) == {"watcher.db"}


def test_locked_database_is_reported_as_unreachable(
    run: Run, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("watcher.db.sqlite.BUSY_TIMEOUT_MS", 50)
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = WAL")
        other.execute("BEGIN IMMEDIATE")
        done = run("watch", "add", "omega")
    assert (done.code, done.out) == (1, "")
    expected = "watcher: We could not reach our database. Try again in 30 seconds. (database is locked)\n"
    assert done.err == expected


def test_upgrade_creates_a_missing_database_and_keeps_a_current_one(run: Run, home: Path) -> None:
    assert run("db", "upgrade").out == f"Upgraded the database from schema none to {HEAD}.\n"
    assert run("db", "upgrade").out == "The database is up to date.\n"
    assert run("db", "upgrade", "--json").json == {"done": None}
    assert files(home) == {"watcher.db"}


def test_only_db_upgrade_upgrades_an_older_database(
    run: Run, home: Path, database: Path, next_version: Callable[[], None]
) -> None:
    next_version()
    done = run("watch", "list")
    assert (done.code, done.out) == (1, "")
    assert done.err.endswith("Run: watcher db upgrade\n")
    assert "needs next: run `watcher db upgrade`" in run("check").out
    daemon = LockFile(lock_path(f"sqlite:///{database}"))
    daemon.acquire()
    try:
        assert "stop it first" in run("db", "upgrade").err
    finally:
        daemon.release()
    copy = f"{database}.before-next-from-{HEAD}"
    assert run("db", "upgrade").out == (
        f"Upgraded the database from schema {HEAD} to next; the old one is kept as {copy}.\n"
    )
    assert run("watch", "list").code == 0


def test_db_status_shows_the_schema_and_the_connected_processes(run: Run, home: Path, database: Path) -> None:
    current = {"schema": HEAD, "ours": HEAD, "state": "current", "clients": []}
    assert run("db", "status", "--json").json == current
    assert files(home) == {"watcher.db"}
    daemon = LockFile(lock_path(f"sqlite:///{database}"))
    daemon.acquire()
    client = f"{os.getpid()}@{socket.gethostname()}"
    assert run("db", "status").out == (
        f"The database has schema {HEAD}; this watcher uses {HEAD}. The database is current.\n"
        f"Connected: {client}.\n"
    )
    daemon.release()
    run("db", "downgrade", "0001")
    assert run("db", "status", "--json").json == current | {"schema": "0001", "state": "older"}
    make_newer(database)
    assert run("db", "status", "--json").json == current | {"schema": "9999", "state": "newer"}
    database.unlink()
    assert run("db", "status", "--json").json == current | {"schema": None, "state": "none"}
    assert run("db", "status").out == "There is no database yet.\nNo watcher is connected.\n"


def test_downgrade_returns_to_an_older_schema_and_keeps_a_copy(run: Run, home: Path, database: Path) -> None:
    run("watch", "add", "omega")
    copy = f"{database}.before-0003-from-{HEAD}"
    done = f"Took the database back from schema {HEAD} to 0003; the old one is kept as {copy}.\n"
    assert run("db", "downgrade", "0003").out == done
    assert run("db", "downgrade", "0003").out == "The database already has schema 0003.\n"
    assert run("db", "downgrade", "0003", "--json").json == {"done": None}
    refused = run("db", "downgrade", "0004")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err == (
        "watcher: The database has schema 0003, which is older than 0004. Run: watcher db upgrade\n"
    )
    assert run("db", "upgrade").code == 0
    assert [w["query"] for w in run("watch", "list", "--json").json["watches"]] == ["omega"]


def test_downgrade_refuses_what_it_cannot_do(run: Run, home: Path, database: Path) -> None:
    unknown = run("db", "downgrade", "rev\x1b[2J")
    assert (unknown.code, unknown.out) == (1, "")
    assert unknown.err == (f'watcher: This watcher knows no schema "rev [2J"; it knows 0001 to {HEAD}.\n')
    daemon = LockFile(lock_path(f"sqlite:///{database}"))
    daemon.acquire()
    assert "stop it first" in run("db", "downgrade", "0001").err
    daemon.release()
    assert run("db", "downgrade").code == 2
    database.unlink()
    none = run("db", "downgrade", "0001")
    assert (none.code, none.err) == (1, "watcher: There is no database yet.\n")
    assert files(home) == {"watcher.lock"}


def test_backup_is_written_and_restored(run: Run, home: Path, database: Path) -> None:
    run("watch", "add", "omega")
    size = run("db", "backup", "copy.db", "--json").json["bytes"]
    assert size == (home / "copy.db").stat().st_size
    run("watch", "add", "rolex")
    done = run("db", "restore", "copy.db")
    assert done.code == 0
    assert done.out.startswith(f"Restored copy.db. The replaced database is kept as {database}.replaced-")
    assert [w["query"] for w in run("watch", "list", "--json").json["watches"]] == ["omega"]


def test_backup_never_replaces_a_file(run: Run, home: Path, database: Path) -> None:
    del database
    (home / "copy.db").write_text("precious")
    done = run("db", "backup", "copy.db")
    assert (done.code, done.err) == (1, "watcher: copy.db exists already; name a new file.\n")
    wrong = [
        ("backup", "copy.db"),
        ("backup", "no/copy.db"),
        ("restore", "copy.db"),
        ("copy", "--to", "sqlite:///x"),
    ]
    assert [run("db", *words, "--json").json["code"] for words in wrong] == ["INVALID_INPUT"] * 4
    assert (home / "copy.db").read_text() == "precious"


def test_backup_rotation_keeps_the_newest_and_other_files(run: Run, home: Path, database: Path) -> None:
    del database
    (home / "backups").mkdir()
    for name in ("watcher-20260101T000000Z.db", "watcher-20260102T000000Z.db", "watcher-mine.db"):
        (home / "backups" / name).write_text("older")
    done = run("db", "backup", "backups", "--keep", "2", "--json").json
    assert done["removed"] == 1
    new = Path(done["file"]).name
    assert files(home / "backups") == {"watcher-20260102T000000Z.db", "watcher-mine.db", new}
    assert run("db", "restore", f"backups/{new}").code == 0


def test_keep_option_needs_a_directory(run: Run, home: Path, database: Path) -> None:
    del database
    done = run("db", "backup", "copy.db", "--keep", "2")
    assert (done.code, done.out) == (2, "")
    assert "--keep needs a directory of backups, but copy.db is not a directory" in done.err
    assert files(home) == {"watcher.db"}


def test_backup_to_a_missing_directory_is_refused(run: Run, home: Path, database: Path) -> None:
    del database
    done = run("db", "backup", "backups/")
    assert (done.code, done.out) == (2, "")
    assert "there is no directory backups/; create it first" in done.err
    assert files(home) == {"watcher.db"}


def test_restore_refuses_a_file_that_is_not_a_backup(run: Run, home: Path, database: Path) -> None:
    (home / "copy.db").write_text("a letter")
    before = database.read_bytes()
    done = run("db", "restore", "copy.db")
    assert (done.code, done.err) == (
        1,
        "watcher: copy.db is damaged, or not a database of watcher.\n",
    )
    assert database.read_bytes() == before
    assert run("db", "restore", "none.db").code == 2


def test_restore_is_refused_while_the_daemon_runs(run: Run, database: Path) -> None:
    run("db", "backup", "copy.db")
    daemon = LockFile(lock_path(f"sqlite:///{database}"))
    daemon.acquire()
    try:
        done = run("db", "restore", "copy.db")
    finally:
        daemon.release()
    assert done.code == 1
    assert "uses this database; stop it first." in done.err


def test_prune_reports_what_it_deleted(run: Run, database: Path) -> None:
    assert run("db", "prune").out == "Nothing has expired.\n"
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.execute("INSERT INTO cache_entries VALUES ('k', x'00', 0, 0)")
    assert run("db", "prune").out == "Deleted 1 of cache_entries.\n"
    assert set(run("db", "prune", "--json").json["removed"].values()) == {0}


def test_prune_rewrites_the_file_only_when_asked(run: Run, database: Path) -> None:
    with closing(sqlite3.connect(database)) as conn, conn:
        conn.execute("INSERT INTO cache_entries VALUES ('k', zeroblob(200000), 0, 0)")
    size = database.stat().st_size
    assert run("db", "prune", "--json").json.keys() == {"removed"}
    assert database.stat().st_size == size
    done = run("db", "prune", "--vacuum", "--json").json
    assert done["bytesSaved"] == size - database.stat().st_size > 190_000
    assert run("db", "prune", "--vacuum").out.endswith("The file is 0 bytes smaller.\n")


@pytest.mark.parametrize("slash", ["", "/"])
def test_a_backup_in_a_directory_gets_a_dated_name(run: Run, home: Path, database: Path, slash: str) -> None:
    del database
    (home / "copies").mkdir()
    done = run("db", "backup", f"copies{slash}", "--json")
    assert done.code == 0
    assert re.fullmatch(r"copies/watcher-\d{8}T\d{6}Z\.db", done.json["file"])
    assert run("db", "backup", "missing/").code == 2
    assert run("db", "backup", "missing", "--keep", "2").code == 2


def test_copy_reads_the_url_from_stdin_and_never_repeats_it(
    run: Run, database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    del database
    monkeypatch.setattr("sys.stdin", io.StringIO("postgresql://me:hush@127.0.0.1:1/x\n"))
    done = run("db", "copy", "--to", "-")
    assert (done.code, done.out) == (1, "")
    assert "port 1 failed: Connection refused" in done.err
    assert "hush" not in done.err
    odd = run("db", "copy", "--to", "postgresql://me:12/hush@127.0.0.1/x")
    assert (odd.code, odd.out) == (2, "")
    assert "a password" in odd.err
    assert "as %2F" in odd.err
    assert "hush" not in odd.err
    assert '--to must be like "postgresql://USER@HOST/NAME"' in run("db", "copy", "--to", "hush").err


@pytest.mark.parametrize(
    "words", [("check",), ("db", "upgrade"), ("db", "downgrade", "0009"), ("comps", "camera")]
)
def test_a_refused_configuration_ends_a_command_with_78(
    run: Run, home: Path, database: Path, words: tuple[str, ...]
) -> None:
    del database
    (home / "config.toml").write_text("[polling]\nmin_intervall = '1m'\n")
    assert run(*words).code == 78
