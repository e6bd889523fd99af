"""eBay on loopback, saying what a test scripts: tokens, answers, refusals."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
from aiohttp import web

SEARCH = "/buy/browse/v1/item_summary/search"
UNAUTHORISED = {"errors": [{"errorId": 1001, "domain": "OAuth", "message": "Invalid access token"}]}


@dataclass
class Reply:
    """What to answer: `body` as JSON, or bytes as they are."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    after: float = 0.0

    def bytes(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else msgspec.json.encode(self.body)

    async def response(self) -> web.Response:
        await asyncio.sleep(self.after)
        return web.Response(
            body=self.bytes(),
            status=self.status,
            headers={"Content-Type": "application/json", **self.headers},
        )


class ScriptedEbay:
    """Mints tokens `v^1.1#1`, `v^1.1#2`…; honours those in `valid`; replies in order, the last for ever."""

    def __init__(self) -> None:
        self.base_url = ""
        self.valid = set[str]()
        self.mints = list[web.Request]()
        self.forms = list[str]()
        self.asked = list[web.Request]()
        self.mint_replies = list[Reply]()
        self.replies = [Reply({"total": 0})]
        self.expires_in: Any = 7200
        self.mint_takes = 0.0

    def revoke(self) -> None:
        self.valid.clear()

    async def mint(self, request: web.Request) -> web.Response:
        self.mints.append(request)
        self.forms.append(await request.text())
        if self.mint_replies:
            return await self.mint_replies.pop(0).response()
        token = f"v^1.1#{len(self.mints)}"
        self.valid.add(token)
        body = {
            "access_token": token,
            "expires_in": self.expires_in,
            "token_type": "Application Access Token",
        }
        return await Reply(body, after=self.mint_takes).response()

    async def answer(self, request: web.Request) -> web.Response:
        self.asked.append(request)
        if request.headers.get("Authorization", "").removeprefix("Bearer ") not in self.valid:
            return await Reply(UNAUTHORISED, 401).response()
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        return await reply.response()


@contextlib.asynccontextmanager
async def scripted_ebay() -> AsyncIterator[ScriptedEbay]:
    """The server, listening."""
    ebay = ScriptedEbay()
    app = web.Application()
    app.router.add_post("/identity/v1/oauth2/token", ebay.mint)
    app.router.add_get("/{path:.*}", ebay.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    host, port = runner.addresses[0]
    ebay.base_url = f"http://{host}:{port}"
    try:
        yield ebay
    finally:
        await runner.cleanup()


def row(number: int = 1, **fields: Any) -> dict[str, Any]:
    """A row as eBay sends it; a field that is None is not there."""
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


def page(*rows: Any, total: int = 7, **envelope: Any) -> Reply:
    return Reply({"href": "", "total": total, "limit": 200, "offset": 0, "itemSummaries": rows} | envelope)
