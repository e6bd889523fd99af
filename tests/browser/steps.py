"""What people do on the page, step by step, with JavaScript and without."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Locator, Page, expect

from tests.browser.installation import BrowserMarket, Installation
from tests.browser.visitor import Visitor

LIVE_SECONDS = 15.0  # within which a change in the daemon is on the page
PATIENCE_SECONDS = 60.0
_BETWEEN_RELOADS_MS, _BETWEEN_PRESSES_MS = 300.0, 1000.0


@dataclass(frozen=True)
class Person:
    """A person before a browser."""

    visitor: Visitor
    installation: Installation

    @property
    def page(self) -> Page:
        return self.visitor.page

    @property
    def market(self) -> BrowserMarket:
        return self.installation.market

    @property
    def has_script(self) -> bool:
        return self.visitor.has_script

    def reads(self, heading: str) -> None:
        """Expect the page with this heading."""
        expect(self.page.get_by_role("heading", level=1)).to_have_text(heading)

    def is_shown_message(self, message: str) -> None:
        """Expect this text above the content."""
        expect(self.page.locator("#message")).to_contain_text(message)

    def presses(self, name: str, within: Locator | None = None) -> None:
        """Press the button, or follow the link that looks like one."""
        place = within or self.page.locator("body")
        button = place.get_by_role("button", name=name, exact=True)
        button.or_(place.get_by_role("link", name=name, exact=True)).first.click()

    def keeps_pressing(self, name: str, until: Locator) -> None:
        """Press the button every second until something is shown, for a minute at most."""
        end = time.monotonic() + PATIENCE_SECONDS
        while not until.is_visible() and time.monotonic() < end:
            self.page.wait_for_timeout(_BETWEEN_PRESSES_MS)
            self.presses(name)

    def waits_for(self, locator: Locator) -> None:
        """Wait until it is shown: without doing anything with JavaScript, by reloading without."""
        with self._stays() if self.has_script else _nothing():
            end = time.monotonic() + LIVE_SECONDS
            while not self.has_script and not locator.first.is_visible() and time.monotonic() < end:
                self.page.wait_for_timeout(_BETWEEN_RELOADS_MS)
                self.page.reload()
            expect(locator.first).to_be_visible(timeout=LIVE_SECONDS * 1000)

    @contextmanager
    def _stays(self) -> Iterator[None]:
        """Expect that the document is not loaded again meanwhile."""
        self.page.evaluate("document.isFirst = true")
        yield
        assert self.page.evaluate("document.isFirst"), "the page was loaded again"


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def signs_in(person: Person, name: str) -> None:
    """Open a new sign-in link and press its button."""
    link = person.installation.command("user", "link", name)
    person.page.goto(link)
    person.reads("Sign in")
    person.presses("Sign in")
    expect(person.page.locator("footer")).to_contain_text(name)


def tries(person: Person, **typed: str) -> None:
    """Type into the form of a watch and wait for its preview: it comes by itself, or by its button."""
    for name, text in typed.items():
        field = person.page.locator(f"#{name}")
        if name in ("kind", "condition"):
            field.select_option(text)
        else:
            field.fill(text)
    if not person.has_script:
        person.presses("See what it finds")


def adds_watch(person: Person, query: str, below: str) -> None:
    """Add a watch without looking at its preview."""
    person.visitor.open("/watches/new")
    tries(person, query=query, kind="below", value=below)
    person.presses("Start watching")
    person.reads(query)


def ticks_all(person: Person) -> None:
    """Tick every watch of the list."""
    for box in person.page.locator("#list tbody input[type=checkbox]").all():
        box.check()
