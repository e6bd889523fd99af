"""The pictures of the simulated market."""

from __future__ import annotations

import struct
import zlib

import aiohttp

from tests.demo.outside import Outside
from tests.web.clients import client_of
from watcher.demo.catalogue import PRODUCTS
from watcher.demo.pictures import draw_picture
from watcher.runtime.simulation import simulated


def chunks(png: bytes) -> dict[bytes, bytes]:
    found, at = {}, 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at : at + 8])
        found[kind] = png[at + 8 : at + 8 + length]
        assert png[at + 8 + length : at + 12 + length] == struct.pack(">I", zlib.crc32(kind + found[kind]))
        at += 12 + length
    return found


def test_a_drawing_is_a_small_valid_png_in_its_size() -> None:
    for number in range(12):
        for size in (1, 64, 225, 500):
            png = draw_picture(f"p{number}", size)
            found = chunks(png)
            assert struct.unpack(">II", found[b"IHDR"][:8]) == (size, size)
            pixels = zlib.decompress(found[b"IDAT"])
            assert len(pixels) == size * (size + 1)
            assert max(pixels) < len(found[b"PLTE"]) // 3
            assert len(png) < 10_000


def test_drawings_differ_by_name_and_are_repeatable() -> None:
    names = [f"p{number}" for number in range(20)]
    assert len({draw_picture(name, 64) for name in names}) == 20
    draw_picture.cache_clear()
    assert draw_picture("p1", 64) == draw_picture.__wrapped__("p1", 64)


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
