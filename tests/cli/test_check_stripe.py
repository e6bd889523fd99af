"""What `watcher check` says about selling plans."""

from __future__ import annotations

from dataclasses import replace
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
    assert (state, "Stripe does not know the key: copy api_key in [stripe]" in detail) == ("fail", True)
    assert "wrongwrong" not in detail


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (
            "rk_test_x",
            "in test mode, in which the key is: copy the id",
        ),
        (
            "sk_live_x",
            "in live mode, in which the key is: copy the id",
        ),
        ("other", "copy the id of a price of the key's account"),
    ],
)
def test_check_names_the_mode_in_which_a_price_is_missing(
    run: Run, sold: MarketServer, monkeypatch: pytest.MonkeyPatch, key: str, said: str
) -> None:
    monkeypatch.setenv("WATCHER_STRIPE__API_KEY", key)
    monkeypatch.setattr(sold.stripe.api, "key", key)
    monkeypatch.delitem(sold.stripe.state.objects, "price_hunter")
    state, detail = checked(run)
    assert (state, said in detail) == ("fail", True)


@pytest.mark.parametrize("path", ["/nowhere", f"{STRIPE_ROOT}/v1", "/"])
def test_check_says_that_the_address_is_not_stripe_s(
    run: Run, sold: MarketServer, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    monkeypatch.setenv("WATCHER_STRIPE__BASE_URL", sold.url + path)
    state, detail = checked(run)
    assert (state, "answers, but not as Stripe does (HTTP 404" in detail) == ("fail", True)
    assert "base_url in [stripe] is https://api.stripe.com, without a path" in detail


def test_check_says_that_nothing_is_at_the_address(
    run: Run, sold: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del sold
    monkeypatch.setenv("WATCHER_STRIPE__BASE_URL", "http://127.0.0.1:9")
    state, detail = checked(run)
    assert (state, "http://127.0.0.1:9 cannot be reached" in detail) == ("fail", True)


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(FaultKind.STATUS, status=403), "the rights that docs/plans.md lists"),
        (Fault(FaultKind.STATUS, status=400), 'refuses to show the price_id of the plan "hunter": HTTP 400'),
        (Fault(FaultKind.RATE_LIMIT), "gets too many requests"),
        (Fault(FaultKind.STATUS, status=500), "Stripe fails: HTTP 500"),
        (Fault(FaultKind.HTML), "answers, but not as Stripe does"),
        (Fault(FaultKind.REDIRECT), "answers, but not as Stripe does (HTTP 302"),
        (Fault(FaultKind.RESET), "cannot be reached"),
    ],
)
def test_check_has_a_sentence_for_each_failure_of_stripe(
    run: Run, sold: MarketServer, fault: Fault, said: str
) -> None:
    sold.faults = [replace(fault, path=f"{STRIPE_ROOT}/v1")]
    state, detail = checked(run)
    assert (state, said in detail) == ("fail", True), detail


def test_check_says_all_that_is_wrong(run: Run, sold: MarketServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHER_STRIPE__WEBHOOK_SECRET", "whsec_")
    monkeypatch.delitem(sold.stripe.state.objects, "price_hunter")
    detail = checked(run)[1]
    assert "webhook_secret" in detail
    assert "price_id" in detail


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("WATCHER_PLANS__HUNTER__PRICE_ID", "prod_hunter", "is the id of a product"),
        (
            "WATCHER_STRIPE__WEBHOOK_SECRET",
            "sk_mixed_up",
            "webhook_secret in [stripe] does not begin with whsec_",
        ),
        ("WATCHER_STRIPE__WEBHOOK_SECRET", "we_mixed_up", "is the id of the endpoint"),
        ("WATCHER_STRIPE__WEBHOOK_SECRET", "whsec_mixed_up.1", "has characters that no such secret has"),
        ("WATCHER_STRIPE__API_KEY", "pk_test_mixed_up", "is a publishable key"),
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
