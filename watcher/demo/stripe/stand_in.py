"""The simulated Stripe as a whole: start it, connect it to a webhook endpoint, and play its customers."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from aiohttp import web

from watcher.demo.stripe.account import StripeAccount
from watcher.demo.stripe.api import StripeApi
from watcher.demo.stripe.billing import StripeBilling
from watcher.demo.stripe.cards import GOOD_CARD, Card, read_card
from watcher.demo.stripe.endpoints import StripeEndpoints
from watcher.demo.stripe.errors import declined
from watcher.demo.stripe.pages import StripePages
from watcher.demo.stripe.state import PRICES, DemoPrice, StripeObject, StripeState
from watcher.demo.stripe.webhooks import StripeWebhooks

STRIPE_ROOT = "/stripe"


class DemoStripe:
    """Stripe's API is at `url() + "/v1"`, its hosted pages below `url() + "/c/pay/"` and `"/p/session/"`.

    `clock` returns seconds since 1970 and may be simulated; what is due by it happens before each request,
    and when `pass_time` is called. The methods below do what a customer would do on the hosted pages.
    """

    def __init__(
        self, clock: Callable[[], float], url: Callable[[], str], prices: Sequence[DemoPrice] = PRICES
    ) -> None:
        self.webhooks = StripeWebhooks(clock)
        self.state = StripeState(prices, self.webhooks.add)
        self.billing = StripeBilling(self.state)
        self._account = StripeAccount(self.state, self.billing, clock, url)
        self.api = StripeApi(self._account, StripeEndpoints(self._account).table())
        self._pages = StripePages(self._account)

    def routes(self) -> list[web.RouteDef]:
        """Return all routes, for the server that this is part of."""
        return [*self.api.routes(STRIPE_ROOT), *self._pages.routes(STRIPE_ROOT)]

    async def stop(self) -> None:
        """Stop sending webhooks."""
        await self.webhooks.stop()

    def pass_time(self) -> None:
        """Let everything happen that is due by the clock."""
        self._account.pass_time()

    @property
    def now(self) -> int:
        """The clock's time in whole seconds, as in Stripe's objects."""
        return self._account.now

    def pay(self, session_id: str, number: str = GOOD_CARD) -> StripeObject:
        """Pay a checkout session with a card and return the subscription; StripeRefused if it is declined."""
        self.pass_time()
        session = self.state.find("checkout.session", session_id)
        read = read_card(number)
        card = read if isinstance(read, Card) else Card(number, read)
        return self.billing.pay_session(session, card, self.now)

    def change_card(self, customer: str, number: str) -> None:
        """Save another card of a customer. Raises StripeRefused if it is declined."""
        read = read_card(number, to_pay=False)
        if not isinstance(read, Card):
            raise declined(read)
        self.billing.change_card(customer, read, self.now)

    def subscription_of(self, customer: str) -> StripeObject:
        """Return a customer's newest subscription. Raises IndexError if there is none."""
        return self.billing.subscriptions_of(customer)[-1]
