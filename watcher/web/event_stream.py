"""One stream of events: what waits to be sent, and sending it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, MutableMapping
from typing import Any

from watcher.core.tokens import Caller

log = logging.getLogger(__name__)
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

# Messages that wait for a slow client; with one more its stream ends, and the browser resumes. Hints take up
# half of them at most, because a watch's next poll makes another.
MAX_PENDING = 256
MAX_HINTS = MAX_PENDING // 2
_KEEP_ALIVE = b":\n\n"


class NotRead(Exception):
    """The client has not read what was sent before; nothing more can be sent."""


class EventStream:
    """What one client is still to receive.

    `after`: the id of the last event that it has received, 0 if it does not resume. `until`: the hub passes
    on what has a greater id; missed events are those between the two.
    """

    __slots__ = ("_pending", "_ready", "_sender", "after", "caller", "ended", "sent_at", "until")

    def __init__(self, caller: Caller, after: int, until: int) -> None:
        self.caller, self.after, self.until = caller, after, until
        self.ended = False
        self.sent_at = asyncio.get_running_loop().time()
        self._pending: list[bytes] = []
        self._ready = asyncio.Event()
        self._sender: asyncio.Task[Any] | None = None

    def push(self, message: bytes) -> None:
        """Add a message; end the stream if too many wait."""
        if len(self._pending) >= MAX_PENDING:
            log.info("a stream of events ends: its client is too slow", extra={"user": self.caller.user})
            self.end()
        elif not self.ended:
            self._pending.append(message)
            self._ready.set()

    def push_hint(self, message: bytes) -> None:
        """Add a message that may be left out if many wait."""
        if len(self._pending) < MAX_HINTS:
            self.push(message)

    def keep_alive(self, now: float, every: float) -> None:
        """Add a comment if nothing was sent for `every` seconds, so that proxies keep the connection."""
        if now - self.sent_at >= every and not self._pending:
            self.push(_KEEP_ALIVE)

    def end(self) -> None:
        """End the stream, also while its client does not read."""
        self.ended = True
        self._pending.clear()
        self._ready.set()
        if self._sender is not None:
            self._sender.cancel()

    async def send_all(self, send: Send, missed: Callable[[EventStream], Iterator[bytes]]) -> None:
        """Send what the client missed, then what is added, until the stream ends.

        Raises NotRead if the stream ends while its client does not read.
        """
        for part in missed(self):
            await self._send(send, part)
        while not self.ended:
            await self._ready.wait()
            self._ready.clear()
            if self._pending:
                part = b"".join(self._pending)
                self._pending.clear()
                await self._send(send, part)

    async def _send(self, send: Send, part: bytes) -> None:
        # Cancelled by `end` if the client does not read, because then `send` waits.
        self._sender = asyncio.current_task()
        try:
            await send({"type": "http.response.body", "body": part, "more_body": True})
        except asyncio.CancelledError:
            if not self.ended:
                raise
            raise NotRead from None
        finally:
            self._sender = None
        self.sent_at = asyncio.get_running_loop().time()
