"""API tokens, of which only the hash is stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from watcher.core.times import Instant
from watcher.core.tokens import Token
from watcher.db.database import Store
from watcher.db.engine import upsert
from watcher.db.schema import tokens, users

_COLUMNS = (tokens.c.id, tokens.c.user_id, tokens.c.admin, tokens.c.created_at, tokens.c.revoked_at)
# The index holds hashes, so the time of a look-up reveals nothing about a token.
_FIND = select(*_COLUMNS).where(tokens.c.digest == bindparam("digest"), tokens.c.revoked_at.is_(None))
_GET = select(*_COLUMNS).where(tokens.c.id == bindparam("token"), tokens.c.revoked_at.is_(None))
_ANY = select(tokens.c.id).limit(1)


class TokenStore(Store):
    """Stores the tokens of the HTTP API."""

    async def add(self, digest: str, user: str, now: Instant, *, admin: bool) -> Token:
        """Store a token by its hash; add its user if there is no such user."""
        return await self._db.write(_add, digest, user, now, admin=admin)

    def find(self, digest: str) -> Token | None:
        """Return the token with this hash, None if there is none or it is revoked."""
        rows = self._db.rows(_FIND, {"digest": digest})
        return _token_of(rows[0]) if rows else None

    def get(self, token: int) -> Token | None:
        """Return the token with this id, None if there is none or it is revoked."""
        rows = self._db.rows(_GET, {"token": token})
        return _token_of(rows[0]) if rows else None

    def ever(self) -> bool:
        """Whether a token was ever made, revoked or not: from then on the API requires one."""
        return bool(self._db.rows(_ANY))

    def count_valid(self) -> int:
        """Return the number of tokens that are not revoked."""
        return int(self._db.value(select(func.count()).where(tokens.c.revoked_at.is_(None))) or 0)

    def listed(self) -> Sequence[Token]:
        """Return all tokens, revoked ones too, by id."""
        return [_token_of(r) for r in self._db.rows(select(*_COLUMNS).order_by(tokens.c.id))]

    async def revoke(self, token: int, now: Instant) -> bool:
        """Revoke a token; return False if there is no valid one with this id."""
        return await self._db.write(_revoke, token, now)


def _add(conn: Connection, digest: str, user: str, now: Instant, *, admin: bool) -> Token:
    conn.execute(upsert(conn, users).on_conflict_do_nothing(), [{"id": user, "created_at": now}])
    row = conn.execute(
        tokens.insert().returning(*_COLUMNS),
        {"digest": digest, "user_id": user, "admin": admin, "created_at": now},
    ).one()
    return _token_of(row)


def _revoke(conn: Connection, token: int, now: Instant) -> bool:
    valid = update(tokens).where(tokens.c.id == token, tokens.c.revoked_at.is_(None))
    return bool(conn.execute(valid.values(revoked_at=now)).rowcount)


def _token_of(row: Row[Any]) -> Token:
    return Token(row.id, row.user_id, row.admin, row.created_at, row.revoked_at)
