"""The outermost ASGI layer: request limits, security headers, and an answer for every failure."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass
from functools import partial

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watcher.core.errors import RequestRefused
from watcher.core.times import Seconds
from watcher.web.error_handlers import error_response, log_failure
from watcher.web.forms import FORM_TYPE

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_POLICY = "default-src 'none'; frame-ancestors 'none'"
# In a request's scope: a function to call if the answer lasts, and has its own bound on their number.
LASTS = "watcher.lasts"
_BAD_REQUEST = 400
_REQUESTS_PER_TURN = 8  # of the event loop; about 2 ms
_WITH_BODY = {"POST", "PUT", "PATCH"}
_NOT_JSON = "The body must be JSON, with the content type application/json."
_FORM_BYTES = 8 * 1024
_NOT_IMPORT = "The body must be JSON (application/json) or CSV (text/csv)."
_IMPORT = "/api/watches/import"
_IMPORTS_AT_ONCE = 4  # their bodies are held in memory
_MAX_LENGTH_DIGITS = 18  # of Content-Length; a longer number is too large in any case
# A body up to 64 times too large is read to its end, so that the client reads our answer.
_READABLE_EXCESS = 64


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Limits on a request: bytes of its body, seconds to send it, and concurrent requests."""

    body_bytes: int = 64 * 1024
    import_bytes: int = 20 * 1024 * 1024
    send_time: Seconds = Seconds(10.0)
    import_send_time: Seconds = Seconds(60.0)
    concurrent: int = 2_000


class Turns:
    """Lets a few requests begin in each turn of the event loop, in order, so that polls have their share."""

    def __init__(self, per_turn: int = _REQUESTS_PER_TURN) -> None:
        self._per_turn = self._left = per_turn
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._scheduled = False

    async def wait(self) -> None:
        """Return when it is this request's turn; at once if few others are there."""
        loop = asyncio.get_running_loop()
        if not self._scheduled:
            self._scheduled = True
            loop.call_soon(self._next_turn)
        if self._left and not self._waiting:
            self._left -= 1
            return
        turn = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _next_turn(self) -> None:
        self._left = self._per_turn
        while self._left and self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():  # its client may be gone
                turn.set_result(None)
                self._left -= 1
        self._scheduled = bool(self._waiting)
        if self._scheduled:
            asyncio.get_running_loop().call_soon(self._next_turn)


class RequestGuard:
    """An ASGI application that enforces the limits for the one it wraps."""

    def __init__(self, app: ASGIApp, limits: RequestLimits = RequestLimits()) -> None:
        self._app = app
        self._limits = limits
        self._active = self._imports = 0
        self._turns = Turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        response = _Response(scope, send)
        left: list[bool] = []
        scope[LASTS] = partial(self._leave, left)
        is_import = _is_import(scope)
        self._active += 1
        self._imports += is_import
        try:
            if self._active <= self._limits.concurrent:  # the others are refused at once
                await self._turns.wait()
            body = await self._body(scope, receive)
            await self._app(scope, replay_body(body, receive), response)
        except _ClientGone:
            return
        except Exception as error:
            if response.complete:  # the framework raises the error again after its handler has answered
                return
            if response.begun:  # the server closes the connection, which marks the response as incomplete
                log_failure(error, scope)
                raise
            await error_response(error, scope)(scope, receive, response)
        finally:
            self._leave(left)
            self._imports -= is_import

    def _leave(self, left: list[bool]) -> None:
        """Free the place of a request, once."""
        if not left:
            left.append(True)
            self._active -= 1

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """Read the whole body. Raises RequestRefused."""
        headers, is_import, limits = Headers(scope=scope), _is_import(scope), self._limits
        if self._active > limits.concurrent or (is_import and self._imports > _IMPORTS_AT_ONCE):
            raise RequestRefused(429, "Too many requests at once.", retryable=True, retry_after=1.0)
        length = headers.get("content-length", "0")
        empty = not length.strip("0") and "transfer-encoding" not in headers
        if empty:
            return b""
        limit = limits.import_bytes if is_import else limits.body_bytes
        refused = None
        if int(length[:_MAX_LENGTH_DIGITS]) > limit:
            refused = _too_large(limit)
        elif scope["method"] in _WITH_BODY:
            refused = _refused_kind(scope, int(length[:_MAX_LENGTH_DIGITS]))
        if refused and "expect" in headers:  # the client waits with the body for our approval
            raise refused
        try:
            async with asyncio.timeout(limits.import_send_time if is_import else limits.send_time):
                body = await self._read(receive, 0 if refused else limit, limit)
        except TimeoutError:
            raise RequestRefused(408, "The request did not arrive in time.", retryable=True) from None
        if refused:  # not earlier: a client that is still sending would not read it
            raise refused
        return body

    async def _read(self, receive: Receive, kept: int, limit: int) -> bytes:
        """Return a body of at most `limit` bytes; drop one that is larger than `kept`."""
        readable = max(self._limits.body_bytes * _READABLE_EXCESS, 2 * limit)
        received, parts, more = 0, list[bytes](), True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise _ClientGone
            part = message.get("body", b"")
            received, more = received + len(part), message.get("more_body", False)
            if received <= kept:
                parts.append(part)
            elif received > readable or (received > limit and not more):
                raise _too_large(limit)
        return b"".join(parts)


def _is_import(scope: Scope) -> bool:
    return (scope["method"], scope["path"]) == ("POST", _IMPORT)


def _too_large(limit: int) -> RequestRefused:
    size = f"{limit >> 20} MB" if limit >> 20 else f"{limit >> 10} KB"
    return RequestRefused(413, f"The request's body is larger than {size}.")


def _refused_kind(scope: Scope, length: int) -> RequestRefused | None:
    """Return the refusal of a body's content type: JSON, and small forms from our pages, are accepted.

    An import may also be CSV.
    """
    kind = Headers(scope=scope).get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" or (kind == "text/csv" and _is_import(scope)):
        return None
    if _is_import(scope):
        return RequestRefused(415, _NOT_IMPORT)
    if kind != FORM_TYPE or scope["path"].startswith("/api/"):
        return RequestRefused(415, _NOT_JSON)
    if not 0 < length <= _FORM_BYTES:
        return RequestRefused(
            413, f"A form must state its length, and have at most {_FORM_BYTES // 1024} KB."
        )
    return None


class _ClientGone(Exception):
    """The client closed the connection while it was sending."""


def replay_body(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that yields the body, and then the server's messages."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return messages.pop() if messages else await receive()

    return replayed


class _Response:
    """Sends a response with the headers that every response has."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self._send = send
        self._api = not scope["path"].startswith("/docs")
        self.begun = self.complete = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = MutableHeaders(scope=message)
            for name, value in _HEADERS.items():
                headers.setdefault(name, value)
            headers.setdefault("Content-Security-Policy", _POLICY)
            if self._api or message["status"] >= _BAD_REQUEST:
                headers.setdefault("Cache-Control", "no-store")
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self._send(message)
