"""`watcher demo --plans`, and what the guide to plans says."""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from watcher.adapters.host.logs import configure_logging
from watcher.adapters.host.sockets import open_sockets
from watcher.cli import demo
from watcher.cli.demo_plans import COLLECTOR, OPERATOR, DemoPlans
from watcher.config import load_settings
from watcher.core.plans import UNLIMITED
from watcher.core.times import DAY
from watcher.demo.stripe.server import PayingDemoServer
from watcher.demo.stripe.webhooks import WEBHOOK_EVENTS
from watcher.runtime.serving import serving_api
from watcher.runtime.simulation import START, simulated

GUIDE = Path(__file__).parents[2] / "docs" / "plans.md"


@pytest.fixture(autouse=True)
def no_handlers() -> Iterator[None]:
    """Remove afterwards what a demo adds to the poller's log."""
    yield
    poller = logging.getLogger("watcher.polling.poller")
    poller.handlers.clear()
    poller.propagate = True
    poller.setLevel(logging.NOTSET)
    configure_logging("warning")


def test_plans_are_sold_to_a_user_who_signs_in_by_a_link(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "PAST_START", START - DAY)
    done = run("demo", "--plans", "--for", "0.1")
    assert (done.code, done.err) == (0, "")
    links = re.findall(r"http://localhost:\d+/sign-in/\S+", done.out)
    assert len(set(links)) == 2
    assert "The simulated clock runs as fast as a real one." in done.out
    assert re.search(r"press a button at http://127\.0\.0\.1:\d+/stripe/\n", done.out)


@pytest.mark.parametrize("option", [["--json"], ["--market", "."]])
def test_plans_go_with_no_other_kind_of_demo(run: Run, option: list[str]) -> None:
    done = run("demo", "--plans", *option)
    assert (done.code, "goes neither with" in done.err + done.out) == (2, True)


async def test_a_payment_in_the_demo_upgrades_the_plan() -> None:
    with open_sockets("127.0.0.1", 0) as sockets:
        plans = DemoPlans(sockets[0])
        world = simulated(None, seed=7, speed=1e9, server_class=plans.server_class, more_config=plans.config)
        async with world as simulation, serving_api(simulation.app, sockets, str, asyncio.Event()):
            app, now, market = simulation.app, simulation.clock.now(), simulation.market
            assert isinstance(market, PayingDemoServer)
            assert app.billing is not None
            await plans.add_people(simulation)
            await plans.open(simulation)
            market.stripe.webhooks.hold()
            url = await app.billing.checkout(COLLECTOR, "hunter", now)
            market.stripe.pay(url.rpartition("/")[2])
            assert app.stores.plan_limits.holder(COLLECTOR).plan.name == "free"
            assert set(await market.stripe.webhooks.deliver()) == {200}
            assert app.stores.plan_limits.holder(COLLECTOR).plan.name == "hunter"
            assert app.stores.plan_limits.holder(OPERATOR).plan == UNLIMITED


def test_the_set_up_guide_names_the_events_of_the_endpoint() -> None:
    step = GUIDE.read_text().partition("subscribe to these events")[2].partition("signing secret")[0]
    assert re.findall(r"`(\w+\.[\w.]+)`", step) == list(WEBHOOK_EVENTS)


def test_the_set_up_guide_shows_plans_that_the_configuration_takes(tmp_path: Path) -> None:
    example = GUIDE.read_text().partition("```toml\n")[2].partition("```")[0]
    prices = (f"price_{number}" for number in range(1, 9))
    example = re.sub("price_…", lambda _: next(prices), example)
    config = tmp_path / "config.toml"
    config.write_text(example + '[stripe]\napi_key = "rk_test_1"\nwebhook_secret = "whsec_1"\n')
    plans = load_settings(config, {}).paid_plans
    assert [plan.name for plan in plans.all] == ["free", "hunter", "dealer"]
    assert (plans.free.watches, plans.priced[1].scans) == (5, None)
