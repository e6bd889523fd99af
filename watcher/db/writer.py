"""One thread that writes, with group commit.

What arrives while a commit is under way shares the next, and so does what may wait a moment for company.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from watcher.core.times import Seconds
from watcher.db.connector import Connector
from watcher.db.engine import as_watcher_error, is_damage, is_lost, is_passing

log = logging.getLogger(__name__)
A = TypeVar("A")
R = TypeVar("R")
Operation = Callable[[Connection, Sequence[A]], Sequence[R]]
"""Writes several items of one kind and answers one result for each; it may be run again after a rollback."""

MAX_JOBS_PER_COMMIT = 200
# A full queue makes `submit` fail loudly; the callers' own bounds keep it far below this.
QUEUE = 20_000
# So often a transaction is tried that others were in the way of, or whose connection broke before its commit.
MAX_ATTEMPTS = 4


class _Job(NamedTuple):
    operation: Operation[Any, Any]
    item: Any
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


class Writer:
    """Runs operations in the order of their submission; an answer means that it is on the disk."""

    def __init__(self, line: Connector) -> None:
        self._line = line
        self._conn: Connection | None = None
        # Whether a write met a damaged page; who has looked after it sets it back.
        self.damaged = False
        self._jobs: queue.Queue[list[_Job] | None] = queue.Queue(QUEUE)
        # Patient jobs stay in the loop: a thread that is woken for each costs more than it writes.
        self._patient: list[_Job] = []
        self._alarm: asyncio.TimerHandle | None = None
        self._thread = threading.Thread(target=self._run, name="watcher-writer", daemon=True)
        self._thread.start()

    def submit(
        self, operation: Operation[A, R], item: A, patience: Seconds = Seconds(0.0)
    ) -> asyncio.Future[R]:
        """Write `item`; the future ends with the operation's result or a WatcherError.

        It may wait `patience` seconds for others to share its commit; whatever cannot wait takes it along.
        """
        if self._jobs.full():
            raise queue.Full
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        self._patient.append(_Job(operation, item, loop, future))
        if patience <= 0 or len(self._patient) >= MAX_JOBS_PER_COMMIT:
            self._hand_over()
        elif self._alarm is None:
            self._alarm = loop.call_later(patience, self._hand_over)
        return future

    def _hand_over(self) -> None:
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if self._patient:
            self._jobs.put_nowait(self._patient)
            self._patient = []

    def close(self) -> None:
        """Finish what was submitted, then end the thread."""
        self._hand_over()
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (batch := self._next_batch()) is not None:
            self._write(batch)
        self._hang_up()

    def _connected(self) -> Connection:
        if self._conn is None or self._conn.closed or self._conn.invalidated:
            self._conn = self._line.connect()
        return self._conn

    def _hang_up(self) -> None:
        conn, self._conn = self._conn, None
        if conn is not None:
            with contextlib.suppress(SQLAlchemyError):  # it is broken, and that is known
                conn.close()

    def _next_batch(self) -> list[_Job] | None:
        first = self._jobs.get()
        if first is None:
            return None
        batch = first
        while len(batch) < MAX_JOBS_PER_COMMIT:
            try:
                more = self._jobs.get_nowait()
            except queue.Empty:
                break
            if more is None:
                self._jobs.put(None)
                break
            batch += more
        return batch

    def _write(self, batch: list[_Job], tries: int = MAX_ATTEMPTS) -> None:
        try:
            conn = self._connected()
        except Exception as error:  # noqa: BLE001 - whatever the driver raises goes to those who wait
            _answer([(job, None, as_watcher_error(error)) for job in batch])
            return
        try:
            results = _commit(conn, batch)
        except Exception as error:  # noqa: BLE001 - as above
            self._failed(batch, error, tries - 1)
            return
        _answer([(job, result, None) for job, result in zip(batch, results, strict=True)])

    def _failed(self, batch: list[_Job], error: Exception, tries: int) -> None:
        """Try again what was surely undone; what was not may have been kept, and those who wait must ask."""
        lost, alone = is_lost(error), len(batch) == 1
        if lost:
            self._hang_up()
        if tries and (isinstance(error, _Undone) or (alone and is_passing(error))):
            self._write(batch, tries)
        elif not lost and not alone:
            for job in batch:  # one bad item must not fail the others
                self._write([job])
        else:
            log.warning("a write failed", exc_info=error)
            self.damaged |= is_damage(error)
            _answer([(job, None, as_watcher_error(error)) for job in batch])


class _Undone(DBAPIError):
    """The connection broke before the commit, for which nobody's item is to blame."""

    @classmethod
    def by(cls, error: DBAPIError) -> _Undone:
        return cls(error.statement, error.params, error.orig or error, connection_invalidated=True)


def _commit(conn: Connection, batch: list[_Job]) -> list[Any]:
    results: list[Any] = []
    with conn.begin():
        try:
            for operation, jobs in groupby(batch, key=lambda job: job.operation):
                results.extend(operation(conn, [job.item for job in jobs]))
        except DBAPIError as error:
            if is_lost(error):
                raise _Undone.by(error) from error
            raise
    return results


def _answer(answers: list[tuple[_Job, Any, Exception | None]]) -> None:
    loop = answers[0][0].loop
    try:
        loop.call_soon_threadsafe(_resolve, answers)
    except RuntimeError:  # the loop is closed: nobody waits any more
        log.debug("nobody waits for %d writes", len(answers))


def _resolve(answers: list[tuple[_Job, Any, Exception | None]]) -> None:
    for job, result, error in answers:
        if job.future.done():
            continue
        if error is not None:
            job.future.set_exception(error)
        else:
            job.future.set_result(result)
