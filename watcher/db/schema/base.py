"""What all tables share: their metadata, the type of numbered keys, and conditions of indexes."""

from __future__ import annotations

from sqlalchemy import BigInteger, Index, Integer, MetaData, TextClause, text

# The newest migration; a test compares it with migrations/versions. It is repeated here so that a start with
# an up-to-date database need not import Alembic (340 ms, 37 MB).
HEAD = "0018"

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)
# SQLite numbers rows only if the primary key is INTEGER; Postgres needs 64 bits.
ID = BigInteger().with_variant(Integer, "sqlite")
ON_DELETE = "CASCADE"
# Conditions of indexes that hold a few rows of a large table. A query uses one if it repeats the condition.
TROUBLED = text("due_at IS NOT NULL AND (unrecorded > 0 OR unreadable > 0 OR error <> '' OR suspicion <> '')")
LEASED, REJECTED = text("lease <> ''"), text("rejected <> '[]'")
ACTIVE, UNERASED, GONE = text("NOT paused"), text("erased_at IS NULL"), text("gone_at IS NOT NULL")


def partial_index(name: str, column: str, condition: TextClause) -> Index:
    """Return an index of the rows that satisfy a condition."""
    return Index(name, column, sqlite_where=condition, postgresql_where=condition)
