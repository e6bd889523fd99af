"""Doubted answers are read twice; the backup answers where eBay fails."""

from __future__ import annotations

import logging

import pytest

from tests.fakes import FakeClock, FakeMarket, Ledger, listings
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Ask, Condition, Listing, Snapshot
from watcher.core.money import Money
from watcher.core.resilience.plausibility import KnownPrices, known_of
from watcher.polling.verified_fetch import ask_backup, ask_surely

ASK = Ask("zenitar mk2", Condition.ANY, "EBAY_US")
GOOD = listings([50, 60, 70, 80, 90, 100])
CENTS = listings([0.5, 0.6, 0.7, 0.8, 0.9, 1.0])
POUNDS = tuple(x._replace(price=Money(5000, "GBP")) for x in GOOD)
KNOWN = known_of(GOOD)
DOWN = CallFailed(Api.EBAY, Kind.UNAVAILABLE, "503")


class Reads:
    """Answers one after the other, the last for ever."""

    def __init__(self, clock: FakeClock, *answers: tuple[Listing, ...]) -> None:
        self.clock, self.answers, self.made = clock, answers, 0

    async def __call__(self) -> Snapshot:
        listings = self.answers[min(self.made, len(self.answers) - 1)]
        self.made += 1
        return Snapshot(listings, self.clock.now())


async def ask(reads: Reads, meter: Ledger, known: KnownPrices = KNOWN) -> tuple[Listing, ...]:
    return (await ask_surely(reads, Api.EBAY, ASK, known, meter)).listings


async def test_what_is_not_doubted_is_read_once(clock: FakeClock) -> None:
    reads, meter = Reads(clock, GOOD), Ledger()
    assert await ask(reads, meter) == GOOD
    assert (reads.made, meter.counts) == (1, {})


@pytest.mark.parametrize(
    ("odd", "counter"),
    [((), "suspicious.empty"), (CENTS, "suspicious.prices"), (POUNDS, "suspicious.currency")],
)
async def test_a_doubted_answer_gives_way_to_a_good_second_one(
    clock: FakeClock, odd: tuple[Listing, ...], counter: str, caplog: pytest.LogCaptureFixture
) -> None:
    reads, meter = Reads(clock, odd, GOOD), Ledger()
    with caplog.at_level(logging.WARNING):
        assert await ask(reads, meter) == GOOD
    assert (reads.made, meter.counts) == (2, {counter: 1})
    assert [r.message for r in caplog.records] == ["an answer is doubted"]


@pytest.mark.parametrize("odd", [(), CENTS])
async def test_two_answers_that_agree_are_believed(clock: FakeClock, odd: tuple[Listing, ...]) -> None:
    reads = Reads(clock, odd)
    assert await ask(reads, Ledger()) == odd
    assert reads.made == 2


@pytest.mark.parametrize("odd", [(POUNDS,), ((), CENTS), (CENTS, ())])
async def test_what_cannot_be_true_or_is_doubted_otherwise_is_a_failure(
    clock: FakeClock, odd: tuple[tuple[Listing, ...], ...]
) -> None:
    with pytest.raises(CallFailed) as caught:
        await ask(Reads(clock, *odd), Ledger())
    assert (caught.value.kind, caught.value.transient) == (Kind.MALFORMED, True)


async def test_the_backup_answers_for_ebay(clock: FakeClock) -> None:
    backup, meter = FakeMarket(clock, *GOOD), Ledger()
    found = await ask_backup(backup, ASK, {}, DOWN, meter)
    assert (found.listings, backup.asked, meter.counts["fallback"]) == (GOOD, [ASK], 1)


async def test_without_a_backup_the_error_is_ebays(clock: FakeClock) -> None:
    with pytest.raises(CallFailed) as caught:
        await ask_backup(None, ASK, {}, DOWN, Ledger())
    assert caught.value is DOWN


async def test_when_the_backup_fails_too_the_error_is_ebays(clock: FakeClock) -> None:
    backup = FakeMarket(clock)
    backup.failures = [CallFailed(Api.SERPAPI, Kind.QUOTA, "250 of 250")]
    with pytest.raises(CallFailed) as caught:
        await ask_backup(backup, ASK, {}, DOWN, Ledger())
    assert caught.value is DOWN


async def test_a_doubted_backup_is_no_backup_and_costs_no_second_search(clock: FakeClock) -> None:
    backup, meter = FakeMarket(clock), Ledger()
    with pytest.raises(CallFailed) as caught:
        await ask_backup(backup, ASK, KNOWN, DOWN, meter)
    assert (caught.value, len(backup.asked), meter.counts["suspicious.empty"]) == (DOWN, 1, 1)


async def test_a_question_that_was_at_fault_costs_no_search(clock: FakeClock) -> None:
    backup = FakeMarket(clock, *GOOD)
    ours = CallFailed(Api.EBAY, Kind.REFUSED, "400", caller_caused=True)
    with pytest.raises(CallFailed):
        await ask_backup(backup, ASK, {}, ours, Ledger())
    assert backup.asked == []
