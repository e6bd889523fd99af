"""Paying for a plan over HTTP: the two buttons, and Stripe's signed calls."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.fakes import FakeClock
from tests.market.faults import Fault, FaultKind
from tests.market.server import MarketServer
from tests.waiting import PATIENCE
from tests.web.clients import bearer, client_of, cookie, opened_app, session_of
from watcher.core.errors import Code, WatcherError
from watcher.demo.stripe.api import DEMO_STRIPE_KEY
from watcher.demo.stripe.stand_in import STRIPE_ROOT
from watcher.demo.stripe.webhooks import DEMO_WEBHOOK_SECRET
from watcher.runtime import App

PLANS = f"""
[http]
public_url = "https://watcher.example.com"
[stripe]
base_url = "{{url}}{STRIPE_ROOT}"
api_key = "{DEMO_STRIPE_KEY}"
webhook_secret = "{DEMO_WEBHOOK_SECRET}"
[retry.stripe]
max_retries = 0
[plans]
free = {{{{ watches = 1 }}}}
hunter = {{{{ watches = 3, price_id = "price_hunter" }}}}
dealer = {{{{ price_id = "price_dealer" }}}}
"""
CHECKOUT, PORTAL, WEBHOOK = "/api/billing/checkout", "/api/billing/portal", "/stripe/webhook"


@pytest.fixture
async def app(
    configured: Callable[[str], Path], market: MarketServer, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[App]:
    monkeypatch.setattr("watcher.accounts.billing._EVENT_SECONDS", PATIENCE)
    async with opened_app(configured(PLANS.format(url=market.url)), clock) as made:
        await made.stores.people.add("collector", clock.now())
        yield made


@pytest.fixture
async def client(app: App) -> AsyncIterator[httpx.AsyncClient]:
    async with client_of(app) as made:
        made.headers.update(await bearer(app, "collector"))
        yield made


async def click(client: httpx.AsyncClient, plan: str = "hunter") -> httpx.Response:
    return await client.post(CHECKOUT, json={"plan": plan})


def pay(market: MarketServer, url: str) -> dict[str, Any]:
    return market.stripe.pay(url.partition("/c/pay/")[2].partition("#")[0])


async def send(
    client: httpx.AsyncClient, body: bytes | str, signature: str | None, kind: str = "application/json"
) -> httpx.Response:
    """Call the webhook as Stripe does: without a token."""
    headers = {"Content-Type": f"{kind}; charset=utf-8", "Authorization": ""}
    if signature is not None:
        headers["Stripe-Signature"] = signature
    request = client.build_request("POST", WEBHOOK, content=body, headers=headers)
    del request.headers["Authorization"]
    return await client.send(request)


async def send_events(client: httpx.AsyncClient, market: MarketServer) -> list[int]:
    """Send all events that happened."""
    webhooks = market.stripe.webhooks
    bodies = [webhooks.write(event) for event in market.stripe.state.events]
    return [(await send(client, body, webhooks.header(body))).status_code for body in bodies]


async def test_a_user_pays_and_has_the_plan(
    app: App, client: httpx.AsyncClient, market: MarketServer
) -> None:
    answer = await click(client)
    assert answer.status_code == 200
    session = pay(market, answer.json()["url"])
    assert session["status"] == "active"
    assert set(await send_events(client, market)) == {200}
    assert app.stores.plan_limits.holder("collector").plan.name == "hunter"
    portal = await client.post(PORTAL)
    assert "/p/session/" in portal.json()["url"]
    assert "/p/session/" in (await click(client, "dealer")).json()["url"]
    assert len(market.stripe.state.paid()) == 1


@pytest.mark.parametrize("plans", [("hunter", "hunter"), ("hunter", "dealer")])
async def test_two_clicks_at_once_are_one_checkout(
    client: httpx.AsyncClient, market: MarketServer, plans: tuple[str, str]
) -> None:
    market.stripe.api.thinking_seconds = 0.02
    answers = await asyncio.gather(*(click(client, plan) for plan in plans))
    urls = {answer.json()["url"] for answer in answers}
    assert len(urls) == len(set(plans))
    sessions = list(market.stripe.state.every("checkout.session"))
    assert len(sessions) == len(set(plans))
    assert len([one for one in sessions if one["status"] == "open"]) == 1
    assert len(list(market.stripe.state.every("customer"))) == 1


async def test_addresses_of_stripe_are_not_kept_for_repeated_requests(
    client: httpx.AsyncClient, market: MarketServer
) -> None:
    client.headers["Idempotency-Key"] = "k1"
    first = (await click(client)).json()["url"]
    assert (await click(client)).json()["url"] == first
    pay(market, first)
    assert "/p/session/" in (await click(client)).json()["url"]  # not where it was paid already
    portals = [(await client.post(PORTAL, json={})).json()["url"] for _ in range(2)]
    assert portals[0] != portals[1]


@pytest.mark.parametrize(
    ("body", "status", "code", "said"),
    [
        ({"plan": "gold"}, 400, "INVALID_INPUT", 'Choose one of: "hunter", "dealer"'),
        ({"plan": "free"}, 400, "INVALID_INPUT", "There is no plan"),
        ({"plan": 5}, 400, "INVALID_INPUT", "plan"),
        ({}, 400, "MISSING_REQUIRED_FIELD", "plan"),
        ({"plan": "hunter", "user": "other"}, 400, "INVALID_INPUT", '"user"'),
    ],
)
async def test_a_checkout_that_cannot_be_begun_says_why(
    client: httpx.AsyncClient, market: MarketServer, body: object, status: int, code: str, said: str
) -> None:
    answer = await client.post(CHECKOUT, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert said in answer.json()["userMessage"]["message"]
    assert market.stripe.state.objects.keys() == {
        "prod_price_hunter",
        "price_hunter",
        "prod_price_dealer",
        "price_dealer",
    }


async def test_users_without_limits_or_subscription_are_refused(app: App, client: httpx.AsyncClient) -> None:
    assert (await client.post(PORTAL)).status_code == 409
    headers = await bearer(app, "boss", admin=True)
    answer = await client.post(CHECKOUT, json={"plan": "hunter"}, headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (
        409,
        "You have no limits, so there is nothing to buy.",
    )


async def test_a_decline_is_an_error_of_its_own(client: httpx.AsyncClient, market: MarketServer) -> None:
    market.faults = [Fault(FaultKind.STATUS, f"{STRIPE_ROOT}/v1", status=402, code="generic_decline")]
    answer = await click(client)
    view = answer.json()
    assert (answer.status_code, view["code"], view["shouldRetry"]) == (402, "STRIPE_DECLINED", False)
    assert view["userMessage"]["action"] == "Update payment method"


async def test_an_unreachable_stripe_says_when_to_try_again(
    client: httpx.AsyncClient, market: MarketServer
) -> None:
    market.faults = [Fault(FaultKind.RESET, f"{STRIPE_ROOT}/v1")]
    answer = await click(client)
    assert (answer.status_code, answer.json()["code"]) == (503, "STRIPE_UNAVAILABLE")
    assert answer.headers["Retry-After"] == "300"
    market.faults = []
    assert (await click(client)).status_code == 200


def forgeries(market: MarketServer) -> dict[str, tuple[str, str | None, int]]:
    """Return bodies with signatures, and the status that each gets."""
    webhooks, state = market.stripe.webhooks, market.stripe.state
    event = next(one for one in state.events if one["type"] == "customer.subscription.updated")
    body = webhooks.write(event)
    now = market.stripe.now
    good = webhooks.header(body)
    return {
        "unsigned": (body, None, 400),
        "empty": (body, "", 400),
        "another secret": (body, webhooks.header(body, secret="whsec_forged"), 400),
        "another body": (body.replace("price_hunter", "price_dealer"), good, 400),
        "replayed after 5 min": (body, webhooks.header(body, at=now - 301), 400),
        "signed in the future": (body, webhooks.header(body, at=now + 301), 400),
        "the scheme of tests": (body, f"t={now},v0={good.rpartition('v1=')[2]}", 400),
        "no event": ("{}", webhooks.header("{}"), 400),
        "not JSON": ("<xml/>", webhooks.header("<xml/>"), 400),
        "several signatures": (body, f"{good},v1={'0' * 64}", 200),
        "as it is": (body, good, 200),
        "again": (body, good, 200),
        "another type": (
            unknown := json.dumps(event | {"type": "charge.captured"}),
            webhooks.header(unknown),
            200,
        ),
    }


async def test_only_what_stripe_signed_now_is_accepted(
    app: App, client: httpx.AsyncClient, market: MarketServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    url = (await click(client)).json()["url"]
    pay(market, url)
    before = app.stores.subscriptions.find("collector")
    for name, (body, signature, status) in forgeries(market).items():
        answer = await send(client, body, signature)
        assert answer.status_code == status, name
        if status == 400:
            assert answer.json()["code"] == "INVALID_INPUT"
            assert app.stores.subscriptions.find("collector") == before
    assert app.stores.plan_limits.holder("collector").plan.name == "hunter"
    for secret in (DEMO_WEBHOOK_SECRET, DEMO_STRIPE_KEY, url, "v1=", "/c/pay/"):
        assert secret not in caplog.text


@pytest.mark.parametrize(
    ("size", "kind", "status"),
    [(256 * 1024, "application/json", 400), (256 * 1024 + 1, "application/json", 413), (9, "text/csv", 415)],
)
async def test_a_webhook_has_a_bounded_body_of_json(
    client: httpx.AsyncClient, size: int, kind: str, status: int
) -> None:
    assert (await send(client, b"x" * size, "t=1,v1=0", kind)).status_code == status


async def test_a_webhook_needs_no_page_of_ours_but_a_click_does(
    app: App, market: MarketServer, client: httpx.AsyncClient
) -> None:
    pay(market, (await click(client)).json()["url"])
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    _, secret = await session_of(app, "collector")
    body = market.stripe.webhooks.write(market.stripe.state.events[-1])
    async with client_of(app) as browser:
        browser.headers.update(foreign | cookie(secret, "__Host-watcher"))
        assert (await browser.post(CHECKOUT, json={"plan": "hunter"})).status_code == 403
        assert (await browser.post(PORTAL, json={})).status_code == 403
        assert (await send(browser, body, market.stripe.webhooks.header(body))).status_code == 200


async def test_an_event_is_not_accepted_while_the_database_fails(
    app: App, client: httpx.AsyncClient, market: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stripe sends it again then."""
    pay(market, (await click(client)).json()["url"])

    async def fail(*_: object) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    with monkeypatch.context() as patched:
        patched.setattr("watcher.db.subscriptions.SubscriptionStore.apply_event", fail)
        assert set(await send_events(client, market)) == {200, 503}  # 200: those of other types
    assert set(await send_events(client, market)) == {200}
    assert app.stores.plan_limits.holder("collector").plan.name == "hunter"


async def test_a_slow_stripe_does_not_keep_a_webhook_waiting(
    app: App, client: httpx.AsyncClient, market: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay(market, (await click(client)).json()["url"])
    monkeypatch.setattr("watcher.accounts.billing._EVENT_SECONDS", 0.05)
    market.faults = [Fault(FaultKind.HANG, f"{STRIPE_ROOT}/v1")]
    assert set(await send_events(client, market)) == {200}
    market.faults = []
    assert app.billing is not None
    await app.billing.check_due(app.clock.now())
    assert app.stores.plan_limits.holder("collector").plan.name == "hunter"


async def test_without_prices_nothing_of_billing_is_there(
    configured: Callable[[str], Path], clock: FakeClock
) -> None:
    async with (
        opened_app(configured("[plans]\nfree = { watches = 1 }\n"), clock) as app,
        client_of(app) as free,
    ):
        for path, body in ((CHECKOUT, {"plan": "free"}), (PORTAL, {}), (WEBHOOK, {})):
            answer = await free.post(path, json=body)
            assert (answer.status_code, answer.json()["code"]) == (404, "ITEM_NOT_FOUND")
        assert app.stripe is None
