"""The button of the simulated market that takes eBay down for a while."""

from __future__ import annotations

import aiohttp

from tests.demo.outside import Outside, Post
from watcher.demo.browse import SEARCH
from watcher.demo.server import OUTAGE_SECONDS


async def text_of(outside: Outside, *, press: bool = False) -> str:
    url = outside.server.url
    async with outside.http.request(
        "POST" if press else "GET", f"{url}/outage" if press else f"{url}/"
    ) as answer:
        assert answer.status == 200
        return await answer.text()


async def status_of_search(outside: Outside) -> int:
    headers = {"Authorization": f"Bearer {outside.token or await outside.mint()}"}
    async with outside.http.get(outside.server.url + SEARCH, params={"q": "x"}, headers=headers) as answer:
        return answer.status


async def test_the_button_takes_ebay_down_until_the_time_is_over(outside: Outside, post: Post) -> None:
    assert "eBay answers" in await text_of(outside)
    assert await status_of_search(outside) == 200
    assert "eBay is down" in await text_of(outside, press=True)
    assert await status_of_search(outside) == 503
    assert (await post({"text": "hello"}))[0] == 200, "Slack still works"
    outside.time[0] += OUTAGE_SECONDS - 1
    assert await status_of_search(outside) == 503
    outside.time[0] += 1
    assert await status_of_search(outside) == 200


async def test_a_second_press_ends_the_outage(outside: Outside) -> None:
    await text_of(outside, press=True)
    assert "eBay answers" in await text_of(outside, press=True)
    assert await status_of_search(outside) == 200


async def test_a_link_alone_starts_no_outage(outside: Outside) -> None:
    async with aiohttp.ClientSession(outside.server.url) as http, http.get("/outage") as answer:
        assert answer.status == 405
    assert await status_of_search(outside) == 200
