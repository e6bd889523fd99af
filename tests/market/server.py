"""The demo server for tests: with faults, SerpAPI, Slack's Web API, heartbeats and control routes."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO, Self

from aiohttp import web
from aiohttp.typedefs import Handler

from tests.market.faults import Fault, FaultPlan
from tests.market.faulty_answers import apply_fault
from tests.market.scripted import Scripted
from tests.market.serpapi import SimulatedSerpApi
from tests.market.slack_api import SlackApi
from watcher.core.times import Instant
from watcher.demo.server import DemoServer
from watcher.demo.slack_sink import ReceivedMessage
from watcher.demo.source import Source
from watcher.demo.stripe.stand_in import STRIPE_ROOT, DemoStripe

_CONTROL = "/_demo/"
_SERPAPI_QUOTA = 250  # searches a month


class MarketServer(DemoServer):
    """A demo server that can be made to fail and that counts requests.

    SerpAPI's base URL is `url + "/serpapi"`, that of Slack's Web API `url + "/slack/api/"`, Stripe's
    `url + STRIPE_ROOT`; its webhooks are sent once `stripe.webhooks.url` is set. `calls` counts requests by
    path. `faults` may be changed at any time; the same `seed` and requests give the same faults. Each
    accepted message is a line of JSON in `sink_log`, on disk before the sender gets its answer.
    """

    def __init__(
        self,
        source: Source,
        *,
        clock: Callable[[], float],
        port: int = 0,
        seed: int = 0,
        sink_log: Path | None = None,
        on_message: Callable[[ReceivedMessage], None] | None = None,
    ) -> None:
        self.calls: Counter[str] = Counter()
        self.heartbeats = 0
        self.serpapi = SimulatedSerpApi(source, clock, _SERPAPI_QUOTA)
        self.slack_api = SlackApi(self, clock)
        self.stripe = DemoStripe(clock, lambda: self.url + STRIPE_ROOT)
        self._source, self._clock = source, clock
        self._plan = FaultPlan(seed)
        self._sink_log, self._on_message = sink_log, on_message
        self._log: BinaryIO | None = None
        self._files = ExitStack()
        super().__init__(
            source,
            clock=clock,
            port=port,
            on_message=self._record,
            routes=self._list_routes(),
            middlewares=[self._count_and_fail],
        )

    @property
    def faults(self) -> list[Fault]:
        """The faults in force, in the order they are tried."""
        return self._plan.faults

    @faults.setter
    def faults(self, faults: list[Fault]) -> None:
        self._plan.faults = faults

    async def start(self) -> Self:
        """Listen. Raises OSError if the port is taken or the log cannot be opened."""
        if self._sink_log:
            self._log = self._files.enter_context(self._sink_log.open("ab"))
        return await super().start()

    async def stop(self) -> None:
        """Stop listening, end every connection and close the log."""
        await super().stop()
        await self.stripe.stop()
        self._files.close()

    def stats(self) -> dict[str, Any]:
        """Return the counts that `GET /_demo/stats` sends."""
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
            "charges": [charge._asdict() for charge in self.stripe.state.charges],
        }

    def _list_routes(self) -> list[web.RouteDef]:
        return [
            web.get("/serpapi/search.json", self.serpapi.search),
            web.get("/serpapi/search", self.serpapi.search),
            web.get("/serpapi/account.json", self.serpapi.account),
            web.post("/slack/api/chat.postMessage", self.slack_api.post_message),
            web.post("/slack/api/auth.test", self.slack_api.auth_test),
            *self.stripe.routes(),
            web.get("/heartbeat", self._heartbeat),
            web.post("/heartbeat", self._heartbeat),
            web.get(_CONTROL + "stats", self._send_stats),
            web.put(_CONTROL + "faults", self._set_faults),
            web.post(_CONTROL + "items", self._apply_script),
            web.put(_CONTROL + "webhooks", self._set_webhooks),
        ]

    @web.middleware
    async def _count_and_fail(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count the request and apply the fault whose turn it is, if any."""
        if request.path.startswith(_CONTROL):
            return await handler(request)
        self.calls[request.path] += 1
        fault = self._plan.pick(request.path)
        return await (apply_fault(fault, request, handler) if fault else handler(request))

    def _record(self, message: ReceivedMessage) -> None:
        if self._log:
            self._log.write(json.dumps(message._asdict(), ensure_ascii=False).encode() + b"\n")
            self._log.flush()
            os.fsync(self._log.fileno())
        if self._on_message:
            self._on_message(message)

    async def _heartbeat(self, request: web.Request) -> web.Response:
        self.heartbeats += 1
        return web.Response(text="OK")

    async def _send_stats(self, request: web.Request) -> web.Response:
        return web.json_response(self.stats())

    async def _set_webhooks(self, request: web.Request) -> web.Response:
        """Send Stripe's webhooks to `url` from now on, or keep them back while `held`."""
        given, webhooks = json.loads(await request.read()), self.stripe.webhooks
        webhooks.url = given["url"]
        (webhooks.hold if given.get("held") else webhooks.release)()
        return web.json_response({"pending": len(webhooks.pending)})

    async def _set_faults(self, request: web.Request) -> web.Response:
        """Replace all faults by a JSON list of them."""
        try:
            given = json.loads(await request.read())
            self.faults = [Fault.from_json(one) for one in given]
        except (TypeError, ValueError) as error:
            return web.Response(status=400, text=f"{error}\n")
        return web.json_response({"faults": len(self.faults)})

    async def _apply_script(self, request: web.Request) -> web.Response:
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
