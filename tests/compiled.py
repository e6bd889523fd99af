"""Statements are compiled once per process, and not once per test: all engines share one cache.

A daemon has one engine and one cache, too. Each test opens an engine of its own, and compiling the same
statements again would take a tenth of the suite's time.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache

_STATEMENTS = 5_000
_KINDS: tuple[Any, ...] = (SQLiteDialect_pysqlite, PGDialect_psycopg)


def share_compiled_statements() -> None:
    """Give every engine that is made from now on the same cache."""
    for kind in _KINDS:  # the dialect is part of a statement's key
        kind.__eq__ = lambda self, other: type(self) is type(other)
        kind.__hash__ = lambda self: hash(type(self))
    shared: Any = LRUCache(_STATEMENTS)
    Engine._compiled_cache = property(lambda self: shared, lambda self, own: None)  # type: ignore[assignment]
