"""The demo scans the picture that it ships."""

from __future__ import annotations

from watcher.cli.demo_scan import scan_sample
from watcher.core.errors import Api
from watcher.demo.catalogue import PRODUCTS
from watcher.demo.market import DemoMarket
from watcher.demo.recognition import SAMPLE_DRAWING
from watcher.runtime.simulation import START, simulated

SHOE = next(one for one in PRODUCTS if one.drawing == SAMPLE_DRAWING)


async def test_the_demo_says_what_its_sample_shows_and_is_worth() -> None:
    async with simulated(DemoMarket(7, START, (SHOE,)), seed=7, speed=1e6) as simulation:
        first = await scan_sample(simulation.app)
        again = await scan_sample(simulation.app)
        calls = simulation.market.quota.used
    assert "sample.jpg: " in first
    assert "Jordan" in first
    assert "by eBay's search by picture" in first
    assert "Pay at most $" in first
    assert "by an earlier picture" in again
    assert calls == 2, "one for the picture, one for the comps"


async def test_a_scan_of_the_demo_without_a_result_is_a_sentence() -> None:
    """A market of cards knows no shoe; the AI is asked, because eBay finds nothing."""
    async with simulated(DemoMarket(7, START, PRODUCTS[:1]), seed=7, speed=1e6) as simulation:
        text = await scan_sample(simulation.app)
        asked = simulation.app.quota_blocks[Api.OPENAI].used(START)
    assert text.startswith("The scan of the sample picture failed: Nothing for sale was recognised")
    assert asked == 1
