"""What several rules compute and report in the same words."""

from __future__ import annotations

from collections.abc import Sequence

from watcher.core.comps import Basis, Statistics, percentile
from watcher.core.money import Money
from watcher.core.plurals import count_of
from watcher.core.rules.context import Match


def percent_of(part: Money, whole: Money) -> int:
    """Return `part` in whole percent of `whole`, rounded; 0 if `whole` is 0."""
    return round(part.minor * 100 / whole.minor) if whole.minor else 0


def is_at_most(total: Money, limit: Money) -> bool:
    """Return whether `total` is within `limit`; False for different currencies."""
    return total.currency == limit.currency and total <= limit


def count_comps(stats: Statistics) -> str:
    """Return the number of comps and their kind: `5 asks`, `1 sale`."""
    return count_of(stats.n, "sale" if stats.basis is Basis.SOLD else "ask")


def describe_excess(subject: str, amount: Money, limit: Money, note: str = "") -> str:
    """Return by how much `amount` is above `limit`; `note` is a clause about the amount."""
    if amount.currency != limit.currency:
        return f"{subject} is in {amount.currency}, the rule in {limit.currency}; they never compare"
    return f"{subject} {amount}{note}{',' * bool(note)} is {amount - limit} above {limit}"


def total_above(match: Match, limit: Money) -> str:
    """Return by how much the total of a listing is above `limit`."""
    return describe_excess("its total", match.total, limit, match.shipping_note)


def cheapest_tenth(amounts: Sequence[Money]) -> Money | None:
    """Return the 10th percentile in the first amount's currency, None without amounts."""
    ordered = sorted(amount.minor for amount in amounts)
    return Money(percentile(ordered, 1, 10), amounts[0].currency) if ordered else None
