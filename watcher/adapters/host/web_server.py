"""uvicorn inside our own event loop, with our own signals, limits and timeouts."""

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

_MAX_HEAD_BYTES = 32 * 1024  # request line and headers
_HEAD_SECONDS = 10.0  # for the head of a request to arrive
_HEAD_TOO_LARGE = 431, "The request's headers are too large."
_SEND_SECONDS = 20.0  # for a client to read a full send buffer
_SHUTDOWN_SECONDS = 2  # for running requests to end
_KEEP_ALIVE_SECONDS = 5
_ABORT_SECONDS = 1.0  # for aborted requests to end
_MAX_OPEN_FILES = 8_192
# Requests on one connection that wait for the answer to an earlier one, about; browsers send none.
_MAX_PIPELINED = 16
_PART_BYTES = 1024  # parsed at once: a few dozen requests at most
_HTTP_VERSIONS = frozenset({"1.0", "1.1"})  # 0.9 has no headers, so a page could send it unmarked

RefusalBody = Callable[[int, str], bytes]
"""Returns the body of a refusal from its status and sentence."""


class _Server(uvicorn.Server):
    """A server without signal handlers: the daemon has its own."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture no signals."""
        yield

    def abort(self) -> None:
        """Abort every connection that is still open."""
        for connection in list(self.server_state.connections):
            connection.transport.abort()


class _LimitedProtocol(HttpToolsProtocol):
    """HTTP/1.1 with limits: heads are small and arrive in time, and clients read their responses."""

    refusal_body: ClassVar[RefusalBody]
    max_connections: ClassVar[int]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._head_received = self._head_parsed = 0  # bytes
        self._in_head = True
        self._head_timer: asyncio.TimerHandle | None = None
        self._send_timer: asyncio.TimerHandle | None = None
        self._unparsed = b""  # what arrived while too many requests waited

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # the type of uvicorn
        super().connection_made(transport)
        self._head_timer = self.loop.call_later(_HEAD_SECONDS, transport.close)
        if len(self.connections) > self.max_connections:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        _cancel(self._head_timer, self._send_timer)

    def data_received(self, data: bytes) -> None:
        data, self._unparsed = self._unparsed + data, b""
        while data and not self.transport.is_closing():
            if len(self.pipeline) >= _MAX_PIPELINED:
                self._unparsed = data
                self.flow.pause_reading()
                return
            part, data = data[:_PART_BYTES], data[_PART_BYTES:]
            self._parse(part)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._unparsed:  # uvicorn reads on, although more is waiting here
            self.data_received(b"")

    def _parse(self, data: bytes) -> None:
        if self._in_head:
            self._head_received += len(data)
            if self._head_timer is None:  # the next request of a kept-alive connection
                self._head_timer = self.loop.call_later(_HEAD_SECONDS, self.transport.close)
        super().data_received(data)
        if self._in_head and self._head_received > _MAX_HEAD_BYTES and not self.transport.is_closing():
            self._send_refusal(*_HEAD_TOO_LARGE)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._in_head, self._head_parsed = True, 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        if not self.url.startswith((b"/", b"*")):  # a whole URL names another server than the Host header may
            raise ValueError("the address is not a path")
        self._count_head(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:  # a trailer, after the body, is ignored
            super().on_header(name, value)
            self._count_head(len(name) + len(value) + len(b": \r\n"))

    def _count_head(self, size: int) -> None:
        """Count the parsed head, which may arrive together with a body. Raises ValueError."""
        self._head_parsed += size
        if self._head_parsed > _MAX_HEAD_BYTES:
            raise ValueError("the head is too large")

    def on_headers_complete(self) -> None:
        if self.parser.get_http_version() not in _HTTP_VERSIONS:
            raise ValueError("a version of HTTP that is not served")
        self._in_head, self._head_received = False, 0
        _cancel(self._head_timer)
        self._head_timer = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._in_head = True

    def pause_writing(self) -> None:
        super().pause_writing()
        self._send_timer = self.loop.call_later(_SEND_SECONDS, self.transport.abort)

    def resume_writing(self) -> None:
        super().resume_writing()
        _cancel(self._send_timer)

    def send_400_response(self, msg: str) -> None:
        del msg
        if self._head_parsed > _MAX_HEAD_BYTES:
            self._send_refusal(*_HEAD_TOO_LARGE)
        else:
            self._send_refusal(400, "The request is not valid HTTP.")

    def _send_refusal(self, status: int, sentence: str) -> None:
        body = type(self).refusal_body(status, sentence)
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


def _max_connections() -> int:
    """Return half of the files that this process may open; the rest is for the daemon itself."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MAX_OPEN_FILES if hard == resource.RLIM_INFINITY else min(_MAX_OPEN_FILES, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
        soft = wanted
    return (_MAX_OPEN_FILES if soft == resource.RLIM_INFINITY else min(soft, _MAX_OPEN_FILES)) // 2


@asynccontextmanager
async def serving(
    app: Callable[..., Awaitable[None]],
    sockets: list[socket.socket],
    refusal_body: RefusalBody,
    ended: asyncio.Event | None = None,
) -> AsyncIterator[None]:
    """Serve HTTP on bound sockets while the block runs, or until `ended` is set.

    Requests that run by then have `_SHUTDOWN_SECONDS` to end before their connections are aborted.
    """
    logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # the application logs its own failures
    attributes = {"refusal_body": staticmethod(refusal_body), "max_connections": _max_connections()}
    config = uvicorn.Config(
        app,
        http=type("Protocol", (_LimitedProtocol,), attributes),
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_SHUTDOWN_SECONDS,
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve(sockets), name="http")
    stopping = asyncio.create_task(_stop_when_set(server, ended)) if ended else None
    try:
        yield
    finally:
        if stopping:
            stopping.cancel()
        server.should_exit = True
        try:
            await task
        finally:
            server.abort()
            await _wait_for_aborted(server)


async def _stop_when_set(server: _Server, ended: asyncio.Event) -> None:
    await ended.wait()
    server.should_exit = True


async def _wait_for_aborted(server: _Server) -> None:
    """Wait until the tasks of aborted connections have ended."""
    tasks = {*server.server_state.tasks}
    if tasks:
        await asyncio.wait(tasks, timeout=_ABORT_SECONDS)
    await asyncio.sleep(0)
