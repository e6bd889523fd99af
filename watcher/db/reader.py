"""Point reads on one held connection."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any, NamedTuple

from sqlalchemy import Connection, Executable, Row
from sqlalchemy.exc import SQLAlchemyError

from watcher.core.errors import Code, WatcherError
from watcher.core.times import Seconds
from watcher.db.connector import Connector
from watcher.db.engine import as_watcher_error, is_damage, is_lost, reader

Rows = Sequence[Row[Any]]
# So long who did not answer is waited for when it is asked again; it answers others in a tenth of that.
BRIEFLY = Seconds(0.1)


class _Question(NamedTuple):
    statement: Executable
    parameters: Mapping[str, Any] | None
    answer: Future[Rows]


class Reader:
    """Reads inline, which takes microseconds, for as long as the database takes.

    With a `patience`, in seconds, a thread reads and is waited for no longer: a server that freezes, or
    vanishes without a word, must not hold up an event loop more than once. Until it answers, every read fails
    at once.
    """

    def __init__(self, line: Connector) -> None:
        self._line = line
        self._conn: Connection | None = None
        # Whether a read met a damaged page; who has looked after it sets it back.
        self.damaged = False
        self.patience: Seconds | None = None
        self._questions: SimpleQueue[_Question | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._last: Future[Rows] | None = None
        self._silent = False

    def rows(self, statement: Executable, parameters: Mapping[str, Any] | None) -> Rows:
        """All rows of a query, as of the newest commit. Raises WatcherError."""
        if self.patience is None:
            return self._rows(statement, parameters)
        if self._last is not None:
            if not self._last.done():
                raise WatcherError(Code.DATABASE_CONNECTION_FAILED)
            self._silent = self._silent and self._last.exception() is not None
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="watcher-reader", daemon=True)
            self._thread.start()
        self._last = Future()
        self._questions.put(_Question(statement, parameters, self._last))
        try:
            return self._last.result(BRIEFLY if self._silent else self.patience)
        except TimeoutError as error:
            self._silent = True
            raise WatcherError(Code.DATABASE_CONNECTION_FAILED) from error

    def drop(self) -> None:
        """Connect anew for the next read."""
        conn, self._conn = self._conn, None
        if conn is not None:
            try:
                conn.close()
            except SQLAlchemyError:
                conn.invalidate()

    def close(self) -> None:
        """Disconnect; what was not answered in time is not waited for."""
        if self._thread is None:
            self.drop()
        else:
            self._questions.put(None)
            self._thread.join(self.patience)

    def _run(self) -> None:
        while (asked := self._questions.get()) is not None:
            try:
                asked.answer.set_result(self._rows(asked.statement, asked.parameters))
            except Exception as error:  # noqa: BLE001 - it goes to who asked
                asked.answer.set_exception(error)
        self.drop()

    def _rows(self, statement: Executable, parameters: Mapping[str, Any] | None) -> Rows:
        try:
            return self._read(statement, parameters)
        except SQLAlchemyError as error:
            self.drop()
            self.damaged |= is_damage(error)
            if not is_lost(error):
                raise as_watcher_error(error) from error
        try:  # the server was restarted since the last read: it may be asked again
            return self._read(statement, parameters)
        except SQLAlchemyError as error:
            self.drop()
            raise as_watcher_error(error) from error

    def _read(self, statement: Executable, parameters: Mapping[str, Any] | None) -> Rows:
        if self._conn is None:
            self._conn = reader(self._line.connect())
        return self._conn.execute(statement, parameters).all()
