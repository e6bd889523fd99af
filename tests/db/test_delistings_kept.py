"""Listings are followed until they vanish, and what is left of them in time are numbers."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import Connection, text

from tests.fakes import listing, listings, usd
from tests.trips import QUERY, Trip
from watcher.core.delistings import Delisting, DelistingKind, exits_of
from watcher.core.times import DAY, HOUR
from watcher.core.watch import SearchId, WatchId
from watcher.db import housekeeping
from watcher.db.redaction import ARCHIVE_STEP


def left(trip: Trip, number: int) -> dict[str, Delisting]:
    """What is known to have left the watch's search, archived or not."""
    search = SearchId(trip.registry.get(WatchId(number)).search_id)
    tracks = trip.stores.history
    found = [*tracks.exits(search), *exits_of(QUERY, tracks.sighted(search), "USD")]
    assert len({x.item for x in found}) == len(found)
    return {x.item: x for x in found}


async def test_only_a_complete_look_tells_that_something_is_gone(trip: Trip) -> None:
    number = await trip.watch(below="1", category="cards")
    await trip.poll()
    goods = trip.market.listings
    trip.market.offers(*goods[1:])
    trip.market.complete = False
    await trip.poll(HOUR)
    assert left(trip, number) == {}
    trip.market.complete = True
    await trip.poll(HOUR)
    (gone,) = left(trip, number).values()
    assert (gone.kind, gone.price, gone.gone_at) == (DelistingKind.GONE, usd(50), trip.clock.now())
    trip.market.offers(*goods)
    await trip.poll(HOUR)
    assert left(trip, number) == {}, "it came back"


async def test_an_auction_is_followed_by_its_bids_to_its_end(trip: Trip) -> None:
    number, goods = await trip.watch(below="1"), trip.market.listings
    ends = trip.clock.now() + 90 * 60
    auction = listing(70, None, 5.0, auction=True, fixed=False, bid=usd(20), bid_count=0, ends_at=ends)
    trip.market.offers(*goods, auction)
    await trip.poll()
    # The first bid is at the price that was asked for: nothing but their number moves.
    trip.market.offers(*goods, auction._replace(bid_count=1))
    await trip.poll(HOUR)
    trip.market.offers(*goods)
    await trip.poll(HOUR)
    (gone,) = left(trip, number).values()
    assert (gone.kind, gone.price, gone.shipping) == (DelistingKind.ENDED_AT_TERM, usd(20), usd(5))


async def test_in_time_only_numbers_and_hashes_are_left(trip: Trip) -> None:
    number, goods = await trip.watch(below="1"), trip.market.listings
    trip.market.offers(*goods, listing(9, 5.0, title="Zenitar Mk2 camera for parts"))
    await trip.poll()
    again = goods[0]._replace(item_id="v1|500|0", title="Zenitar Mk2 rangefinder camera A")
    trip.market.offers(*goods[2:])
    await trip.poll(HOUR)
    trip.market.offers(*goods[2:], again)
    await trip.poll(HOUR)
    before = left(trip, number)
    assert len(before) == 2
    await trip.stores.housekeeping.prune(trip.clock.move(29 * DAY))
    assert left(trip, number) == before
    removed = await trip.stores.housekeeping.prune(trip.clock.move(2 * DAY))
    assert removed["sightings"] == 3
    assert left(trip, number) == before
    kept = repr(trip.stores.database.rows(text("SELECT * FROM exits")))
    assert "v1|" not in kept
    assert "Zenitar" not in kept
    await trip.stores.housekeeping.prune(trip.clock.move(365 * DAY))
    assert left(trip, number) == {}


async def test_of_what_is_not_comparable_nothing_is_left(trip: Trip) -> None:
    number = await trip.watch(below="1")
    trip.market.offers(listing(9, 5.0, title="Zenitar Mk2 camera for parts"))
    await trip.poll()
    trip.market.offers(listing(1))
    await trip.poll(HOUR)
    removed = await trip.stores.housekeeping.prune(trip.clock.move(31 * DAY))
    assert (removed["sightings"], left(trip, number)) == (1, {})


async def test_many_are_archived_in_small_steps(trip: Trip) -> None:
    number = await trip.watch(below="1")
    for start in (1_000, 2_000, 3_000):
        trip.market.offers(*listings([50.0 + i for i in range(200)], start))
        await trip.poll(HOUR)
    trip.market.offers(listing(1))
    await trip.poll(HOUR)
    await trip.poll(HOUR)
    removed = await trip.stores.housekeeping.prune(trip.clock.move(31 * DAY))
    assert removed["sightings"] == 600 > ARCHIVE_STEP
    assert len(left(trip, number)) == 600


async def test_what_a_large_market_shows_no_more_is_forgotten_in_time_and_what_it_shows_is_not(
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


async def test_of_many_searches_each_forgets_what_it_does_not_see(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(housekeeping, "SEARCHES", 2)
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


async def test_while_nobody_looks_nothing_is_forgotten(trip: Trip) -> None:
    await trip.watch(below="1")
    trip.market.complete = False
    await trip.poll()
    removed = await trip.stores.housekeeping.prune(trip.clock.move(100 * DAY))
    assert removed["sightings"] == 0


async def test_what_is_shown_again_after_it_was_forgotten_is_told_once(trip: Trip) -> None:
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


async def test_the_first_look_after_a_long_pause_forgets_nothing(trip: Trip) -> None:
    await trip.watch(below="51")
    others, told = listings([52, 55, 58, 60, 61, 63]), listing(900, 50)
    trip.market.complete = False
    trip.market.offers(*others, told)
    assert len(await trip.poll()) == 1
    trip.market.offers(*others)
    await trip.poll(100 * DAY)
    await trip.stores.housekeeping.prune(trip.clock.now())
    trip.market.offers(*others, told)
    assert not await trip.poll(DAY), "it was told"


async def test_what_a_daemon_of_an_older_release_saw_is_not_taken_for_long_unseen(trip: Trip) -> None:
    await trip.watch(below="1")
    trip.market.complete = False
    await trip.poll()
    await trip.stores.database.write(_as_of_old, None)
    await trip.poll(HOUR)
    assert (await trip.stores.housekeeping.prune(trip.clock.now()))["sightings"] == 0


def _as_of_old(conn: Connection, items: Sequence[None]) -> Sequence[None]:
    conn.execute(text("UPDATE sightings SET seen_at = 0"))
    return items
