"""Which matches are worth an alert, given the watch's earlier alerts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from watcher.core.money import Money
from watcher.core.rules.context import Match

REALERT_SHARE = Decimal("0.95")  # of the last alerted cost; an item above it does not alert again


class LastAlerted(NamedTuple):
    """What an item cost in its watch's last alert; `estimated`: its shipping was assumed."""

    total: Money
    price: Money
    estimated: bool


def matches_worth_alert(
    matches: Sequence[Match], last_alerted: Mapping[str, LastAlerted]
) -> tuple[Match, ...]:
    """Return the matches that never alerted or now cost at least 5 % less; keys are item ids."""
    return tuple(m for m in matches if _is_worth_alert(m, last_alerted.get(m.listing.item_id)))


def realert_limit(match: Match, last: LastAlerted) -> Money | None:
    """Return the cost at which the item alerts again, None if its currency has changed.

    If either total contains assumed shipping, the prices are compared: a changed assumption must not alert.
    """
    if last.total.currency != match.total.currency:
        return None
    cost = last.price if compares_prices(match, last) else last.total
    return Money(int(cost.minor * REALERT_SHARE), cost.currency)


def compares_prices(match: Match, last: LastAlerted) -> bool:
    """Return whether prices are compared, not totals, because a shipping cost was assumed."""
    return match.assumed is not None or last.estimated


def _is_worth_alert(match: Match, last: LastAlerted | None) -> bool:
    if last is None:
        return True
    limit = realert_limit(match, last)
    cost = match.price if compares_prices(match, last) else match.total
    return limit is not None and cost.minor <= limit.minor
