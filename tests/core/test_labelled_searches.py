"""The selection against recorded searches whose rows were labelled by hand."""

from __future__ import annotations

from statistics import median

import pytest

from tests.labelled import (
    EBAY,
    HELD_OUT,
    SEEN,
    Score,
    kept_ids,
    labels,
    listing,
    market,
    recorded,
    rows_of,
    together,
)
from tests.labelled import score as scored
from watcher.core.comps import select, summarize
from watcher.core.listing import Condition
from watcher.core.price_clusters import find_price_groups

pytestmark = pytest.mark.skipif(not EBAY.is_dir(), reason="recorded searches are outside the repository")


def score(name: str) -> Score:
    ids = kept_ids(name)
    return scored((row, item in ids) for item, row in rows_of(name).items())


def error_of_median(name: str) -> float:
    """Return the relative error of our median over rows with known shipping, 0 without such rows."""
    totals = [row.total for row in rows_of(name).values() if row.match and row.total is not None]
    ids = kept_ids(name)
    ours = summarize([x for x in market(name) if x.item_id in ids], "USD").median
    return abs(ours.minor / 100 / median(totals) - 1) if ours and totals else 0.0


@pytest.mark.parametrize(("names", "least"), [(SEEN, 0.97), (HELD_OUT, 0.97)], ids=["seen", "held out"])
def test_items_are_separated_from_noise(names: tuple[str, ...], least: float) -> None:
    scores = {name: score(name) for name in names}
    assert together(scores.values()).f1 >= least, scores
    assert all(s.f1 >= 0.9 for s in scores.values()), scores


def test_medians_are_near_the_labelled_ones() -> None:
    off = {name: error_of_median(name) for name in (*SEEN, *HELD_OUT)}
    # In one search a third of the rows are a cheaper sibling; both labels are defensible.
    assert sorted(off.values())[-2] <= 0.05, off
    assert max(off.values()) <= 0.15, off


def test_search_without_the_item_has_no_comps() -> None:
    """One recorded product has no offer with known shipping; its statistics must be empty."""
    assert summarize([x for x in market("nvidia-l40") if x.item_id in kept_ids("nvidia-l40")], "USD").n == 0


def test_two_capacities_are_two_named_groups() -> None:
    kept = select("nvidia a100 sxm", Condition.ANY, market("nvidia-a100-sxm"), currency="USD").kept
    assert [group.words for group in find_price_groups("nvidia a100 sxm", kept, "USD")] == [
        ("40gb",),
        ("80gb",),
    ]


def test_calculated_shipping_is_unknown_even_if_it_names_a_cost() -> None:
    for name in (*SEEN, *HELD_OUT):
        labelled = labels(name)
        for item, row in recorded(name).items():
            cost = listing(row).shipping
            assert (cost.amount if cost else "") == labelled[item]["shipping"], (name, item)
