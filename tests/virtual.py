"""Simulated time for real parts: an event loop whose clock advances only while there is nothing to do."""

from __future__ import annotations

import asyncio
import functools
import selectors
import socket
from collections.abc import Callable, Coroutine
from typing import Any, ParamSpec

from tests.fakes import NOON
from watcher.core.times import Instant, Seconds
from watcher.db.stores import Stores

P = ParamSpec("P")
_GRACE = 0.001  # seconds of real time


class _SkippingSelector(selectors.DefaultSelector):  # type: ignore[misc, valid-type]  # chosen by the platform
    """Waits only for real events; otherwise it advances the simulated time by the timeout."""

    def __init__(self, *, sockets: bool) -> None:
        super().__init__()
        self.now, self.busy = 1000.0, 0
        self._ping = _Ping() if sockets else None

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = list(super().select(0))
        if ready or timeout == 0:
            return ready
        if self.busy:  # a thread is running, and will wake the loop
            return list(super().select(30.0))
        if self._ping and (ready := self._in_transit()):
            return ready
        if timeout is None:
            raise AssertionError("every task waits for ever")
        self.now += max(0.0, timeout)
        return []

    def _in_transit(self) -> list[Any]:
        """Return events of bytes in transit: a byte sent over the loopback arrives after earlier ones."""
        for _ in range(2):
            assert self._ping is not None
            self._ping.once()
            if ready := list(super().select(_GRACE)):
                return ready
        return []

    def close(self) -> None:
        if self._ping:
            self._ping.close()
        super().close()


class _Ping:
    """A connection to this process."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self._sender = socket.create_connection(server.getsockname())
            self._receiver, _ = server.accept()
        self._sender.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def once(self) -> None:
        self._sender.sendall(b".")
        self._receiver.recv(1)

    def close(self) -> None:
        self._sender.close()
        self._receiver.close()


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in simulated time. `sockets`: bytes may be in transit between real sockets."""

    def __init__(self, *, sockets: bool = False) -> None:
        self._selecting = _SkippingSelector(sockets=sockets)
        super().__init__(self._selecting)
        # After simulated months, a float cannot represent nanoseconds, and a due timer would never fire.
        self._clock_resolution = 1e-5

    def time(self) -> float:
        return self._selecting.now

    def stand_still(self, seconds: float) -> None:
        """Let time pass in which nothing runs, as if the process were suspended."""
        self._selecting.now += seconds

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        return self._while_busy(super().run_in_executor(executor, func, *args))

    def wait_for_writes(self, stores: Stores) -> None:
        """Stop simulated time while the thread of this database writes."""
        write = stores.database.write_batched

        def submitted(
            operation: Any, item: Any, patience: Seconds = Seconds(0.0), *, is_urgent: bool = False
        ) -> Any:
            del patience  # it would be measured in simulated time
            return self._while_busy(write(operation, item, is_urgent=is_urgent))

        stores.database.write_batched = submitted  # type: ignore[method-assign]

    def _while_busy(self, future: asyncio.Future[Any]) -> asyncio.Future[Any]:
        self._selecting.busy += 1
        future.add_done_callback(self._finished)
        return future

    def _finished(self, _future: object) -> None:
        self._selecting.busy -= 1


def in_simulated_time(
    test: Callable[P, Coroutine[Any, Any, None]], *, sockets: bool = False
) -> Callable[P, None]:
    """Run an asynchronous test, which has no asynchronous fixtures, in simulated time."""

    @functools.wraps(test)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        with asyncio.Runner(loop_factory=lambda: VirtualLoop(sockets=sockets)) as runner:
            runner.run(test(*args, **kwargs))

    return run


in_simulated_time_over_sockets = functools.partial(in_simulated_time, sockets=True)
"""The same for a test whose two ends of each connection are in its own loop."""


class LoopClock:
    """The time of day by the running loop's clock."""

    def now(self) -> Instant:
        return Instant(NOON + asyncio.get_running_loop().time())
