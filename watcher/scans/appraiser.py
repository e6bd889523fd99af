"""From what a picture shows to what that is worth: comps through the cache, and a verdict on a price."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from watcher.core.comps import Comps
from watcher.core.errors import InvalidInput
from watcher.core.identification import Identification
from watcher.core.marketplaces import currency_of
from watcher.core.money import Money, parse_money
from watcher.core.resale import ResaleTerms, ResaleVerdict, judge
from watcher.core.watch import Inquiry, Watch
from watcher.core.watch_input import MAX_QUERY_LENGTH
from watcher.polling.comps_cache import Answer
from watcher.scans.scanner import AdmitCalls, Found, PictureQuestion, always
from watcher.watches.queries import WatchQueries


class ScanRequest(NamedTuple):
    """Whose picture it is, and what its user gave about the item. `price`: what is asked for it."""

    asked: PictureQuestion
    price: Money | None = None


class Appraisal(NamedTuple):
    """What an item is worth. `verdict` is None without comps, and `answer.stale` if they are old."""

    found: Found
    inquiry: Inquiry
    answer: Answer
    comps: Comps
    verdict: ResaleVerdict | None
    warnings: tuple[str, ...]


class Appraiser:
    """Appraises identified items. `parse` reads the fields of a watch, as everywhere."""

    def __init__(
        self, queries: WatchQueries, parse: Callable[[Mapping[str, str]], Watch], terms: ResaleTerms
    ) -> None:
        self.queries = queries
        self._parse, self._terms = parse, terms

    def read_request(
        self, user: str, *, category: str = "", condition: str = "", marketplace: str = "", price: str = ""
    ) -> ScanRequest:
        """Return what was typed about an item. Raises InvalidInput."""
        typed = {"query": "any", "category": category, "condition": condition, "marketplace": marketplace}
        question, category = self._parse(typed).inquiry
        asked = PictureQuestion(user, question.marketplace, category, question.condition)
        return ScanRequest(asked, self.read_price(price, question.marketplace))

    def read_price(self, typed: str, marketplace: str) -> Money | None:
        """Return a price as it was typed, None for none. Raises InvalidInput."""
        return _read_price(typed, currency_of(marketplace))

    def inquiry_of(self, item: Identification, asked: PictureQuestion) -> Inquiry:
        """Return what the market is asked about an item; what the user said outranks what was seen.

        The condition is the user's alone: a picture shows too little of it. Raises InvalidInput.
        """
        typed = {
            "query": item.query[:MAX_QUERY_LENGTH],
            "category": asked.category or item.category,
            "condition": str(asked.condition),
            "marketplace": asked.marketplace,
        }
        return self._parse(typed).inquiry

    async def appraise(self, found: Found, request: ScanRequest, admit: AdmitCalls = always) -> Appraisal:
        """Return comps and verdict. Raises CallFailed: without an answer there is no verdict.

        `admit` is called if the comps are not in the cache.
        """
        inquiry = self.inquiry_of(found.identification, request.asked)
        if not self.queries.cache.can_answer(inquiry):
            admit()
        answer, comps = await self.queries.comps(inquiry)
        verdict = judge(comps.statistics, self._terms, request.price)
        warnings = list(found.warnings)
        if verdict is None:
            warnings.append("There are no comparable listings with a known total, so there is no verdict.")
        if answer.stale:
            warnings.append("eBay did not answer, so the verdict rests on older prices; see their age.")
        return Appraisal(found, inquiry, answer, comps, verdict, tuple(warnings))


def _read_price(text: str, currency: str) -> Money | None:
    if not text.strip():
        return None
    try:
        price = parse_money(text, currency)
    except ValueError as error:
        raise InvalidInput(f"The price cannot be read: {error}.") from None
    if price.currency != currency:
        raise InvalidInput(f"Give the price in {currency}, the currency of the marketplace.")
    return price
