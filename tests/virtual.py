"""Simulated time for real parts: a loop whose clock passes only while nobody has anything to do."""

from __future__ import annotations

import asyncio
import selectors
import socket
from typing import Any

from tests.fakes import NOON
from watcher.core.times import Instant, Seconds
from watcher.db.stores import Stores

_GRACE = 0.001  # real seconds


class _Skip(selectors.DefaultSelector):  # type: ignore[misc, valid-type]  # chosen by the platform
    """Waits for nothing but what is really under way: else the time that would be waited is added."""

    def __init__(self, *, sockets: bool) -> None:
        super().__init__()
        self.now, self.busy = 1000.0, 0
        self._ping = _Ping() if sockets else None

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = list(super().select(0))
        if ready or timeout == 0:
            return ready
        if self.busy:  # a thread is at work: it wakes us
            return list(super().select(30.0))
        if self._ping and (ready := self._late()):
            return ready
        if timeout is None:
            raise AssertionError("everybody waits for ever")
        self.now += max(0.0, timeout)
        return []

    def _late(self) -> list[Any]:
        """What was on its way: a byte through the loopback overtakes nothing that was sent before."""
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
    """A connection to ourselves."""

    def __init__(self) -> None:
        with socket.create_server(("127.0.0.1", 0)) as server:
            self._one = socket.create_connection(server.getsockname())
            self._other, _ = server.accept()
        self._one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def once(self) -> None:
        self._one.sendall(b".")
        self._other.recv(1)

    def close(self) -> None:
        self._one.close()
        self._other.close()


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop in simulated time. `sockets`: bytes may be under way between real sockets."""

    def __init__(self, *, sockets: bool = False) -> None:
        self._skip = _Skip(sockets=sockets)
        super().__init__(self._skip)
        # After months a float tells no nanoseconds, and a timer that is due must not be early for ever.
        self._clock_resolution = 1e-5

    def time(self) -> float:
        return self._skip.now

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:
        return self._while_busy(super().run_in_executor(executor, func, *args))

    def waits_for(self, stores: Stores) -> None:
        """Let time stand still while the thread of this database writes."""
        writer = stores.database._writer
        submit = writer.submit

        def submitted(operation: Any, item: Any, patience: Seconds = Seconds(0.0)) -> Any:
            del patience  # its timer would be simulated
            return self._while_busy(submit(operation, item))

        writer.submit = submitted  # type: ignore[method-assign]

    def _while_busy(self, future: asyncio.Future[Any]) -> asyncio.Future[Any]:
        self._skip.busy += 1
        future.add_done_callback(self._rested)
        return future

    def _rested(self, _future: object) -> None:
        self._skip.busy -= 1


class LoopClock:
    """The time of day that goes with the running loop."""

    def now(self) -> Instant:
        return Instant(NOON + asyncio.get_running_loop().time())
