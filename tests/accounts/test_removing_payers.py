"""A removed user leaves nothing behind that could be paid, or operators learn of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select, update

from tests.accounts.shop import USER, Shop, open_shop
from tests.fakes import FakeClock
from tests.market.faults import Fault, FaultKind
from watcher.accounts.people import remove_person
from watcher.core.billing import user_reference
from watcher.core.errors import Code
from watcher.core.people import MissingUser, OpenCheckout, StillPaying, UndecidedWatches
from watcher.db.codec import read_notice
from watcher.db.people import Removal
from watcher.db.schema import checkouts, outbox, subscriptions
from watcher.demo.stripe.errors import StripeRefused
from watcher.demo.stripe.stand_in import STRIPE_ROOT

API = f"{STRIPE_ROOT}/v1"


@pytest.fixture
async def shop(sqlite_url: str, clock: FakeClock) -> AsyncIterator[Shop]:
    async with open_shop(sqlite_url, clock) as opened:
        await opened.add_person()
        yield opened


async def remove(shop: Shop, *, sells: bool = True, deletes: bool = True) -> Removal:
    billing = shop.billing if sells else None
    return await remove_person(shop.stores, billing, USER, shop.now, delete_watches=deletes)


def notices(shop: Shop) -> list[Any]:
    """Return the messages to operators."""
    rows = shop.stores.database.rows(select(outbox).where(outbox.c.kind == "ops"))
    return [read_notice(row.payload) for row in rows]


async def test_an_open_checkout_ends_with_its_user(shop: Shop) -> None:
    url = await shop.click()
    with pytest.raises(UndecidedWatches):
        await remove(shop, deletes=False)
    assert [one["status"] for one in shop.stripe.state.every("checkout.session")] == ["open"]
    await remove(shop)
    with pytest.raises(StripeRefused):
        shop.pay(url)
    assert shop.stores.people.find(USER) is None
    await shop.deliver(*shop.events())
    assert notices(shop) == []


@pytest.mark.parametrize("kind", [FaultKind.RESET, FaultKind.HTML, FaultKind.STATUS])
async def test_no_user_is_removed_while_stripe_cannot_be_asked(shop: Shop, kind: FaultKind) -> None:
    await shop.click()
    shop.server.faults = [Fault(kind, API)]
    with pytest.raises(
        OpenCheckout, match="could be paid after the removal, and Stripe could not be asked"
    ) as refused:
        await remove(shop)
    assert refused.value.code is Code.STRIPE_UNAVAILABLE
    assert shop.stores.people.find(USER) is not None
    assert shop.seen().active == 1
    shop.server.faults = []
    await remove(shop)


async def test_a_payment_just_before_the_removal_keeps_the_user(shop: Shop) -> None:
    await shop.buy()
    with pytest.raises(StillPaying):
        await remove(shop)
    assert shop.seen()[:2] == ("hunter", "active")


async def test_a_checkout_whose_answer_was_lost_ends_as_well(shop: Shop) -> None:
    shop.server.faults = [Fault(FaultKind.CUT, f"{API}/checkout", times=2)]
    with pytest.raises(Exception, match="nothing was charged"):
        await shop.click()
    shop.server.faults = []
    await remove(shop)
    assert [one["status"] for one in shop.stripe.state.every("checkout.session")] == ["expired"]


async def test_a_checkout_that_opens_during_the_removal_cannot_be_paid(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another daemon removes the user while Stripe answers."""
    create = shop.client.create_session

    async def create_and_lose_the_user(*args: Any) -> Any:
        made = await create(*args)
        row = checkouts.c.user_id == USER
        await shop.stores.database.write(lambda conn: conn.execute(checkouts.delete().where(row)))
        asked = update(subscriptions).values(check_at=None)
        await shop.stores.database.write(lambda conn: conn.execute(asked))
        await shop.stores.people.remove(USER, shop.now, delete_watches=True, sells=True)
        return made

    monkeypatch.setattr(shop.client, "create_session", create_and_lose_the_user)
    with pytest.raises(MissingUser):
        await shop.click()
    assert [one["status"] for one in shop.stripe.state.every("checkout.session")] == ["expired"]


async def test_operators_learn_once_of_a_payment_for_a_removed_user(shop: Shop) -> None:
    """Without plans for sale Stripe could not be asked to end the checkout."""
    url = await shop.click()
    await remove(shop, sells=False)
    customer = shop.pay(url)["customer"]
    for _ in range(2):
        await shop.deliver(*shop.events())
    [notice] = notices(shop)
    assert "a customer pays for a user who is not here" in notice.headline
    assert dict(notice.facts)["Customer"] == customer
    assert "Cancel the subscription of this customer in Stripe's dashboard, and refund" in notice.advice


async def test_operators_learn_of_a_second_customer_that_pays(shop: Shop) -> None:
    await shop.buy()
    await shop.deliver(*shop.events())
    owner = user_reference(await shop.stores.subscriptions.secret(), USER)
    other = {**shop.living()[0], "id": "sub_2", "customer": "cus_2", "metadata": {"user": owner}}
    shop.stripe.state.emit("customer.subscription.created", other, int(shop.now))
    await shop.deliver(shop.events()[-1])
    [notice] = notices(shop)
    assert f'"{USER}" pays by a second customer' in notice.headline
    assert shop.seen()[:2] == ("hunter", "active")


@pytest.mark.parametrize("owner", ["", "0123456789abcdef-of-another-installation", None])
async def test_payments_to_others_reach_no_operator(shop: Shop, owner: str | None) -> None:
    """Another program, or another watcher, may use the account."""
    await shop.buy()
    await shop.deliver(*shop.events())
    other = {**shop.living()[0], "id": "sub_2", "customer": "cus_2", "metadata": {"user": owner}}
    shop.stripe.state.emit("customer.subscription.created", other, int(shop.now))
    await shop.deliver(shop.events()[-1])
    assert notices(shop) == []
