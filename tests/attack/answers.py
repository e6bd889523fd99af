"""Attacks by what eBay, its token endpoint and Slack answer."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Iterator
from itertools import count
from pathlib import Path

from aiohttp import web

from tests.attack.world import QUERY, SpoiledMarket, World, attack, attacked_world
from tests.market.rows import summary

HUGE = 10**30
BARGAIN = summary("v1|900|0", "Kestrel X1 bargain", "150.00", "5.00")


async def _spoiled_row_loses_no_alert(home: Path, **spoiled: object) -> None:
    async with attacked_world(home) as world:
        world.offer_plain()
        world.spoiled.append(summary("v1|666|0", "Kestrel X1 odd", "320.00", "5.00") | spoiled)
        world.goods.put(QUERY, BARGAIN)
        await world.json("watch", "add", QUERY, "--below", "200")
        async with world.daemon():
            message = await world.message_with("bargain")
        assert "155" in message.body["text"], message.body["text"]


@attack
async def a_lone_surrogate_in_a_title(home: Path) -> None:
    await _spoiled_row_loses_no_alert(home, title="Kestrel X1 Teal \ud83d")


@attack
async def a_lone_surrogate_in_every_text(home: Path) -> None:
    seller = {"username": "\ud83d"}
    await _spoiled_row_loses_no_alert(
        home, title="\udc00", condition="\ud800", itemWebUrl="\udfff", seller=seller
    )


@attack
async def numbers_beyond_64_bits(home: Path) -> None:
    seller = {"username": "x", "feedbackScore": HUGE, "feedbackPercentage": "1" * 400}
    await _spoiled_row_loses_no_alert(home, seller=seller, bidCount=-HUGE, conditionId=str(HUGE))


@attack
async def fields_of_the_wrong_type(home: Path) -> None:
    await _spoiled_row_loses_no_alert(
        home,
        seller="a text",
        bidCount="0",
        shippingOptions={"shippingCost": 5},
        condition=["Used"],
        buyingOptions="FIXED_PRICE",
        itemLocation=[],
        image=7,
        categories={},
        itemCreationDate=12,
    )


@attack
async def a_row_whose_every_field_is_spoiled_and_is_counted(home: Path) -> None:
    async with attacked_world(home) as world:
        world.offer_plain()
        world.spoiled.append({"itemId": ["v1|666|0"], "title": 12, "price": [1, 2]})
        world.goods.put(QUERY, BARGAIN)
        await world.json("watch", "add", QUERY, "--below", "200")
        async with world.daemon():
            await world.message_with("bargain")
        found = world.rows("SELECT unreadable FROM searches")
        assert found == [(1,)], found
        status = (await world.run("status")).out
        assert "could not be read" in status, status


class LongTitles(list[dict[str, object]]):
    """Twenty rows whose titles are long and new each time they are read."""

    def __init__(self) -> None:
        super().__init__([{}])
        self._numbers = count()

    def __iter__(self) -> Iterator[dict[str, object]]:
        titles = (f"Kestrel X1 {next(self._numbers)} " + "long " * 6000 for _ in range(20))
        return (summary(f"v1|{7000 + n}|0", t, "320.00", "5.00") for n, t in enumerate(titles))


@attack
async def titles_of_30_kb_that_change_at_each_poll(home: Path) -> None:
    async with attacked_world(home) as world:
        world.spoiled = LongTitles()
        world.offer_plain()
        await world.json("watch", "add", QUERY, "--below", "200", "--every", "1s")
        async with world.daemon() as running:
            await _polls(world, 8)
            before = _resident_bytes(running.process.pid)
            await _polls(world, 24)
            grown = _resident_bytes(running.process.pid) - before
        assert grown < 20_000_000, f"{grown:,} bytes in 16 polls"


def _resident_bytes(pid: int) -> int:
    pages = Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")


async def _polls(world: World, number: int) -> None:
    deadline = time.monotonic() + 90
    while world.market.calls["/buy/browse/v1/item_summary/search"] < number:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.1)


async def _mints_with(home: Path, expires_in: object) -> int:
    def prepare(market: SpoiledMarket) -> None:
        mint = market.oauth.mint

        async def spoiled(request: web.Request) -> web.Response:
            answer = await mint(request)
            assert isinstance(answer.body, bytes)
            return web.json_response({**json.loads(answer.body), "expires_in": expires_in})

        market.oauth.mint = spoiled  # type: ignore[method-assign]  # the attack

    async with attacked_world(home, prepare) as world:
        world.offer_plain()
        await world.json("watch", "add", QUERY, "--below", "200", "--every", "1s")
        async with world.daemon():
            await _polls(world, 5)
        return world.market.oauth.mints


@attack
async def a_token_that_expires_at_once(home: Path) -> None:
    assert await _mints_with(home, 0) <= 2  # the second is of the quota look-up's scope at most


@attack
async def a_token_that_has_expired_already(home: Path) -> None:
    assert await _mints_with(home, -7200) <= 2


@attack
async def a_token_whose_lifetime_is_a_text(home: Path) -> None:
    assert await _mints_with(home, "7200") <= 2


@attack
async def a_token_whose_lifetime_is_beyond_every_clock(home: Path) -> None:
    assert await _mints_with(home, HUGE) <= 2


@attack
async def a_gateway_that_answers_400_with_html_instead_of_slack(home: Path) -> None:
    refusing = True

    def prepare(market: SpoiledMarket) -> None:
        webhook = market.slack.webhook

        async def gateway(request: web.Request) -> web.Response:
            if refusing:
                return web.Response(status=400, text="<html>Bad Request</html>", content_type="text/html")
            return await webhook(request)

        market.slack.webhook = gateway  # type: ignore[method-assign]  # the attack

    async with attacked_world(home, prepare) as world:
        world.offer_plain()
        world.goods.put(QUERY, BARGAIN)
        await world.json("watch", "add", QUERY, "--below", "200")
        async with world.daemon():
            await asyncio.sleep(12)  # five tries in seven seconds made it dead
            refusing = False
            assert world.rows("SELECT DISTINCT state FROM outbox WHERE kind = 'alert'") == [("pending",)]
            await world.message_with("bargain", seconds=90)


@attack
async def an_emoji_shortcode_in_a_label(home: Path) -> None:
    async with attacked_world(home) as world:
        world.offer_plain()
        world.goods.put(QUERY, BARGAIN)
        await world.json(
            "watch", "add", QUERY, "--below", "200", "--label", "<!channel> :rotating_light: *x*"
        )
        async with world.daemon():
            message = await world.message_with("bargain")
        assert ":rotating_light:" not in json.dumps(message.body), message.body
        assert "<!channel>" not in json.dumps(message.body)
