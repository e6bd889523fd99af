"""Scans that are limited to what can alert: when they are made, what they find, and what they leave alone."""

from __future__ import annotations

import pytest

from tests.fakes import FakeClock, listing, usd
from tests.polling.large_market import PAGE, LargeMarket
from tests.trips import Trip, trip_over
from watcher.core.alerts import Alert
from watcher.core.lateness import Onset
from watcher.core.listing import Band, Snapshot, Sort
from watcher.core.narrowing import Narrowing
from watcher.core.receipts import Replay, replay
from watcher.core.sellers import hash_of_seller
from watcher.core.times import DAY, HOUR, Instant
from watcher.core.watch import Inquiry
from watcher.db.stores import Stores

MANY = 3 * PAGE


@pytest.fixture
def market(clock: FakeClock) -> LargeMarket:
    """Return sixty listings from $80 to $139, the first offered the newest."""
    born = clock.now() - 9 * DAY
    return LargeMarket(
        clock,
        *(
            listing(n, 80.0 + n, created_at=Instant(born - n * HOUR), seller=SELLERS[n % 3])
            for n in range(MANY)
        ),
    )


SELLERS = tuple(map(hash_of_seller, ("one-shop", "two.shop", "new_shop")))


@pytest.fixture
def trip(stores: Stores, clock: FakeClock, market: LargeMarket) -> Trip:
    return trip_over(stores, clock, market)


async def settled(trip: Trip, *drafts: dict[str, str]) -> Trip:
    """Add watches, and poll until the next scan may be narrowed: comps, then a page of the newest."""
    for draft in drafts:
        await trip.watch(**draft)
    await trip.poll()
    await trip.poll(HOUR)
    trip.market.asked.clear()
    return trip


def change(trip: Trip, number: int, price: float, **fields: object) -> None:
    """Change the price of a listing that is on offer."""
    item = f"v1|{number}|0"
    trip.market.offers(
        *(x._replace(price=usd(price), **fields) if x.item_id == item else x for x in trip.market.listings)
    )


def alerted(alerts: list[Alert]) -> list[str]:
    return [item.item_id for alert in alerts for item in alert.items]


async def test_scan_between_comps_asks_for_prices_up_to_the_highest_target(trip: Trip) -> None:
    await settled(trip, {"below": "50"}, {"below": "60", "unknown_shipping": "skip"})
    await trip.poll(HOUR)
    (ask,) = trip.market.asked
    assert ask.sort is Sort.NEWEST
    assert ask.band == Band(usd(60.61)), "one percent and a cent for rounding"


async def test_lateness_of_a_hidden_price_cut_counts_from_the_last_narrowed_scan(trip: Trip) -> None:
    await settled(trip, {"below": "50"})
    await trip.poll(HOUR)
    scanned_at = trip.clock.now()
    change(trip, MANY - 1, 49.0)
    (alert,) = await trip.poll(HOUR)
    (item,) = alert.items
    assert (item.onset, item.since) == (Onset.PRICE_CUT, scanned_at)


async def test_price_cut_of_an_old_listing_alerts(trip: Trip) -> None:
    await settled(trip, {"below": "50"})
    change(trip, MANY - 1, 49.0)  # the oldest: neither among the comps nor among the newest
    (alert,) = await trip.poll(HOUR)
    assert alerted([alert]) == [f"v1|{MANY - 1}|0"]
    assert alert.n == PAGE, "it is judged among the comps, and is none"
    assert alert.median == "89.50"


async def test_alert_of_a_narrowed_scan_replays_exactly(trip: Trip) -> None:
    await settled(trip, {"below": "50"}, {"rule": "deal 60%"})
    change(trip, MANY - 1, 45.0)
    alerts = await trip.poll(HOUR)
    assert len(alerts) == 2
    for alert in alerts:
        receipt = trip.stores.alerts.receipt(alert.id)
        assert receipt is not None
        assert replay(alert, receipt.grounds, receipt.evidence) == Replay((), True)


async def test_share_of_the_median_is_a_limit_too(trip: Trip) -> None:
    await settled(trip, {"rule": "deal 60%"})
    change(trip, MANY - 1, 52.0)
    (alert,) = await trip.poll(HOUR)
    assert trip.market.asked[-1].band == Band(usd(56.39)), "60 % of $89.50, and five percent"
    assert alerted([alert]) == [f"v1|{MANY - 1}|0"]


@pytest.mark.parametrize(
    "draft",
    [
        {"rule": "new"},
        {"rule": "low 30d"},
        {"rule": "drop 15%"},
        {"rule": "median-below 10"},
        {"rule": "ending 15m 50"},
        {"below": "EUR 50"},
    ],
    ids=lambda d: next(iter(d.values())),
)
async def test_watch_without_a_limit_in_the_markets_money_keeps_scans_whole(
    trip: Trip, draft: dict[str, str]
) -> None:
    await settled(trip, {"below": "50"}, draft)
    await trip.poll(HOUR)
    assert [ask.band for ask in trip.market.asked] == [None]


async def test_market_of_one_page_is_never_scanned_narrowly(trip: Trip) -> None:
    trip.market.offers(*trip.market.listings[:PAGE])
    await settled(trip, {"below": "50"})
    await trip.poll(HOUR)
    assert [(ask.band, ask.sort) for ask in trip.market.asked] == [(None, Sort.BEST_MATCH)]


async def test_whole_market_is_scanned_once_a_day_and_for_a_new_watch(trip: Trip) -> None:
    await settled(trip, {"below": "50"})
    for _ in range(30):
        await trip.poll(HOUR)
    whole = [n for n, ask in enumerate(trip.market.asked) if ask.band is None]
    assert whole == [23]
    assert {ask.sort for ask in trip.market.asked} == {Sort.NEWEST}
    trip.market.asked.clear()
    await trip.watch(below="55")
    await trip.poll()
    await trip.poll(HOUR)
    assert [(ask.sort, ask.band) for ask in trip.market.asked] == [
        (Sort.BEST_MATCH, None),
        (Sort.NEWEST, Band(usd(55.56))),
    ]


async def test_rare_polls_are_whole_every_fourth_time(trip: Trip) -> None:
    await trip.watch(below="50", every="18h")
    for _ in range(9):
        await trip.poll(18 * HOUR)
    whole = [n for n, ask in enumerate(trip.market.asked) if ask.band is None]
    assert whole == [0, 1, 5], "the comps, the newest, and once more four polls later"


async def test_restart_keeps_scans_narrow(trip: Trip, stores: Stores, clock: FakeClock) -> None:
    await settled(trip, {"below": "50"})
    again = trip_over(stores, clock, trip.market)
    assert not await again.poll()
    await again.poll(HOUR)  # a process that has just started waits for its first call
    assert [ask.band for ask in trip.market.asked] == [Band(usd(50.51))]


async def test_narrowed_scan_changes_no_comps_points_or_delistings(trip: Trip) -> None:
    await settled(trip, {"below": "85"})
    watch = trip.registry.get(1)
    question, search = watch.question, watch.search_id
    before = dict(trip.stores.searches.seen(search))
    comps = trip.fetcher.cache.get(Inquiry(question))
    points = trip.stores.history.daily_points(search, "", Instant(0.0))
    for _ in range(3):
        await trip.poll(HOUR)
        assert trip.market.asked[-1].band
    after = trip.stores.searches.seen(search)
    assert not any(s.gone for s in after.values())
    assert before.keys() <= after.keys()
    assert trip.fetcher.cache.get(Inquiry(question)) == comps
    assert trip.stores.history.daily_points(search, "", Instant(0.0)) == points


async def test_crowded_band_gets_a_floor_of_an_eighth_of_the_median(trip: Trip) -> None:
    cheap = (listing(500 + n, 1.0 + n / 100, created_at=trip.clock.now()) for n in range(2 * PAGE))
    trip.market.offers(*trip.market.listings, *cheap)
    await settled(trip, {"below": "50"})
    change(trip, MANY - 1, 45.0)
    assert not await trip.poll(HOUR), "accessories fill the page"
    (alert,) = await trip.poll(HOUR)
    assert [ask.band for ask in trip.market.asked] == [Band(usd(50.51)), Band(usd(50.51), usd(11.18))]
    assert alerted([alert]) == [f"v1|{MANY - 1}|0"]


async def test_floor_rises_to_a_quarter_of_the_median_if_the_band_stays_crowded(trip: Trip) -> None:
    cheap = (listing(500 + n, 12.0 + n / 10, created_at=trip.clock.now()) for n in range(2 * PAGE))
    trip.market.offers(*trip.market.listings, *cheap)
    await settled(trip, {"below": "50"})
    for _ in range(4):
        await trip.poll(HOUR)
    bands = [ask.band for ask in trip.market.asked]
    assert [str(band.low) if band and band.low else "" for band in bands] == [
        "",
        "$11.18",
        "$22.37",
        "$22.37",
    ]


async def test_floor_is_left_out_if_a_target_is_about_as_low(trip: Trip) -> None:
    cheap = (listing(500 + n, 1.0 + n / 100, created_at=trip.clock.now()) for n in range(2 * PAGE))
    trip.market.offers(*trip.market.listings, *cheap)
    await settled(trip, {"below": "50"}, {"below": "20"})
    await trip.poll(HOUR)
    await trip.poll(HOUR)
    assert [ask.band for ask in trip.market.asked] == 2 * [Band(usd(50.51))]


@pytest.mark.parametrize("way", ["warns", "is_deaf"])
async def test_answer_that_ignores_the_band_is_an_ordinary_page(trip: Trip, way: str) -> None:
    await settled(trip, {"below": "50"})
    setattr(trip.market, way, True)
    new = listing(900, 48.0, created_at=trip.clock.now())
    trip.market.offers(*trip.market.listings, new)
    (alert,) = await trip.poll(HOUR)
    assert trip.market.asked[-1].band
    assert alerted([alert]) == ["v1|900|0"]
    assert alert.n > PAGE, "an ordinary page counts among the comps"


def test_misspelt_seller_does_not_make_a_narrowed_scan_an_ordinary_page(market: LargeMarket) -> None:
    narrowing = Narrowing(sellers=("new_shop", "mistyped"))
    theirs = tuple(x for x in market.listings if x.seller == SELLERS[2])
    answer = Snapshot(theirs, market.clock.now(), ignored_filters=("sellers",))
    assert narrowing.was_applied(answer)
    assert not narrowing.was_applied(answer._replace(listings=market.listings))


async def test_empty_band_is_believed(trip: Trip) -> None:
    await settled(trip, {"below": "50"})
    assert not await trip.poll(HOUR)
    assert "poll.failed" not in trip.meter.counts
    assert trip.stores.searches.next_due() >= trip.clock.now() + 60


async def test_band_that_collapses_is_read_a_second_time(trip: Trip) -> None:
    await settled(trip, {"below": "90"})
    await trip.poll(HOUR)
    everything = trip.market.listings
    trip.market.offers(*(x for x in everything if x.price and x.price > usd(92)))
    await trip.poll(HOUR)
    assert trip.meter.counts["suspicious.empty"] == 1
    trip.market.offers(*everything)
    await trip.poll(2.0)
    assert trip.meter.counts["suspicious.empty"] == 1


async def test_followed_sellers_are_asked_for_alone_if_every_watch_names_some(trip: Trip) -> None:
    await settled(
        trip, {"rule": "new", "sellers": "Two.Shop"}, {"below": "99", "sellers": "two.shop new_shop"}
    )
    old = listing(900, 300.0, created_at=trip.clock.now(), seller=SELLERS[1])
    other = listing(901, 300.0, created_at=trip.clock.now(), seller=SELLERS[0])
    trip.market.offers(*trip.market.listings, old, other)
    alerts = await trip.poll(HOUR)
    assert trip.market.asked[-1].sellers == ("new_shop", "two.shop")
    assert trip.market.asked[-1].band is None, "a new listing may cost anything"
    assert {a.watch_id: alerted([a]) for a in alerts}[1] == ["v1|900|0"]


async def test_watch_for_any_seller_keeps_the_others_in_scans(trip: Trip) -> None:
    await settled(trip, {"below": "50", "sellers": "one-shop"}, {"below": "50"})
    await trip.poll(HOUR)
    assert [(ask.sellers, ask.band) for ask in trip.market.asked] == [((), Band(usd(50.51)))]


async def test_more_sellers_than_a_request_may_name_are_not_asked_for(trip: Trip) -> None:
    names = [",".join(f"{letter * 20}{n}" for n in range(200)) for letter in "ab"]
    await settled(trip, *({"below": "50", "sellers": text} for text in names))
    await trip.poll(HOUR)
    assert [(ask.sellers, ask.band) for ask in trip.market.asked] == [((), Band(usd(50.51)))]


RARE = 18 * HOUR


async def poll_crowded(trip: Trip, times: int, *, first: float, every: float) -> list[str]:
    """Poll a market that gets an accessory `every` number of seconds; return what it was asked for.

    Twice as many as a page shows are on offer. What was asked for: the lower ends of the bands, `whole`
    without a band.
    """
    own = [x for x in trip.market.listings if x.price and x.price >= usd(80)]
    for _ in range(times):
        due = trip.clock.now() + RARE
        cheap = (
            listing(500 + n, first + n / 100, created_at=Instant(due - n * every)) for n in range(2 * PAGE)
        )
        trip.market.offers(*own, *cheap)
        await trip.poll(RARE)
    return [str(ask.band.low or 0) if ask.band else "whole" for ask in trip.market.asked]


async def test_rare_polls_of_a_crowded_band_have_no_floor_every_second_time(trip: Trip) -> None:
    await trip.watch(below="50", every="18h")
    asked = await poll_crowded(trip, 8, first=1.0, every=3 * HOUR)
    assert asked == ["whole", "whole", "0", "$11.18", "0", "whole", "$11.18", "0"]


async def test_page_that_would_miss_what_is_new_gets_its_floor_at_once(trip: Trip) -> None:
    await trip.watch(below="50", every="18h")
    asked = await poll_crowded(trip, 4, first=1.0, every=HOUR / 2)
    assert asked == ["whole", "whole", "$11.18", "0"]


async def test_floor_exceeds_a_quarter_if_it_would_hide_what_is_new(trip: Trip) -> None:
    await trip.watch(below="85", every="18h")
    asked = await poll_crowded(trip, 4, first=23.0, every=HOUR / 2)
    assert asked == ["whole", "whole", "$40.00", "0"], "half of the lowest comparable price"


async def test_floor_of_a_crowded_band_that_shows_all_that_is_new_stays_low(trip: Trip) -> None:
    await trip.watch(below="85", every="18h")
    asked = await poll_crowded(trip, 10, first=23.0, every=3 * HOUR)
    assert set(asked) == {"whole", "0", "$11.18", "$22.37"}


async def test_floor_is_dropped_when_the_band_is_no_longer_crowded(trip: Trip) -> None:
    own = tuple(trip.market.listings)
    await trip.watch(below="50", every="18h")
    assert "$11.18" in await poll_crowded(trip, 4, first=1.0, every=3 * HOUR)
    trip.market.offers(*own)
    trip.market.asked.clear()
    for _ in range(4):
        await trip.poll(RARE)
    assert [ask.band for ask in trip.market.asked] == [Band(usd(50.51)), None, *2 * [Band(usd(50.51))]]


async def test_scan_without_a_floor_that_collapses_is_read_a_second_time(trip: Trip) -> None:
    own = tuple(trip.market.listings)
    await trip.watch(below="50", every="18h")
    asked = await poll_crowded(trip, 4, first=12.0, every=3 * HOUR)
    assert asked[-1] == "$11.18"
    trip.market.offers(*own)
    await trip.poll(RARE)
    assert trip.meter.counts["suspicious.empty"] == 1
