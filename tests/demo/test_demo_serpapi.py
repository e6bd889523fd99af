"""The simulated SerpAPI over real sockets."""

from __future__ import annotations

from typing import Any

from tests.demo.outside import NOON, Outside
from tests.market.rows import summary
from tests.market.serpapi import API_KEY, NO_RESULTS
from watcher.core.times import HOUR, Instant
from watcher.demo.summary import wire_date


async def serp(outside: Outside, page: str = "search.json", **parameters: Any) -> tuple[int, dict[str, Any]]:
    params = {"engine": "ebay", "api_key": API_KEY} | {name: str(value) for name, value in parameters.items()}
    async with outside.http.get(f"{outside.server.url}/serpapi/{page}", params=params) as answer:
        return answer.status, await answer.json()


async def one(outside: Outside, *row: Any, **more: Any) -> dict[str, Any]:
    """Return the result of one item."""
    outside.market.put("shoe", summary("1", "Shoe", *row, **more))
    _, body = await serp(outside, _nkw="shoe")
    return body["organic_results"][0]


async def test_a_result_has_a_price_and_shipping(outside: Outside) -> None:
    result = await one(outside, "1204.99", "12.50")
    assert result["price"] == {"raw": "$1,204.99", "extracted": 1204.99}
    assert result["shipping"] == {"raw": "+$12.50 delivery", "extracted": 12.5}
    assert result["seller"] == {
        "username": "a-seller",
        "reviews": 1234,
        "positive_feedback_in_percentage": 99.5,
    }
    assert (result["title"], result["product_id"], result["condition"]) == ("Shoe", "1", "Used")


async def test_free_shipping_is_text_and_calculated_shipping_is_absent(outside: Outside) -> None:
    assert (await one(outside, "10.00", "0.00"))["shipping"] == "Free postage"
    assert "shipping" not in await one(outside, "10.00", None)


async def test_a_group_has_a_range_of_prices(outside: Outside) -> None:
    result = await one(outside, "10.00", itemGroupType="SELLER_DEFINED_VARIATIONS")
    assert result["price"] == {
        "from": {"raw": "$10.00", "extracted": 10.0},
        "to": {"raw": "$14.00", "extracted": 14.0},
    }


async def test_an_auction_shows_its_bids(outside: Outside) -> None:
    result = await one(outside, None, bid="7.00", ends=Instant(NOON + HOUR))
    assert result["price"]["extracted"] == 7.0
    assert result["bids"] == {"count": 1, "time_left": "1 h left"}
    assert result["buying_format"] == "auction"


async def test_sold_items_have_a_date(outside: Outside) -> None:
    outside.market.put_sold("shoe", summary("8", "Shoe", itemEndDate=wire_date(NOON)))
    _, body = await serp(outside, _nkw="shoe", show_only="Sold")
    assert body["organic_results"][0]["sold_date"] == "Jul 1, 2026"


async def test_an_empty_result_is_a_success_with_a_message(outside: Outside) -> None:
    status, body = await serp(outside, _nkw="unobtainium")
    assert (status, body["search_metadata"]["status"], body["error"]) == (200, "Success", NO_RESULTS)
    assert "organic_results" not in body


async def test_results_are_filtered_and_paged(outside: Outside) -> None:
    rows = [summary(str(n), "Shoe", f"{n}.00", "0.00") for n in range(1, 61)]
    outside.market.put("shoe", *rows, summary("99", "Shoe", "5.00", condition_id="1000"))

    async def found(**parameters: Any) -> list[str]:
        _, body = await serp(outside, _nkw="shoe", **parameters)
        return [result["product_id"] for result in body.get("organic_results", [])]

    assert len(await found()) == 50
    assert len(await found(_pgn=2)) == 11
    assert await found(LH_ItemCondition="1000") == ["99"]
    assert await found(_udlo=58, _udhi=59) == ["58", "59"]
    assert await found(buying_format="Auction") == []
    assert (await found(_sop=15))[:2] == ["1", "2"]
    assert len(await found(_sop=10)) == 50


async def test_an_invalid_request_is_refused(outside: Outside) -> None:
    assert (await serp(outside, _nkw="shoe", api_key="wrong"))[0] == 401
    assert (await serp(outside))[0] == 400
    assert (await serp(outside, _nkw="shoe", engine="google"))[0] == 400
    assert (await serp(outside, _nkw="shoe", _ipg="7"))[0] == 400


async def test_searches_are_refused_when_the_quota_is_used_up(outside: Outside) -> None:
    outside.server.serpapi.limit = 1
    assert (await serp(outside, _nkw="shoe"))[0] == 200
    assert (await serp(outside, _nkw="shoe"))[0] == 429
    _, account = await serp(outside, "account.json")
    assert (account["total_searches_left"], account["this_month_usage"]) == (0, 1)
    assert (await serp(outside, "account.json", api_key="wrong"))[0] == 401
