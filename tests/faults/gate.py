"""A TCP gate in front of the simulated market that fails in ways an HTTP server cannot."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum

_CLIENT_HELLO = 0x16


class Shut(StrEnum):
    """How the gate fails."""

    REFUSE = "refuse"  # no listening socket
    STALL = "slow connect"  # a full backlog: a connection is never established
    NO_TLS = "TLS failure"  # the answer to the ClientHello is not TLS


class Gate:
    """Forward connections to a port until it is shut; `turned_away` counts those that met `NO_TLS`."""

    def __init__(self, to_port: int, tls: ssl.SSLContext | None) -> None:
        self._to_port, self._tls = to_port, tls
        self._server: asyncio.Server | None = None
        self._holder: socket.socket | None = None
        self._fillers: list[socket.socket] = []
        self._forwarding: set[asyncio.Task[None] | None] = set()
        self.port = self.turned_away = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self, how: Shut) -> None:
        await self._end()
        if how is Shut.NO_TLS:
            self._server = await asyncio.start_server(self._turn_away, "127.0.0.1", self.port)
            return
        self._holder = socket.socket()
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._holder.bind(("127.0.0.1", self.port))  # keeps the port, so that no other process can answer
        if how is Shut.STALL:
            self._holder.listen(0)
            self._fillers = [self._start_connecting() for _ in range(3)]

    def is_shut(self, how: Shut) -> bool:
        """Whether a new connection fails in this way now."""
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=0.02).close()
        except ConnectionRefusedError:
            return how is Shut.REFUSE
        except TimeoutError:
            return how is Shut.STALL
        return False

    async def close(self) -> None:
        await self._end()
        for one in (*self._fillers, *([self._holder] if self._holder else [])):
            one.close()

    async def _end(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        tasks = [task for task in self._forwarding if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start_connecting(self) -> socket.socket:
        pending = socket.socket()
        pending.setblocking(False)
        pending.connect_ex(("127.0.0.1", self.port))
        return pending

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._forwarding.add(asyncio.current_task())
        upstream = await asyncio.open_connection("127.0.0.1", self._to_port)
        pumps = [
            asyncio.create_task(_pump(reader, upstream[1])),
            asyncio.create_task(_pump(upstream[0], writer)),
        ]
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            writer.close()
            upstream[1].close()
            self._forwarding.discard(asyncio.current_task())

    async def _turn_away(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await reader.read(1)
        self.turned_away += first == bytes([_CLIENT_HELLO])
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while chunk := await reader.read(1 << 16):
            writer.write(chunk)
            await writer.drain()


@asynccontextmanager
async def gate_to(port: int, tls: ssl.SSLContext | None = None) -> AsyncIterator[Gate]:
    gate = Gate(port, tls)
    await gate.open()
    try:
        yield gate
    finally:
        await gate.close()
