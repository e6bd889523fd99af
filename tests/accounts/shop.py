"""Plans for sale: the service over a database, the simulated Stripe, and its webhooks delivered by hand."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple
from unittest import mock

from tests.adapters.scripted_server import quick_guard
from tests.conftest import AGES
from tests.fakes import FakeClock, RecordingMeter, shortest_wait
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.waiting import PATIENCE
from watcher.accounts import billing
from watcher.accounts.billing import Billing
from watcher.adapters.outbound.http import HttpClient
from watcher.adapters.stripe.client import StripeClient
from watcher.adapters.stripe.webhook import StripeWebhook
from watcher.core.errors import Api
from watcher.core.plans import Plan, Plans, Subscription
from watcher.core.times import HOUR, MINUTE, Instant, Seconds
from watcher.core.watch_input import Defaults, watch_from
from watcher.db.stores import Stores
from watcher.demo.stripe.api import DEMO_STRIPE_KEY
from watcher.demo.stripe.cards import FAILS_LATER, GOOD_CARD
from watcher.demo.stripe.stand_in import STRIPE_ROOT, DemoStripe
from watcher.demo.stripe.state import StripeObject
from watcher.demo.stripe.webhooks import DEMO_WEBHOOK_SECRET, WEBHOOK_EVENTS

USER = "collector"
FREE = Plan("free", watches=1, min_every=Seconds(HOUR))
HUNTER = Plan("hunter", watches=3, min_every=Seconds(5 * MINUTE), price_id="price_hunter")
DEALER = Plan("dealer", price_id="price_dealer")
PLANS = Plans((FREE, HUNTER, DEALER), "https://watcher.example.com")
DECLINED = "4000000000000002"

__all__ = ["DECLINED", "FAILS_LATER", "GOOD_CARD", "PLANS", "USER", "Shop", "open_shop"]


def billing_client(
    stripe: str, clock: FakeClock, http: HttpClient, meter: RecordingMeter | None = None, retries: int = 1
) -> StripeClient:
    """Return the client of the simulated Stripe at an address."""
    guard = quick_guard(
        Api.STRIPE, meter or RecordingMeter(), clock, max_retries=retries, attempt_timeout=20.0
    )
    return StripeClient(base_url=stripe, api_key=DEMO_STRIPE_KEY, http=http, guard=guard, clock=clock)


async def deliver_to(billing: Billing, body: str, header: str, now: Instant) -> None:
    """Do what the endpoint does with a signed call."""
    found = StripeWebhook(DEMO_WEBHOOK_SECRET).read(body.encode(), header, now)
    assert found is not None
    await billing.handle(found, now)


class Seen(NamedTuple):
    """What counts of a user's state, however it came about."""

    plan: str
    status: str
    price: str
    paid_until: float | None
    ends_at: float | None
    unpaid_since: float | None
    subscription: str
    active: int
    over_plan: int


class Shop:
    """One daemon's part of selling plans."""

    def __init__(self, stores: Stores, server: MarketServer, clock: FakeClock, http: HttpClient) -> None:
        self.stores, self.server, self.clock, self.http = stores, server, clock, http
        self.meter, self.shown = RecordingMeter(), list[str]()
        self.client = billing_client(server.url + STRIPE_ROOT, clock, http, self.meter)
        self.billing = Billing(
            stores, self.client, PLANS, page_url="https://watcher.example.com", jitter=shortest_wait
        )

    @property
    def stripe(self) -> DemoStripe:
        return self.server.stripe

    @property
    def now(self) -> Instant:
        return self.clock.now()

    async def add_person(self, user: str = USER, watches: int = 4) -> None:
        """Add a person who has this number of watches, which the best plan allows."""
        await self.stores.people.add(user, self.now)
        defaults = Defaults("EBAY_US", lambda _: None)
        unlimited = Stores.opened(
            str(self.stores.database.engine.url.render_as_string(hide_password=False)), AGES
        )
        rows = [watch_from({"query": f"camera {n}", "user": user}, defaults) for n in range(watches)]
        for number, row in enumerate(rows):
            await unlimited.watches.add([row], Instant(self.now - 100 + number))
        unlimited.close()
        await self.stores.plan_limits.enforce(self.now)

    async def click(self, plan: str = "hunter", user: str = USER) -> str:
        """Click on upgrade; return the address that the browser goes to."""
        return await self.billing.checkout(user, plan, self.now)

    def pay(self, url: str, card: str = GOOD_CARD) -> StripeObject:
        """Pay a checkout on Stripe's page; return the subscription."""
        return self.stripe.pay(url.partition("/c/pay/")[2].partition("#")[0], card)

    async def buy(self, plan: str = "hunter", card: str = GOOD_CARD) -> StripeObject:
        return self.pay(await self.click(plan), card)

    def pass_time(self, seconds: float) -> None:
        self.clock.move(seconds)
        self.stripe.pass_time()

    def events(self) -> list[StripeObject]:
        """Return the events that Stripe sends to the daemon, in the order in which they happened."""
        return [event for event in self.stripe.state.events if event["type"] in WEBHOOK_EVENTS]

    def signed(self, *events: StripeObject) -> list[tuple[str, str]]:
        """Return events as Stripe sends them: each with its signature."""
        bodies = [self.stripe.webhooks.write(event) for event in events]
        return [(body, self.stripe.webhooks.header(body)) for body in bodies]

    async def deliver(self, *events: StripeObject) -> None:
        """Deliver events as signed calls."""
        for body, header in self.signed(*events):
            await deliver_to(self.billing, body, header, self.now)

    async def settle(self) -> None:
        """Run the job until nothing is due."""
        for _ in range(20):
            await self.billing.check_due(self.now)
            if not (found := self.stored()) or found.check_at is None or found.check_at > self.now:
                return
        raise AssertionError("the job does not end")

    def stored(self, user: str = USER) -> Subscription | None:
        return self.stores.subscriptions.find(user)

    def seen(self, user: str = USER) -> Seen:
        stored = self.stored(user) or Subscription(user)
        counts = self.stores.plan_limits.watch_counts(user)[user]
        return Seen(
            self.stores.plan_limits.holder(user).plan.name,
            stored.status,
            stored.price,
            stored.paid_until,
            stored.ends_at,
            stored.unpaid_since,
            stored.subscription,
            counts.active,
            counts.over_plan,
        )

    def living(self) -> Sequence[Any]:
        """Return the subscriptions that cost money."""
        ended = ("canceled", "incomplete_expired")
        return [one for one in self.stripe.state.every("subscription") if one["status"] not in ended]


@asynccontextmanager
async def open_shop(url: str, clock: FakeClock, server: MarketServer | None = None) -> AsyncIterator[Shop]:
    """Open a daemon's part over a database with our schema; `server`: of another daemon."""
    async with AsyncExitStack() as stack:
        if server is None:
            server = await stack.enter_async_context(MarketServer(Scripted(), clock=clock.now))
        # Stripe waits for seconds only, which a busy machine may need for anything.
        stack.enter_context(mock.patch.object(billing, "_EVENT_SECONDS", PATIENCE))
        stores, http = Stores.opened(url, AGES, PLANS), HttpClient(concurrency=8)
        stack.callback(stores.close)
        stack.push_async_callback(http.aclose)  # first, or the server waits for its connections
        yield Shop(stores, server, clock, http)


def shuffled(events: Sequence[StripeObject], seed: int) -> list[StripeObject]:
    """Return events in another order, each once or several times."""
    dice = random.Random(seed)
    repeated = [event for event in events for _ in range(dice.choice((1, 1, 2, 3)))]
    dice.shuffle(repeated)
    return repeated
