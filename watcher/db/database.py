"""One database: an engine, the writer thread, and a held connection for point reads."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Executable, Row

from watcher.core.errors import Code, RestartRequired, WatcherError
from watcher.core.times import Seconds
from watcher.db import engine as engines
from watcher.db import integrity, notify
from watcher.db.backups import free_name
from watcher.db.connector import Connector
from watcher.db.migrate import damage_in
from watcher.db.reader import Reader
from watcher.db.writer import A, Operation, R, Writer


class Database:
    """Reads on one held connection (see `Reader`), writes by the writer thread."""

    def __init__(self, url: str) -> None:
        self.engine = engines.connect(url, existing=True)
        self._line = Connector(self.engine)
        self._writer = Writer(self._line)
        self._reader = Reader(self._line)
        self._file = engines.sqlite_path(url) if engines.is_embedded(url) else None
        self._identity = _identity(self._file)

    def wait_at_most(self, patience: Seconds) -> None:
        """Let a read from a shared database hold up its caller no longer than this; for ever, else."""
        if self.shared:
            self._reader.patience = patience

    def rows(self, statement: Executable, parameters: Mapping[str, Any] | None = None) -> Sequence[Row[Any]]:
        """All rows of a query, as of the newest commit. Raises WatcherError."""
        return self._reader.rows(statement, parameters)

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

    async def keep_file(self) -> str:
        """Write the file of an embedded database back if it was deleted; that in a sentence, else empty.

        SQLite goes on in a file that was deleted or replaced, and all of it is lost when it is closed.
        Raises WatcherError, and Hopeless where another file is in its place.
        """
        found = _identity(self._file)
        if self._file is None or (found is not None and found == self._identity):
            return ""
        if found is not None:
            raise RestartRequired(await self._replaced(self._file))
        try:
            await self.write(integrity.write_back, self._file)
        except WatcherError as error:
            why = engines.database_reason(error)
            raise _failed(
                f"file is gone, and cannot be written back: {why}. Restore a copy and restart watcher"
            ) from error
        self._reader.drop()
        self._identity = _identity(self._file)
        return f"The database file {self._file} was deleted while it was open; it was written back."

    async def _replaced(self, file: Path) -> str:
        aside = free_name(file, "orphaned")
        try:
            await self.write(integrity.keep_aside, aside)
            kept = f"What watcher had is kept as {aside}."
        except WatcherError as error:
            kept = f"What watcher had could not be kept: {engines.database_reason(error)}."
        return f"{file} was replaced while it was open. {kept} Start watcher anew to work with the new file."

    async def require_undamaged(self) -> None:
        """Look through an embedded database in which damage was met; raises WatcherError while there is."""
        if self._file is None or not (self._reader.damaged or self._writer.damaged):
            return
        if damage := await asyncio.to_thread(damage_in, self._file):
            raise _failed(
                f"is damaged ({damage}); stop watcher, and put a backup in its place: "
                "`watcher db restore FILE`"
            )
        self._reader.damaged = self._writer.damaged = False
        await self.write(_forget_pages, None)

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
        await notify.listen_for_work(self.engine, ring, lost)

    def close(self) -> None:
        """Finish the writes that were submitted, and disconnect."""
        self._writer.close()
        self._reader.close()
        self.engine.dispose()


def _identity(file: Path | None) -> tuple[int, int] | None:
    """Which file stands at a path, None where there is none."""
    try:
        found = file.stat() if file else None
    except OSError:
        return None
    return (found.st_dev, found.st_ino) if found else None


def _failed(what: str) -> WatcherError:
    return WatcherError(Code.DATABASE_CONNECTION_FAILED, f"The database {what}.")


def _forget_pages(conn: Connection, items: Sequence[None]) -> Sequence[None]:
    conn.exec_driver_sql("PRAGMA shrink_memory")
    return items


def _enter(conn: Connection, items: Sequence[str]) -> Sequence[bool]:
    return [engines.enter(conn, what) for what in items]


def _leave(conn: Connection, items: Sequence[None]) -> Sequence[None]:
    engines.leave(conn)
    return items
