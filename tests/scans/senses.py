"""A scanner whose ways answer or fail as a test says, over a real database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from decimal import Decimal
from hashlib import sha256

from tests.fakes import FakeClock
from tests.scans.pictures import Index
from tests.scans.pictures import marks as marks_of
from watcher.core.ai_answers import AiAnswer, TokenPrices, TokenUsage
from watcher.core.categories import TTLS
from watcher.core.errors import CallFailed, InvalidInput
from watcher.core.identification import Inspection, Way
from watcher.core.listing import Ask, Listing, Snapshot
from watcher.core.money import Money
from watcher.core.times import DAY, Seconds
from watcher.db.stores import Stores
from watcher.scans.allowance import AiAllowance, ScanAllowance
from watcher.scans.library import Lifetimes, VisualLibrary
from watcher.scans.scanner import PictureQuestion, Scanner, Senses

PHOTO = b"a photo of a camera"
ASKED = PictureQuestion("collector", "EBAY_US")
CAMERA = AiAnswer("Zenitar MK2 camera", "zenitar mk2", 0.9, "electronics", usage=TokenUsage(1_000, 100))
PRICES = TokenPrices(Decimal(2), Decimal(8))


def listings(*titles: str) -> tuple[Listing, ...]:
    price = Money(5_000, "USD")
    return tuple(
        Listing(f"v1|{n}|0", title, price, Money(0, "USD"), categories=("625",))
        for n, title in enumerate(titles)
    )


SURE = listings("Zenitar MK2 camera", "Zenitar MK2 camera boxed", "ZENITAR camera MK2")
UNSURE = listings("Zenitar MK2 camera", "Zenitar K9 camera", "Praktiflex camera", "old camera zenitar")


class FakeSenses:
    """What each way answers: listings, an answer, or a failure. `calls` names the ways that were asked."""

    def __init__(self) -> None:
        self.by_gtin: Sequence[Listing] | CallFailed = ()
        self.by_image: Sequence[Listing] | CallFailed = ()
        self.by_ai: AiAnswer | CallFailed = CAMERA
        self.barcodes: tuple[str, ...] = ()
        self.bits = 0
        self.calls: list[str] = []

    async def inspect(self, content: bytes) -> Inspection:
        if not content:
            raise InvalidInput("The picture is empty.")
        marks = marks_of(sha256(content).hexdigest(), self.bits)
        return Inspection(marks, self.barcodes, 100, 100, b"jpeg")

    async def search(self, ask: Ask, within: Seconds) -> Snapshot:
        self.calls.append(f"gtin {ask.gtin}")
        return self._snapshot(self.by_gtin)

    async def search_by_image(self, jpeg: bytes, ask: Ask, within: Seconds) -> Snapshot:
        self.calls.append("image")
        return self._snapshot(self.by_image)

    async def ask_ai(self, jpeg: bytes, category: str, condition: str, within: Seconds) -> AiAnswer:
        self.calls.append("ai")
        await asyncio.sleep(0)
        if isinstance(self.by_ai, CallFailed):
            raise self.by_ai
        return self.by_ai

    def _snapshot(self, answer: Sequence[Listing] | CallFailed) -> Snapshot:
        if isinstance(answer, CallFailed):
            raise answer
        return Snapshot(tuple(answer), FakeClock().now())


def scanner_of(
    stores: Stores,
    senses: FakeSenses,
    clock: FakeClock,
    *,
    ways: Sequence[Way] = tuple(Way),
    per_user: int = 9,
    with_ai: bool = True,
) -> Scanner:
    lives = Lifetimes(TTLS, confirmed=Seconds(365 * DAY), listing_text=Seconds(10 * DAY))
    return Scanner(
        Senses(
            inspect=senses.inspect,
            search=senses.search,
            search_by_image=senses.search_by_image,
            ask_ai=senses.ask_ai if with_ai else None,
        ),
        VisualLibrary(stores.library, Index().functions, lives),
        AiAllowance(stores.api_usage, per_user),
        ScanAllowance(stores.plan_limits, stores.api_usage),
        ways=ways,
        timeout=Seconds(90.0),
        prices=PRICES,
        clock=clock,
    )
