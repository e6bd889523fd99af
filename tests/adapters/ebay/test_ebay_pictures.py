"""eBay's search by picture, and by product code."""

from __future__ import annotations

import json
from base64 import b64encode

import pytest

from tests.adapters.ebay.world import World
from tests.adapters.scripted_ebay import IMAGE_PATH, SEARCH_PATH, page_reply, row
from tests.adapters.scripted_server import Reply
from watcher.core.errors import Api, CallFailed, Code, Kind, public_error
from watcher.core.listing import Ask, Condition, Sort

JPEG = b"\xff\xd8\xff\xe0 not really a picture \xff\xd9"
ANY = Ask("", Condition.ANY, "EBAY_US")


def refusal(error_id: int, status: int = 400) -> Reply:
    error = {"errorId": error_id, "domain": "API_BROWSE", "category": "REQUEST", "message": "no"}
    return Reply({"errors": [error]}, status)


async def failure(world: World) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await world.ebay.search_by_image(JPEG, ANY)
    return caught.value


# By product code


async def test_a_product_code_replaces_the_query(world: World) -> None:
    await world.search(Ask("nike dunk", Condition.NEW, "EBAY_GB", gtin="4006381333931"))
    [asked] = world.server.requests
    assert asked.path == SEARCH_PATH
    assert dict(asked.query) == {
        "gtin": "4006381333931",
        "limit": "200",
        "filter": "buyingOptions:{FIXED_PRICE|AUCTION},conditionIds:{1000|1500}",
    }


async def test_a_long_title_does_not_prevent_a_search_by_code(world: World) -> None:
    world.replies(page_reply(row(1), total=1))
    found = await world.search(Ask("x" * 101, Condition.ANY, "EBAY_US", gtin="4006381333931"))
    assert len(found.listings) == 1


# By picture


async def test_a_picture_is_posted_without_words_or_order(world: World) -> None:
    world.replies(page_reply(row(1), row(2)))
    ask = Ask("words", Condition.USED, "EBAY_GB", "15709", Sort.NEWEST, pages=3, gtin="4006381333931")
    found = await world.ebay.search_by_image(JPEG, ask)
    assert [listing.item_id for listing in found.listings] == ["v1|1|0", "v1|2|0"]
    [asked] = world.server.requests
    assert (asked.method, asked.path) == ("POST", IMAGE_PATH)
    assert dict(asked.query) == {
        "category_ids": "15709",
        "limit": "200",
        "filter": "buyingOptions:{FIXED_PRICE|AUCTION},conditionIds:{2750|2990|3000|3010|4000|5000|6000}",
    }
    assert json.loads(world.server.bodies[0]) == {"image": b64encode(JPEG).decode()}
    assert asked.headers["Content-Type"] == "application/json"
    assert asked.headers["X-EBAY-C-MARKETPLACE-ID"] == "EBAY_GB"


async def test_a_search_by_picture_is_one_page_and_one_sample(world: World) -> None:
    following = f"{world.server.base_url}{IMAGE_PATH}?offset=200"
    world.replies(page_reply(row(1), total=900, next=following))
    found = await world.ebay.search_by_image(JPEG, ANY)
    assert (found.total, found.complete) == (900, False)
    [attempt] = world.ledger.attempts
    assert (attempt.api, attempt.code) == (Api.EBAY, None)


async def test_a_refused_token_is_replaced_and_the_picture_sent_again(world: World) -> None:
    await world.ebay.check()
    world.server.revoke_tokens()
    world.replies(page_reply(row(1)))
    assert (await world.ebay.search_by_image(JPEG, ANY)).listings
    assert len(set(world.server.bodies)) == 1
    assert len(world.server.bodies) == 2


@pytest.mark.parametrize(("error_id", "words"), [(12500, "too many listings"), (12501, "cannot read")])
async def test_a_refused_picture_is_the_callers_fault(world: World, error_id: int, words: str) -> None:
    world.replies(refusal(error_id))
    refused = await failure(world)
    assert (refused.kind, refused.caller_caused, refused.transient) == (Kind.REFUSED, True, False)
    shown = public_error(refused)
    assert shown.code is Code.INVALID_INPUT
    assert words in str(shown)
    [attempt] = world.ledger.attempts
    assert not attempt.counts


async def test_filters_that_a_picture_search_ignores_are_reported(world: World) -> None:
    warning = {
        "errorId": 12031,
        "domain": "API_BROWSE",
        "category": "REQUEST",
        "message": "not supported",
        "parameters": [{"name": "unsupportedFilters", "value": "conditionIds"}],
    }
    world.replies(page_reply(row(1), warnings=[warning]))
    found = await world.ebay.search_by_image(JPEG, ANY._replace(condition=Condition.NEW))
    assert found.ignored_filters == ("conditionIds",)


async def test_an_outage_during_a_picture_search_is_retried(world: World) -> None:
    world.replies(Reply({}, 503), page_reply(row(1)))
    assert (await world.ebay.search_by_image(JPEG, ANY)).listings
    assert [attempt.code for attempt in world.ledger.attempts] == [Code.EBAY_UNAVAILABLE, None]


async def test_no_failure_of_a_picture_search_shows_the_picture(world: World) -> None:
    world.replies(refusal(12501))
    refused = await failure(world)
    assert b64encode(JPEG).decode()[:12] not in f"{refused!r} {refused} {refused.detail}"
