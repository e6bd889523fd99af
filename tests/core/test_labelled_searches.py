"""The first selection against recorded searches whose rows were labelled by hand."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import pytest

from watcher.core.comps import select, summarize
from watcher.core.listing import Condition, Listing
from watcher.core.money import from_wire

EBAY = Path(__file__).resolve().parents[2] / ".." / "shared" / "ebay"
pytestmark = pytest.mark.skipif(not EBAY.is_dir(), reason="the recorded searches lie beside the repository")

# Searches that were looked at while the grammar was written, and searches that were not.
SEEN = (
    "amd-radeon-rx-7600-xt",
    "amd-radeon-rx-7900-xt",
    "nvidia-a100-sxm",
    "nvidia-geforce-rtx-4080",
    "nvidia-geforce-rtx-5080",
    "nvidia-h100-pcie",
    "nvidia-l40",
    "nvidia-tesla-v100-32gb",
)
HELD_OUT = (
    "amd-radeon-rx-590",
    "amd-radeon-rx-7900-xtx",
    "nvidia-a30",
    "nvidia-geforce-rtx-4070",
    "nvidia-geforce-rtx-5070-ti",
    "nvidia-l4",
)


class Score(NamedTuple):
    right: int
    wrong: int
    missed: int

    @property
    def f1(self) -> float:
        return 2 * self.right / (2 * self.right + self.wrong + self.missed)


def recorded(name: str) -> dict[str, dict[str, Any]]:
    return {row["itemId"]: row for row in json.loads((EBAY / "recorded" / f"{name}.json").read_text("utf-8"))}


def labels(name: str) -> dict[str, dict[str, str]]:
    with (EBAY / "labels" / f"{name}.tsv").open(encoding="utf-8", newline="") as lines:
        return {row["itemId"]: row for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)}


def listing(row: Mapping[str, Any]) -> Listing:
    shipping = (row.get("shippingOptions") or [{}])[0]
    cost = shipping.get("shippingCost", {}) if shipping.get("shippingCostType") == "FIXED" else {}
    return Listing(
        item_id=row["itemId"],
        title=row["title"],
        price=from_wire(row["price"]["value"], row["price"]["currency"]),
        shipping=from_wire(cost.get("value"), cost.get("currency")),
        condition_id=int(row["conditionId"]),
        condition=row["condition"],
        is_group="itemGroupType" in row,
        categories=tuple(c["categoryId"] for c in row["categories"]),
    )


def score(name: str) -> tuple[Score, float]:
    """How well the search is told apart, and by what share its median is off (over known shipping)."""
    market = [listing(row) for row in recorded(name).values()]
    kept = select(name.replace("-", " "), Condition.ANY, market, currency="USD").kept
    ids = {x.item_id for x in kept}
    right = wrong = missed = 0
    for item, row in labels(name).items():
        true = row["label"] == "match"
        if row["note"].startswith("AMBIG(alt=match)") or (true and "AMBIG(alt=" in row["note"]):
            true = item in ids
        right += true and item in ids
        wrong += not true and item in ids
        missed += true and item not in ids
    true_totals = [
        float(r["total_price_usd"]) for r in labels(name).values() if r["label"] == "match" and r["shipping"]
    ]
    ours = summarize(kept, "USD").median
    off = abs(ours.minor / 100 / median(true_totals) - 1) if ours and true_totals else 0.0
    return Score(right, wrong, missed), off


@pytest.mark.parametrize(("names", "least"), [(SEEN, 0.97), (HELD_OUT, 0.96)], ids=["seen", "held out"])
def test_the_item_is_told_from_the_noise_around_it(names: tuple[str, ...], least: float) -> None:
    scores = [score(name)[0] for name in names]
    total = Score(*(sum(column) for column in zip(*scores, strict=True)))
    assert total.f1 >= least, dict(zip(names, scores, strict=True))
    assert all(s.f1 >= 0.8 for s in scores), dict(zip(names, scores, strict=True))


def test_medians_are_near_the_labelled_ones() -> None:
    off = {name: score(name)[1] for name in (*SEEN, *HELD_OUT)}
    # In one search two thirds of the rows are a cheaper sibling on which both labels are defensible.
    assert sorted(off.values())[-2] <= 0.05, off
    assert max(off.values()) <= 0.15, off


def test_calculated_shipping_is_unknown_even_where_it_names_a_cost() -> None:
    for name in (*SEEN, *HELD_OUT):
        told = labels(name)
        for item, row in recorded(name).items():
            cost = listing(row).shipping
            assert (cost.amount if cost else "") == told[item]["shipping"], (name, item)
