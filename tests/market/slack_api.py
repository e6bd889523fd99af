"""Slack's Web API beside the webhooks of the demo server: chat.postMessage and auth.test."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any

from aiohttp import web

from watcher.demo.blocks import MessageRefused, check_message
from watcher.demo.server import DemoServer
from watcher.demo.slack_sink import parse_object

BOT_TOKEN = "xoxb-demo"


class SlackApi:
    """Two methods of the Web API; accepted messages go to the Slack sink of `server`."""

    def __init__(self, server: DemoServer, clock: Callable[[], float]) -> None:
        self._server, self._clock = server, clock
        self._last_ts = 0.0
        self._threads: set[str] = set()

    async def auth_test(self, request: web.Request) -> web.Response:
        """Handle `POST /api/auth.test`."""
        form = {name: str(value) for name, value in (await request.post()).items()}
        if error := _check_token(request, form):
            return _refusal(error)
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
        """Handle `POST /api/chat.postMessage`: JSON, or a form whose blocks are JSON."""
        try:
            body = await _read_arguments(request)
        except ValueError:
            return _refusal("invalid_json")
        if error := _check_token(request, body):
            return _refusal(error)
        channel = body.get("channel")
        if not isinstance(channel, str) or not channel.strip("#"):
            return _refusal("channel_not_found")
        try:
            check_message(body)
            self._check_thread(body)
        except MessageRefused as refusal:
            self._server.slack.note_refusal(refusal.code, refusal.why)
            return _refusal(refusal.code)
        body.pop("token", None)
        self._server.slack.accept(channel, body)
        ts = self._next_ts()
        self._threads.add(ts)
        channel_id = channel if channel[0] in "CDGU" else f"C{zlib.crc32(channel.encode()):08X}"
        return web.json_response({"ok": True, "channel": channel_id, "ts": ts, "message": body})

    def forget_threads(self) -> None:
        """Delete every message, so that none can be answered in its thread."""
        self._threads.clear()

    def _check_thread(self, body: dict[str, Any]) -> None:
        thread = body.get("thread_ts")
        if thread is not None and thread not in self._threads:
            raise MessageRefused("thread_not_found", f"there is no message {thread}")

    def _next_ts(self) -> str:
        """Return a time stamp that no other message has."""
        self._last_ts = max(self._clock(), self._last_ts + 0.000_001)
        return f"{self._last_ts:.6f}"


async def _read_arguments(request: web.Request) -> dict[str, Any]:
    """Return the arguments of a method. Raises ValueError."""
    if request.content_type == "application/json":
        return parse_object(await request.read())
    form: dict[str, Any] = {name: str(value) for name, value in (await request.post()).items()}
    for name in ("blocks", "attachments"):
        if name in form:
            form[name] = json.loads(form[name])
    return form


def _check_token(request: web.Request, body: dict[str, Any]) -> str:
    """Return Slack's error code for an unknown caller, empty for a known one."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ") or body.get("token", "")
    if not token:
        return "not_authed"
    return "" if token == BOT_TOKEN else "invalid_auth"


def _refusal(error: str) -> web.Response:
    """Return a refusal, which has status 200 in the Web API."""
    return web.json_response({"ok": False, "error": error})
