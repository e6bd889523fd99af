"""Slack does what every channel must do, by webhook and as a bot."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest
from aiohttp import web

from tests.adapters.slack.stand_in import SECRET, TOKEN, SlackStandIn
from tests.delivery.channel_conformance import CHECKS, REQUESTED_WAIT_SECONDS, Check, Reply
from watcher.adapters.slack.channel import SlackChannel

RATE_LIMIT = {"Retry-After": f"{REQUESTED_WAIT_SECONDS:.0f}"}


def webhook_reply(reply: Reply) -> web.Response:
    match reply:
        case Reply.BUSY:
            return web.Response(status=503, text="rollup_error")
        case Reply.RATE_LIMIT:
            return web.Response(status=429, headers=RATE_LIMIT)
        case Reply.REFUSED:
            return web.Response(status=404, text=f"no_service {SECRET}")
        case Reply.BAD_MESSAGE:
            return web.Response(status=400, text="invalid_payload")


def bot_reply(reply: Reply) -> web.Response:
    match reply:
        case Reply.BUSY:
            return web.json_response({"ok": False, "error": "internal_error"})
        case Reply.RATE_LIMIT:
            return web.json_response({"ok": False, "error": "ratelimited"}, status=429, headers=RATE_LIMIT)
        case Reply.REFUSED:
            return web.json_response({"ok": False, "error": "invalid_auth", "token": TOKEN})
        case Reply.BAD_MESSAGE:
            return web.json_response({"ok": False, "error": "invalid_blocks"})


class SlackReceiver:
    """The stand-in for Slack as a `Receiver`."""

    secrets = (SECRET, TOKEN, "canary")

    def __init__(self, slack: SlackStandIn, destination: str) -> None:
        self.slack, self.destination = slack, destination

    def set_reply(self, reply: Reply) -> None:
        to_bot = self.destination.startswith("#")
        self.slack.replies = [bot_reply(reply) if to_bot else webhook_reply(reply)]

    def messages(self) -> Sequence[str]:
        return [json.dumps(body) for body in self.slack.bodies]


@pytest.mark.parametrize("to", ["slack", "#deals"])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
async def test_slack_conforms(check: Check, channel: SlackChannel, slack: SlackStandIn, to: str) -> None:
    await check(channel, SlackReceiver(slack, to))
