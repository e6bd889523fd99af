"""Opens the HTTP door on an app: what it may ask, who may come in, and the server that answers."""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit

from watcher.adapters.host.sockets import address_of, open_sockets
from watcher.config import ConfigRefused
from watcher.core.errors import RequestRefused, error_view
from watcher.core.tokens import TOKEN_PREFIX, Token, digest_of, is_loopback, user_name
from watcher.db.schema import HEAD
from watcher.runtime import App
from watcher.web.dependencies import Door

_BYTES = 32
_STARTING = 503


async def make_token(app: App, user: str, *, admin: bool) -> tuple[Token, str]:
    """A new token and its secret, which is kept nowhere. Raises InvalidInput for a user that is no name."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(_BYTES)
    name = user_name(user)
    return await app.stores.tokens.add(digest_of(secret), name, app.clock.now(), admin=admin), secret


def require_token(app: App) -> None:
    """Raises ConfigRefused where others than this machine could come in and no token keeps them out."""
    host = app.settings.http.host
    if not is_loopback(host) and not app.stores.tokens.valid():
        raise ConfigRefused(
            [
                (
                    f'[http] host = "{host}" lets other machines in, and no token keeps strangers out: '
                    'make one with `watcher token create`, or set host = "127.0.0.1".'
                )
            ]
        )


@contextmanager
def bound(host: str, port: int) -> Iterator[list[socket.socket]]:
    """The door's sockets, bound first: a port that is taken ends it all. Raises CannotListen."""
    sockets = open_sockets(host, port)
    try:
        yield sockets
    finally:
        for each in sockets:
            each.close()


@asynccontextmanager
async def opened(
    app: App, sockets: list[socket.socket], idle: Callable[[], str], ended: asyncio.Event
) -> AsyncIterator[str]:
    """Answer HTTP while the block runs and until `ended` is set; the address.

    `idle`: why no work is done, empty when it is.
    """
    from watcher.adapters.host.web_server import serving  # noqa: PLC0415 - 0.3 s that only the daemon pays
    from watcher.web.api import build  # noqa: PLC0415 - see above

    async with serving(build(door(app, idle)), sockets, _refusal, ended):
        yield address_of(sockets)


@asynccontextmanager
async def shut(sockets: list[socket.socket], why: Callable[[], str]) -> AsyncIterator[None]:
    """Answer HTTP while the block runs and nothing else can be done: we live, and cannot work."""
    from watcher.adapters.host.web_server import serving  # noqa: PLC0415 - see above

    async def answer(
        scope: Mapping[str, Any], _receive: object, send: Callable[..., Awaitable[None]]
    ) -> None:
        alive = scope["path"] == "/healthz"
        refusal = error_view(RequestRefused(_STARTING, why(), again=True, retry_after=1.0))
        body = json.dumps({"status": "alive"} if alive else refusal).encode()
        headers = [(b"content-type", b"application/json")]
        await send({"type": "http.response.start", "status": 200 if alive else _STARTING, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async with serving(answer, sockets, _refusal):
        yield


def door(app: App, idle: Callable[[], str]) -> Door:
    """The app as the HTTP door sees it."""
    stores, http = app.stores, app.settings.http
    public = urlsplit(http.public_url).hostname if http.public_url else None
    return Door(
        now=app.clock.now,
        question=app.question,
        comps=app.comps,
        cadence=app.cadence,
        categories=app.freshness.ttls,
        doubts=app.doubts,
        watch_id=app.number,
        health=app.health.snapshot,
        not_ready=lambda: _not_ready(app, idle),
        exposition=app.exposition,
        asks=app.asks,
        preview=app.preview,
        points=stores.history.points,
        observed=app.observed,
        explain=app.explainer.explain,
        registry=app.registry,
        watches=stores.watches,
        alerts=stores.alerts,
        cache=app.cache,
        tokens=stores.tokens,
        hosts=frozenset([public.lower()] if public else []),
        open_hands=is_loopback(http.host),
    )


def _not_ready(app: App, idle: Callable[[], str]) -> str:
    if trouble := app.database_alarm.trouble:
        return database_trouble(trouble)
    if trouble := app.clock_watch.trouble:
        return trouble
    found = app.stores.revision()
    if found != HEAD:
        return f"The database has schema {found or 'none'}, this watcher needs {HEAD}."
    return idle()


def database_trouble(trouble: str) -> str:
    """What probes are told while the database is in trouble."""
    return f"The database cannot be written: {trouble}"


def _refusal(status: int, sentence: str) -> bytes:
    return json.dumps(error_view(RequestRefused(status, sentence))).encode()
