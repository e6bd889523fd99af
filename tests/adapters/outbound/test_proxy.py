"""Every kind of outgoing call takes the configured proxy, over real sockets."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.delivery.channel_conformance import NOTICE
from tests.fakes import FakeClock, RecordingMeter
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.serpapi import API_KEY
from tests.market.server import MarketServer
from tests.market.slack_api import BOT_TOKEN
from tests.proxies import Proxy, proxy_to
from tests.tls import self_signed
from tests.web.clients import opened_app
from watcher.adapters.outbound import http as http_module
from watcher.adapters.outbound.heartbeat import Heartbeat
from watcher.adapters.outbound.http import HttpClient
from watcher.core.deliveries import DeliveryContext
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Ask, Condition
from watcher.core.proxies import ProxyRule
from watcher.core.times import Seconds
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.runtime import App

ASK = Ask("zenitar", Condition.ANY, "EBAY_US")
Call = Callable[[App], Awaitable[object]]


@pytest.fixture
async def market(clock: FakeClock) -> AsyncIterator[MarketServer]:
    goods = Scripted()
    goods.put("zenitar", summary("1", "Zenitar camera", "40.00"))
    async with MarketServer(goods, clock=clock.now) as server:
        yield server


@pytest.fixture
async def proxy(market: MarketServer) -> AsyncIterator[Proxy]:
    parts = urlsplit(market.url)
    async with proxy_to((parts.hostname or "", parts.port or 0)) as running:
        yield running


def settings_file(tmp_path: Path, market: MarketServer, proxy: str, scheme: str = "http") -> Path:
    """Return a configuration whose servers have names that only the proxy can reach."""
    hook = urlsplit(market.webhook("watches")).path
    path = tmp_path / "config.toml"
    path.write_text(
        f"""
[database]
url = "sqlite:///{tmp_path}/watcher.db"
[ebay]
base_url = "{scheme}://ebay.test"
client_id = "{CLIENT_ID}"
client_secret = "{CLIENT_SECRET}"
[serpapi]
base_url = "{scheme}://serpapi.test/serpapi"
api_key = "{API_KEY}"
[slack]
watch_webhook_url = "{scheme}://hooks.test{hook}"
bot_token = "{BOT_TOKEN}"
base_url = "{scheme}://slack.test/slack/api"
[heartbeat]
url = "{scheme}://heartbeat.test/heartbeat"
[retry.ebay]
max_retries = 0
[retry.serpapi]
max_retries = 0
[proxy]
url = "{proxy}"
"""
    )
    return path


async def search(app: App) -> object:
    return await app.ebay.search(ASK, interactive=True)


async def fetch_quota(app: App) -> object:
    return await app.ebay.fetch_quota()


async def search_backup(app: App) -> object:
    assert app.serpapi
    return await app.serpapi.search(ASK, interactive=True)


async def send_to_webhook(app: App) -> object:
    return await app.channels[0].send("slack", NOTICE, DeliveryContext(app.clock.now()))


async def send_as_bot(app: App) -> object:
    return await app.channels[0].send("#deals", NOTICE, DeliveryContext(app.clock.now()))


async def beat(app: App) -> object:
    assert app.heartbeat
    return await app.heartbeat.beat()


CALLS = [
    (search, ["ebay.test", "ebay.test"]),
    (fetch_quota, ["ebay.test", "ebay.test"]),
    (search_backup, ["serpapi.test"]),
    (send_to_webhook, ["hooks.test"]),
    (send_as_bot, ["slack.test"]),
    (beat, ["heartbeat.test"]),
]


@pytest.mark.parametrize(("call", "hosts"), CALLS, ids=[call.__name__ for call, _ in CALLS])
async def test_every_kind_of_call_takes_the_proxy(
    tmp_path: Path, market: MarketServer, proxy: Proxy, clock: FakeClock, call: Call, hosts: list[str]
) -> None:
    path = settings_file(tmp_path, market, f"http://ann:s%40crets@{proxy.address}")
    async with opened_app(path, clock) as app:
        await call(app)
    assert [urlsplit(target).hostname for target in proxy.targets()] == hosts
    assert {asked.user for asked in proxy.asked} == {"ann:s@crets"}


@pytest.mark.parametrize(("call", "hosts"), CALLS, ids=[call.__name__ for call, _ in CALLS])
async def test_every_kind_of_secure_call_asks_the_proxy_for_a_tunnel(
    tmp_path: Path, market: MarketServer, proxy: Proxy, clock: FakeClock, call: Call, hosts: list[str]
) -> None:
    proxy.refusal = 407
    path = settings_file(tmp_path, market, f"http://ann:secret5@{proxy.address}", "https")
    async with opened_app(path, clock) as app:
        if call is beat:
            await call(app)
        else:
            with pytest.raises(CallFailed) as caught:
                await call(app)
            assert caught.value.kind is Kind.UNAVAILABLE
            assert "the proxy refuses: HTTP 407: the proxy wants a user and a password" in caught.value.detail
            assert "secret5" not in caught.value.detail
    assert proxy.targets("CONNECT") == [f"{hosts[0]}:443"]
    assert {asked.user for asked in proxy.asked} == {"ann:secret5"}


async def test_a_secure_call_is_answered_through_a_tunnel(
    proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    monkeypatch.setattr(http_module, "trusted_certificates", lambda: client)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, ssl=self_signed())
    proxy.server = server.sockets[0].getsockname()
    rule = ProxyRule(https=f"http://{proxy.address}")
    http = HttpClient(concurrency=1, proxies=rule)
    assert (await http.fetch(Api.EBAY, "https://ebay.test/page", {})).body == b"hi"
    assert proxy.targets("CONNECT") == ["ebay.test:443"]
    await http.aclose()
    server.close()


async def test_loopback_is_called_directly(
    tmp_path: Path, market: MarketServer, proxy: Proxy, clock: FakeClock
) -> None:
    path = settings_file(tmp_path, market, f"http://{proxy.address}")
    path.write_text(path.read_text().replace("http://ebay.test", market.url))
    async with opened_app(path, clock) as app:
        await search(app)
    assert proxy.asked == []


async def test_a_dead_proxy_is_named_without_its_password(market: MarketServer) -> None:
    del market
    rule = ProxyRule("http://ann:secret5@127.0.0.1:1", "http://ann:secret5@127.0.0.1:1")
    http = HttpClient(concurrency=1, proxies=rule)
    with pytest.raises(CallFailed) as caught:
        await http.fetch(Api.EBAY, "https://ebay.test/page", {})
    assert caught.value.detail == "ebay.test: no connection to the proxy (ConnectionRefusedError)"
    await http.aclose()


async def test_the_heartbeat_names_a_dead_proxy(caplog: pytest.LogCaptureFixture) -> None:
    rule = ProxyRule("http://127.0.0.1:1", "http://127.0.0.1:1")
    await Heartbeat("https://h.test/secret", RecordingMeter(), Seconds(2.0), proxies=rule).beat()
    assert [getattr(r, "why", "") for r in caplog.records] == ["no connection to the proxy"]
