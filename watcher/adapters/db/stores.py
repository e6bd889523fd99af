"""All stores over one database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from watcher.adapters.db.alerts import Alerts
from watcher.adapters.db.cache_entries import CacheEntries
from watcher.adapters.db.database import Database
from watcher.adapters.db.due_times import DueTimes
from watcher.adapters.db.engine import words_of
from watcher.adapters.db.housekeeping import Ages, Housekeeping
from watcher.adapters.db.incidents import Incidents
from watcher.adapters.db.ledger import Ledger
from watcher.adapters.db.outbox import Outbox
from watcher.adapters.db.searches import Searches
from watcher.adapters.db.silences import Silences
from watcher.adapters.db.tokens import Tokens
from watcher.adapters.db.tracks import Tracks
from watcher.adapters.db.watches import Watches
from watcher.core.errors import WatcherError

_SAME = text("UPDATE alembic_version SET version_num = version_num")
_REVISION = text("SELECT version_num FROM alembic_version")


@dataclass(frozen=True, slots=True)
class Stores:
    """Each group of store methods; every method is one transaction."""

    database: Database
    searches: Searches
    watches: Watches
    outbox: Outbox
    incidents: Incidents
    silences: Silences
    ledger: Ledger
    alerts: Alerts
    cache: CacheEntries
    tokens: Tokens
    tracks: Tracks
    housekeeping: Housekeeping
    due_times: DueTimes

    @classmethod
    def opened(cls, url: str, ages: Ages) -> Stores:
        """Open a database that has this program's schema."""
        database = Database(url)
        return cls(
            database,
            Searches(database),
            Watches(database),
            Outbox(database),
            Incidents(database),
            Silences(database),
            Ledger(database),
            Alerts(database),
            CacheEntries(database),
            Tokens(database),
            Tracks(database),
            Housekeeping(database, ages),
            DueTimes(database),
        )

    async def probe(self) -> str:
        """Write something that changes nothing; what had to be mended for it, in a sentence, else empty.

        Raises WatcherError where that cannot be done, and Hopeless where only a restart helps.
        """
        try:
            mended = await self.database.keep_file()
            await self.database.require_undamaged()
            await self.database.write(_rewrite, None)
        except WatcherError as error:
            raise WatcherError(error.code, words_of(error)) from error
        return mended

    def revision(self) -> str:
        """The schema's revision at this moment. Raises WatcherError."""
        return str(self.database.value(_REVISION) or "")

    def close(self) -> None:
        """Finish the writes that were submitted, and disconnect."""
        self.database.close()


def _rewrite(conn: Connection, items: Sequence[None]) -> Sequence[None]:
    conn.execute(_SAME)
    return items
