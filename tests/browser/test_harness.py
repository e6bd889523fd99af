"""The visitor reports what it must: a page that misbehaves fails the test that saw it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.installation import Installation
from tests.browser.visitor import Visitor

Visit = Callable[..., Visitor]


@pytest.fixture(scope="module", autouse=True)
def running(installation: Installation) -> Iterator[None]:
    installation.start()
    yield
    installation.stop()


@pytest.mark.parametrize("words", ["with JavaScript", "without"])
def test_a_good_page_passes(visit: Visit, words: str) -> None:
    page = visit(script=words == "with JavaScript").open()
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing is watched yet")


@pytest.mark.parametrize("words", ["with JavaScript", "without"])
@pytest.mark.parametrize(
    ("content", "trouble"),
    [
        ("<img src=https://www.ebay.com/x.png>", "request to another host: GET https://www.ebay.com/x.png"),
        ("<img src=/missing.png>", "status 404 of /missing.png"),
        ("<p style='color: red'>text", "console: error: "),
    ],
)
def test_the_faults_of_a_page_are_found(visit: Visit, words: str, content: str, trouble: str) -> None:
    visitor = visit(script=words == "with JavaScript")
    page = f"<!doctype html><title>x</title>{content}"
    headers = {"Content-Type": "text/html", "Content-Security-Policy": "style-src 'self'"}
    visitor.page.route("**/odd", lambda route: route.fulfill(body=page, headers=headers))
    visitor.open("/odd")
    with pytest.raises(AssertionError, match=trouble):
        visitor.check()
    visitor.forget()


@pytest.mark.parametrize(
    ("script", "trouble"),
    [("throw new Error('broken')", "exception: .*broken"), ("console.warn('odd')", "console: warning: odd")],
)
def test_troubles_of_a_script_are_found(visit: Visit, script: str, trouble: str) -> None:
    visitor = visit()
    visitor.open().evaluate(f"setTimeout(() => {{ {script} }})")
    with pytest.raises(AssertionError, match=trouble):
        visitor.check()
    visitor.forget()


def test_a_failure_passes_if_a_step_expects_it(visit: Visit) -> None:
    visitor = visit()
    with visitor.expecting((404, "/watches/1")):
        visitor.open("/watches/1")
