"""Billing that is killed at any statement, commit or call charges no user twice and loses no upgrade."""

from __future__ import annotations

import json
import shutil
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.accounts.shop import Shop, open_shop
from tests.fakes import FakeClock
from tests.forks import forked
from tests.postgres import Cluster
from watcher.core.times import DAY, HOUR, MINUTE
from watcher.demo.stripe.stand_in import STRIPE_ROOT

NewCopy = Callable[[], str]
pytestmark = pytest.mark.timeout(600)
ALL = [pytest.param(1, marks=pytest.mark.slow, id="all")]
SOME = [pytest.param(12, id="some"), *ALL]  # only some moments in the default suite
LIMITS = {"free": 1, "hunter": 3}


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.slow)])
def new_copy(request: pytest.FixtureRequest, tmp_path: Path, empty_database: Path) -> Iterator[NewCopy]:
    """Return a function that makes another empty database."""
    if request.param == "sqlite":
        numbers = iter(range(9_999))

        def copy() -> str:
            place = tmp_path / f"{next(numbers)}.db"
            shutil.copy(empty_database, place)
            return f"sqlite:///{place}"

        yield copy
        return
    cluster: Cluster = request.getfixturevalue("cluster")
    template: str = request.getfixturevalue("postgres_template")
    made: list[str] = []

    def create() -> str:
        made.append(cluster.create(template))
        return cluster.url(made[-1])

    yield create
    for name in made:
        cluster.drop(name)


async def died(shop: Shop, url: str, moment: int, *action: str) -> bool:
    """Do something in a process that is killed at a moment; return whether it got that far."""
    words = ("-m", "tests.accounts.dying", url, shop.server.url + STRIPE_ROOT, str(float(shop.now)))
    async with forked(*words, str(moment), *action) as child:
        out, err = await child.communicate()
        assert child.returncode in (0, -signal.SIGKILL), err.decode()
        shop.shown = out.decode().split()
        return child.returncode != 0


@asynccontextmanager
async def shop_over(url: str) -> AsyncIterator[Shop]:
    async with open_shop(url, FakeClock()) as shop:
        await shop.add_person()
        yield shop


def moments(stride: int) -> Iterator[int]:
    moment = 1
    while True:
        yield moment
        moment += stride


def require_whole_state(shop: Shop) -> None:
    """Check that plan and watches have changed together."""
    seen = shop.seen()
    assert seen.active == LIMITS[seen.plan]
    assert seen.active + seen.over_plan == 4


def require_one_payment(shop: Shop) -> None:
    assert len(shop.stripe.state.paid()) == 1
    assert len(shop.living()) == 1
    assert shop.seen()[:2] == ("hunter", "active")
    require_whole_state(shop)
    # Nothing is left that could be paid a second time.
    assert [one for one in shop.stripe.state.every("checkout.session") if one["status"] == "open"] == []


@pytest.mark.parametrize("stride", SOME)
async def test_a_killed_checkout_is_continued_by_the_next_click(new_copy: NewCopy, stride: int) -> None:
    killed = 0
    for moment in moments(stride):
        async with shop_over(url := new_copy()) as shop:
            if not await died(shop, url, moment, "hunter"):
                break
            killed += 1
            again = await shop.click()
            assert shop.shown in ([], [again])
            shop.pay(again)
            await shop.deliver(*shop.events())
            await shop.settle()
            require_one_payment(shop)
            assert len(list(shop.stripe.state.every("customer"))) == 1
    assert killed > 20 // stride


@pytest.mark.parametrize("stride", ALL)
async def test_a_killed_checkout_that_is_given_up_leaves_nothing(new_copy: NewCopy, stride: int) -> None:
    for moment in moments(stride):
        async with shop_over(url := new_copy()) as shop:
            if not await died(shop, url, moment, "hunter"):
                break
            for _ in range(2):
                shop.pass_time(DAY + HOUR)
                await shop.settle()
            assert list(shop.stores.subscriptions.open_checkouts("collector")) == []
            shop.pay(await shop.click())
            await shop.deliver(*shop.events())
            require_one_payment(shop)


@pytest.mark.parametrize("stride", ALL)
async def test_a_killed_change_of_mind_leaves_one_checkout(new_copy: NewCopy, stride: int) -> None:
    """The user has clicked on another plan before."""
    for moment in moments(stride):
        async with shop_over(url := new_copy()) as shop:
            await shop.click("dealer")
            if not await died(shop, url, moment, "hunter"):
                break
            shop.pay(await shop.click())
            await shop.deliver(*shop.events())
            await shop.settle()
            require_one_payment(shop)


@pytest.mark.parametrize("stride", SOME)
@pytest.mark.parametrize("repeated", [pytest.param(True, marks=pytest.mark.slow), False])
async def test_killed_webhooks_lose_no_upgrade(
    new_copy: NewCopy, tmp_path: Path, stride: int, *, repeated: bool
) -> None:
    """Stripe repeats what was not accepted; and if it did not, the job would find out."""
    killed = 0
    for moment in moments(stride):
        async with shop_over(url := new_copy()) as shop:
            await shop.buy()
            file = tmp_path / "events.json"
            file.write_text(json.dumps(shop.signed(*shop.events())))
            if not await died(shop, url, moment, "events", str(file)):
                break
            killed += 1
            require_whole_state(shop)
            if repeated:
                await shop.deliver(*shop.events())
            shop.pass_time(11 * MINUTE)
            await shop.settle()
            require_one_payment(shop)
    assert killed > 20 // stride


@pytest.mark.parametrize("stride", ALL)
async def test_a_killed_downgrade_is_whole_or_has_not_happened(
    new_copy: NewCopy, tmp_path: Path, stride: int
) -> None:
    for moment in moments(stride):
        async with shop_over(url := new_copy()) as shop:
            subscription = await shop.buy()
            await shop.deliver(*(before := shop.events()))
            shop.pass_time(HOUR)
            shop.stripe.billing.cancel_now(subscription, int(shop.now))
            file = tmp_path / "events.json"
            file.write_text(json.dumps(shop.signed(*shop.events()[len(before) :])))
            if not await died(shop, url, moment, "events", str(file)):
                break
            require_whole_state(shop)
            await shop.deliver(*shop.events())
            shop.pass_time(DAY)
            await shop.settle()
            assert shop.seen()[:2] == ("free", "canceled")
            require_whole_state(shop)


@pytest.mark.parametrize("stride", ALL)
async def test_a_killed_job_is_done_by_the_next_one(new_copy: NewCopy, stride: int) -> None:
    killed = 0
    for moment in moments(stride):
        async with shop_over(url := new_copy()) as shop:
            await shop.buy()
            shop.pass_time(11 * MINUTE)
            if not await died(shop, url, moment, "job"):
                break
            killed += 1
            require_whole_state(shop)
            shop.pass_time(11 * MINUTE)
            await shop.settle()
            require_one_payment(shop)
    assert killed > 10 // stride
