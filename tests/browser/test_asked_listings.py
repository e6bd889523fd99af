"""A watch that asks about a listing: an answer, what it learned, and how that is taken back."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import expect

from tests.browser.installation import Installation
from tests.browser.steps import Person, adds_watch
from tests.browser.visitor import Visitor

QUERY, ODD = "zenitar mk2", "Zenitar mk2 camera lomo gravita"


@pytest.fixture(scope="module", autouse=True)
def running(installation: Installation) -> Iterator[None]:
    market = installation.market
    colours = ("black", "silver", "white")
    cameras = [market.item(n, f"Zenitar mk2 camera {colours[n % 3]}", f"{50 + n}.00") for n in range(9)]
    market.put(QUERY, *cameras, market.item(20, ODD, "53.00"))
    installation.start()
    yield
    installation.stop()


@pytest.mark.parametrize("words", ["with JavaScript", "without"])
def test_a_watch_asks_learns_and_takes_it_back(
    visit: Callable[..., Visitor], installation: Installation, words: str
) -> None:
    owner = Person(visit(script=words == "with JavaScript"), installation)
    adds_watch(owner, QUERY, "20")
    asks, learned = owner.page.locator("section[aria-labelledby=asked]"), owner.page.locator("#learned")
    owner.waits_for(asks)
    expect(asks.get_by_role("link")).to_have_text([ODD])
    expect(asks).to_contain_text('kept now: hardly any other title says "lomo gravita"')
    owner.presses(f"Something else: {ODD}")
    owner.is_shown_message("Learned")
    expect(asks).to_have_count(0)
    learned.locator("summary").click()
    expect(learned.get_by_role("listitem")).to_contain_text("Something else: “gravita”, “lomo”.")
    expect(owner.page.locator("#dropped-listings")).to_contain_text(ODD)
    learned.get_by_role("button").click()
    owner.is_shown_message("Taken back.")
    expect(learned).to_have_count(0)
    expect(asks).to_contain_text(ODD)
    owner.presses(f"This is it: {ODD}")
    expect(learned).to_contain_text("The item: “gravita”, “lomo”.")
    owner.presses("Undo")
    expect(asks).to_contain_text(ODD)
    owner.presses("Delete")
    owner.is_shown_message("deleted")
