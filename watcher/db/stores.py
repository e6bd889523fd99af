"""All stores over one database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, text

from watcher.core.errors import WatcherError
from watcher.db.alerts import AlertStore
from watcher.db.cache_entries import CacheEntryStore
from watcher.db.database import Database
from watcher.db.due_times import DueTimeStore
from watcher.db.engine import database_reason
from watcher.db.history import HistoryStore
from watcher.db.housekeeping import Housekeeping, RetentionPeriods
from watcher.db.incidents import IncidentStore
from watcher.db.outbox import OutboxStore
from watcher.db.quota_ledger import QuotaLedger
from watcher.db.searches import SearchStore
from watcher.db.silences import SilenceStore
from watcher.db.tokens import TokenStore
from watcher.db.watches import WatchStore

_SAME = text("UPDATE alembic_version SET version_num = version_num")
_REVISION = text("SELECT version_num FROM alembic_version")


@dataclass(frozen=True, slots=True)
class Stores:
    """Each group of store methods; every method is one transaction."""

    database: Database
    searches: SearchStore
    watches: WatchStore
    outbox: OutboxStore
    incidents: IncidentStore
    silences: SilenceStore
    quota_ledger: QuotaLedger
    alerts: AlertStore
    cache: CacheEntryStore
    tokens: TokenStore
    history: HistoryStore
    housekeeping: Housekeeping
    due_times: DueTimeStore

    @classmethod
    def opened(cls, url: str, ages: RetentionPeriods) -> Stores:
        """Open a database that has this program's schema."""
        database = Database(url)
        return cls(
            database,
            SearchStore(database),
            WatchStore(database),
            OutboxStore(database),
            IncidentStore(database),
            SilenceStore(database),
            QuotaLedger(database),
            AlertStore(database),
            CacheEntryStore(database),
            TokenStore(database),
            HistoryStore(database),
            Housekeeping(database, ages),
            DueTimeStore(database),
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
            raise WatcherError(error.code, database_reason(error)) from error
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
