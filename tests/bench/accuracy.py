"""`python -m tests.bench.accuracy`: how wrong medians are, on the simulated market, whose sales are known.

Per seed: the error of the median of asks against the true median of sales, and how often the 95 % interval
covers the true median of asks. Asks are polled; sales are what the market knows and a search never shows.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from statistics import fmean, median
from typing import NamedTuple

from tests.bench.true_sales import START, TEST_SEEDS, TUNING_SEEDS, Truth, replicas_of, truth_at
from watcher.adapters.ebay.responses import parse_search_page
from watcher.core.comps import Comps
from watcher.core.listing import Condition
from watcher.core.marketplaces import site_of
from watcher.core.money import Money
from watcher.core.times import DAY, Instant
from watcher.core.watch import Question, comps_for
from watcher.demo.catalogue import PRODUCTS, Product
from watcher.demo.inventory import Inventory
from watcher.demo.source import HOME

# Days after the market's start at which medians are compared.
_DAYS = (40, 52, 64, 76, 88, 100)
_COVERED = 12  # markets per product in which the interval is compared


class Error(NamedTuple):
    """How far one median was from the true median of sales, as a share of that."""

    plain: float


def comps_at(inventory: Inventory, now: Instant) -> Comps:
    """Return the comps of a poll."""
    rows = [listing.at(now) for listing in inventory.at(now)]
    body = json.dumps({"itemSummaries": rows, "total": len(rows)}).encode()
    product = inventory.product
    question = Question(product.query, Condition.ANY, product.category, HOME)
    return comps_for(question, parse_search_page(body, now, site_of(HOME)).listings)


def measure(seed: int, product: Product, number: int) -> Iterator[tuple[Error, Sequence[bool]]]:
    """Yield the errors of a product at each day, and in which markets the interval covers the truth."""
    replicas = replicas_of(seed, product, number)
    for day in _DAYS:
        now = Instant(START + day * DAY)
        truth = truth_at(replicas, now)
        comps = [comps_at(one, now) for one in replicas[:_COVERED]]
        yield Error(_error(comps[0].statistics.median, truth.sale)), _covers(comps, truth)


def main(argv: Sequence[str] | None = None) -> None:
    """Print the figures of each seed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.accuracy", description=__doc__)
    parser.add_argument("--tuning", action="store_true", help="use the seeds that figures were chosen with")
    seeds = TUNING_SEEDS if parser.parse_args(argv).tuning else TEST_SEEDS
    for seed in seeds:
        found = [one for n, product in enumerate(PRODUCTS) for one in measure(seed, product, n)]
        errors = [abs(error.plain) for error, _ in found]
        covered = [yes for _, several in found for yes in several]
        print(
            f"seed {seed}: plain median {median(errors):.1%} off (mean {fmean(errors):.1%}); "
            f"interval covers the true median of asks in {fmean(covered):.1%} of {len(covered):,}"
        )


def _error(median: Money | None, truth: float) -> float:
    assert median
    return float(median.amount) / truth - 1


def _covers(comps: Sequence[Comps], truth: Truth) -> list[bool]:
    intervals = [one.statistics.interval for one in comps]
    return [float(i[0].amount) <= truth.ask <= float(i[1].amount) for i in intervals if i]


if __name__ == "__main__":
    main()
