"""`watcher check` through a proxy that is the only way out."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.cli.conftest import Run
from tests.market.server import MarketServer
from tests.proxies import Proxy, proxy_to


@pytest.fixture
def proxy(market: MarketServer) -> Iterator[Proxy]:
    """Run the proxy in a thread, because commands block."""
    parts, loop = urlsplit(market.url), asyncio.new_event_loop()
    stack = contextlib.AsyncExitStack()
    server = (parts.hostname or "", parts.port or 0)
    running = loop.run_until_complete(stack.enter_async_context(proxy_to(server)))
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield running
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.run_until_complete(stack.aclose())
    loop.close()


@pytest.fixture
def behind(proxy: Proxy, market: MarketServer, home: Path, monkeypatch: pytest.MonkeyPatch) -> Proxy:
    """Configure names that only the proxy can reach."""
    text = (
        (home / "config.toml")
        .read_text()
        .replace(f'base_url = "{market.url}"', 'base_url = "http://ebay.test"')
    )
    hook = urlsplit(market.webhook("watches")).path
    text = text.replace(market.webhook("watches"), f"https://hooks.test{hook}")
    text += f'[slack.destinations]\nplain = "http://plain.test{hook}"\n'
    (home / "config.toml").write_text(text)
    monkeypatch.setenv("http_proxy", f"http://ann:secret5@{proxy.address}")
    monkeypatch.setenv("https_proxy", f"http://ann:secret5@{proxy.address}")
    return proxy


def lines(run: Run) -> dict[str, str]:
    done = run("check", "--json")
    assert "secret5" not in done.out + done.err
    return {c["name"]: f"{c['state']} {c['detail']}" for c in done.json["checks"]}


def test_check_reaches_ebay_and_slack_through_the_proxy(run: Run, behind: Proxy) -> None:
    found = lines(run)
    assert found["proxy"] == f"ok {behind.address}, from the environment"
    assert found["ebay"].startswith("ok http://ebay.test accepts the credentials")
    assert found["slack"] == f"ok hooks.test answers through the proxy {behind.address}"
    assert found["plain"] == f"ok the proxy {behind.address} answers; `--send` shows whether plain.test does"
    assert behind.targets("CONNECT") == ["hooks.test:443"]


def test_check_reports_a_proxy_that_refuses(run: Run, behind: Proxy) -> None:
    behind.refusal = 407
    found = lines(run)
    why = "the proxy wants a user and a password"
    assert why in found["ebay"]
    assert found["slack"] == f"fail the proxy {behind.address} cannot be reached: HTTP 407: {why}"


def test_check_reports_a_proxy_that_is_not_there(
    run: Run, behind: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    del behind
    monkeypatch.setenv("WATCHER_PROXY__URL", "http://ann:secret5@127.0.0.1:1")
    found = lines(run)
    assert found["proxy"] == "ok 127.0.0.1:1, from [proxy] url"
    assert "no connection to the proxy" in found["ebay"]
    assert found["slack"] == "fail the proxy 127.0.0.1:1 cannot be reached: Connection refused"


def test_check_uses_no_proxy_if_it_is_off(run: Run, behind: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WATCHER_PROXY__URL", "off")
    found = lines(run)
    assert "proxy" not in found
    assert found["slack"] == "fail hooks.test is not found"
    assert behind.asked == []
