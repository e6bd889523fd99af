"""`python -m tests.bench.http_door`: requests per second of the HTTP door, compared with a bare route.

The server runs in a process of its own, which also does small pieces of work in turn with the requests: their
rate under load, compared with the rate at rest, is the share that polls keep.
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

from tests.bench.pages import ChangingPage
from tests.bench.queries import list_wanted
from watcher.adapters.ebay.responses import parse_search_page
from watcher.adapters.host.sockets import open_sockets
from watcher.config import load_settings
from watcher.core.listing import Condition, Snapshot
from watcher.core.watch import Question
from watcher.db.migrate import upgrade_schema
from watcher.runtime import App
from watcher.runtime.http_server import serving_api

QUERY = list_wanted(1)[0].query
PIECE_SECONDS = 100e-6  # CPU time of a piece of the other work
PAUSE_SECONDS = 2e-3  # between two pieces


class Load(NamedTuple):
    """What clients do: `connections` that each keep `pipelined` requests under way."""

    name: str
    path: str
    connections: int
    pipelined: int = 1


COMPS = f"/api/comps?q={QUERY.replace(' ', '+')}"
LOADS = (
    Load("a bare route", "/healthz", 64),
    Load("cached comps", COMPS, 64),
    Load("metrics", "/metrics", 64),
    Load("metrics, pipelined", "/metrics", 100, 50),
)


class Measured(NamedTuple):
    """Requests per second, and pieces of other work per second in the same time."""

    requests: float
    pieces: float


def main(seconds: float = 3.0) -> None:
    """Measure every load, and print the figures and their ratios to the bare route."""
    found = measure(seconds)
    bare, rest = found[LOADS[0].name], found["at rest"]
    print(f"{'load':20}  {'requests/s':>10}  {'of bare':>8}  {'other work':>10}")
    for load in LOADS:
        one = found[load.name]
        share = one.pieces / rest.pieces
        print(f"{load.name:20}  {one.requests:10,.0f}  {one.requests / bare.requests:8.0%}  {share:10.0%}")


def measure(seconds: float, loads: tuple[Load, ...] = LOADS) -> dict[str, Measured]:
    """Return the figures by load, and those "at rest"."""
    with serving() as (port, pieces):
        found = {"at rest": Measured(0.0, _rate(pieces, seconds))}
        for load in loads:
            found[load.name] = asyncio.run(_run_load(load, port, pieces, seconds))
        return found


@contextmanager
def serving() -> Iterator[tuple[int, Any]]:
    """Run the server; yield its port and the count of its other work."""
    context = multiprocessing.get_context("spawn")
    pieces, ports = context.Value("q", 0), context.Queue()
    server = context.Process(target=_serve, args=(pieces, ports), daemon=True)
    server.start()
    try:
        yield ports.get(timeout=60), pieces
    finally:
        server.terminate()
        server.join()


def _serve(pieces: Any, ports: Any) -> None:
    with tempfile.TemporaryDirectory() as directory:
        uvloop.run(_serve_app(Path(directory), pieces, ports))


async def _serve_app(home: Path, pieces: Any, ports: Any) -> None:
    path = home / "config.toml"
    path.write_text(
        f'state_dir = "{home}"\n[database]\nurl = "sqlite:///{home}/bench.db"\n'
        '[ebay]\nclient_id = "bench"\nclient_secret = "bench"\n'
    )
    settings = load_settings(path, {})
    upgrade_schema(settings.database_url)
    async with App.opened(settings) as app:
        app.connect_meters()
        now = app.clock.now()
        page = parse_search_page(ChangingPage(list_wanted(1)[0], seed=0).body(), now)
        question = Question(QUERY, Condition.ANY, "", "EBAY_US")
        await app.cache.set(question, Snapshot(tuple(page.listings), now))
        with open_sockets("127.0.0.1", 0) as sockets:
            async with serving_api(app, sockets, lambda: "", asyncio.Event()):
                ports.put(sockets[0].getsockname()[1])
                while True:
                    await asyncio.sleep(PAUSE_SECONDS)
                    until = time.perf_counter() + PIECE_SECONDS
                    while time.perf_counter() < until:
                        pass
                    pieces.value += 1


def _rate(pieces: Any, seconds: float) -> float:
    before = pieces.value
    time.sleep(seconds)
    return (pieces.value - before) / seconds


async def _run_load(load: Load, port: int, pieces: Any, seconds: float) -> Measured:
    done = [0]
    clients = [asyncio.create_task(_client(load, port, done)) for _ in range(load.connections)]
    await asyncio.sleep(0.3)
    began, requests, before = time.perf_counter(), done[0], pieces.value
    await asyncio.sleep(seconds)
    taken = time.perf_counter() - began
    found = Measured((done[0] - requests) / taken, (pieces.value - before) / taken)
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    return found


async def _client(load: Load, port: int, done: list[int]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    request = f"GET {load.path} HTTP/1.1\r\nHost: localhost:{port}\r\n\r\n".encode()
    writer.write(request * load.pipelined)
    while True:
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200 "):
            raise RuntimeError(head.decode())
        length = head.lower().partition(b"content-length: ")[2].partition(b"\r\n")[0]
        await reader.readexactly(int(length))
        done[0] += 1
        writer.write(request)


if __name__ == "__main__":
    main(*map(float, sys.argv[1:2]))
