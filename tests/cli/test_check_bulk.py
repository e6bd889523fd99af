"""What `watcher check` says about getItems, which eBay grants to few keys."""

from __future__ import annotations

import pytest

from tests.cli.conftest import Run
from tests.market.server import MarketServer
from watcher.demo.oauth import DEMO_BULK_SCOPE


def test_check_says_that_many_items_may_be_looked_at_with_one_call(run: Run, market: MarketServer) -> None:
    del market
    found = {c["name"]: c for c in run("check", "--json").json["checks"]}["item bulk"]
    assert found["state"] == "ok"
    assert found["detail"].startswith("granted: ")


def test_check_says_what_it_means_that_getitems_is_not_granted(
    run: Run, market: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    market.oauth.scopes.discard(DEMO_BULK_SCOPE)
    found = {c["name"]: c for c in run("check", "--json").json["checks"]}["item bulk"]
    assert (found["state"], found["ok"]) == ("ok", True)
    assert found["detail"].startswith("not granted, as to nearly all keys; nothing is missing.")
    assert "within 5 % of the day's calls (detail_share" in found["detail"]
    monkeypatch.setenv("WATCHER_POLLING__DETAIL_SHARE", "0")
    assert "not at all (detail_share in [polling])" in run("check").out


def test_check_asks_for_no_grant_if_ebay_refuses_the_credentials(
    run: Run, market: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del market
    monkeypatch.setenv("WATCHER_EBAY__CLIENT_SECRET", "wrong")
    assert "item bulk" not in run("check").out
