"""The simulated market recognises its own pictures and product codes."""

from __future__ import annotations

from base64 import b64encode
from io import BytesIO

import pytest
from PIL import Image

from tests.demo.draw_sample import draw_sample
from tests.demo.outside import Outside
from tests.market.rows import summary
from watcher.core.listing import Ask, Condition
from watcher.demo.catalogue import PRODUCTS
from watcher.demo.market import DemoMarket, gtin_of
from watcher.demo.pictures import draw_picture
from watcher.demo.recognition import SAMPLE, SAMPLE_DRAWING, Shown, UnreadablePicture, features_of
from watcher.runtime.simulation import START, simulated

SHOE = Shown("shoe", "A shoe", "shoes", "used")


@pytest.fixture(scope="module")
def market() -> DemoMarket:
    """A market of two products: more would only take longer to draw."""
    return DemoMarket(7, START, PRODUCTS[:2])


def picture_of(market: DemoMarket, product: int, number: int) -> Image.Image:
    """Return a listing's picture, decoded."""
    rows = [one.rows[0] for one in market.inventory(market.products[product]).at(START)]
    name = [row for row in rows if "image" in row][number]["image"]["imageUrl"].split("/")[-2]
    return Image.open(BytesIO(draw_picture(name, 225))).convert("RGB")


def jpeg_of(image: Image.Image, quality: int) -> bytes:
    body = BytesIO()
    image.save(body, "JPEG", quality=quality)
    return body.getvalue()


def black_picture() -> bytes:
    return jpeg_of(Image.new("RGB", (50, 50)), 80)


@pytest.mark.parametrize("product", [0, 1])
async def test_a_listing_is_recognised_by_its_picture(market: DemoMarket, product: int) -> None:
    picture = picture_of(market, product, 3)
    for changed in (jpeg_of(picture, 90), jpeg_of(picture.resize((1024, 1024)), 85)):
        shown = await market.recognise(changed, START)
        assert shown is not None
        assert shown.query == PRODUCTS[product].query
        assert shown.category == PRODUCTS[product].category


async def test_another_picture_is_not_recognised(market: DemoMarket) -> None:
    assert await market.recognise(black_picture(), START) is None


@pytest.mark.parametrize("body", [b"", b"<svg/>", b"\xff\xd8\xff\xe0", b"GIF89a\x01\x00"])
async def test_bytes_that_cannot_be_decoded_are_refused(market: DemoMarket, body: bytes) -> None:
    with pytest.raises(UnreadablePicture):
        await market.recognise(body, START)


def test_every_product_has_a_code_of_its_own(market: DemoMarket) -> None:
    codes = {gtin_of(product) for product in PRODUCTS}
    assert len(codes) == len(PRODUCTS)
    for code in codes:
        digits = [int(digit) for digit in code]
        assert len(digits) == 13
        assert (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0
    found = market.search(gtin_of(PRODUCTS[1]), START)
    assert found == market.search(PRODUCTS[1].query, START)
    assert found


# Over real sockets


async def test_a_search_by_picture_finds_what_it_shows(outside: Outside) -> None:
    outside.market.put("shoe", summary("1", "Shoe"), summary("2", "Shoe", condition_id="1000"))
    outside.market.shown = SHOE
    image = b64encode(black_picture()).decode()
    status, body = await outside.search_by_image(image, filter="conditionIds:{1000}", q="ignored")
    assert status == 200
    assert [row["legacyItemId"] for row in body["itemSummaries"]] == ["2"]
    assert outside.server.quota.used == 1


async def test_an_unknown_picture_finds_nothing(outside: Outside) -> None:
    outside.market.put("shoe", summary("1", "Shoe"))
    status, body = await outside.search_by_image(b64encode(black_picture()).decode())
    assert (status, body["total"]) == (200, 0)


@pytest.mark.parametrize("image", ["", "no base64!", b64encode(b"no picture").decode()])
async def test_a_broken_picture_is_refused(outside: Outside, image: str) -> None:
    status, body = await outside.search_by_image(image)
    assert (status, body["errors"][0]["errorId"]) == (400, 12501)


async def test_a_product_code_finds_what_was_put_under_it(outside: Outside) -> None:
    outside.market.put("4006381333931", summary("5", "Pen"))
    assert await outside.ids(gtin="4006381333931") == ["5"]
    assert await outside.ids(gtin="4006381333948") == []


# The sample picture


@pytest.mark.slow
def test_the_shipped_sample_is_what_its_script_draws() -> None:
    """Compared coarsely: another version of Pillow may round differently."""
    assert SAMPLE.stat().st_size < 100_000
    shipped, drawn = features_of(SAMPLE.read_bytes()), features_of(jpeg_of(draw_sample(), 82))
    assert max(abs(one - other) for one, other in zip(shipped, drawn, strict=True)) <= 3


async def test_the_sample_is_recognised_after_it_was_shrunk() -> None:
    with Image.open(SAMPLE) as sample:
        smaller = jpeg_of(sample.convert("RGB").resize((1024, 768)), 75)
    product = next(one for one in PRODUCTS if one.drawing == SAMPLE_DRAWING)
    market = DemoMarket(7, START, (product,))
    shown = await market.recognise(smaller, START)
    assert shown is not None
    assert (shown.query, shown.category) == (product.query, product.category)


async def test_a_search_in_the_demo_by_its_sample_finds_the_product() -> None:
    product = next(one for one in PRODUCTS if one.drawing == SAMPLE_DRAWING)
    async with simulated(DemoMarket(7, START, (product,)), seed=7, speed=1e6) as simulation:
        app = simulation.app
        ask = Ask("", Condition.ANY, "EBAY_US")
        found = await app.ebay.search_by_image(SAMPLE.read_bytes(), ask)
        assert app.openai is not None
        answer = await app.openai.identify(SAMPLE.read_bytes())
        cost = app.settings.openai.prices.cost(answer.usage)
    assert len(found.listings) > 20
    assert (answer.query, answer.category) == (product.query, product.category)
    assert cost
