from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from tests.adapters.ebay.world import ASK, World
from tests.adapters.scripted_ebay import (
    SEARCH_PATH,
    UNAUTHORISED,
    page_reply,
    row,
    scripted_ebay,
)
from tests.adapters.scripted_server import Reply
from tests.fakes import NOON, FakeClock
from watcher.adapters.ebay.client import EbayClient
from watcher.adapters.ebay.responses import EbayQuota
from watcher.adapters.outbound.http import HttpClient
from watcher.core.errors import Api, CallFailed, Code, Kind
from watcher.core.listing import Ask, Band, Condition, Listing, Snapshot, Sort
from watcher.core.money import Money
from watcher.core.plain_text import clean_text
from watcher.core.sellers import hash_of_seller
from watcher.core.times import from_iso

RECORDED = Path(__file__).resolve().parents[3] / ".." / "shared" / "ebay" / "recorded"


# Requests


async def test_search_request_has_ebays_parameters(world: World) -> None:
    await world.search(
        Ask("nike dunk (panda, low)", Condition.REFURBISHED, "EBAY_GB", category_id="15709", sort=Sort.NEWEST)
    )
    [asked] = world.server.requests
    assert asked.path == SEARCH_PATH
    assert dict(asked.query) == {
        "q": "nike dunk (panda, low)",
        "category_ids": "15709",
        "limit": "200",
        "filter": "buyingOptions:{FIXED_PRICE|AUCTION},conditionIds:{2000|2010|2020|2030|2500}",
        "sort": "newlyListed",
    }
    assert asked.headers["X-EBAY-C-MARKETPLACE-ID"] == "EBAY_GB"
    assert asked.headers["X-EBAY-C-ENDUSERCTX"] == "contextualLocation=country%3DUS%2Czip%3D19406"
    assert asked.headers["Authorization"] == "Bearer v^1.1#1"
    assert asked.headers["Accept-Encoding"] == "gzip"


async def test_plain_search_includes_auctions_and_no_other_filter(world: World) -> None:
    await world.search()
    assert dict(world.server.requests[0].query) == {
        "q": "nike dunk",
        "limit": "200",
        "filter": "buyingOptions:{FIXED_PRICE|AUCTION}",
    }


async def test_narrowed_search_asks_for_fixed_prices_and_sellers(world: World) -> None:
    band = Band(Money(5051, "USD"))
    await world.search(ASK._replace(band=band, sellers=("cards-4u", "a_b.c*")))
    await world.search(ASK._replace(band=Band(Money(500, "JPY"), Money(40, "JPY"))))
    assert [asked.query["filter"] for asked in world.server.requests] == [
        "buyingOptions:{FIXED_PRICE},price:[..50.51],priceCurrency:USD,sellers:{cards-4u|a_b.c*}",
        "buyingOptions:{FIXED_PRICE},price:[40..500],priceCurrency:JPY",
    ]


async def test_search_may_name_only_a_category(world: World) -> None:
    await world.search(Ask("", Condition.ANY, "EBAY_US", category_id="15709"))
    assert "q" not in world.server.requests[0].query


@pytest.mark.parametrize(
    ("deliver_to", "header"),
    [
        ("", None),
        ("DE", "contextualLocation=country%3DDE"),
        (" GB  SW1A 1AA ", "contextualLocation=country%3DGB%2Czip%3DSW1A%201AA"),
    ],
)
async def test_delivery_location_is_sent_if_configured(
    world: World, deliver_to: str, header: str | None
) -> None:
    ebay = EbayClient(
        base_url=world.server.base_url,
        token=world.token,
        http=world.http,
        guard=world.guard,
        clock=world.clock,
        deliver_to=deliver_to,
    )
    await ebay.search(ASK, interactive=False)
    assert world.server.requests[0].headers.get("X-EBAY-C-ENDUSERCTX") == header


async def test_query_that_ebay_would_cut_off_is_not_sent(world: World) -> None:
    failure = await world.failure(ASK._replace(query="x" * 101))
    assert (failure.kind, failure.caller_caused) == (Kind.REFUSED, True)
    assert world.server.requests == []
    await world.search(ASK._replace(query="x" * 100))


# Answers


async def test_no_results_is_an_answer(world: World) -> None:
    world.replies(Reply({"total": 0}))
    assert await world.search() == Snapshot((), NOON)
    assert [a.code for a in world.ledger.attempts] == [None]


async def test_snapshot_counts_all_rows(world: World) -> None:
    world.replies(page_reply(row(1), row(2), row(1), {"itemId": ""}, total=4))
    snapshot = await world.search()
    assert [x.item_id for x in snapshot.listings] == ["v1|1|0", "v1|2|0"]
    assert (snapshot.total, snapshot.rows, snapshot.duplicates, snapshot.unreadable) == (4, 4, 1, 1)
    assert snapshot.fetched_at == NOON


async def test_answer_with_an_unreadable_row_is_complete_but_not_exhaustive(world: World) -> None:
    world.replies(page_reply(row(1), 5, row(2)))
    snapshot = await world.search()
    assert (len(snapshot.listings), snapshot.unreadable) == (2, 1)
    assert (snapshot.complete, snapshot.is_exhaustive) == (True, False)
    world.replies(page_reply(row(1), row(1), row(2) | {"title": 5}))
    assert (await world.search()).is_exhaustive


async def test_body_that_is_not_an_answer_is_a_failed_attempt(world: World) -> None:
    world.replies(Reply(b"<html><body>Please sign in</body></html>", headers={"Content-Type": "text/html"}))
    assert (await world.failure()).kind is Kind.MALFORMED
    assert [a.code for a in world.ledger.attempts] == [Code.EBAY_UNAVAILABLE]


# Pages


async def test_pages_are_followed_up_to_the_requested_number(world: World) -> None:
    world.replies(
        page_reply(row(1), row(2), next=world.next_page(200)),
        page_reply(row(2), row(3), next=world.next_page(400)),
        page_reply(row(4)),
    )
    snapshot = await world.search(ASK._replace(pages=2))
    assert [x.item_id for x in snapshot.listings] == ["v1|1|0", "v1|2|0", "v1|3|0"]
    assert (snapshot.rows, snapshot.duplicates, snapshot.complete) == (4, 1, False)
    assert [r.query.get("offset") for r in world.server.requests] == [None, "200"]
    assert len(world.ledger.attempts) == 2, "every page is an attempt"
    assert world.server.requests[1].headers["X-EBAY-C-MARKETPLACE-ID"] == "EBAY_US"


async def test_answer_without_a_further_page_is_complete(world: World) -> None:
    world.replies(page_reply(row(1), next=world.next_page(200)), page_reply(row(2)))
    assert (await world.search(ASK._replace(pages=9))).complete
    assert len(world.server.requests) == 2


async def test_token_is_sent_to_no_other_address(world: World) -> None:
    for foreign in ("https://api.ebay.com", "http://127.0.0.1:1", world.server.base_url + ".evil.example"):
        world.replies(page_reply(row(1), next=f"{foreign}{SEARCH_PATH}?q=x&offset=200"))
        snapshot = await world.search(ASK._replace(pages=3))
        assert (len(snapshot.listings), snapshot.complete) == (1, False)
    assert len(world.server.requests) == 3


async def test_failing_later_page_fails_the_search(world: World) -> None:
    world.replies(page_reply(row(1), next=world.next_page(200)), Reply({}, 500))
    failure = await world.failure(ASK._replace(pages=2))
    assert failure.kind is Kind.UNAVAILABLE


async def test_retry_continues_with_the_page_that_failed(world: World) -> None:
    world.replies(
        page_reply(row(1), next=world.next_page(200)),
        Reply({}, 500),
        page_reply(row(2), next=world.next_page(400)),
        page_reply(row(3)),
    )
    snapshot = await world.search(ASK._replace(pages=3), interactive=True)
    assert [x.item_id for x in snapshot.listings] == ["v1|1|0", "v1|2|0", "v1|3|0"]
    assert [r.query.get("offset") for r in world.server.requests] == [None, "200", "200", "400"]
    assert world.ledger.counts["retry"] == 1


# Warnings

NEW = ASK._replace(condition=Condition.NEW, category_id="15709")
EVERYTHING = ("buyingOptions", "category_ids", "conditionIds")


@pytest.mark.parametrize(
    ("warnings", "ignored"),
    [
        ([], ()),
        (None, ()),
        ([{"errorId": 12520, "message": "m"}], ("conditionIds",)),
        ([{"errorId": 12009, "message": "m"}], ("category_ids",)),
        ([{"errorId": 12520}, {"errorId": 12009}], ("category_ids", "conditionIds")),
        ([{"errorId": 12002, "parameters": [{"name": "f", "value": "conditionIds"}]}], ("conditionIds",)),
        ([{"errorId": 12002, "parameters": [{"name": "buyingOptions", "value": "x"}]}], ("buyingOptions",)),
        ([{"errorId": 12002, "parameters": [{"name": "f", "value": "conditionIds:{9}"}]}], ("conditionIds",)),
        ([{"errorId": 12002, "message": "The value is invalid."}], EVERYTHING),
        ([{"errorId": 12519, "parameters": []}], EVERYTHING),
        ([{"errorId": 12012}], EVERYTHING),
        ([{"errorId": 99999}], EVERYTHING),
        ([{"message": "unknown warning"}], EVERYTHING),
        (["unexpected"], EVERYTHING),
        ("unexpected", EVERYTHING),
    ],
)  # fmt: skip
async def test_warnings_name_the_ignored_filters(
    world: World, warnings: Any, ignored: tuple[str, ...]
) -> None:
    world.replies(page_reply(row(1), warnings=warnings))
    snapshot = await world.search(NEW)
    assert snapshot.ignored_filters == ignored
    assert len(snapshot.listings) == 1


@pytest.mark.parametrize(("number", "name"), [(12003, "sellers"), (12012, "price"), (12520, "conditionIds")])
async def test_ignored_limits_are_reported(world: World, number: int, name: str) -> None:
    world.replies(page_reply(row(1), warnings=[{"errorId": number}]))
    narrowed = NEW._replace(band=Band(Money(5051, "USD")), sellers=("cards-4u",))
    assert (await world.search(narrowed)).ignored_filters == (name,)


async def test_ignored_sort_is_reported(world: World) -> None:
    world.replies(page_reply(warnings=[{"errorId": 12008}]))
    assert (await world.search(NEW._replace(sort=Sort.NEWEST))).ignored_filters == ("sort",)


async def test_warning_on_any_page_applies_to_the_whole_answer(world: World) -> None:
    world.replies(
        page_reply(row(1), next=world.next_page(200), warnings=[{"errorId": 12520}]), page_reply(row(2))
    )
    assert (await world.search(NEW._replace(pages=2))).ignored_filters == ("conditionIds",)


# Refusals


def refusal(status: int, error_id: int = 1, **headers: str) -> Reply:
    body = {"errors": [{"errorId": error_id, "domain": "D", "category": "REQUEST", "message": "so it is"}]}
    return Reply(body, status, headers)


@pytest.mark.parametrize(
    ("reply", "kind", "code", "counts"),
    [
        (refusal(400, 12001), Kind.REFUSED, Code.EBAY_UNAVAILABLE, False),
        (refusal(404, 11001), Kind.REFUSED, Code.EBAY_UNAVAILABLE, False),
        (refusal(409, 12019), Kind.REFUSED, Code.EBAY_UNAVAILABLE, False),
        (refusal(403, 1100), Kind.CREDENTIALS, Code.EBAY_UNAVAILABLE, True),
        (refusal(429, 2001), Kind.QUOTA, Code.EBAY_RATE_LIMIT, True),
        (refusal(429, 18000), Kind.RATE_LIMIT, Code.EBAY_RATE_LIMIT, True),
        (Reply(b"<h1>Too many requests</h1>", 429), Kind.RATE_LIMIT, Code.EBAY_RATE_LIMIT, True),
        (refusal(500, 12000), Kind.UNAVAILABLE, Code.EBAY_UNAVAILABLE, True),
        (Reply(b"<h1>Bad gateway 429 2001</h1>", 502), Kind.UNAVAILABLE, Code.EBAY_UNAVAILABLE, True),
        (Reply(b"", 503), Kind.UNAVAILABLE, Code.EBAY_UNAVAILABLE, True),
        (Reply({"errors": "odd"}, 504), Kind.TIMEOUT, Code.EBAY_TIMEOUT, True),
        (Reply(b"", 302, {"Location": SEARCH_PATH}), Kind.MALFORMED, Code.EBAY_UNAVAILABLE, True),
        (Reply(b"", 204), Kind.MALFORMED, Code.EBAY_UNAVAILABLE, True),
    ],
)
async def test_refusal_is_classified_by_status_and_error_id(
    world: World, reply: Reply, kind: Kind, code: Code, *, counts: bool
) -> None:
    world.replies(reply)
    failure = await world.failure()
    assert (failure.api, failure.kind, failure.caller_caused) == (Api.EBAY, kind, not counts)
    assert len(world.server.requests) == 1, "no redirect is followed"
    assert [(a.code, a.counts) for a in world.ledger.attempts] == [(code, counts)]


async def test_detail_of_a_refusal_contains_ebays_message(world: World) -> None:
    world.replies(refusal(400, 12001))
    failure = await world.failure()
    assert (failure.status, failure.detail) == (400, "HTTP 400, errorId 12001: 'so it is'")


@pytest.mark.parametrize(
    ("reply", "wait"),
    [
        (refusal(429, 1), None),
        (refusal(429, 1, **{"Retry-After": "40"}), 40.0),
        (refusal(503, 1, **{"Retry-After": "Sun, 15 Jun 2025 15:07:10 GMT"}), 30.0),
        (refusal(429, 2001, **{"Retry-After": "40"}), 40.0),
        (refusal(429, 1, **{"Retry-After": "86400"}), 3600.0),
        (refusal(429, 1, **{"Retry-After": "0"}), 1.0),
    ],
)
async def test_retry_after_of_ebay_is_reported(world: World, reply: Reply, wait: float | None) -> None:
    world.replies(reply)
    assert (await world.failure()).retry_after == wait


async def test_poll_is_sent_once_and_an_interactive_search_is_retried(world: World) -> None:
    world.replies(Reply({}, 500), Reply({}, 500), Reply({"total": 0}))
    await world.failure()
    await world.search(interactive=True)
    assert [a.code for a in world.ledger.attempts] == [Code.EBAY_UNAVAILABLE] * 2 + [None]


async def test_hanging_server_times_out(clock: FakeClock) -> None:
    http = HttpClient(concurrency=1)
    async with scripted_ebay() as server:
        world = World(server, clock, http, attempt_timeout=0.15)
        world.replies(Reply({"total": 0}, hangs=True))
        failure = await world.failure()
        await http.aclose()
    assert failure.kind is Kind.TIMEOUT
    assert [a.code for a in world.ledger.attempts] == [Code.EBAY_TIMEOUT]


# Tokens


async def test_refused_token_is_replaced_within_the_attempt(world: World) -> None:
    await world.search()
    world.server.revoke_tokens()
    world.replies(page_reply(row(1)))
    snapshot = await world.search()
    assert len(snapshot.listings) == 1
    assert (len(world.server.mints), len(world.server.requests)) == (2, 3)
    assert [a.code for a in world.ledger.attempts] == [None, None]


async def test_concurrent_refusals_mint_once(world: World) -> None:
    await world.search()
    world.server.revoke_tokens()
    await asyncio.gather(*(world.search() for _ in range(10)))
    assert len(world.server.mints) == 2


async def test_second_refusal_means_bad_credentials(world: World) -> None:
    world.replies(Reply(UNAUTHORISED, 401))
    failure = await world.failure(interactive=True)
    assert (failure.kind, failure.status, failure.transient) == (Kind.CREDENTIALS, 401, False)
    assert (len(world.server.mints), len(world.server.requests)) == (2, 2)
    assert [a.code for a in world.ledger.attempts] == [Code.EBAY_UNAVAILABLE]


async def test_repeated_refusals_do_not_use_up_the_days_mints(world: World) -> None:
    world.replies(Reply(UNAUTHORISED, 401))
    for _ in range(20):
        assert (await world.failure()).kind is Kind.CREDENTIALS
    assert len(world.server.mints) == 2
    world.clock.move(100)
    world.replies(Reply({"total": 0}))
    await world.search()
    assert len(world.server.mints) == 2


async def test_failed_mint_fails_the_search_and_is_one_sample(world: World) -> None:
    world.server.mint_replies = [Reply({"error": "invalid_client"}, 401)]
    failure = await world.failure(interactive=True)
    assert failure.kind is Kind.CREDENTIALS
    assert world.server.requests == []
    assert len(world.ledger.attempts) == 1


async def test_failed_mint_is_retried_for_an_interactive_search(world: World) -> None:
    world.server.mint_replies = [Reply({}, 503)]
    await world.search(interactive=True)
    assert [a.code for a in world.ledger.attempts] == [Code.EBAY_UNAVAILABLE, None]


# The quota and the check


async def test_quota_is_that_of_the_browse_api(world: World) -> None:
    rates = [
        {
            "count": 4,
            "limit": 5000,
            "remaining": 4996,
            "reset": "2025-06-16T07:00:00.000Z",
            "timeWindow": 86400,
        }
    ]
    others = {"name": "buy.browse.item.bulk", "rates": [{"limit": 1, "remaining": 1}]}
    world.replies(
        Reply(
            {
                "rateLimits": [
                    {"apiName": "Browse", "resources": [others, {"name": "buy.browse", "rates": rates}]}
                ]
            }
        )
    )
    assert await world.ebay.fetch_quota() == EbayQuota(4996, 5000, from_iso("2025-06-16T07:00:00Z"))
    [asked] = world.server.requests
    assert asked.path_qs == "/developer/analytics/v1_beta/rate_limit/?api_context=buy&api_name=browse"
    assert world.ledger.attempts == []


async def test_daily_rate_is_found_among_odd_and_shorter_ones(world: World) -> None:
    rates: list[Any] = [
        {"limit": 5, "remaining": 1, "timeWindow": 5},
        {"limit": 2**70, "remaining": "many", "timeWindow": 86400},
        {"limit": 5000, "remaining": 4000, "timeWindow": 86400, "reset": []},
    ]
    odd = [5, {"resources": "none"}, {"resources": [{"name": 5}, {"name": "buy.browse", "rates": rates}]}]
    world.replies(Reply({"rateLimits": odd}))
    assert await world.ebay.fetch_quota() == EbayQuota(4000, 5000, None)


@pytest.mark.parametrize(
    "reply", [Reply(b"", 204), Reply({}), Reply({"rateLimits": [{"resources": [{"name": "buy.browse"}]}]})]
)
async def test_quota_that_ebay_does_not_report_is_unknown(world: World, reply: Reply) -> None:
    world.replies(reply)
    assert await world.ebay.fetch_quota() is None


async def test_failed_quota_look_up_is_a_sample(world: World) -> None:
    for reply in (refusal(500, 105000), Reply(b"<html>"), Reply({"rateLimits": 5})):
        world.replies(reply)
        with pytest.raises(CallFailed):
            await world.ebay.fetch_quota()
    assert len(world.ledger.attempts) == 9, "three attempts each"


async def test_check_mints_a_token_or_raises(world: World) -> None:
    await world.ebay.check()
    assert (len(world.server.mints), len(world.server.requests)) == (1, 0)
    world.clock.move(8000)
    world.server.mint_replies = [Reply({"error": "invalid_client"}, 401)]
    with pytest.raises(CallFailed):
        await world.ebay.check()


# Recorded answers

RECORDINGS = sorted(RECORDED.glob("*.json")) if RECORDED.is_dir() else []


def recorded(file: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads(file.read_text())
    return rows


def in_minor_units(amount: dict[str, str] | None) -> Money | None:
    return Money(round(float(amount["value"]) * 100), amount["currency"]) if amount else None


def as_recorded(raw: dict[str, Any]) -> Listing:
    """Convert the same row by hand, field by field."""
    option = (raw.get("shippingOptions") or [{}])[0]
    auction = "AUCTION" in raw["buyingOptions"]
    return Listing(
        item_id=raw["itemId"],
        title=clean_text(raw["title"], 250),
        price=in_minor_units(raw["price"]),
        shipping=in_minor_units(option["shippingCost"])
        if option.get("shippingCostType") == "FIXED"
        else None,
        condition_id=int(raw["conditionId"]),
        condition=raw["condition"],
        url=raw["itemWebUrl"],
        image=raw.get("image", {}).get("imageUrl", ""),
        fixed="FIXED_PRICE" in raw["buyingOptions"],
        auction=auction,
        bid=in_minor_units(raw.get("currentBidPrice")),
        bid_count=raw.get("bidCount"),
        ends_at=from_iso(raw["itemEndDate"]) if auction else None,
        is_group="itemGroupType" in raw,
        group_id=raw["legacyItemId"] if "itemGroupHref" in raw else "",
        country=raw["itemLocation"]["country"],
        feedback=raw["seller"]["feedbackScore"],
        seller=hash_of_seller(raw["seller"]["username"]),
        created_at=from_iso(raw["itemCreationDate"]),
        converted_from=raw["price"].get("convertedFromCurrency", ""),
        categories=tuple(c["categoryId"] for c in raw["categories"]),
        epid=raw.get("epid", ""),
        ended="itemEndDate" in raw and (from_iso(raw["itemEndDate"]) or 0) <= NOON,
    )


@pytest.mark.skipif(not RECORDINGS, reason="needs the recorded answers beside the repository")
@pytest.mark.parametrize("file", RECORDINGS, ids=lambda f: f.stem)
async def test_recorded_rows_are_all_parsed_correctly(world: World, file: Path) -> None:
    rows = recorded(file)
    world.replies(page_reply(*rows, total=len(rows)))
    snapshot = await world.search(ASK._replace(query=file.stem))
    expected: dict[str, Listing] = {}
    for raw in rows:
        expected.setdefault(raw["itemId"], as_recorded(raw))
    found = [x._replace(title=" ".join(x.title.split())) for x in snapshot.listings]
    assert found == list(expected.values())
    assert (snapshot.rows, snapshot.duplicates) == (len(rows), len(rows) - len(expected))
    assert (snapshot.unreadable, snapshot.complete, snapshot.ignored_filters) == (0, True, ())
