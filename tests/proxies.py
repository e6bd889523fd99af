"""A proxy on loopback that reaches one server under any name, and keeps what it was asked."""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections.abc import AsyncIterator
from typing import NamedTuple


class Asked(NamedTuple):
    """A request to the proxy: its method, its target, and the user and password that it names."""

    method: str
    target: str
    user: str


class Proxy:
    """Forwards plain requests to `server`, and tunnels to it; `refusal` is the status of a refusal."""

    def __init__(self, server: tuple[str, int]) -> None:
        self.server, self.asked, self.refusal = server, list[Asked](), 0
        self.address = ""

    def targets(self, method: str = "") -> list[str]:
        return [asked.target for asked in self.asked if method in ("", asked.method)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self.pass_on(reader, writer)
        finally:  # also if the proxy ends
            writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")[:-2]
        method, target, _ = lines[0].split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines[1:])}
        basic = headers.get("proxy-authorization", "").removeprefix("Basic ")
        self.asked.append(Asked(method, target, base64.b64decode(basic).decode()))
        if self.refusal:
            writer.write(f"HTTP/1.1 {self.refusal} No\r\nContent-Length: 0\r\n\r\n".encode())
            return
        theirs, ours = await asyncio.open_connection(*self.server)
        if method == "CONNECT":
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        else:
            path = "/" + target.split("/", 3)[3]
            kept = [x for x in lines[1:] if not x.lower().startswith(("proxy-", "connection:"))]
            head = [f"{method} {path} HTTP/1.1", *kept, "Connection: close", "", ""]
            ours.write("\r\n".join(head).encode())
        try:
            await asyncio.gather(_pipe(reader, ours), _pipe(theirs, writer))
        finally:
            ours.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while part := await reader.read(65_536):
            writer.write(part)
            await writer.drain()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@contextlib.asynccontextmanager
async def proxy_to(server: tuple[str, int]) -> AsyncIterator[Proxy]:
    """Run a proxy whose every target is `server`."""
    proxy = Proxy(server)
    async with contextlib.AsyncExitStack() as stack:
        tasks = set[asyncio.Task[None]]()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            tasks.add(task)
            with contextlib.suppress(asyncio.CancelledError):
                await proxy.serve(reader, writer)
            tasks.discard(task)

        listening = await asyncio.start_server(connected, "127.0.0.1", 0)
        stack.callback(listening.close)
        host, port = listening.sockets[0].getsockname()
        proxy.address = f"{host}:{port}"
        yield proxy
        for task in tuple(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
