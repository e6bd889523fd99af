"""The one thread that writes, with group commit: writes that arrive during a commit share the next.

Urgent ones overtake the others and share a commit only with each other.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from watcher.core.errors import WatcherError
from watcher.core.times import Seconds
from watcher.db.failures import is_connection_lost, is_retryable
from watcher.db.notify import take_announced

log = logging.getLogger(__name__)
A = TypeVar("A")
R = TypeVar("R")
Operation = Callable[[Connection, Sequence[A]], Sequence[R]]
"""Writes several items and returns a result for each. It may run again after a rollback."""

MAX_JOBS_PER_COMMIT = 200
# Batches. A full queue makes `add` raise; the callers' own bounds keep it far below this.
QUEUE_SIZE = 20_000
# Per transaction that hit a deadlock or lock timeout, or lost its connection before the commit.
MAX_ATTEMPTS = 4


class Job(NamedTuple):
    """One write, and the future of the loop that waits for its result."""

    operation: Operation[Any, Any]
    item: Any
    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[Any]


def run_each(conn: Connection, items: Sequence[Callable[[Connection], R]]) -> Sequence[R]:
    """Run functions one after the other: the operation of writes that have nothing to share but a commit."""
    return [function(conn) for function in items]


class Writer:
    """Runs jobs in the order of their arrival, urgent ones first.

    `connect` opens its connection; `failure` returns the public error for an exception. `on_announced` is
    called in the event loop with the work that a commit announced for this process.
    """

    def __init__(
        self, connect: Callable[[], Connection], failure: Callable[[Exception], WatcherError]
    ) -> None:
        self._connect, self._failure = connect, failure
        self.on_announced: Callable[[Iterable[str]], None] = lambda _: None
        self._conn: Connection | None = None
        self.commits = 0
        # Guards the three that follow.
        self._changed = threading.Condition()
        self._urgent: deque[list[Job]] = deque()
        self._batches: deque[list[Job]] = deque()
        self._is_closing = False
        # Patient jobs stay in the event loop: waking the thread for each costs more than the write.
        self._patient: list[Job] = []
        self._timer: asyncio.TimerHandle | None = None
        self._thread = threading.Thread(target=self._run, name="watcher-writer", daemon=True)
        self._thread.start()

    def add(self, job: Job, patience: Seconds, *, is_urgent: bool = False) -> None:
        """Queue a job for at most `patience` seconds; one that cannot wait takes the others along.

        An urgent one takes none along: a larger transaction takes longer. Raises queue.Full.
        """
        if len(self._batches) + len(self._urgent) >= QUEUE_SIZE:
            raise queue.Full
        if is_urgent:
            self._put(self._urgent, [job])
            return
        self._patient.append(job)
        if patience <= 0 or len(self._patient) >= MAX_JOBS_PER_COMMIT:
            self._flush()
        elif self._timer is None:
            self._timer = job.loop.call_later(patience, self._flush)

    def close(self) -> None:
        """Finish the queued jobs, then end the thread."""
        self._flush()
        with self._changed:
            self._is_closing = True
            self._changed.notify()
        self._thread.join()

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._patient:
            self._put(self._batches, self._patient)
            self._patient = []

    def _put(self, batches: deque[list[Job]], batch: list[Job]) -> None:
        with self._changed:
            batches.append(batch)
            self._changed.notify()

    def _run(self) -> None:
        while batch := self._next_batch():
            self._write(batch)
        self._disconnect()

    def _next_batch(self) -> list[Job]:
        """Wait for jobs and return those of one commit; none at the end."""
        batch: list[Job] = []
        with self._changed:
            while not (self._urgent or self._batches or self._is_closing):
                self._changed.wait()
            batches = self._urgent or self._batches
            while batches and len(batch) < MAX_JOBS_PER_COMMIT:
                batch += batches.popleft()
        return batch

    def _write(self, batch: list[Job], attempts: int = MAX_ATTEMPTS) -> None:
        try:
            if self._conn is None or self._conn.closed or self._conn.invalidated:
                self._conn = self._connect()
        except Exception as error:  # noqa: BLE001 - whatever the driver raises goes to the callers
            _resolve_in_loop([(job, None, self._failure(error)) for job in batch])
            return
        try:
            results = _commit(self._conn, batch)
        except Exception as error:  # noqa: BLE001 - as above
            self._retry_or_fail(batch, error, attempts - 1)
            return
        finally:
            self.commits += 1  # a commit that seemed to fail may have reached the server
        _resolve_in_loop([(job, result, None) for job, result in zip(batch, results, strict=True)])
        if announced := take_announced(self._conn):
            with contextlib.suppress(RuntimeError):  # the loop is closed
                batch[0].loop.call_soon_threadsafe(self.on_announced, announced)

    def _retry_or_fail(self, batch: list[Job], error: Exception, attempts: int) -> None:
        """Run again what was certainly rolled back; what may have been committed fails."""
        lost, single = is_connection_lost(error), len(batch) == 1
        if lost:
            self._disconnect()
        if attempts and (isinstance(error, _LostBeforeCommit) or (single and is_retryable(error))):
            self._write(batch, attempts)
        elif not lost and not single:
            for job in batch:  # one bad item must not fail the others
                self._write([job])
        else:
            if not isinstance(error, WatcherError):  # such as a plan's limit: the caller says it
                log.warning("a write failed", exc_info=error)
            public = self._failure(error)
            _resolve_in_loop([(job, None, public) for job in batch])

    def _disconnect(self) -> None:
        conn, self._conn = self._conn, None
        if conn is not None:
            with contextlib.suppress(SQLAlchemyError):  # it is already broken
                conn.close()


class _LostBeforeCommit(DBAPIError):
    """The connection broke before the commit, so no item is to blame."""

    @classmethod
    def of(cls, error: DBAPIError) -> _LostBeforeCommit:
        return cls(error.statement, error.params, error.orig or error, connection_invalidated=True)


def _commit(conn: Connection, batch: list[Job]) -> list[Any]:
    results: list[Any] = []
    with conn.begin():
        try:
            for operation, jobs in groupby(batch, key=lambda job: job.operation):
                results.extend(operation(conn, [job.item for job in jobs]))
        except DBAPIError as error:
            if is_connection_lost(error):
                raise _LostBeforeCommit.of(error) from error
            raise
    return results


def _resolve_in_loop(outcomes: list[tuple[Job, Any, Exception | None]]) -> None:
    loop = outcomes[0][0].loop
    try:
        loop.call_soon_threadsafe(_resolve, outcomes)
    except RuntimeError:  # the loop is closed
        log.debug("the results of %d writes are dropped", len(outcomes))


def _resolve(outcomes: list[tuple[Job, Any, Exception | None]]) -> None:
    for job, result, error in outcomes:
        if job.future.done():
            continue
        if error is not None:
            job.future.set_exception(error)
        else:
            job.future.set_result(result)
