"""uvicorn inside our own event loop: our signals, our bounds, no client that can hold us."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import resource
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any, ClassVar

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

log = logging.getLogger(__name__)

# Bytes of request line and headers, and seconds for them to arrive.
_LARGEST_HEAD = 32 * 1024
_HEAD_WITHIN = 10.0
_TOO_LARGE = 431, "The request's headers are too large."
# Seconds that a client may take to read what it was sent, and that a stop waits for running requests.
_READ_WITHIN = 20.0
_GRACE = 2
_KEEP_ALIVE = 5
_SHUT = 1.0
_FILES = 8_192

Refuse = Callable[[int, str], bytes]
"""A status and a sentence, made into the body of a refusal."""


class _Server(uvicorn.Server):
    """Without signal handlers: the daemon's are its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield

    def abort(self) -> None:
        """Hang up on whoever is still there."""
        for connection in list(self.server_state.connections):
            connection.transport.abort()


class _Bounded(HttpToolsProtocol):
    """HTTP/1.1 whose head arrives in time and in bounds, to a client that reads its answer."""

    refuse: ClassVar[Refuse]
    most: ClassVar[int]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head = self._named = 0
        self._in_head = True
        self._timer: asyncio.TimerHandle | None = None
        self._stuck: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        super().connection_made(transport)
        self._timer = self.loop.call_later(_HEAD_WITHIN, transport.close)
        if len(self.connections) > self.most:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        _cancel(self._timer, self._stuck)

    def data_received(self, data: bytes) -> None:
        if self._in_head:
            self._head += len(data)
            if self._timer is None:  # the next request of a connection that was kept
                self._timer = self.loop.call_later(_HEAD_WITHIN, self.transport.close)
        super().data_received(data)
        if self._in_head and self._head > _LARGEST_HEAD and not self.transport.is_closing():
            self._refused(*_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._named = True, 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._name(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # what comes after a body is a trailer; nobody here reads one
            super().on_header(name, value)
            self._name(len(name) + len(value) + len(b": \r\n"))

    def _name(self, size: int) -> None:
        """Count what is in the head, for a whole one may come in one piece. Raises ValueError."""
        self._named += size
        if self._named > _LARGEST_HEAD:
            raise ValueError("too large a head")

    def on_headers_complete(self) -> None:
        self._in_head, self._head = False, 0
        _cancel(self._timer)
        self._timer = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head = True

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stuck = self.loop.call_later(_READ_WITHIN, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        _cancel(self._stuck)

    def send_400_response(self, msg: str) -> None:
        del msg
        if self._named > _LARGEST_HEAD:
            self._refused(*_TOO_LARGE)
        else:
            self._refused(400, "That is not HTTP.")

    def _refused(self, status: int, sentence: str) -> None:
        body = type(self).refuse(status, sentence)
        self.transport.write(
            b"HTTP/1.1 %d Refused\r\ncontent-type: application/json\r\ncontent-length: %d\r\n"
            b"x-content-type-options: nosniff\r\ncache-control: no-store\r\nconnection: close\r\n\r\n%s"
            % (status, len(body), body)
        )
        self.transport.close()


def _cancel(*timers: asyncio.TimerHandle | None) -> None:
    for timer in timers:
        if timer is not None:
            timer.cancel()


def _most_connections() -> int:
    """Half of the files that this process may open: the other half is for what the daemon itself needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _FILES if hard == resource.RLIM_INFINITY else min(_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return _FILES // 2 if soft == resource.RLIM_INFINITY else min(soft, _FILES) // 2


@asynccontextmanager
async def serving(
    app: Callable[..., Awaitable[None]],
    sockets: list[socket.socket],
    refuse: Refuse,
    ended: asyncio.Event | None = None,
) -> AsyncIterator[None]:
    """Answer HTTP on bound sockets as long as the block runs, or until `ended` is set.

    What is asked by then is answered within `_GRACE` seconds, or cut off.
    """
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # the application logs its own failures
    config = uvicorn.Config(
        app,
        http=type("Bounded", (_Bounded,), {"refuse": staticmethod(refuse), "most": _most_connections()}),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE,
        timeout_graceful_shutdown=_GRACE,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets), name="http")
    waiting = asyncio.create_task(_exit(server, ended)) if ended else None
    try:
        yield
    finally:
        if waiting:
            waiting.cancel()
        server.should_exit = True
        try:
            await task
        finally:
            server.abort()
            await _ended(server)


async def _exit(server: _Server, ended: asyncio.Event) -> None:
    await ended.wait()
    server.should_exit = True


async def _ended(server: _Server) -> None:
    """Wait until what was cut off has gone."""
    left = {*server.server_state.tasks}
    if left:
        await asyncio.wait(left, timeout=_SHUT)
    await asyncio.sleep(0)
