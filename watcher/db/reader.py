"""Reads in a thread, so that the caller waits only a limited time for each."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from queue import SimpleQueue
from typing import Any

from sqlalchemy import Row

from watcher.core.errors import Code, WatcherError
from watcher.core.times import Seconds

Rows = Sequence[Row[Any]]
# The timeout of a read after one that timed out; a server that works answers within a tenth of it.
TIMEOUT_AFTER_TIMEOUT = Seconds(0.1)


class ReadThread:
    """Runs reads one at a time, and waits at most `timeout` seconds for each.

    A server that freezes, or vanishes without closing its connections, must block the event loop no more
    than once. Until it answers, every read fails at once.
    """

    def __init__(self, timeout: Seconds) -> None:
        self._timeout = timeout
        self._reads: SimpleQueue[tuple[Callable[[], Rows], Future[Rows]] | None] = SimpleQueue()
        self._last: Future[Rows] | None = None
        self._timed_out = False
        self._at_end: Callable[[], None] = lambda: None
        self._thread = threading.Thread(target=self._run, name="watcher-reader", daemon=True)
        self._thread.start()

    def run(self, read: Callable[[], Rows]) -> Rows:
        """Return the result of `read`. Raises WatcherError, also if it takes too long."""
        if self._last is not None:
            if not self._last.done():
                raise WatcherError(Code.DATABASE_CONNECTION_FAILED)
            self._timed_out = self._timed_out and self._last.exception() is not None
        self._last = Future()
        self._reads.put((read, self._last))
        try:
            return self._last.result(TIMEOUT_AFTER_TIMEOUT if self._timed_out else self._timeout)
        except TimeoutError as error:
            self._timed_out = True
            raise WatcherError(Code.DATABASE_CONNECTION_FAILED) from error

    def close(self, disconnect: Callable[[], None]) -> None:
        """End the thread, which calls `disconnect` last; do not wait for a read that is overdue."""
        self._at_end = disconnect
        self._reads.put(None)
        self._thread.join(self._timeout)

    def _run(self) -> None:
        while (job := self._reads.get()) is not None:
            read, result = job
            try:
                result.set_result(read())
            except Exception as error:  # noqa: BLE001 - the caller gets it
                result.set_exception(error)
        self._at_end()
