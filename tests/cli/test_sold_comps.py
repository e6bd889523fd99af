"""What commands say about sold prices that eBay has not granted."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import QUERY, Run
from tests.market.server import MarketServer

WARNING = "These are asking prices: eBay has not granted Marketplace Insights to the keys in [ebay]."


@pytest.fixture(autouse=True)
def wanted(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    del home  # it removes the variables of the environment
    monkeypatch.setenv("WATCHER_EBAY__SOLD_COMPS", "true")


def test_check_fails_without_the_grant_for_sold_comps(run: Run, market: MarketServer) -> None:
    done = run("check", "--json")
    found = {c["name"]: c for c in done.json["checks"]}
    assert (found["ebay"]["state"], found["sold comps"]["state"], done.code) == ("ok", "fail", 1)
    assert found["sold comps"]["detail"].startswith("eBay has not granted Marketplace Insights to these keys")
    del market


def test_check_is_silent_about_sold_comps_that_are_not_wanted(
    run: Run, market: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del market
    monkeypatch.setenv("WATCHER_EBAY__SOLD_COMPS", "false")
    assert "sold comps" not in run("check").out


def test_comps_say_that_sold_prices_are_not_granted(run: Run, market: MarketServer, database: Path) -> None:
    del market, database
    done = run("comps", QUERY, "--category", "625", "--json")
    assert done.json["comps"]["basis"] == "ask"
    assert WARNING in done.json["warnings"]
    assert WARNING in run("comps", QUERY, "--category", "625").err
