"""What is answered while the daemon is alive and cannot work yet."""

from __future__ import annotations

from collections.abc import Callable

from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from watcher.core.errors import RequestRefused
from watcher.web.error_handlers import error_response
from watcher.web.pages.rendering import STATIC_TYPES, render_page, static_file, wants_page

_UNAVAILABLE = 503
_SETUP_RETRY = 10  # seconds


def unavailable_api(why: Callable[[], str], *, page: str = "") -> ASGIApp:
    """Return the application that refuses every request with `why()`.

    `page`: the template that browsers get, instead of the page of a failure. Both retry by themselves.
    """

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        await _response(scope, why, page)(scope, receive, send)

    return answer


def _response(scope: Scope, why: Callable[[], str], page: str) -> Response:
    if scope["path"] == "/healthz":
        return JSONResponse({"status": "alive"})
    name = scope["path"].removeprefix("/static/")
    if name in STATIC_TYPES:
        return Response(static_file(name)[0], media_type=STATIC_TYPES[name])
    if page and wants_page(scope):
        return render_page(scope, page, _UNAVAILABLE, retry=_SETUP_RETRY)
    return error_response(RequestRefused(_UNAVAILABLE, why(), retryable=True, retry_after=1.0), scope)
