"""A restore accepts only what watcher made: the schema of a revision, and rows that can be read."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.fakes import NOON
from watcher.core.watch_input import Defaults, watch_from
from watcher.db.backups import back_up, restore_backup
from watcher.db.contents import refuse_foreign_contents
from watcher.db.migrate import create_schema, downgrade_schema, upgrade_schema
from watcher.db.revisions import DatabaseRefused, known_revisions
from watcher.db.schema import HEAD
from watcher.db.stores import Stores

PLANT = "INSERT INTO tokens (digest, user_id, admin, created_at) VALUES ('x', 'local', 1, 0)"
MESSAGE = (
    "INSERT INTO outbox (kind, ref, destination, payload, created_at, state, next_at, attempt, lease, "
    "lease_until, error) VALUES ('alert', 'a', 'slack', '{0}', 0, '{1}', 0, 0, '', 0, '')"
)
FOREIGN = {
    f"CREATE TRIGGER t AFTER INSERT ON watches BEGIN {PLANT}; END": "watcher does not make its trigger t",
    f"CREATE TRIGGER t AFTER UPDATE ON alembic_version BEGIN {PLANT}; END": "trigger",
    "CREATE VIEW v AS SELECT * FROM tokens": "watcher does not make its view v",
    "CREATE TABLE notes (id INTEGER)": "watcher does not make its table notes",
    "CREATE INDEX i ON watches (label)": "watcher does not make its index i",
    "ALTER TABLE watches ADD COLUMN note TEXT": "table watches is not as watcher makes it",
    "ALTER TABLE tokens RENAME COLUMN admin TO chief": "table tokens is not as watcher makes it",
    "DROP TABLE silences": "table silences is missing",
    "DROP TABLE quota_ledger": "table quota_ledger is missing",
    "DROP TABLE tokens; CREATE VIEW tokens AS SELECT 1 AS id": "tokens is not as watcher makes it",
    "DROP INDEX ix_searches_due_at": "index ix_searches_due_at is missing",
    "DROP INDEX ix_searches_due_at; CREATE INDEX ix_searches_due_at ON searches (query)": "not as watcher",
    "DROP INDEX uq_incidents_open; "
    "CREATE INDEX uq_incidents_open ON incidents (api, symptom)": "not as watcher",
    "DROP TABLE silences; CREATE TABLE silences (id TEXT PRIMARY KEY)": "table silences is not as watcher",
    "CREATE VIRTUAL TABLE words USING fts5(text)": "watcher does not make its table words",
    "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = replace(sql, 'admin BOOLEAN NOT NULL', "
    "'admin BOOLEAN NOT NULL CHECK (admin)') WHERE name = 'tokens'": "tokens is not as watcher makes it",
    "PRAGMA foreign_keys = OFF; DELETE FROM searches": "belongs to a row of searches that is missing",
    "UPDATE watches SET label = x'00'": 'a row of watches has a value in "label" that is not valid',
    "UPDATE watches SET paused = 7": '"paused"',
    "UPDATE watches SET created_at = 'now'": '"created_at"',
    "UPDATE watches SET created_at = 9e999": '"created_at"',
    "UPDATE searches SET due_at = 'soon'": '"due_at"',
    "INSERT INTO quota_ledger (api, window_start, used) VALUES ('ebay', 0, 'all')": '"used"',
    "INSERT INTO cache_entries VALUES ('k', 'text', 0, 0)": '"payload"',
    "INSERT INTO alembic_version VALUES ('0001')": "more than one schema",
    "UPDATE watches SET rule = 'soonest'": "its watch 1 cannot be read",
    "UPDATE watches SET rejected = '{}'": "its watch 1 cannot be read",
    "UPDATE searches SET condition = 'usfd'": "its search 1 cannot be read",
    "UPDATE searches SET marketplace = 'EBAY_MOON'": "its search 1 cannot be read",
    MESSAGE.format("no alert", "pending"): "its message 1 cannot be read",
}


Restore = Callable[[Path], Path]


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
async def backup(stores: Stores, database_url: str, tmp_path: Path) -> Path:
    """Return a backup that holds one watch."""
    await stores.watches.add([watch_from({"query": "omega"}, Defaults("EBAY_US"))], NOON)
    back_up(database_url, tmp_path / "backup.db")
    return tmp_path / "backup.db"


def run_script(path: Path, script: str) -> None:
    with closing(sqlite3.connect(path)) as conn:
        conn.executescript(script)


@pytest.fixture
def restored(tmp_path: Path, empty_database: Path) -> Restore:
    """Return a function that restores a backup over an existing database, and returns the database."""

    def restore(backup: Path) -> Path:
        target = tmp_path / "there" / "watcher.db"
        target.parent.mkdir()
        target.write_bytes(empty_database.read_bytes())
        restore_backup(f"sqlite:///{target}", backup, tmp_path)
        return target

    return restore


@pytest.mark.parametrize(("script", "why"), FOREIGN.items())
def test_a_file_that_watcher_did_not_make_is_refused(
    restored: Restore, backup: Path, tmp_path: Path, script: str, why: str
) -> None:
    run_script(backup, script)
    content = backup.read_bytes()
    with pytest.raises(DatabaseRefused) as refused:
        restored(backup)
    assert why in str(refused.value)
    assert {p.name for p in (tmp_path / "there").iterdir()} <= {"watcher.db", "watcher.lock"}
    assert backup.read_bytes() == content


def test_a_message_that_is_done_need_not_be_readable(restored: Restore, backup: Path) -> None:
    run_script(backup, MESSAGE.format("an old format", "sent"))
    assert restored(backup).exists()


def test_statistics_of_sqlite_are_accepted(restored: Restore, backup: Path) -> None:
    run_script(backup, "ANALYZE")
    assert restored(backup).exists()


def test_a_backup_of_every_revision_is_accepted(tmp_path: Path) -> None:
    """Also after an upgrade, and after a downgrade, whose tables have their columns in another order."""
    rising, falling = tmp_path / "rising.db", tmp_path / "falling.db"
    create_schema(f"sqlite:///{falling}")
    for revision in reversed(known_revisions()):
        create_schema(f"sqlite:///{rising}", revision)
        refuse_foreign_contents(rising, revision, rising)
    for revision in known_revisions():
        downgrade_schema(f"sqlite:///{falling}", revision)
        refuse_foreign_contents(falling, revision, falling)
    upgrade_schema(f"sqlite:///{falling}")
    refuse_foreign_contents(falling, HEAD, falling)
