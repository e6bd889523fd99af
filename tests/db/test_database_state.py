"""`Database.state` tells whether anything was committed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, text

from watcher.db.database import Database

WRITE = text("UPDATE alembic_version SET version_num = version_num")


def write(conn: Connection) -> None:
    conn.execute(WRITE)


@pytest.fixture
def databases(database_url: str) -> Iterator[list[Database]]:
    opened = [Database(database_url), Database(database_url)]
    yield opened
    for one in opened:
        one.close()


async def test_the_state_changes_with_every_commit_of_this_process(databases: list[Database]) -> None:
    database, _ = databases
    seen = [database.state(), database.state()]
    assert seen[0] == seen[1]
    for _ in range(3):
        await database.write(write)
        seen.append(database.state())
    assert len(set(seen)) == 4


async def test_the_state_of_a_file_changes_with_commits_of_others(databases: list[Database]) -> None:
    database, other = databases
    before = database.state()
    await other.write(write)
    assert (database.state() != before) is not database.shared


async def test_the_state_changes_when_reads_reconnect(sqlite_url: str) -> None:
    database = Database(sqlite_url)
    before = database.state()
    database.disconnect_reads()
    assert database.state() != before
    database.close()
