"""The page without a pointer: every control is reached in reading order, and what has the focus is seen."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP
from tests.browser.keyboard import Hands, tab_through
from tests.browser.stage import OWNER
from tests.browser.states import STATES, Scene, fire_incidents
from watcher.accounts.sign_in import make_sign_in_link

PHONE = {"width": 390, "height": 844}


@pytest.mark.parametrize("name", STATES)
def test_tab_reaches_every_control_in_reading_order(scene: Scene, name: str) -> None:
    scene.visitor.context.add_init_script("window.EventSource = class { close() {} }")  # nothing is replaced
    STATES[name](scene)
    if name == "keys_of_the_page":
        return
    found = []
    for size in (DESKTOP, PHONE):
        scene.page.set_viewport_size(size)
        found += [f"{size['width']}: {trouble}" for trouble in tab_through(scene.page)]
    assert "\n".join(found) == ""


def test_the_whole_story_works_by_keys_alone(scene: Scene) -> None:
    scene.stage.put_goods()
    fire_incidents(scene.stage)
    hands = Hands(scene.page)
    sign_in_by_link(scene, hands)
    add_watch(scene, hands)
    scene.stage.poll()
    reject_item_of_alert(scene, hands)
    pause_in_list(scene, hands)
    edit_and_delete(scene, hands)
    open_dialog(scene, hands)
    acknowledge_incident(scene, hands)


def sign_in_by_link(scene: Scene, hands: Hands) -> None:
    stage = scene.stage
    stage.session()
    scene.open(f"/sign-in/{stage.do(make_sign_in_link(stage.app.stores, OWNER, stage.clock.now()))}")
    hands.go_to("button", "Sign in", "Enter")
    expect(scene.page).to_have_title("Watches · watcher")


def add_watch(scene: Scene, hands: Hands) -> None:
    page = scene.page
    page.keyboard.press("n")
    expect(page).to_have_url(re.compile(r"/watches/new$"))
    hands.go_to("field", "query")
    page.keyboard.type("zenitar mk2")
    hands.go_to("field", "value")
    page.keyboard.type("60")
    expect(page.locator("#preview")).to_contain_text("Kept")
    assert hands.at("field", "value"), "the preview took the focus"
    hands.go_to("button", "Use ", "Enter")
    expect(page.locator("#value")).not_to_have_value("60")
    hands.require_focus()
    hands.go_to("field", "kind", back=True)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    hands.go_to("field", "value")
    page.keyboard.press("Control+A")
    page.keyboard.type("43")
    hands.go_to("button", "Start watching", "Enter")
    expect(page.locator("#message")).to_contain_text("Saved")


def reject_item_of_alert(scene: Scene, hands: Hands) -> None:
    page = scene.page
    scene.open("/alerts")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Why it alerted")).to_be_visible()
    hands.go_to("button", "Not the item", "Enter")
    expect(page.locator("#doubt")).to_be_visible()
    hands.go_to("field", "words")
    page.keyboard.type("3")
    hands.go_to("button", "See what the words drop", "Space")
    expect(page.locator("#doubt")).to_contain_text("These comps would go")
    hands.go_to("button", "Reject it", "Enter")
    expect(page.locator("#message")).to_contain_text("Rejected")


def pause_in_list(scene: Scene, hands: Hands) -> None:
    page = scene.page
    scene.open()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox").first).to_be_checked()
    hands.go_to("button", "Pause", "Enter")
    expect(page.locator("#message")).to_contain_text("paused")
    hands.require_focus()  # on the list, because the buttons go with the ticks


def edit_and_delete(scene: Scene, hands: Hands) -> None:
    page = scene.page
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/watches/1$"))
    hands.go_to("link", "Edit", "Enter")
    expect(page.locator("#value")).to_be_visible()
    hands.go_to("field", "value")
    page.keyboard.press("Control+A")
    page.keyboard.type("42")
    hands.go_to("button", "Save", "Enter")
    expect(page.locator("#message")).to_contain_text("Saved")
    hands.go_to("button", "Delete", "Enter")
    expect(page.locator("#message")).to_contain_text("deleted")
    hands.go_to("button", "Undo", "Space")
    expect(page.locator("tbody tr")).to_have_count(1)


def open_dialog(scene: Scene, hands: Hands) -> None:
    page, dialog = scene.page, scene.page.get_by_role("dialog")
    hands.go_to("button", "Keys", "Enter")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert hands.at("button", "Keys"), "the dialog did not return the focus"
    page.keyboard.press("?")
    expect(dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def acknowledge_incident(scene: Scene, hands: Hands) -> None:
    scene.open("/status")
    hands.go_to("button", "Acknowledge", "Enter")
    expect(scene.page.locator("#status")).to_contain_text("acknowledged by owner")
    hands.require_focus()


def test_an_answer_about_a_listing_keeps_the_focus_on_the_page(scene: Scene) -> None:
    STATES["watch_that_asks"](scene)
    page, hands = scene.page, Hands(scene.page)
    hands.go_to("button", "Something else: ", "Enter")
    expect(page.locator("#message")).to_contain_text("Learned")
    hands.require_focus()
    scene.unfold()
    hands.go_to("button", "Take back: ", "Space")
    expect(page.locator("#message")).to_contain_text("Taken back.")
    hands.require_focus()
