"""The way to a database that may be out of reach for a while."""

from __future__ import annotations

import logging
import time

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import OperationalError

from watcher.core.errors import Code, WatcherError
from watcher.db.engine import is_embedded

log = logging.getLogger(__name__)
FIRST_RETRY_SECONDS, MAX_RETRY_SECONDS = 0.25, 5.0


class Connector:
    """Connects. After a failure it refuses at once for a while, twice as long after each.

    So a server that does not answer holds up nobody who reads in the event loop more than now and then.
    A file is tried every time: it answers at once.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._patient = not is_embedded(str(engine.url))
        self._failures = 0
        self._lost_at = self._again_at = 0.0

    def connect(self) -> Connection:
        """A connection. Raises WatcherError while the wait lasts, SQLAlchemyError when it cannot be made."""
        if self._failures and time.monotonic() < self._again_at:
            raise WatcherError(Code.DATABASE_CONNECTION_FAILED)
        try:
            made = self._engine.connect()
        except OperationalError as error:
            self._failed(error)
            raise
        if self._failures:
            log.warning("the database is back after %.0f s", time.monotonic() - self._lost_at)
            self._failures = 0
        return made

    def _failed(self, error: OperationalError) -> None:
        now = time.monotonic()
        if not self._failures:
            self._lost_at = now
            log.error("the database is out of reach: %s", " ".join(str(error.orig).split()))
        if self._patient:
            self._again_at = now + min(
                MAX_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2.0 ** min(self._failures, 10)
            )
        self._failures += 1
