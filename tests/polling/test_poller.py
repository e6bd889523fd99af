"""The poller over a real store and a fake market: schedule, leases, large markets, suspicious answers."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NoReturn

import pytest
from sqlalchemy import Connection, text

from tests.fakes import listing, listings, shortest_wait, usd
from tests.trips import Trip, planner_of
from watcher.core.errors import Api, CallFailed, Code, Kind, WatcherError
from watcher.core.listing import Ask, Snapshot, Sort
from watcher.core.money import Money
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.core.watch import Search
from watcher.polling.poller import LATEST_START, Poller


async def test_a_refused_question_is_recorded_and_polled_at_its_cadence(trip: Trip) -> None:
    await trip.watch(below="51", every="10m")
    trip.market.failures = [CallFailed(Api.EBAY, Kind.REFUSED, "HTTP 409", caller_caused=True)]
    assert not await trip.poll()
    search = trip.stores.database.rows(text("SELECT error, due_at FROM searches"), {})[0]
    assert (search.error, search.due_at - trip.clock.now()) == ("INVALID_INPUT", 10 * MINUTE)


async def test_a_search_is_polled_again_when_its_lease_has_ended(trip: Trip) -> None:
    await trip.watch(below="51")
    stale = await trip.stores.searches.claim_due(trip.clock.now(), 5, "slow", Seconds(1.0))
    assert stale
    (alert,) = await trip.poll(2.0)
    assert alert
    assert trip.stores.searches.next_due() > trip.clock.now()


async def test_the_next_poll_is_due_when_the_last_minutes_of_an_auction_start(trip: Trip) -> None:
    ends = trip.clock.now() + 2 * HOUR
    trip.market.offers(
        listing(7, None, 5.0, auction=True, fixed=False, bid=usd(20), bid_count=3, ends_at=ends)
    )
    await trip.watch(rule="ending 15m 30", every="24h")
    assert not await trip.poll()
    assert trip.stores.searches.next_due() == pytest.approx(ends - 15 * MINUTE)


async def test_many_watches_of_one_search_cost_one_call(trip: Trip) -> None:
    for _ in range(20):
        await trip.watch(below="51")
    assert len(await trip.poll()) == 20
    assert len(trip.market.asked) == 1


async def test_a_failed_poll_is_retried_later_and_does_not_alert(trip: Trip) -> None:
    await trip.watch(below="51")
    trip.market.failures = [CallFailed(Api.EBAY, Kind.UNAVAILABLE, "503")]
    assert not await trip.poll()
    assert trip.stores.searches.next_due() == trip.clock.now() + 2.0
    assert await trip.poll(2.0)
    assert trip.meter.counts["poll.failed"] == 1


async def test_a_search_without_retries_left_is_polled_every_ten_minutes(trip: Trip) -> None:
    await trip.watch(below="51", every="1h")
    trip.market.failures = [CallFailed(Api.EBAY, Kind.UNAVAILABLE, "503")] * 6
    waits = []
    for _ in range(6):
        await trip.poll(max(0.0, trip.stores.searches.next_due() - trip.clock.now()))
        waits.append(trip.stores.searches.next_due() - trip.clock.now())
    assert waits == [2.0, 4.0, 8.0, 30.0, 30.0, 10 * MINUTE]
    await trip.poll(10 * MINUTE)
    assert trip.stores.searches.next_due() == trip.clock.now() + HOUR


async def test_a_search_without_quota_waits_for_the_next_quota_day(trip: Trip) -> None:
    await trip.watch(below="51")
    trip.market.failures = [CallFailed(Api.EBAY, Kind.QUOTA, "2001")]
    await trip.poll()
    assert trip.stores.searches.next_due() % DAY in (7 * HOUR, 8 * HOUR)


async def test_an_unexpected_empty_answer_is_suspicious_once(trip: Trip) -> None:
    await trip.watch(rule="new")
    await trip.poll()
    seven = trip.market.listings
    trip.market.offers()
    await trip.poll(HOUR)
    assert trip.stores.searches.next_due() == trip.clock.now() + 2.0
    trip.market.offers(*seven)
    assert not await trip.poll(2.0), "no listing is new"


async def test_a_large_market_is_scanned_for_new_listings_between_comps(trip: Trip) -> None:
    trip.market.complete = False
    await trip.watch(below="51", category="cards")
    await trip.poll()
    trip.market.offers(listing(500, 49.0), *trip.market.listings[:3])
    (alert,) = await trip.poll(HOUR)
    assert [a.sort for a in trip.market.asked] == [Sort.BEST_MATCH, Sort.NEWEST]
    assert alert.n == 8, "evaluated among the cached comps"
    await trip.poll(DAY)
    assert trip.market.asked[-1].sort is Sort.BEST_MATCH


async def test_an_edit_between_claim_and_record_wins(trip: Trip) -> None:
    number = await trip.watch(below="51")
    (search,) = await trip.stores.searches.claim_due(trip.clock.now(), 1, "test", MINUTE)
    watches = trip.stores.searches.watches_of([search.id])[search.id]
    await trip.registry.edit(number, {"below": "10"}, trip.clock.now())
    await trip.poller._poll(search, watches, trip.clock.now())
    assert not trip.stores.alerts.latest(10)


async def test_a_watch_added_during_a_poll_is_polled_at_once(trip: Trip) -> None:
    await trip.watch(below="10", every="24h")
    (search,) = await trip.stores.searches.claim_due(trip.clock.now(), 1, "test", MINUTE)
    watches = trip.stores.searches.watches_of([search.id])[search.id]
    trip.clock.move(0.5)
    late = await trip.watch(below="51")
    await trip.poller._poll(search, watches, trip.clock.now())
    (alert,) = await trip.poll(1.0)
    assert alert.watch_id == late


async def test_a_collapsed_answer_is_read_again_before_it_is_believed(trip: Trip) -> None:
    await trip.watch(below="51")
    await trip.poll()
    trip.market.offers(listing(99, 45))
    assert not await trip.poll(HOUR), "one listing instead of seven"
    assert trip.meter.counts["suspicious.collapsed"] == 1
    (alert,) = await trip.poll(2.0)
    assert alert.items[0].item_id == "v1|99|0"


async def test_a_total_at_a_hundredth_of_the_median_is_read_again(trip: Trip) -> None:
    spread = listings([60, 250, 500, 1200, 5000])
    await trip.watch(below="51")
    trip.market.offers(*spread)
    await trip.poll()
    trip.market.offers(*spread, listing(99, 3.0))
    assert not await trip.poll(HOUR)
    trip.market.offers(*spread, listing(99, 400.0))
    assert not await trip.poll(2.0), "the price was a mistake"
    trip.market.offers(*spread, listing(99, 3.5))
    assert not await trip.poll(HOUR)
    assert await trip.poll(2.0), "the second read confirms it"


async def test_a_total_far_below_similar_prices_never_alerts(trip: Trip) -> None:
    await trip.watch(below="300")
    similar = listings([500, 520, 550, 580, 600])
    trip.market.offers(*similar)
    await trip.poll()
    trip.market.offers(*similar, listing(99, 11.0), listing(98, 275.0))
    (alert,) = await trip.poll(HOUR)
    assert [item.item_id for item in alert.items] == ["v1|98|0"], (
        "half is a bargain, a fiftieth is a different item"
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


async def test_only_current_listings_of_a_large_market_alert(trip: Trip) -> None:
    trip.market.complete = False
    trip.market.offers(listing(1, 40), *listings([100] * 5, start=10))
    await trip.watch(rule="median-below 1", every="1h")
    await trip.poll()
    trip.market.offers(*listings([100] * 5, start=20))
    await trip.watch(below="50")
    assert not await trip.poll(6 * DAY), "a listing last seen six days ago is only a comp"


async def test_the_bid_of_a_cached_listing_never_alerts(trip: Trip) -> None:
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


async def test_old_listings_missing_from_a_partial_baseline_are_not_new(trip: Trip) -> None:
    old = trip.clock.now() - 30 * DAY
    trip.market.complete = False
    trip.market.offers(*(listing(n, 50, created_at=old) for n in range(10)))
    await trip.watch(rule="new", every="1h")
    await trip.poll()
    trip.market.complete = True
    trip.market.offers(*(listing(n, 50, created_at=old) for n in range(15)))
    assert not await trip.poll(HOUR)


async def test_an_unreadable_watch_does_not_affect_the_others(trip: Trip) -> None:
    bad = await trip.watch(below="51", tag="bad")
    await trip.watch(below="51", condition="used")

    def spoil(conn: Connection) -> None:
        conn.execute(text("UPDATE watches SET rule = 'unknown' WHERE id = :id"), {"id": bad})

    await trip.stores.database.write(spoil)
    assert len(await trip.poll()) == 1


async def test_a_watch_edited_during_a_poll_is_polled_at_once(trip: Trip) -> None:
    number = await trip.watch(below="51", every="7d")
    (search,) = await trip.stores.searches.claim_due(trip.clock.now(), 1, "test", MINUTE)
    watches = trip.stores.searches.watches_of([search.id])[search.id]
    await trip.registry.edit(number, {"label": "mine"}, trip.clock.now())
    await trip.poller._poll(search, watches, trip.clock.now())
    (alert,) = await trip.poll(1.0)
    assert alert.watch_name == "mine"


async def test_listings_seen_by_another_daemon_are_not_new(trip: Trip) -> None:
    number = await trip.watch(rule="new", every="1h")
    await trip.poll()
    other = Poller(
        trip.stores.searches,
        trip.fetcher,
        planner_of(trip.stores),
        trip.poller._limits,
        jitter=shortest_wait,
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


async def test_a_poller_is_stuck_while_a_poll_does_not_end(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    def limit(seconds: float) -> None:
        trip.poller._limits = replace(trip.poller._limits, max_duration=Seconds(seconds))

    await trip.watch(below="51")
    await trip.poll()
    limit(-1.0)  # every poll takes longer
    assert not trip.poller.stuck
    limit(3600.0)

    async def hang(ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(trip.market, "search", hang)
    assert await trip.poller.tick(trip.clock.move(HOUR)) == 1
    assert not trip.poller.stuck
    limit(-1.0)
    assert trip.poller.stuck
    await trip.poller.stop()
    assert not trip.poller.stuck


@pytest.mark.parametrize("end", ["remove", "pause"])
async def test_a_watch_removed_or_paused_during_its_poll_does_not_alert(trip: Trip, end: str) -> None:
    """Flaw 28."""
    number = await trip.watch(below="51")
    (search,) = await trip.stores.searches.claim_due(trip.clock.now(), 1, "test", MINUTE)
    watches = trip.stores.searches.watches_of([search.id])[search.id]
    if end == "remove":
        await trip.registry.remove(number, trip.clock.now())
    else:
        await trip.registry.set_paused(number, trip.clock.now(), paused=True)
    await trip.poller._poll(search, watches, trip.clock.now())
    assert not trip.stores.alerts.latest(10)
    assert not trip.stores.outbox.count_unsent()
    assert trip.stores.searches.next_due() is None
    assert trip.stores.watches.count() == 0


async def test_due_searches_are_polled_longest_due_first(trip: Trip) -> None:
    """Flaw 30: searches that had never been polled waited behind all others forever."""
    for n in range(25):
        await trip.watch(query=f"zenitar mk{n}", every="1m")
    trip.poller._limits = replace(trip.poller._limits, concurrency=5)
    for added in range(20):
        await trip.poll(MINUTE / 4)
        await trip.watch(query=f"zenitar late{added}")
    queries = [a.query for a in trip.market.asked]
    assert queries[:25] == [f"zenitar mk{n}" for n in range(25)]
    assert {f"zenitar late{n}" for n in range(5)} <= set(queries)


async def test_a_search_under_way_is_not_polled_a_second_time(trip: Trip) -> None:
    """Flaw 32: rounds overlapped, so searches were polled and alerts sent twice."""
    await trip.watch(below="51")
    for _ in range(5):
        await trip.poller.tick(trip.clock.move(1.0))
    await trip.poller.settle()
    assert len(trip.market.asked) == 1
    assert len(trip.stores.alerts.latest(10)) == 1


async def test_a_poll_that_starts_long_after_its_claim_is_abandoned(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim, loop = trip.stores.searches.claim_due, asyncio.get_running_loop()
    time = loop.time

    async def frozen(now: Instant, limit: int, *lease: Any) -> Sequence[Search]:
        found = await claim(now, limit, *lease)
        monkeypatch.setattr(loop, "time", lambda: time() + LATEST_START + 1)
        return found

    await trip.watch(below="51")
    with monkeypatch.context() as freezing:
        freezing.setattr(trip.stores.searches, "claim_due", frozen)
        assert not await trip.poll()
    assert not trip.market.asked
    assert await trip.poll(), "its lease was released"


async def test_a_poll_not_recorded_is_repeated_when_the_database_is_back(
    trip: Trip, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither the answer nor the next due time could be recorded while the database was away."""

    async def away(*_: object) -> NoReturn:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    await trip.watch(below="51")
    with monkeypatch.context() as gone:
        gone.setattr(trip.stores.searches, "record", away)
        gone.setattr(trip.stores.searches, "postpone", away)
        assert not await trip.poll()
        with pytest.raises(WatcherError):
            await trip.poll(1.0)
    assert await trip.poll(2.0), "its lease has ended, and its backoff is over"
