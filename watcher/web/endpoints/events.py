"""The stream of what changed among the caller's things."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from functools import partial
from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from watcher.core.events import ChangeEvent, EventType, parse_id
from watcher.web.access.auth import User
from watcher.web.dependencies import Web
from watcher.web.endpoints.asking import wait_for_disconnect
from watcher.web.endpoints.parameters import known_parameters
from watcher.web.event_stream import EventStream, NotRead
from watcher.web.middleware import LASTS

_MEDIA_TYPE = "text/event-stream"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # for proxies: nginx passes each event on
router = APIRouter(tags=["events"], dependencies=[Depends(known_parameters)])

_EXAMPLE = "".join(
    [
        "retry: 1000\n\n",
        ChangeEvent("owner", EventType.ALERT, "xzprk22svz", 1).message(31).decode(),
        ChangeEvent("owner", EventType.POLL, "7", 2).message().decode(),
    ]
)
_ANSWER: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The stream; it lasts until the client or the daemon ends it.",
        "content": {_MEDIA_TYPE: {"schema": {"type": "string"}, "example": _EXAMPLE}},
    }
}


class EventStreamResponse(Response):
    """An answer that lasts until its stream ends or its client disconnects.

    `opened` returns the stream, or raises RequestRefused; `closed` is called in any case once it has.
    """

    media_type = _MEDIA_TYPE

    def __init__(
        self,
        opened: Callable[[], EventStream],
        closed: Callable[[EventStream], None],
        missed: Callable[[EventStream], Iterator[bytes]],
        retry_ms: int,
    ) -> None:
        self.status_code, self.background = HTTPStatus.OK, None
        self._opened, self._closed, self._missed = opened, closed, missed
        self._first = b"retry: %d\n\n" % retry_ms
        self.init_headers(_HEADERS)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the stream."""
        stream = self._opened()
        watching = asyncio.ensure_future(wait_for_disconnect(receive))
        try:
            scope.get(LASTS, lambda: None)()
            watching.add_done_callback(lambda _: stream.end())
            await send(
                {"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers}
            )
            await send({"type": "http.response.body", "body": self._first, "more_body": True})
            await stream.send_all(send, self._missed)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
        except NotRead:
            return  # the server closes the connection, because the answer is not complete
        finally:
            self._closed(stream)
            watching.cancel()


@router.get(
    "/events",
    name="streamEvents",
    status_code=HTTPStatus.OK,
    response_class=EventStreamResponse,
    responses=_ANSWER,
)
async def events(
    web: Web,
    caller: User,
    last_event_id: Annotated[
        str, Header(description="The id of the last event received: the alerts since then are sent first.")
    ] = "",
) -> Response:
    """Stream server-sent events: alerts, polls and changes of the caller's watches; for admins incidents.

    The data of each is `{"type": "alert"|"poll"|"incident"|"watch"|"plan", "id", "revision"}`; a plan has an
    empty id. Only alerts are sent again after a break; after a reconnect, fetch the other objects. Polls have
    no `id:` line.
    """
    hub = web.events
    opened = partial(hub.open, caller, parse_id(last_event_id))
    return EventStreamResponse(opened, hub.close, hub.missed, hub.retry_ms)
