"""From a photo to a watch: on a phone, and a batch with a bad picture, with JavaScript and without."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FilePayload, Page, Route, expect

from tests.browser.conftest import VISITORS, WAIT_MS
from tests.browser.stage import Stage
from tests.browser.states import Scene, show_camera
from tests.browser.visitor import Visitor
from tests.web.photos import photo
from watcher.demo.recognition import SAMPLE

PHONE = {"width": 390, "height": 844}
BAD = FilePayload(name="bad.jpg", mimeType="image/jpeg", buffer=b"no picture")
SEND = "See what it is worth"


@pytest.fixture(params=["with JavaScript", "without"])
def phone(browser: Browser, stage: Stage, request: pytest.FixtureRequest) -> Iterator[Scene]:
    """Yield a phone on which the owner has opened the page of a scan; there are listings to be found."""
    has_script = request.param == "with JavaScript"
    context = browser.new_context(viewport=PHONE, has_touch=True, java_script_enabled=has_script)
    context.set_default_timeout(WAIT_MS)
    visitor = Visitor(context, stage.url, has_script)
    request.node.stash[VISITORS] = [visitor]
    scene = Scene(stage, visitor)
    scene.sign_in()
    show_camera(stage)
    scene.open()
    visitor.page.get_by_role("link", name=re.compile("by photo", re.IGNORECASE)).click()
    yield scene
    visitor.check()
    context.close()


def picture(number: int) -> FilePayload:
    return FilePayload(name=f"IMG_{number}.jpg", mimeType="image/jpeg", buffer=photo(number))


def send(page: Page, *files: FilePayload) -> None:
    page.get_by_label("Pictures", exact=True).set_input_files(files)
    page.get_by_role("button", name=SEND).click()


def test_a_photo_becomes_a_watch_on_a_phone(phone: Scene) -> None:
    page = phone.page
    page.locator("#camera").set_input_files(SAMPLE)  # as a phone's camera does
    page.get_by_label("Price asked").fill("20")
    page.get_by_role("button", name=SEND).click()
    row = page.locator("#scan-1")
    expect(row).to_contain_text("Buy")
    expect(row).to_contain_text("recognised by eBay's search by picture")
    row.get_by_role("button", name="This is it").first.click()
    expect(row).to_contain_text("sample.jpg, as you say")
    expect(row).to_contain_text("Buy")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    row.get_by_role("link", name="Watch this").click()
    page.get_by_role("button", name="Start watching").click()
    expect(page).to_have_url(re.compile(r"/watches/1\b"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("zenitar mk2")


def test_a_batch_shows_its_bad_picture_among_the_others(phone: Scene) -> None:
    page = phone.page
    if phone.visitor.has_script:  # each picture is a request of its own
        phone.visitor.expected.add((400, "/scan"))
    send(page, picture(1), picture(2), BAD, picture(3), picture(4))
    rows = page.locator("#scans > tbody")
    expect(rows.locator(".state")).to_have_text(
        ["Pay at most $30.62"] * 2 + ["Failed"] + ["Pay at most $30.62"] * 2
    )
    expect(rows.nth(2)).to_contain_text("bad.jpg")
    expect(rows.nth(2).get_by_role("alert")).to_contain_text("The file is not a picture of a known type.")
    correct = rows.nth(3)
    correct.get_by_text("Reasons and corrections").click()
    correct.get_by_label("It is something else").fill("zenitar mk2")
    correct.get_by_role("button", name="Use my words").click()
    expect(page.locator("#scan-4")).to_contain_text("as you say")


def test_a_failed_picture_is_sent_again_by_itself(phone: Scene) -> None:
    if not phone.visitor.has_script:
        pytest.skip("without JavaScript a form is one request")
    page, sent = phone.page, list[str]()

    def lose_the_second(route: Route) -> None:
        sent.append(route.request.url)
        route.abort() if len(sent) == 2 else route.continue_()

    page.route("**/scan", lose_the_second)
    page.get_by_label("Price asked").fill("20")
    send(page, *(picture(n) for n in range(1, 4)))
    expect(page.locator("#scan-3")).to_contain_text("Buy")
    lost = page.locator("#scan-2")
    expect(lost).to_contain_text("The daemon does not answer")
    phone.visitor.settle()
    phone.visitor.troubles.clear()  # the browser reports the lost request
    lost.get_by_role("link", name="Try again now").click()
    expect(lost).to_contain_text("Buy")
    assert len(sent) == 4
    expect(page.get_by_label("Price asked")).to_have_value("20")
