"""One local server that is eBay, SerpAPI, Slack and a heartbeat receiver at once."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any, Self

from aiohttp import web

from watcher.core.times import Instant
from watcher.demo.browse import SEARCH, Browse
from watcher.demo.faults import Fault, FaultPlan
from watcher.demo.misbehave import misbehave
from watcher.demo.oauth import CLIENT_ID as CLIENT_ID
from watcher.demo.oauth import CLIENT_SECRET as CLIENT_SECRET
from watcher.demo.oauth import OAuth
from watcher.demo.quota import DemoQuota
from watcher.demo.refusals import Refused
from watcher.demo.scripted import Scripted
from watcher.demo.serpapi import API_KEY as API_KEY
from watcher.demo.serpapi import DemoSerpApi
from watcher.demo.slack_sink import BOT_TOKEN as BOT_TOKEN
from watcher.demo.slack_sink import ReceivedMessage, SlackSink

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path

    from watcher.demo.source import Source

    Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

TOKEN = "/identity/v1/oauth2/token"  # noqa: S105 - a path
DEMO_RATE_LIMITS = "/developer/analytics/v1_beta/rate_limit/"
_CONTROL = "/_demo/"
_LARGEST_REQUEST = 4 * 1024 * 1024
# What still runs when the server stops is cut off after this many seconds: a fault may hang for an hour.
_GRACE = 0.05


class DemoServer:
    """The simulated outside on one port; `async with` starts and stops it.

    eBay's base URL is `url`, SerpAPI's `url + "/serpapi"`, Slack's API `url + "/slack/api/"` and its
    webhooks `url + "/slack/services/NAME"`. `calls` counts requests by path. `faults` may be changed at
    any time. `clock` gives seconds since 1970 and may be simulated.
    """

    def __init__(
        self,
        source: Source,
        *,
        clock: Callable[[], float],
        host: str = "127.0.0.1",
        port: int = 0,
        seed: int = 0,
        sink_log: Path | None = None,
        on_message: Callable[[ReceivedMessage], None] | None = None,
    ) -> None:
        self.calls: Counter[str] = Counter()
        self.oauth = OAuth(clock)
        self.quota = DemoQuota(clock, 5000)
        self.browse = Browse(source, clock, self.oauth, self.quota)
        self.serpapi = DemoSerpApi(source, clock, 250)
        self.slack = SlackSink(clock, sink_log, on_message)
        self.heartbeats = 0
        self._source, self._clock = source, clock
        self._host, self._port = host, port
        self._plan = FaultPlan(seed)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """`http://HOST:PORT`, without a slash. Raises RuntimeError before the start."""
        if not self._port:
            raise RuntimeError("the demo server has not been started, so it has no address")
        return f"http://{self._host}:{self._port}"

    def webhook(self, name: str) -> str:
        """The address of an incoming webhook; messages to it have `name` as their `to`."""
        return f"{self.url}/slack/services/{name}"

    @property
    def messages(self) -> list[ReceivedMessage]:
        """What the Slack sink accepted, oldest first."""
        return self.slack.messages

    @property
    def faults(self) -> list[Fault]:
        """The faults in force, in the order they are tried."""
        return self._plan.faults

    @faults.setter
    def faults(self, faults: list[Fault]) -> None:
        self._plan.faults = faults

    async def start(self) -> Self:
        """Listen. Raises OSError where the port is taken or the log cannot be opened."""
        self.slack.open()
        app = web.Application(middlewares=[self._answer], client_max_size=_LARGEST_REQUEST)
        app.add_routes(self._routes())
        self._runner = web.AppRunner(app, access_log=None, handler_cancellation=True, shutdown_timeout=_GRACE)
        try:
            await self._runner.setup()
            await web.TCPSite(self._runner, self._host, self._port, reuse_address=True).start()
        except BaseException:
            await self.stop()
            raise
        self._port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        """Stop listening and end every connection."""
        if self._runner:
            await self._runner.cleanup()
            self._runner = None
        self.slack.close()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *exception: object) -> None:
        await self.stop()

    def stats(self) -> dict[str, Any]:
        """What was asked so far, as `GET /_demo/stats` tells it."""
        return {
            "now": self._clock(),
            "calls": dict(self.calls),
            "mints": self.oauth.mints,
            "quota": {"used": self.quota.used, "limit": self.quota.limit},
            "serpapi": {"used": self.serpapi.used, "limit": self.serpapi.limit},
            "messages": len(self.messages),
            "refusals": self.slack.refusals[-20:],
            "heartbeats": self.heartbeats,
            "faults": self._plan.fired,
        }

    def _routes(self) -> list[web.RouteDef]:
        return [
            web.post(TOKEN, self.oauth.mint),
            web.get(SEARCH, self.browse.search),
            web.get(DEMO_RATE_LIMITS, self._rate_limits),
            web.get("/serpapi/search.json", self.serpapi.search),
            web.get("/serpapi/search", self.serpapi.search),
            web.get("/serpapi/account.json", self.serpapi.account),
            web.post("/slack/services/{name:.+}", self.slack.webhook),
            web.post("/slack/api/chat.postMessage", self.slack.post_message),
            web.post("/slack/api/auth.test", self.slack.auth_test),
            web.get("/heartbeat", self._heartbeat),
            web.post("/heartbeat", self._heartbeat),
            web.get(_CONTROL + "stats", self._stats),
            web.put(_CONTROL + "faults", self._set_faults),
            web.post(_CONTROL + "items", self._script),
        ]

    @web.middleware
    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count the request, and let it go wrong if it is its turn."""
        if request.path.startswith(_CONTROL):
            return await handler(request)
        self.calls[request.path] += 1

        async def right() -> web.StreamResponse:
            try:
                return await handler(request)
            except Refused as refused:
                return refused.response()

        fault = self._plan.pick(request.path)
        return await misbehave(fault, request, right) if fault else await right()

    async def _rate_limits(self, request: web.Request) -> web.Response:
        self.oauth.check(request)
        return self.quota.rate_limits(request)

    async def _heartbeat(self, request: web.Request) -> web.Response:
        del request
        self.heartbeats += 1
        return web.Response(text="OK")

    async def _stats(self, request: web.Request) -> web.Response:
        del request
        return web.json_response(self.stats())

    async def _set_faults(self, request: web.Request) -> web.Response:
        """Replace all faults by a JSON list of them."""
        try:
            given = json.loads(await request.read())
            self.faults = [Fault.from_json(one) for one in given]
        except (TypeError, ValueError) as error:
            return web.Response(status=400, text=f"{error}\n")
        return web.json_response({"faults": len(self.faults)})

    async def _script(self, request: web.Request) -> web.Response:
        """Apply one step of a script, or a list of them, `at` in seconds from now."""
        if not isinstance(self._source, Scripted):
            return web.Response(status=409, text="only a scripted market takes items\n")
        try:
            given = json.loads(await request.read())
            for step in given if isinstance(given, list) else [given]:
                self._source.apply(step, Instant(self._clock()))
        except ValueError as error:
            return web.Response(status=400, text=f"{error}\n")
        return web.json_response({"ok": True})
