"""What a hurried person with a poor network does, and that nothing of theirs is lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.installation import Installation
from tests.browser.steps import LIVE_SECONDS
from tests.browser.visitor import Visitor

_SLOW_MS = 500.0
_CLICK = "button => { button.click(); setTimeout(() => button.click(), 100) }"


@pytest.fixture(scope="module", autouse=True)
def running(installation: Installation) -> Iterator[None]:
    installation.market.put("zenitar mk2", installation.market.item(1, "Zenitar mk2 camera", "50.00"))
    installation.start()
    yield
    installation.stop()


def _add(installation: Installation) -> int:
    return int(installation.command("watch", "add", "zenitar mk2", "--below", "20").split()[1].rstrip(":"))


def _answer_late(page: Page) -> None:
    def wait(route: Route) -> None:
        page.wait_for_timeout(_SLOW_MS)
        route.continue_()

    page.route("**/watches/bulk", wait)


def test_a_second_click_while_the_first_is_sent_does_nothing(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    number = _add(installation)
    page = visit().open("/")
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    _answer_late(page)
    page.check(f"input[name=w{number}]")
    page.fill("input[name=tag]", "cameras")
    page.locator("button[value=tag]").evaluate(_CLICK)
    expect(page.locator("#message")).to_contain_text("1 watch tagged.")
    expect(page.locator("#message button")).to_have_text("Undo")
    assert len(sent) == 1


def test_a_watch_that_is_deleted_elsewhere_says_so(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    number = _add(installation)
    visitor = visit()
    page = visitor.open(f"/watches/{number}")
    with visitor.expecting((404, f"/watches/{number}")):
        installation.command("watch", "remove", str(number))
        failure = page.locator("#failure")
        expect(failure).to_contain_text(f"You have no watch {number}", timeout=LIVE_SECONDS * 1000)


def test_an_error_page_of_a_proxy_keeps_what_was_typed(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    visitor = visit()
    page = visitor.open("/watches/new")
    with visitor.expecting((502, "/watches/new")):
        page.route("**/watches/new?*", lambda route: route.fulfill(status=502, body="<h1>Bad gateway</h1>"))
        page.fill("#query", "zenitar mk2")
        expect(page.locator("#failure")).to_contain_text("The daemon does not answer")
    assert page.input_value("#query") == "zenitar mk2"
    page.unroute("**/watches/new?*")
    expect(page.locator("#preview")).to_contain_text(
        "1 of 1 listing is the item", timeout=LIVE_SECONDS * 1000
    )


def test_a_second_click_does_not_end_a_scan(visit: Callable[..., Visitor]) -> None:
    visitor = visit()
    page = visitor.open("/scan")
    sent: list[bool] = []
    page.on("request", lambda request: sent.append(request.is_navigation_request()))
    page.set_input_files("#picture", {"name": "lens.jpg", "mimeType": "image/jpeg", "buffer": b"no picture"})
    with visitor.expecting((400, "/scan")):
        page.get_by_role("button", name="See what it is worth").evaluate(_CLICK)
        expect(page.locator("#scan-1")).to_contain_text("not a picture of a known type")
    assert sent
    assert not any(sent)
