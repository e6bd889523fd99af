"""A door before the simulated market that can be shut in the ways that no HTTP server can."""

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
    """How the door is shut."""

    REFUSE = "refuse"  # nobody listens
    STALL = "slow connect"  # somebody listens and takes nobody in: a connection is never made
    NO_TLS = "TLS failure"  # what answers the TLS greeting is not TLS


class Gate:
    """Passes connections on to a port until it is shut; `turned_away` counts those that came to `NO_TLS`."""

    def __init__(self, to_port: int, tls: ssl.SSLContext | None) -> None:
        self._to_port, self._tls = to_port, tls
        self._server: asyncio.Server | None = None
        self._holder: socket.socket | None = None
        self._fillers: list[socket.socket] = []
        self._passing: set[asyncio.Task[None] | None] = set()
        self.port = self.turned_away = 0

    async def open(self) -> None:
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", 0, ssl=self._tls)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self, how: Shut) -> None:
        await self._end()
        if how is Shut.NO_TLS:
            self._server = await asyncio.start_server(self._turn_away, "127.0.0.1", self.port)
            return
        self._holder = socket.socket()
        self._holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._holder.bind(("127.0.0.1", self.port))  # the port is ours, so nobody else's answer comes
        if how is Shut.STALL:
            self._holder.listen(0)
            self._fillers = [self._knock() for _ in range(3)]

    def is_shut(self, how: Shut) -> bool:
        """Whether who knocks now finds it shut in this way, asked of the system itself."""
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
        passing = [task for task in self._passing if task is not None]
        for task in passing:
            task.cancel()
        await asyncio.gather(*passing, return_exceptions=True)

    def _knock(self) -> socket.socket:
        knocking = socket.socket()
        knocking.setblocking(False)
        knocking.connect_ex(("127.0.0.1", self.port))
        return knocking

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._passing.add(asyncio.current_task())
        there = await asyncio.open_connection("127.0.0.1", self._to_port)
        pumps = [asyncio.create_task(_pump(reader, there[1])), asyncio.create_task(_pump(there[0], writer))]
        try:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            writer.close()
            there[1].close()
            self._passing.discard(asyncio.current_task())

    async def _turn_away(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard = await reader.read(1)
        self.turned_away += heard == bytes([_CLIENT_HELLO])
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
