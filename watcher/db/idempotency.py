"""Requests that are answered once, however often they are sent: their keys, and the answers to repeat."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import ColumnElement, Connection, delete, select, update

from watcher.core.times import Instant
from watcher.db.database import Store
from watcher.db.engine import upsert
from watcher.db.housekeeping import IDEMPOTENCY_SECONDS
from watcher.db.schema import idempotency_keys as keys

MAX_KEYS_PER_USER = 1_000  # of more, the oldest are forgotten
_ATTEMPTS = 3  # to find or store a key that other processes store and release at the same time


class KeyUse(NamedTuple):
    """The use of a key by one request: who used it when, and a hash of the request."""

    user: str
    key: str
    request: str
    at: Instant


class KeptAnswer(NamedTuple):
    """The answer to a request. `headers` are JSON; the body is None if it is too large, or was erased."""

    status: int
    headers: str
    body: bytes | None


class EarlierUse(NamedTuple):
    """What is stored about a key: the request that used it, and its answer, None until there is one."""

    request: str
    at: Instant
    answer: KeptAnswer | None


class IdempotencyStore(Store):
    """Stores the keys of requests, each user's own, for 24 hours."""

    async def claim(self, use: KeyUse) -> EarlierUse | None:
        """Store the use of a key that is free and return None; else return its earlier use."""
        return await self._db.write(_claim, use)

    async def keep(self, use: KeyUse, answer: KeptAnswer) -> None:
        """Store the answer to a request that claimed its key."""
        await self._db.write(_keep, use, answer)

    async def release(self, use: KeyUse) -> None:
        """Free the key of a request that had no effect, or whose failure may pass."""
        await self._db.write(_release, use)


def _claim(conn: Connection, use: KeyUse) -> EarlierUse | None:
    mine = (keys.c.user_id == use.user) & (keys.c.key == use.key)
    conn.execute(delete(keys).where(mine, keys.c.created_at < use.at - IDEMPOTENCY_SECONDS))
    row = {"user_id": use.user, "key": use.key, "request": use.request, "created_at": use.at}
    insert = upsert(conn, keys).on_conflict_do_nothing().returning(keys.c.key)
    for _ in range(_ATTEMPTS):
        if conn.execute(insert, row).all():
            _forget_oldest(conn, use.user)
            return None
        found = conn.execute(select(keys).where(mine)).one_or_none()
        if found is not None:  # another process may have released it in between
            answer = None if found.status is None else KeptAnswer(found.status, found.headers, found.body)
            return EarlierUse(found.request, found.created_at, answer)
    return EarlierUse(use.request, use.at, None)


def _forget_oldest(conn: Connection, user: str) -> None:
    newest_first = (keys.c.created_at.desc(), keys.c.key)
    excess = select(keys.c.key).where(keys.c.user_id == user).order_by(*newest_first)
    found = conn.execute(excess.offset(MAX_KEYS_PER_USER).limit(MAX_KEYS_PER_USER)).scalars().all()
    if found:
        conn.execute(delete(keys).where(keys.c.user_id == user, keys.c.key.in_(found)))


def _keep(conn: Connection, use: KeyUse, answer: KeptAnswer) -> None:
    conn.execute(update(keys).where(_is_unanswered(use)).values(answer._asdict()))


def _release(conn: Connection, use: KeyUse) -> None:
    conn.execute(delete(keys).where(_is_unanswered(use)))


def _is_unanswered(use: KeyUse) -> ColumnElement[bool]:
    return (
        (keys.c.user_id == use.user)
        & (keys.c.key == use.key)
        & (keys.c.created_at == use.at)
        & keys.c.status.is_(None)
    )
