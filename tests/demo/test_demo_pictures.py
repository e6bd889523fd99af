"""The pictures of the simulated market."""

from __future__ import annotations

from collections import Counter
from io import BytesIO

import aiohttp
from PIL import Image

from tests.demo.outside import Outside
from tests.web.clients import client_of
from watcher.demo.catalogue import PRODUCTS
from watcher.demo.drawings import DRAWINGS
from watcher.demo.market import DemoMarket
from watcher.demo.pictures import draw_picture
from watcher.runtime.simulation import START, simulated


def test_a_drawing_is_a_small_png_in_its_size() -> None:
    for name in DRAWINGS:
        for size in (1, 64, 225):
            png = draw_picture(f"{name}-{size}", size)
            with Image.open(BytesIO(png), formats=("PNG",)) as image:
                image.load()
                assert image.size == (size, size)
            assert len(png) < 6_000


def test_every_product_has_a_drawing_and_listings_show_it() -> None:
    for product in PRODUCTS:
        assert product.drawing in DRAWINGS
    market, shown = DemoMarket(1, START), Counter[str]()
    for row in market.search(PRODUCTS[0].query, START):
        if "image" in row:
            shown[row["image"]["imageUrl"].split("/")[-2].partition("-")[0]] += 1
    assert shown.keys() == {"card", "box"}, "and of a box alone, a box"
    assert shown["card"] > 10 * shown["box"]


def test_drawings_differ_by_name_and_are_repeatable() -> None:
    names = [f"card-{number}" for number in range(20)]
    assert len({draw_picture(name, 64) for name in names}) == 20
    draw_picture.cache_clear()
    assert draw_picture("card-1", 64) == draw_picture.__wrapped__("card-1", 64)


async def test_sizes_are_limited_and_other_addresses_unknown(outside: Outside) -> None:
    async with aiohttp.ClientSession(outside.server.url) as http:
        async with http.get("/images/g/abc/s-l1600.jpg") as answer:
            assert (answer.status, answer.content_type) == (200, "image/png")
            assert await answer.read() == draw_picture("abc", 500)
        for path in (
            "/images/g/abc/s-l.jpg",
            "/images/g/abc/s-l225.svg",
            "/images/g/a%2Fb/s-l225.jpg",
            "/images/",
        ):
            async with http.get(path) as answer:
                assert answer.status == 404


async def test_the_demo_shows_pictures_without_another_host() -> None:
    async with simulated(None, seed=1, speed=1e9) as simulation:
        async with client_of(simulation.app) as client:
            comps = (await client.get("/api/comps", params={"q": PRODUCTS[0].query})).json()
            items = [kept["itemId"] for kept in comps["comps"]["kept"][:5]]
            pictures = [await client.get(f"/img/{item}") for item in items]
        assert len(items) == 5
        assert {(p.status_code, p.headers["content-type"]) for p in pictures} == {(200, "image/png")}
        assert len({p.content for p in pictures}) == 5
