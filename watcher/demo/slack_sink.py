"""A receiver of Slack webhooks that checks messages as Slack does."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from aiohttp import web

from watcher.demo.blocks import MessageRefused, check_message

_MAX_MESSAGES = 50_000  # kept; the oldest are dropped


class ReceivedMessage(NamedTuple):
    """An accepted message: `at` in real time, `clock` in server time, `to` a webhook's name or a channel."""

    at: float
    clock: float
    to: str
    body: dict[str, Any]


class SlackSink:
    """Accept messages and keep the last 50,000; `refusals` are the reasons for refusing others.

    `on_message` is called with each accepted message before the sender gets its answer.
    """

    def __init__(
        self, clock: Callable[[], float], on_message: Callable[[ReceivedMessage], None] | None = None
    ) -> None:
        self.messages: list[ReceivedMessage] = []
        self.refusals: list[str] = []
        self._clock, self._on_message = clock, on_message

    async def webhook(self, request: web.Request) -> web.Response:
        """Handle `POST /services/{name}`."""
        try:
            body = parse_object(await request.read())
            check_message(body)
        except ValueError as error:
            return self._refuse("invalid_payload", str(error))
        except MessageRefused as refusal:
            code = "invalid_blocks" if "blocks" in refusal.code else refusal.code
            return self._refuse(code, refusal.why)
        self.accept(request.match_info["name"], body)
        return web.Response(text="ok")

    def accept(self, to: str, body: dict[str, Any]) -> None:
        """Keep a checked message and report it."""
        message = ReceivedMessage(time.time(), self._clock(), to, body)
        self.messages.append(message)
        del self.messages[:-_MAX_MESSAGES]
        if self._on_message:
            self._on_message(message)

    def note_refusal(self, code: str, why: str) -> None:
        """Keep the reason for a refusal."""
        self.refusals.append(f"{code}: {why}")
        del self.refusals[:-_MAX_MESSAGES]

    def _refuse(self, code: str, why: str) -> web.Response:
        self.note_refusal(code, why)
        return web.Response(status=400, text=code)


def parse_object(raw: bytes) -> dict[str, Any]:
    """Return a JSON object. Raises ValueError."""
    match json.loads(raw):
        case dict() as body:
            return body
    raise ValueError("the payload is not a JSON object")
