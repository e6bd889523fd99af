"""A search takes the same memory whether it was polled by this process or read back from the store."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from tests.fakes import FakeClock, FakeMarket
from tests.market.rows import summary
from tests.trips import QUERY, trip_over
from watcher.adapters.ebay.responses import parse_search_page
from watcher.core.money import Money
from watcher.core.polls import Seen
from watcher.core.times import DAY
from watcher.core.watch import SearchId
from watcher.db.stores import Stores

_LISTINGS, _PRICES = 200, 40


def _page(clock: FakeClock) -> Any:
    rows = [
        summary(str(10**11 + n), QUERY, f"{50 + n % _PRICES}.00", "4.99", itemCreationDate=None)
        for n in range(_LISTINGS)
    ]
    body = {"total": _LISTINGS, "limit": 200, "offset": 0, "itemSummaries": rows}
    return parse_search_page(json.dumps(body).encode(), clock.now())


def _size(seen: Mapping[str, Seen]) -> int:
    """Return the bytes of all values that these listings consist of, each object once."""
    parts: dict[int, object] = {}
    for item, listing in seen.items():
        amounts = [x for x in listing if isinstance(x, Money)]
        inner = [x for money in amounts for x in (money.minor, money.currency)]
        parts.update((id(x), x) for x in (item, listing, *listing, *inner))
    return sum(map(sys.getsizeof, parts.values()))


async def test_a_search_read_from_the_store_takes_no_more_memory_than_polled(
    stores: Stores, clock: FakeClock
) -> None:
    trip = trip_over(stores, clock, FakeMarket(clock, *_page(clock).listings))
    await trip.watch(below="1")
    await trip.poll()
    await trip.poll(after=DAY)
    polled = trip.poller._memories._memories[SearchId(1)].seen
    read = stores.searches.seen(SearchId(1))
    assert {i: s[:7] for i, s in read.items()} == {i: s[:7] for i, s in polled.items()}
    assert len(read) == _LISTINGS
    assert _size(read) <= 1.02 * _size(polled)
