"""What a look just before sending says about an alert."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.adapters.slack.test_slack_blocks import ALERT, ITEM
from tests.fakes import usd
from watcher.core.alerts import Alert, Item
from watcher.core.item_state import Gone, ItemState
from watcher.core.money import Money
from watcher.core.rechecks import PriceRise, describe_gone, nothing_left, price_rise, without_gone
from watcher.core.times import Instant

A, B = ITEM, ITEM._replace(item_id="v1|2|0")
GONE = {A.item_id: ItemState(Gone.ENDED)}


def alert(*items: Item, **fields: object) -> Alert:
    return replace(ALERT, items=items, **fields)  # type: ignore[arg-type]


def rise(state: ItemState, item: Item = ITEM, **fields: object) -> PriceRise | None:
    return price_rise(alert(item, **fields), item, {item.item_id: state})


def test_gone_items_are_left_out_of_an_alert() -> None:
    whole = alert(A, B)
    assert without_gone(whole, GONE).items == (B,)
    assert without_gone(whole, {}) is whole


@pytest.mark.parametrize(
    ("found", "why"),
    [
        (alert(A), "ended"),
        (alert(A, B), ""),
        (alert(A, more=1), ""),
        (alert(A, market="the median fell"), ""),
        (alert(), ""),
    ],
    ids=["all", "some", "more", "a market", "no item"],
)
def test_nothing_is_left_only_if_everything_is_gone(found: Alert, why: str) -> None:
    assert nothing_left(found, GONE) == why


def test_reason_for_not_sending_says_how_long_after_it_was_found() -> None:
    at = Instant(ALERT.made_at)
    assert describe_gone(alert(A), "ended", Instant(at + 0.2)) == "it was gone (ended) 1 s after it was found"
    later = describe_gone(alert(A, B), "ended and sold out", Instant(at + 7260))
    assert later == "its 2 items were gone (ended and sold out) 2 h 1 min after they were found"


@pytest.mark.parametrize(
    ("price", "expected"),
    [
        (usd(44), PriceRise(usd(44), usd(49), is_bid=False, is_above_target=False)),
        (usd(45), PriceRise(usd(45), usd(50), is_bid=False, is_above_target=False)),
        (usd(45.01), PriceRise(usd(45.01), usd(50.01), is_bid=False, is_above_target=True)),
        (usd(40.4), None),
        (usd(40), None),
        (usd(20), None),
        (None, None),
        (Money(9000, "EUR"), None),
    ],
)
def test_price_that_has_risen_is_compared_with_the_target(
    price: Money | None, expected: PriceRise | None
) -> None:
    assert rise(ItemState(price=price)) == expected


def test_target_of_a_deal_is_a_share_of_the_median_it_was_compared_with() -> None:
    state = ItemState(price=usd(50))
    for median, is_above in (("100.00", False), ("70.00", True)):
        found = rise(state, rule="deal 70%", median=median)
        assert found is not None
        assert found.is_above_target is is_above
    in_group = ITEM._replace(group="with psa", n=9, median="70.00")
    found = rise(state, in_group, rule="deal 70%", median="100.00")
    assert found is not None
    assert found.is_above_target


def test_rule_without_a_limit_states_the_price_alone() -> None:
    found = rise(ItemState(price=usd(99)), rule="new")
    assert found == PriceRise(usd(99), usd(104), is_bid=False, is_above_target=False)


def test_auction_is_judged_by_its_bid() -> None:
    state = ItemState(price=usd(200), bid=usd(60))
    assert rise(state, rule="ending 15m 50.00 USD") == PriceRise(usd(60), usd(65), True, True)
    mirrored = ItemState(price=usd(60))
    assert rise(mirrored, rule="ending 15m 50.00 USD") == PriceRise(usd(60), usd(65), True, True)


@pytest.mark.parametrize("fields", [{"rule": "sometime soon"}, {"rule": ""}])
def test_rule_that_cannot_be_read_costs_only_the_statement(fields: dict[str, object]) -> None:
    assert rise(ItemState(price=usd(99)), **fields) is None
