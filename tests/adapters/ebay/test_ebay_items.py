"""Item specifics of single listings, over real sockets."""

from __future__ import annotations

from typing import Any

import pytest

from tests.adapters.ebay.world import World
from tests.adapters.scripted_server import Reply
from tests.waiting import PATIENCE
from watcher.adapters.ebay.items import (
    MAX_ASPECT_NAME,
    MAX_ASPECT_VALUE,
    MAX_PAIRS,
    EbayItems,
)
from watcher.core.errors import CallFailed, Code, Kind
from watcher.core.specifics import Specifics
from watcher.core.times import Seconds

ITEM = "v1|264000989927|0"


def aspect(name: Any, value: Any) -> dict[str, Any]:
    return {"type": "STRING", "name": name, "value": value}


def item(*aspects: Any, **fields: Any) -> Reply:
    return Reply({"itemId": ITEM, "title": "iPad", "localizedAspects": aspects} | fields)


def refusal(error_id: int, status: int = 400) -> Reply:
    return Reply({"errors": [{"errorId": error_id, "domain": "API_BROWSE", "message": "No."}]}, status)


@pytest.fixture
def items(world: World) -> EbayItems:
    return EbayItems(
        base_url=world.server.base_url + "/",
        token=world.token,
        http=world.http,
        guard=world.guard,
        clock=world.clock,
    )


async def read(items: EbayItems, marketplace: str = "EBAY_US") -> Specifics:
    return await items.specifics(ITEM, marketplace, Seconds(PATIENCE))


async def test_item_request_encodes_the_id_and_names_the_marketplace(world: World, items: EbayItems) -> None:
    world.replies(item())
    await read(items, "EBAY_DE")
    [asked] = world.server.requests
    assert asked.raw_path == "/buy/browse/v1/item/v1%7C264000989927%7C0"
    assert asked.headers["X-EBAY-C-MARKETPLACE-ID"] == "EBAY_DE"
    assert asked.headers["Authorization"] == "Bearer v^1.1#1"


async def test_specifics_are_pairs_in_ebays_order(world: World, items: EbayItems) -> None:
    world.replies(item(aspect("Storage Capacity", "128 GB"), aspect("Brand", "Apple")))
    assert await read(items) == Specifics((("Storage Capacity", "128 GB"), ("Brand", "Apple")))
    assert [a.code for a in world.ledger.attempts] == [None]


@pytest.mark.parametrize("body", [{"itemId": ITEM}, {"itemId": ITEM, "localizedAspects": None}])
async def test_item_without_specifics_is_an_answer(
    world: World, items: EbayItems, body: dict[str, Any]
) -> None:
    world.replies(Reply(body))
    assert await read(items) == Specifics()


@pytest.mark.parametrize(("error_id", "status"), [(11001, 400), (11001, 404), (11004, 400), (11006, 400)])
async def test_item_that_is_gone_is_an_answer_and_no_failure(
    world: World, items: EbayItems, error_id: int, status: int
) -> None:
    world.replies(refusal(error_id, status))
    assert await read(items) == Specifics()
    assert [(a.code, a.counts) for a in world.ledger.attempts] == [(None, True)]


@pytest.mark.parametrize(
    "reply",
    [refusal(11018), Reply(b"<html>not found</html>", 404), refusal(11001, 500)],
    ids=["another refusal", "a page of a proxy", "a failure"],
)
async def test_other_refusals_are_failures_of_the_call(world: World, items: EbayItems, reply: Reply) -> None:
    world.replies(reply)
    with pytest.raises(CallFailed):
        await read(items)


@pytest.mark.parametrize(
    "body",
    [b"<html></html>", b"[]", b"{}", {"itemId": "v1|5|0"}, {"itemId": 5}],
    ids=["a page", "a list", "no item", "another item", "an odd id"],
)
async def test_body_that_is_not_the_item_is_malformed(world: World, items: EbayItems, body: Any) -> None:
    world.replies(Reply(body))
    with pytest.raises(CallFailed) as caught:
        await read(items)
    assert (caught.value.kind, caught.value.code) == (Kind.MALFORMED, Code.EBAY_UNAVAILABLE)


async def test_odd_pairs_cost_only_themselves(world: World, items: EbayItems) -> None:
    world.replies(
        item(
            *(7, None, [], {"name": "Brand"}, aspect(5, "five"), aspect(None, "x"), aspect("", "x")),
            *(aspect("Size", 10.5), aspect("Features", ["Wi-Fi", 3, "GPS"]), aspect("Sealed", True)),
            *(aspect(" Color\u202e ", "R&amp;D &quot;red&quot;\n"), aspect("Brand", "Apple")),
        )
    )
    assert (await read(items)).pairs == (
        ("5", "five"),
        ("Size", "10.5"),
        ("Features", "Wi-Fi, GPS"),
        ("Color", 'R&D "red"'),
        ("Brand", "Apple"),
    )


async def test_specifics_are_bounded(world: World, items: EbayItems) -> None:
    many = [aspect(f"{n} " + "n" * 99, "v" * 999) for n in range(500)]
    world.replies(item(*many))
    pairs = (await read(items)).pairs
    assert len(pairs) == MAX_PAIRS
    assert {len(name) for name, _ in pairs} == {MAX_ASPECT_NAME}
    assert {len(value) for _, value in pairs} == {MAX_ASPECT_VALUE}


async def test_repeated_pairs_are_kept_once(world: World, items: EbayItems) -> None:
    world.replies(item(aspect("Brand", "Apple"), aspect("Brand", "Apple"), aspect("Brand", "Belkin")))
    assert (await read(items)).pairs == (("Brand", "Apple"), ("Brand", "Belkin"))


async def test_a_failing_item_is_not_asked_for_again(world: World, items: EbayItems) -> None:
    world.replies(Reply({}, 503))
    with pytest.raises(CallFailed):
        await read(items)
    assert len(world.server.requests) == 1
