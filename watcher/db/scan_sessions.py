"""Scans that wait to be confirmed; of a session's id only a hash is stored."""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, delete, select

from watcher.core.times import HOUR, Instant, Seconds
from watcher.db.database import Store
from watcher.db.schema import scan_sessions as sessions

SCAN_SESSION_SECONDS = Seconds(HOUR)
MAX_SESSIONS_PER_USER = 100  # of more, the oldest end

_mine = sessions.c.user_id == bindparam("user")
_GET = select(sessions.c.payload, sessions.c.expires_at).where(
    sessions.c.digest == bindparam("digest"), _mine, sessions.c.expires_at > bindparam("now")
)


class ScanSessionStore(Store):
    """Stores scan sessions, each its user's own, for an hour."""

    async def add(self, digest: str, user: str, payload: str, now: Instant) -> Instant:
        """Store a session; return when it ends."""
        return await self._db.write(_add, digest, user, payload, now)

    def find(self, digest: str, user: str, now: Instant) -> str | None:
        """Return the payload of a user's session, None if there is none or it has ended."""
        rows = self._db.rows(_GET, {"digest": digest, "user": user, "now": now})
        return str(rows[0].payload) if rows else None


def _add(conn: Connection, digest: str, user: str, payload: str, now: Instant) -> Instant:
    ends = Instant(now + SCAN_SESSION_SECONDS)
    row = {"digest": digest, "user_id": user, "created_at": now, "expires_at": ends, "payload": payload}
    conn.execute(sessions.insert(), row)
    mine = sessions.c.user_id == user
    newest_first = (sessions.c.created_at.desc(), sessions.c.digest)
    excess = select(sessions.c.digest).where(mine).order_by(*newest_first).offset(MAX_SESSIONS_PER_USER)
    found = conn.scalars(excess.limit(MAX_SESSIONS_PER_USER)).all()
    if found:
        conn.execute(delete(sessions).where(sessions.c.digest.in_(found)))
    return ends
