"""Clients of the web benchmark, in a process of their own: raw connections, without an HTTP library.

Responses are counted by their Content-Length; a response that is not 200 ends the measurement.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections import deque
from typing import Any, NamedTuple, cast

import uvloop

_END, _LENGTH = b"\r\n\r\n", b"content-length: "


class Load(NamedTuple):
    """GET requests of `path` for `seconds`, over some connections; `rate` per second, 0: without a pause."""

    port: int
    path: str
    seconds: float
    connections: int = 16
    rate: float = 0.0


class Done(NamedTuple):
    """Responses per second, and the latencies in seconds from when each request was due, sorted."""

    per_second: float
    latencies: list[float]

    def percentile(self, share: float) -> float:
        """Return the latency that `share` of the requests did not exceed."""
        return self.latencies[min(int(share * len(self.latencies)), len(self.latencies) - 1)]


def run_load(load: Load) -> Done:
    """Run a load in a new process and return what it measured."""
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=_run, args=(load, results), daemon=True)
    process.start()
    found: Done = results.get(timeout=load.seconds + 60)
    process.join()
    return found


def _run(load: Load, results: Any) -> None:
    results.put(uvloop.run(_measure(load)))


async def _measure(load: Load) -> Done:
    loop = asyncio.get_running_loop()
    clients = [_Client(load) for _ in range(load.connections)]
    for client in clients:
        await loop.create_connection(lambda client=client: client, "127.0.0.1", load.port)
    began = time.perf_counter()
    if load.rate:
        await _send_at_rate(load, clients, began)
    else:
        for client in clients:
            client.repeats = True
            client.send(time.perf_counter())
        await asyncio.sleep(load.seconds)
    taken = time.perf_counter() - began
    done = [latency for client in clients for latency in client.latencies]
    if failed := [client.failure for client in clients if client.failure]:
        raise RuntimeError(failed[0])
    return Done(len(done) / taken, sorted(done))


async def _send_at_rate(load: Load, clients: list[_Client], began: float) -> None:
    """Send requests when they are due, whether or not the earlier ones are answered."""
    sent, end = 0, began + load.seconds
    while (now := time.perf_counter()) < end:
        while began + sent / load.rate <= now:
            clients[sent % len(clients)].send(began + sent / load.rate)
            sent += 1
        await asyncio.sleep(max(0.0, began + sent / load.rate - time.perf_counter()))
    async with asyncio.timeout(10):
        while any(client.due for client in clients):
            await asyncio.sleep(0.01)


class _Client(asyncio.Protocol):
    """One kept-alive connection; `repeats`: a response is followed by the next request."""

    def __init__(self, load: Load) -> None:
        self._request = f"GET {load.path} HTTP/1.1\r\nHost: localhost:{load.port}\r\n\r\n".encode()
        self._transport: asyncio.WriteTransport | None = None
        self._buffer, self._missing = b"", 0
        self.due: deque[float] = deque()
        self.latencies: list[float] = []
        self.repeats, self.failure = False, ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)

    def send(self, due: float) -> None:
        """Send a request that is due at this time."""
        assert self._transport is not None
        self.due.append(due)
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        data, self._buffer = self._buffer + data, b""
        while data:
            if not self._missing:
                end = data.find(_END)
                if end < 0:
                    self._buffer = data
                    return
                if not data.startswith(b"HTTP/1.1 200 "):
                    self.failure = self.failure or data[:end].decode()
                at = data.find(_LENGTH) + len(_LENGTH)
                self._missing = int(data[at : data.find(b"\r", at)])
                data = data[end + len(_END) :]
            taken = min(self._missing, len(data))
            data, self._missing = data[taken:], self._missing - taken
            if not self._missing:
                self._answered()

    def _answered(self) -> None:
        now = time.perf_counter()
        self.latencies.append(now - self.due.popleft())
        if self.repeats:
            self.send(now)
