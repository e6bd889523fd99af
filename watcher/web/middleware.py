"""The outermost ASGI layer: request limits, security headers, and an answer for every failure."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watcher.core.errors import RequestRefused, WatcherError
from watcher.core.times import Seconds
from watcher.web.body_limits import body_limit, maximum_size, too_large
from watcher.web.error_handlers import error_response, log_failure
from watcher.web.response_headers import BODY_HEADERS, NOT_STORED, SAFE_HEADERS

# In a request's scope: a function to call if the answer lasts, and has its own bound on their number.
LASTS = "watcher.lasts"
_BAD_REQUEST = 400
_REQUESTS_PER_TURN = 8  # of the event loop; about 2 ms
_KEPT_FREE = 4  # the part, a quarter, of the room for all bodies that large ones leave to the others
_MAX_LENGTH_DIGITS = 18  # of Content-Length; a longer number is too large in any case
# So much of a body that is refused is read, so that the client reads our answer; more of a known caller's.
_MAX_UNWANTED_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """Limits on requests: seconds to send a body, concurrent requests, and bytes of all their bodies.

    The size of each body depends on its address, see `body_limits`.
    """

    send_time: Seconds = Seconds(10.0)
    concurrent: int = 2_000
    all_bodies: int = 64 * 1024 * 1024


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
    """An ASGI application that enforces the limits for the one it wraps.

    `admit` raises unless it knows the caller of a request, whose body may then be large.
    """

    def __init__(
        self,
        app: ASGIApp,
        limits: RequestLimits = RequestLimits(),
        admit: Callable[[Scope], object] = lambda _: None,
    ) -> None:
        self._app = app
        self._limits = limits
        self._admit = admit
        self._active = self._held = 0
        self._turns = Turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            return
        response = _Response(scope, send)
        left: list[bool] = []
        scope[LASTS] = partial(self._leave, left)
        self._active += 1
        try:
            if self._active <= self._limits.concurrent:  # the others are refused at once
                await self._turns.wait()
            # No name for the body, so that it can be freed once it is decoded.
            await self._app(scope, replay_body(await self._body(scope, receive, response), receive), response)
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
            self._release(response)

    def _leave(self, left: list[bool]) -> None:
        """Free the place of a request, once."""
        if not left:
            left.append(True)
            self._active -= 1

    async def _body(self, scope: Scope, receive: Receive, response: _Response) -> bytes:
        """Read the whole body. Raises RequestRefused, and what `admit` raises."""
        if self._active > self._limits.concurrent:
            raise RequestRefused(429, "Too many requests at once.", retryable=True, retry_after=1.0)
        if not any(name in BODY_HEADERS and value.strip(b"0") for name, value in scope["headers"]):
            return b""
        headers = Headers(scope=scope)
        length = headers.get("content-length", "0")
        limit, size, refused, unwanted = body_limit(scope), 0, None, _MAX_UNWANTED_BYTES
        try:
            size = maximum_size(scope, limit)
            if limit.known_only:
                self._admit(scope)
                unwanted += size
            if int(length[:_MAX_LENGTH_DIGITS]) > size:
                raise too_large(size)
        except WatcherError as refusal:
            if "expect" in headers:  # the client waits with the body for our approval
                raise
            refused = refusal
        try:
            async with asyncio.timeout(limit.send_time or self._limits.send_time):
                room = self._limits.all_bodies
                room -= room // _KEPT_FREE if limit.known_only else 0
                body = await self._read(receive, 0 if refused else size, response, room, unwanted)
        except TimeoutError:
            raise RequestRefused(408, "The request did not arrive in time.", retryable=True) from None
        if refused:  # not earlier: a client that is still sending would not read it
            raise refused
        if body is None:
            raise too_large(size)
        return body

    async def _read(
        self, receive: Receive, size: int, response: _Response, room: int, unwanted: int
    ) -> bytes | None:
        """Return the body; None if it is larger than `size`, after reading what the client still sends.

        `room`: the bytes that all bodies may have with it, `unwanted`: those that are read of a refused one.
        """
        received, parts, more, crowded = 0, list[bytes](), True, False
        while more and received <= max(size, unwanted):
            message = await receive()
            if message["type"] != "http.request":
                raise _ClientGone
            part = message.get("body", b"")
            received, more = received + len(part), message.get("more_body", False)
            crowded = crowded or (received <= size and self._held + len(part) > room)
            if received > size or crowded:
                self._release(response)
                parts.clear()
                continue
            parts.append(part)
            response.held += len(part)
            self._held += len(part)
        if crowded:
            raise RequestRefused(429, "Too many large requests at once.", retryable=True, retry_after=1.0)
        return None if received > size else b"".join(parts)

    def _release(self, response: _Response) -> None:
        """Count the bytes of a request's body no longer."""
        self._held -= response.held
        response.held = 0


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
        self.held = 0  # bytes of the request's body

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.begun = True
            headers = [*message["headers"]]
            present = {name for name, _ in headers}
            headers += [header for header in SAFE_HEADERS if header[0] not in present]
            not_stored = self._api or message["status"] >= _BAD_REQUEST
            if not_stored and NOT_STORED[0] not in present:
                headers.append(NOT_STORED)
            message["headers"] = headers
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self._send(message)
