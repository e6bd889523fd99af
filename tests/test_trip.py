"""The README's story: a watch is registered, its search is polled, the market is judged, a message waits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import NoReturn

import pytest
from sqlalchemy import Connection, text

from tests.fakes import listing, listings, low_dice, usd
from tests.trips import Trip
from watcher.core.errors import Api, CallFailed, Code, Kind, WatcherError
from watcher.core.listing import Ask, Snapshot, Sort
from watcher.core.money import Money
from watcher.core.polls import PollResult
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.core.watch import Search, WatchId
from watcher.polling.poller import LATEST_START, Poller


async def test_a_watch_that_is_already_true_alerts_at_its_first_poll(trip: Trip) -> None:
    await trip.watch(below="51")
    (alert,) = await trip.poll()
    (item,) = alert.items
    assert (item.total, alert.median, alert.n, alert.basis) == ("50.00", "58.00", 7, "ask")
    assert item.why == "$50.00 in total is at most your $51.00"


async def test_a_question_that_the_market_refuses_says_so_and_waits_for_its_turn(trip: Trip) -> None:
    await trip.watch(below="51", every="10m")
    trip.market.failures = [CallFailed(Api.EBAY, Kind.REFUSED, "HTTP 409", caller_caused=True)]
    assert not await trip.poll()
    search = trip.stores.database.rows(text("SELECT error, due_at FROM searches"), {})[0]
    assert (search.error, search.due_at - trip.clock.now()) == ("INVALID_INPUT", 10 * MINUTE)


async def test_an_item_alerts_once_and_again_only_5_percent_lower(trip: Trip) -> None:
    await trip.watch(below="51")
    assert await trip.poll()
    assert not await trip.poll(HOUR)
    trip.market.offers(listing(1, 47.51))
    assert not await trip.poll(HOUR)
    trip.market.offers(listing(1, 47.50))
    assert await trip.poll(HOUR)


async def test_another_item_always_alerts(trip: Trip) -> None:
    await trip.watch(below="51")
    await trip.poll()
    trip.market.offers(listing(1, 50), listing(99, 50.5))
    (alert,) = await trip.poll(HOUR)
    assert [i.item_id for i in alert.items] == ["v1|99|0"]


async def test_items_of_one_poll_share_one_message_of_the_best_five(trip: Trip) -> None:
    await trip.watch(below="100")
    (alert,) = await trip.poll()
    assert [i.total for i in alert.items] == ["50.00", "52.00", "55.00", "58.00", "60.00"]
    assert alert.more == 2


async def test_the_alert_its_state_and_its_message_are_there_together(trip: Trip) -> None:
    number = await trip.watch(below="51")
    (alert,) = await trip.poll()
    (delivery,) = await trip.stores.outbox.lease_deliveries(trip.clock.now(), 10, "me", MINUTE, ())
    assert delivery.notification == alert
    assert trip.stores.searches.told(number, ["v1|1|0"])["v1|1|0"].total == usd(50)


async def test_a_second_daemon_cannot_record_a_poll_whose_lease_it_lost(trip: Trip) -> None:
    await trip.watch(below="51")
    stale = await trip.stores.searches.claim(trip.clock.now(), 5, "slow", Seconds(1.0))
    assert stale
    (alert,) = await trip.poll(2.0)
    assert alert
    assert trip.stores.searches.next_due() > trip.clock.now()


async def test_new_listings_alert_and_those_of_the_first_poll_do_not(trip: Trip) -> None:
    await trip.watch(rule="new")
    assert not await trip.poll()
    trip.market.offers(*listings([50, 52, 55]), listing(99, 70))
    (alert,) = await trip.poll(HOUR)
    assert [i.item_id for i in alert.items] == ["v1|99|0"]
    assert not await trip.poll(HOUR)


async def test_a_listing_that_went_and_came_back_is_not_new(trip: Trip) -> None:
    await trip.watch(rule="new")
    await trip.poll()
    trip.market.offers(*listings([50, 52]))
    await trip.poll(HOUR)
    trip.market.offers(*listings([50, 52, 55]))
    assert not await trip.poll(HOUR)


async def test_a_deal_needs_five_totals(trip: Trip) -> None:
    await trip.watch(rule="deal 70%")
    trip.market.offers(*listings([100, 100, 100, 60]))
    assert not await trip.poll()
    trip.market.offers(*listings([100, 100, 100, 100, 60]))
    (alert,) = await trip.poll(HOUR)
    assert alert.items[0].why == "$60.00 in total is 60 % of the median $100.00 of 5 asks"


async def test_a_low_needs_seven_days_of_history_and_then_beats_every_total_seen(trip: Trip) -> None:
    await trip.watch(rule="low 90d")
    trip.market.offers(*listings([50, 60]))
    for _ in range(6):
        assert not await trip.poll(DAY)
    trip.market.offers(*listings([49, 60]))
    assert not await trip.poll(HOUR), "seven days are not over"
    trip.market.offers(*listings([48, 60]))
    (alert,) = await trip.poll(2 * DAY)
    assert alert.items[0].total == "48.00"
    assert not await trip.poll(DAY)


async def test_a_drop_speaks_once_and_rearms_3_percent_above_its_threshold(trip: Trip) -> None:
    await trip.watch(rule="drop 15%")
    trip.market.offers(*listings([100] * 5))
    for _ in range(8):
        assert not await trip.poll(DAY)
    trip.market.offers(*listings([85] * 5))
    (alert,) = await trip.poll(DAY)
    assert alert.items == ()
    assert "15 % under its usual $100.00" in alert.market
    trip.market.offers(*listings([87] * 5))
    assert not await trip.poll(HOUR)
    trip.market.offers(*listings([84] * 5))
    assert not await trip.poll(HOUR), "87 is not 3 % above 85"
    trip.market.offers(*listings([88] * 5))
    assert not await trip.poll(HOUR)
    trip.market.offers(*listings([84] * 5))
    assert await trip.poll(HOUR)


async def test_a_bid_satisfies_only_ending(trip: Trip) -> None:
    soon = trip.clock.now() + 10 * MINUTE
    auction = listing(7, None, 5.0, auction=True, fixed=False, bid=usd(20), bid_count=3, ends_at=soon)
    trip.market.offers(auction, *listings([100] * 5, start=10))
    await trip.watch(below="50")
    assert not await trip.poll()
    await trip.watch(rule="ending 15m 30")
    (alert,) = await trip.poll(1.0)
    assert alert.items[0].total == "25.00"
    assert alert.n == 5, "the bid is in no statistic"


async def test_the_poll_is_sooner_when_an_auction_comes_to_its_last_minutes(trip: Trip) -> None:
    ends = trip.clock.now() + 2 * HOUR
    trip.market.offers(
        listing(7, None, 5.0, auction=True, fixed=False, bid=usd(20), bid_count=3, ends_at=ends)
    )
    await trip.watch(rule="ending 15m 30", every="24h")
    assert not await trip.poll()
    assert trip.stores.searches.next_due() == pytest.approx(ends - 15 * MINUTE)


async def test_unknown_shipping_is_assumed_and_said_so(trip: Trip) -> None:
    known = [listing(i, 100.0, float(i)) for i in range(1, 11)]
    trip.market.offers(*known, listing(99, 40.0, None))
    await trip.watch(below="49")
    (alert,) = await trip.poll()
    (item,) = alert.items
    assert (item.price, item.shipping, item.assumed, item.total) == ("40.00", None, "9.00", "49.00")
    assert alert.n == 10, "an item without a total is in no statistic"


async def test_unknown_shipping_may_be_skipped_or_an_amount(trip: Trip) -> None:
    trip.market.offers(listing(99, 40.0, None), listing(1, 100.0, 1.0))
    await trip.watch(below="49", unknown_shipping="skip")
    assert not await trip.poll()
    await trip.watch(below="49", unknown_shipping="9.01")
    assert not await trip.poll(1.0)
    await trip.watch(below="49", unknown_shipping="9 USD")
    assert await trip.poll(1.0)


async def test_a_guess_that_moved_is_no_news(trip: Trip) -> None:
    trip.market.offers(listing(99, 40.0, None), listing(1, 100.0, 9.0))
    await trip.watch(below="60")
    assert await trip.poll()
    trip.market.offers(listing(99, 40.0, None), listing(1, 100.0, 1.0))
    assert not await trip.poll(HOUR)


@pytest.mark.parametrize("price", [0, None])
async def test_a_missing_price_never_alerts(trip: Trip, price: float | None) -> None:
    trip.market.offers(listing(1, price or None, 0.0))
    await trip.watch(below="50")
    assert not await trip.poll()


async def test_currencies_never_compare(trip: Trip) -> None:
    await trip.watch(below="EUR 51")
    assert not await trip.poll()


async def test_many_watches_on_one_question_cost_one_call(trip: Trip) -> None:
    for _ in range(20):
        await trip.watch(below="51")
    assert len(await trip.poll()) == 20
    assert len(trip.market.asked) == 1


async def test_a_failed_poll_is_tried_again_later_and_alerts_nothing(trip: Trip) -> None:
    await trip.watch(below="51")
    trip.market.failures = [CallFailed(Api.EBAY, Kind.UNAVAILABLE, "503")]
    assert not await trip.poll()
    assert trip.stores.searches.next_due() == trip.clock.now() + 2.0
    assert await trip.poll(2.0)
    assert trip.meter.counts["poll.failed"] == 1


async def test_after_the_last_attempt_a_search_is_tried_every_ten_minutes_until_it_works(trip: Trip) -> None:
    await trip.watch(below="51", every="1h")
    trip.market.failures = [CallFailed(Api.EBAY, Kind.UNAVAILABLE, "503")] * 6
    waits = []
    for _ in range(6):
        await trip.poll(max(0.0, trip.stores.searches.next_due() - trip.clock.now()))
        waits.append(trip.stores.searches.next_due() - trip.clock.now())
    assert waits == [2.0, 4.0, 8.0, 30.0, 30.0, 10 * MINUTE]
    await trip.poll(10 * MINUTE)
    assert trip.stores.searches.next_due() == trip.clock.now() + HOUR


async def test_an_exhausted_quota_waits_for_the_new_day(trip: Trip) -> None:
    await trip.watch(below="51")
    trip.market.failures = [CallFailed(Api.EBAY, Kind.QUOTA, "2001")]
    await trip.poll()
    assert trip.stores.searches.next_due() % DAY in (7 * HOUR, 8 * HOUR)


async def test_an_empty_answer_is_doubted_once(trip: Trip) -> None:
    await trip.watch(rule="new")
    await trip.poll()
    seven = trip.market.listings
    trip.market.offers()
    await trip.poll(HOUR)
    assert trip.stores.searches.next_due() == trip.clock.now() + 2.0
    trip.market.offers(*seven)
    assert not await trip.poll(2.0), "nothing was new"


async def test_of_a_large_market_the_newest_are_asked_for_between_comps(trip: Trip) -> None:
    trip.market.complete = False
    await trip.watch(below="51", category="cards")
    await trip.poll()
    trip.market.offers(listing(500, 49.0), *trip.market.listings[:3])
    (alert,) = await trip.poll(HOUR)
    assert [a.sort for a in trip.market.asked] == [Sort.BEST_MATCH, Sort.NEWEST]
    assert alert.n == 8, "judged among the cached comps"
    await trip.poll(DAY)
    assert trip.market.asked[-1].sort is Sort.BEST_MATCH


async def test_an_edit_between_claim_and_record_wins(trip: Trip) -> None:
    number = await trip.watch(below="51")
    (search,) = await trip.stores.searches.claim(trip.clock.now(), 1, "test", MINUTE)
    watches = trip.stores.searches.watches_of([search.id])[search.id]
    await trip.registry.edit(number, {"below": "10"}, trip.clock.now())
    await trip.poller._poll(search, watches, 1, trip.clock.now())
    assert not trip.stores.alerts.latest(10)


async def test_a_removed_watch_stays_removed_and_its_search_rests(trip: Trip) -> None:
    number = await trip.watch(below="51")
    await trip.poll()
    await trip.registry.remove(number, trip.clock.now())
    assert trip.stores.searches.next_due() is None
    assert trip.stores.alerts.latest(10), "its receipts stay"


async def test_a_paused_watch_is_not_polled_and_resumes_where_it_was(trip: Trip) -> None:
    number = await trip.watch(below="51")
    await trip.poll()
    await trip.registry.pause(number, trip.clock.now())
    assert not await trip.poll(DAY)
    assert len(trip.market.asked) == 1
    await trip.registry.resume(number, trip.clock.now())
    assert not await trip.poll(1.0), "the item was told already"
    assert len(trip.market.asked) == 2


async def test_a_watch_registered_during_a_poll_does_not_wait_for_the_next_cadence(trip: Trip) -> None:
    await trip.watch(below="10", every="24h")
    (search,) = await trip.stores.searches.claim(trip.clock.now(), 1, "test", MINUTE)
    watches = trip.stores.searches.watches_of([search.id])[search.id]
    trip.clock.move(0.5)
    late = await trip.watch(below="51")
    await trip.poller._poll(search, watches, 1, trip.clock.now())
    (alert,) = await trip.poll(1.0)
    assert alert.watch_id == late


async def test_a_collapsed_answer_is_looked_at_again_before_it_is_believed(trip: Trip) -> None:
    await trip.watch(below="51")
    await trip.poll()
    trip.market.offers(listing(99, 45))
    assert not await trip.poll(HOUR), "one listing where seven were"
    assert trip.meter.counts["suspicious.collapsed"] == 1
    (alert,) = await trip.poll(2.0)
    assert alert.items[0].item_id == "v1|99|0"


async def test_a_hundredth_of_the_median_is_looked_at_again_before_it_alerts(trip: Trip) -> None:
    unlike = listings([60, 250, 500, 1200, 5000])
    await trip.watch(below="51")
    trip.market.offers(*unlike)
    await trip.poll()
    trip.market.offers(*unlike, listing(99, 3.0))
    assert not await trip.poll(HOUR)
    trip.market.offers(*unlike, listing(99, 400.0))
    assert not await trip.poll(2.0), "it was a slip"
    trip.market.offers(*unlike, listing(99, 3.5))
    assert not await trip.poll(HOUR)
    assert await trip.poll(2.0), "the second look agrees"


async def test_next_to_nothing_among_prices_that_agree_is_another_thing_and_never_alerts(trip: Trip) -> None:
    await trip.watch(below="300")
    alike = listings([500, 520, 550, 580, 600])
    trip.market.offers(*alike)
    await trip.poll()
    trip.market.offers(*alike, listing(99, 11.0), listing(98, 275.0))
    (alert,) = await trip.poll(HOUR)
    assert [item.item_id for item in alert.items] == ["v1|98|0"], (
        "half is a bargain, a fiftieth is not the item"
    )
    assert not await trip.poll(HOUR)


async def test_prices_in_another_currency_are_never_believed(trip: Trip) -> None:
    await trip.watch(below="51")
    await trip.poll()
    euros = [x._replace(price=Money(100, "EUR"), shipping=Money(0, "EUR")) for x in trip.market.listings]
    trip.market.offers(*euros)
    for _ in range(3):
        assert not await trip.poll(HOUR)
    assert trip.meter.counts["suspicious.currency"] == 3


async def test_in_a_large_market_only_what_is_on_offer_now_alerts(trip: Trip) -> None:
    trip.market.complete = False
    trip.market.offers(listing(1, 40), *listings([100] * 5, start=10))
    await trip.watch(rule="median-below 1", every="1h")
    await trip.poll()
    trip.market.offers(*listings([100] * 5, start=20))
    await trip.watch(below="50")
    assert not await trip.poll(6 * DAY), "the listing of six days ago is a comp at best"


async def test_in_a_large_market_the_bid_of_a_cached_row_is_not_believed(trip: Trip) -> None:
    ends = trip.clock.now() + 3 * HOUR
    bid = listing(7, None, 5.0, auction=True, fixed=False, bid=usd(1), bid_count=1, ends_at=ends)
    trip.market.complete = False
    trip.market.offers(bid, *listings([100] * 5, start=10))
    await trip.watch(rule="ending 15m 30", every="1h")
    await trip.poll()
    trip.market.offers(*listings([100] * 5, start=20))
    while trip.clock.now() < ends:
        assert not await trip.poll(trip.stores.searches.next_due() - trip.clock.now())
    assert trip.market.asked[-1].sort is Sort.ENDING


async def test_old_listings_that_a_first_partial_look_missed_are_not_new(trip: Trip) -> None:
    old = trip.clock.now() - 30 * DAY
    trip.market.complete = False
    trip.market.offers(*(listing(n, 50, created_at=old) for n in range(10)))
    await trip.watch(rule="new", every="1h")
    await trip.poll()
    trip.market.complete = True
    trip.market.offers(*(listing(n, 50, created_at=old) for n in range(15)))
    assert not await trip.poll(HOUR)


async def test_days_without_a_listing_are_no_history(trip: Trip) -> None:
    trip.market.offers()
    await trip.watch(rule="low 90d", every="24h")
    for _ in range(9):
        await trip.poll(DAY)
    trip.market.offers(listing(1, 100))
    await trip.poll(DAY)
    trip.market.offers(listing(1, 99))
    assert not await trip.poll(DAY)


async def test_one_watch_that_cannot_be_read_stops_no_other(trip: Trip) -> None:
    bad = await trip.watch(below="51", tag="bad")
    await trip.watch(below="51", condition="used")

    def spoil(conn: Connection, items: Sequence[int]) -> Sequence[int]:
        conn.execute(text("UPDATE watches SET rule = 'of tomorrow' WHERE id = :id"), {"id": bad})
        return items

    await trip.stores.database.write(spoil, 0)
    assert len(await trip.poll()) == 1


async def test_an_edit_during_a_poll_is_looked_at_at_once(trip: Trip) -> None:
    number = await trip.watch(below="51", every="7d")
    (search,) = await trip.stores.searches.claim(trip.clock.now(), 1, "test", MINUTE)
    watches = trip.stores.searches.watches_of([search.id])[search.id]
    await trip.registry.edit(number, {"label": "mine"}, trip.clock.now())
    await trip.poller._poll(search, watches, 1, trip.clock.now())
    (alert,) = await trip.poll(1.0)
    assert alert.watch_name == "mine"


async def test_a_shorter_cadence_begins_now(trip: Trip) -> None:
    number = await trip.watch(below="10", every="7d")
    await trip.poll()
    await trip.registry.edit(number, {"every": "5m"}, trip.clock.now())
    assert trip.stores.searches.next_due() <= trip.clock.now() + 5 * MINUTE


async def test_what_another_daemon_saw_is_not_new(trip: Trip) -> None:
    number = await trip.watch(rule="new", every="1h")
    await trip.poll()
    pace = trip.poller._pace
    other = Poller(
        trip.stores.searches,
        trip.stores.cache,
        trip.market,
        pace,
        jitter=low_dice,
        meter=trip.meter,
        name="other",
    )
    trip.market.offers(*trip.market.listings, listing(99, 70))
    trip.clock.move(HOUR)
    await other.tick(trip.clock.now())
    await other.settle()
    assert [r.alert.watch_id for r in trip.stores.alerts.latest(5)] == [number]
    await trip.watch(rule="new", label="later")
    assert not await trip.poll(1.0)
    assert not await trip.poll(HOUR)


async def test_an_unreadable_message_is_a_dead_letter_and_holds_back_nothing(trip: Trip) -> None:
    await trip.watch(below="51")
    await trip.poll()
    await trip.watch(below="51", condition="used")
    await trip.poll(1.0)

    def spoil(conn: Connection, items: Sequence[int]) -> Sequence[int]:
        conn.execute(text("UPDATE outbox SET payload = '{}' WHERE id = (SELECT min(id) FROM outbox)"))
        return items

    await trip.stores.database.write(spoil, 0)
    outbox, now = trip.stores.outbox, trip.clock.now()
    assert await outbox.lease_deliveries(now, 10, "me", MINUTE, ()) == []
    assert len(await outbox.lease_deliveries(now, 10, "me", MINUTE, ())) == 1
    assert outbox.depth()["dead"] == 1


async def test_a_poll_that_never_ends_is_noticed_and_an_idle_poller_is_not_stuck(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    trip.poller._pace = replace(trip.poller._pace, patience=Seconds(0.05))
    await trip.watch(below="51")
    await trip.poll()
    await asyncio.sleep(0.06)
    assert not trip.poller.stuck  # nothing is under way

    async def hang(ask: Ask, *, interactive: bool) -> Snapshot:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(trip.market, "search", hang)
    assert await trip.poller.tick(trip.clock.move(HOUR)) == 1
    assert not trip.poller.stuck
    await asyncio.sleep(0.06)
    assert trip.poller.stuck
    await trip.poller.stop()
    assert not trip.poller.stuck


@pytest.mark.parametrize("end", ["remove", "pause"])
async def test_a_watch_that_ends_during_its_poll_stays_ended_and_tells_nothing(trip: Trip, end: str) -> None:
    """Flaw 28."""
    number = await trip.watch(below="51")
    (search,) = await trip.stores.searches.claim(trip.clock.now(), 1, "test", MINUTE)
    watches = trip.stores.searches.watches_of([search.id])[search.id]
    await getattr(trip.registry, end)(number, trip.clock.now())
    await trip.poller._poll(search, watches, 1, trip.clock.now())
    assert not trip.stores.alerts.latest(10)
    assert not trip.stores.outbox.depth()
    assert trip.stores.searches.next_due() is None
    assert trip.stores.watches.count() == 0


async def test_every_due_search_has_its_turn_the_longest_due_first(trip: Trip) -> None:
    """Flaw 30: those never looked at stood behind all others for ever."""
    for n in range(25):
        await trip.watch(query=f"zenitar mk{n}", every="1m")
    trip.poller._pace = replace(trip.poller._pace, concurrency=5)
    for late in range(20):
        await trip.poll(MINUTE / 4)
        await trip.watch(query=f"zenitar late{late}")
    queries = [a.query for a in trip.market.asked]
    assert queries[:25] == [f"zenitar mk{n}" for n in range(25)]
    assert {f"zenitar late{n}" for n in range(5)} <= set(queries)


async def test_a_watch_of_thousands_is_worth_thousands(trip: Trip) -> None:
    """Flaw 34: above 10,000 a price was taken for cents."""
    trip.market.offers(listing(1, 12_000.0), listing(2, 250_000.0))
    await trip.watch(below="$12,500")
    (alert,) = await trip.poll()
    assert [i.total for i in alert.items] == ["12000.00"]
    await trip.watch(below="120.50")
    assert not await trip.poll(1.0)


async def test_a_message_is_sent_only_when_the_other_side_has_said_so(trip: Trip) -> None:
    """Flaw 27: an alert counted as told whatever became of its message."""
    await trip.watch(below="51")
    (alert,) = await trip.poll()
    outbox = trip.stores.outbox
    (delivery,) = await outbox.lease_deliveries(trip.clock.now(), 10, "me", MINUTE, ())
    assert outbox.depth() == {"pending": 1}, "taken up is not sent"
    await outbox.postpone(delivery, trip.clock.now(), "SLACK_UNAVAILABLE", "nobody there")
    assert outbox.depth() == {"pending": 1}
    (again,) = await outbox.lease_deliveries(trip.clock.now(), 10, "me", MINUTE, ())
    assert (again.notification, again.attempt) == (alert, 1)
    await outbox.delivered(again, trip.clock.now())
    assert outbox.depth() == {"sent": 1}


@pytest.mark.parametrize(
    ("medians", "daily"), [((10, 20), "15.00"), ((10, 20, 40), "20.00"), ((10,), "10.00")]
)
async def test_a_days_median_is_the_one_median_there_is(
    trip: Trip, medians: tuple[int, ...], daily: str
) -> None:
    """Flaw 36: of an even count one of four places took the upper of the two in the middle."""
    trip.clock.at = Instant(DAY * (trip.clock.now() // DAY))
    await trip.watch(rule="drop 15%", every="1h")
    for median in medians:
        trip.market.offers(*listings([median] * 5))
        await trip.poll(HOUR)
    now = trip.clock.move(DAY)
    (search,) = await trip.stores.searches.claim(now, 1, "me", MINUTE)
    history = trip.stores.searches.history(search.id, "", Instant(0.0), now)
    assert [m.amount for m in history.daily_medians] == [daily]


async def test_a_search_under_way_is_not_polled_a_second_time(trip: Trip) -> None:
    """Flaw 32: rounds overtook each other, and the same thing was asked and told twice."""
    await trip.watch(below="51")
    for _ in range(5):
        await trip.poller.tick(trip.clock.move(1.0))
    await trip.poller.settle()
    assert len(trip.market.asked) == 1
    assert len(trip.stores.alerts.latest(10)) == 1


async def test_the_same_alert_recorded_again_is_no_second_message(trip: Trip) -> None:
    number = await trip.watch(below="51")
    (alert,) = await trip.poll()
    now = trip.clock.move(DAY)
    (search,) = await trip.stores.searches.claim(now, 1, "test", MINUTE)
    judged = ((WatchId(number), 1, True),)
    again = PollResult(search.id, "test", search.due_at, now, now, judged=judged, alerts=((alert, ()),))
    assert await trip.stores.searches.record(again) == (True, ())
    assert trip.stores.outbox.depth() == {"pending": 1}


async def test_a_price_at_once_counts_however_high_the_bids_are(trip: Trip) -> None:
    trip.market.offers(listing(1, 50.0, auction=True, bid=usd(55), bid_count=1))
    await trip.watch(below="51")
    (alert,) = await trip.poll()
    assert alert.items[0].total == "50.00"


async def test_a_daemon_that_was_frozen_asks_nothing_that_it_claimed_long_before(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, loop = trip.stores.searches.claim, asyncio.get_running_loop()
    time = loop.time

    async def frozen(now: Instant, limit: int, lease: str, lease_for: Seconds) -> Sequence[Search]:
        found = await claim(now, limit, lease, lease_for)
        monkeypatch.setattr(loop, "time", lambda: time() + LATEST_START + 1)
        return found

    await trip.watch(below="51")
    with monkeypatch.context() as freezing:
        freezing.setattr(trip.stores.searches, "claim", frozen)
        assert not await trip.poll()
    assert not trip.market.asked
    assert await trip.poll(), "its lease was given back"


async def test_a_poll_that_the_database_was_away_for_is_made_again_as_soon_as_it_is_back(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither its answer could be kept nor its lease be given back, and nobody else knows of that."""

    async def away(*_: object) -> NoReturn:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    await trip.watch(below="51")
    with monkeypatch.context() as gone:
        gone.setattr(trip.stores.searches, "record", away)
        gone.setattr(trip.stores.searches, "release", away)
        assert not await trip.poll()
        with pytest.raises(WatcherError):
            await trip.poll(1.0)
    assert await trip.poll(1.0), "its lease was given back"
