"""Stripe's own library against the stand-in, and a receiver of its webhooks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import requests
import stripe
from aiohttp import web

from tests.demo.outside import NOON
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.waiting import PATIENCE
from watcher.demo.server import end_server
from watcher.demo.stripe.api import DEMO_STRIPE_KEY
from watcher.demo.stripe.stand_in import STRIPE_ROOT, DemoStripe
from watcher.demo.stripe.webhooks import DEMO_WEBHOOK_SECRET

SITE = "https://watcher.test"


@dataclass
class StripeOutside:
    """The stand-in with a manual clock, and Stripe's library as its client."""

    server: MarketServer
    client: stripe.StripeClient
    time: list[float] = field(default_factory=lambda: [NOON])

    @property
    def stand_in(self) -> DemoStripe:
        """The stand-in."""
        return self.server.stripe

    async def call(self, ask: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Call the library, which blocks, in a thread."""
        return await asyncio.to_thread(ask, *args, **kwargs)

    @staticmethod
    def post(
        url: str, body: bytes, headers: dict[str, str], auth: tuple[str, str] | None = None
    ) -> requests.Response:
        """Send a form as it is."""
        form = {"Content-Type": "application/x-www-form-urlencoded"}
        return requests.post(url, data=body, headers=form | headers, auth=auth, timeout=PATIENCE)

    async def customer(self, user: str = "collector") -> Any:
        """Create a customer."""
        return await self.call(self.client.v1.customers.create, {"metadata": {"user": user}})

    async def session(self, customer: str, price: str = "price_hunter", **options: Any) -> Any:
        """Create a checkout session of a customer."""
        params = {
            "mode": "subscription",
            "customer": customer,
            "client_reference_id": "collector",
            "line_items": [{"price": price, "quantity": 1}],
            "success_url": f"{SITE}/settings?session={{CHECKOUT_SESSION_ID}}",
            "cancel_url": f"{SITE}/settings",
            "subscription_data": {"metadata": {"user": "collector"}},
        }
        return await self.call(self.client.v1.checkout.sessions.create, params, options)

    async def subscribed(self, price: str = "price_hunter") -> dict[str, Any]:
        """Create a customer, pay a checkout, and return the stand-in's subscription."""
        session = await self.session((await self.customer()).id, price)
        return self.stand_in.pay(session.id)

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.time[0] += seconds
        self.stand_in.pass_time()

    def types(self) -> list[str]:
        """Return the types of all events so far."""
        return [event["type"] for event in self.stand_in.state.events]


@asynccontextmanager
async def stripe_outside(*, retries: int = 0) -> AsyncIterator[StripeOutside]:
    """Serve the stand-in; the library repeats a failed request `retries` times."""
    time = [NOON]
    async with MarketServer(Scripted(), clock=lambda: time[0]) as server:
        client = stripe.StripeClient(
            DEMO_STRIPE_KEY,
            base_addresses={"api": server.url + STRIPE_ROOT},
            max_network_retries=retries,
            http_client=stripe.RequestsClient(timeout=PATIENCE),
        )
        yield StripeOutside(server, client, time)


@dataclass
class Receiver:
    """What a webhook endpoint received; `answer` is the status that it sends next."""

    url: str = ""
    answer: int = 200
    received: list[tuple[bytes, str]] = field(default_factory=list)

    async def handle(self, request: web.Request) -> web.Response:
        """Handle a webhook."""
        self.received.append((await request.read(), request.headers["Stripe-Signature"]))
        return web.Response(status=self.answer)

    def events(self) -> list[Any]:
        """Verify every signature with Stripe's library, at any age, and return the events."""
        secret = DEMO_WEBHOOK_SECRET
        return [stripe.Webhook.construct_event(b, s, secret, tolerance=0) for b, s in self.received]


@asynccontextmanager
async def receiving() -> AsyncIterator[Receiver]:
    """Serve a receiver of webhooks."""
    receiver = Receiver()
    app = web.Application()
    app.add_routes([web.post("/stripe/webhook", receiver.handle)])
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        receiver.url = f"http://127.0.0.1:{runner.addresses[0][1]}/stripe/webhook"
        yield receiver
    finally:
        await end_server(runner)
