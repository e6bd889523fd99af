"""Fakes: a clock, jitter, a meter, alarms, and markets with set answers."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable

from watcher.config.call_settings import TimeoutSettings
from watcher.config.settings import AlertSettings
from watcher.core.categories import category_number
from watcher.core.errors import Api, CallFailed
from watcher.core.listing import Ask, Condition, Listing, Snapshot
from watcher.core.money import Money
from watcher.core.monitoring.attempts import Attempt
from watcher.core.times import Instant, Seconds
from watcher.core.watch import Inquiry, Question
from watcher.polling.fetch import WaitLimits

NOON = Instant(1_750_000_000.0)
THRESHOLDS = AlertSettings().thresholds
WAIT_LIMITS = WaitLimits(total=TimeoutSettings().comps, attempt=TimeoutSettings().attempt)


def inquiry_of(query: str, condition: Condition, category: str, marketplace: str) -> Inquiry:
    """Return what asks a market for a query, and the category that a person named."""
    return Inquiry(Question(query, condition, category_number(category), marketplace), category)


class FakeClock:
    """A clock that only the test advances."""

    def __init__(self, now: float = NOON) -> None:
        self.at = Instant(now)

    def now(self) -> Instant:
        return self.at

    def move(self, seconds: float) -> Instant:
        self.at = Instant(self.at + seconds)
        return self.at


def shortest_wait(low: float, _high: float) -> float:
    """Return the shortest wait."""
    return low


class RecordingMeter:
    """A meter that records what it receives."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.attempts: list[Attempt] = []
        self.gauges: dict[str, float] = {}
        self.timings: list[tuple[str, float]] = []

    def attempt(self, attempt: Attempt, *, retry: bool = False) -> None:
        self.attempts.append(attempt)
        self.counts["retry"] += retry

    def count(self, name: str, by: int = 1) -> None:
        self.counts[name] += by

    def timing(self, name: str, seconds: float) -> None:
        self.timings.append((name, seconds))

    def gauge(self, name: str, value: float) -> None:
        self.gauges[name] = value


class RecordingAlarms:
    """Alarms that are only recorded: `active` by name, and the sentences of all that were `raised`."""

    def __init__(self) -> None:
        self.active: dict[str, str] = {}
        self.raised: list[str] = []

    def sound(self, name: str, sentence: str) -> None:
        if name not in self.active:
            self.raised.append(sentence)
        self.active[name] = sentence

    def end(self, name: str) -> None:
        self.active.pop(name, None)


class FakeMarket:
    """A market that answers with `listings`, after raising each of `failures` once.

    Each call first takes the next of `later`, if there is one, as the new `listings`.
    """

    def __init__(self, clock: FakeClock, *listings: Listing, api: Api = Api.EBAY) -> None:
        self.clock, self.api = clock, api
        self.listings: tuple[Listing, ...] = listings
        self.failures: list[CallFailed] = []
        self.later: list[tuple[Listing, ...]] = []
        self.complete = True
        self.asked: list[Ask] = []
        self.within: list[Seconds | None] = []

    def offers(self, *listings: Listing) -> None:
        self.listings = listings

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        self.asked.append(ask)
        self.within.append(within)
        if self.failures:
            raise self.failures.pop(0)
        if self.later:
            self.listings = self.later.pop(0)
        return Snapshot(
            self.listings, self.clock.now(), len(self.listings), self.complete, len(self.listings)
        )


class FakeSales:
    """A provider of sales that answers with `listings`, after raising each of `failures` once."""

    def __init__(self, clock: FakeClock, api: Api, *listings: Listing) -> None:
        self.clock, self.api = clock, api
        self.listings: tuple[Listing, ...] = listings
        self.failures: list[CallFailed] = []
        self.silent = False
        self.gate: asyncio.Event | None = None
        self.asked: list[Ask] = []

    def answers(self, ask: Ask) -> bool:
        return not self.silent

    async def sold(self, ask: Ask) -> Snapshot:
        self.asked.append(ask)
        if self.gate:
            await self.gate.wait()
        if self.failures:
            raise self.failures.pop(0)
        return Snapshot(self.listings, self.clock.now(), len(self.listings), False, len(self.listings))


def usd(amount: float) -> Money:
    return Money(round(amount * 100), "USD")


def listing(
    number: int, price: float | None = 50.0, shipping: float | None = 0.0, **fields: object
) -> Listing:
    """Return a fixed-price listing of a made-up camera; keyword arguments are fields of `Listing`."""
    values: dict[str, object] = {
        "item_id": f"v1|{number}|0",
        "title": "Zenitar Mk2 rangefinder camera",
        "price": None if price is None else usd(price),
        "shipping": None if shipping is None else usd(shipping),
        "condition_id": 3000,
        "condition": "Used",
        "url": f"https://www.example.com/itm/{number}",
        "image": f"https://i.example.com/{number}.jpg",
        "country": "US",
        "feedback": 1000,
        **fields,
    }
    return Listing(**values)  # type: ignore[arg-type]  # fields given by tests


def listings(prices: Iterable[float], start: int = 1) -> tuple[Listing, ...]:
    return tuple(listing(start + i, price) for i, price in enumerate(prices))
