"""One database: reads on a held connection, and writes that share commits."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, Concatenate, ParamSpec

from sqlalchemy import Connection, Executable, Row, text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from watcher.core.errors import Code, WatcherError
from watcher.core.times import Seconds
from watcher.db.engine import is_embedded, open_engine
from watcher.db.failures import as_watcher_error, is_connection_lost, is_damage
from watcher.db.notify import listen_for_work
from watcher.db.postgres import release_session_locks, try_session_lock
from watcher.db.prepared import PreparedSelect
from watcher.db.reader import ReadThread
from watcher.db.sqlite import data_version, sqlite_path
from watcher.db.writer import A, Job, Operation, R, Writer, run_each

log = logging.getLogger(__name__)
Parameters = ParamSpec("Parameters")
_DATA_VERSION = text("PRAGMA data_version")
FIRST_RETRY_SECONDS, MAX_RETRY_SECONDS = 0.25, 5.0


class Database:
    """Gives every store access to its tables.

    `rows` runs a query at once on a held connection, which takes microseconds. `write` hands an operation to
    the one thread that writes; whatever arrives during a commit shares the next.
    """

    def __init__(self, url: str) -> None:
        self.engine = open_engine(url, existing=True)
        self.file = sqlite_path(url) if is_embedded(url) else None
        # Set by a read or write that met a damaged page; reset by the check of the whole file.
        self.damaged = False
        self._failed_connects = 0
        self._unreachable_since = self._next_connect_at = 0.0
        self._read_conn: Connection | None = None
        self._read_connects = 0
        self._read_thread: ReadThread | None = None
        self._writer = Writer(self.connect, self.failure)

    @property
    def shared(self) -> bool:
        """Whether other machines may use it too."""
        return self.file is None

    def rows(
        self, statement: Executable | PreparedSelect, parameters: Mapping[str, Any] | None = None
    ) -> Sequence[Row[Any]]:
        """Return all rows of a query, as of the newest commit. Raises WatcherError."""
        if self._read_thread is None:
            return self._read(statement, parameters)
        return self._read_thread.run(lambda: self._read(statement, parameters))

    def value(
        self, statement: Executable | PreparedSelect, parameters: Mapping[str, Any] | None = None
    ) -> Any:
        """Return the first column of the first row, None if there is no row. Raises WatcherError."""
        rows = self.rows(statement, parameters)
        return rows[0][0] if rows else None

    def state(self) -> tuple[int, int]:
        """Return a value that changes with every commit. Raises WatcherError.

        A commit of another process to a shared database is not noticed.
        """
        if self.shared:
            return self._writer.commits, 0
        if self._read_conn is not None:
            try:
                return self._read_connects, data_version(self._read_conn)
            except (SQLAlchemyError, sqlite3.Error):
                self.disconnect_reads()  # the next read says what is wrong
        version = int(self.value(_DATA_VERSION))
        return self._read_connects, version

    def write(
        self,
        function: Callable[Concatenate[Connection, Parameters], R],
        *args: Parameters.args,
        **kwargs: Parameters.kwargs,
    ) -> asyncio.Future[R]:
        """Call `function(connection, …)` in a transaction; its result means that it is on the disk.

        The transaction may be shared with other writes, and repeated after a rollback. The future raises
        WatcherError.
        """
        return self.write_batched(run_each, lambda conn: function(conn, *args, **kwargs))

    def write_batched(
        self,
        operation: Operation[A, R],
        item: A,
        patience: Seconds = Seconds(0.0),
        *,
        is_urgent: bool = False,
    ) -> asyncio.Future[R]:
        """Do the same with an operation that gets the items of several such writes in one call.

        The write may wait `patience` seconds for others to share its commit. An urgent one overtakes others.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._writer.add(Job(operation, item, loop, future), patience, is_urgent=is_urgent)
        return future

    def set_read_timeout(self, timeout: Seconds) -> None:
        """Limit the seconds for which a read from a shared database blocks its caller; none by default."""
        if self.shared:
            self._read_thread = ReadThread(timeout)

    def connect(self) -> Connection:
        """Return a new connection. Raises WatcherError, and SQLAlchemyError if the attempt fails.

        After a failure it refuses for a while without an attempt, twice as long after each, so that an
        unresponsive server blocks the event loop only rarely. A file answers at once and is tried every time.
        """
        if self._failed_connects and time.monotonic() < self._next_connect_at:
            raise WatcherError(Code.DATABASE_CONNECTION_FAILED)
        try:
            conn = self.engine.connect()
        except OperationalError as error:
            self._note_failed_connect(error)
            raise
        if self._failed_connects:
            log.warning("the database is back after %.0f s", time.monotonic() - self._unreachable_since)
            self._failed_connects = 0
        return conn

    def disconnect_reads(self) -> None:
        """Let the next read open a new connection."""
        conn, self._read_conn = self._read_conn, None
        if conn is not None:
            try:
                conn.close()
            except SQLAlchemyError:
                conn.invalidate()

    def failure(self, error: Exception) -> WatcherError:
        """Return the public error for a failure, and remember damage."""
        self.damaged |= is_damage(error)
        return as_watcher_error(error)

    @asynccontextmanager
    async def try_alone(self, task: str) -> AsyncIterator[bool]:
        """Yield whether this process has claimed `task`; no other process can claim it while the block runs.

        The claim ends with the process that holds it. An embedded database always yields True.
        """
        claimed = await self.write(try_session_lock, task)
        try:
            yield claimed
        finally:
            if claimed:
                await self.write(release_session_locks)

    def on_announced(self, call: Callable[[Iterable[str]], None]) -> None:
        """Call a function in the event loop with the work that a commit of this process announced.

        Only on an embedded database; on a shared one `listen` also receives this process's own signals.
        """
        self._writer.on_announced = call

    async def listen(self, on_work: Callable[[str], None], on_connect: Callable[[], None]) -> None:
        """Receive the work signals of other processes on a shared database; see `listen_for_work`."""
        await listen_for_work(self.engine, on_work, on_connect)

    def close(self) -> None:
        """Finish the submitted writes, and disconnect."""
        self._writer.close()
        if self._read_thread is None:
            self.disconnect_reads()
        else:
            self._read_thread.close(self.disconnect_reads)
        self.engine.dispose()

    def _read(
        self, statement: Executable | PreparedSelect, parameters: Mapping[str, Any] | None
    ) -> Sequence[Row[Any]]:
        retried = False
        while True:
            try:
                if self._read_conn is None:
                    # Autocommit: each statement sees the newest commit.
                    self._read_conn = self.connect().execution_options(isolation_level="AUTOCOMMIT")
                    self._read_connects += 1
                if isinstance(statement, PreparedSelect):
                    return statement.rows(self._read_conn, parameters or {})
                return self._read_conn.execute(statement, parameters).all()
            except SQLAlchemyError as error:
                self.disconnect_reads()
                public = self.failure(error)
                if retried or not is_connection_lost(error):
                    raise public from error
                retried = True  # the server was restarted since the last read

    def _note_failed_connect(self, error: OperationalError) -> None:
        now = time.monotonic()
        if not self._failed_connects:
            self._unreachable_since = now
            log.error("the database is out of reach: %s", " ".join(str(error.orig).split()))
        if self.shared:
            wait = FIRST_RETRY_SECONDS * 2.0 ** min(self._failed_connects, 10)
            self._next_connect_at = now + min(MAX_RETRY_SECONDS, wait)
        self._failed_connects += 1


class Store:
    """Base of the groups of store methods; every method is one transaction.

    Every method raises WatcherError if the database fails.
    """

    def __init__(self, database: Database) -> None:
        self._db = database
