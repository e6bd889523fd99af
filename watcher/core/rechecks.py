"""What a look just before sending says about an alert: which of its items are gone, or dearer than found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from watcher.core.alerts import Alert, Item
from watcher.core.item_state import ItemState
from watcher.core.money import Money, from_wire
from watcher.core.plurals import count_of
from watcher.core.rules import parse_rule
from watcher.core.times import Instant, in_words

# In percent; a price that eBay converts from another currency differs a little from call to call.
_LEAST_RISE = 1
ItemStates = Mapping[str, ItemState]
"""What is known of items, by id; an item about which nothing is known is missing."""


class PriceRise(NamedTuple):
    """An item costs more than when it was found. `is_above_target`: more than its rule allows, too."""

    price: Money
    total: Money
    is_bid: bool
    is_above_target: bool


def gone_items(alert: Alert, states: ItemStates) -> Sequence[Item]:
    """Return the items of an alert that can no longer be bought."""
    return [item for item in alert.items if _is_gone(item, states)]


def without_gone(alert: Alert, states: ItemStates) -> Alert:
    """Return the alert without the items that can no longer be bought."""
    if not any(_is_gone(item, states) for item in alert.items):
        return alert
    return replace(alert, items=tuple(item for item in alert.items if not _is_gone(item, states)))


def nothing_left(alert: Alert, states: ItemStates) -> str:
    """Return why nothing is left of an alert that is worth a message, in a clause; else empty.

    Items that are only counted were not looked at, and what is unknown is not gone.
    """
    if not alert.items or alert.more or alert.market or len(gone_items(alert, states)) < len(alert.items):
        return ""
    return " and ".join(dict.fromkeys(str(states[item.item_id].gone) for item in alert.items))


def describe_gone(alert: Alert, why: str, at: Instant) -> str:
    """Return why a message was not sent `at` this time: `it was gone (sold out) 3 s after it was found`."""
    after = in_words(max(1.0, at - alert.made_at))
    if len(alert.items) == 1:
        return f"it was gone ({why}) {after} after it was found"
    return f"its {count_of(len(alert.items), 'item')} were gone ({why}) {after} after they were found"


def price_rise(alert: Alert, item: Item, states: ItemStates) -> PriceRise | None:
    """Return how much more an item costs now; None if it does not, or if that is not known."""
    state, before = states.get(item.item_id), from_wire(item.price, item.currency)
    total = from_wire(item.total, item.currency)
    if state is None or before is None or total is None:
        return None
    try:
        rule = parse_rule(alert.rule, item.currency)
    except ValueError:  # from a newer version, or a rule that is not registered any more
        return None
    price = (state.bid or state.price) if rule.about_auctions else state.price
    if price is None or price.currency != before.currency:
        return None
    if price.minor * 100 <= before.minor * (100 + _LEAST_RISE):
        return None
    total_now = total - before + price
    median = item.median if item.group else alert.median
    ceiling = rule.ceiling(None if median is None else from_wire(median, item.currency))
    is_above = ceiling is not None and ceiling.currency == price.currency and total_now > ceiling
    return PriceRise(price, total_now, rule.about_auctions, is_above)


def _is_gone(item: Item, states: ItemStates) -> bool:
    state = states.get(item.item_id)
    return state is not None and state.gone is not None
