"""Sign-in links and the sessions of browsers; of their secrets only hashes are stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from watcher.core.sessions import (
    LINK_SECONDS,
    MAX_SESSIONS,
    SEEN_EVERY_SECONDS,
    SESSION_SECONDS,
    Session,
)
from watcher.core.times import Instant
from watcher.db.database import Store
from watcher.db.schema import sessions, sign_in_links, users

_PERSON = users.c.person_since.is_not(None)
# The rights are the person's, so that a change of them takes effect at once.
_SESSIONS = (
    select(sessions, users.c.admin)
    .join(users, users.c.id == sessions.c.user_id)
    .where(_PERSON, sessions.c.expires_at > bindparam("now"))
)
# The index holds hashes, so the time of a look-up reveals nothing about a session's id.
_FIND = _SESSIONS.where(sessions.c.digest == bindparam("digest"))
_GET = _SESSIONS.where(sessions.c.id == bindparam("session"))
_CURRENT = _SESSIONS.where(sessions.c.id.in_(bindparam("ids", expanding=True)))
_OF_USER = _SESSIONS.where(sessions.c.user_id == bindparam("user")).order_by(
    sessions.c.seen_at.desc(), sessions.c.id.desc()
)

_LINK = select(sign_in_links.c.user_id).where(
    sign_in_links.c.digest == bindparam("digest"), sign_in_links.c.expires_at > bindparam("now")
)


class NewSession(NamedTuple):
    """What a browser that signs in brings: the hash of its new id, its name, and the hash of its old id."""

    digest: str
    browser: str
    replaces: str = ""


class SignInStore(Store):
    """Stores sign-in links and sessions."""

    async def add_link(self, digest: str, user: str, now: Instant) -> bool:
        """Store a link in place of the person's earlier ones; return False if there is no such person."""
        return await self._db.write(_add_link, digest, user, now)

    def has_link(self, digest: str, now: Instant) -> bool:
        """Return whether a link can be used."""
        return bool(self._db.rows(_LINK, {"digest": digest, "now": now}))

    async def consume_link(self, digest: str, new: NewSession, now: Instant) -> Session | None:
        """Use up a link and start a session; return None if the link is unknown, used or expired."""
        return await self._db.write(_consume_link, digest, new, now)

    async def withdraw_links(self, user: str) -> int:
        """Make the unused links of a person void; return their number."""
        return await self._db.write(_withdraw_links, user)

    def find(self, digest: str, now: Instant) -> Session | None:
        """Return the session with this hash, None if there is none or it has ended."""
        return self._one(_FIND, {"digest": digest, "now": now})

    def get(self, session: int, now: Instant) -> Session | None:
        """Return a session by its id, None if there is none or it has ended."""
        return self._one(_GET, {"session": session, "now": now})

    def current(self, ids: Sequence[int], now: Instant) -> Sequence[Session]:
        """Return those of the sessions with these ids that have not ended."""
        return [_session_of(row) for row in self._db.rows(_CURRENT, {"ids": list(ids), "now": now})]

    def listed(self, user: str, now: Instant) -> Sequence[Session]:
        """Return the sessions of a person, the one seen last first."""
        return [_session_of(row) for row in self._db.rows(_OF_USER, {"user": user, "now": now})]

    def note_seen(self, session: Session, now: Instant) -> None:
        """Record that a session is in use, at most once per SEEN_EVERY_SECONDS, without waiting for it."""
        if session.seen_at <= now - SEEN_EVERY_SECONDS:
            written = self._db.write(_note_seen, session.id, now)
            written.add_done_callback(lambda done: done.cancelled() or done.exception())  # it may be lost

    async def end(self, session: int, user: str) -> bool:
        """End a session of this person; return False if the person has no such session."""
        condition = (sessions.c.id == session) & (sessions.c.user_id == user)
        return bool(await self._db.write(_delete, condition))

    async def end_others(self, user: str, session: int) -> int:
        """End all sessions of a user but this one; return how many there were."""
        others = (sessions.c.user_id == user) & (sessions.c.id != session)
        return await self._db.write(_delete, others)

    async def end_all(self, user: str) -> int:
        """End all sessions of a person; return their number."""
        return await self._db.write(_delete, sessions.c.user_id == user)

    def _one(self, statement: Any, parameters: dict[str, Any]) -> Session | None:
        rows = self._db.rows(statement, parameters)
        return _session_of(rows[0]) if rows else None


def _add_link(conn: Connection, digest: str, user: str, now: Instant) -> bool:
    # The lock puts links of one person in order, and holds off the removal of the person.
    if conn.scalar(select(users.c.id).where(users.c.id == user, _PERSON).with_for_update()) is None:
        return False
    conn.execute(delete(sign_in_links).where(sign_in_links.c.user_id == user))
    row = {"digest": digest, "user_id": user, "created_at": now, "expires_at": now + LINK_SECONDS}
    conn.execute(sign_in_links.insert(), row)
    return True


def _withdraw_links(conn: Connection, user: str) -> int:
    return conn.execute(delete(sign_in_links).where(sign_in_links.c.user_id == user)).rowcount


def _consume_link(conn: Connection, digest: str, new: NewSession, now: Instant) -> Session | None:
    link = (sign_in_links.c.digest == digest) & (sign_in_links.c.expires_at > now)
    user = conn.scalar(select(sign_in_links.c.user_id).where(link))
    # The person is locked before the link, in the order in which a removal deletes them.
    person = conn.execute(select(users).where(users.c.id == user, _PERSON).with_for_update()).one_or_none()
    if person is None or not conn.execute(delete(sign_in_links).where(link)).rowcount:
        return None
    conn.execute(delete(sessions).where(sessions.c.digest == new.replaces))
    row = {
        "digest": new.digest,
        "user_id": person.id,
        "created_at": now,
        "seen_at": now,
        "expires_at": now + SESSION_SECONDS,
        "browser": new.browser,
    }
    made = conn.execute(sessions.insert().returning(sessions), row).one()
    newest = select(sessions.c.id).where(sessions.c.user_id == person.id)
    newest = newest.order_by(
        (sessions.c.id == made.id).desc(), sessions.c.seen_at.desc(), sessions.c.id.desc()
    )
    kept = conn.scalars(newest.limit(MAX_SESSIONS)).all()
    conn.execute(delete(sessions).where(sessions.c.user_id == person.id, sessions.c.id.not_in(kept)))
    return _session_of(made, admin=person.admin)


def _note_seen(conn: Connection, session: int, now: Instant) -> None:
    outdated = (sessions.c.id == session) & (sessions.c.seen_at <= now - SEEN_EVERY_SECONDS)
    conn.execute(update(sessions).where(outdated).values(seen_at=now))


def _delete(conn: Connection, condition: Any) -> int:
    return conn.execute(delete(sessions).where(condition)).rowcount


def _session_of(row: Row[Any], *, admin: bool | None = None) -> Session:
    return Session(
        row.id,
        row.user_id,
        row.admin if admin is None else admin,
        row.created_at,
        row.seen_at,
        row.expires_at,
        row.browser,
    )
