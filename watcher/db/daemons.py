"""The daemons that use the database."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import SQLAlchemyError

from watcher.core.monitoring.daemons import DaemonRecord
from watcher.db.database import Store
from watcher.db.engine import is_embedded, open_engine, upsert
from watcher.db.failures import as_watcher_error
from watcher.db.schema import daemons
from watcher.db.sqlite import open_read_only, sqlite_path

_COLUMNS = [daemons.c[name] for name in DaemonRecord._fields]
_NEWEST_FIRST = select(*_COLUMNS).order_by(daemons.c.started_at.desc(), daemons.c.id)
_NEWEST_FIRST_SQL = str(_NEWEST_FIRST.compile(dialect=sqlite.dialect()))
MAX_DAEMONS = 100  # read at once; each row is one process


def read_daemons(url: str) -> Sequence[DaemonRecord]:
    """Return the recorded daemons of a database with this program's schema, and leave no trace in it.

    Raises WatcherError.
    """
    try:
        if is_embedded(url):
            with open_read_only(sqlite_path(url)) as opened:
                return [DaemonRecord(*row) for row in opened.execute(_NEWEST_FIRST_SQL)]
        engine = open_engine(url)
        try:
            with engine.connect() as conn:
                return [DaemonRecord(*tuple(row)) for row in conn.execute(_NEWEST_FIRST)]
        finally:
            engine.dispose()
    except (SQLAlchemyError, sqlite3.Error) as error:
        raise as_watcher_error(error) from error


class DaemonStore(Store):
    """Records which daemons run."""

    async def register(self, daemon: DaemonRecord, is_dead: Callable[[str], bool]) -> None:
        """Add a daemon that starts, and remove those that `is_dead` says have ended without a word."""
        await self._db.write(_register, daemon, is_dead)

    async def see(self, daemon: DaemonRecord) -> None:
        """Record that a daemon is alive, and why its last reload was refused."""
        await self._db.write(_see, daemon)

    async def remove(self, daemon: str) -> None:
        """Remove a daemon that ends."""
        await self._db.write(_remove, daemon)

    def listed(self) -> Sequence[DaemonRecord]:
        """Return the recorded daemons, the one that started last first. One that died may be among them."""
        return [DaemonRecord(*tuple(row)) for row in self._db.rows(_NEWEST_FIRST.limit(MAX_DAEMONS))]


def _register(conn: Connection, daemon: DaemonRecord, is_dead: Callable[[str], bool]) -> None:
    known = conn.scalars(select(daemons.c.id)).all()
    conn.execute(delete(daemons).where(daemons.c.id.in_([name for name in known if is_dead(name)])))
    _see(conn, daemon)


def _see(conn: Connection, daemon: DaemonRecord) -> None:
    added = upsert(conn, daemons)
    changing = {name: added.excluded[name] for name in ("seen_at", "config_error")}
    conn.execute(added.on_conflict_do_update(index_elements=["id"], set_=changing), daemon._asdict())


def _remove(conn: Connection, daemon: str) -> None:
    conn.execute(delete(daemons).where(daemons.c.id == daemon))
