"""API tokens by their hash."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, func, select, update

from watcher.core.times import Instant
from watcher.core.tokens import Token
from watcher.db.database import Database
from watcher.db.engine import upsert
from watcher.db.schema import tokens, users

_COLUMNS = (tokens.c.id, tokens.c.user_id, tokens.c.admin, tokens.c.created_at, tokens.c.revoked_at)
# Found by an index over hashes: how long that takes tells nothing about the token.
_FIND = select(*_COLUMNS).where(tokens.c.digest == bindparam("digest"), tokens.c.revoked_at.is_(None))
_ANY = select(tokens.c.id).limit(1)


class _New(NamedTuple):
    digest: str
    user: str
    admin: bool
    at: Instant


class TokenStore:
    """The tokens that open the HTTP door."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(self, digest: str, user: str, now: Instant, *, admin: bool) -> Token:
        """Keep a new token of a user, who is made where there is none."""
        return await self._db.write(_add, _New(digest, user, admin, now))

    def find(self, digest: str) -> Token | None:
        """The token of that hash, unless it is revoked; None where there is none."""
        rows = self._db.rows(_FIND, {"digest": digest})
        return _token(rows[0]) if rows else None

    def ever(self) -> bool:
        """Whether there has ever been one: from then on the door asks for it."""
        return bool(self._db.rows(_ANY))

    def valid(self) -> int:
        """How many open the door."""
        return int(self._db.value(select(func.count()).where(tokens.c.revoked_at.is_(None))) or 0)

    def listed(self) -> Sequence[Token]:
        """All of them, revoked ones too, in the order they were made."""
        return [_token(r) for r in self._db.rows(select(*_COLUMNS).order_by(tokens.c.id))]

    async def revoke(self, token: int, now: Instant) -> bool:
        """End a token at once; False where there is none that still opens the door."""
        return await self._db.write(_revoke, (token, now))


def _add(conn: Connection, items: Sequence[_New]) -> Sequence[Token]:
    made = []
    for new in items:
        conn.execute(upsert(conn, users).on_conflict_do_nothing(), [{"id": new.user, "created_at": new.at}])
        row = conn.execute(
            tokens.insert().returning(*_COLUMNS),
            {"digest": new.digest, "user_id": new.user, "admin": new.admin, "created_at": new.at},
        ).one()
        made.append(_token(row))
    return made


def _revoke(conn: Connection, items: Sequence[tuple[int, Instant]]) -> Sequence[bool]:
    return [
        bool(
            conn.execute(
                update(tokens)
                .where(tokens.c.id == token, tokens.c.revoked_at.is_(None))
                .values(revoked_at=now)
            ).rowcount
        )
        for token, now in items
    ]


def _token(row: Row[Any]) -> Token:
    return Token(row.id, row.user_id, row.admin, row.created_at, row.revoked_at)
