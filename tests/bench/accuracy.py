"""`python -m tests.bench.accuracy`: how wrong medians are, on the simulated market, whose sales are known.

Per seed: the errors of the median of asks and of the corrected one (core/survival.py) against the true median
of sales, and how often the 95 % interval covers the true median of asks. Asks are polled; sales are what the
market knows and a search never shows. The target: the corrected median is at most half as wrong, the interval
covers in 93 to 97 %.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from statistics import fmean, median
from typing import NamedTuple

from tests.bench.true_sales import (
    CONFIRMING_SEEDS,
    START,
    TEST_SEEDS,
    TUNING_SEEDS,
    Truth,
    replicas_of,
    seen_by,
    truth_at,
)
from watcher.adapters.ebay.responses import parse_search_page
from watcher.core.comps import Comps
from watcher.core.delistings import find_delistings
from watcher.core.listing import Condition
from watcher.core.marketplaces import CURRENCIES, site_of
from watcher.core.money import Money
from watcher.core.survival import corrected_median, find_entrants
from watcher.core.times import DAY, HOUR, Instant, Seconds
from watcher.core.watch import Question, comps_for
from watcher.demo.catalogue import PRODUCTS, Product
from watcher.demo.inventory import Inventory
from watcher.demo.source import HOME

# Days after the market's start at which medians are compared.
_DAYS = range(40, 112, 6)
_COVERED = 24  # markets per product in which the interval is compared
_SEEDS = {"tuning": TUNING_SEEDS, "test": TEST_SEEDS, "confirming": CONFIRMING_SEEDS}
_MOST_ERROR, _COVERAGE = 0.5, (0.93, 0.97)  # the target


class Error(NamedTuple):
    """How far the medians of one poll were from the true median of sales, as a share of that.

    The corrected one is None if too few listings are known.
    """

    plain: float
    corrected: float | None


def comps_at(inventory: Inventory, now: Instant) -> Comps:
    """Return the comps of a poll."""
    rows = [listing.at(now) for listing in inventory.at(now)]
    body = json.dumps({"itemSummaries": rows, "total": len(rows)}).encode()
    product = inventory.product
    question = Question(product.query, Condition.ANY, product.category, HOME)
    return comps_for(question, parse_search_page(body, now, site_of(HOME)).listings)


def measure(
    seed: int, product: Product, number: int, every: Seconds
) -> Iterator[tuple[Error, Sequence[bool]]]:
    """Yield the errors of a product at each day, and in which markets the interval covers the truth."""
    replicas = replicas_of(seed, product, number)
    for day in _DAYS:
        now = Instant(START + day * DAY)
        truth = truth_at(replicas, now)
        comps = [comps_at(one, now) for one in replicas[:_COVERED]]
        corrected = _corrected(replicas[0], now, every)
        error = Error(
            _error(comps[0].statistics.median, truth.sale), corrected and _error(corrected, truth.sale)
        )
        yield error, _covers(comps, truth)


def main(argv: Sequence[str] | None = None) -> None:
    """Print the figures of each seed."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.accuracy", description=__doc__)
    parser.add_argument(
        "--seeds", choices=_SEEDS, default="test", help="those of true_sales.py that are used (test)"
    )
    parser.add_argument("--hours", type=float, default=6.0, help="between two polls (6)")
    options = parser.parse_args(argv)
    for seed in _SEEDS[options.seeds]:
        found = [
            one
            for n, product in enumerate(PRODUCTS)
            for one in measure(seed, product, n, Seconds(options.hours * HOUR))
        ]
        print(_line(seed, [error for error, _ in found], [yes for _, several in found for yes in several]))


def _line(seed: int, errors: Sequence[Error], covered: Sequence[bool]) -> str:
    plain = [abs(one.plain) for one in errors]
    corrected = [abs(one.corrected) for one in errors if one.corrected is not None]
    ratio, coverage = median(corrected) / median(plain), fmean(covered)
    met = ratio <= _MOST_ERROR and _COVERAGE[0] <= coverage <= _COVERAGE[1]
    return (
        f"seed {seed}, {len(errors)} medians: plain {median(plain):.1%} off (mean {fmean(plain):.1%}), "
        f"corrected {median(corrected):.1%} (mean {fmean(corrected):.1%}, none for "
        f"{len(errors) - len(corrected)}), ratio {ratio:.2f}; interval covers {coverage:.1%} of "
        f"{len(covered):,}: {'PASS' if met else 'MISSED'}"
    )


def _corrected(inventory: Inventory, now: Instant, every: Seconds) -> Money | None:
    query, seen = inventory.product.query, seen_by(inventory, now, every)
    found = find_delistings(query, seen, CURRENCIES[HOME])
    return corrected_median(find_entrants(query, seen, found, CURRENCIES[HOME], now), CURRENCIES[HOME])


def _error(median: Money | None, truth: float) -> float:
    assert median
    return float(median.amount) / truth - 1


def _covers(comps: Sequence[Comps], truth: Truth) -> list[bool]:
    intervals = [one.statistics.interval for one in comps]
    return [float(i[0].amount) <= truth.ask <= float(i[1].amount) for i in intervals if i]


if __name__ == "__main__":
    main()
