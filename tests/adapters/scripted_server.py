"""A scripted HTTP server on loopback, and a guard for the client that calls it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

from tests.fakes import FakeClock, RecordingMeter, shortest_wait
from tests.waiting import PATIENCE
from watcher.adapters.outbound.guard import Guard
from watcher.core.errors import Api
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import Seconds
from watcher.demo.server import end_server


@dataclass
class Reply:
    """One response: `body` is sent as JSON, or as it is if it is bytes; with `hangs` it is never sent."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False

    def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)

    async def response(self) -> web.Response:
        if self.hangs:
            await asyncio.Event().wait()
        return web.Response(
            body=self.bytes(),
            status=self.status,
            headers={"Content-Type": "application/json", **self.headers},
        )


@dataclass
class ScriptedServer:
    """Sends `replies` in order, the last one again and again, and keeps the requests.

    `respond` makes the reply to a request's body instead, if it is set.
    """

    base_url: str = ""
    replies: list[Reply] = field(default_factory=lambda: [Reply({})])
    requests: list[web.Request] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    respond: Callable[[bytes], Reply] | None = None

    async def answer(self, request: web.Request) -> web.Response:
        self.requests.append(request)
        self.bodies.append(await request.read())
        if self.respond is not None:
            return await self.respond(self.bodies[-1]).response()
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return await reply.response()


@contextlib.asynccontextmanager
async def serve(app: web.Application) -> AsyncIterator[str]:
    """Run an application; yield its URL."""
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)  # its log would show our secrets
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0]
    try:
        yield f"http://{host}:{port}"
    finally:
        await end_server(runner)


@contextlib.asynccontextmanager
async def scripted_server() -> AsyncIterator[ScriptedServer]:
    """Run a scripted server that answers every GET and POST."""
    server = ScriptedServer()
    app = web.Application()
    app.router.add_get("/{path:.*}", server.answer)
    app.router.add_post("/{path:.*}", server.answer)
    async with serve(app) as server.base_url:
        yield server


def quick_guard(
    api: Api,
    ledger: RecordingMeter,
    clock: FakeClock,
    *,
    attempt_timeout: float = PATIENCE,
    max_retries: int = 2,
) -> Guard:
    """Return a guard that retries at once, without breaker, quota and bulkhead.

    Only a test of a server that hangs has a short timeout.
    """
    return Guard(
        api,
        RetryPolicy(max_retries, Seconds(0.001), Seconds(0.004)),
        attempt_timeout=Seconds(attempt_timeout),
        deadline=Seconds(2 * PATIENCE),
        clock=clock,
        monotonic=time.monotonic,
        jitter=shortest_wait,
        meter=ledger,
    )
