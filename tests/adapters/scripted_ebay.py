"""eBay on loopback: it mints tokens and sends scripted replies."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from aiohttp import web

from tests.adapters.scripted_server import Reply, ScriptedServer, serve

SEARCH_PATH = "/buy/browse/v1/item_summary/search"
IMAGE_PATH = "/buy/browse/v1/item_summary/search_by_image"
UNAUTHORISED = {"errors": [{"errorId": 1001, "domain": "OAuth", "message": "Invalid access token"}]}


class ScriptedEbay(ScriptedServer):
    """Mints tokens `v^1.1#1`, `v^1.1#2`, …, and refuses requests whose token is not in `valid_tokens`."""

    def __init__(self) -> None:
        super().__init__(replies=[Reply({"total": 0})])
        self.valid_tokens = set[str]()
        self.mints = list[web.Request]()
        self.forms = list[str]()
        self.mint_replies = list[Reply]()
        self.expires_in: Any = 7200
        self.may_answer_mints = asyncio.Event()  # a test may clear it
        self.may_answer_mints.set()

    def revoke_tokens(self) -> None:
        self.valid_tokens.clear()

    async def mint(self, request: web.Request) -> web.Response:
        self.mints.append(request)
        self.forms.append(await request.text())
        await self.may_answer_mints.wait()
        if self.mint_replies:
            return await self.mint_replies.pop(0).response()
        token = f"v^1.1#{len(self.mints)}"
        self.valid_tokens.add(token)
        body = {
            "access_token": token,
            "expires_in": self.expires_in,
            "token_type": "Application Access Token",
        }
        return await Reply(body).response()

    async def answer(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.valid_tokens:
            self.requests.append(request)
            self.bodies.append(await request.read())
            return await Reply(UNAUTHORISED, 401).response()
        return await super().answer(request)


@contextlib.asynccontextmanager
async def scripted_ebay() -> AsyncIterator[ScriptedEbay]:
    """Run the server."""
    ebay = ScriptedEbay()
    app = web.Application()
    app.router.add_post("/identity/v1/oauth2/token", ebay.mint)
    app.router.add_get("/{path:.*}", ebay.answer)
    app.router.add_post("/{path:.*}", ebay.answer)
    async with serve(app) as ebay.base_url:
        yield ebay


def row(number: int = 1, **fields: Any) -> dict[str, Any]:
    """Return a row as eBay sends it; fields that are None are left out."""
    whole = {
        "itemId": f"v1|{number}|0",
        "title": "Nike Dunk Low Panda, size 10",
        "categories": [{"categoryId": "15709", "categoryName": "Athletic Shoes"}, {"categoryId": "93427"}],
        "image": {"imageUrl": f"https://i.ebayimg.com/{number}.jpg"},
        "price": {"value": "89.90", "currency": "USD"},
        "seller": {"username": "u", "feedbackPercentage": "99.8", "feedbackScore": 1042},
        "condition": "Brand New",
        "conditionId": "1000",
        "shippingOptions": [
            {"shippingCostType": "FIXED", "shippingCost": {"value": "7.50", "currency": "USD"}}
        ],
        "buyingOptions": ["FIXED_PRICE"],
        "itemWebUrl": f"https://www.ebay.com/itm/{number}",
        "itemLocation": {"postalCode": "194**", "country": "US"},
        "itemCreationDate": "2025-06-15T07:00:00.000Z",
    } | fields
    return {name: value for name, value in whole.items() if value is not None}


def page_reply(*rows: Any, total: int = 7, **envelope: Any) -> Reply:
    return Reply({"href": "", "total": total, "limit": 200, "offset": 0, "itemSummaries": rows} | envelope)
