"""The Slack channel over a real socket: the meaning of each reply, and no secret in logs or errors."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import socket
import subprocess
import sys
import traceback
from dataclasses import replace

import pytest
from aiohttp import web

from tests.adapters.slack.stand_in import SECRET, TOKEN, SlackStandIn, channel_to
from tests.channels import channel_guard_for_tests
from tests.fakes import RecordingMeter
from watcher.adapters.slack.channel import SlackChannel
from watcher.core.alerts import Alert, Item, OpsNotice
from watcher.core.deliveries import DeliveryContext
from watcher.core.errors import Api, CallFailed, Code, Kind, NotSent
from watcher.core.times import Instant
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


async def failure(channel: SlackChannel, to: str = "slack", note: Alert | OpsNotice = NOTICE) -> CallFailed:
    with pytest.raises(CallFailed) as caught:
        await channel.send(to, note, NOW)
    return caught.value


def api_error(**fields: object) -> web.Response:
    return web.json_response({"ok": False, **fields})


async def test_each_name_posts_to_its_webhook(channel: SlackChannel, slack: SlackStandIn) -> None:
    for to in ("slack", "ops", "deals"):
        await channel.send(to, NOTICE, NOW)
    assert [path for path, _, _ in slack.requests] == [f"/services/{x}" for x in (SECRET, "ops", "deals")]
    body = slack.bodies[0]
    assert body["blocks"][0]["block_id"] == "incident:abc:firing:ebay:outage"
    assert body["text"]
    assert (body["unfurl_links"], body["unfurl_media"]) == (False, False)


@pytest.mark.parametrize("to", ["#deals", "U024BE7LH", "W024BE7LH"])
async def test_channels_and_members_are_posted_to_with_the_bot_token(
    channel: SlackChannel, slack: SlackStandIn, to: str
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
async def test_configured_destinations(channel: SlackChannel, to: str, known: bool) -> None:  # noqa: FBT001 - a table's column
    assert channel.is_configured(to) is known


async def test_nothing_is_configured_without_token_and_urls() -> None:
    channel = SlackChannel(channel_guard_for_tests(RecordingMeter()), base_url="https://slack.com/api")
    assert not any(channel.is_configured(to) for to in ("slack", "ops", "#deals", "U024BE7LH"))
    error = await failure(channel)
    assert (error.kind, error.transient) == (Kind.UNAVAILABLE, True)


PAGE, GATEWAY = "<html><h1>Bad Request</h1></html>", (400, 401, 403, 404, 405, 410, 451)


@pytest.mark.parametrize(
    ("answer", "kind", "wait"),
    [
        (web.Response(text="OK, whatever"), Kind.UNAVAILABLE, None),
        (web.Response(text="<html>Please log in</html>", content_type="text/html"), Kind.UNAVAILABLE, None),
        (web.Response(text=""), Kind.UNAVAILABLE, None),
        (web.Response(status=429, headers={"Retry-After": "30"}), Kind.RATE_LIMIT, 30.0),
        (web.Response(status=429), Kind.RATE_LIMIT, None),
        (web.Response(status=429, headers={"Retry-After": "soon"}), Kind.RATE_LIMIT, None),
        (web.Response(status=429, headers={"Retry-After": "999999999"}), Kind.RATE_LIMIT, 3_600.0),
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
        (web.Response(status=403, text="some_new_error"), Kind.REFUSED, None),
        *(
            (web.Response(status=n, text=PAGE, content_type="text/html"), Kind.UNAVAILABLE, None)
            for n in GATEWAY
        ),
        (web.Response(status=404, text="Not Found"), Kind.UNAVAILABLE, None),
        (web.Response(status=403, text="forbidden"), Kind.UNAVAILABLE, None),
        (web.Response(status=400, text=""), Kind.UNAVAILABLE, None),
        (web.Response(status=429, headers={"Retry-After": "0"}), Kind.RATE_LIMIT, 1.0),
        (web.Response(text="invalid_token"), Kind.REFUSED, None),
        (web.Response(text='{"ok": false, "error": "channel_is_archived"}'), Kind.REFUSED, None),
        (web.Response(text='{"ok": false, "error": "internal_error"}'), Kind.UNAVAILABLE, None),
        (web.Response(text='{"ok": false'), Kind.UNAVAILABLE, None),
        (web.Response(text='{"ok": true}'), Kind.UNAVAILABLE, None),
        (web.Response(body=b"\xff\xfe\xff", charset="utf-8"), Kind.MALFORMED, None),
    ],
)
async def test_each_webhook_reply_is_classified(
    channel: SlackChannel,
    slack: SlackStandIn,
    meter: RecordingMeter,
    answer: web.Response,
    kind: Kind,
    wait: float | None,
) -> None:
    slack.replies = [answer]
    error = await failure(channel)
    assert (error.kind, error.retry_after) == (kind, wait)
    assert error.transient is (kind is not Kind.REFUSED)
    assert len(slack.requests) == 1
    (sample,) = meter.attempts
    # A bad message is not counted as a failure of Slack.
    is_bad_message = answer.body == b"invalid_payload"
    assert (sample.api, sample.code, sample.counts) == (Api.SLACK, error.code, not is_bad_message)


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
        (api_error(error="ratelimited"), Kind.RATE_LIMIT, None),
        (web.Response(status=429, headers={"Retry-After": "3"}), Kind.RATE_LIMIT, 3.0),
        *((api_error(error=word), Kind.UNAVAILABLE, None) for word in BUSY),
        *((api_error(error=word), Kind.REFUSED, None) for word in REFUSALS),
        (api_error(), Kind.MALFORMED, None),
        (api_error(error=7), Kind.MALFORMED, None),
        (web.json_response([1]), Kind.MALFORMED, None),
        (web.json_response("ok"), Kind.MALFORMED, None),
        (web.json_response(None), Kind.MALFORMED, None),
        (web.Response(text="ok"), Kind.MALFORMED, None),
        (web.Response(text="<html>", content_type=HTML), Kind.MALFORMED, None),
        (web.Response(text="{nonsense", content_type=JSON), Kind.MALFORMED, None),
        (web.Response(status=503, text="<html>", content_type=HTML), Kind.UNAVAILABLE, None),
        (web.Response(status=500, text="{nonsense", content_type=JSON), Kind.UNAVAILABLE, None),
        (web.Response(status=404, text="nothing here"), Kind.UNAVAILABLE, None),
        (web.json_response({"error": "not_found"}, status=404), Kind.UNAVAILABLE, None),
        (web.json_response({"ok": False, "error": "some_new_error"}, status=403), Kind.REFUSED, None),
        (web.Response(status=307, headers={"Location": "/elsewhere"}), Kind.UNAVAILABLE, None),
    ],
)  # fmt: skip
async def test_each_web_api_reply_is_classified(
    channel: SlackChannel, slack: SlackStandIn, answer: web.Response, kind: Kind, wait: float | None
) -> None:
    slack.replies = [answer]
    error = await failure(channel, "#deals")
    assert (error.kind, error.retry_after) == (kind, wait)
    assert len(slack.requests) == 1


async def test_an_ops_channel_takes_precedence_over_the_ops_webhook(slack: SlackStandIn) -> None:
    channel = SlackChannel(
        channel_guard_for_tests(RecordingMeter()),
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


async def test_each_webhook_is_an_alternative_to_the_other(channel: SlackChannel) -> None:
    assert channel.ops_destinations() == ["ops", "slack", "deals"]


async def test_all_destinations_are_on_the_host_of_their_url(
    channel: SlackChannel, slack: SlackStandIn
) -> None:
    assert {channel.host_of(to) for to in ("slack", "ops", "#deals")} == {slack.url.removeprefix("http://")}


async def test_an_accepted_message_is_one_sample_without_a_code(
    channel: SlackChannel, slack: SlackStandIn, meter: RecordingMeter
) -> None:
    await channel.send("slack", NOTICE, NOW)
    (sample,) = meter.attempts
    assert (sample.api, sample.code) == (Api.SLACK, None)


async def test_a_late_reply_is_a_timeout(slack: SlackStandIn, meter: RecordingMeter) -> None:
    async def hang(_request: web.Request) -> web.Response:
        await asyncio.sleep(3600)
        return web.Response(text="ok")

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        while True:
            await response.write(b"o")
            await asyncio.sleep(0.02)

    channel = channel_to(slack.url, meter, timeout=0.1)
    slack.replies = [hang, drip]
    for _ in range(2):
        assert (await failure(channel)).code is Code.SLACK_TIMEOUT
    await channel.close()


async def test_a_closed_port_is_unavailable(meter: RecordingMeter) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    channel = channel_to(f"http://127.0.0.1:{port}", meter)
    for to in ("slack", "#deals"):
        assert (await failure(channel, to)).code is Code.SLACK_UNAVAILABLE
    await channel.close()


async def test_a_connection_that_breaks_is_unavailable(channel: SlackChannel, slack: SlackStandIn) -> None:
    async def hang_up(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.abort()
        return web.Response(text="ok")

    slack.replies = [hang_up]
    assert (await failure(channel)).kind is Kind.UNAVAILABLE
    await channel.send("slack", NOTICE, NOW)


@pytest.mark.parametrize("to", ["slack", "#deals"])
@pytest.mark.parametrize("packed", [False, True])
async def test_an_endless_reply_is_cut_short(
    channel: SlackChannel,
    slack: SlackStandIn,
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

    slack.replies = [pour]
    error = await failure(channel, to)
    assert error.transient
    assert sent < 400 * 65_536


async def test_an_alert_is_sent_without_pictures_that_slack_refuses(
    channel: SlackChannel, slack: SlackStandIn, meter: RecordingMeter
) -> None:
    slack.replies = [web.Response(status=400, text="invalid_blocks")]
    await channel.send("slack", ALERT, NOW)
    slack.replies = [api_error(error="invalid_blocks")]
    await channel.send("#deals", ALERT, NOW)
    assert ["accessory" in json.dumps(b) for b in slack.bodies] == [True, False, True, False]
    assert [a.code for a in meter.attempts] == [Code.SLACK_REFUSED, None] * 2


async def test_refused_blocks_without_pictures_are_not_sent_again(
    channel: SlackChannel, slack: SlackStandIn
) -> None:
    slack.replies = [web.Response(status=400, text="invalid_blocks")]
    assert (await failure(channel)).kind is Kind.REFUSED
    assert len(slack.requests) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_not_followed_and_say_what_to_do(
    channel: SlackChannel, slack: SlackStandIn, status: int
) -> None:
    for to in ("slack", "#deals"):
        slack.replies = [web.Response(status=status, headers={"Location": f"{slack.url}/thief"})]
        error = await failure(channel, to)
        sentence = "it redirects; put the new address into the configuration"
        assert (error.detail, error.transient) == (f"HTTP {status}: {sentence}", True)
    assert not [path for path, _, _ in slack.requests if path == "/thief"]


async def test_reprs_errors_and_logs_hold_no_secret(
    channel: SlackChannel, slack: SlackStandIn, meter: RecordingMeter, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    texts = [repr(channel), str(vars(channel).keys())]
    gone = channel_to("http://127.0.0.1:1", meter)
    bad = SlackChannel(
        channel_guard_for_tests(meter),
        watch_webhook_url=f"nonsense {SECRET}",
        bot_token=TOKEN,
        base_url="nonsense",
    )
    for one, to in (
        (channel, "slack"),
        (channel, "#deals"),
        (gone, "slack"),
        (gone, "#deals"),
        (bad, "slack"),
        (bad, "#d"),
    ):
        slack.replies = [web.Response(status=404, text=f"no {SECRET} {TOKEN}")]
        error = await failure(one, to)
        texts += [str(error), error.detail, "".join(traceback.format_exception(error)), repr(one)]
    slack.replies = []
    await channel.send("slack", NOTICE, NOW)
    for opened in (gone, bad):
        await opened.close()
    for text in [*texts, caplog.text]:
        assert "canary" not in text


async def test_no_proxy_excludes_slack_from_the_proxy_of_the_environment(
    slack: SlackStandIn, meter: RecordingMeter, monkeypatch: pytest.MonkeyPatch
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


async def test_connections_are_reused(channel: SlackChannel, slack: SlackStandIn) -> None:
    ports = []

    async def note(request: web.Request) -> web.Response:
        assert request.transport is not None
        ports.append(request.transport.get_extra_info("peername")[1])
        return web.Response(text="ok")

    slack.replies = [note, note]
    await channel.send("slack", NOTICE, NOW)
    await channel.send("ops", replace(NOTICE, phase="resolved"), NOW)
    assert len(set(ports)) == 1


@pytest.mark.parametrize("to", ["slack", "#deals"])
async def test_a_message_that_is_stopped_before_sending_is_not_a_call(
    slack: SlackStandIn, meter: RecordingMeter, channel: SlackChannel, to: str
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


async def test_a_closed_channel_opens_again(channel: SlackChannel, slack: SlackStandIn) -> None:
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
