"""Sales of eBay's Marketplace Insights, over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import msgspec
import pytest

from tests.adapters.scripted_ebay import ScriptedEbay, scripted_ebay
from tests.adapters.scripted_server import Reply, quick_guard
from tests.fakes import NOON, FakeClock, RecordingMeter
from watcher.adapters.ebay.insights import INSIGHTS_SCOPE, INSIGHTS_TOKEN_FILE, InsightsClient
from watcher.adapters.ebay.responses import parse_sales
from watcher.adapters.ebay.token import EbayToken
from watcher.adapters.outbound.http import HttpClient
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Ask, Condition, Listing
from watcher.core.money import Money
from watcher.core.times import from_iso

ASK = Ask("nike dunk, low", Condition.NEW, "EBAY_GB", "15709")


def sale(number: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a row of itemSales; fields that are None are left out."""
    whole = {
        "itemId": f"v1|{number}|0",
        "title": "Nike Dunk Low Panda, size 10",
        "condition": "New",
        "conditionId": "1000",
        "lastSoldPrice": {"value": "89.90", "currency": "GBP"},
        "lastSoldDate": "2025-06-01T07:00:00.000Z",
        "totalSoldQuantity": 3,
        "buyingOptions": ["FIXED_PRICE"],
        "itemWebUrl": f"https://www.ebay.co.uk/itm/{number}",
        "seller": {"feedbackScore": 17},
        "itemLocation": {"country": "GB"},
        "categories": [{"categoryId": "15709"}],
    } | fields
    return {name: value for name, value in whole.items() if value is not None}


def sales(*rows: Any, **envelope: Any) -> dict[str, Any]:
    return {"href": "", "total": len(rows), "limit": 200, "offset": 0, "itemSales": rows} | envelope


class World:
    def __init__(self, server: ScriptedEbay, http: HttpClient, state_dir: Path) -> None:
        self.server, self.ledger, clock = server, RecordingMeter(), FakeClock()
        self.guard = guard = quick_guard(Api.EBAY, self.ledger, clock)
        self.token = EbayToken(
            base_url=server.base_url,
            client_id="App-1",
            client_secret="PRD-canary",
            state_dir=state_dir,
            http=http,
            guard=guard,
            clock=clock,
            scope=INSIGHTS_SCOPE,
            file_name=INSIGHTS_TOKEN_FILE,
        )
        self.insights = InsightsClient(
            base_url=server.base_url, token=self.token, http=http, guard=guard, clock=clock
        )

    async def failure(self) -> CallFailed:
        with pytest.raises(CallFailed) as caught:
            await self.insights.sold(ASK)
        return caught.value


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    http = HttpClient(concurrency=2)
    async with scripted_ebay() as server:
        yield World(server, http, tmp_path)
        await http.aclose()


@pytest.fixture
def only_token_file(tmp_path: Path) -> Iterator[Path]:
    """Check that the token file is the only file at the end."""
    yield tmp_path
    assert [file.name for file in tmp_path.iterdir()] == [INSIGHTS_TOKEN_FILE]


@pytest.mark.usefixtures("only_token_file")
async def test_sales_search_uses_a_token_of_its_own_scope(world: World) -> None:
    world.server.replies = [Reply(sales(sale()))]
    await world.insights.sold(ASK)
    assert parse_qs(world.server.forms[0])["scope"] == [INSIGHTS_SCOPE]
    [asked] = world.server.requests
    assert asked.path == "/buy/marketplace_insights/v1_beta/item_sales/search"
    assert asked.headers["X-EBAY-C-MARKETPLACE-ID"] == "EBAY_GB"
    assert dict(asked.query) == {
        "q": "nike,dunk,low",
        "category_ids": "15709",
        "limit": "200",
        "filter": "conditionIds:{1000|1500}",
    }


async def test_any_condition_sends_no_filter(world: World) -> None:
    world.server.replies = [Reply(sales())]
    await world.insights.sold(ASK._replace(condition=Condition.ANY))
    assert "filter" not in world.server.requests[0].query


async def test_search_without_a_category_is_not_supported(world: World) -> None:
    assert world.insights.answers(ASK)
    assert not world.insights.answers(ASK._replace(category_id=""))


async def test_sale_is_a_listing_at_the_price_paid(world: World) -> None:
    world.server.replies = [Reply(sales(sale()))]
    found = await world.insights.sold(ASK)
    assert found.listings == (
        Listing(
            item_id="v1|1|0",
            title="Nike Dunk Low Panda, size 10",
            price=Money(8990, "GBP"),
            shipping=None,
            condition_id=1000,
            condition="New",
            url="https://www.ebay.co.uk/itm/1",
            country="GB",
            feedback=17,
            ends_at=from_iso("2025-06-01T07:00:00Z"),
            categories=("15709",),
        ),
    )
    assert (found.total, found.complete, found.fetched_at) == (1, False, NOON)


def test_sold_auction_has_a_price_and_no_bid() -> None:
    found = parse_sales(msgspec.json.encode(sales(sale(buyingOptions=["AUCTION"], bidCount=9))), NOON)
    [won] = found.listings
    assert (won.price, won.bid, won.auction, won.bid_count) == (Money(8990, "GBP"), None, True, 9)


def test_row_without_a_sold_price_is_not_a_sale() -> None:
    unpriced = sale(2, lastSoldPrice=None, price={"value": "5.00", "currency": "GBP"})
    rows = (sale(1), unpriced, sale(1), sale(3, lastSoldPrice={"value": "0.00", "currency": "GBP"}), 5)
    found = parse_sales(msgspec.json.encode(sales(*rows)), NOON)
    assert [x.item_id for x in found.listings] == ["v1|1|0"]
    assert (found.rows, found.duplicates, found.unreadable) == (5, 1, 3)


@pytest.mark.parametrize(
    "body", [{"total": 0}, {"total": 0, "itemSales": []}, {"total": 0, "itemSales": None}]
)
def test_no_sales_are_an_answer(body: dict[str, Any]) -> None:
    assert parse_sales(msgspec.json.encode(body), NOON).listings == ()


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>", b'{"total": 1, "itemSales": {}}', b"[" * 100_000])
def test_body_that_is_not_a_sales_response_is_malformed(body: bytes) -> None:
    with pytest.raises(CallFailed) as caught:
        parse_sales(body, NOON)
    assert caught.value.kind is Kind.MALFORMED


@pytest.mark.parametrize(
    ("status", "error_id", "kind", "caller"),
    [
        (400, 100018, Kind.REFUSED, True),
        (403, 100017, Kind.CREDENTIALS, False),
        (429, 2001, Kind.QUOTA, False),
        (429, 2000, Kind.RATE_LIMIT, False),
        (500, 100000, Kind.UNAVAILABLE, False),
    ],
)
async def test_refusal_of_a_sales_search_is_classified_by_error_id(
    world: World, *, status: int, error_id: int, kind: Kind, caller: bool
) -> None:
    world.server.replies = [Reply({"errors": [{"errorId": error_id, "message": "no"}]}, status)]
    failure = await world.failure()
    assert (failure.kind, failure.caller_caused) == (kind, caller)
    assert len(world.ledger.attempts) == 1


async def test_missing_grant_is_not_requested_twice(world: World) -> None:
    world.server.mint_replies = [Reply({"error": "invalid_scope"}, 400)]
    assert (await world.failure()).kind is Kind.CREDENTIALS
    assert (await world.failure()).kind is Kind.CREDENTIALS
    assert (len(world.server.mints), world.server.requests) == (1, [])


async def test_refused_token_is_replaced_for_the_next_search(world: World) -> None:
    world.server.replies = [Reply(sales(sale()))]
    await world.insights.sold(ASK)
    world.server.revoke_tokens()
    assert (await world.failure()).kind is Kind.CREDENTIALS
    assert len((await world.insights.sold(ASK)).listings) == 1
    assert len(world.server.mints) == 2


async def test_two_scopes_keep_separate_tokens(
    tmp_path: Path,
) -> None:
    """Flaw 31: two scopes shared one token file and overwrote each other's token."""
    http = HttpClient(concurrency=2)
    async with scripted_ebay() as server:
        server.replies = [Reply(sales())]
        for _ in range(3):  # restarts
            sold = World(server, http, tmp_path)
            browse = EbayToken(
                base_url=server.base_url,
                client_id="App-1",
                client_secret="PRD-canary",
                state_dir=tmp_path,
                http=http,
                guard=sold.guard,
                clock=FakeClock(),
            )
            for _ in range(5):
                await sold.insights.sold(ASK)
                await browse.get()
        await http.aclose()
    scopes = [parse_qs(form)["scope"][0] for form in server.forms]
    assert len(scopes) == len(set(scopes)) == 2
