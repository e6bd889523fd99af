"""Whether a file is really a database of watcher: its schema, and the values in its rows."""

from __future__ import annotations

import sqlite3
from collections import namedtuple
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from sqlalchemy import Boolean

from watcher.db.codec import Unreadable, read_notification
from watcher.db.migrate import create_schema
from watcher.db.revisions import PlaceRefused
from watcher.db.rows import SCHEDULED_WATCHES, search_of, watch_of
from watcher.db.schema import metadata, searches
from watcher.db.sqlite import open_read_only

# By a column's declared type: the storage classes of its values.
_STORED_AS = {
    "TEXT": "'text'",
    "VARCHAR(32)": "'text'",  # the migrations' own table
    "INTEGER": "'integer'",
    "BIGINT": "'integer'",
    "BOOLEAN": "'integer'",
    "DOUBLE": "'real', 'integer'",
    "BLOB": "'blob'",
}
_MAX_SECONDS = "1e11"  # every number with a fraction is an instant or a duration
_SCHEMA = (
    "SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_master "
    "WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\'"
)
# What could change the meaning of a table, besides its columns and keys.
_CLAUSES = ("CREATE TABLE ", "AUTOINCREMENT", "CHECK", "COLLATE", "GENERATED", "STRICT", "WITHOUT ROWID")


class _Part(NamedTuple):
    """A table or an index, in a form that does not depend on the order or the case of its definition."""

    kind: str
    table: str
    definition: frozenset[object]


def refuse_foreign_contents(file: Path, revision: str, name: Path) -> None:
    """Refuse a file whose schema is not exactly that of a revision, or whose rows cannot be used.

    Nothing in the file is run: it is opened read-only, and what its schema calls is not trusted. `name` is
    what messages call it. Raises PlaceRefused, WatcherError, sqlite3.Error.
    """
    expected = _expected_schema(revision)
    with open_read_only(file) as conn:
        why = _schema_difference(expected, _schema_of(conn)) or _damage(conn, expected)
    if why:
        raise PlaceRefused(f"{name} cannot be restored: {why}. The database was not touched.")


@lru_cache(maxsize=32)  # revisions
def _expected_schema(revision: str) -> Mapping[str, _Part]:
    with TemporaryDirectory() as directory:
        file = Path(directory) / "expected.db"
        create_schema(f"sqlite:///{file}", revision)
        with closing(sqlite3.connect(file)) as conn:
            return _schema_of(conn)


def _schema_of(conn: sqlite3.Connection) -> dict[str, _Part]:
    found = {}
    for kind, name, table, sql in conn.execute(_SCHEMA).fetchall():
        definition: frozenset[object] = frozenset()
        if kind == "table":
            columns = conn.execute(f"PRAGMA table_xinfo({_quoted(name)})").fetchall()
            keys = conn.execute(f"PRAGMA foreign_key_list({_quoted(name)})").fetchall()
            clauses = (clause for clause in _CLAUSES if clause in sql.upper())
            definition = frozenset(
                [*(c[1:] for c in columns), *(k[2:] for k in keys), *clauses, sql[: len("CREATE TABLE")]]
            )
        elif kind == "index":
            columns = conn.execute(f"PRAGMA index_xinfo({_quoted(name)})").fetchall()
            condition = " ".join(sql.partition(" WHERE ")[2].split())
            unique = "UNIQUE" in sql.upper().partition(" ON ")[0]
            definition = frozenset([*(c[2:] for c in columns), ("where", condition), ("unique", unique)])
        found[str(name)] = _Part(str(kind), str(table), definition)
    return found


def _schema_difference(expected: Mapping[str, _Part], found: Mapping[str, _Part]) -> str:
    """Return in words where a schema differs from the expected one; empty if it does not."""
    for name, part in found.items():
        if name not in expected:
            return f"watcher does not make its {part.kind} {name[:60]}"
    for name, part in expected.items():
        if name not in found:
            return f"its {part.kind} {name} is missing"
        if part != found[name]:
            return f"its {part.kind} {name} is not as watcher makes it"
    return ""


def _damage(conn: sqlite3.Connection, schema: Mapping[str, _Part]) -> str:
    """Return in words what is wrong with the rows of a database; empty if nothing is."""
    if row := conn.execute("PRAGMA foreign_key_check").fetchone():
        return f"a row of {row[0]} belongs to a row of {row[2]} that is missing"
    for table in sorted(name for name, part in schema.items() if part.kind == "table"):
        if column := _mistyped_column(conn, table):
            return f'a row of {table} has a value in "{column}" that is not valid'
    if conn.execute("SELECT count(*) FROM alembic_version").fetchone()[0] != 1:
        return "it names more than one schema"
    return next(_unreadable_rows(conn), "")


def _mistyped_column(conn: sqlite3.Connection, table: str) -> str:
    """Return the name of a column that has a value of another type; empty if there is none."""
    for _, name, declared, not_null, _, key, _ in conn.execute(
        f"PRAGMA table_xinfo({_quoted(table)})"
    ).fetchall():
        stored = _STORED_AS.get(declared.upper())
        if stored is None:  # SQLite's own tables have no types
            continue
        column = _quoted(name)
        allowed = stored if not_null or key else f"{stored}, 'null'"
        wrong = [f"typeof({column}) NOT IN ({allowed})"]
        if declared.upper() == "BOOLEAN":
            wrong.append(f"{column} NOT IN (0, 1)")
        if declared.upper() == "DOUBLE":
            wrong.append(f"abs({column}) >= {_MAX_SECONDS}")
        query = f"SELECT 1 FROM {_quoted(table)} WHERE {' OR '.join(wrong)} LIMIT 1"  # noqa: S608 - quoted names
        if conn.execute(query).fetchone():
            return str(name)
    return ""


def _unreadable_rows(conn: sqlite3.Connection) -> Iterator[str]:
    """Read every watch, every search and every message that waits; yield which cannot be read."""
    conn.row_factory = sqlite3.Row
    for stored in conn.execute("SELECT * FROM searches"):
        try:
            search_of(_row(stored, searches.c), "")
        except ValueError:
            yield f"its search {stored['id']} cannot be read"
    joined = (
        "SELECT s.*, w.*, w.id AS watch_id, s.category AS search_category "
        "FROM watches AS w JOIN searches AS s ON s.id = w.search_id"
    )
    for stored in conn.execute(joined):
        try:
            watch_of(_row(stored, SCHEDULED_WATCHES.selected_columns))
        except ValueError:
            yield f"its watch {stored['watch_id']} cannot be read; delete that row, or use another backup"
    for stored in conn.execute("SELECT id, kind, payload FROM outbox WHERE state = 'pending'"):
        try:
            read_notification(stored["kind"], stored["payload"])
        except Unreadable:
            yield f"its message {stored['id']} cannot be read"


def _row(stored: sqlite3.Row, columns: Any) -> Any:
    """Return a stored row as the readers expect it; columns of later schemas have their defaults."""
    names = set(stored.keys())
    values = [_as_read(stored[c.key], c) if c.key in names else _default_of(str(c.key)) for c in columns]
    return namedtuple("Row", [str(c.key) for c in columns])(*values)  # noqa: PYI024 - columns vary


def _as_read(value: Any, column: Any) -> Any:
    return bool(value) if isinstance(column.type, Boolean) and value is not None else value


def _default_of(name: str) -> Any:
    column = next(
        t.c[name] for t in metadata.tables.values() if name in t.c and t.name in ("searches", "watches")
    )
    if column.server_default is None:
        return None
    text = str(getattr(column.server_default, "arg", ""))
    return int(text) if text.isdecimal() else text


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
