"""`watcher demo --plans`: plans, the people who have them, and a simulated Stripe."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from watcher.accounts.people import add_person
from watcher.accounts.sign_in import make_sign_in_link
from watcher.core.people import sign_in_address
from watcher.demo.stripe.api import DEMO_STRIPE_KEY
from watcher.demo.stripe.server import PayingDemoServer
from watcher.demo.stripe.stand_in import STRIPE_ROOT
from watcher.demo.stripe.webhooks import DEMO_WEBHOOK_SECRET

if TYPE_CHECKING:
    from watcher.runtime.simulation import Simulation

COLLECTOR, OPERATOR = "collector", "operator"
_FREE_WATCHES = 4  # one less than the free plan allows
_HOST = "127.0.0.1"


class DemoLinks(NamedTuple):
    """The sign-in links of the collector, who has the free plan, and of the operator, who is an admin.

    `payments` is the page that lets a payment happen now.
    """

    collector: str
    operator: str
    payments: str


class DemoPlans:
    """What `--plans` adds to the demo, whose page is at the address of a socket."""

    server_class = PayingDemoServer
    speed = 1.0  # of the clock: links, and checkouts, last as long as they say

    def __init__(self, page: socket.socket) -> None:
        self._port = int(page.getsockname()[1])

    def config(self, market: str) -> str:
        """Return the lines of config.toml; `market` is the address of the demo server."""
        return f"""[http]
port = {self._port}
[plans]
free = {{ watches = 5, min_every = "1h", scans = 10 }}
hunter = {{ watches = 50, min_every = "15m", scans = 200, price_id = "price_hunter" }}
dealer = {{ watches = 500, min_every = "5m", price_id = "price_dealer" }}
[stripe]
base_url = "{market}{STRIPE_ROOT}"
api_key = "{DEMO_STRIPE_KEY}"
webhook_secret = "{DEMO_WEBHOOK_SECRET}"
"""

    @staticmethod
    async def add_people(simulation: Simulation) -> None:
        """Add both people; the plan of the one limits the watches that are added later."""
        now = simulation.clock.now()
        for name, is_admin in ((COLLECTOR, False), (OPERATOR, True)):
            await add_person(simulation.app.stores, name, now, admin=is_admin)

    @staticmethod
    def owned(drafts: Sequence[Mapping[str, str]]) -> list[Mapping[str, str]]:
        """Return the drafts with their owners: what the free plan allows is the collector's."""
        free = [{**draft, "user": COLLECTOR, "every": "1h"} for draft in drafts[:_FREE_WATCHES]]
        return [*free, *({**draft, "user": OPERATOR} for draft in drafts[_FREE_WATCHES:])]

    async def open(self, simulation: Simulation) -> DemoLinks:
        """Make the links, and let Stripe send its webhooks."""
        market = simulation.market
        if isinstance(market, PayingDemoServer):
            market.stripe.webhooks.url = f"http://{_HOST}:{self._port}/stripe/webhook"
        return DemoLinks(
            collector=await self._link(simulation, COLLECTOR),
            operator=await self._link(simulation, OPERATOR),
            payments=f"{market.url}{STRIPE_ROOT}/",
        )

    async def _link(self, simulation: Simulation, name: str) -> str:
        code = await make_sign_in_link(simulation.app.stores, name, simulation.clock.now())
        return sign_in_address(_HOST, self._port, "", code)[0]
