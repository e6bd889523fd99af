"""Since when an item could have matched: its listing, its price cut, or nothing that counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.fakes import NOON, listing, usd
from watcher.core.lateness import LastLook, LatenessFigures, Onset, Start, seconds_between
from watcher.core.listing import Listing
from watcher.core.polls import Seen
from watcher.core.times import DAY, HOUR, MINUTE, Instant
from watcher.core.watch import Watch
from watcher.core.watch_input import Defaults, watch_from

BEFORE = Instant(NOON - 7 * MINUTE)
DRAFT = watch_from({"query": "zenitar", "below": "60"}, Defaults("EBAY_US"))
WATCH = replace(DRAFT, created_at=Instant(NOON - DAY), baseline_at=Instant(NOON - DAY))
OLD = Seen(Instant(NOON - 9 * DAY), Instant(NOON - 5 * HOUR), usd(70), usd(5), gone=False)
UNKNOWN = Start()


def item(age: float | None = 3 * MINUTE, price: float = 50.0, shipping: float | None = 5.0) -> Listing:
    return listing(1, price, shipping, created_at=None if age is None else NOON - age)


def start(found: Listing, seen: Seen | None = None, watch: Watch = WATCH, *, whole: bool = True) -> Start:
    known = {} if seen is None else {found.item_id: seen}
    return LastLook(known, BEFORE, BEFORE if whole else None).start_of(found, watch, NOON)


def test_a_new_item_counts_from_its_listing() -> None:
    assert start(item(3 * MINUTE)) == Start(Onset.LISTED, Instant(NOON - 3 * MINUTE))


def test_an_item_that_the_market_showed_late_counts_from_its_listing() -> None:
    assert start(item(40 * MINUTE)) == Start(Onset.LISTED, Instant(NOON - 40 * MINUTE))


@pytest.mark.parametrize("age", [None, -1.0, -DAY])
def test_a_date_that_is_missing_or_to_come_is_unknown(age: float | None) -> None:
    assert start(item(age)) == UNKNOWN


def test_an_old_item_that_was_never_seen_is_of_unknown_start() -> None:
    assert start(item(20 * HOUR)) == UNKNOWN


def test_a_price_cut_counts_from_the_last_look_at_the_old_price() -> None:
    assert start(item(20 * DAY), OLD) == Start(Onset.PRICE_CUT, BEFORE)


def test_an_old_item_that_a_price_limit_hid_before_is_a_price_cut() -> None:
    look = LastLook({}, Instant(BEFORE + 60), BEFORE, is_narrowed=True)
    assert look.start_of(item(20 * HOUR), WATCH, NOON) == Start(Onset.PRICE_CUT, BEFORE)
    assert look.start_of(item(3 * MINUTE), WATCH, NOON).onset is Onset.LISTED
    assert look._replace(covered_at=None).start_of(item(20 * HOUR), WATCH, NOON) == UNKNOWN


def test_in_a_market_seen_in_part_that_is_the_last_sighting() -> None:
    assert start(item(20 * DAY), OLD, whole=False) == Start(Onset.PRICE_CUT, OLD.seen_at)


@pytest.mark.parametrize(
    ("price", "shipping", "onset"),
    [
        (70.0, 4.0, Onset.PRICE_CUT),
        (60.0, 15.0, Onset.SEEN),
        (60.0, 20.0, Onset.SEEN),
        (69.0, None, Onset.PRICE_CUT),
        (70.0, None, Onset.SEEN),
    ],
)
def test_only_a_lower_total_is_a_price_cut(price: float, shipping: float | None, onset: Onset) -> None:
    assert start(item(20 * DAY, price, shipping), OLD).onset is onset


def test_prices_in_two_currencies_are_not_compared() -> None:
    euros = OLD._replace(price=replace(usd(70), currency="EUR"))
    assert start(item(20 * DAY), euros) == Start(Onset.SEEN)


def test_an_item_that_had_left_is_of_unknown_start() -> None:
    assert start(item(20 * DAY), OLD._replace(gone=True)) == UNKNOWN


def test_an_item_older_than_its_watch_does_not_count() -> None:
    new = replace(DRAFT, created_at=Instant(NOON - MINUTE))
    assert start(item(3 * MINUTE), watch=new) == Start(Onset.EARLIER)
    assert start(item(20 * DAY), OLD, new) == Start(Onset.EARLIER), "its price may have fallen before, too"
    first = LastLook({}, None)
    assert first.start_of(item(20 * DAY), new, NOON) == Start(Onset.EARLIER)
    assert first.start_of(item(1.0), new, NOON) == Start(Onset.LISTED, Instant(NOON - 1))


def test_an_item_at_the_first_poll_of_an_edited_watch_does_not_count() -> None:
    edited = replace(WATCH, baseline_at=None, revision=2)
    assert start(item(3 * MINUTE), watch=edited) == Start(Onset.EARLIER)


def test_the_end_of_an_auction_has_no_lateness() -> None:
    ending = watch_from({"query": "zenitar", "rule": "ending 15m 60"}, Defaults("EBAY_US"))
    assert start(item(3 * MINUTE), watch=ending) == Start(Onset.SEEN)


def test_a_last_look_after_now_is_unknown() -> None:
    ahead = Instant(NOON + 1)
    assert LastLook({"v1|1|0": OLD}, ahead, ahead).start_of(item(), WATCH, NOON) == UNKNOWN


def test_shares_are_of_the_matches_that_count() -> None:
    figures = LatenessFigures(10, 4, (1, 2, 4), 3, 2)
    assert figures.shares == {60: 0.25, 600: 0.5, 3600: 1.0}
    assert figures.still_there == pytest.approx(2 / 3)


def test_shares_of_nothing_are_unknown() -> None:
    assert set(LatenessFigures(3).shares.values()) == {None}
    assert LatenessFigures(3).still_there is None


def test_a_time_between_needs_both_ends_in_order() -> None:
    assert seconds_between(NOON, NOON + 2.5) == 2.5
    assert (
        seconds_between(None, NOON) is seconds_between(NOON, None) is seconds_between(NOON + 1, NOON) is None
    )
