"""Paying for a plan: the page, the daemon and Stripe's own pages, with JavaScript and without."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.installation import Installation, installed
from tests.browser.steps import LIVE_SECONDS, Person, signs_in, tries
from tests.browser.test_axe import findings
from tests.browser.visitor import Visitor
from tests.stripe_section import STRIPE_SECTION
from watcher.demo.stripe.api import DEMO_STRIPE_KEY
from watcher.demo.stripe.cards import FAILS_LATER, GOOD_CARD
from watcher.demo.stripe.stand_in import STRIPE_ROOT
from watcher.demo.stripe.webhooks import DEMO_WEBHOOK_SECRET

PERSON = "collector"
DECLINED = "4000000000000002"
DOWN = {"kind": "status", "status": 503, "path": f"{STRIPE_ROOT}/v1/"}
PLANS = (
    """
[plans]
free = {{ watches = 1, min_every = "1h", scans = 10 }}
hunter = {{ watches = 3, min_every = "15m", scans = 200, price_id = "price_hunter" }}
dealer = {{ min_every = "5m", price_id = "price_dealer" }}
"""
    + STRIPE_SECTION
)


@pytest.fixture
def installation(tmp_path: Path) -> Iterator[Installation]:
    """Yield an installation of its own for each story; its daemon runs and sells plans."""
    with installed(tmp_path) as made:
        stripe = made.market.url + STRIPE_ROOT
        more = PLANS.format(stripe=stripe, key=DEMO_STRIPE_KEY, secret=DEMO_WEBHOOK_SECRET)
        with (made.home / "config.toml").open("a", encoding="utf-8") as config:
            config.write(more)
        made.market.send_webhooks(f"{made.url}/stripe/webhook")
        made.start()
        made.command("user", "add", PERSON)
        yield made


def customer_of(visit: Callable[..., Visitor], installation: Installation, *, script: bool) -> Person:
    """Return a person who is signed in, and whose page may lead to Stripe's."""
    person = Person(visit(script=script), installation)
    person.visitor.others.add(installation.market.url)
    signs_in(person, PERSON)
    return person


@pytest.mark.parametrize("words", ["with JavaScript", "without"])
def test_a_plan_is_bought_cancelled_and_ends(
    visit: Callable[..., Visitor], installation: Installation, words: str
) -> None:
    person = customer_of(visit, installation, script=words == "with JavaScript")
    for name in ("lens 1", "lens 2"):
        reaches_the_limit_with_the_second(person, name)
    upgrades(person)
    for name in ("lens 2", "lens 3"):
        starts_watching(person, name)
    cancels(person)
    sees_the_newest_watches_paused(person)


def test_a_failed_payment_is_shown_with_its_grace(
    visit: Callable[..., Visitor], installation: Installation
) -> None:
    person = customer_of(visit, installation, script=True)
    upgrades(person)
    opens_the_portal(person)
    pays(person, FAILS_LATER, "Update card")
    lets_the_next_payment_happen(person)
    plan_shows(
        person, "Payment failed", "The last payment failed. You keep the plan until", "Manage payments"
    )
    assert findings(person.page) == ""
    opens_the_portal(person)
    pays(person, GOOD_CARD, "Update card")
    lets_the_next_payment_happen(person)
    plan_shows(person, "Paid until")


@pytest.mark.parametrize("words", ["with JavaScript", "without"])
def test_a_smaller_plan_pauses_the_newest_watches_until_it_grows_again(
    visit: Callable[..., Visitor], installation: Installation, words: str
) -> None:
    person = customer_of(visit, installation, script=words == "with JavaScript")
    upgrades(person, "dealer", "$29.00")
    names = [f"lens {number}" for number in range(1, 6)]
    for name in names:
        starts_watching(person, name)
    switches(person, "price_hunter")
    person.waits_for(person.page.locator("#plan").get_by_text("2 watches are paused"))
    plan_shows(person, "hunter", "3 of 3", "Paid until")
    if person.has_script:
        assert findings(person.page) == ""
    sees_paused(person, names[3:], running=names[:3])
    switches(person, "price_dealer")
    plan_shows(person, "dealer", "Paid until")
    person.waits_for(person.page.locator("#plan").filter(has_not_text="are paused"))
    sees_paused(person, [], running=names)


@pytest.mark.parametrize("words", ["with JavaScript", "without"])
def test_an_upgrade_waits_for_an_unreachable_stripe(
    visit: Callable[..., Visitor], installation: Installation, words: str
) -> None:
    person = customer_of(visit, installation, script=words == "with JavaScript")
    person.visitor.open("/settings#plan")
    installation.market.set_faults(DOWN)
    statuses = (503, 405) if person.has_script else (503,)
    with person.visitor.expecting(*((status, "/settings/plan/upgrade") for status in statuses)):
        person.presses("Upgrade: hunter")
        expect(person.page.locator("#failure")).to_be_visible()
        if person.has_script:
            looks_away_and_back(person)
        expect(person.page.locator("#failure")).to_contain_text("Payments are unavailable")  # only one
    installation.market.set_faults()
    person.presses("Try again")
    person.reads("Subscribe to Hunter")


def looks_away_and_back(person: Person) -> None:
    """Let the page ask for what it missed, at an address that only takes a form."""
    with person.page.expect_response(lambda answer: answer.status == 405):
        person.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    person.page.evaluate("new Promise(done => setTimeout(done))")


def starts_watching(person: Person, query: str) -> None:
    person.visitor.open("/watches/new")
    tries(person, query=query, kind="below", value="40")
    person.presses("Start watching")
    person.reads(query)


def reaches_the_limit_with_the_second(person: Person, query: str) -> None:
    if query.endswith("1"):
        starts_watching(person, query)
        return
    person.visitor.open("/watches/new")
    tries(person, query=query, kind="below", value="40")
    with person.visitor.expecting((403, "/watches/new")):
        person.presses("Start watching")
        refusal = person.page.get_by_role("alert").filter(has_text="allows 1 watch, and you have 1")
        expect(refusal).to_be_visible()
    if person.has_script:
        assert findings(person.page) == ""
    refusal.get_by_role("link", name="See your plan").click()
    plan_shows(person, "free", "1 of 1", "Other plans")
    if person.has_script:
        assert findings(person.page) == ""


def upgrades(person: Person, plan: str = "hunter", price: str = "$9.00") -> None:
    """Pay with a card that is declined and one that is not; the webhooks come later."""
    market, to = person.market, f"{person.installation.url}/stripe/webhook"
    person.visitor.open("/settings")
    market.send_webhooks(to, held=True)
    person.presses(f"Upgrade: {plan}")
    person.reads(f"Subscribe to {plan.title()}")
    pays(person, DECLINED, f"Pay {price}")
    expect(person.page.get_by_role("alert")).to_contain_text("declined")
    pays(person, GOOD_CARD, f"Pay {price}")
    plan_shows(person, "The payment is being confirmed.", "free")
    if person.has_script:
        assert findings(person.page) == ""
    market.send_webhooks(to)
    plan_shows(person, plan, "Paid until", "Manage payments")  # by itself


def switches(person: Person, price: str) -> None:
    """Choose another plan in Stripe's portal, and come back."""
    opens_the_portal(person)
    person.page.get_by_label("Another plan").select_option(price)
    with person.page.expect_navigation():
        person.presses("Switch plan")
    person.presses("Return")


def sees_paused(person: Person, paused: list[str], *, running: list[str]) -> None:
    """Expect in the list which watches the plan has paused, and on the page of one the reason."""
    person.visitor.open("/")
    why = re.compile("your plan allows no more")
    rows = person.page.locator("#list tbody tr")
    for words, filtered in ((paused, rows.filter(has_text=why)), (running, rows.filter(has_not_text=why))):
        expect(filtered).to_have_count(len(words))
        for name in words:
            expect(filtered.filter(has_text=name)).to_have_count(1)
    if paused:
        person.presses(paused[-1])
        expect(person.page.locator("#market")).to_contain_text("Your plan allows no more watches")


def pays(person: Person, card: str, button: str) -> None:
    """Type a card into a page of Stripe."""
    person.page.get_by_label("Card number").fill(card)
    with person.page.expect_navigation():
        person.presses(button)


def opens_the_portal(person: Person) -> None:
    person.visitor.open("/settings")
    person.presses("Manage payments")
    person.reads("Your subscription")


def cancels(person: Person) -> None:
    opens_the_portal(person)
    person.presses("Cancel plan")
    expect(person.page.get_by_text("Ends", exact=True)).to_be_visible()
    person.presses("Return")
    person.waits_for(person.page.locator("#plan").get_by_text("Cancelled"))
    plan_shows(person, "It ends at", 'Then your plan is "free"', "3 of 3")
    if person.has_script:
        assert findings(person.page) == ""


def lets_the_next_payment_happen(person: Person) -> None:
    """Press the button of the simulated Stripe that moves a subscription on, and come back."""
    person.page.goto(f"{person.market.url}{STRIPE_ROOT}/")
    with person.page.expect_navigation():
        person.presses("Let the next payment happen now")
    person.visitor.open("/settings")


def sees_the_newest_watches_paused(person: Person) -> None:
    lets_the_next_payment_happen(person)
    person.waits_for(person.page.locator("#plan").get_by_text("2 watches are paused"))
    plan_shows(person, "free", "Subscription ended", "1 of 1", "Upgrade")
    if person.has_script:
        assert findings(person.page) == ""
    person.visitor.open("/")
    rows = person.page.locator("#list tbody tr")
    paused = re.compile("your plan allows no more")
    expect(rows.filter(has_text=paused)).to_have_count(2)
    expect(rows.filter(has_not_text=paused)).to_contain_text("lens 1")
    person.presses("lens 3")
    expect(person.page.locator("#market")).to_contain_text("Your plan allows no more watches")


def plan_shows(person: Person, *texts: str) -> None:
    """Expect these texts in the section of the plan."""
    for text in texts:
        expect(person.page.locator("#plan")).to_contain_text(text, timeout=LIVE_SECONDS * 1000)
