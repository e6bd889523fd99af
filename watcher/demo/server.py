"""One local server that answers as eBay and as OpenAI, and receives Slack webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from typing import Self

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from watcher.core.times import MINUTE, Seconds
from watcher.demo.browse import ITEM, ITEMS, SEARCH, SEARCH_BY_IMAGE, Browse
from watcher.demo.oauth import OAuth
from watcher.demo.outage import OUTAGE, Outage
from watcher.demo.pictures import PICTURES, send_picture
from watcher.demo.quota import DemoQuota
from watcher.demo.refusals import Refused
from watcher.demo.slack_sink import ReceivedMessage, SlackSink
from watcher.demo.source import Source
from watcher.demo.vision import OPENAI_ROOT, DemoVision

TOKEN = "/identity/v1/oauth2/token"  # noqa: S105 - a path
DEMO_RATE_LIMITS = "/developer/analytics/v1_beta/rate_limit/"
_DAILY_QUOTA = 5000  # calls
OUTAGE_SECONDS = Seconds(
    40 * MINUTE
)  # by the server's clock: two minutes of a demo that runs 20 times as fast
_MAX_REQUEST_BYTES = 4 * 1024 * 1024
_TURNS_TO_CONNECT = 5  # of the event loop, until the server knows a connection that was accepted
_SHUTDOWN_SECONDS = 0.05  # requests that take longer are cut off; one may be hanging for an hour


class DemoServer:
    """The simulated eBay, OpenAI and Slack on one port; `async with` starts and stops it.

    eBay's base URL is `url`, OpenAI's `url + OPENAI_ROOT`. `clock` returns seconds since 1970 and may be
    simulated. `on_message` is called before a webhook is answered. A caller may add `routes`, and
    `middlewares` that see every response, refusals included.
    """

    def __init__(
        self,
        source: Source,
        *,
        clock: Callable[[], float],
        port: int = 0,
        on_message: Callable[[ReceivedMessage], None] | None = None,
        routes: Iterable[web.RouteDef] = (),
        middlewares: Sequence[Middleware] = (),
    ) -> None:
        self.source = source
        self.oauth = OAuth(clock)
        self.quota = DemoQuota(clock, self.oauth, _DAILY_QUOTA)
        self.slack = SlackSink(clock, on_message)
        self.messages = self.slack.messages
        self.outage = Outage(clock, OUTAGE_SECONDS)
        self._vision = DemoVision(source, clock)
        self._browse = Browse(source, clock, self.oauth, self.quota)
        self._port = port
        self._routes, self._middlewares = routes, middlewares
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Return `http://HOST:PORT`, without a slash. Raises RuntimeError before the start."""
        if not self._port:
            raise RuntimeError("the demo server has not been started, so it has no address")
        return f"http://127.0.0.1:{self._port}"

    def webhook(self, name: str) -> str:
        """Return the address of an incoming webhook; its messages have `name` as their `to`."""
        return f"{self.url}/slack/services/{name}"

    async def start(self) -> Self:
        """Listen. Raises OSError if the port is taken."""
        middlewares = [*self._middlewares, self.outage.middleware, _send_refusals]
        app = web.Application(middlewares=middlewares, client_max_size=_MAX_REQUEST_BYTES)
        app.add_routes(
            [
                web.post(TOKEN, self.oauth.mint),
                web.get(SEARCH, self._browse.search),
                web.post(SEARCH_BY_IMAGE, self._browse.search_by_image),
                web.get(ITEM, self._browse.item),
                web.get(ITEMS, self._browse.items),
                web.get(DEMO_RATE_LIMITS, self.quota.rate_limits),
                web.get(PICTURES, send_picture),
                web.get("/", self.outage.page),
                web.post(OUTAGE, self.outage.switch),
                web.post(OPENAI_ROOT + "/responses", self._vision.respond),
                web.get(OPENAI_ROOT + "/models/{model}", self._vision.model),
                web.post("/slack/services/{name:.+}", self.slack.webhook),
                *self._routes,
            ]
        )
        self._runner = web.AppRunner(
            app, access_log=None, handler_cancellation=True, shutdown_timeout=_SHUTDOWN_SECONDS
        )
        try:
            await self._runner.setup()
            await web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True).start()
        except BaseException:
            await self.stop()
            raise
        self._port = self._runner.addresses[0][1]
        return self

    async def stop(self) -> None:
        """Stop listening and end every connection."""
        if self._runner:
            await end_server(self._runner)
            self._runner = None

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *exception: object) -> None:
        await self.stop()


async def end_server(runner: web.AppRunner) -> None:
    """End a server and its connections, also one that was accepted a moment before."""
    for site in list(runner.sites):
        await site.stop()
    for _ in range(_TURNS_TO_CONNECT):
        await asyncio.sleep(0)
    await runner.cleanup()


@web.middleware
async def _send_refusals(request: web.Request, handler: Handler) -> web.StreamResponse:
    try:
        return await handler(request)
    except Refused as refused:
        return refused.response()
