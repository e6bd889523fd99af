"""What `watcher check` says about selling plans."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.market.faults import Fault, FaultKind
from tests.market.server import MarketServer
from watcher.demo.stripe.api import DEMO_STRIPE_KEY
from watcher.demo.stripe.stand_in import STRIPE_ROOT

SITE = "https://watcher.example.com"


@pytest.fixture
def sold(market: MarketServer, home: Path, monkeypatch: pytest.MonkeyPatch) -> MarketServer:
    """Return the server; its configuration sells a plan."""
    sections = f"""
[plans]
free = {{ watches = 5 }}
hunter = {{ watches = 50, price_id = "price_hunter" }}
[stripe]
base_url = "{market.url}{STRIPE_ROOT}"
api_key = "{DEMO_STRIPE_KEY}"
webhook_secret = "whsec_made_up"
"""
    with (home / "config.toml").open("a") as file:
        file.write(sections)
    monkeypatch.setenv("WATCHER_HTTP__PUBLIC_URL", SITE)
    return market


def checked(run: Run) -> tuple[str, str]:
    found = {c["name"]: c for c in run("check", "--json").json["checks"]}["stripe"]
    return found["state"], found["detail"]


def test_check_names_the_plans_and_the_webhook(run: Run, sold: MarketServer) -> None:
    assert checked(run) == (
        "ok",
        f'{sold.url}/stripe accepts the key and sells "hunter"; its webhooks come to {SITE}/stripe/webhook',
    )


def test_check_says_nothing_of_stripe_if_no_plan_is_for_sale(run: Run, market: MarketServer) -> None:
    before = sum(n for path, n in market.calls.items() if path.startswith(STRIPE_ROOT))
    assert "stripe" not in run("check").out
    assert sum(n for path, n in market.calls.items() if path.startswith(STRIPE_ROOT)) == before


def test_check_warns_that_webhooks_cannot_come(
    run: Run, sold: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del sold
    monkeypatch.delenv("WATCHER_HTTP__PUBLIC_URL")
    state, detail = checked(run)
    assert (state, "without public_url" in detail) == ("warn", True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (None, 'Stripe does not know the price_id of the plan "hunter"'),
        ({"active": False}, 'the price_id of the plan "hunter" is archived'),
        ({"recurring": None}, 'the price_id of the plan "hunter" is paid once'),
    ],
)
def test_check_finds_a_price_that_cannot_be_sold(
    run: Run,
    sold: MarketServer,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, object] | None,
    said: str,
) -> None:
    known = sold.stripe.state.objects
    if change is None:
        monkeypatch.delitem(known, "price_hunter")
    else:
        monkeypatch.setitem(known, "price_hunter", known["price_hunter"] | change)
    state, detail = checked(run)
    assert (state, said in detail) == ("fail", True)


def test_check_says_that_stripe_refuses_the_key(
    run: Run, sold: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del sold
    monkeypatch.setenv("WATCHER_STRIPE__API_KEY", "sk_test_wrongwrong")
    state, detail = checked(run)
    assert (state, "api_key in [stripe]" in detail) == ("fail", True)
    assert "wrongwrong" not in detail


def test_check_says_that_stripe_cannot_be_reached(run: Run, sold: MarketServer) -> None:
    sold.faults = [Fault(FaultKind.STATUS, f"{STRIPE_ROOT}/v1", status=403)]
    assert checked(run)[0] == "fail"
    sold.faults = [Fault(FaultKind.STATUS, f"{STRIPE_ROOT}/v1", status=400)]
    state, detail = checked(run)
    assert (state, "cannot be reached" in detail) == ("fail", True)


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("WATCHER_PLANS__HUNTER__PRICE_ID", "prod_hunter", "is the id of a product"),
        (
            "WATCHER_STRIPE__WEBHOOK_SECRET",
            "sk_mixed_up",
            "webhook_secret in [stripe] does not begin",
        ),
    ],
)
def test_check_finds_ids_that_were_mixed_up(
    run: Run, sold: MarketServer, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, said: str
) -> None:
    del sold
    monkeypatch.setenv(variable, value)
    state, detail = checked(run)
    assert (state, said in detail) == ("fail", True)
    assert "mixed_up" not in detail
