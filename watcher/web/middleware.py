"""What every request passes: bounds on its size, time and number, headers, and no failure that escapes."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watcher.core.errors import RequestRefused
from watcher.core.times import Seconds
from watcher.web.error_handlers import note, refusal

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
}
_NOTHING = "default-src 'none'; frame-ancestors 'none'"
_WITH_BODY = {"POST", "PUT", "PATCH"}
_NOT_JSON = "The body must be JSON, with the content type application/json."
_DIGITS = 18  # of a length; a longer number is too large in any case
_PATIENCE = 64  # a body so many times too large is read to its end, for a friendly answer, and no larger one


@dataclass(frozen=True, slots=True)
class RequestLimits:
    """How much one request may ask for: bytes of body, seconds to send it, requests at the same time."""

    body: int = 64 * 1024
    sending: Seconds = Seconds(10.0)
    at_once: int = 2_000


class Shell:
    """An ASGI application around another."""

    def __init__(self, app: ASGIApp, bounds: RequestLimits = RequestLimits()) -> None:
        self._app = app
        self._bounds = bounds
        self._inside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        answer = _Answer(scope, send)
        self._inside += 1
        try:
            body = await self._body(Headers(scope=scope), scope["method"], receive)
            await self._app(scope, _replay(body, receive), answer)
        except _Gone:  # nobody is there to be told
            return
        except Exception as error:
            if answer.complete:  # the framework raises it once more after it had `refuse` answer
                return
            if answer.begun:  # half an answer is out: the server hangs up, which tells that it is half
                note(error, scope)
                raise
            await refusal(error, scope)(scope, receive, answer)
        finally:
            self._inside -= 1

    async def _body(self, headers: Headers, method: str, receive: Receive) -> bytes:
        """The request's whole body. Raises RequestRefused before anybody has looked at it."""
        if self._inside > self._bounds.at_once:
            raise RequestRefused(429, "Too many requests at once.", retryable=True, retry_after=1.0)
        length = headers.get("content-length", "0")
        empty = not length.strip("0") and "transfer-encoding" not in headers
        if empty:
            return b""
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        refused = None
        if int(length[:_DIGITS]) > self._bounds.body:
            refused = self._too_large()
        elif method in _WITH_BODY and kind != "application/json":
            refused = RequestRefused(415, _NOT_JSON)
        if refused and "expect" in headers:  # it has not been sent yet
            raise refused
        try:
            async with asyncio.timeout(self._bounds.sending):
                body = await self._read(receive)
        except TimeoutError:
            raise RequestRefused(408, "The request did not arrive in time.", retryable=True) from None
        if refused:  # only now: who still sends would not see our answer
            raise refused
        return body

    async def _read(self, receive: Receive) -> bytes:
        got, body, more = 0, b"", True
        while more:
            message = await receive()
            if message["type"] != "http.request":
                raise _Gone
            part = message.get("body", b"")
            got, more = got + len(part), message.get("more_body", False)
            if got <= self._bounds.body:
                body += part
            elif got > self._bounds.body * _PATIENCE or not more:
                raise self._too_large()
        return body

    def _too_large(self) -> RequestRefused:
        return RequestRefused(413, f"The request's body is larger than {self._bounds.body // 1024} KB.")


class _Gone(Exception):
    """The caller hung up while it was sending."""


def _replay(body: bytes, receive: Receive) -> Receive:
    """The body once more, and then what the server says."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replayed() -> Message:
        return messages.pop() if messages else await receive()

    return replayed


class _Answer:
    """The response, with the headers that every one has."""

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
            headers.setdefault("Content-Security-Policy", _NOTHING)
            if self._api:
                headers.setdefault("Cache-Control", "no-store")
        elif message["type"] == "http.response.body":
            self.complete = not message.get("more_body", False)
        await self._send(message)
