"""API tokens, of which only the hash is stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, func, or_, select, update

from watcher.core.errors import Code, WatcherError
from watcher.core.plans import Plans
from watcher.core.times import Instant
from watcher.core.tokens import Token
from watcher.db.database import Database, Store
from watcher.db.plan_limits import enforce_plan
from watcher.db.schema import tokens, users
from watcher.db.users import add_users

# The rights are read with the token, so that a change of the person's takes effect at once.
_ADMIN = and_(tokens.c.admin, or_(users.c.person_since.is_(None), users.c.admin))
_TOKENS = select(
    tokens.c.id, tokens.c.user_id, _ADMIN.label("admin"), tokens.c.created_at, tokens.c.revoked_at
).join(users, users.c.id == tokens.c.user_id)
# The index holds hashes, so the time of a look-up reveals nothing about a token.
_FIND = _TOKENS.where(tokens.c.digest == bindparam("digest"), tokens.c.revoked_at.is_(None))
_VALID = _TOKENS.where(tokens.c.id.in_(bindparam("ids", expanding=True)), tokens.c.revoked_at.is_(None))
_ANY = select(tokens.c.id).limit(1)


class NoAdmin(WatcherError):
    """A token would get more rights than its person has."""

    def __init__(self, user: str) -> None:
        super().__init__(
            Code.INVALID_INPUT,
            f"{user} is a person without the rights of an admin, and a token never has more than its person: "
            f"leave out --admin, or first give them with `watcher user add {user} --admin`.",
        )


class TokenStore(Store):
    """Stores the tokens of the HTTP API.

    The tokens of a user without sign-in are its rights; changing them makes the watches fit the plan again.
    """

    def __init__(self, database: Database, plans: Plans = Plans()) -> None:
        super().__init__(database)
        self._plans = plans

    async def add(self, digest: str, user: str, now: Instant, *, admin: bool) -> Token:
        """Store a token by its hash; add its user if there is no such user.

        Raises NoAdmin if the rights of an admin would exceed those of its person, NameTaken if the user is
        new and its name looks like that of another.
        """
        return await self._db.write(_add, digest, user, now, self._plans, admin=admin)

    def find(self, digest: str) -> Token | None:
        """Return the token with this hash, None if there is none or it is revoked.

        A person's token is an admin only while the person is one.
        """
        rows = self._db.rows(_FIND, {"digest": digest})
        return _token_of(rows[0]) if rows else None

    def valid(self, ids: Sequence[int]) -> Sequence[Token]:
        """Return those of the tokens with these ids that are not revoked."""
        return [_token_of(row) for row in self._db.rows(_VALID, {"ids": list(ids)})]

    def ever(self) -> bool:
        """Whether a token was ever made, revoked or not: from then on the API requires one."""
        return bool(self._db.rows(_ANY))

    def count_valid(self) -> int:
        """Return the number of tokens that are not revoked."""
        return int(self._db.value(select(func.count()).where(tokens.c.revoked_at.is_(None))) or 0)

    def listed(self) -> Sequence[Token]:
        """Return all tokens, revoked ones too, by id."""
        return [_token_of(r) for r in self._db.rows(_TOKENS.order_by(tokens.c.id))]

    def valid_of(self, user: str) -> Sequence[Token]:
        """Return the tokens of a user that are not revoked, the newest first."""
        wanted = (tokens.c.user_id == user) & tokens.c.revoked_at.is_(None)
        return [_token_of(r) for r in self._db.rows(_TOKENS.where(wanted).order_by(tokens.c.id.desc()))]

    async def revoke(self, token: int, now: Instant) -> bool:
        """Revoke a token; return False if there is no valid one with this id."""
        return await self._db.write(_revoke, token, now, self._plans)


def _add(conn: Connection, digest: str, user: str, now: Instant, plans: Plans, *, admin: bool) -> Token:
    add_users(conn, [user], now)
    # The lock holds off the removal of the user, and a change of the person's rights.
    owner = conn.execute(select(users).where(users.c.id == user).with_for_update()).one()
    if admin and owner.person_since is not None and not owner.admin:
        raise NoAdmin(user)
    row = {"digest": digest, "user_id": user, "admin": admin, "created_at": now}
    made = conn.execute(tokens.insert().returning(tokens.c.id), row).scalar_one()
    if admin and plans.all:
        enforce_plan(conn, plans, user, now)
    return Token(made, user, admin, now)


def _revoke(conn: Connection, token: int, now: Instant, plans: Plans) -> bool:
    is_valid = (tokens.c.id == token) & tokens.c.revoked_at.is_(None)
    # The user is locked before the token, as by a removal of the user.
    owner = select(users.c.id).join(tokens, tokens.c.user_id == users.c.id).where(is_valid)
    user = conn.scalar(owner.with_for_update(of=users))
    if not conn.execute(update(tokens).where(is_valid).values(revoked_at=now)).rowcount:
        return False
    if plans.all and user is not None:
        enforce_plan(conn, plans, user, now)
    return True


def _token_of(row: Row[Any]) -> Token:
    return Token(row.id, row.user_id, bool(row.admin), row.created_at, row.revoked_at)
