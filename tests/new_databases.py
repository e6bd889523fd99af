"""New SQLite databases are copies of one that was migrated: a migration takes as long as ten tests."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path

from watcher.db import migrate
from watcher.db.engine import is_embedded
from watcher.db.schema import HEAD
from watcher.db.sqlite import sqlite_path

migrated = migrate.create_schema
"""The original, for the tests of migrations."""


@cache
def _empty() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "empty.db"
        migrated(f"sqlite:///{file}")
        return file.read_bytes()


def _copied(url: str, revision: str = "head") -> None:
    """Do what `create_schema` does, without a migration if the file is new."""
    if is_embedded(url) and revision == "head" and migrate.HEAD == HEAD:
        path = sqlite_path(url)
        with suppress(OSError):  # of which the original makes a message
            if not path.exists() or not path.stat().st_size:
                path.touch(0o600)  # as private as a new one
                path.write_bytes(_empty())
                return
    migrated(url, revision)


def copy_new_databases() -> None:
    """Let every new database of this process be a copy from now on."""
    migrate.create_schema = _copied
