"""A stand-in for Slack on loopback, and the channel that posts to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import web

from tests.channels import channel_guard_for_tests
from tests.fakes import RecordingMeter
from tests.waiting import PATIENCE
from watcher.adapters.slack.channel import SlackChannel
from watcher.demo.server import end_server

SECRET, TOKEN = "T0SECRET/B0SECRET/canary", "xoxb-canary-token"
ReplyFunction = Callable[[web.Request], Awaitable[web.StreamResponse]]


class SlackStandIn:
    """Slack's webhooks and its Web API. It gives `replies` in turn, and then accepts everything."""

    def __init__(self) -> None:
        self.replies: list[web.Response | ReplyFunction] = []
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.url = ""

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.path, dict(request.headers), await request.json()))
        if self.replies:
            reply = self.replies.pop(0)
            return reply if isinstance(reply, web.Response) else await reply(request)
        if request.path.startswith("/api/"):
            return web.json_response({"ok": True, "channel": "C1", "ts": "1.2"})
        return web.Response(text="ok")

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [body for _, _, body in self.requests]


@asynccontextmanager
async def slack_server() -> AsyncIterator[SlackStandIn]:
    slack = SlackStandIn()
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", slack.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    slack.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]  # aiohttp types it loosely
    yield slack
    await end_server(runner)


def channel_to(url: str, meter: RecordingMeter, *, timeout: float = PATIENCE) -> SlackChannel:
    return SlackChannel(
        channel_guard_for_tests(meter, timeout=timeout),
        watch_webhook_url=f"{url}/services/{SECRET}",
        ops_webhook_url=f"{url}/services/ops",
        destinations={"deals": f"{url}/services/deals", "empty": ""},
        bot_token=TOKEN,
        base_url=f"{url}/api",
    )
