"""The whole story of the page, as people live it: twice, with JavaScript and without."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.installation import Installation, installed
from tests.browser.steps import Person, adds_watch, signs_in, ticks_all, tries
from tests.browser.visitor import Visitor

QUERY, OTHER = "zenitar mk2", "meyer domiplan"
OUTAGE_MS = 60_000  # a breaker is open for half a minute
DOWN = {"kind": "status", "status": 503, "path": "/buy/"}


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """Yield an installation of its own for each telling."""
    with installed(tmp_path) as made:
        yield made


@pytest.mark.parametrize("words", ["with JavaScript", "without"])
def test_people_find_bargains_on_the_page(
    visit: Callable[..., Visitor], installation: Installation, words: str
) -> None:
    has_script = words == "with JavaScript"
    installation.configure(client_id="", client_secret="")
    installation.start("--setup")
    owner = Person(visit(script=has_script), installation)
    learns_that_keys_are_missing_and_sets_them(owner)
    sees_an_empty_installation(owner)
    becomes_a_person(owner)
    adds_a_watch_after_its_preview(owner)
    sees_an_alert_arrive(owner)
    reads_its_receipt(owner)
    rejects_the_item(owner)
    snoozes_and_wakes_the_watch(owner)
    edits_the_watch(owner)
    deletes_it_and_takes_that_back(owner)
    pauses_resumes_and_tags_many(owner)
    acknowledges_and_silences_an_outage(owner)
    keeps_what_was_typed_until_ebay_recovers(owner)
    sees_the_end_of_the_incident(owner)
    sends_a_test_message(owner)
    signs_another_browser_out(owner, Person(visit(script=has_script), installation))


def learns_that_keys_are_missing_and_sets_them(owner: Person) -> None:
    with owner.visitor.expecting((503, "/")):
        owner.visitor.open("/")
        expect(owner.page).to_have_title("eBay keys are missing · watcher")
        expect(owner.page.get_by_role("link", name="developer.ebay.com")).to_be_visible()
    owner.installation.configure()
    owner.installation.reload()
    expect(owner.page).to_have_title("Watches · watcher", timeout=OUTAGE_MS)  # it tries again by itself


def sees_an_empty_installation(owner: Person) -> None:
    owner.reads("Nothing is watched yet")
    expect(owner.page.locator(".steps > li")).to_have_count(3)
    owner.presses("New watch")
    owner.reads("New watch")


def becomes_a_person(owner: Person) -> None:
    owner.page.goto("about:blank")
    owner.installation.command("user", "add", "owner", "--admin")
    with owner.visitor.expecting((401, "/")):
        owner.visitor.open("/")
        expect(owner.page.locator("#failure")).to_contain_text("sign-in link")
    signs_in(owner, "owner")
    owner.reads("Nothing is watched yet")


def adds_a_watch_after_its_preview(owner: Person) -> None:
    market = owner.market
    cameras = [market.item(n, f"Zenitar mk2 rangefinder camera {n}", f"{50 + n}.00") for n in range(1, 7)]
    market.put(QUERY, *cameras, market.item(7, "Leather strap for Zenitar mk2", "9.00"))
    owner.presses("New watch")
    tries(owner, query=QUERY, kind="below", value="45")
    preview = owner.page.locator("#preview")
    expect(preview).to_contain_text("6 of 7 listings are the item.")
    expect(preview).to_contain_text("Median of 6 asks")
    owner.presses("Start watching")
    owner.reads(QUERY)
    owner.waits_for(owner.page.get_by_text("6 asks"))


def sees_an_alert_arrive(owner: Person) -> None:
    owner.visitor.open("/alerts")
    expect(owner.page.locator("#feed")).to_contain_text("No alerts yet")
    owner.visitor.open("/")
    owner.market.put(QUERY, owner.market.item(8, "Zenitar mk2 camera, a bargain", "31.00", "4.00"))
    owner.waits_for(owner.page.locator("#list tbody tr").filter(has_text="Alerted"))
    if owner.has_script:
        expect(owner.page).to_have_title("(1) Watches · watcher")
        expect(owner.page.get_by_role("navigation", name="Main")).to_contain_text("Alerts1")
    owner.visitor.open("/alerts")
    alert = owner.page.locator("#feed tbody tr").filter(has_text="35.00")
    owner.waits_for(alert.get_by_text("sent", exact=True))
    assert len(owner.market.messages("watches")) == 1


def reads_its_receipt(owner: Person) -> None:
    owner.page.locator("#feed tbody tr a").first.click()
    main = owner.page.locator("main")
    expect(main).to_contain_text("Why it alerted")
    expect(main).to_contain_text("Leather strap for Zenitar mk2")
    expect(main.get_by_role("region", name="Listings kept as comps")).to_contain_text("a bargain")
    owner.presses("Mark as seen")
    owner.is_shown_message("Marked as seen.")
    owner.reads("Alerts")
    owner.page.locator("#feed tbody tr a").first.click()
    expect(owner.page.locator("#seen")).to_contain_text("seen by owner")


def rejects_the_item(owner: Person) -> None:
    owner.presses("Not the item: Zenitar mk2 camera, a bargain")
    form = owner.page.locator("#doubt")
    form.get_by_label("Also drop every title").fill("bargain")
    owner.presses("See what the words drop")
    expect(form).to_contain_text("No other comp would go.")
    expect(form.get_by_label("Also drop every title")).to_have_value("bargain")
    owner.presses("Reject it")
    owner.is_shown_message("Rejected")
    expect(owner.page.locator("#item-1")).to_contain_text("not the item")


def snoozes_and_wakes_the_watch(owner: Person) -> None:
    owner.visitor.open("/")
    owner.presses(QUERY)
    owner.page.locator("#snooze summary").click()
    owner.page.locator("#snooze").get_by_role("button").first.click()
    owner.is_shown_message("Snoozed")
    owner.presses("Wake")
    owner.is_shown_message("Its alerts are sent again.")


def edits_the_watch(owner: Person) -> None:
    owner.presses("Edit")
    expect(owner.page.get_by_role("form", name=f"Edit {QUERY}")).to_be_visible()
    expect(owner.page.locator("#exclude")).to_have_value("bargain")
    owner.page.get_by_text("More choices").click()
    tries(owner, value="42", label="The small camera")
    expect(owner.page.locator("#preview")).to_contain_text("6 of 8 listings are the item.")
    owner.presses("Save")
    owner.reads("The small camera")


def deletes_it_and_takes_that_back(owner: Person) -> None:
    owner.presses("Delete")
    owner.is_shown_message("deleted")
    owner.presses("Undo")
    owner.is_shown_message("1 watch as before.")
    expect(owner.page.locator("#list tbody tr")).to_contain_text("The small camera")


def pauses_resumes_and_tags_many(owner: Person) -> None:
    owner.market.put(OTHER, owner.market.item(20, "Meyer Domiplan lens 50 mm", "80.00"))
    adds_watch(owner, OTHER, "20")
    owner.visitor.open("/")
    ticks_all(owner)
    owner.presses("Pause")
    owner.is_shown_message("2 watches paused.")
    expect(owner.page.locator("#list tbody tr").filter(has_text="paused")).to_have_count(2)
    ticks_all(owner)
    owner.presses("Resume")
    owner.is_shown_message("2 watches resumed")
    ticks_all(owner)
    owner.page.get_by_label("New tag").fill("cameras")
    owner.presses("Tag")
    owner.is_shown_message("2 watches tagged.")
    owner.page.locator("#list tbody .tag").first.click()
    expect(owner.page.locator("#list tbody tr")).to_have_count(2)


def acknowledges_and_silences_an_outage(owner: Person) -> None:
    owner.market.set_faults(DOWN)
    owner.visitor.open("/status")
    incident = owner.page.locator("[id^=incident-]").filter(has_text="eBay: no successful call")
    owner.waits_for(incident)
    incident.get_by_role("button", name="Acknowledge").click()
    owner.is_shown_message("Acknowledged")
    expect(incident).to_contain_text("acknowledged by owner")
    silence = incident.locator("details").filter(has_text="Silence")
    silence.locator("summary").click()
    silence.get_by_label("Because").fill("eBay announced it")
    owner.presses("Silence it", silence)
    owner.is_shown_message("Silenced.")


def keeps_what_was_typed_until_ebay_recovers(owner: Person) -> None:
    owner.visitor.open("/watches/new")
    preview = owner.page.locator("#preview")
    with owner.visitor.expecting((503, "/watches/new")):
        tries(owner, query="zenitar mk3", kind="below", value="45")
        expect(preview.get_by_role("alert")).to_contain_text("eBay is temporarily busy")
    if owner.has_script:
        countdown = preview.locator("[data-retry] b")
        before = countdown.inner_text()
        expect(countdown).not_to_have_text(before)
    owner.market.put("zenitar mk3", owner.market.item(30, "Zenitar mk3 camera", "70.00"))
    owner.market.set_faults()
    found = preview.get_by_text("1 of 1 listing is the item.")
    if not owner.has_script:
        owner.keeps_pressing("Try again", until=found)
    expect(found).to_be_visible(timeout=OUTAGE_MS)
    expect(owner.page.locator("#query")).to_have_value("zenitar mk3")
    expect(owner.page.locator("#value")).to_have_value("45")


def sees_the_end_of_the_incident(owner: Person) -> None:
    owner.visitor.open("/status")
    ebay = owner.page.locator("tbody tr").filter(has=owner.page.get_by_text("eBay", exact=True))
    owner.waits_for(ebay.get_by_text("closed: calls go through"))
    owner.waits_for(owner.page.locator("#status:not(:has([id^=incident-]))"))
    owner.page.get_by_role("button", name="End the silence").click()
    owner.is_shown_message("The silence has ended")


def sends_a_test_message(owner: Person) -> None:
    before = len(owner.market.messages("watches"))
    owner.visitor.open("/settings")
    owner.presses("Send a test message to slack")
    owner.is_shown_message("The test message was accepted.")
    assert len(owner.market.messages("watches")) == before + 1


def signs_another_browser_out(owner: Person, other: Person) -> None:
    signs_in(other, "owner")
    owner.visitor.open("/settings")
    sessions = owner.page.locator("li").filter(has_text="signed in")
    expect(sessions).to_have_count(2)
    other.visitor.expected.update({(401, "/events"), (401, "/api/alerts")})  # if it connects again meanwhile
    with other.visitor.expecting((401, "/")):
        sessions.filter(has_not_text="this browser").get_by_role("button").click()
        owner.is_shown_message("That browser is signed out.")
        other.waits_for(other.page.locator("#failure").filter(has_text="sign-in link"))
