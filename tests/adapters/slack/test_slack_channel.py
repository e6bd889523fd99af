"""Slack over a real socket: what each of its answers means, and that no secret leaks."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import socket
import subprocess
import sys
import time
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web

from tests.fakes import FakeClock, Ledger, low_dice
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.slack.channel import SlackChannel
from watcher.core.alerts import Alert, Item, OpsNotice
from watcher.core.deliveries import DeliveryContext
from watcher.core.errors import Api, CallFailed, Code, Kind, NotSent
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import Instant, Seconds
from watcher.ports import BEFORE_SEND

NOTICE = OpsNotice("abc", "firing", "ebay", "outage", 1.0, 2.0, "eBay: no answer")
ITEM = Item(
    "1",
    "A <camera>",
    "https://e.example/1",
    "https://e.example/1.jpg",
    "Used",
    "USD",
    "1",
    "0",
    None,
    "1",
    "",
)
ALERT = Alert(
    "id7", 7, "camera", "local", "slack", "new", "any new listing", 2.0, 1.0, "ebay", "camera", "any", "",
    "EBAY_US", "ask", "USD", 1, None, "1.00", None, None, {}, (ITEM,),
)  # fmt: skip
NOW = DeliveryContext(Instant(2.0))
SECRET, TOKEN = "T0SECRET/B0SECRET/canary", "xoxb-canary-token"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Slack:
    """Slack's two doors on loopback. `answers` are given in turn; after them it says yes."""

    def __init__(self) -> None:
        self.answers: list[web.Response | Answer] = []
        self.requests: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.url = ""

    async def hear(self, request: web.Request) -> web.StreamResponse:
        self.requests.append((request.path, dict(request.headers), await request.json()))
        if self.answers:
            answer = self.answers.pop(0)
            return answer if isinstance(answer, web.Response) else await answer(request)
        if request.path.startswith("/api/"):
            return web.json_response({"ok": True, "channel": "C1", "ts": "1.2"})
        return web.Response(text="ok")

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [body for _, _, body in self.requests]


@asynccontextmanager
async def slack_server() -> AsyncIterator[Slack]:
    slack = Slack()
    app = web.Application()
    app.router.add_route("*", "/{any:.*}", slack.hear)
    runner = web.AppRunner(app, shutdown_timeout=0.1, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert site._server is not None
    slack.url = f"http://127.0.0.1:{site._server.sockets[0].getsockname()[1]}"  # type: ignore[attr-defined]  # aiohttp types it loosely
    yield slack
    await runner.cleanup()


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with slack_server() as server:
        yield server


@pytest.fixture
def meter() -> Ledger:
    return Ledger()


@pytest.fixture
async def channel(slack: Slack, meter: Ledger) -> AsyncIterator[SlackChannel]:
    opened = channel_to(slack.url, meter)
    yield opened
    await opened.close()


def channel_to(url: str, meter: Ledger, *, timeout: float = 5.0) -> SlackChannel:
    guard = Guard(
        Api.SLACK,
        RetryPolicy(0, Seconds(1.0), Seconds(2.0)),
        attempt_timeout=Seconds(timeout),
        deadline=Seconds(2 * timeout),
        clock=FakeClock(),
        monotonic=time.monotonic,
        jitter=low_dice,
        meter=meter,
    )
    return SlackChannel(
        guard,
        watch_webhook_url=f"{url}/services/{SECRET}",
        ops_webhook_url=f"{url}/services/ops",
        destinations={"deals": f"{url}/services/deals", "empty": ""},
        bot_token=TOKEN,
        base_url=f"{url}/api",
    )


async def failure(channel: SlackChannel, to: str = "slack", note: Alert | OpsNotice = NOTICE) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await channel.send(to, note, NOW)
    return caught.value


def said(**fields: object) -> web.Response:
    return web.json_response({"ok": False, **fields})


async def test_each_name_leads_to_its_webhook(channel: SlackChannel, slack: Slack) -> None:
    for to in ("slack", "ops", "deals"):
        await channel.send(to, NOTICE, NOW)
    assert [path for path, _, _ in slack.requests] == [f"/services/{x}" for x in (SECRET, "ops", "deals")]
    body = slack.bodies[0]
    assert body["blocks"][0]["block_id"] == "incident:abc:firing:ebay:outage"
    assert body["text"]
    assert (body["unfurl_links"], body["unfurl_media"]) == (False, False)


@pytest.mark.parametrize("to", ["#deals", "U024BE7LH", "W024BE7LH"])
async def test_channels_and_members_are_reached_with_the_bot_token(
    channel: SlackChannel, slack: Slack, to: str
) -> None:
    await channel.send(to, ALERT, NOW)
    ((path, headers, body),) = slack.requests
    assert path == "/api/chat.postMessage"
    assert headers["Authorization"] == f"Bearer {TOKEN}"
    assert body["channel"] == to
    assert body["blocks"][0]["block_id"] == "alert:id7"


@pytest.mark.parametrize(
    ("to", "known"),
    [
        ("slack", True), ("ops", True), ("deals", True), ("empty", False), ("nowhere", False), ("", False),
        ("#deals", True), ("#", False), ("#a b", False), ("U024BE7LH", True), ("u024", False),
        ("https://hooks.slack.com/x", False),
    ],
)  # fmt: skip
async def test_what_is_known(channel: SlackChannel, to: str, known: bool) -> None:  # noqa: FBT001 - a table's column
    assert channel.is_configured(to) is known


async def test_without_a_token_there_are_no_channels_and_without_urls_no_webhooks() -> None:
    channel = SlackChannel(channel_to("http://127.0.0.1:9", Ledger())._guard)
    assert not any(channel.is_configured(to) for to in ("slack", "ops", "#deals", "U024BE7LH"))
    error = await failure(channel)
    assert (error.kind, error.transient) == (Kind.UNAVAILABLE, True)


@pytest.mark.parametrize(
    ("answer", "kind", "wait"),
    [
        (web.Response(text="OK, whatever"), Kind.UNAVAILABLE, None),
        (web.Response(text="<html>Please log in</html>", content_type="text/html"), Kind.UNAVAILABLE, None),
        (web.Response(text=""), Kind.UNAVAILABLE, None),
        (web.Response(status=429, headers={"Retry-After": "30"}), Kind.RATE_LIMIT, 30.0),
        (web.Response(status=429), Kind.RATE_LIMIT, None),
        (web.Response(status=429, headers={"Retry-After": "soon"}), Kind.RATE_LIMIT, None),
        (web.Response(status=429, headers={"Retry-After": "999999999"}), Kind.RATE_LIMIT, 86_400.0),
        (web.Response(status=429, headers={"Retry-After": "-5"}), Kind.RATE_LIMIT, None),
        (web.Response(status=429, headers={"Retry-After": "nan"}), Kind.RATE_LIMIT, None),
        (web.Response(status=500, text="rollup_error"), Kind.UNAVAILABLE, None),
        (web.Response(status=503, headers={"Retry-After": "9"}), Kind.UNAVAILABLE, 9.0),
        (web.Response(status=408), Kind.UNAVAILABLE, None),
        (web.Response(status=400, text="invalid_payload"), Kind.REFUSED, None),
        (web.Response(status=403, text="action_prohibited"), Kind.REFUSED, None),
        (web.Response(status=404, text="no_service"), Kind.REFUSED, None),
        (web.Response(status=410, text="channel_is_archived"), Kind.REFUSED, None),
        (web.Response(status=302, headers={"Location": "/elsewhere"}), Kind.UNAVAILABLE, None),
        (web.Response(status=400, text="user_not_found"), Kind.REFUSED, None),
        (web.Response(text="invalid_token"), Kind.REFUSED, None),
        (web.Response(text='{"ok": false, "error": "channel_is_archived"}'), Kind.REFUSED, None),
        (web.Response(text='{"ok": false, "error": "internal_error"}'), Kind.UNAVAILABLE, None),
        (web.Response(text='{"ok": false'), Kind.UNAVAILABLE, None),
        (web.Response(text='{"ok": true}'), Kind.UNAVAILABLE, None),
        (web.Response(body=b"\xff\xfe\xff", charset="utf-8"), Kind.MALFORMED, None),
    ],
)
async def test_what_a_webhooks_answer_means(
    channel: SlackChannel, slack: Slack, meter: Ledger, answer: web.Response, kind: Kind, wait: float | None
) -> None:
    slack.answers = [answer]
    error = await failure(channel)
    assert (error.kind, error.retry_after) == (kind, wait)
    assert error.transient is (kind is not Kind.REFUSED)
    assert len(slack.requests) == 1
    (sample,) = meter.attempts
    # A message that is wrong in itself says nothing about Slack.
    wrong = answer.body == b"invalid_payload"
    assert (sample.api, sample.code, sample.counts) == (Api.SLACK, error.code, not wrong)


BUSY = (
    "internal_error",
    "fatal_error",
    "service_unavailable",
    "team_added_to_org",
    "request_timeout",
    "org_login_required",
)
REFUSALS = (
    "invalid_auth",
    "token_revoked",
    "is_archived",
    "channel_not_found",
    "not_in_channel",
    "msg_too_long",
)
HTML, JSON = "text/html", "application/json"


@pytest.mark.parametrize(
    ("answer", "kind", "wait"),
    [
        (said(error="ratelimited"), Kind.RATE_LIMIT, None),
        (web.Response(status=429, headers={"Retry-After": "3"}), Kind.RATE_LIMIT, 3.0),
        *((said(error=word), Kind.UNAVAILABLE, None) for word in BUSY),
        *((said(error=word), Kind.REFUSED, None) for word in REFUSALS),
        (said(), Kind.MALFORMED, None),
        (said(error=7), Kind.MALFORMED, None),
        (web.json_response([1]), Kind.MALFORMED, None),
        (web.json_response("ok"), Kind.MALFORMED, None),
        (web.json_response(None), Kind.MALFORMED, None),
        (web.Response(text="ok"), Kind.MALFORMED, None),
        (web.Response(text="<html>", content_type=HTML), Kind.MALFORMED, None),
        (web.Response(text="{nonsense", content_type=JSON), Kind.MALFORMED, None),
        (web.Response(status=503, text="<html>", content_type=HTML), Kind.UNAVAILABLE, None),
        (web.Response(status=500, text="{nonsense", content_type=JSON), Kind.UNAVAILABLE, None),
        (web.Response(status=404, text="nothing here"), Kind.REFUSED, None),
        (web.Response(status=307, headers={"Location": "/elsewhere"}), Kind.UNAVAILABLE, None),
    ],
)  # fmt: skip
async def test_what_the_web_apis_answer_means(
    channel: SlackChannel, slack: Slack, answer: web.Response, kind: Kind, wait: float | None
) -> None:
    slack.answers = [answer]
    error = await failure(channel, "#deals")
    assert (error.kind, error.retry_after) == (kind, wait)
    assert len(slack.requests) == 1


async def test_ops_with_a_channel_are_reached_there_and_their_webhook_is_what_is_left(slack: Slack) -> None:
    channel = SlackChannel(
        channel_to(slack.url, Ledger())._guard,
        ops_webhook_url=f"{slack.url}/services/ops",
        destinations={"ops": "C024BE7LH", "deals": f"{slack.url}/services/deals"},
        bot_token=TOKEN,
        base_url=f"{slack.url}/api",
    )
    assert await channel.send("ops", NOTICE, NOW) == "C024BE7LH 1.2"
    assert await channel.send("ops", NOTICE, NOW._replace(thread="C024BE7LH 1.2")) == "C024BE7LH 1.2"
    assert await channel.send("ops", NOTICE, NOW._replace(thread="#before 1.2"))
    assert [body.get("thread_ts") for body in slack.bodies] == [None, "1.2", None]
    assert channel.ops_destinations() == ["ops", "ops webhook", "deals"]
    assert await channel.send("ops webhook", NOTICE, NOW) == ""
    assert slack.requests[-1][0] == "/services/ops"
    await channel.close()


async def test_without_a_channel_the_webhooks_stand_in_for_each_other(channel: SlackChannel) -> None:
    assert channel.ops_destinations() == ["ops", "slack", "deals"]


async def test_destinations_of_one_host_are_known_as_such(channel: SlackChannel, slack: Slack) -> None:
    assert {channel.host_of(to) for to in ("slack", "ops", "#deals")} == {slack.url.removeprefix("http://")}


async def test_a_message_that_is_taken_is_one_sample_without_a_code(
    channel: SlackChannel, slack: Slack, meter: Ledger
) -> None:
    await channel.send("slack", NOTICE, NOW)
    (sample,) = meter.attempts
    assert (sample.api, sample.code) == (Api.SLACK, None)


async def test_no_answer_in_time_is_a_timeout(slack: Slack, meter: Ledger) -> None:
    async def hang(_request: web.Request) -> web.Response:
        await asyncio.sleep(5)
        return web.Response(text="ok")

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        for _ in range(100):
            await response.write(b"o")
            await asyncio.sleep(0.02)
        return response

    channel = channel_to(slack.url, meter, timeout=0.1)
    slack.answers = [hang, drip]
    for _ in range(2):
        assert (await failure(channel)).code is Code.SLACK_TIMEOUT
    await channel.close()


async def test_nobody_there_is_unavailable(meter: Ledger) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    channel = channel_to(f"http://127.0.0.1:{port}", meter)
    for to in ("slack", "#deals"):
        assert (await failure(channel, to)).code is Code.SLACK_UNAVAILABLE
    await channel.close()


async def test_a_connection_that_breaks_is_unavailable(channel: SlackChannel, slack: Slack) -> None:
    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response(text="ok")

    slack.answers = [hang_up]
    assert (await failure(channel)).kind is Kind.UNAVAILABLE
    await channel.send("slack", NOTICE, NOW)


@pytest.mark.parametrize("to", ["slack", "#deals"])
@pytest.mark.parametrize("packed", [False, True])
async def test_an_endless_answer_is_cut_short(
    channel: SlackChannel,
    slack: Slack,
    to: str,
    packed: bool,  # noqa: FBT001 - a table's column
) -> None:
    sent = 0

    async def pour(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        head = {"Content-Type": "text/plain"} | ({"Content-Encoding": "gzip"} if packed else {})
        response = web.StreamResponse(headers=head)
        await response.prepare(request)
        piece = gzip.compress(b"o" * (1 << 22)) if packed else b"o" * 65_536
        for _ in range(400):
            await response.write(piece)
            sent += len(piece)
            await asyncio.sleep(0)
        return response

    slack.answers = [pour]
    error = await failure(channel, to)
    assert error.transient
    assert sent < 400 * 65_536


async def test_pictures_that_slack_cannot_fetch_cost_the_pictures_and_not_the_alert(
    channel: SlackChannel, slack: Slack, meter: Ledger
) -> None:
    slack.answers = [web.Response(status=400, text="invalid_blocks")]
    await channel.send("slack", ALERT, NOW)
    slack.answers = [said(error="invalid_blocks")]
    await channel.send("#deals", ALERT, NOW)
    assert ["accessory" in json.dumps(b) for b in slack.bodies] == [True, False, True, False]
    assert [a.code for a in meter.attempts] == [Code.SLACK_REFUSED, None] * 2


async def test_blocks_that_are_refused_without_any_picture_are_refused(
    channel: SlackChannel, slack: Slack
) -> None:
    slack.answers = [web.Response(status=400, text="invalid_blocks")]
    assert (await failure(channel)).kind is Kind.REFUSED
    assert len(slack.requests) == 1


async def test_a_redirect_gets_neither_message_nor_token(channel: SlackChannel, slack: Slack) -> None:
    for to in ("slack", "#deals"):
        slack.answers = [web.Response(status=308, headers={"Location": f"{slack.url}/thief"})]
        await failure(channel, to)
    assert not [path for path, _, _ in slack.requests if path == "/thief"]


async def test_no_secret_is_in_a_repr_an_error_or_a_log(
    channel: SlackChannel, slack: Slack, meter: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    texts = [repr(channel), str(vars(channel).keys())]
    gone = channel_to("http://127.0.0.1:1", meter)
    bad = SlackChannel(
        gone._guard, watch_webhook_url=f"nonsense {SECRET}", bot_token=TOKEN, base_url="nonsense"
    )
    for one, to in (
        (channel, "slack"),
        (channel, "#deals"),
        (gone, "slack"),
        (gone, "#deals"),
        (bad, "slack"),
        (bad, "#d"),
    ):
        slack.answers = [web.Response(status=404, text=f"no {SECRET} {TOKEN}")]
        error = await failure(one, to)
        texts += [str(error), error.detail, "".join(traceback.format_exception(error)), repr(one)]
    slack.answers = []
    await channel.send("slack", NOTICE, NOW)
    for opened in (gone, bad):
        await opened.close()
    for text in [*texts, caplog.text]:
        assert "canary" not in text


async def test_a_proxy_of_the_environment_does_not_see_what_no_proxy_excepts(
    slack: Slack, meter: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    channel = channel_to(slack.url, meter)
    await channel.send("slack", NOTICE, NOW)
    await channel.send("#deals", NOTICE, NOW)
    await channel.close()
    assert len(slack.requests) == 2


async def test_connections_are_used_again(channel: SlackChannel, slack: Slack) -> None:
    ports = []

    async def note(request: web.Request) -> web.Response:
        assert request.transport is not None
        ports.append(request.transport.get_extra_info("peername")[1])
        return web.Response(text="ok")

    slack.answers = [note, note]
    await channel.send("slack", NOTICE, NOW)
    await channel.send("ops", replace(NOTICE, phase="resolved"), NOW)
    assert len(set(ports)) == 1


@pytest.mark.parametrize("to", ["slack", "#deals"])
async def test_what_may_not_go_after_all_does_not_and_is_no_call(
    slack: Slack, meter: Ledger, channel: SlackChannel, to: str
) -> None:
    def too_late() -> None:
        raise NotSent(Api.SLACK, Kind.TIMEOUT, "not sent")

    token = BEFORE_SEND.set(too_late)
    with pytest.raises(NotSent):
        await channel.send(to, NOTICE, NOW)
    BEFORE_SEND.reset(token)
    assert (slack.requests, meter.attempts) == ([], [])
    await channel.send(to, NOTICE, NOW)
    assert len(slack.requests) == 1


async def test_a_closed_outlet_opens_again(channel: SlackChannel, slack: Slack) -> None:
    await channel.send("slack", NOTICE, NOW)
    await channel.close()
    await channel.close()
    await channel.send("slack", NOTICE, NOW)
    assert len(slack.requests) == 2


def test_the_sdk_is_not_loaded_before_the_first_message() -> None:
    module = "watcher.adapters.slack.channel"
    program = f"import sys, {module}; print('slack_sdk' in sys.modules, 'aiohttp' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
