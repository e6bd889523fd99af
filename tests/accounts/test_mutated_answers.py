"""Whatever Stripe answers, a click, the portal, the look and an event end in order or in a coded message."""

from __future__ import annotations

import asyncio
import json
import shutil
import tempfile
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.accounts.shop import FAILS_LATER, USER, Shop, open_shop
from tests.adapters.mutations import mutated
from tests.fakes import FakeClock
from watcher.adapters.outbound.http import HttpClient, HttpResponse
from watcher.core.errors import Code, WatcherError, public_error
from watcher.core.times import DAY
from watcher.demo.stripe.errors import StripeRefused
from watcher.demo.stripe.stand_in import STRIPE_ROOT

CODES = {Code.STRIPE_UNAVAILABLE, Code.STRIPE_DECLINED, Code.INVALID_INPUT}
ODD_TIMES = (0, -1, 1, 4_102_444_800, 4_102_444_801, 10**15, 2**63, 1.5, "soon", None, True)
STATUSES = ("made_up", "expired", "complete", "open", "paused", "trialing", None, 7)
# Addresses whose answers are odd; one that ends in `/` stands for all below it.
ENDPOINTS = (
    "/v1/customers",
    "/v1/customers/",
    "/v1/customers/search",
    "/v1/checkout/sessions",
    "/v1/checkout/sessions/",
    "/v1/subscriptions",
    "/v1/invoices",
    "/v1/billing_portal/sessions",
)


class OddAnswers:
    """Passes requests to the simulated Stripe, and spoils the answers of the endpoint at `path`."""

    def __init__(self, http: HttpClient, dice: Random) -> None:
        self.path, self._fetch, self._dice = "", http.fetch, dice
        http.fetch = self.fetch  # type: ignore[method-assign]

    async def fetch(self, api: Any, url: str, *args: Any, **more: Any) -> HttpResponse:
        answer = await self._fetch(api, url, *args, **more)
        asked = url.partition(STRIPE_ROOT)[2].partition("?")[0]
        is_meant = asked.startswith(self.path) if self.path.endswith("/") else asked == self.path
        return answer._replace(body=spoiled(answer.body, self._dice)) if is_meant else answer


def spoiled(body: bytes, dice: Random) -> bytes:
    """Return a body with odd fields, times or statuses."""
    whole = json.loads(body)
    if dice.random() < 0.5:
        return mutated(whole, dice)
    for one in whole.get("data") or [whole]:
        for name in [name for name, value in one.items() if type(value) is int and dice.random() < 0.5]:
            one[name] = dice.choice(ODD_TIMES)
        if "status" in one and dice.random() < 0.5:
            one["status"] = dice.choice(STATUSES)
        for item in one.get("items", {}).get("data", []):
            item["current_period_end"] = dice.choice(ODD_TIMES)
    return json.dumps(whole).encode()


async def coded(shop: Shop, action: str) -> str:
    """Do something and return its result; what is raised has a code that says what happened."""
    failed: WatcherError | None = None
    try:
        match action:
            case "click":
                return await shop.click()
            case "other":
                return await shop.click("dealer")
            case "portal":
                return await shop.billing.portal(USER)
            case "leave":
                await shop.billing.end_checkouts(USER, shop.now)
            case "look":
                await shop.billing.check_due(shop.now)
            case _:
                await shop.deliver(*shop.events())
    except WatcherError as error:
        failed = error
    assert failed is None or public_error(failed).code in CODES, failed
    return ""


@given(
    seed=st.integers(0, 2**32),
    path=st.sampled_from(ENDPOINTS),
    begins=st.sampled_from(("new", "open", "paid", "owing", "ended")),
    actions=st.lists(
        st.sampled_from(("click", "other", "portal", "look", "events", "leave")), min_size=1, max_size=4
    ),
)
@settings(deadline=None, max_examples=settings.default.max_examples // 4)  # each is a whole story
def test_odd_answers_end_in_a_code_and_charge_nothing_twice(
    empty_database: Path, seed: int, path: str, begins: str, actions: list[str]
) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as place:
        shutil.copy(empty_database, f"{place}/watcher.db")
        url = f"sqlite:///{place}/watcher.db"
        asyncio.run(answered_oddly(url, Random(seed), path, begins, actions))


async def answered_oddly(url: str, dice: Random, path: str, begins: str, actions: list[str]) -> None:
    async with open_shop(url, FakeClock()) as shop:
        await shop.add_person()
        odd = OddAnswers(shop.http, dice)
        if begins == "open":
            await shop.click()
        elif begins != "new":
            customer = (await shop.buy())["customer"]
            if begins == "owing":
                shop.stripe.change_card(customer, FAILS_LATER)
                shop.pass_time(32 * DAY)
            elif begins == "ended":
                shop.stripe.billing.cancel_now(shop.living()[0], int(shop.now))
            await shop.deliver(*shop.events())
        odd.path = path
        for action in actions:
            shop.pass_time(60)
            await coded(shop, action)
        odd.path = "-"
        shop.pass_time(DAY)
        for _ in range(2):  # what is half done is ended by the first click
            address = await coded(shop, "click")
        if "/c/pay/" in address:
            try:
                shop.pay(address)
            except StripeRefused as refused:
                pytest.fail(str(refused))
        await shop.deliver(*shop.events())
        await shop.settle()
        assert len(shop.living()) <= 1
        assert shop.seen().plan in ("hunter", "free")
