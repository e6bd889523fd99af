"""`Idempotency-Key`: a POST that is sent again is answered again, and has its effect once."""

from __future__ import annotations

import hashlib
import json
import logging
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from watcher.core.errors import InvalidInput, RequestRefused, WatcherError
from watcher.core.times import MINUTE
from watcher.core.tokens import Caller
from watcher.db.idempotency import EarlierUse, KeptAnswer, KeyUse
from watcher.web.access.auth import identify
from watcher.web.access.rate_limit import take_request
from watcher.web.dependencies import WebDependencies
from watcher.web.error_handlers import REFUSED
from watcher.web.middleware import replay_body

log = logging.getLogger(__name__)

_HEADER = b"idempotency-key"
_REPLAYED = (b"idempotency-replayed", b"true")
_MAX_KEY_LENGTH = 255
_MAX_KEPT_BYTES = 32 * 1024
# Their repetition has no effect, and their answers quote listings, whose text `[retention]` limits. A picture
# that was identified is known when it is sent again, so that it is charged once. A checkout is continued; the
# address of a portal is all that is needed to enter it, so it is not stored.
_WITHOUT_EFFECT = frozenset(
    {
        "/api/watches/preview",
        "/api/ar-overlay/scan",
        "/api/scan-sessions/identify",
        "/api/batch/scanAndAnalyze",
        "/api/billing/checkout",
        "/api/billing/portal",
    }
)
# Refusals that say nothing about the request itself: sent again, it may succeed.
_PASSING = frozenset({401, 403, 408, 429})
_SERVER_FAULT = 500


class RepeatedRequests:
    """An ASGI application that passes each POST below /api on once, if it has a key."""

    def __init__(self, app: ASGIApp, web: WebDependencies) -> None:
        self._app, self._web = app, web

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        given = [value for name, value in scope["headers"] if name == _HEADER]
        if not given or scope["method"] != "POST" or not scope["path"].startswith("/api/"):
            await self._app(scope, receive, send)
            return
        try:
            who = identify(self._web, scope)
        except WatcherError:  # the endpoint refuses it
            await self._app(scope, receive, send)
            return
        take_request(self._web, who, scope)
        key = _read_key(given)
        if scope["path"] in _WITHOUT_EFFECT:
            await self._app(scope, receive, send)
            return
        body: bytes = (await receive()).get("body", b"")
        use = KeyUse(who.user, key, _hash_of(scope, who, body), self._web.clock.now())
        earlier = await self._web.stores.idempotency.claim(use)
        if earlier is None:
            await self._answer_once(use, scope, replay_body(body, receive), send)
        else:
            await _repeat(_answer_of(earlier, use), send)

    async def _answer_once(self, use: KeyUse, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and keep its answer before it is sent."""
        store, answer = self._web.stores.idempotency, _Answer()
        try:
            await self._app(scope, receive, answer.collect)
        except Exception:
            if not answer.complete:
                await store.release(use)
                raise
        try:
            if answer.status >= _SERVER_FAULT or answer.status in _PASSING or REFUSED in scope:
                await store.release(use)
            else:
                await store.keep(use, answer.to_keep())
        except WatcherError as error:  # the request is answered; its repetition will be refused
            log.warning("the answer to a request with a key was not kept", extra={"cause": str(error)})
        for message in answer.messages:
            await send(message)


class _Answer:
    """Collects an answer; those of the API are complete in memory in any case."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.status = 0
        self.complete = False

    async def collect(self, message: Message) -> None:
        """Take one message of the application."""
        self.messages.append(message)
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.complete = not message.get("more_body", False)

    def to_keep(self) -> KeptAnswer:
        """Return the answer as it is stored."""
        start, *parts = self.messages
        body = b"".join(part.get("body", b"") for part in parts)
        pairs = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in start["headers"]]
        return KeptAnswer(self.status, json.dumps(pairs), body if len(body) <= _MAX_KEPT_BYTES else None)


def _read_key(given: list[bytes]) -> str:
    """Return the one key of a request. Raises InvalidInput."""
    key = given[0].decode("latin-1")
    if len(given) > 1 or not 1 <= len(key) <= _MAX_KEY_LENGTH or not all("!" <= c <= "~" for c in key):
        raise InvalidInput(
            f"An Idempotency-Key has 1 to {_MAX_KEY_LENGTH} visible ASCII characters; a UUID is a good one."
        )
    return key


def _hash_of(scope: Scope, who: Caller, body: bytes) -> str:
    """Return a hash of all that makes a request another one, its caller's rights included."""
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"")
    head = f"{who.admin} {scope['method']} {scope['path']}".encode(errors="replace")
    found = hashlib.sha256()
    for part in (head, scope["query_string"], kind, body):
        found.update(b"%d:" % len(part))
        found.update(part)
    return found.hexdigest()


def _answer_of(earlier: EarlierUse, use: KeyUse) -> tuple[int, str, bytes]:
    """Return the answer to repeat. Raises RequestRefused if there is none."""
    if earlier.request != use.request:
        raise RequestRefused(
            409,
            "This Idempotency-Key belongs to another request of the last 24 hours; send a new request with "
            "a new key.",
        )
    if earlier.answer is None:
        if 0 <= use.at - earlier.at < MINUTE:
            raise RequestRefused(
                409,
                "The first request with this Idempotency-Key is still being answered.",
                retryable=True,
                retry_after=1.0,
            )
        raise RequestRefused(
            409,
            "The earlier request with this Idempotency-Key was cut off before it was answered: look whether "
            "it took effect, and send a new key if it did not.",
        )
    status, headers, body = earlier.answer
    if body is None:
        raise RequestRefused(
            409,
            f"The earlier request with this Idempotency-Key was answered with the status {status}, and its "
            "answer is no longer kept, or too large to be. Send a new key only to have the effect again.",
        )
    return status, headers, body


async def _repeat(answer: tuple[int, str, bytes], send: Send) -> None:
    status, written, body = answer
    pairs: list[Any] = json.loads(written)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in pairs]
    await send({"type": "http.response.start", "status": status, "headers": [*headers, _REPLAYED]})
    await send({"type": "http.response.body", "body": body})
