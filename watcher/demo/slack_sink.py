"""A Slack that takes messages, checks them as Slack does, and writes each down before it answers."""

from __future__ import annotations

import json
import os
import time
import zlib
from typing import TYPE_CHECKING, Any, NamedTuple

from aiohttp import web

from watcher.demo.blocks import Unfit, check_message

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import BinaryIO

BOT_TOKEN = "xoxb-demo"  # noqa: S105 - opens nothing but this
_MOST_KEPT = 50_000


class ReceivedMessage(NamedTuple):
    """An accepted message: `at` real time, `clock` the clock's, `to` a webhook's name or a channel."""

    at: float
    clock: float
    to: str
    body: dict[str, Any]


class SlackSink:
    """Incoming webhooks, chat.postMessage and auth.test.

    `messages` are the last 50,000 accepted; `refusals` say why others were not. With a `log` file every
    accepted message is a line of JSON that is on the disk before the sender hears of it.
    """

    def __init__(
        self,
        clock: Callable[[], float],
        log: Path | None = None,
        on_message: Callable[[ReceivedMessage], None] | None = None,
    ) -> None:
        self.messages: list[ReceivedMessage] = []
        self.refusals: list[str] = []
        self._clock, self._on_message = clock, on_message
        self._path = log
        self._log: BinaryIO | None = None
        self._last = 0.0
        self._threads: set[str] = set()

    def open(self) -> None:
        """Open the log. Raises OSError."""
        if self._path:
            self._log = self._path.open("ab")

    def close(self) -> None:
        """Close the log."""
        if self._log:
            self._log.close()
            self._log = None

    async def webhook(self, request: web.Request) -> web.Response:
        """`POST /services/{name}`."""
        try:
            body = _object(await request.read())
            check_message(body)
        except ValueError as error:
            return self._refuse("invalid_payload", str(error))
        except Unfit as unfit:
            return self._refuse("invalid_blocks" if "blocks" in unfit.word else unfit.word, unfit.why)
        self._take(request.match_info["name"], body)
        return web.Response(text="ok")

    async def auth_test(self, request: web.Request) -> web.Response:
        """`POST /api/auth.test`."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        if word := _unknown(request, form):
            return _no(word)
        return web.json_response(
            {
                "ok": True,
                "url": "https://demo.slack.com/",
                "team": "Demo",
                "user": "watcher",
                "team_id": "T0DEMO",
                "user_id": "U0DEMO",
                "bot_id": "B0DEMO",
            }
        )

    async def post_message(self, request: web.Request) -> web.Response:
        """`POST /api/chat.postMessage`, JSON or a form whose blocks are JSON."""
        try:
            body = await _arguments(request)
        except ValueError:
            return _no("invalid_json")
        if word := _unknown(request, body):
            return _no(word)
        channel = body.get("channel")
        if not isinstance(channel, str) or not channel.strip("#"):
            return _no("channel_not_found")
        try:
            check_message(body)
            self._check_thread(body)
        except Unfit as unfit:
            self._note(unfit.word, unfit.why)
            return _no(unfit.word)
        body.pop("token", None)
        self._take(channel, body)
        ts = self._ts()
        self._threads.add(ts)
        known = channel if channel[0] in "CDGU" else f"C{zlib.crc32(channel.encode()):08X}"
        return web.json_response({"ok": True, "channel": known, "ts": ts, "message": body})

    def forget_threads(self) -> None:
        """Delete every message, so that none can be answered in its thread."""
        self._threads.clear()

    def _check_thread(self, body: dict[str, Any]) -> None:
        thread = body.get("thread_ts")
        if thread is not None and thread not in self._threads:
            raise Unfit("thread_not_found", f"there is no message {thread}")

    def _take(self, to: str, body: dict[str, Any]) -> None:
        message = ReceivedMessage(time.time(), self._clock(), to, body)
        self.messages.append(message)
        del self.messages[:-_MOST_KEPT]
        if self._log:
            self._log.write(json.dumps(message._asdict(), ensure_ascii=False).encode() + b"\n")
            self._log.flush()
            os.fsync(self._log.fileno())
        if self._on_message:
            self._on_message(message)

    def _refuse(self, word: str, why: str) -> web.Response:
        self._note(word, why)
        return web.Response(status=400, text=word)

    def _note(self, word: str, why: str) -> None:
        self.refusals.append(f"{word}: {why}")
        del self.refusals[:-_MOST_KEPT]

    def _ts(self) -> str:
        """A time stamp that no other message of this channel has."""
        self._last = max(self._clock(), self._last + 0.000_001)
        return f"{self._last:.6f}"


def _object(raw: bytes) -> dict[str, Any]:
    """A JSON object. Raises ValueError."""
    match json.loads(raw):
        case dict() as body:
            return body
    raise ValueError("it is no JSON object")


async def _arguments(request: web.Request) -> dict[str, Any]:
    """What a method is called with. Raises ValueError."""
    if request.content_type == "application/json":
        return _object(await request.read())
    form: dict[str, Any] = {name: str(value) for name, value in (await request.post()).items()}
    for name in ("blocks", "attachments"):
        if name in form:
            form[name] = json.loads(form[name])
    return form


def _unknown(request: web.Request, body: dict[str, Any]) -> str:
    """Slack's word for a caller it does not know; empty for one it knows."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ") or body.get("token", "")
    if not token:
        return "not_authed"
    return "" if token == BOT_TOKEN else "invalid_auth"


def _no(word: str) -> web.Response:
    """A refusal of the Web API is a 200."""
    return web.json_response({"ok": False, "error": word})
