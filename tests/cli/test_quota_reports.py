"""What `watcher check` and `watcher status` say about the calls of a day."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.fakes import FakeClock
from tests.market.server import MarketServer
from tests.web.clients import opened_app
from watcher.core.errors import Api
from watcher.runtime.jobs import tidy


@pytest.fixture
def granted(market: MarketServer) -> Iterator[MarketServer]:
    """Let eBay grant 40 calls a day."""
    before, market.quota.limit = market.quota.limit, market.quota.used + 40
    yield market
    market.quota.limit = before


def quota_line(run: Run, monkeypatch: pytest.MonkeyPatch, configured: int) -> tuple[str, str, int]:
    monkeypatch.setenv("WATCHER_EBAY__DAILY_QUOTA", str(configured))
    done = run("check", "--json")
    line = next(c for c in done.json["checks"] if c["name"] == "ebay")
    return line["state"], line["detail"], done.code


def test_check_warns_if_ebay_grants_fewer_calls_than_configured(
    run: Run, granted: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, detail, code = quota_line(run, monkeypatch, 50_000)
    assert (state, code) == ("warn", 0)
    limit = granted.quota.limit
    assert f"40 of {limit} calls left today; eBay grants fewer calls than the 50000 of daily_quota" in detail


def test_check_is_content_with_a_quota_below_the_grant(
    run: Run, granted: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del granted
    assert quota_line(run, monkeypatch, 30)[0] == "ok"


def test_check_fails_if_the_quota_forbids_every_poll(
    run: Run, market: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    state, detail, code = quota_line(run, monkeypatch, 0)
    assert (state, code) == ("fail", 1)
    assert "nothing will be polled: daily_quota in [ebay] is 0" in detail
    limit, market.quota.limit = market.quota.limit, 0
    state, detail, _ = quota_line(run, monkeypatch, 5000)
    market.quota.limit = limit
    assert state == "fail"
    assert "eBay grants no calls" in detail


def test_status_reports_the_smaller_of_grant_and_configuration(
    run: Run, granted: MarketServer, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WATCHER_EBAY__DAILY_QUOTA", "50000")
    run("db", "upgrade")

    async def reconcile() -> None:
        async with opened_app(home / "config.toml", FakeClock()) as app:
            await app.quota_blocks[Api.EBAY].reconcile(40, granted.quota.limit, None, app.clock.now())

    asyncio.run(reconcile())
    limit = granted.quota.limit
    quota = run("status", "--json").json["quota"]["ebay"]
    assert (quota["limit"], quota["configured"], quota["granted"]) == (limit, 50_000, limit)
    assert f"(eBay grants {limit}, fewer than the 50000 configured)" in run("status").out
    monkeypatch.setenv("WATCHER_EBAY__DAILY_QUOTA", "30")
    assert run("status", "--json").json["quota"]["ebay"]["limit"] == 30
    assert "grants" not in run("status").out


async def test_the_hourly_round_learns_what_ebay_grants(granted: MarketServer, home: Path) -> None:
    async with opened_app(home / "config.toml", FakeClock()) as app:
        await tidy(app, app.clock.now())
        assert app.quota_blocks[Api.EBAY].granted == granted.quota.limit


def test_a_watch_without_any_calls_is_not_polled(
    run: Run, market: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del market
    monkeypatch.setenv("WATCHER_EBAY__DAILY_QUOTA", "0")
    added = run("watch", "add", "zenitar mk2", "--below", "50")
    assert "It is not polled." in added.out
    assert "daily_quota in [ebay] is 0" in added.err
    assert run("watch", "show", "1", "--json").json["cadenceSeconds"] is None


def test_a_watch_is_polled_although_the_quota_is_one_call(
    run: Run, market: MarketServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    del market
    monkeypatch.setenv("WATCHER_EBAY__DAILY_QUOTA", "1")
    added = run("watch", "add", "zenitar mk2", "--below", "50")
    assert "It is not polled." not in added.out
    assert "Looked at" in added.out
    assert "daily_quota in [ebay] is 0" not in added.err
