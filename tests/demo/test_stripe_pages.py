"""The simulated Stripe's hosted pages: checkout, customer portal, and the page that moves time."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from playwright.sync_api import Page, expect

from tests.browser.chromium import NoChromiumError, opened_browser
from tests.demo.stripe_calls import SITE, StripeOutside
from watcher.core.times import DAY, HOUR
from watcher.demo.stripe.cards import FAILS_LATER, GOOD_CARD

DECLINED = "4000000000009995"


async def ask(url: str, **form: str) -> tuple[int, str, str]:
    """Send a form, or without one get the page; return status, text and where it redirects to."""
    async with aiohttp.ClientSession() as http:
        send = http.post(url, data=form, allow_redirects=False) if form else http.get(url)
        async with send as answer:
            return answer.status, await answer.text(), answer.headers.get("Location", "")


async def portal_of(paying: StripeOutside, customer: str) -> str:
    portal = paying.client.v1.billing_portal.sessions
    session = await paying.call(portal.create, {"customer": customer, "return_url": SITE})
    return str(session.url)


async def test_paying_leads_back_to_the_site(paying: StripeOutside) -> None:
    session = await paying.session((await paying.customer()).id)
    status, text, _ = await ask(session.url)
    assert (status, "Pay $9.00" in text) == (200, True)
    assert await ask(session.url, number=GOOD_CARD) == (
        303,
        "303: See Other",
        f"{SITE}/settings?session={session.id}",
    )
    assert len(paying.stand_in.state.paid()) == 1
    status, text, _ = await ask(session.url, number=GOOD_CARD)
    assert (status, "Already paid" in text) == (200, True)
    assert len(paying.stand_in.state.paid()) == 1


@pytest.mark.parametrize(
    ("number", "reason"),
    [
        (DECLINED, "insufficient funds"),
        ("4242 4242 4242 4241", "number is incorrect"),
        (FAILS_LATER, "declined"),
        ("<b>", "number is incorrect"),
    ],
)
async def test_a_declined_card_shows_the_form_again(paying: StripeOutside, number: str, reason: str) -> None:
    session = await paying.session((await paying.customer()).id)
    status, text, _ = await ask(session.url, number=number)
    assert (status, reason in text, "Pay $9.00" in text) == (402, True, True)
    assert paying.stand_in.state.paid() == []


async def test_a_checkout_without_a_customer_asks_for_an_address(paying: StripeOutside) -> None:
    params = {
        "mode": "subscription",
        "line_items": [{"price": "price_hunter", "quantity": 1}],
        "success_url": SITE,
        "customer_email": "collector@watcher.test",
    }
    session = await paying.call(paying.client.v1.checkout.sessions.create, params)
    assert 'value="collector@watcher.test"' in (await ask(session.url))[1]
    assert (await ask(session.url, number=GOOD_CARD, email="other@watcher.test"))[0] == 303
    customer = next(paying.stand_in.state.every("customer"))
    assert customer["email"] == "other@watcher.test"


async def test_an_expired_checkout_cannot_be_paid(paying: StripeOutside) -> None:
    session = await paying.session((await paying.customer()).id)
    paying.time[0] += DAY
    assert (await ask(session.url))[0] == 410
    assert (await ask(session.url, number=GOOD_CARD))[0] == 410
    assert paying.stand_in.state.charges == []


async def test_the_portal_cancels_resumes_and_switches(paying: StripeOutside) -> None:
    subscription = await paying.subscribed()
    url, chosen = await portal_of(paying, subscription["customer"]), {"subscription": subscription["id"]}
    assert await ask(url + "/cancel", **chosen) == (303, "303: See Other", url)
    assert subscription["cancel_at"] is not None
    assert "Don't cancel" in (await ask(url))[1]
    await ask(url + "/resume", **chosen)
    assert subscription["cancel_at"] is None
    await ask(url + "/switch", **chosen, price="price_dealer")
    assert subscription["items"]["data"][0]["price"]["id"] == "price_dealer"


async def test_the_portal_changes_only_the_subscriptions_of_its_customer(paying: StripeOutside) -> None:
    mine, other = await paying.subscribed(), await paying.subscribed()
    url = await portal_of(paying, mine["customer"])
    assert (await ask(url + "/cancel", subscription=other["id"]))[0] == 402
    assert other["cancel_at"] is None


async def test_the_portal_refuses_a_card_that_is_declined(paying: StripeOutside) -> None:
    subscription = await paying.subscribed()
    url = await portal_of(paying, subscription["customer"])
    status, text, _ = await ask(url + "/card", number=DECLINED)
    assert (status, "Card ending in 4242" in text) == (402, True)
    assert (await ask(url + "/card", number=FAILS_LATER))[0] == 303
    assert "Card ending in 0341" in (await ask(url))[1]


async def test_a_portal_link_expires_after_an_hour(paying: StripeOutside) -> None:
    subscription = await paying.subscribed()
    url = await portal_of(paying, subscription["customer"])
    paying.time[0] += HOUR
    assert (await ask(url))[0] == (await ask(url + "/cancel", subscription=subscription["id"]))[0] == 410
    assert subscription["cancel_at"] is None


async def test_the_overview_lets_the_next_payment_happen_now(paying: StripeOutside) -> None:
    overview = paying.server.url + "/stripe/"
    assert "There is no subscription yet." in (await ask(overview))[1]
    subscription = await paying.subscribed()
    step = f"{paying.server.url}/stripe/next/{subscription['id']}"
    assert step in (await ask(overview))[1]
    await ask(step, now="1")
    assert [charge.amount for charge in paying.stand_in.state.paid()] == [900, 900]
    paying.stand_in.change_card(subscription["customer"], FAILS_LATER)
    statuses = []
    for _ in range(4):
        await ask(step, now="1")
        statuses.append(subscription["status"])
    assert statuses == ["past_due", "past_due", "past_due", "canceled"]


def use_pages(page: Page, checkout: str, portal: Any) -> None:
    """Decline, pay, cancel and resume, as a person does."""
    page.goto(checkout)
    page.get_by_label("Card number").fill("4000 0000 0000 0002")
    page.get_by_role("button", name="Pay $9.00").click()
    expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    page.get_by_label("Card number").fill("4242 4242 4242 4242")
    page.route(SITE + "/**", lambda route: route.fulfill(body="Thank you", content_type="text/html"))
    page.get_by_role("button", name="Pay $9.00").click()
    expect(page.get_by_text("Thank you")).to_be_visible()
    page.goto(portal())
    page.get_by_role("button", name="Cancel plan").click()
    expect(page.get_by_text("Ends", exact=True)).to_be_visible()
    page.get_by_role("button", name="Don't cancel").click()
    expect(page.get_by_text("Renews", exact=True)).to_be_visible()


@pytest.mark.slow
async def test_a_browser_pays_and_cancels(paying: StripeOutside) -> None:
    customer = await paying.customer()
    session = await paying.session(customer.id)
    params = {"customer": customer.id, "return_url": SITE}

    def browse() -> None:
        with opened_browser() as browser:
            portal = paying.client.v1.billing_portal.sessions
            use_pages(browser.new_page(), session.url, lambda: portal.create(params).url)

    try:
        await asyncio.to_thread(browse)
    except NoChromiumError as error:
        pytest.skip(str(error))
    assert len(paying.stand_in.state.paid(customer.id)) == 1
    assert paying.stand_in.subscription_of(customer.id)["status"] == "active"
