"""A fetcher over a real store and fake markets."""

from __future__ import annotations

from tests.fakes import WAIT_LIMITS, FakeMarket, FakeSales, RecordingMeter, inquiry_of
from watcher.core.categories import TTLS
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Condition
from watcher.core.times import DAY, MINUTE, Seconds
from watcher.db.stores import Stores
from watcher.polling.comps_cache import CompsCache, Freshness
from watcher.polling.fetch import Fetcher

CARD = inquiry_of("zenitar mk2", Condition.ANY, "cards", "EBAY_US")
DOWN = CallFailed(Api.EBAY, Kind.UNAVAILABLE, "503")


def fetcher_with(
    stores: Stores,
    market: FakeMarket,
    meter: RecordingMeter,
    *sales: FakeSales,
    backup: FakeMarket | None = None,
) -> Fetcher:
    freshness = Freshness(TTLS, Seconds(10 * MINUTE), Seconds(30 * DAY))
    cache = CompsCache(stores.cache, freshness, market.clock)
    return Fetcher(cache, market, meter, backup=backup, sales=sales, limits=WAIT_LIMITS)
