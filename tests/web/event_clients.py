"""A server of the API on a real socket, and clients of its streams of events."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.waiting import PATIENCE
from watcher.adapters.host.sockets import open_sockets
from watcher.runtime import App
from watcher.runtime.serving import serving_api


@dataclass
class Events:
    """An open stream: `status`, `headers`, and the events as they arrive."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    status: int
    headers: Mapping[str, str]
    _blocks: list[str] = field(default_factory=list)

    async def block(self) -> str:
        """Return the next block, such as an event or a comment, without its empty line; "" at the end."""
        while not self._blocks:
            async with asyncio.timeout(PATIENCE):
                size = int(await self.reader.readline() or b"0", 16)
                part = await self.reader.readexactly(size + 2) if size else b""
            if not size:
                return ""
            self._blocks += part.decode().strip("\r").removesuffix("\r\n").removesuffix("\n\n").split("\n\n")
        return self._blocks.pop(0)

    async def next(self) -> tuple[int | None, Any]:
        """Return the id and the data of the next event; the id is None for a hint."""
        lines = dict(line.partition(": ")[::2] for line in (await self.block()).splitlines())
        return int(lines["id"]) if "id" in lines else None, json.loads(lines["data"])

    async def data(self) -> Any:
        """Return the data of the next event."""
        return (await self.next())[1]

    async def ended(self) -> bool:
        """Wait for the end of the stream; return whether nothing came before it."""
        return await self.block() == ""


@asynccontextmanager
async def event_server(app: App, ended: asyncio.Event | None = None) -> AsyncIterator[int]:
    """Serve the API; yield the port."""
    with open_sockets("127.0.0.1", 0) as sockets:
        port = sockets[0].getsockname()[1]
        async with serving_api(app, sockets, lambda: "", ended or asyncio.Event()):
            yield port


@asynccontextmanager
async def listening(
    port: int, headers: Mapping[str, str] = {}, path: str = "/events"
) -> AsyncIterator[Events]:
    """Open a stream and read its first block, the delay of a reconnect, if it is one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"GET {path} HTTP/1.1", f"Host: localhost:{port}", *(f"{k}: {v}" for k, v in headers.items())]
    writer.write("\r\n".join([*lines, "", ""]).encode())
    try:
        async with asyncio.timeout(PATIENCE):
            head, *named = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        pairs = dict(line.lower().split(": ", 1) for line in named if line)
        stream = Events(reader, writer, int(head.split()[1]), pairs)
        if stream.status == 200:
            assert (await stream.block()).startswith("retry: ")
        yield stream
    finally:
        writer.close()
