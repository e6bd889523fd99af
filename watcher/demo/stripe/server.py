"""The demo server with the simulated Stripe: only `watcher demo --plans` loads it."""

from __future__ import annotations

from collections.abc import Callable

from watcher.demo.server import DemoServer
from watcher.demo.slack_sink import ReceivedMessage
from watcher.demo.source import Source
from watcher.demo.stripe.stand_in import STRIPE_ROOT, DemoStripe


class PayingDemoServer(DemoServer):
    """A demo server whose `stripe` sells plans. Its webhooks are sent once `stripe.webhooks.url` is set."""

    def __init__(
        self,
        source: Source,
        *,
        clock: Callable[[], float],
        port: int = 0,
        on_message: Callable[[ReceivedMessage], None] | None = None,
    ) -> None:
        self.stripe = DemoStripe(clock, lambda: self.url + STRIPE_ROOT)
        routes = self.stripe.routes()
        super().__init__(source, clock=clock, port=port, on_message=on_message, routes=routes)

    async def stop(self) -> None:
        """Stop listening, and sending webhooks."""
        await super().stop()
        await self.stripe.stop()
