"""Suspicious answers are read twice; the backup answers if eBay fails."""

from __future__ import annotations

import logging

import pytest

from tests.fakes import FakeClock, FakeMarket, RecordingMeter, listings
from tests.polling.fetchers import fetcher_with
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Ask, Condition, Listing, Snapshot, Sort
from watcher.core.money import Money
from watcher.core.resilience.plausibility import KnownPrices, known_prices
from watcher.core.watch import Inquiry, Question
from watcher.db.stores import Stores
from watcher.polling.comps_cache import Answer
from watcher.polling.fetch import PollRequest, read_checked

ASK = Ask("zenitar mk2", Condition.ANY, "EBAY_US")
GOOD = listings([50, 60, 70, 80, 90, 100])
CENTS = listings([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
POUNDS = tuple(x._replace(price=Money(5000, "GBP")) for x in GOOD)
KNOWN = known_prices(GOOD)
DOWN = CallFailed(Api.EBAY, Kind.UNAVAILABLE, "503")


class Reads:
    """Return the answers one after the other, then the last one forever."""

    def __init__(self, clock: FakeClock, *answers: tuple[Listing, ...]) -> None:
        self.clock, self.answers, self.made = clock, answers, 0

    async def __call__(self) -> Snapshot:
        listings = self.answers[min(self.made, len(self.answers) - 1)]
        self.made += 1
        return Snapshot(listings, self.clock.now())


async def ask(reads: Reads, meter: RecordingMeter, known: KnownPrices = KNOWN) -> tuple[Listing, ...]:
    return (await read_checked(reads, Api.EBAY, ASK, known, meter)).listings


async def test_an_unsuspicious_answer_is_read_once(clock: FakeClock) -> None:
    reads, meter = Reads(clock, GOOD), RecordingMeter()
    assert await ask(reads, meter) == GOOD
    assert (reads.made, meter.counts) == (1, {})


@pytest.mark.parametrize(
    ("odd", "counter"),
    [((), "suspicious.empty"), (CENTS, "suspicious.prices"), (POUNDS, "suspicious.currency")],
)
async def test_a_suspicious_answer_is_replaced_by_a_good_second_one(
    clock: FakeClock, odd: tuple[Listing, ...], counter: str, caplog: pytest.LogCaptureFixture
) -> None:
    reads, meter = Reads(clock, odd, GOOD), RecordingMeter()
    with caplog.at_level(logging.WARNING):
        assert await ask(reads, meter) == GOOD
    assert (reads.made, meter.counts) == (2, {counter: 1})
    assert [r.message for r in caplog.records] == ["an answer is suspicious"]


@pytest.mark.parametrize("odd", [(), CENTS])
async def test_two_similar_suspicious_answers_are_believed(
    clock: FakeClock, odd: tuple[Listing, ...]
) -> None:
    reads = Reads(clock, odd)
    assert await ask(reads, RecordingMeter()) == odd
    assert reads.made == 2


@pytest.mark.parametrize("odd", [(POUNDS,), ((), CENTS), (CENTS, ())])
async def test_an_unconfirmed_suspicious_answer_is_a_failure(
    clock: FakeClock, odd: tuple[tuple[Listing, ...], ...]
) -> None:
    with pytest.raises(CallFailed) as caught:
        await ask(Reads(clock, *odd), RecordingMeter())
    assert (caught.value.kind, caught.value.transient) == (Kind.MALFORMED, True)


async def poll_once(
    stores: Stores, clock: FakeClock, meter: RecordingMeter, backup: FakeMarket | None, known: KnownPrices
) -> Answer:
    """Fetch as a poll does while eBay fails with `DOWN`."""
    market = FakeMarket(clock)
    market.failures = [DOWN]
    inquiry = Inquiry(Question("zenitar mk2", Condition.ANY, "", "EBAY_US"))
    request = PollRequest(clock.now(), Sort.BEST_MATCH, known, None)
    return await fetcher_with(stores, market, meter, backup=backup).fetch(inquiry, request)


async def test_the_backup_answers_for_ebay(stores: Stores, clock: FakeClock) -> None:
    backup, meter = FakeMarket(clock, *GOOD, api=Api.SERPAPI), RecordingMeter()
    answer = await poll_once(stores, clock, meter, backup, {})
    assert (answer.snapshot.listings, backup.asked, meter.counts["fallback"]) == (GOOD, [ASK], 1)


async def test_ebays_error_is_raised_without_a_backup(stores: Stores, clock: FakeClock) -> None:
    with pytest.raises(CallFailed) as caught:
        await poll_once(stores, clock, RecordingMeter(), None, {})
    assert caught.value is DOWN


async def test_ebays_error_is_raised_if_the_backup_fails_too(stores: Stores, clock: FakeClock) -> None:
    backup = FakeMarket(clock, api=Api.SERPAPI)
    backup.failures = [CallFailed(Api.SERPAPI, Kind.QUOTA, "250 of 250")]
    with pytest.raises(CallFailed) as caught:
        await poll_once(stores, clock, RecordingMeter(), backup, {})
    assert caught.value is DOWN


async def test_a_suspicious_answer_of_the_backup_is_not_read_again(stores: Stores, clock: FakeClock) -> None:
    backup, meter = FakeMarket(clock, api=Api.SERPAPI), RecordingMeter()
    with pytest.raises(CallFailed) as caught:
        await poll_once(stores, clock, meter, backup, KNOWN)
    assert (caught.value, len(backup.asked), meter.counts["suspicious.empty"]) == (DOWN, 1, 1)
