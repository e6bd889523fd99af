"""The simulated Slack: which messages it accepts and refuses, and that it logs before it answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.demo.outside import NOON, Outside, Post
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.market.slack_api import BOT_TOKEN

SECTION = {"type": "section", "text": {"type": "mrkdwn", "text": "hello"}}
PICTURE = {"type": "image", "image_url": "https://example.com/a.jpg", "alt_text": "a"}
BUTTON = {"type": "button", "text": {"type": "plain_text", "text": "Mute"}, "action_id": "a", "value": "1"}


async def test_a_message_is_kept_with_its_destination(outside: Outside, post: Post) -> None:
    assert await post({"text": "hello"}) == (200, "ok")
    message = outside.server.messages[0]
    assert (message.to, message.clock, message.body) == ("watches", NOON, {"text": "hello"})


async def test_a_message_is_on_disk_before_the_answer(tmp_path: Path) -> None:
    log, received = tmp_path / "sink.jsonl", []
    server = MarketServer(Scripted(), clock=lambda: NOON, sink_log=log, on_message=received.append)
    async with server, aiohttp.ClientSession() as http:
        for number in range(2):
            async with http.post(server.webhook("T/B/x"), json={"text": f"no {number} ★"}) as answer:
                assert await answer.text() == "ok"
            lines = [json.loads(line) for line in log.read_text().splitlines()]
            assert len(lines) == number + 1
    assert lines[1].keys() == {"at", "clock", "to", "body"}
    assert (lines[1]["to"], lines[1]["body"], lines[1]["clock"]) == ("T/B/x", {"text": "no 1 ★"}, NOON)
    assert [message.body["text"] for message in received] == ["no 0 ★", "no 1 ★"]


async def test_the_next_server_appends_to_the_log(tmp_path: Path) -> None:
    for _ in range(2):
        async with (
            MarketServer(Scripted(), clock=lambda: NOON, sink_log=tmp_path / "log") as server,
            aiohttp.ClientSession() as http,
            http.post(server.webhook("x"), json={"text": "hello"}),
        ):
            pass
    assert len((tmp_path / "log").read_text().splitlines()) == 2


@pytest.mark.parametrize(
    "blocks",
    [
        [SECTION] * 50,
        [{**SECTION, "block_id": "x" * 255}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3000}}],
        [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 10}],
        [{**SECTION, "accessory": PICTURE}, {**SECTION, "accessory": BUTTON}],
        [{"type": "header", "text": {"type": "plain_text", "text": "x" * 150}}],
        [PICTURE, {"type": "divider"}, {"type": "markdown", "text": "# hello"}],
        [{"type": "context", "elements": [PICTURE, {"type": "mrkdwn", "text": "x"}]}],
        [{"type": "actions", "elements": [{**BUTTON, "url": "https://example.com"}]}],
        [{"type": "rich_text", "elements": []}],
    ],
)
async def test_blocks_within_slacks_limits_are_accepted(post: Post, blocks: list[Any]) -> None:
    assert await post({"text": "hello", "blocks": blocks}) == (200, "ok")


@pytest.mark.parametrize(
    "blocks",
    [
        {},
        ["text"],
        [SECTION] * 51,
        [{"type": "surprise"}],
        [{"type": "section"}],
        [{"type": "section", "text": "plain"}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": ""}}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}],
        [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x"}] * 11}],
        [{"type": "section", "fields": [{"type": "mrkdwn", "text": "x" * 2001}]}],
        [{**SECTION, "block_id": "x" * 256}],
        [{**SECTION, "block_id": "x"}, {**SECTION, "block_id": "x"}],
        [{"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}],
        [{"type": "header", "text": {"type": "mrkdwn", "text": "x"}}],
        [{**PICTURE, "alt_text": "x" * 2001}],
        [{**PICTURE, "alt_text": None}],
        [{**PICTURE, "image_url": "https://example.com/" + "x" * 3000}],
        [{**PICTURE, "image_url": "file:///etc/passwd"}],
        [{"type": "context", "elements": []}],
        [{"type": "context", "elements": [{"type": "mrkdwn", "text": "x"}] * 11}],
        [{"type": "actions", "elements": [BUTTON] * 26}],
        [{"type": "actions", "elements": [{**BUTTON, "text": {"type": "plain_text", "text": "x" * 76}}]}],
        [{"type": "actions", "elements": [{**BUTTON, "value": "x" * 2001}]}],
        [{"type": "markdown", "text": "x" * 12_001}],
        [{"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}] * 5,
    ],
)
async def test_blocks_beyond_slacks_limits_are_refused(outside: Outside, post: Post, blocks: Any) -> None:
    assert await post({"text": "hello", "blocks": blocks}) == (400, "invalid_blocks")
    assert outside.server.messages == []
    assert len(outside.server.slack.refusals) == 1


async def test_an_invalid_payload_is_refused(outside: Outside, post: Post) -> None:
    for body in (b"", b"{", b"[]", b'"text"'):
        async with outside.http.post(outside.server.webhook("x"), data=body) as answer:
            assert (answer.status, await answer.text()) == (400, "invalid_payload")
    assert await post({"blocks": []}) == (400, "no_text")
    assert await post({"text": "x" * 40_001}) == (400, "msg_too_long")
    assert await post({"text": 5}) == (400, "invalid_payload")


async def call(outside: Outside, method: str, token: str = BOT_TOKEN, **how: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with outside.http.post(
        f"{outside.server.url}/slack/api/{method}", headers=headers, **how
    ) as answer:
        assert answer.status == 200
        return await answer.json()


async def test_the_web_api_accepts_json_and_forms(outside: Outside) -> None:
    body = {"channel": "#deals", "text": "hello", "blocks": [SECTION]}
    first = await call(outside, "chat.postMessage", json=body)
    form = {**body, "blocks": json.dumps(body["blocks"])}
    second = await call(outside, "chat.postMessage", data=form)
    assert first["ok"] is second["ok"] is True
    assert first["channel"] == second["channel"] != "#deals"
    assert float(second["ts"]) > float(first["ts"])
    assert [message.to for message in outside.server.messages] == ["#deals", "#deals"]
    assert outside.server.messages[1].body == body


async def test_the_web_api_refuses_with_an_error_code(outside: Outside) -> None:
    async def word(token: str = BOT_TOKEN, **body: Any) -> str:
        return (await call(outside, "chat.postMessage", token, json=body))["error"]

    assert await word("", channel="C1", text="x") == "not_authed"
    assert await word("xoxb-other", channel="C1", text="x") == "invalid_auth"
    assert await word(text="x") == "channel_not_found"
    assert await word(channel="C1") == "no_text"
    assert await word(channel="C1", text="x", blocks=[{"type": "surprise"}]) == "invalid_blocks"
    long = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 2900}}
    assert await word(channel="C1", text="x", blocks=[long] * 5) == "msg_blocks_too_long"
    bad = await call(outside, "chat.postMessage", data=b"{", skip_auto_headers=["Content-Type"])
    assert bad["ok"] is False
    assert outside.server.messages == []


async def test_a_reply_needs_an_existing_thread(outside: Outside) -> None:
    first = await call(outside, "chat.postMessage", json={"channel": "C1", "text": "x"})
    answer = {"channel": "C1", "text": "y", "thread_ts": first["ts"]}
    assert (await call(outside, "chat.postMessage", json=answer))["ok"]
    outside.server.slack_api.forget_threads()
    assert (await call(outside, "chat.postMessage", json=answer))["error"] == "thread_not_found"


async def test_auth_test_checks_the_token(outside: Outside) -> None:
    assert (await call(outside, "auth.test"))["ok"] is True
    assert await call(outside, "auth.test", "xoxb-other") == {"ok": False, "error": "invalid_auth"}
    async with outside.http.post(
        f"{outside.server.url}/slack/api/auth.test", data={"token": BOT_TOKEN}
    ) as answer:
        assert (await answer.json())["ok"] is True


async def test_heartbeats_are_counted(outside: Outside) -> None:
    async with outside.http.get(outside.server.url + "/heartbeat") as answer:
        assert answer.status == 200
    async with outside.http.post(outside.server.url + "/heartbeat"):
        pass
    assert outside.server.heartbeats == 2
