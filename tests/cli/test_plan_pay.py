"""`watcher plan upgrade` and `portal`: addresses of Stripe, for a user."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.market.faults import Fault, FaultKind
from tests.market.server import MarketServer
from tests.stripe_section import STRIPE_SECTION
from watcher.demo.stripe.api import DEMO_STRIPE_KEY
from watcher.demo.stripe.stand_in import STRIPE_ROOT
from watcher.demo.stripe.webhooks import DEMO_WEBHOOK_SECRET

PLANS = (
    """
[plans]
free = {{ watches = 2 }}
hunter = {{ watches = 4, price_id = "price_hunter" }}
"""
    + STRIPE_SECTION
)


@pytest.fixture
def selling(market: MarketServer, home: Path, database: Path, run: Run) -> MarketServer:
    """Return the server, with a configuration that sells a plan and a person who may buy it."""
    del database
    stripe = market.url + STRIPE_ROOT
    more = PLANS.format(stripe=stripe, key=DEMO_STRIPE_KEY, secret=DEMO_WEBHOOK_SECRET)
    with (home / "config.toml").open("a") as config:
        config.write(more)
    assert run("user", "add", "collector").code == 0
    return market


def test_the_address_of_a_checkout_is_alone_on_stdout(run: Run, selling: MarketServer) -> None:
    done = run("plan", "upgrade", "hunter", "--user", "collector")
    assert done.code == 0, done.err
    assert done.out.startswith(f"{selling.url}{STRIPE_ROOT}/c/pay/")
    assert done.out.count("\n") == 1
    assert "collector pays for the plan" in done.err
    again = run("plan", "upgrade", "hunter", "--user", "collector", "--json")
    assert again.json == {"url": done.out.strip()}


def test_the_portal_is_for_one_who_has_begun_to_pay(run: Run, selling: MarketServer) -> None:
    refused = run("plan", "portal", "--user", "collector")
    assert (refused.code, "choose a plan first" in refused.err) == (1, True)
    url = run("plan", "upgrade", "hunter", "--user", "collector").out.strip()
    selling.stripe.pay(url.partition("/c/pay/")[2])
    portal = f"{selling.url}{STRIPE_ROOT}/p/session/"
    assert run("plan", "portal", "--user", "collector").out.startswith(portal)
    # A second subscription would be a double charge.
    assert run("plan", "upgrade", "hunter", "--user", "collector").out.startswith(portal)


@pytest.mark.usefixtures("selling")
def test_an_impossible_purchase_is_refused_in_a_sentence(run: Run) -> None:
    for words, sentence in (
        (("upgrade", "hunter"), "--user"),
        (("upgrade", "hunter", "--user", "local"), "You have no limits, so there is nothing to buy."),
        (("upgrade", "free", "--user", "collector"), 'There is no plan "free" to buy.'),
        (("upgrade", "hunter", "--user", "nobody"), "nobody"),
        (("portal", "--user", "nobody"), "nobody"),
    ):
        done = run("plan", *words)
        assert done.code in (1, 2), words
        assert sentence in done.err
        assert done.out == ""


def test_an_unreachable_stripe_is_named(run: Run, selling: MarketServer) -> None:
    selling.faults = [Fault(FaultKind.STATUS, path=f"{STRIPE_ROOT}/v1/")]
    done = run("plan", "upgrade", "hunter", "--user", "collector", "--json")
    assert done.code == 1
    assert done.json["code"] == "STRIPE_UNAVAILABLE"


def test_a_user_with_an_open_checkout_is_removed_once_stripe_has_ended_it(
    run: Run, selling: MarketServer
) -> None:
    assert run("plan", "upgrade", "hunter", "--user", "collector").code == 0
    selling.faults = [Fault(FaultKind.STATUS, path=f"{STRIPE_ROOT}/v1/")]
    refused = run("user", "remove", "collector")
    assert refused.code == 1
    assert "could be paid after the removal, and Stripe could not be asked" in refused.err
    selling.faults = []
    assert run("user", "remove", "collector").out == "collector is removed.\n"
    assert [*selling.stripe.state.every("checkout.session")][-1]["status"] == "expired"


@pytest.mark.usefixtures("market", "database")
def test_without_plans_nothing_is_for_sale(run: Run) -> None:
    for words in (("upgrade", "hunter"), ("portal",)):
        done = run("plan", *words, "--user", "local")
        assert done.code == 1
        assert "No plan is for sale" in done.err
