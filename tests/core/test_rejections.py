"""Rejected items: excluded from kept, statistics and alerts, and counted in the precision."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.core.test_backtest import watch
from tests.fakes import listing, listings, usd
from watcher.core.comps import Comps, select, summarize
from watcher.core.errors import InvalidInput
from watcher.core.item_number import hashed_id
from watcher.core.listing import Condition
from watcher.core.rejections import (
    MAX_REJECTED,
    Precision,
    also_removed,
    reject_items,
    restore_items,
    without_rejected,
)
from watcher.core.titles.verdict import Reason

AUCTION = listing(70, None, 5.0, auction=True, fixed=False, bid=usd(20))
SELECTION = select("zenitar", Condition.ANY, (*listings([50, 60, 70]), AUCTION), currency="USD")
COMPS = Comps(SELECTION, summarize(SELECTION.kept, "USD"))


def test_rejected_item_is_dropped_and_the_median_changes() -> None:
    found = without_rejected(COMPS, [hashed_id("v1|1|0"), hashed_id("v1|99|0")])
    assert [x.item_id for x in found.selection.kept] == ["v1|2|0", "v1|3|0"]
    assert found.statistics.median == usd(65)
    assert found.selection.dropped[-1][1:] == (Reason.REJECTED, "you rejected this item")


def test_rejected_auction_never_alerts_and_is_dropped_once() -> None:
    found = without_rejected(COMPS, [hashed_id("v1|70|0")])
    assert found.selection.auctions == ()
    assert [d.reason for d in found.selection.dropped] == [Reason.REJECTED]
    assert found.statistics == COMPS.statistics


@pytest.mark.parametrize("rejected", [[], [hashed_id("v1|99|0")]])
def test_comps_without_a_rejected_item_are_returned_unchanged(rejected: list[str]) -> None:
    assert without_rejected(COMPS, rejected) is COMPS


def test_items_and_words_are_added_once_and_restored() -> None:
    once = reject_items(watch("new", exclude="box"), ["v1|1|0"], ["strap", "box"])
    twice = reject_items(once, [hashed_id("v1|1|0")])
    assert (twice.rejected, twice.filters.exclude) == ((hashed_id("v1|1|0"),), ("box", "strap"))
    assert restore_items(twice, ["v1|1|0"]).rejected == ()
    assert restore_items(twice, ["v1|2|0"]) == twice


def test_too_many_items_are_refused_with_advice() -> None:
    full = replace(watch("new"), rejected=tuple(f"#{i}" for i in range(MAX_REJECTED)))
    with pytest.raises(InvalidInput, match="exclude words instead"):
        reject_items(full, ["v1|1|0"])


def test_other_removed_listings_do_not_include_the_item() -> None:
    after = without_rejected(COMPS, [hashed_id("v1|1|0"), hashed_id("v1|2|0")])
    assert [x.item_id for x in also_removed(COMPS, after, ["v1|1|0"])] == ["v1|2|0"]


def test_precision_is_the_share_that_was_not_rejected() -> None:
    assert Precision(8, 1).percent == 87.5
    assert Precision(0, 0).percent is None
    assert Precision(1, 2).percent == 0.0
