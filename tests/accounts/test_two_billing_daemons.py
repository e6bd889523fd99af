"""Two daemons on one database: both receive webhooks, take clicks, and run the job."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from tests.accounts.shop import Shop, billing_client, open_shop
from tests.fakes import FakeClock
from watcher.core.times import DAY, MINUTE
from watcher.demo.stripe.stand_in import STRIPE_ROOT

Pair = tuple[Shop, Shop]


@pytest.fixture
async def daemons(postgres_url: str, clock: FakeClock) -> AsyncIterator[Pair]:
    async with AsyncExitStack() as stack:
        one = await stack.enter_async_context(open_shop(postgres_url, clock))
        await one.add_person()
        two = await stack.enter_async_context(open_shop(postgres_url, clock, one.server))
        for shop in (one, two):  # patient enough for a request of the other one with the same key
            stripe = one.server.url + STRIPE_ROOT
            shop.billing._payments = billing_client(stripe, clock, shop.client._http, retries=200)
        yield one, two


def sessions_of(shop: Shop, status: str) -> int:
    return sum(one["status"] == status for one in shop.stripe.state.every("checkout.session"))


async def test_clicks_on_both_daemons_are_one_checkout(daemons: Pair) -> None:
    one, two = daemons
    one.stripe.api.thinking_seconds = 0.02
    urls = await asyncio.gather(one.click(), two.click(), one.click(), two.click())
    assert len(set(urls)) == 1
    assert (sessions_of(one, "open"), len(list(one.stripe.state.every("customer")))) == (1, 1)


@pytest.mark.parametrize("seed", range(3))
async def test_clicks_on_two_plans_leave_one_that_can_be_paid(daemons: Pair, seed: int) -> None:
    one, two = daemons
    one.stripe.api.thinking_seconds = 0.01 * seed
    found = await asyncio.gather(one.click("hunter"), two.click("dealer"), return_exceptions=True)
    assert any(isinstance(url, str) for url in found)
    assert sessions_of(one, "open") == 1
    one.pay(await one.click("hunter"))
    await asyncio.gather(*(shop.deliver(*one.events()) for shop in daemons))
    assert (len(one.stripe.state.paid()), one.seen().plan) == (1, "hunter")


async def test_an_event_that_both_receive_counts_once(daemons: Pair) -> None:
    one, two = daemons
    await one.buy()
    events = one.events()
    await asyncio.gather(one.deliver(*events), two.deliver(*reversed(events)), two.deliver(*events))
    assert one.seen() == two.seen()
    assert one.seen()[:2] == ("hunter", "active")


async def test_the_job_of_one_daemon_leaves_out_what_the_other_does(daemons: Pair) -> None:
    one, two = daemons
    await one.buy()
    one.pass_time(11 * MINUTE)
    one.server.calls.clear()
    await asyncio.gather(*(shop.billing.check_due(shop.now) for shop in (one, two, one, two)))
    assert one.server.calls["/stripe/v1/subscriptions"] <= 2  # one look, and one for the paid checkout
    assert one.seen()[:2] == ("hunter", "active")


async def test_jobs_and_webhooks_of_both_end_in_one_state(daemons: Pair) -> None:
    one, two = daemons
    await one.buy()
    await one.deliver(*(before := one.events()))
    one.stripe.billing.cancel_later(one.living()[0], int(one.now))
    one.pass_time(32 * DAY)
    late = one.events()[len(before) :]
    await asyncio.gather(
        one.billing.check_due(one.now),
        two.deliver(*reversed(late)),
        two.billing.check_due(one.now),
        one.deliver(*late),
    )
    await two.settle()
    assert one.seen() == two.seen()
    assert one.seen()[:2] == ("free", "canceled")
    assert (one.seen().active, one.seen().over_plan) == (1, 3)
