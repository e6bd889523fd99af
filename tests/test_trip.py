"""The README's story: a watch is added, its search polled, the watch evaluated, and a message waits."""

from __future__ import annotations

import pytest
from sqlalchemy import Connection, text

from tests.fakes import listing, listings, usd
from tests.outbox_rows import message_states
from tests.trips import Trip
from watcher.core.polls import PollResult
from watcher.core.times import DAY, HOUR, MINUTE, Instant
from watcher.core.watch import WatchId


async def test_a_watch_whose_rule_already_holds_alerts_at_its_first_poll(trip: Trip) -> None:
    await trip.watch(below="51")
    (alert,) = await trip.poll()
    (item,) = alert.items
    assert (item.total, alert.median, alert.n, alert.basis) == ("50.00", "58.00", 7, "ask")
    assert item.why == "$50.00 in total is at most your $51.00"


async def test_an_item_alerts_again_only_5_percent_lower(trip: Trip) -> None:
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


async def test_the_alert_its_state_and_its_message_are_recorded_together(trip: Trip) -> None:
    number = await trip.watch(below="51")
    (alert,) = await trip.poll()
    (delivery,) = await trip.stores.outbox.lease_deliveries(trip.clock.now(), 10, "me", MINUTE, ())
    assert delivery.notification == alert
    assert trip.stores.searches.last_alerted({number: ["v1|1|0"]})[number]["v1|1|0"].total == usd(50)


async def test_new_listings_alert_and_those_of_the_baseline_do_not(trip: Trip) -> None:
    await trip.watch(rule="new")
    assert not await trip.poll()
    trip.market.offers(*listings([50, 52, 55]), listing(99, 70))
    (alert,) = await trip.poll(HOUR)
    assert [i.item_id for i in alert.items] == ["v1|99|0"]
    assert not await trip.poll(HOUR)


async def test_a_listing_that_returns_is_not_new(trip: Trip) -> None:
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


async def test_a_low_needs_seven_days_of_history(trip: Trip) -> None:
    await trip.watch(rule="low 90d")
    trip.market.offers(*listings([50, 60]))
    for _ in range(6):
        assert not await trip.poll(DAY)
    trip.market.offers(*listings([49, 60]))
    assert not await trip.poll(HOUR), "fewer than seven days"
    trip.market.offers(*listings([48, 60]))
    (alert,) = await trip.poll(2 * DAY)
    assert alert.items[0].total == "48.00"
    assert not await trip.poll(DAY)


async def test_a_drop_alerts_once_and_rearms_3_percent_above_its_threshold(trip: Trip) -> None:
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


async def test_a_bid_satisfies_only_the_ending_rule(trip: Trip) -> None:
    soon = trip.clock.now() + 10 * MINUTE
    auction = listing(7, None, 5.0, auction=True, fixed=False, bid=usd(20), bid_count=3, ends_at=soon)
    trip.market.offers(auction, *listings([100] * 5, start=10))
    await trip.watch(below="50")
    assert not await trip.poll()
    await trip.watch(rule="ending 15m 30")
    (alert,) = await trip.poll(1.0)
    assert alert.items[0].total == "25.00"
    assert alert.n == 5, "a bid is not part of the statistics"


async def test_unknown_shipping_is_assumed_and_reported(trip: Trip) -> None:
    known = [listing(i, 100.0, float(i)) for i in range(1, 11)]
    trip.market.offers(*known, listing(99, 40.0, None))
    await trip.watch(below="49")
    (alert,) = await trip.poll()
    (item,) = alert.items
    assert (item.price, item.shipping, item.assumed, item.total) == ("40.00", None, "9.00", "49.00")
    assert alert.n == 10, "an item without a total is not part of the statistics"


async def test_unknown_shipping_can_be_skipped_or_set_to_an_amount(trip: Trip) -> None:
    trip.market.offers(listing(99, 40.0, None), listing(1, 100.0, 1.0))
    await trip.watch(below="49", unknown_shipping="skip")
    assert not await trip.poll()
    await trip.watch(below="49", unknown_shipping="9.01")
    assert not await trip.poll(1.0)
    await trip.watch(below="49", unknown_shipping="9 USD")
    assert await trip.poll(1.0)


async def test_a_lower_assumed_shipping_does_not_alert(trip: Trip) -> None:
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


async def test_prices_in_different_currencies_are_never_compared(trip: Trip) -> None:
    await trip.watch(below="EUR 51")
    assert not await trip.poll()


async def test_a_removed_watch_keeps_its_receipts_and_its_search_ends(trip: Trip) -> None:
    number = await trip.watch(below="51")
    await trip.poll()
    await trip.registry.remove(number, trip.clock.now())
    assert trip.stores.searches.next_due() is None
    assert trip.stores.alerts.latest(10), "the receipts stay"


async def test_a_paused_watch_is_not_polled_and_keeps_its_state(trip: Trip) -> None:
    number = await trip.watch(below="51")
    await trip.poll()
    await trip.registry.set_paused(number, trip.clock.now(), paused=True)
    assert not await trip.poll(DAY)
    assert len(trip.market.asked) == 1
    await trip.registry.set_paused(number, trip.clock.now(), paused=False)
    assert not await trip.poll(1.0), "the item has already alerted"
    assert len(trip.market.asked) == 2


async def test_days_without_listings_are_not_history(trip: Trip) -> None:
    trip.market.offers()
    await trip.watch(rule="low 90d", every="24h")
    for _ in range(9):
        await trip.poll(DAY)
    trip.market.offers(listing(1, 100))
    await trip.poll(DAY)
    trip.market.offers(listing(1, 99))
    assert not await trip.poll(DAY)


async def test_a_shorter_cadence_applies_at_once(trip: Trip) -> None:
    number = await trip.watch(below="10", every="7d")
    await trip.poll()
    await trip.registry.edit(number, {"every": "5m"}, trip.clock.now())
    assert trip.stores.searches.next_due() <= trip.clock.now() + 5 * MINUTE


async def test_an_unreadable_message_becomes_a_dead_letter(trip: Trip) -> None:
    await trip.watch(below="51")
    await trip.poll()
    await trip.watch(below="51", condition="used")
    await trip.poll(1.0)

    def spoil(conn: Connection) -> None:
        conn.execute(text("UPDATE outbox SET payload = '{}' WHERE id = (SELECT min(id) FROM outbox)"))

    await trip.stores.database.write(spoil)
    outbox, now = trip.stores.outbox, trip.clock.now()
    assert await outbox.lease_deliveries(now, 10, "me", MINUTE, ()) == []
    assert len(await outbox.lease_deliveries(now, 10, "me", MINUTE, ())) == 1
    assert outbox.count_unsent()["dead"] == 1


async def test_a_limit_above_10_000_is_not_read_as_cents(trip: Trip) -> None:
    """Flaw 34: a price above 10,000 was read as cents."""
    trip.market.offers(listing(1, 12_000.0), listing(2, 250_000.0))
    await trip.watch(below="$12,500")
    (alert,) = await trip.poll()
    assert [i.total for i in alert.items] == ["12000.00"]
    await trip.watch(below="120.50")
    assert not await trip.poll(1.0)


async def test_a_message_is_sent_only_when_its_destination_accepted_it(trip: Trip) -> None:
    """Flaw 27: an alert counted as sent whatever happened to its message."""
    await trip.watch(below="51")
    (alert,) = await trip.poll()
    outbox = trip.stores.outbox
    (delivery,) = await outbox.lease_deliveries(trip.clock.now(), 10, "me", MINUTE, ())
    assert outbox.count_unsent() == {"pending": 1}, "leased is not sent"
    await outbox.postpone(delivery, trip.clock.now(), "SLACK_UNAVAILABLE", "unreachable")
    assert outbox.count_unsent() == {"pending": 1}
    (again,) = await outbox.lease_deliveries(trip.clock.now(), 10, "me", MINUTE, ())
    assert (again.notification, again.attempt) == (alert, 1)
    await outbox.mark_sent(again, trip.clock.now())
    assert message_states(trip.stores) == {"sent": 1}


@pytest.mark.parametrize(
    ("medians", "daily"), [((10, 20), "15.00"), ((10, 20, 40), "20.00"), ((10,), "10.00")]
)
async def test_a_daily_median_of_an_even_count_is_the_mean_of_the_middle_two(
    trip: Trip, medians: tuple[int, ...], daily: str
) -> None:
    """Flaw 36: one of four implementations returned the upper of the two middle values."""
    trip.clock.at = Instant(DAY * (trip.clock.now() // DAY))
    await trip.watch(rule="drop 15%", every="1h")
    for median in medians:
        trip.market.offers(*listings([median] * 5))
        await trip.poll(HOUR)
    now = trip.clock.move(DAY)
    (search,) = await trip.stores.searches.claim_due(now, 1, "me", MINUTE)
    history = trip.stores.searches.history(search.id, "", Instant(0.0), now)
    assert [m.amount for m in history.daily_medians] == [daily]


async def test_an_alert_recorded_twice_is_one_message(trip: Trip) -> None:
    number = await trip.watch(below="51")
    (alert,) = await trip.poll()
    now = trip.clock.move(DAY)
    (search,) = await trip.stores.searches.claim_due(now, 1, "test", MINUTE)
    judged = ((WatchId(number), 1, True),)
    again = PollResult(search.id, "test", search.due_at, now, now, judged=judged, alerts=((alert, {}),))
    recorded = await trip.stores.searches.record(again)
    assert (recorded.kept, recorded.alerts) == (True, ())
    assert trip.stores.outbox.count_unsent() == {"pending": 1}


async def test_a_buy_it_now_price_counts_however_high_the_bids_are(trip: Trip) -> None:
    trip.market.offers(listing(1, 50.0, auction=True, bid=usd(55), bid_count=1))
    await trip.watch(below="51")
    (alert,) = await trip.poll()
    assert alert.items[0].total == "50.00"
