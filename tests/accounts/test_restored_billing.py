"""A database from before a payment finds what is paid, and nothing is paid a second time."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path
from unittest import mock
from unittest.mock import AsyncMock

import pytest

from tests.accounts.shop import USER, Shop, open_shop
from tests.conftest import database_url
from tests.fakes import FakeClock
from tests.market.faults import Fault, FaultKind
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from watcher.accounts.people import remove_person
from watcher.core.billing import CHECKOUT_SECONDS, Checkout, CheckoutState, user_reference
from watcher.core.errors import Api, CallFailed, Code, Kind, WatcherError
from watcher.core.people import OpenCheckout, StillPaying
from watcher.core.times import DAY, HOUR, Instant
from watcher.db import backups
from watcher.db.backups import back_up, restore_backup
from watcher.demo.stripe.errors import StripeRefused
from watcher.demo.stripe.shapes import make_customer
from watcher.demo.stripe.stand_in import STRIPE_ROOT

# On SQLite and, with `make test-slow PART=postgres`, on Postgres; some of them always (`ON_POSTGRES`).
__all__ = ["database_url"]
SEARCH = f"{STRIPE_ROOT}/v1/customers/search"


class World:
    """A database, its backup, and Stripe, which goes on when the backup is restored."""

    def __init__(self, url: str, place: Path, clock: FakeClock, server: MarketServer) -> None:
        self.url, self.place, self.clock, self.server = url, place, clock, server

    def open(self) -> AsyncIterator[Shop]:
        return open_shop(self.url, self.clock, self.server)  # type: ignore[return-value]

    def back_up(self) -> None:
        (self.place / "backup.db").unlink(missing_ok=True)
        back_up(self.url, self.place / "backup.db")

    def restore(self) -> None:
        restore_backup(self.url, self.place / "backup.db", self.place)


@pytest.fixture
async def world(
    database_url: str, tmp_path: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[World]:
    monkeypatch.setattr(backups, "_now", clock.now)
    async with MarketServer(Scripted(), clock=clock.now) as server:
        made = World(database_url, tmp_path, clock, server)
        async with made.open() as shop:
            await shop.add_person()
            await shop.billing.prepare()
        made.back_up()
        yield made


def living(shop: Shop) -> tuple[int, int]:
    """Return how many payments were made, and how many checkouts could still be paid."""
    sessions = shop.stripe.state.every("checkout.session")
    return len(shop.stripe.state.paid()), sum(one["status"] == "open" for one in sessions)


@pytest.mark.parametrize("found_by", ["job", "click", "event"])
async def test_a_first_payment_after_the_backup_is_found_again(world: World, found_by: str) -> None:
    async with world.open() as shop:
        await shop.buy()
        await shop.deliver(*shop.events())
        assert shop.seen().plan == "hunter"
    world.restore()
    world.clock.move(HOUR)
    async with world.open() as shop:
        assert shop.seen().plan == "free"
        if found_by == "job":
            await shop.settle()
        elif found_by == "click":
            assert "/p/session/" in await shop.click("dealer")
        else:
            shop.stripe.state.change(shop.living()[0], int(shop.now), "customer.subscription.updated")
            await shop.deliver(shop.events()[-1])
        assert shop.seen()[:3] == ("hunter", "active", "price_hunter")
        assert shop.seen().active == 3
        assert "/p/session/" in await shop.click()
        assert living(shop) == (1, 0)


async def test_an_open_checkout_that_is_not_stored_cannot_be_paid_beside_another(world: World) -> None:
    async with world.open() as shop:
        before = await shop.click()
    world.restore()
    async with world.open() as shop:
        after = await shop.click()
        assert after != before
        with pytest.raises(StripeRefused):
            shop.pay(before)
        shop.pay(after)
        await shop.deliver(*shop.events())
        assert (living(shop), shop.seen().plan) == ((1, 0), "hunter")


async def test_a_known_customer_has_no_second_open_checkout_either(world: World) -> None:
    async with world.open() as shop:
        await shop.buy()
        shop.stripe.billing.cancel_now(shop.living()[0], int(shop.now))
        await shop.deliver(*shop.events())
        world.back_up()
        before = await shop.click("dealer")
    world.restore()
    async with world.open() as shop:
        after = await shop.click("hunter")
        with pytest.raises(StripeRefused):
            shop.pay(before)
        assert after == await shop.click("hunter")
        assert living(shop) == (1, 1)


async def test_a_payment_in_the_last_minute_is_found_before_the_search_knows_it(world: World) -> None:
    world.server.stripe.state.search_lag = int(HOUR)
    async with world.open() as shop:
        await shop.buy()
    world.restore()
    async with world.open() as shop:
        assert "/p/session/" in await shop.click()
        assert living(shop) == (1, 0)


async def test_a_customer_is_found_among_many_newer_ones(world: World) -> None:
    async with world.open() as shop:
        await shop.buy()
        state = shop.stripe.state
        for _ in range(150):
            state.add(make_customer(state.new_id("cus_"), int(shop.now), {}))
    world.restore()
    async with world.open() as shop:
        assert "/p/session/" in await shop.click()


async def test_plans_are_sold_where_stripe_has_no_search(world: World) -> None:
    world.server.faults = [Fault(FaultKind.STATUS, SEARCH, status=400)]
    async with world.open() as shop:
        await shop.buy()
        assert living(shop) == (1, 0)


async def test_nothing_is_sold_to_a_new_customer_while_stripe_cannot_be_searched(world: World) -> None:
    world.server.faults = [Fault(FaultKind.STATUS, SEARCH, status=500)]
    async with world.open() as shop:
        with pytest.raises(Exception, match="nothing was charged"):
            await shop.click()
        assert list(shop.stripe.state.every("checkout.session")) == []


async def test_a_user_who_was_lost_with_the_backup_is_found_by_the_same_name(world: World) -> None:
    async with world.open() as shop:
        await shop.add_person("newcomer", watches=0)
        shop.pay(await shop.click(user="newcomer"))
    world.restore()
    async with world.open() as shop:
        await shop.stores.people.add("newcomer", shop.now)
        assert "/p/session/" in await shop.click(user="newcomer")
        assert shop.stores.plan_limits.holder("newcomer").plan.name == "hunter"


async def test_a_payer_whom_the_backup_does_not_know_cannot_be_removed(world: World) -> None:
    """The person would go on paying for nothing."""
    async with world.open() as shop:
        await shop.buy()
    world.restore()
    async with world.open() as shop:
        world.server.faults = [Fault(FaultKind.RESET, STRIPE_ROOT)]
        with pytest.raises(OpenCheckout):
            await remove_person(shop.stores, shop.billing, USER, shop.now, delete_watches=True)
        world.server.faults = []
        with pytest.raises(StillPaying):
            await remove_person(shop.stores, shop.billing, USER, shop.now, delete_watches=True)
        assert shop.seen().plan == "hunter"


async def test_a_user_who_pays_nothing_is_removed_after_a_restore(world: World) -> None:
    world.restore()
    async with world.open() as shop:
        await remove_person(shop.stores, shop.billing, USER, shop.now, delete_watches=True)
        assert shop.stores.people.find(USER) is None


async def test_nothing_can_be_paid_beside_the_customer_that_was_found(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.open() as shop:
        state = shop.stripe.state
        owner = user_reference(await shop.stores.subscriptions.secret(), USER)
        older = make_customer(state.new_id("cus_"), int(shop.now), {"metadata": {"user": owner}})
        state.add(older)
        ends = Instant(shop.now + CHECKOUT_SECONDS)
        checkout = Checkout(1, USER, "price_hunter", "k" * 64, "", "", CheckoutState.OPEN, shop.now, ends)
        open_one = await shop.client.create_session(checkout, older["id"], owner, "https://example.com")
        monkeypatch.setattr(shop.billing, "_recover", AsyncMock())  # as if the search did not know it yet
        await shop.buy()
    world.restore()
    async with world.open() as shop:
        await shop.settle()
        assert shop.seen().plan == "hunter"
        with pytest.raises(StripeRefused):
            shop.pay(open_one.url)
        assert living(shop) == (1, 0)


async def test_an_event_that_found_no_user_counts_when_it_is_sent_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world.open() as shop:
        await shop.add_person("newcomer", watches=0)
        shop.pay(await shop.click(user="newcomer"))
        event = next(one for one in shop.events() if one["type"] == "checkout.session.completed")
    world.restore()
    async with world.open() as shop:
        await shop.stores.people.add("newcomer", shop.now)
        with monkeypatch.context() as broken:
            failure = WatcherError(Code.DATABASE_CONNECTION_FAILED)
            broken.setattr(shop.stores.subscriptions, "adopt_customer", AsyncMock(side_effect=failure))
            with pytest.raises(WatcherError):
                await shop.deliver(event)
        await shop.deliver(event)
        assert shop.stores.plan_limits.holder("newcomer").plan.name == "hunter"


@pytest.mark.parametrize("found_by", ["event", "click"])
async def test_a_found_customer_is_asked_about_until_stripe_answers(world: World, found_by: str) -> None:
    """Stripe does not send the event again, and the person need not click again."""
    async with world.open() as shop:
        await shop.add_person("newcomer", watches=0)
        shop.pay(await shop.click(user="newcomer"))
        event = next(one for one in shop.events() if one["type"] == "checkout.session.completed")
    world.restore()
    async with world.open() as shop:
        await shop.stores.people.add("newcomer", shop.now)
        if found_by == "event":
            world.server.faults = [Fault(FaultKind.STATUS, STRIPE_ROOT, status=500)]
            await shop.deliver(event)
        else:
            learns = AsyncMock(side_effect=CallFailed(Api.STRIPE, Kind.UNAVAILABLE, "gone"))
            with mock.patch.object(shop.billing, "_learn", learns), pytest.raises(CallFailed):
                await shop.click(user="newcomer")
        world.server.faults = []
        assert shop.stores.plan_limits.holder("newcomer").plan.name == "free"
        await shop.billing.check_due(shop.now)
        assert shop.stores.plan_limits.holder("newcomer").plan.name == "hunter"


async def test_another_person_of_a_removed_name_gets_another_customer(world: World) -> None:
    """The portal would show the cards and invoices of the one before."""
    async with world.open() as shop:
        first = (await shop.buy())["customer"]
        await shop.deliver(*shop.events())
        shop.stripe.billing.cancel_now(shop.living()[0], int(shop.now))
        await shop.deliver(*shop.events())
        await shop.stores.people.remove(USER, shop.now, delete_watches=True)
        shop.pass_time(DAY)
        await shop.stores.people.add(USER, shop.now)
        assert (await shop.buy())["customer"] != first


async def test_stripe_never_gets_a_name(world: World) -> None:
    async with world.open() as shop:
        await shop.buy()
        assert USER not in json.dumps([shop.stripe.state.objects, shop.stripe.state.events])
        [customer] = shop.stripe.state.every("customer")
        secret = await shop.stores.subscriptions.secret()
        assert customer["metadata"]["user"] == user_reference(secret, USER)
        assert secret not in customer["metadata"]["user"]
        assert len({user_reference(secret, user) for user in (USER, USER + "s", "local")}) == 3
