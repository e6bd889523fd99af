"""The page about plans: what is used, what is paid, what a limit refuses, and the plan of each user."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection, insert, select, update

from tests.fakes import FakeClock
from tests.market.faults import Fault, FaultKind
from tests.market.server import MarketServer
from tests.stripe_section import STRIPE_SECTION
from tests.waiting import PATIENCE
from tests.web.browsing import message_of, open_page, sign_in_browser
from tests.web.clients import bearer, client_of, cookie, opened_app, session_of
from tests.web.pages import Element, read_page
from tests.web.photos import photo
from watcher.core.plans import GRACE, SCANS
from watcher.core.resilience.quota import month_of
from watcher.core.times import DAY
from watcher.db.plan_limits import enforce_plan
from watcher.db.schema import events, subscriptions
from watcher.db.users import add_users
from watcher.demo.stripe.api import DEMO_STRIPE_KEY
from watcher.demo.stripe.stand_in import STRIPE_ROOT
from watcher.demo.stripe.webhooks import DEMO_WEBHOOK_SECRET, WEBHOOK_EVENTS
from watcher.runtime import App

PLANS = (
    """
[plans]
free = {{ watches = 2, min_every = "1h", scans = 1 }}
hunter = {{ watches = 4, min_every = "5m", price_id = "price_hunter" }}
"""
    + STRIPE_SECTION
)
PERSON = "collector"


@pytest.fixture
async def hosted(
    configured: Callable[[str], Path], clock: FakeClock, market: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[App]:
    monkeypatch.setattr("watcher.accounts.billing._EVENT_SECONDS", PATIENCE)
    stripe, key, secret = market.url + STRIPE_ROOT, DEMO_STRIPE_KEY, DEMO_WEBHOOK_SECRET
    more = PLANS.format(stripe=stripe, key=key, secret=secret)
    async with opened_app(configured(more), clock) as made:
        yield made


@pytest.fixture
async def browser(hosted: App) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(hosted) as made:
        yield await sign_in_browser(hosted, made)


async def subscribe(app: App, user: str = PERSON, **state: Any) -> None:
    """Store what Stripe says of a user, as its events do."""
    now = app.clock.now()
    values: dict[str, Any] = {
        "status": "active", "price": "price_hunter", "customer": f"cus_{user}", "subscription": "sub_1",
        "changed_at": now, "confirmed_at": now, **state,
    }  # fmt: skip

    def run(conn: Connection) -> None:
        add_users(conn, [user], now)
        mine = update(subscriptions).where(subscriptions.c.user_id == user)
        if not conn.execute(mine.values(**values)).rowcount:
            conn.execute(insert(subscriptions).values(user_id=user, **values))
        enforce_plan(conn, app.stores.plan_limits.plans, user, now)

    await app.stores.database.write(run)


async def add(app: App, count: int, user: str = PERSON) -> None:
    for number in range(count):
        await app.registry.add({"query": f"camera {number}", "user": user}, app.clock.now())


async def plan_of(browser: httpx.AsyncClient, address: str = "/settings") -> Element:
    return (await open_page(browser, address)).one("section", id="plan")


async def test_without_plans_the_page_says_nothing_of_them(client: httpx.AsyncClient, app: App) -> None:
    await sign_in_browser(app, client)
    page = await client.get("/settings")
    assert "plan" not in page.text.lower().replace("explan", "")
    who = cookie((await session_of(app, "owner", admin=True))[1])
    admin = await client.get("/settings", headers=who)
    assert "Plans of users" not in admin.text


async def test_a_watch_that_is_not_polled_at_once_says_so(browser: httpx.AsyncClient, hosted: App) -> None:
    """After too many changes in a day, which would be polls beyond those of the plan."""
    draft = {"query": "camera", "user": PERSON}
    first = await hosted.registry.add(draft, hosted.clock.now())
    page = await open_page(browser, f"/watches/{first.id}?done=added")
    assert message_of(page) == "Saved: the first poll is due."
    for _ in range(19):
        last = await hosted.registry.add(draft, hosted.clock.now())
        await hosted.registry.remove_all([last.id], hosted.clock.now())
    late = await hosted.registry.add({**draft, "query": "lens"}, hosted.clock.now())
    for done, begin in (("added", "Saved. "), ("resumed", "Resumed. ")):
        said = message_of(await open_page(browser, f"/watches/{late.id}?done={done}"))
        assert said.startswith(f"{begin}The plan allows 20 polls a day (UTC) right after a change")
        assert said.endswith("polled at its ordinary time, or early tomorrow.")


async def test_the_section_shows_use_against_each_limit(browser: httpx.AsyncClient, hosted: App) -> None:
    await add(hosted, 1)
    section = await plan_of(browser)
    said = section.text
    assert "free" in said
    assert "Watches 1 of 2" in said
    assert "Scans this month 0 of 1" in said
    assert "Shortest interval that a watch may ask for 1 h" in said
    assert [(m.attributes["value"], m.attributes["max"]) for m in section.all("meter")] == [
        ("1", "2"),
        ("0", "1"),
    ]
    assert "hunter 4 watches, intervals from 5 min, any number of scans" in said


@pytest.mark.parametrize(
    ("state", "said"),
    [
        ({"paid_until": DAY}, ["hunter Paid", "Paid until", "then it is renewed."]),
        ({"status": "trialing", "paid_until": DAY}, ["Free trial", "Free until"]),
        (
            {"ends_at": DAY},
            ["Cancelled", "It ends at", 'Then your plan is "free"', "the newest first. None is deleted."],
        ),
        ({"status": "past_due", "unpaid_since": 0.0}, ["hunter Payment failed", "You keep the plan until"]),
        ({"status": "past_due"}, ["hunter Payment failed", "a little longer"]),
        (
            {"status": "past_due", "unpaid_since": -GRACE},
            ["free Payment failed", "within 7 days", "Pay under"],
        ),
        ({"status": "unpaid"}, ["free Not paid", "Pay under “Manage payments”"]),
        ({"status": "incomplete"}, ["free First payment not complete", "complete it under"]),
        ({"status": "paused"}, ["free Subscription paused", "Continue it"]),
        ({"status": "canceled"}, ["free Subscription ended"]),
        ({"price": "price_gone"}, ["You pay for a plan that is not offered any more"]),
    ],
)
async def test_each_state_of_the_payment_says_what_it_means(
    browser: httpx.AsyncClient, hosted: App, state: dict[str, Any], said: list[str]
) -> None:
    times = {name: hosted.clock.now() + state[name] for name in state if isinstance(state[name], float | int)}
    await subscribe(hosted, **state | times)
    text = (await plan_of(browser)).text
    assert [part for part in said if part not in text] == [], text


async def test_the_advice_to_cancel_ends_with_the_cancellation(
    browser: httpx.AsyncClient, hosted: App
) -> None:
    await subscribe(hosted)
    assert "once you cancel" in (await plan_of(browser)).text
    await subscribe(hosted, ends_at=hosted.clock.now() + DAY)
    assert "once you cancel" not in (await plan_of(browser)).text


async def test_an_unconfirmed_state_shows_its_age_and_stays(
    browser: httpx.AsyncClient, hosted: App, clock: FakeClock
) -> None:
    await subscribe(hosted)
    assert "As of" not in (await plan_of(browser)).text
    clock.move(3 * DAY)
    assert "hunter Paid As of 3 d ago : Stripe has not confirmed it since." in (await plan_of(browser)).text


async def test_watches_that_a_plan_paused_are_shown_with_the_reason(
    browser: httpx.AsyncClient, hosted: App
) -> None:
    await subscribe(hosted)
    await add(hosted, 4)
    await subscribe(hosted, status="canceled")
    section = await plan_of(browser)
    assert "2 watches are paused, because your plan allows no more." in section.text
    shown = await open_page(browser, "/watches/4")
    assert "Your plan allows no more watches, so this one is paused." in shown.text
    assert has_plan_link(shown)
    assert not has_plan_link(await open_page(browser, "/watches/1"))


def has_plan_link(page: Element) -> bool:
    return any(a.attributes["href"].endswith("settings#plan") for a in page.all("a"))


async def test_a_full_plan_refuses_a_watch_with_the_way_to_another_plan(
    browser: httpx.AsyncClient, hosted: App
) -> None:
    await add(hosted, 2)
    answer = await browser.post("/watches/new", data={"query": "zenitar mk2", "kind": "below", "value": "43"})
    assert answer.status_code == 403
    assert "allows 2 watches, and you have 2" in answer.text
    assert "zenitar mk2" in answer.text  # what was typed stays
    assert 'settings#plan">See your plan</a>' in answer.text


async def test_a_short_interval_is_refused_with_the_way_to_another_plan(browser: httpx.AsyncClient) -> None:
    fields = {"query": "zenitar mk2", "kind": "below", "value": "43", "every": "10m"}
    answer = await browser.post("/watches/new", data=fields)
    assert answer.status_code == 403
    assert "allows intervals of 1h or longer" in answer.text
    assert "See your plan" in answer.text


async def test_an_import_beyond_the_plan_shows_the_way_to_another_plan(browser: httpx.AsyncClient) -> None:
    rows = "query\na camera\nb camera\nc camera\n"
    answer = await browser.post("/watches/import", files={"rows": (None, rows), "do": (None, "import")})
    assert answer.status_code in (400, 403)
    assert "allows 2 watches" in answer.text
    assert "See your plan" in answer.text


async def test_a_refused_resume_shows_the_way_to_another_plan(
    browser: httpx.AsyncClient, hosted: App
) -> None:
    await add(hosted, 2)
    await browser.post("/watches/1/pause")
    await hosted.registry.add({"query": "another", "user": PERSON}, hosted.clock.now())
    answer = await browser.post("/watches/1/resume")
    assert answer.status_code == 403
    assert "allows 2 watches, and you have 2: pause or remove one" in answer.text
    assert "Pause or remove one" not in answer.text  # a second time, as what to do
    assert "See your plan" in answer.text


async def test_an_admin_has_no_limits_and_sees_who_has_which_plan(
    client: httpx.AsyncClient, browser: httpx.AsyncClient, hosted: App
) -> None:
    await add(hosted, 1)
    await subscribe(hosted, "dealer", status="past_due", unpaid_since=hosted.clock.now())
    assert "Plans of users" not in (await browser.get("/settings")).text
    browser.headers.update(cookie((await session_of(hosted, "owner", admin=True))[1]))
    page = await open_page(browser, "/settings")
    assert "No limits" in page.one("section", id="plan").text
    rows = [row.text for row in page.one("table").one("tbody").all("tr")]
    assert rows == [
        "collector free 1 of 2 0 of 1 none",
        "dealer hunter 0 of 4 0 Payment failed",
        "owner No limits 0 0 none",
    ]


async def test_users_with_their_plans_are_listed_on_pages(browser: httpx.AsyncClient, hosted: App) -> None:
    names = [f"user{n:03}" for n in range(120)]
    await hosted.stores.database.write(lambda conn: add_users(conn, names, hosted.clock.now()))
    browser.headers.update(cookie((await session_of(hosted, "owner", admin=True))[1]))
    found: list[str] = []
    address = "/settings"
    for size in (50, 50, 22):
        page = await open_page(browser, address)
        rows = list(page.one("table").one("tbody").all("tr"))
        assert len(rows) == size
        found += [next(iter(row.all("strong"))).text for row in rows]
        links = [a.attributes["href"] for a in page.all("a", rel="next")]
        address = "/" + links[0].lstrip("./").partition("#")[0] if links else ""
    assert not address
    assert found == sorted(found)
    assert {*names, "owner"} <= {*found}
    assert (await browser.get("/settings?after=" + "x" * 81)).status_code == 400


async def lead_to_stripe(browser: httpx.AsyncClient, plan: str = "hunter") -> str:
    """Press "Upgrade" and return where the page leads."""
    answer = await browser.post("/settings/plan/upgrade", data={"plan": plan})
    assert answer.status_code == 200, answer.text
    page = read_page(answer.text)
    address = page.one("a", rel="noreferrer").attributes["href"]
    assert page.one("meta", **{"http-equiv": "refresh"}).attributes["content"] == f"0; url={address}"
    return address


async def report(browser: httpx.AsyncClient, market: MarketServer) -> None:
    """Send what has happened at Stripe as its webhooks."""
    for event in market.stripe.state.events:
        if event["type"] in WEBHOOK_EVENTS:
            body = market.stripe.webhooks.write(event)
            headers = {
                "Stripe-Signature": market.stripe.webhooks.header(body),
                "Content-Type": "application/json",
            }
            answer = await browser.post("/stripe/webhook", content=body, headers=headers)
            assert answer.status_code == 200, answer.text


async def test_an_upgrade_leads_to_stripe_and_back(browser: httpx.AsyncClient, market: MarketServer) -> None:
    section = await plan_of(browser)
    button = section.one("form", action="./settings/plan/upgrade").one("button")
    assert button.attributes["aria-label"] == "Upgrade: hunter"
    address = await lead_to_stripe(browser)
    session = market.stripe.state.find("checkout.session", address.partition("/c/pay/")[2])
    assert session["success_url"].endswith("/settings?done=paid")
    assert await lead_to_stripe(browser) == address  # pressed twice it is one checkout
    market.stripe.pay(session["id"])

    waiting = await open_page(browser, "/settings?done=paid")
    section = waiting.one("section", id="plan")
    assert "The payment is being confirmed." in section.text
    assert not list(section.all("form", action="./settings/plan/upgrade"))
    again = section.one("a", **{"data-part": "plan"})
    assert again.attributes["href"] == "./settings?done=paid#plan"
    assert waiting.one("noscript").one("meta").attributes["content"] == "5; url=./settings?done=paid"

    await report(browser, market)
    done = await open_page(browser, "/settings?done=paid")
    assert "Payment received; your plan is active." in done.one("section", id="plan").text
    assert "hunter Paid" in done.one("section", id="plan").text
    assert not list(done.all("noscript"))


async def test_one_who_pays_manages_the_payments_at_stripe(
    browser: httpx.AsyncClient, market: MarketServer
) -> None:
    assert "Manage payments" not in (await browser.get("/settings")).text
    refused = await browser.post("/settings/plan/payments")
    assert refused.status_code == 409
    assert "choose a plan first" in message_of(read_page(refused.text))
    market.stripe.pay((await lead_to_stripe(browser)).partition("/c/pay/")[2])
    await report(browser, market)
    section = await plan_of(browser)
    assert section.one("form", action="./settings/plan/payments").one("button").text == "Manage payments"
    assert "you have it again once you cancel" in section.text
    answer = await browser.post("/settings/plan/payments")
    assert "/p/session/" in read_page(answer.text).one("a", rel="noreferrer").attributes["href"]


async def test_a_checkout_that_was_left_changes_nothing(browser: httpx.AsyncClient) -> None:
    assert "Stripe shows the price before you pay." in (await plan_of(browser)).text
    await lead_to_stripe(browser)
    page = await open_page(browser, "/settings?done=not-paid")
    assert message_of(page) == "Nothing was paid, and your plan is as it was."
    assert "free" in page.one("section", id="plan").text
    assert "Manage payments" not in page.one("section", id="plan").text  # there is nothing to manage


async def test_a_made_up_way_back_claims_no_payment(browser: httpx.AsyncClient) -> None:
    for done in ("paid", "nonsense"):
        page = await open_page(browser, f"/settings?done={done}")
        assert message_of(page) == ""
        assert "ayment" not in page.one("section", id="plan").text
        assert not list(page.all("noscript"))


async def test_an_unreachable_stripe_is_tried_again_after_a_countdown(
    browser: httpx.AsyncClient, market: MarketServer
) -> None:
    market.faults.append(Fault(FaultKind.STATUS, path=STRIPE_ROOT + "/v1/"))
    answer = await browser.post("/settings/plan/upgrade", data={"plan": "hunter"})
    assert answer.status_code == 503
    page = read_page(answer.text)
    assert "data-retry" in answer.text
    assert page.one("input", name="plan").attributes["value"] == "hunter"
    market.faults.clear()


async def test_a_user_with_an_open_checkout_is_removed_once_stripe_has_ended_it(
    hosted: App, browser: httpx.AsyncClient, market: MarketServer
) -> None:
    billing, now = hosted.billing, hosted.clock.now()
    assert billing is not None
    await hosted.stores.people.add(PERSON, now, admin=True)
    await hosted.stores.people.add("leaver", now)
    await billing.checkout("leaver", "hunter", now)
    chosen = {"name": "leaver", "what": "delete"}
    market.faults.append(Fault(FaultKind.RESET, path=STRIPE_ROOT + "/v1/"))
    answer = await browser.post("/settings/people/remove", data=chosen)
    assert answer.status_code == 503
    assert "could be paid after the removal" in read_page(answer.text).one("main").text
    market.faults.clear()
    assert (await browser.post("/settings/people/remove", data=chosen)).status_code == 303
    assert hosted.stores.people.find("leaver") is None
    assert [one["status"] for one in market.stripe.state.every("checkout.session")] == ["expired"]


@pytest.mark.parametrize("plan", ["free", "nonsense", ""])
async def test_only_a_plan_with_a_price_is_bought(browser: httpx.AsyncClient, plan: str) -> None:
    answer = await browser.post("/settings/plan/upgrade", data={"plan": plan})
    assert answer.status_code == 400
    assert "Choose one of" in answer.text or "missing" in answer.text


async def test_a_token_and_a_foreign_page_open_no_checkout(
    browser: httpx.AsyncClient, client: httpx.AsyncClient, hosted: App
) -> None:
    for path in ("/settings/plan/upgrade", "/settings/plan/payments"):
        foreign = {"Sec-Fetch-Site": "cross-site"}
        assert (await browser.post(path, data={"plan": "hunter"}, headers=foreign)).status_code == 403
    async with client_of(hosted) as program:
        who = {"Accept": "text/html", **await bearer(hosted, PERSON)}
        answer = await program.post("/settings/plan/upgrade", data={"plan": "hunter"}, headers=who)
        assert answer.status_code == 403
        page = await program.get("/settings", headers=who)
        assert "Upgrade" not in page.text
    assert hosted.stores.subscriptions.find(PERSON) is None


async def test_an_admin_has_nothing_to_buy(browser: httpx.AsyncClient, hosted: App) -> None:
    browser.headers.update(cookie((await session_of(hosted, "owner", admin=True))[1]))
    assert "Upgrade" not in (await browser.get("/settings")).text
    answer = await browser.post("/settings/plan/upgrade", data={"plan": "hunter"})
    assert answer.status_code == 409
    assert "nothing to buy" in answer.text


async def test_a_change_at_stripe_is_an_event_of_its_user(
    browser: httpx.AsyncClient, hosted: App, market: MarketServer
) -> None:
    """The person is back from the portal before Stripe's webhook."""
    market.stripe.pay((await lead_to_stripe(browser)).partition("/c/pay/")[2])
    await report(browser, market)
    rows = hosted.stores.database.rows(select(events.c.user_id, events.c.type, events.c.ref))
    assert {tuple(row) for row in rows} == {(PERSON, "plan", "")}
    assert hosted.billing
    await hosted.billing.check_due(hosted.clock.move(2 * DAY))  # finds the same
    assert len(hosted.stores.database.rows(select(events.c.id))) == len(rows)


async def test_a_scan_beyond_the_plan_shows_the_way_to_another_plan(
    browser: httpx.AsyncClient, hosted: App
) -> None:
    month = month_of(hosted.clock.now()).start
    await hosted.stores.api_usage.record(PERSON, SCANS, month, 0)
    answer = await browser.post("/scan", files={"picture": ("a.jpg", photo(1), "image/jpeg")})
    assert answer.status_code == 403
    assert "allows 1 scan a month" in answer.text
    assert "See your plan" in answer.text
    assert "Scan again after" not in answer.text  # a second time, as what to do
