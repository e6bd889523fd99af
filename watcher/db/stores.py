"""All stores over one database."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from watcher.core.errors import WatcherError
from watcher.core.plans import Plans
from watcher.db.accuracy import AccuracyStore
from watcher.db.alerts import AlertStore
from watcher.db.api_usage import ApiUsageStore
from watcher.db.cache_entries import CacheEntryStore
from watcher.db.daemons import DaemonStore
from watcher.db.database import Database
from watcher.db.dead_letters import DeadLetterStore
from watcher.db.due_times import DueTimeStore
from watcher.db.events import EventStore
from watcher.db.failures import database_reason
from watcher.db.history import HistoryStore
from watcher.db.housekeeping import Housekeeping, RetentionPeriods
from watcher.db.idempotency import IdempotencyStore
from watcher.db.incidents import IncidentStore
from watcher.db.integrity import OpenFile
from watcher.db.item_specifics import ItemSpecificsStore
from watcher.db.lateness import LatenessStore
from watcher.db.library import LibraryStore
from watcher.db.outbox import OutboxStore
from watcher.db.overdue import OverdueStore
from watcher.db.people import PeopleStore
from watcher.db.plan_limits import PlanLimitStore
from watcher.db.polling_plan import PollingPlanStore
from watcher.db.promises import PromiseStore
from watcher.db.quota_ledger import QuotaLedger
from watcher.db.readings import ReadingStore
from watcher.db.removed_watches import RemovedWatchStore
from watcher.db.scan_sessions import ScanSessionStore
from watcher.db.searches import SearchStore
from watcher.db.sign_in import SignInStore
from watcher.db.silences import SilenceStore
from watcher.db.subscriptions import SubscriptionStore
from watcher.db.tokens import TokenStore
from watcher.db.watch_count import WatchCount
from watcher.db.watch_damage import WatchDamage
from watcher.db.watch_lists import WatchListStore
from watcher.db.watches import WatchStore

_REWRITE = text("UPDATE alembic_version SET version_num = version_num")
_REVISION = text("SELECT version_num FROM alembic_version")


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores of one open database. Every store method is one transaction."""

    database: Database
    file: OpenFile
    searches: SearchStore
    watches: WatchStore
    watch_count: WatchCount
    watch_damage: WatchDamage
    watch_lists: WatchListStore
    removed_watches: RemovedWatchStore
    outbox: OutboxStore
    incidents: IncidentStore
    silences: SilenceStore
    quota_ledger: QuotaLedger
    alerts: AlertStore
    cache: CacheEntryStore
    tokens: TokenStore
    idempotency: IdempotencyStore
    sign_in: SignInStore
    people: PeopleStore
    history: HistoryStore
    housekeeping: Housekeeping
    due_times: DueTimeStore
    daemons: DaemonStore
    events: EventStore
    dead_letters: DeadLetterStore
    library: LibraryStore
    scan_sessions: ScanSessionStore
    api_usage: ApiUsageStore
    readings: ReadingStore
    item_specifics: ItemSpecificsStore
    accuracy: AccuracyStore
    lateness: LatenessStore
    promises: PromiseStore
    polling_plan: PollingPlanStore
    overdue: OverdueStore
    plan_limits: PlanLimitStore
    subscriptions: SubscriptionStore

    @classmethod
    def opened(cls, url: str, periods: RetentionPeriods, plans: Plans = Plans()) -> Stores:
        """Open a database that has this program's schema; `plans` limit what users may have."""
        database = Database(url)
        return cls(
            database,
            OpenFile(database),
            SearchStore(database),
            WatchStore(database, plans),
            WatchCount(database),
            WatchDamage(database),
            WatchListStore(database),
            RemovedWatchStore(database, plans),
            OutboxStore(database),
            IncidentStore(database),
            SilenceStore(database),
            QuotaLedger(database),
            AlertStore(database),
            CacheEntryStore(database),
            TokenStore(database, plans),
            IdempotencyStore(database),
            SignInStore(database),
            PeopleStore(database, plans),
            HistoryStore(database),
            Housekeeping(database, periods),
            DueTimeStore(database),
            DaemonStore(database),
            EventStore(database),
            DeadLetterStore(database),
            LibraryStore(database),
            ScanSessionStore(database),
            ApiUsageStore(database),
            ReadingStore(database),
            ItemSpecificsStore(database),
            AccuracyStore(database),
            LatenessStore(database),
            PromiseStore(database),
            PollingPlanStore(database),
            OverdueStore(database),
            PlanLimitStore(database, plans),
            SubscriptionStore(database, plans),
        )

    async def probe(self) -> str:
        """Check that the database can be written; return a sentence about any repair, else an empty text.

        The probe rewrites a row without changing it. Raises WatcherError, and RestartRequired if only a
        restart helps.
        """
        try:
            repaired = await self.file.restore_if_deleted()
            await self.file.require_undamaged()
            await self.database.write(_rewrite_revision)
        except WatcherError as error:
            raise WatcherError(error.code, database_reason(error)) from error
        return repaired

    def revision(self) -> str:
        """Return the schema's present revision. Raises WatcherError."""
        return str(self.database.value(_REVISION) or "")

    def close(self) -> None:
        """Finish the submitted writes, and disconnect."""
        self.database.close()


def _rewrite_revision(conn: Connection) -> None:
    conn.execute(_REWRITE)
