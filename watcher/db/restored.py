"""What a restored database must not contain, and what in it must be looked at again."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from watcher.core.times import DAY, Instant, Seconds
from watcher.core.tokens import LOCAL
from watcher.db.schema import events, idempotency_keys, scan_sessions, sessions, sign_in_links, subscriptions

# A session or link may have ended since the backup was made; repeated requests and events are about a state
# that is gone.
NOT_RESTORED = (sessions, sign_in_links, idempotency_keys, events, scan_sessions)
# More than a database writes in the long run. So the ids after a restore are above those before it, whatever
# the replaced database had, and a stream of events can be resumed.
_EVENTS_PER_SECOND = 1_000
# Looks at Stripe begin this far apart, those at known customers first, so that what becomes due meanwhile
# waits for few of them; the last ones of very many users begin together.
_LOOKS_APART, _LAST_LOOK = Seconds(2.0), DAY
_LOOK_UP_ALL = """
INSERT INTO subscriptions (user_id, changed_at, confirmed_at, check_at)
SELECT id, 0, 0, :now + min(:last, :apart * (row_number() OVER (ORDER BY customer > '' DESC, id) - 1))
FROM users LEFT JOIN subscriptions ON user_id = id WHERE id <> :local OR user_id IS NOT NULL
ON CONFLICT (user_id) DO UPDATE SET check_at = excluded.check_at
"""


def forget_sign_ins(file: Path, now: Instant) -> None:
    """Delete sessions, also of scans, sign-in links, kept answers and events from a copy of a backup.

    Stripe is asked again about every user.

    The file has no log, and its schema was checked; an older one may lack the tables. The change is synced.
    Raises sqlite3.Error.
    """
    with closing(sqlite3.connect(file)) as opened, opened:
        found = {name for (name,) in opened.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        for table in NOT_RESTORED:
            if table.name in found:
                opened.execute(f"DELETE FROM {table.name}")  # noqa: S608 - a table's own name
        if subscriptions.name in found:  # Stripe has gone on since the backup
            # Also users without one may have paid since then: the look finds them by their reference.
            asked = {"now": now, "local": LOCAL, "apart": _LOOKS_APART, "last": _LAST_LOOK}
            opened.execute(_LOOK_UP_ALL, asked)
        if events.name in found:
            numbered = {"name": events.name, "seq": int(now * _EVENTS_PER_SECOND)}
            opened.execute(
                "INSERT INTO sqlite_sequence (name, seq) SELECT :name, 0 "
                "WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = :name)",
                numbered,
            )
            opened.execute("UPDATE sqlite_sequence SET seq = max(seq, :seq) WHERE name = :name", numbered)
