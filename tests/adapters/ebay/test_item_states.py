"""Whether single items can still be bought, over real sockets: getItem in its small form."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.ebay.world import World
from tests.adapters.scripted_server import Reply
from tests.fakes import NOON, usd
from tests.waiting import PATIENCE
from watcher.adapters.ebay.items import EbayItems
from watcher.core.errors import CallFailed, Kind
from watcher.core.item_state import Gone, ItemState
from watcher.core.times import Seconds
from watcher.demo.summary import wire_date

ITEM = "v1|264000989927|0"


def stock(*states: str | None) -> list[dict[str, Any]]:
    return [{"estimatedAvailabilityStatus": one} if one else {} for one in states]


def item(**fields: Any) -> Reply:
    return Reply({"itemId": ITEM, "price": {"value": "89.90", "currency": "USD"}} | fields)


def refusal(error_id: int, status: int = 400) -> Reply:
    return Reply({"errors": [{"errorId": error_id, "domain": "API_BROWSE", "message": "No."}]}, status)


@pytest.fixture
def items(world: World) -> EbayItems:
    return EbayItems(
        base_url=world.server.base_url,
        token=world.token,
        http=world.http,
        guard=world.guard,
        clock=world.clock,
    )


async def state_of(items: EbayItems) -> ItemState | None:
    return await items.state(ITEM, "EBAY_DE", Seconds(PATIENCE))


async def test_the_small_form_is_asked_for(world: World, items: EbayItems) -> None:
    world.replies(item(bidCount=3, sellerItemRevision="7", estimatedAvailabilities=stock("IN_STOCK")))
    assert await state_of(items) == ItemState(price=usd(89.9), bid_count=3, revision="7")
    [asked] = world.server.requests
    assert asked.raw_path == "/buy/browse/v1/item/v1%7C264000989927%7C0?fieldgroups=COMPACT"
    assert asked.headers["X-EBAY-C-MARKETPLACE-ID"] == "EBAY_DE"


@pytest.mark.parametrize(
    ("fields", "gone"),
    [
        ({"itemEndDate": wire_date(NOON - 1)}, Gone.ENDED),
        ({"itemEndDate": wire_date(NOON + 60)}, None),
        ({"itemEndDate": "yesterday"}, None),
        ({"estimatedAvailabilities": stock("OUT_OF_STOCK")}, Gone.SOLD_OUT),
        ({"estimatedAvailabilities": stock("OUT_OF_STOCK", "LIMITED_STOCK")}, None),
        ({"estimatedAvailabilities": stock("OUT_OF_STOCK", None)}, None),
        ({"estimatedAvailabilities": [{"estimatedAvailableQuantity": 0}]}, Gone.SOLD_OUT),
        ({"estimatedAvailabilities": []}, None),
        ({"estimatedAvailabilities": "none"}, None),
        ({}, None),
    ],
)
async def test_only_what_ebay_says_makes_an_item_gone(
    world: World, items: EbayItems, fields: dict[str, Any], gone: Gone | None
) -> None:
    world.replies(item(**fields))
    state = await state_of(items)
    assert state is not None
    assert (state.gone, state.price) == (gone, usd(89.9))


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        (refusal(11001), ItemState(Gone.NOT_FOUND)),
        (refusal(11001, 404), ItemState(Gone.NOT_FOUND)),
        (refusal(11004), None),
        (refusal(11006), None),
        (refusal(11012), None),
    ],
    ids=["not found", "not found as 404", "being updated", "a group", "an odd id"],
)
async def test_a_refusal_makes_an_item_gone_only_if_it_says_so(
    world: World, items: EbayItems, reply: Reply, state: ItemState | None
) -> None:
    world.replies(reply)
    assert await state_of(items) == state
    assert [(a.code, a.counts) for a in world.ledger.attempts] == [(None, True)]


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        (Reply(b"404: Not Found", 404), Kind.REFUSED),
        (Reply({"itemId": "v1|5|0"}), Kind.MALFORMED),
        (Reply(b"[]"), Kind.MALFORMED),
        (refusal(11000, 500), Kind.UNAVAILABLE),
    ],
    ids=["no such address", "another item", "no item", "a failure"],
)
async def test_other_refusals_and_other_bodies_fail_the_call(
    world: World, items: EbayItems, reply: Reply, kind: Kind
) -> None:
    world.replies(reply)
    with pytest.raises(CallFailed) as caught:
        await state_of(items)
    assert caught.value.kind is kind


async def test_auction_has_its_bid(world: World, items: EbayItems) -> None:
    world.replies(item(currentBidPrice={"value": "91.00", "currency": "USD"}, bidCount=2))
    state = await state_of(items)
    assert state is not None
    assert (state.price, state.bid, state.bid_count) == (usd(89.9), usd(91), 2)


async def test_answer_of_the_last_seconds_counts_as_the_present_state(world: World, items: EbayItems) -> None:
    world.replies(item(estimatedAvailabilities=stock("OUT_OF_STOCK"), localizedAspects=[]), item())
    await items.specifics(ITEM, "EBAY_DE", Seconds(PATIENCE))
    known = await state_of(items)
    assert known is not None
    assert known.gone is Gone.SOLD_OUT
    assert len(world.server.requests) == 1
    world.clock.move(11.0)
    later = await state_of(items)
    assert later is not None
    assert later.gone is None
    assert len(world.server.requests) == 2
