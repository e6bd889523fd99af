"""Upgrading a database to this program's schema, and refusing other databases."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from tests.conftest import MIGRATIONS
from tests.forks import Started
from watcher.core.errors import Code, WatcherError
from watcher.db.engine import open_engine
from watcher.db.migrate import create_schema, require_current_schema, upgrade_schema
from watcher.db.revisions import DatabaseRefused, revision_at, revision_in, why_not_writable
from watcher.db.schema import HEAD, metadata


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def execute(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as conn, conn:
        conn.execute(statement)


def tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as conn:
        return {r[0] for r in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}


@pytest.fixture
def database(tmp_path: Path, empty_database: Path) -> Path:
    path = tmp_path / "watcher.db"
    path.write_bytes(empty_database.read_bytes())
    return path


def test_head_is_the_newest_migration() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert script.get_heads() == [HEAD]


def test_a_missing_database_is_created_with_its_directory(tmp_path: Path) -> None:
    path = tmp_path / "new" / "deeper" / "watcher.db"
    require_current_schema(url(path))
    assert revision_at(url(path)) == HEAD
    assert tables(path) >= set(metadata.tables)


def test_a_current_database_is_not_changed(database: Path) -> None:
    before = database.read_bytes()
    assert upgrade_schema(url(database)) == ""
    require_current_schema(url(database))
    assert database.read_bytes() == before


def test_an_empty_file_is_an_empty_database(tmp_path: Path) -> None:
    path = tmp_path / "watcher.db"
    path.touch()
    assert revision_at(url(path)) == ""
    assert upgrade_schema(url(path)) == f"upgraded the database from schema none to {HEAD}"


def test_reading_the_revision_leaves_no_trace(database: Path, tmp_path: Path) -> None:
    before = {p.name: p.read_bytes() for p in tmp_path.iterdir()}
    assert revision_at(url(database)) == HEAD
    assert revision_at(url(tmp_path / "none" / "x.db")) == ""
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before


def test_reading_the_revision_includes_the_log(database: Path) -> None:
    with closing(sqlite3.connect(database, isolation_level=None)) as writer:
        writer.execute("PRAGMA journal_mode = WAL")
        writer.execute("UPDATE alembic_version SET version_num = '9999'")
        assert revision_at(url(database)) == "9999"


NEWER = (
    f"The database has schema 9999, which is newer than this watcher (schema {HEAD}). "
    "Upgrade watcher, or restore the backup that was made before the upgrade."
)


@pytest.mark.parametrize("verb", [upgrade_schema, require_current_schema])
def test_a_newer_database_is_refused_and_not_changed(database: Path, verb: Callable[[str], object]) -> None:
    execute(database, "UPDATE alembic_version SET version_num = '9999'")
    before = database.read_bytes()
    with pytest.raises(DatabaseRefused) as refused:
        verb(url(database))
    assert str(refused.value) == NEWER
    assert database.read_bytes() == before


def _junk(path: Path) -> None:
    path.write_text("this is a letter, and no database at all")


def _directory(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _foreign(path: Path) -> None:
    execute(path, "CREATE TABLE letters (id)")


def _beneath_a_file(path: Path) -> None:
    path.parent.rmdir()
    path.parent.touch()


@pytest.mark.parametrize("verb", [upgrade_schema, require_current_schema])
@pytest.mark.parametrize(
    ("make", "why"),
    [
        (_junk, "watcher.db is not an SQLite database."),
        (_directory, "watcher.db is not a file; [database] url must name one."),
        (_pipe, "watcher.db is not a file; [database] url must name one."),
        (_foreign, "The database holds tables that are not watcher's; give watcher its own database."),
        (_beneath_a_file, "home is not a directory."),
    ],
)
def test_a_file_that_is_not_our_database_is_refused_with_a_message(
    tmp_path: Path, make: Callable[[Path], None], why: str, verb: Callable[[str], object]
) -> None:
    path = tmp_path / "home" / "watcher.db"
    path.parent.mkdir()
    make(path)
    before = sorted(p.name for p in tmp_path.rglob("*"))
    with pytest.raises(DatabaseRefused) as refused:
        verb(url(path))
    assert str(refused.value).endswith(why)
    assert sorted(p.name for p in tmp_path.rglob("*")) == before


def test_a_damaged_database_is_refused_with_a_hint_to_its_backup(database: Path) -> None:
    whole = database.read_bytes()
    database.write_bytes(whole[:100] + b"\xff" * 4000 + whole[4100:])
    with pytest.raises(
        DatabaseRefused, match=r"is damaged; put a backup in its place with `watcher db restore`"
    ):
        require_current_schema(url(database))


def test_a_directory_that_cannot_be_created_is_refused() -> None:
    with pytest.raises(DatabaseRefused, match=r"The database's directory /proc/watcher cannot be created"):
        require_current_schema("sqlite:////proc/watcher/x.db")
    assert why_not_writable(Path(__file__) / "x" / "y.db").endswith("test_migrate.py is not a directory.")


def test_an_unreachable_database_is_reported_in_the_words_of_the_api() -> None:
    with pytest.raises(WatcherError) as failed:
        require_current_schema("postgresql+psycopg://nobody@127.0.0.1:1/x")
    assert failed.value.code is Code.DATABASE_CONNECTION_FAILED


# --- upgrades ---------------------------------------------------------------------------------------


def test_an_upgrade_keeps_a_copy_of_the_old_database(
    database: Path, next_version: Callable[[str], None]
) -> None:
    next_version("pass")
    done = upgrade_schema(url(database), unasked=True)
    copy = database.with_name(f"watcher.db.before-next-from-{HEAD}")
    assert done == f"upgraded the database from schema {HEAD} to next; the old one is kept as {copy}"
    assert "notes" in tables(database)
    assert "notes" not in tables(copy)
    assert copy.stat().st_mode & 0o777 == 0o600


def test_a_command_does_not_upgrade_by_itself(database: Path, next_version: Callable[[str], None]) -> None:
    next_version("pass")
    with pytest.raises(DatabaseRefused, match=r"needs next\. Run: watcher db upgrade"):
        require_current_schema(url(database))


def test_an_upgrade_that_fails_changes_nothing(database: Path, next_version: Callable[[str], None]) -> None:
    next_version('op.execute("INSERT INTO nowhere VALUES (1)")')
    with pytest.raises(WatcherError):
        upgrade_schema(url(database))
    assert revision_at(url(database)) == HEAD
    assert "notes" not in tables(database)


def test_an_upgrade_without_room_for_a_copy_is_refused(
    database: Path, next_version: Callable[[str], None]
) -> None:
    next_version("pass")
    os.truncate(
        database, shutil.disk_usage(database.parent).free
    )  # a sparse file, larger than the free space
    with pytest.raises(DatabaseRefused, match="no room to copy"):
        upgrade_schema(url(database))


COMMAND = """
import sys
from watcher.db import migrate
sys.stdin.readline()
getattr(migrate, sys.argv[1])(sys.argv[2])
"""


def another(what: str, path: Path) -> Started:
    """Start a process that waits for a line, then calls the function `what` of migrate."""
    return Started("-c", COMMAND, what, url(path))


def go(process: Started) -> None:
    process.stdin.write("go\n")
    process.stdin.flush()


def test_simultaneous_first_commands_all_succeed(tmp_path: Path) -> None:
    path = tmp_path / "watcher.db"
    rivals = [another("require_current_schema", path) for _ in range(3)]
    for rival in rivals:
        go(rival)
    assert [rival.finish().returncode for rival in rivals] == [0, 0, 0]
    assert revision_at(url(path)) == HEAD


def revisions_seen_during_upgrade(path: Path) -> set[str]:
    """Return the revisions that another process sees during an upgrade."""
    seen: set[str] = set()
    with another("upgrade_schema", path) as maker:
        go(maker)
        while maker.poll() is None:
            seen.add(revision_in(path))
    assert maker.returncode == 0
    return seen | {revision_in(path)}


def test_a_partly_created_schema_is_never_visible(tmp_path: Path) -> None:
    path = tmp_path / "watcher.db"
    assert revisions_seen_during_upgrade(path) == {"", HEAD}
    old = tmp_path / "old.db"
    create_schema(url(old), "0001")
    assert revisions_seen_during_upgrade(old) == {"0001", HEAD}


def moved(path: Path, way: Callable[[Config, str], object]) -> None:
    """Upgrade or downgrade a database to the first schema."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with open_engine(url(path)).connect() as conn:
        config.attributes["connection"] = conn
        way(config, "0001")


def test_an_upgrade_counts_the_items_of_old_alerts(tmp_path: Path) -> None:
    path = tmp_path / "watcher.db"
    moved(path, command.upgrade)
    receipts = {"a": '{"items": [{}, {}], "more": 3}', "b": '{"items": [], "more": 0, "market": "low"}'}
    for name, receipt in receipts.items():
        execute(path, f"INSERT INTO alerts VALUES ('{name}', 1, 'local', 0, '{receipt}', NULL)")
    upgrade_schema(url(path))
    with closing(sqlite3.connect(path)) as conn:
        kept = conn.execute("SELECT id, told, evidence FROM alerts ORDER BY id").fetchall()
    assert kept == [("a", 5, None), ("b", 0, None)]
    moved(path, command.downgrade)
    assert revision_at(url(path)) == "0001"
    assert "exits" not in tables(path)
