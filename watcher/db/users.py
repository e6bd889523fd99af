"""The rows of users that watches, tokens and people need."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, select

from watcher.core.people import NameTaken, look_of
from watcher.core.times import Instant
from watcher.core.tokens import LOCAL
from watcher.db.engine import upsert
from watcher.db.schema import users


def add_users(conn: Connection, names: Iterable[str], now: Instant) -> None:
    """Add the users that there are not yet.

    Raises NameTaken if the name of a new one looks like that of another, or like `local`, which is always
    taken: an operator could give rights to one of them and mean the other.
    """
    wanted = sorted(set(names))
    found = set(conn.scalars(select(users.c.id).where(users.c.id.in_(wanted))))
    missing = [name for name in wanted if name not in found]
    if any(name != LOCAL for name in missing):
        looks = {look_of(other): other for other in (*conn.scalars(select(users.c.id)), LOCAL)}
        for name in missing:
            if name != LOCAL and (other := looks.setdefault(look_of(name), name)) != name:
                raise NameTaken(name, other)
    if missing:
        rows = [{"id": name, "created_at": now} for name in missing]
        conn.execute(upsert(conn, users).on_conflict_do_nothing(), rows)
