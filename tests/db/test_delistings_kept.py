"""Listings are observed until they are gone; later only their numbers are kept."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from tests.fakes import listing, listings, usd
from tests.trips import QUERY, Trip
from watcher.core.delistings import Delisting, DelistingKind, find_delistings
from watcher.core.money import Money
from watcher.core.times import DAY, HOUR
from watcher.core.watch import SearchId, WatchId
from watcher.db import housekeeping
from watcher.db.redaction import SIGHTINGS_PER_STEP


def delisted(trip: Trip, number: int) -> dict[str, Delisting]:
    """Return the delistings of the watch's search by item, archived or not."""
    search = SearchId(trip.registry.get(WatchId(number)).search_id)
    tracks = trip.stores.history
    found = [*tracks.delistings(search), *find_delistings(QUERY, tracks.sightings(search), "USD")]
    assert len({x.item for x in found}) == len(found)
    return {x.item: x for x in found}


async def test_only_a_complete_answer_shows_that_a_listing_is_gone(trip: Trip) -> None:
    number = await trip.watch(below="1", category="cards")
    await trip.poll()
    goods = trip.market.listings
    trip.market.offers(*goods[1:])
    trip.market.complete = False
    await trip.poll(HOUR)
    assert delisted(trip, number) == {}
    trip.market.complete = True
    await trip.poll(HOUR)
    (gone,) = delisted(trip, number).values()
    assert (gone.kind, gone.price, gone.gone_at) == (DelistingKind.GONE, usd(50), trip.clock.now())
    trip.market.offers(*goods)
    await trip.poll(HOUR)
    assert delisted(trip, number) == {}, "it came back"


async def test_the_bids_and_end_of_an_auction_decide_whether_it_was_sold(trip: Trip) -> None:
    number, goods = await trip.watch(below="1"), trip.market.listings
    ends = trip.clock.now() + 90 * 60
    auction = listing(70, None, 5.0, auction=True, fixed=False, bid=usd(20), bid_count=0, ends_at=ends)
    trip.market.offers(*goods, auction)
    await trip.poll()
    # The first bid is at the starting price, so only the number of bids changes.
    trip.market.offers(*goods, auction._replace(bid_count=1))
    await trip.poll(HOUR)
    trip.market.offers(*goods)
    await trip.poll(HOUR)
    (gone,) = delisted(trip, number).values()
    assert (gone.kind, gone.price, gone.shipping) == (DelistingKind.ENDED_AT_TERM, usd(20), usd(5))


async def test_old_delistings_keep_only_numbers_and_hashes(trip: Trip) -> None:
    number, goods = await trip.watch(below="1"), trip.market.listings
    trip.market.offers(*goods, listing(9, 5.0, title="Zenitar Mk2 camera for parts"))
    await trip.poll()
    again = goods[0]._replace(item_id="v1|500|0", title="Zenitar Mk2 rangefinder camera A")
    trip.market.offers(*goods[2:])
    await trip.poll(HOUR)
    trip.market.offers(*goods[2:], again)
    await trip.poll(HOUR)
    before = delisted(trip, number)
    assert len(before) == 2
    await trip.stores.housekeeping.prune(trip.clock.move(29 * DAY))
    assert delisted(trip, number) == before
    removed = await trip.stores.housekeeping.prune(trip.clock.move(2 * DAY))
    assert removed["sightings"] == 3
    assert delisted(trip, number) == before
    kept = repr(trip.stores.database.rows(text("SELECT * FROM exits")))
    assert "v1|" not in kept
    assert "Zenitar" not in kept
    await trip.stores.housekeeping.prune(trip.clock.move(365 * DAY))
    assert delisted(trip, number) == {}


async def test_every_search_archives_its_own_delistings(trip: Trip) -> None:
    number = await trip.watch(below="1")
    other = (await trip.registry.add({"query": "zenitar", "marketplace": "EBAY_GB"}, trip.clock.now())).id
    dollars, pounds = trip.market.listings, listings([50, 60], 70)
    pounds = tuple(x._replace(price=Money(5_000, "GBP"), shipping=None) for x in pounds)
    trip.market.offers(*dollars, *pounds)
    await trip.poll()
    trip.market.offers(*dollars[1:], *pounds[1:])
    await trip.poll(HOUR)
    await trip.stores.housekeeping.prune(trip.clock.move(31 * DAY))
    rows = trip.stores.database.rows(text("SELECT search_id, currency FROM exits ORDER BY search_id"))
    searches = [trip.registry.get(n).search_id for n in (number, other)]
    assert [tuple(r) for r in rows] == list(zip(searches, ("USD", "GBP"), strict=True))


async def test_listings_that_are_not_comparable_leave_no_delisting(trip: Trip) -> None:
    number = await trip.watch(below="1")
    trip.market.offers(listing(9, 5.0, title="Zenitar Mk2 camera for parts"))
    await trip.poll()
    trip.market.offers(listing(1))
    await trip.poll(HOUR)
    removed = await trip.stores.housekeeping.prune(trip.clock.move(31 * DAY))
    assert (removed["sightings"], delisted(trip, number)) == (1, {})


async def test_many_sightings_are_archived_in_small_steps(trip: Trip) -> None:
    number = await trip.watch(below="1")
    for start in (1_000, 2_000, 3_000):
        trip.market.offers(*listings([50.0 + i for i in range(200)], start))
        await trip.poll(HOUR)
    trip.market.offers(listing(1))
    await trip.poll(HOUR)
    await trip.poll(HOUR)
    removed = await trip.stores.housekeeping.prune(trip.clock.move(31 * DAY))
    assert removed["sightings"] == 600 > SIGHTINGS_PER_STEP
    assert len(delisted(trip, number)) == 600


async def test_a_large_market_forgets_only_listings_unseen_for_long(
    trip: Trip,
) -> None:
    await trip.watch(below="1")
    stay, leaves = listings([50.0 + i / 10 for i in range(60)]), listing(900)
    trip.market.complete = False
    trip.market.offers(*stay, leaves)
    await trip.poll()
    for day in range(40):
        trip.market.offers(*stay, listing(1_000 + day))
        await trip.poll(DAY)
    removed = await trip.stores.housekeeping.prune(trip.clock.now())
    ids = {row.item_id for row in trip.stores.database.rows(text("SELECT item_id FROM sightings"))}
    assert removed["sightings"] == 1 + 9
    assert ids == {x.item_id for x in stay} | {f"v1|{1_000 + day}|0" for day in range(9, 40)}


async def test_every_search_forgets_its_own_unseen_listings(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "SEARCHES_PER_STEP", 2)
    monkeypatch.setattr(housekeeping, "ROWS_PER_STEP", 3)
    for name in ("one", "two", "three", "four", "five"):
        await trip.watch(query=f"zenitar {name}", below="1")
    stay, leave = listings([60, 61, 62]), listings([50 + i for i in range(10)], start=900)
    trip.market.complete = False
    trip.market.offers(*stay, *leave)
    await trip.poll()
    trip.market.offers(*stay)
    for _ in range(32):
        await trip.poll(DAY)
    assert (await trip.stores.housekeeping.prune(trip.clock.now()))["sightings"] == 5 * 10
    assert trip.stores.database.value(text("SELECT count(*) FROM sightings")) == 5 * 3


async def test_a_search_without_polls_forgets_nothing(trip: Trip) -> None:
    await trip.watch(below="1")
    trip.market.complete = False
    await trip.poll()
    removed = await trip.stores.housekeeping.prune(trip.clock.move(100 * DAY))
    assert removed["sightings"] == 0


async def test_a_forgotten_listing_alerts_once_when_it_returns(trip: Trip) -> None:
    await trip.watch(below="1")
    others, back = listings([52, 55, 58, 60, 61, 63]), listing(900, 50)
    trip.market.complete = False
    trip.market.offers(*others, back)
    await trip.poll()
    trip.market.offers(*others)
    for _ in range(32):
        await trip.poll(DAY)
    assert (await trip.stores.housekeeping.prune(trip.clock.now()))["sightings"] == 1
    trip.market.offers(*others, back)
    await trip.poll(DAY)
    await trip.watch(below="51")
    assert len(await trip.poll(DAY)) == 1
    for _ in range(32):
        assert not await trip.poll(DAY)
    await trip.stores.housekeeping.prune(trip.clock.now())
    assert not await trip.poll(DAY)


async def test_the_first_poll_after_a_long_pause_forgets_nothing(trip: Trip) -> None:
    await trip.watch(below="51")
    others, told = listings([52, 55, 58, 60, 61, 63]), listing(900, 50)
    trip.market.complete = False
    trip.market.offers(*others, told)
    assert len(await trip.poll()) == 1
    trip.market.offers(*others)
    await trip.poll(100 * DAY)
    await trip.stores.housekeeping.prune(trip.clock.now())
    trip.market.offers(*others, told)
    assert not await trip.poll(DAY), "it has alerted before"


async def test_sightings_of_an_older_release_do_not_count_as_unseen(trip: Trip) -> None:
    await trip.watch(below="1")
    trip.market.complete = False
    await trip.poll()
    await trip.stores.database.write(_clear_seen_at)
    await trip.poll(HOUR)
    assert (await trip.stores.housekeeping.prune(trip.clock.now()))["sightings"] == 0


def _clear_seen_at(conn: Connection) -> None:
    conn.execute(text("UPDATE sightings SET seen_at = 0"))
