"""Many items with one call, over real sockets: getItems, its own token, and what a refusal touches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.adapters.ebay.world import World
from tests.adapters.scripted_server import Reply, quick_guard
from tests.fakes import NOON, usd
from tests.waiting import PATIENCE
from watcher.adapters.ebay.bulk_items import BULK_SCOPE, EbayBulkItems
from watcher.adapters.ebay.token import EbayToken
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.item_state import Gone, ItemState
from watcher.core.times import DAY, HOUR, Seconds
from watcher.demo.summary import wire_date

A, B, C = "v1|1|0", "v1|2|0", "v1|3|33"


def item(item_id: str, price: str = "10.00", **fields: Any) -> dict[str, Any]:
    return {"itemId": item_id, "price": {"value": price, "currency": "USD"}} | fields


def not_found(*ids: str) -> dict[str, Any]:
    parameters = [{"name": "itemId", "value": one} for one in ids]
    return {"errorId": 11001, "domain": "API_BROWSE", "message": "Not found.", "parameters": parameters}


def refusal(status: int, **error: Any) -> Reply:
    return Reply({"errors": [error | {"domain": "API_BROWSE", "message": "No."}]}, status)


INVALID_SCOPE = Reply({"error": "invalid_scope", "error_description": "exceeds the scope granted"}, 400)
NO_PERMISSION = refusal(403, errorId=1100)


@pytest.fixture
def bulk(world: World) -> EbayBulkItems:
    return bulk_of(world)


def bulk_of(world: World, attempt_timeout: float = PATIENCE) -> EbayBulkItems:
    guard = quick_guard(Api.EBAY, world.ledger, world.clock, attempt_timeout=attempt_timeout)
    token = EbayToken(
        base_url=world.server.base_url,
        client_id="App-1",
        client_secret="PRD-canary",
        state_dir=None,
        http=world.http,
        guard=guard,
        clock=world.clock,
        scope=BULK_SCOPE,
        file_name="bulk.json",
        optional=True,
    )
    bulk = EbayBulkItems(
        base_url=world.server.base_url, token=token, http=world.http, guard=guard, clock=world.clock
    )
    bulk.is_wanted = True
    return bulk


async def look(bulk: EbayBulkItems, *ids: str) -> Mapping[str, ItemState]:
    return await bulk.states(ids, "EBAY_GB", Seconds(PATIENCE), interactive=False)


async def test_many_items_are_asked_for_with_one_call(world: World, bulk: EbayBulkItems) -> None:
    ended = item(B, itemEndDate=wire_date(NOON - 5))
    world.replies(Reply({"items": [item(A), ended, item(C, estimatedAvailabilities=[])], "total": 3}))
    assert await look(bulk, A, B, C) == {
        A: ItemState(price=usd(10)),
        B: ItemState(Gone.ENDED, price=usd(10), ends_at=NOON - 5),
        C: ItemState(price=usd(10)),
    }
    [asked] = world.server.requests
    assert (asked.path, asked.query["item_ids"]) == ("/buy/browse/v1/item/", f"{A},{B},{C}")
    assert asked.headers["X-EBAY-C-MARKETPLACE-ID"] == "EBAY_GB"
    assert "buy.item.bulk" in world.server.forms[0]


async def test_item_is_gone_only_if_a_warning_names_it(world: World, bulk: EbayBulkItems) -> None:
    warnings = [not_found(B), not_found("v1|9|0"), not_found(f"{A},{C}"), {"errorId": 11508}, "odd"]
    world.replies(Reply({"items": [item(A), item("v1|8|0"), {"price": 5}], "warnings": warnings}))
    assert await look(bulk, A, B, C) == {A: ItemState(price=usd(10)), B: ItemState(Gone.NOT_FOUND)}


@pytest.mark.parametrize(
    ("reply", "ids", "found"),
    [
        (Reply(b"", 204), (A, B), {}),
        (refusal(400, **not_found()), (A,), {A: ItemState(Gone.NOT_FOUND)}),
        (refusal(400, **not_found()), (A, B), {}),
        (refusal(404, **not_found(B)), (A, B), {B: ItemState(Gone.NOT_FOUND)}),
        (refusal(400, **not_found(f"{A},{B}")), (A, B), {}),
        (refusal(400, errorId=11006), (A,), {}),
        (refusal(400, errorId=11012), (A,), {}),
    ],
    ids=["no content", "the only one", "which is not said", "named", "all in one", "a group", "an odd id"],
)
async def test_refusal_is_an_answer_as_far_as_it_names_items(
    world: World, bulk: EbayBulkItems, reply: Reply, ids: tuple[str, ...], found: dict[str, ItemState]
) -> None:
    world.replies(reply)
    assert await look(bulk, *ids) == found
    assert [(a.code, a.counts) for a in world.ledger.attempts] == [(None, True)]


async def test_grant_is_found_out_by_a_call_about_no_item(world: World, bulk: EbayBulkItems) -> None:
    world.replies(refusal(400, **not_found()))
    bulk.is_wanted = False
    assert (bulk.granted, bulk.is_probe_due(NOON)) == (None, False)
    bulk.is_wanted = True
    assert bulk.is_probe_due(NOON)
    assert await bulk.probe("EBAY_US")
    assert (bulk.granted, bulk.is_probe_due(NOON)) == (True, False)
    assert world.server.requests[0].query["item_ids"] == "v1|0|0"


@pytest.mark.parametrize(
    ("mint", "reply"),
    [(INVALID_SCOPE, None), (Reply({"error": "invalid_client"}, 401), None), (None, NO_PERMISSION)],
    ids=["the scope", "the client", "the call"],
)
async def test_a_refused_probe_does_not_count_as_a_failure(
    world: World, bulk: EbayBulkItems, mint: Reply | None, reply: Reply | None
) -> None:
    world.server.mint_replies = [mint] if mint else []
    world.replies(reply or Reply({"items": []}))
    assert not await bulk.probe("EBAY_US")
    assert bulk.granted is False
    assert not any(attempt.counts and attempt.code for attempt in world.ledger.attempts)
    assert not any(attempt.refused for attempt in world.ledger.attempts)


async def test_a_refusal_never_touches_the_ordinary_token(world: World, bulk: EbayBulkItems) -> None:
    world.replies(Reply({"total": 0}))
    await world.search()
    world.server.mint_replies = [INVALID_SCOPE]
    await bulk.probe("EBAY_US")
    await world.search()
    tokens = [asked.headers["Authorization"] for asked in world.server.requests]
    assert tokens == ["Bearer v^1.1#1"] * 2
    assert len(world.server.mints) == 2


async def test_refused_grant_is_asked_for_again_after_a_day(world: World, bulk: EbayBulkItems) -> None:
    world.server.mint_replies = [INVALID_SCOPE]
    await bulk.probe("EBAY_US")
    now = world.clock.now()
    due = [bulk.is_probe_due(now + wait) for wait in (0, DAY - 1, DAY, -1)]
    assert due == [False, False, True, True]


async def test_unanswered_probe_leaves_the_grant_open_for_an_hour(world: World, bulk: EbayBulkItems) -> None:
    world.replies(refusal(500, errorId=11000))
    with pytest.raises(CallFailed):
        await bulk.probe("EBAY_US")
    now = world.clock.now()
    assert bulk.granted is None
    assert [bulk.is_probe_due(now + wait) for wait in (0, HOUR - 1, HOUR)] == [False, False, True]


async def test_grant_that_is_taken_back_is_noticed_by_a_call(world: World, bulk: EbayBulkItems) -> None:
    world.replies(refusal(400, **not_found()), NO_PERMISSION)
    await bulk.probe("EBAY_US")
    with pytest.raises(CallFailed) as caught:
        await look(bulk, A)
    assert (caught.value.caller_caused, bulk.granted) == (True, False)


async def test_an_address_without_such_a_method_grants_nothing(world: World, bulk: EbayBulkItems) -> None:
    world.replies(Reply(b"404: Not Found", 404))
    assert not await bulk.probe("EBAY_US")


@pytest.mark.parametrize("body", [b"<html></html>", b"[]", b"{}", {"items": 5}])
async def test_other_bodies_are_malformed(world: World, bulk: EbayBulkItems, body: Any) -> None:
    world.replies(Reply(body))
    with pytest.raises(CallFailed) as caught:
        await look(bulk, A)
    assert caught.value.kind is Kind.MALFORMED


async def test_slow_answer_is_a_timeout(world: World) -> None:
    bulk = bulk_of(world, attempt_timeout=0.5)
    world.replies(Reply({"items": []}, hangs=True))
    with pytest.raises(CallFailed) as caught:
        await look(bulk, A)
    assert caught.value.kind is Kind.TIMEOUT
