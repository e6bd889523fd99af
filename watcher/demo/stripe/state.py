"""What the simulated Stripe knows: its objects, its events, and every charge."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from watcher.demo.stripe.cards import Card
from watcher.demo.stripe.errors import StripeRefused, no_such

StripeObject = dict[str, Any]
"""An object as Stripe sends it in its newest version."""

_MAX_OBJECTS, _MAX_EVENTS = 200_000, 50_000  # the oldest events are dropped
_ID_DIGITS = 14
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"


class DemoPrice(NamedTuple):
    """A recurring price: `amount` in minor units per `interval` (day, week, month, year)."""

    id: str
    name: str
    amount: int
    currency: str = "usd"
    interval: str = "month"


PRICES = (
    DemoPrice("price_hunter", "Hunter", 900),
    DemoPrice("price_dealer", "Dealer", 2900),
)


class Charge(NamedTuple):
    """One attempt to take money; `decline_code` is empty if it succeeded."""

    at: int
    customer: str
    subscription: str
    invoice: str
    price: str
    amount: int
    currency: str
    decline_code: str = ""


class Offer(NamedTuple):
    """What a checkout session sells: a price, and the metadata of the subscription."""

    price: str
    metadata: StripeObject


class StripeState:
    """All objects by id, in the order in which they were created.

    `charges` is the ledger: nothing is ever removed from it. `on_event` is called with each new event.
    """

    def __init__(self, prices: Sequence[DemoPrice], on_event: Callable[[StripeObject], None]) -> None:
        self.objects: dict[str, StripeObject] = {}
        self.events: list[StripeObject] = []
        self.charges: list[Charge] = []
        self.cards: dict[str, Card] = {}  # by customer
        self.offers: dict[str, Offer] = {}  # by session
        # The request that is being carried out: its id and its idempotency key go with its events.
        self.request: StripeObject = {"id": None, "idempotency_key": None}
        self.search_lag = 0  # seconds after which a search finds a new object; lists have it at once
        self._on_event = on_event
        self._created = 0
        for price in prices:
            self.add_price(price)

    def new_id(self, prefix: str) -> str:
        """Return a new id with Stripe's prefix, such as `cus_`."""
        self._created += 1
        number, digits = self._created, ""
        for _ in range(_ID_DIGITS):
            number, digit = divmod(number, len(_ALPHABET))
            digits = _ALPHABET[digit] + digits
        return prefix + digits

    def add(self, created: StripeObject) -> StripeObject:
        """Keep a new object and return it. Raises StripeRefused beyond 200,000."""
        if len(self.objects) >= _MAX_OBJECTS:
            raise StripeRefused(400, "The demo account is full.")
        self.objects[created["id"]] = created
        return created

    def add_price(self, price: DemoPrice) -> StripeObject:
        """Create a price and its product."""
        product = self.add(
            {"id": f"prod_{price.id}", "object": "product", "created": 0, "name": price.name, "active": True}
        )
        return self.add(_price_object(price, product["id"]))

    def find(self, kind: str, object_id: str, *, param: str = "") -> StripeObject:
        """Return an object of a kind (`customer`, `checkout.session` …). Raises StripeRefused for none."""
        found = self.objects.get(object_id)
        if found is None or found["object"] != kind:
            raise no_such(kind.replace(".", " "), object_id, param)
        return found

    def every(self, kind: str) -> Iterator[StripeObject]:
        """Iterate over all objects of a kind, oldest first."""
        source = self.events if kind == "event" else list(self.objects.values())
        return (one for one in source if one["object"] == kind)

    def change(self, changed: StripeObject, at: int, event: str, **fields: Any) -> None:
        """Set fields and send the event with what they were; do nothing if none of them changes."""
        before = {name: changed.get(name) for name, value in fields.items() if changed.get(name) != value}
        if before:
            before = copy.deepcopy(before)
            changed.update(fields)
            self.emit(event, changed, at, before)

    def emit(self, event: str, about: StripeObject, at: int, before: StripeObject | None = None) -> None:
        """Record an event about an object as it is now."""
        data: StripeObject = {"object": copy.deepcopy(about)}
        if before:
            data["previous_attributes"] = before
        created = {
            "id": self.new_id("evt_"),
            "object": "event",
            "created": at,
            "data": data,
            "livemode": False,
            "pending_webhooks": 0,
            "request": dict(self.request),
            "type": event,
        }
        self.events.append(created)
        del self.events[:-_MAX_EVENTS]
        self._on_event(created)

    def paid(self, customer: str = "") -> list[Charge]:
        """Return the charges that succeeded, of one customer or of all."""
        return [one for one in self.charges if not one.decline_code and customer in ("", one.customer)]


def _price_object(price: DemoPrice, product: str) -> StripeObject:
    recurring = {
        "interval": price.interval,
        "interval_count": 1,
        "meter": None,
        "trial_period_days": None,
        "usage_type": "licensed",
    }
    return {
        "id": price.id,
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": 0,
        "currency": price.currency,
        "custom_unit_amount": None,
        "livemode": False,
        "lookup_key": None,
        "metadata": {},
        "nickname": price.name,
        "product": product,
        "recurring": recurring,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "recurring",
        "unit_amount": price.amount,
        "unit_amount_decimal": str(price.amount),
    }
