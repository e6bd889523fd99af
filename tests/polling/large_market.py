"""A market of more than one page that honours the order, the prices and the sellers that it is asked for."""

from __future__ import annotations

from tests.fakes import FakeClock, FakeMarket
from watcher.core.listing import Ask, Listing, Snapshot, Sort
from watcher.core.sellers import hashes_of_sellers
from watcher.core.times import Seconds

PAGE = 20  # listings; eBay's page has 200


class LargeMarket(FakeMarket):
    """Answers with the first page of what fits the question: the newest first, or in the order of offer.

    `warns`: it reports the filters in place of applying them; `is_deaf`: it does neither.
    """

    warns = is_deaf = False

    def __init__(self, clock: FakeClock, *listings: Listing) -> None:
        super().__init__(clock, *listings)

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        await super().search(ask, interactive=interactive, within=within)
        ignored = ("price", "sellers") if self.warns and (ask.band or ask.sellers) else ()
        fitting = [x for x in self.listings if self.warns or self.is_deaf or _fits(x, ask)]
        if ask.sort is Sort.NEWEST:
            fitting.sort(key=lambda x: -(x.created_at or 0))
        shown = tuple(fitting[:PAGE])
        complete = len(fitting) <= PAGE
        return Snapshot(
            shown, self.clock.now(), len(fitting), complete, len(shown), ignored_filters=tuple(ignored)
        )


def _fits(listing: Listing, ask: Ask) -> bool:
    if ask.sellers and listing.seller not in hashes_of_sellers(ask.sellers):
        return False
    if ask.band is None:
        return True
    low = ask.band.low.minor if ask.band.low else 0
    return listing.price is not None and low <= listing.price.minor <= ask.band.high.minor
