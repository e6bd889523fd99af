"""What a page shows by itself, and that nothing is lost between its answer and its stream of events."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Route, expect

from tests.browser.installation import Installation
from tests.browser.steps import LIVE_SECONDS
from tests.browser.visitor import Visitor


@pytest.fixture(scope="module", autouse=True)
def running(installation: Installation) -> Iterator[None]:
    installation.market.put("zenitar mk2", installation.market.item(1, "Zenitar mk2 camera", "50.00"))
    installation.start()
    installation.command("watch", "add", "zenitar mk2", "--below", "20")
    yield
    installation.stop()


def test_a_change_before_the_stream_opens_is_shown(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    def pause_first(route: Route) -> None:
        installation.command("watch", "pause", "1")  # no poll follows that would show it
        route.continue_()

    visitor = visit()
    visitor.page.route("**/app.js*", pause_first)
    visitor.page.goto(f"{installation.url}/", wait_until="commit")
    row = visitor.page.locator("#list tbody tr")
    expect(row).to_contain_text("paused", ignore_case=True, timeout=LIVE_SECONDS * 1000)
