"""What billing does when Stripe, its objects, or the configuration are not as expected."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from itertools import pairwise
from typing import Any

import pytest
from sqlalchemy import update

from tests.accounts.shop import FAILS_LATER, USER, Shop, open_shop
from tests.fakes import FakeClock
from tests.market.faults import Fault, FaultKind
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from watcher.accounts.billing import Billing
from watcher.adapters.stripe.answers import parse_event
from watcher.core.errors import CallFailed, Code, RequestRefused, WatcherError
from watcher.core.people import StillPaying
from watcher.core.times import DAY, HOUR, MINUTE
from watcher.db.schema import subscriptions
from watcher.db.subscriptions import Begun
from watcher.demo.stripe.billing import period_end
from watcher.demo.stripe.errors import StripeRefused
from watcher.demo.stripe.stand_in import STRIPE_ROOT

API = f"{STRIPE_ROOT}/v1"


@pytest.fixture
async def shop(sqlite_url: str, clock: FakeClock) -> AsyncIterator[Shop]:
    async with open_shop(sqlite_url, clock) as opened:
        await opened.add_person()
        yield opened


async def bought(shop: Shop) -> None:
    await shop.buy()
    await shop.deliver(*shop.events())
    shop.pass_time(HOUR)


def forget_objects(shop: Shop) -> None:
    """Make Stripe an account that knows only the prices."""
    known = shop.stripe.state.objects
    for name in [name for name in known if name.startswith(("cus_", "sub_", "cs_", "in_"))]:
        del known[name]


def sessions_of(shop: Shop) -> list[str]:
    return [one["status"] for one in shop.stripe.state.every("checkout.session")]


async def test_a_second_click_continues_the_same_checkout(shop: Shop) -> None:
    first = await shop.click()
    shop.pass_time(20 * HOUR)
    assert await shop.click() == first
    assert sessions_of(shop) == ["open"]


async def test_another_plan_ends_the_earlier_checkout_first(shop: Shop) -> None:
    first, second = await shop.click("hunter"), await shop.click("dealer")
    assert first != second
    assert sessions_of(shop) == ["expired", "open"]


async def test_no_plan_is_offered_at_the_address_of_another(shop: Shop) -> None:
    await shop.click("hunter")
    session = next(iter(shop.stripe.state.every("checkout.session")))
    path = f"{API}/checkout/sessions/{session['id']}/expire"
    shop.server.faults = [Fault(FaultKind.STATUS, path, status=400)]
    with pytest.raises(WatcherError) as refused:
        await shop.click("dealer")
    assert refused.value.code is Code.STRIPE_UNAVAILABLE
    shop.server.faults = []
    assert await shop.click("dealer")
    assert sessions_of(shop) == ["expired", "open"]


async def test_another_checkout_begins_after_a_day(shop: Shop) -> None:
    first = await shop.click()
    shop.pass_time(25 * HOUR)
    assert await shop.click() != first
    assert sessions_of(shop) == ["expired", "open"]


async def test_a_click_after_an_unreported_payment_leads_to_the_portal(shop: Shop) -> None:
    await shop.buy()
    assert "/p/session/" in await shop.click()
    assert "/p/session/" in await shop.click("dealer")
    assert len(shop.stripe.state.paid()) == 1
    assert shop.seen().plan == "hunter"


async def test_a_click_knows_a_subscription_that_no_webhook_reported(shop: Shop) -> None:
    await bought(shop)
    stale = update(subscriptions).values(status="canceled", check_at=None)
    await shop.stores.database.write(lambda conn: conn.execute(stale))
    assert "/p/session/" in await shop.click()
    assert sessions_of(shop) == ["complete"]


async def test_a_payment_during_a_click_begins_no_second_checkout(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The webhook comes to another daemon between the look at Stripe and the new checkout."""
    url, store = await shop.click(), shop.stores.subscriptions
    begin, learned = store.begin_checkout, []

    async def pay_before(*args: Any) -> Begun | None:
        if not learned:
            shop.pay(url)
            [completed] = [one for one in shop.events() if one["type"] == "checkout.session.completed"]
            event = parse_event(shop.stripe.webhooks.write(completed).encode())
            assert event is not None
            await store.apply_event(event, shop.now)
        learned.append(args[-1])
        return await begin(*args)

    monkeypatch.setattr(store, "begin_checkout", pay_before)
    assert "/p/session/" in await shop.click()
    assert len(learned) == 2
    assert sessions_of(shop) == ["complete"]


async def test_an_event_of_another_subscription_changes_nothing_by_itself(shop: Shop) -> None:
    await bought(shop)
    shop.server.faults = [Fault(FaultKind.RESET, API)]
    old = {**shop.living()[0], "id": "sub_of_last_year", "status": "canceled"}
    shop.stripe.state.emit("customer.subscription.deleted", old, int(shop.now))
    await shop.deliver(shop.events()[-1])
    assert shop.seen()[:2] == ("hunter", "active")


async def test_two_subscriptions_that_go_on_are_reported(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    await bought(shop)
    shop.stripe.state.add({**shop.living()[0], "id": "sub_made_by_hand"})
    shop.pass_time(2 * DAY)
    await shop.settle()
    assert "has 2 subscriptions that go on" in caplog.text


async def test_a_changed_configuration_ends_an_unanswered_checkout(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer was lost, and the key comes again with another address to return to."""
    shop.server.faults = [Fault(FaultKind.CUT, f"{API}/checkout", times=2)]
    with pytest.raises(CallFailed):
        await shop.click()
    shop.server.faults = []
    shop.billing._settings_url = "https://moved.example/settings"
    found = await shop.click()  # the session that Stripe made then
    assert sessions_of(shop) == ["open"]
    assert "idempotency_error" in caplog.text
    shop.pay(found)


async def test_a_refused_checkout_says_so_and_the_next_is_new(shop: Shop) -> None:
    shop.stripe.api.refusals.append(StripeRefused(400, "no", is_kept=True))
    shop.stripe.api.refusals.append(StripeRefused(400, "no", is_kept=True))
    for _ in range(2):
        with pytest.raises(WatcherError) as caught:
            await shop.click()
        assert caught.value.code is Code.STRIPE_UNAVAILABLE
        assert "Stripe does not accept the order, so nothing was charged" in str(caught.value)
    assert "/c/pay/" in await shop.click()
    assert len(list(shop.stripe.state.every("customer"))) == 1


@pytest.mark.parametrize("days", [-300, 2])
async def test_a_clock_that_differs_from_stripe_s_is_named(
    sqlite_url: str, clock: FakeClock, days: int
) -> None:
    """The demo's Stripe has a simulated clock."""

    def their_time() -> float:
        return clock.now() + days * DAY

    async with (
        MarketServer(Scripted(), clock=their_time) as server,
        open_shop(sqlite_url, clock, server) as shop,
    ):
        await shop.add_person()
        with pytest.raises(WatcherError, match="the operator must set the clock") as refused:
            await shop.click()
        assert refused.value.code is Code.STRIPE_UNAVAILABLE
        assert sessions_of(shop) == []


async def test_a_clock_that_was_ahead_does_not_end_the_looks(shop: Shop) -> None:
    await bought(shop)
    shop.clock.move(400 * DAY)  # Stripe's own clock is not asked meanwhile
    shop.server.faults = [Fault(FaultKind.STATUS, API, status=500)]
    await shop.billing.check_due(shop.now)
    shop.server.faults = []
    shop.clock.move(-399 * DAY)
    await shop.billing.check_due(shop.now)
    stored = shop.stored()
    assert stored is not None
    assert stored.confirmed_at == shop.now


async def test_a_failure_that_stripe_keeps_does_not_last(shop: Shop) -> None:
    shop.stripe.api.refusals.append(StripeRefused(500, "oops", kind="api_error", is_kept=True))
    codes = []
    for _ in range(2):  # the failure, and what Stripe repeats for its key
        with pytest.raises(WatcherError) as caught:
            await shop.click()
        codes.append(caught.value.code)
    assert codes == [Code.STRIPE_UNAVAILABLE] * 2
    assert "/c/pay/" in await shop.click()


async def test_a_deleted_customer_pays_nothing(shop: Shop) -> None:
    await bought(shop)
    stored = shop.stored()
    assert stored is not None
    shop.stripe.billing.cancel_now(shop.living()[0], int(shop.now))
    shop.stripe.state.objects[stored.customer] = {
        "id": stored.customer,
        "object": "customer",
        "deleted": True,
    }
    shop.pass_time(2 * DAY)
    await shop.settle()
    assert shop.seen().plan == "free"
    with pytest.raises(RequestRefused):
        await shop.billing.portal(USER)
    await shop.buy()
    assert "/p/session/" in await shop.billing.portal(USER)


async def test_an_earlier_debt_does_not_shorten_the_grace(shop: Shop) -> None:
    customer = (await shop.buy())["customer"]
    shop.stripe.change_card(customer, FAILS_LATER)
    shop.pass_time(90 * DAY)
    await shop.settle()
    assert shop.seen().status == "canceled"
    assert [one["status"] for one in shop.stripe.state.every("invoice")][-1] == "open"
    renewed_at = period_end(await shop.buy())
    shop.stripe.change_card(customer, FAILS_LATER)
    shop.pass_time(renewed_at + HOUR - shop.now)
    await shop.settle()
    assert shop.seen()[:2] == ("hunter", "past_due")
    assert shop.seen().unpaid_since == renewed_at


async def test_one_odd_subscription_does_not_keep_others_waiting(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    await bought(shop)
    odd = shop.living()[0]
    await shop.add_person("dealer", watches=1)
    shop.pay(await shop.click(user="dealer"))
    odd["status"] = "made_up"
    shop.pass_time(2 * DAY)
    await shop.billing.check_due(shop.now)
    others = shop.stored("dealer")
    assert others is not None
    assert others.confirmed_at == shop.now
    assert shop.seen()[:2] == ("hunter", "active")
    assert "unknown form" in caplog.text


async def test_the_key_of_another_account_takes_no_plan_away(
    shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    await bought(shop)
    stored = shop.stored()
    assert stored is not None
    forget_objects(shop)
    shop.pass_time(2 * DAY)
    await shop.settle()
    assert shop.seen()[:2] == ("hunter", "active")
    assert "resource_missing" in caplog.text
    again = shop.stored()
    assert again is not None
    assert again.confirmed_at == stored.confirmed_at  # its age shows
    assert again.check_at == shop.now + DAY


@pytest.mark.parametrize("has_paid", [True, False])
async def test_a_user_of_another_account_can_pay_again(shop: Shop, *, has_paid: bool) -> None:
    """As after the change from a test key to a live one."""
    await shop.click()
    if has_paid:
        await bought(shop)
        shop.stripe.billing.cancel_now(shop.living()[0], int(shop.now))
        await shop.deliver(*shop.events())
    forget_objects(shop)
    shop.pay(await shop.click())
    await shop.deliver(*shop.events())
    assert shop.seen()[:2] == ("hunter", "active")


async def test_the_paid_one_of_two_subscriptions_counts(shop: Shop) -> None:
    await bought(shop)
    first = shop.living()[0]
    other = {**first, "id": "sub_made_by_hand", "created": first["created"] + 5}
    shop.stripe.state.add(other)
    shop.pass_time(HOUR)
    shop.stripe.billing.cancel_now(first, int(shop.now))
    await shop.deliver(shop.events()[-1])
    assert shop.seen()[:2] == ("hunter", "active")
    assert shop.seen().subscription == "sub_made_by_hand"


async def test_a_price_without_a_plan_buys_nothing(shop: Shop) -> None:
    await bought(shop)
    old = update(subscriptions).values(price="price_of_last_year")
    await shop.stores.database.write(lambda conn: conn.execute(old))
    assert shop.stores.plan_limits.holder(USER).plan.name == "free"
    assert "/p/session/" in await shop.click()  # it is still paid, so a second one would be too much


@pytest.mark.parametrize("ended", [True, False])
async def test_a_user_who_pays_cannot_be_removed(shop: Shop, *, ended: bool) -> None:
    await bought(shop)
    if ended:
        shop.stripe.billing.cancel_now(shop.living()[0], int(shop.now))
        await shop.deliver(*shop.events())
        await shop.stores.people.remove(USER, shop.now, delete_watches=True)
        assert shop.stored() is None
        await shop.deliver(*shop.events())  # all known already
        return
    with pytest.raises(StillPaying, match="cancel it first"):
        await shop.stores.people.remove(USER, shop.now, delete_watches=True)
    assert shop.seen()[:2] == ("hunter", "active")


async def test_events_of_others_change_nothing(shop: Shop, caplog: pytest.LogCaptureFixture) -> None:
    """Another program may use the same account."""
    await bought(shop)
    before = shop.seen()
    caplog.set_level(logging.INFO)
    foreign = {**shop.living()[0], "id": "sub_x", "customer": "cus_x", "metadata": {}}
    shop.stripe.state.emit("customer.subscription.deleted", foreign, int(shop.now))
    await shop.deliver(shop.events()[-1])
    assert (shop.seen(), "cus_x" in caplog.text) == (before, False)
    ours = foreign | {"metadata": {"reference": "f" * 64}}
    shop.stripe.state.emit("customer.subscription.deleted", ours, int(shop.now))
    await shop.deliver(shop.events()[-1])
    assert "a customer that no user has" in caplog.text


async def test_the_job_waits_longer_after_each_failure(shop: Shop) -> None:
    await bought(shop)
    shop.pass_time(2 * DAY)
    shop.server.faults = [Fault(FaultKind.STATUS, API, status=500)]
    shop.server.calls.clear()
    asked = []
    began = shop.now
    while shop.now < began + 4 * HOUR:
        before = sum(shop.server.calls.values())
        await shop.billing.check_due(shop.now)
        if sum(shop.server.calls.values()) > before:
            asked.append(round(shop.now - began))
        shop.pass_time(10)
    gaps = [b - a for a, b in pairwise(asked)]
    assert gaps == sorted(gaps)
    assert (gaps[0], max(gaps)) == (20, 1_800)
    assert len(asked) < 15
    assert shop.seen()[:2] == ("hunter", "active")
    stored = shop.stored()
    assert stored is not None
    assert shop.now - stored.confirmed_at > 2 * DAY
    shop.server.faults = []
    shop.pass_time(HOUR)
    await shop.billing.check_due(shop.now)
    found = shop.stored()
    assert found is not None
    assert found.confirmed_at == shop.now


async def test_a_subscription_is_looked_at_daily_and_when_its_time_ends(shop: Shop) -> None:
    await bought(shop)
    stored = shop.stored()
    assert stored is not None
    assert stored.check_at is not None
    assert stored.check_at - stored.confirmed_at <= DAY
    shop.stripe.billing.cancel_later(shop.living()[0], int(shop.now))
    end = shop.living()[0]["cancel_at"]
    shop.pass_time(end - HOUR - shop.now)
    await shop.settle()
    stored = shop.stored()
    assert stored is not None
    assert (stored.ends_at, stored.check_at) == (end, end + 5 * MINUTE)
    shop.pass_time(HOUR + 6 * MINUTE)
    await shop.settle()
    assert shop.seen()[:2] == ("free", "canceled")
    stored = shop.stored()
    assert stored is not None
    assert stored.check_at is None


def test_billing_shows_nothing_of_stripe(shop: Shop) -> None:
    assert isinstance(shop.billing, Billing)
    assert "sk_" not in repr(shop.billing) + repr(shop.client)
