"""The simulated eBay over real sockets: tokens, quota, search, filters, sorting, pages, refusals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from yarl import URL

from tests.demo.outside import NOON, Outside, basic
from tests.market.rows import summary
from tests.market.server import MarketServer
from watcher.core.times import DAY, HOUR, Instant
from watcher.demo.browse import ITEM, ITEMS, SEARCH
from watcher.demo.market import DemoMarket
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.demo.recorded import RecordedMarket
from watcher.demo.server import DEMO_RATE_LIMITS, TOKEN
from watcher.demo.summary import wire_date

SHARED = Path(__file__).resolve().parents[2] / ".." / "shared" / "ebay"
SCOPE = "https://api.ebay.com/oauth/api_scope"


def money(value: str) -> dict[str, str]:
    return {"value": value, "currency": "USD"}


@pytest.fixture
def shoes(outside: Outside) -> Outside:
    """Offer ten shoes, each different from the first in one respect."""
    outside.market.put(
        "shoe",
        summary("1", "Shoe", "100.00", "5.00"),
        summary("2", "Shoe new", "120.00", condition_id="1000"),
        summary("3", "Shoe auction", None, bid="20.00", ends=Instant(NOON + HOUR)),
        summary("4", "Shoe both", "90.00", bid="30.00", ends=Instant(NOON + DAY)),
        summary("5", "Shoe far", "80.00", None, itemLocation={"country": "CN"}),
        summary("6", "Shoe parts", "10.00", condition_id="7000"),
        summary("7", "Shoe offer", "97.00", "1.00", buyingOptions=["FIXED_PRICE", "BEST_OFFER"]),
        summary("8", "Shoe of others", seller={"username": "other", "feedbackScore": 1}),
        summary("9", "Shoe elsewhere", "101.00", categories=[{"categoryId": "77", "categoryName": "x"}]),
        summary("10", "Shoe of today", "102.00", itemOriginDate=wire_date(NOON - HOUR)),
    )
    return outside


async def ask(outside: Outside, **headers: str) -> tuple[int, dict[str, Any]]:
    url = outside.server.url + SEARCH + "?q=shoe"
    async with outside.http.get(url, headers=headers) as answer:
        return answer.status, await answer.json()


async def mint(outside: Outside, client: str, secret: str, **form: str) -> tuple[int, dict[str, Any]]:
    form = {"grant_type": "client_credentials", "scope": SCOPE} | form
    async with outside.http.post(
        outside.server.url + TOKEN, data=form, headers=basic(client, secret)
    ) as answer:
        return answer.status, await answer.json()


async def test_a_token_has_ebays_format_and_is_counted(outside: Outside) -> None:
    status, body = await mint(outside, CLIENT_ID, CLIENT_SECRET)
    assert status == 200
    assert body["access_token"].startswith("v^1.1#i^1#")
    assert (body["expires_in"], body["token_type"]) == (7200, "Application Access Token")
    assert outside.server.oauth.mints == 1


async def test_a_wrong_client_gets_no_token(outside: Outside) -> None:
    expected = {"error": "invalid_client", "error_description": "client authentication failed"}
    assert await mint(outside, CLIENT_ID, "wrong") == (401, expected)
    async with outside.http.post(outside.server.url + TOKEN, data={"grant_type": "x"}) as answer:
        assert answer.status == 401
    assert outside.server.oauth.mints == 0


async def test_a_scope_or_grant_type_that_is_not_supported_is_refused(outside: Outside) -> None:
    status, body = await mint(outside, CLIENT_ID, CLIENT_SECRET, scope=f"{SCOPE}/buy.marketplace.insights")
    assert (status, body["error"]) == (400, "invalid_scope")
    status, body = await mint(outside, CLIENT_ID, CLIENT_SECRET, grant_type="password")
    assert (status, body["error"]) == (400, "unsupported_grant_type")


async def test_a_search_without_authorization_is_forbidden(outside: Outside) -> None:
    status, body = await ask(outside)
    assert (status, body["errors"][0]["errorId"]) == (403, 1002)


async def test_an_invalid_expired_or_revoked_token_is_refused_with_1001(outside: Outside) -> None:
    status, body = await ask(outside, Authorization="Bearer v^1.1#nonsense")
    assert (status, body["errors"][0]["errorId"], body["errors"][0]["domain"]) == (401, 1001, "OAuth")
    good = {"Authorization": f"Bearer {await outside.mint()}"}
    assert (await ask(outside, **good))[0] == 200
    outside.time[0] += 7200
    assert (await ask(outside, **good))[0] == 401
    good = {"Authorization": f"Bearer {await outside.mint()}"}
    outside.server.oauth.valid_until.clear()
    assert (await ask(outside, **good))[0] == 401


async def test_auctions_are_returned_only_on_request(shoes: Outside) -> None:
    assert await shoes.ids(q="shoe") == ["1", "2", "4", "5", "6", "7", "8", "9", "10"]
    assert await shoes.ids(q="shoe", filter="buyingOptions:{AUCTION}") == ["3", "4"]
    assert len(await shoes.ids(q="shoe", filter="buyingOptions:{AUCTION|FIXED_PRICE}")) == 10


@pytest.mark.parametrize(
    ("parameters", "found"),
    [
        ("price:[100..110],priceCurrency:USD", ["1", "8", "9", "10"]),
        ("price:[102],priceCurrency:USD", ["2", "10"]),
        ("price:[..80],priceCurrency:USD", ["5", "6"]),
        ("buyingOptions:{AUCTION},price:[..25],priceCurrency:USD", ["3"]),
        ("conditionIds:{1000|7000}", ["2", "6"]),
        ("conditions:{NEW}", ["2"]),
        ("conditions:{NEW},price:[..50],priceCurrency:USD", []),
        ("buyingOptions:{BEST_OFFER}", ["7"]),
        ("itemLocationCountry:CN", ["5"]),
        ("sellers:{other}", ["8"]),
        ("excludeSellers:{a-seller}", ["8"]),
        ("excludeCategoryIds:{1}", []),
        ("maxDeliveryCost:1", ["2", "4", "6", "7", "8", "9", "10"]),
        ("maxDeliveryCost:0,conditionIds:{1000}", ["2"]),
        ("itemStartDate:[2026-07-01T00:00:00.000Z]", ["10"]),
        ("buyingOptions:{AUCTION},itemEndDate:[..2026-07-01T14:00:00.000Z]", ["3"]),
        ("buyingOptions:{AUCTION},bidCount:[1..5]", ["3", "4"]),
        ("deliveryCountry:US,deliveryPostalCode:19406,sellers:{other}", ["8"]),
        ("returnsAccepted:true,searchInDescription:true,sellers:{other}", ["8"]),
        ("priorityListing:true", []),
        ("charityOnly:true", []),
    ],
)
async def test_a_filter_is_applied(shoes: Outside, parameters: str, found: list[str]) -> None:
    assert await shoes.ids(q="shoe", filter=parameters) == found


@pytest.mark.parametrize(
    ("parameters", "numbers"),
    [
        ("soldItems:true", [12002]),
        ("price:[10..50]", [12012]),
        ("priceCurrency:USD", [12002, 12012]),
        ("price:[10..50],priceCurrency:EUR", [12012, 12002]),
        ("price:cheap,priceCurrency:USD", [12002]),
        ("price:[a..b],priceCurrency:USD", [12002]),
        ("conditionIds:{9999}", [12520]),
        ("conditions:{SHINY}", [12002]),
        ("buyingOptions:{LOTTERY}", [12002]),
        ("itemLocationCountry:Germany", [12002]),
        ("maxDeliveryCost:little", [12002]),
        ("deliveryPostalCode:19406", [12011]),
        ("sellerAccountTypes:{BUSINESS}", [12014]),
        ("pickupCountry:US", [12010]),
        ("priorityListing:maybe", [12002]),
        ("nonsense", [12002]),
    ],
)
async def test_an_invalid_filter_is_not_applied_and_gives_a_warning(
    shoes: Outside, parameters: str, numbers: list[int]
) -> None:
    status, body = await shoes.search(q="shoe", filter=parameters)
    assert status == 200
    assert [warning["errorId"] for warning in body["warnings"]] == numbers
    assert body["total"] == 9
    for warning in body["warnings"]:
        assert warning.keys() >= {"errorId", "domain", "category", "message"}


async def test_filters_use_the_condition_that_a_row_does_not_show(outside: Outside) -> None:
    outside.market.put(
        "shoe",
        summary("1", "Shoe", conditionId=None),
        summary("2", "Shoe", conditionId=None, condition="Nuovo"),
    )
    assert await outside.ids(q="shoe", filter="conditionIds:{1000}") == ["2"]
    assert await outside.ids(q="shoe", filter="conditionIds:{3000}") == ["1", "2"]
    assert await outside.ids(q="shoe", filter="conditions:{UNSPECIFIED}") == ["2"]


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        ("price", ["6", "5", "4", "7", "8", "9", "10", "1", "2"]),
        ("-price", ["2", "10", "9", "1", "8", "7", "4", "5", "6"]),
        ("newlyListed", ["10", "1", "2", "4", "5", "6", "7", "8", "9"]),
        ("distance", ["1", "2", "4", "5", "6", "7", "8", "9", "10"]),
    ],
)
async def test_a_search_is_sorted(shoes: Outside, sort: str, found: list[str]) -> None:
    assert await shoes.ids(q="shoe", sort=sort) == found


async def test_sorting_by_end_puts_the_earliest_auction_first(shoes: Outside) -> None:
    parameters = {"q": "shoe", "filter": "buyingOptions:{FIXED_PRICE|AUCTION}", "sort": "endingSoonest"}
    assert (await shoes.ids(**parameters))[:2] == ["3", "4"]


async def test_an_invalid_sort_gives_a_warning(shoes: Outside) -> None:
    status, body = await shoes.search(q="shoe", sort="bestest")
    assert (status, body["warnings"][0]["errorId"], body["total"]) == (200, 12008, 9)


async def test_pages_link_to_the_next_and_the_previous(shoes: Outside) -> None:
    found, url, pages = [], f"{shoes.server.url}{SEARCH}?q=shoe&limit=4&filter=itemLocationCountry:US", 0
    headers = {"Authorization": f"Bearer {await shoes.mint()}"}
    while url:
        async with shoes.http.get(url, headers=headers) as answer:
            body = await answer.json()
        assert ("prev" in body) == (pages > 0)
        assert (body["limit"], body["offset"], body["total"]) == (4, 4 * pages, 8)
        found += [row["legacyItemId"] for row in body["itemSummaries"]]
        url, pages = body.get("next"), pages + 1
    assert found == ["1", "2", "4", "6", "7", "8", "9", "10"]
    assert pages == 2


@pytest.mark.parametrize(
    ("parameters", "status", "number"),
    [
        ({}, 400, 12001),
        ({"q": " "}, 400, 12001),
        ({"q": "a", "limit": 0}, 400, 12006),
        ({"q": "a", "limit": 201}, 400, 12006),
        ({"q": "a", "limit": "many"}, 400, 12007),
        ({"q": "a", "offset": -50}, 400, 12004),
        ({"q": "a", "offset": "far"}, 400, 12005),
        ({"q": "a", "offset": 75}, 400, 12515),
        ({"q": "a", "offset": 10_000}, 400, 12029),
        ({"q": "a", "category_ids": "1,2"}, 400, 12030),
        ({"category_ids": "281"}, 409, 12013),
        ({"q": "a", "filter": "sellers:{" + "|".join(map(str, range(251))) + "}"}, 400, 12032),
    ],
)
async def test_an_invalid_request_is_refused(outside: Outside, parameters, status: int, number: int) -> None:
    assert await outside.refused(**parameters) == (status, number)


async def test_malformed_encoding_is_refused(outside: Outside) -> None:
    headers = {"Authorization": f"Bearer {await outside.mint()}"}
    url = URL(f"{outside.server.url}{SEARCH}?q=100%zz", encoded=True)
    async with outside.http.get(url, headers=headers) as answer:
        assert (answer.status, (await answer.json())["errors"][0]["errorId"]) == (400, 12521)


async def test_a_category_narrows_the_search(shoes: Outside) -> None:
    assert await shoes.ids(q="shoe", category_ids="77") == ["9"]
    assert await shoes.ids(category_ids="77") == ["9"]
    assert await shoes.warnings_of(q="shoe", category_ids="shoes") == [12009]


async def test_other_parameters_are_applied_or_give_a_warning(shoes: Outside) -> None:
    assert await shoes.warnings_of(q="shoe", fieldgroups="MATCHING_ITEMS,SECRETS") == [12016]
    assert await shoes.warnings_of(q="shoe", aspect_filter="categoryId:1,Color:{Red}") == [12018]
    assert await shoes.ids(gtin="4006381333931") == []
    shoes.market.alter("v1|2|0", {"epid": "55"})
    assert await shoes.ids(epid="55") == ["2"]


async def test_a_query_is_cut_after_100_characters(outside: Outside) -> None:
    outside.market.put("a" * 100, summary("1", "A"))
    assert await outside.ids(q="a" * 100 + "b") == ["1"]


async def test_an_empty_result_comes_with_or_without_the_array(outside: Outside) -> None:
    bodies = [(await outside.search(q=query))[1] for query in ("one", "two", "three", "four", "five")]
    assert {body.get("itemSummaries", "absent") == [] for body in bodies} == {True, False}
    assert {body["total"] for body in bodies} == {0}


async def test_an_answer_is_compressed_if_the_client_accepts_gzip(shoes: Outside) -> None:
    headers = {"Authorization": f"Bearer {await shoes.mint()}"}
    for accepted, packed in (("gzip", "gzip"), ("identity", None)):
        async with shoes.http.get(
            f"{shoes.server.url}{SEARCH}?q=shoe", headers={**headers, "Accept-Encoding": accepted}
        ) as answer:
            assert answer.headers.get("Content-Encoding") == packed
            assert (await answer.json())["total"] == 9


async def test_the_marketplace_sets_the_currency_and_defaults_to_the_us() -> None:
    market = DemoMarket(1, Instant(NOON))
    async with (
        MarketServer(market, clock=lambda: NOON) as server,
        aiohttp.ClientSession() as http,
    ):
        outside = Outside(server, market, http)  # type: ignore[arg-type]
        parameters = {"q": "nintendo switch oled", "limit": 5}
        for marketplace, currency in (
            (None, "USD"),
            ("EBAY_GB", "GBP"),
            ("EBAY_DE", "EUR"),
            ("EBAY_PL", "PLN"),
            ("EBAY_ATLANTIS", "USD"),
        ):
            _, body = await outside.search(marketplace, **parameters)
            assert {row["price"]["currency"] for row in body["itemSummaries"]} == {currency}
        status, body = await outside.search("EBAY_ZA", **parameters)
        assert (status, body["errors"][0]["errorId"]) == (409, 12019)


async def test_the_quota_is_restored_at_midnight_in_california(outside: Outside) -> None:
    outside.server.quota.limit = 2
    assert (await outside.search(q="a"))[0] == 200
    assert (await outside.search(q="a"))[0] == 200
    assert await outside.refused(q="a") == (429, 2001)
    outside.time[0] = NOON + 19 * HOUR - 1  # one second before midnight
    outside.token = ""
    assert await outside.refused(q="a") == (429, 2001)
    outside.time[0] += 1
    assert (await outside.search(q="a"))[0] == 200
    assert outside.server.quota.used == 1


async def test_the_rate_limit_endpoint_reports_the_remaining_calls(outside: Outside) -> None:
    await outside.search(q="a")
    url = outside.server.url + DEMO_RATE_LIMITS
    async with outside.http.get(url, headers={"Authorization": f"Bearer {outside.token}"}) as answer:
        body = await answer.json()
    browse = body["rateLimits"][0]["resources"][0]
    assert browse["name"] == "buy.browse"
    assert browse["rates"] == [
        {
            "count": 1,
            "limit": 5000,
            "remaining": 4999,
            "reset": "2026-07-02T07:00:00.000Z",
            "timeWindow": 86400,
        }
    ]
    headers = {"Authorization": f"Bearer {outside.token}"}
    async with outside.http.get(url + "?api_context=sell", headers=headers) as answer:
        assert answer.status == 204
    async with outside.http.get(url) as answer:
        assert answer.status == 403


async def test_recorded_searches_are_served_completely() -> None:
    folder = SHARED / "recorded"
    if not folder.is_dir():
        pytest.skip("the recorded searches lie in ../shared, which is not there")
    recorded = RecordedMarket(folder)
    async with MarketServer(recorded, clock=lambda: NOON) as server, aiohttp.ClientSession() as http:
        outside = Outside(server, recorded, http)  # type: ignore[arg-type]
        for query in recorded.queries:
            rows = []
            for page in range(10):
                _, body = await outside.search(q=query, limit=50, offset=50 * page)
                rows += body.get("itemSummaries", [])
                if "next" not in body:
                    break
            assert rows == json.loads((folder / f"{query.replace(' ', '-')}.json").read_text())


async def test_calls_are_counted_by_path(outside: Outside) -> None:
    await outside.search(q="a")
    await outside.search(q="b")
    assert outside.server.calls == {TOKEN: 1, SEARCH: 2}
    assert outside.server.stats()["quota"]["used"] == 2


def test_a_server_has_no_address_before_its_start() -> None:
    with pytest.raises(RuntimeError, match="has not been started"):
        _ = MarketServer(DemoMarket(1, Instant(NOON)), clock=lambda: NOON).url


async def test_a_taken_port_is_an_error_and_leaves_nothing_open(outside: Outside) -> None:
    port = int(outside.server.url.rpartition(":")[2])
    with pytest.raises(OSError, match=str(port)):
        await MarketServer(DemoMarket(1, Instant(NOON)), clock=lambda: NOON, port=port).start()
    assert (await outside.search(q="a"))[0] == 200


async def test_only_a_scripted_market_takes_items() -> None:
    async with (
        MarketServer(DemoMarket(1, Instant(NOON)), clock=lambda: NOON) as server,
        aiohttp.ClientSession() as http,
        http.post(server.url + "/_demo/items", json=[]) as answer,
    ):
        assert answer.status == 409


@pytest.mark.parametrize("header", ["Bearer x", "Basic !!!", "Basic /w=="])
async def test_an_invalid_basic_authentication_header_is_refused(outside: Outside, header: str) -> None:
    headers = {"Authorization": header}
    async with outside.http.post(outside.server.url + TOKEN, data={}, headers=headers) as answer:
        assert (answer.status, (await answer.json())["error"]) == (401, "invalid_client")


# Single items


async def ask_item(outside: Outside, item_id: str) -> tuple[int, dict[str, Any]]:
    token = outside.token or await outside.mint()
    url = URL(outside.server.url + ITEM.format(item_id=item_id.replace("|", "%7C")), encoded=True)
    async with outside.http.get(url, headers={"Authorization": f"Bearer {token}"}) as answer:
        return answer.status, await answer.json()


async def test_an_item_has_specifics_made_from_its_title(outside: Outside) -> None:
    outside.market.put("ipad", summary("1", "New Apple iPad Mini 4 128GB Silver"))
    status, body = await ask_item(outside, "v1|1|0")
    assert (status, body["title"]) == (200, "New Apple iPad Mini 4 128GB Silver")
    assert {a["name"]: a["value"] for a in body["localizedAspects"]} == {
        "Brand": "Apple",
        "Type": "Collectibles",
        "Storage Capacity": "128 GB",
        "Color": "Silver",
    }


async def test_an_item_shows_its_own_specifics(outside: Outside) -> None:
    aspects = [{"type": "STRING", "name": "Grade", "value": "9"}]
    outside.market.put("card", summary("1", "Card", localizedAspects=aspects))
    assert (await ask_item(outside, "v1|1|0"))[1]["localizedAspects"] == aspects


async def test_an_item_call_counts_and_needs_a_token(shoes: Outside) -> None:
    async with shoes.http.get(shoes.server.url + ITEM.format(item_id="v1%7C1%7C0")) as answer:
        assert answer.status in (401, 403)
    before = shoes.server.quota.used
    assert (await ask_item(shoes, "v1|1|0"))[0] == 200
    assert shoes.server.quota.used == before + 1


@pytest.mark.parametrize(("item_id", "error_id"), [("v1|404|0", 11001), ("404", 11012)])
async def test_an_unknown_item_is_refused_as_by_ebay(shoes: Outside, item_id: str, error_id: int) -> None:
    status, body = await ask_item(shoes, item_id)
    assert (status, body["errors"][0]["errorId"]) == (400, error_id)


async def bulk(
    outside: Outside, *ids: str, scope: str = f"{SCOPE}/buy.item.bulk"
) -> tuple[int, dict[str, Any]]:
    _, minted = await mint(outside, CLIENT_ID, CLIENT_SECRET, scope=scope)
    headers = {"Authorization": f"Bearer {minted['access_token']}"}
    url = outside.server.url + ITEMS
    async with outside.http.get(url, params={"item_ids": ",".join(ids)}, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_getitems_has_its_own_scope_and_quota(shoes: Outside) -> None:
    status, answer = await bulk(shoes, "v1|1|0", "v1|3|0", "v1|99|0")
    assert (status, answer["total"]) == (200, 2)
    [shoe, auction] = answer["items"]
    assert (shoe["price"], "title" in shoe, "shippingOptions" in shoe) == (money("100.00"), False, False)
    assert auction["price"] == auction["currentBidPrice"]
    assert auction["itemEndDate"] == wire_date(NOON + HOUR)
    assert shoe["estimatedAvailabilities"][0]["estimatedAvailabilityStatus"] == "IN_STOCK"
    assert answer["warnings"][0]["parameters"] == [{"name": "itemId", "value": "v1|99|0"}]
    assert (shoes.server.quota.bulk_used, shoes.server.quota.used) == (1, 0)


async def test_getitems_refuses_other_scopes_and_other_numbers_of_ids(shoes: Outside) -> None:
    statuses = [
        (await bulk(shoes, "v1|1|0", scope=SCOPE))[1]["errors"][0]["errorId"],
        *[(await bulk(shoes, *ids))[1]["errors"][0]["errorId"] for ids in ((), ("v1|9|0",) * 21, ("x",))],
        (await bulk(shoes, "v1|99|0"))[1]["errors"][0]["errorId"],
    ]
    assert statuses == [1100, 11017, 11015, 11012, 11001]
    shoes.server.oauth.scopes.discard(f"{SCOPE}/buy.item.bulk")
    assert (await mint(shoes, CLIENT_ID, CLIENT_SECRET, scope=f"{SCOPE}/buy.item.bulk"))[1]["error"] == (
        "invalid_scope"
    )
