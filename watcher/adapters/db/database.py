"""One database: an engine, the writer thread, and a held connection for point reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import Connection, Executable, Row
from sqlalchemy.exc import SQLAlchemyError

from watcher.adapters.db import bell
from watcher.adapters.db import engine as engines
from watcher.adapters.db.line import Line
from watcher.adapters.db.writer import A, Operation, R, Writer
from watcher.core.errors import Code, WatcherError
from watcher.core.times import Seconds


class Database:
    """Reads inline on one held connection (a point read takes microseconds), writes by the writer thread."""

    def __init__(self, url: str) -> None:
        self.engine = engines.connect(url)
        self._line = Line(self.engine)
        self._writer = Writer(self._line)
        self._reader: Connection | None = None
        self._file = engines.sqlite_path(url) if engines.is_embedded(url) else None
        self._identity: tuple[int, int] | None = None

    def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """All rows of a query, as of the newest commit. Raises WatcherError."""
        try:
            return self._read(statement, parameters)
        except SQLAlchemyError as error:
            self._drop_reader()
            if not engines.is_lost(error):
                raise engines.as_watcher_error(error) from error
        try:  # the server was restarted since the last read: it may be asked again
            return self._read(statement, parameters)
        except SQLAlchemyError as error:
            self._drop_reader()
            raise engines.as_watcher_error(error) from error

    def _read(self, statement: Executable, parameters: Mapping[str, Any] | None) -> Sequence[Row[Any]]:
        if self._reader is None:
            self._reader = engines.reader(self._line.connect())
        return self._reader.execute(statement, parameters).all()

    def value(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Any:
        """The first column of the first row, None without one. Raises WatcherError."""
        rows = self.rows(statement, parameters)
        return rows[0][0] if rows else None

    def write(
        self, operation: Operation[A, R], item: A, patience: Seconds = Seconds(0.0)
    ) -> asyncio.Future[R]:
        """Run `operation` on `item` in a transaction that it may share with others. Ends in WatcherError.

        `patience`: how many seconds it may wait for those others.
        """
        return self._writer.submit(operation, item, patience)

    def require_file(self) -> None:
        """Raises WatcherError where the file of an embedded database is not the one that is open.

        SQLite goes on in a file that was deleted or replaced, and all of it is lost when it is closed.
        """
        if self._file is None:
            return
        try:
            found = self._file.stat()
        except OSError as error:
            raise _gone("is gone: put it back, or restore a copy and restart watcher") from error
        identity = (found.st_dev, found.st_ino)
        self._identity = self._identity or identity
        if identity != self._identity:
            raise _gone("was replaced while it was open; restart watcher")

    @property
    def shared(self) -> bool:
        """Whether other machines may work on it too."""
        return self.engine.dialect.name == "postgresql"

    @asynccontextmanager
    async def alone(self, what: str) -> AsyncIterator[bool]:
        """Whether nobody else on the database is at `what` while the block runs; who dies in it is not."""
        ours = await self.write(_enter, what)
        try:
            yield ours
        finally:
            if ours:
                await self.write(_leave, None)

    async def listen(self, ring: Callable[[str], None], lost: Callable[[], None]) -> None:
        """Hear for ever what work other processes make on a shared database: see `bell`."""
        await bell.listen(self.engine, ring, lost)

    def close(self) -> None:
        """Finish the writes that were submitted, and disconnect."""
        self._writer.close()
        self._drop_reader()
        self.engine.dispose()

    def _drop_reader(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            try:
                reader.close()
            except SQLAlchemyError:
                reader.invalidate()


def _gone(what: str) -> WatcherError:
    return WatcherError(Code.DATABASE_CONNECTION_FAILED, f"The database file {what}.")


def _enter(conn: Connection, items: Sequence[str]) -> Sequence[bool]:
    return [engines.enter(conn, what) for what in items]


def _leave(conn: Connection, items: Sequence[None]) -> Sequence[None]:
    engines.leave(conn)
    return items
