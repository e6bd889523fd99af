"""`python -m tests.bench.event_streams`: memory of open event streams, and the time until all have an event.

The server runs in a process of its own, whose memory is read before and after real connections are opened.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import uvloop

from watcher.adapters.host.sockets import open_sockets
from watcher.config import load_settings
from watcher.db.migrate import upgrade_schema
from watcher.runtime import App
from watcher.runtime.serving import serving_api

STREAMS = 500
MAX_MB = 30.0
_WARM_UP = 20  # streams that are opened and closed first, because modules and caches fill once
_SETTLE_SECONDS = 0.5
_PATIENCE_SECONDS = 60.0
Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class StreamCost(NamedTuple):
    """The memory that streams take in the server, and the seconds until an event has reached all of them."""

    streams: int
    megabytes: float
    seconds: float


def measure_streams(streams: int = STREAMS) -> StreamCost:
    """Open streams to a server with an SQLite database, and record one event."""
    with _server() as (port, process):
        return asyncio.run(_measure(port, process, streams))


def main(streams: int = STREAMS) -> None:
    """Print the figures."""
    cost = measure_streams(streams)
    each = cost.megabytes * 1024 / cost.streams
    print(
        f"{cost.streams} event streams: {cost.megabytes:.1f} MB ({each:.0f} KB each; bound {MAX_MB:.0f} MB)"
    )
    print(f"an event has reached all of them after {cost.seconds * 1000:.0f} ms")


async def _measure(port: int, process: int, streams: int) -> StreamCost:
    for _ in range(_WARM_UP):
        (await _open_stream(port))[1].close()
    await _add_watch(port)
    await asyncio.sleep(_SETTLE_SECONDS)
    before = _resident_bytes(process)
    opened = [await _open_stream(port) for _ in range(streams)]
    await asyncio.sleep(_SETTLE_SECONDS)
    taken = _resident_bytes(process) - before
    began = time.perf_counter()
    async with asyncio.timeout(_PATIENCE_SECONDS):
        await asyncio.gather(_add_watch(port), *(reader.readuntil(b'"watch"') for reader, _ in opened))
    seconds = time.perf_counter() - began
    for _, writer in opened:
        writer.close()
    return StreamCost(streams, taken / 2**20, seconds)


async def _open_stream(port: int) -> Connection:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /events HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode())
    async with asyncio.timeout(_PATIENCE_SECONDS):
        await reader.readuntil(b"retry: ")
    return reader, writer


async def _add_watch(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = '{"query": "camera"}'
    head = f"POST /api/watches HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/json\r\n"
    writer.write(f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n{body}".encode())
    answer = await reader.read()
    writer.close()
    if b" 201 " not in answer[:20]:
        raise RuntimeError(answer.decode())


def _resident_bytes(process: int) -> int:
    pages = int(Path(f"/proc/{process}/statm").read_text().split()[1])
    return pages * 4096


@contextmanager
def _server() -> Iterator[tuple[int, int]]:
    """Run the server; yield its port and its process id."""
    context = multiprocessing.get_context("spawn")
    ports = context.Queue()
    server = context.Process(target=_serve, args=(ports,), daemon=True)
    server.start()
    try:
        yield ports.get(timeout=60), server.pid or 0
    finally:
        server.terminate()
        server.join()


def _serve(ports: Any) -> None:
    with tempfile.TemporaryDirectory() as directory:
        uvloop.run(_serve_app(Path(directory), ports))


async def _serve_app(home: Path, ports: Any) -> None:
    path = home / "config.toml"
    path.write_text(
        f'state_dir = "{home}"\n[database]\nurl = "sqlite:///{home}/bench.db"\n'
        '[ebay]\nclient_id = "bench"\nclient_secret = "bench"\n'
    )
    settings = load_settings(path, {})
    upgrade_schema(settings.database_url)
    async with App.opened(settings) as app:
        app.connect_meters()
        with open_sockets("127.0.0.1", 0) as sockets:
            async with serving_api(app, sockets, lambda: "", asyncio.Event()):
                ports.put(sockets[0].getsockname()[1])
                await asyncio.Event().wait()


if __name__ == "__main__":
    main(*map(int, sys.argv[1:2]))
