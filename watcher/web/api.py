"""Builds the API: its routes, error handlers and descriptions."""

from __future__ import annotations

from functools import cache, partial

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp

from watcher.core.errors import WatcherError
from watcher.web import docs
from watcher.web.access.auth import identify
from watcher.web.dependencies import WebDependencies, WithDependencies
from watcher.web.endpoints import (
    alerts,
    billing,
    comps,
    dead_letters,
    events,
    health,
    incidents,
    pictures,
    scans,
    sessions,
    silences,
    status,
    teaching,
    transfer,
    watches,
)
from watcher.web.error_handlers import handle_error
from watcher.web.middleware import RequestGuard, RequestLimits
from watcher.web.openapi import description_of
from watcher.web.pages import accuracy as accuracy_page
from watcher.web.pages import alerts as alert_pages
from watcher.web.pages import scan as scan_page
from watcher.web.pages import settings, sign_in, static_files, watch_form, watch_import
from watcher.web.pages import status as status_page
from watcher.web.pages import watch as watch_page
from watcher.web.pages import watches as watches_page
from watcher.web.quick_comps import QuickComps
from watcher.web.repeated_requests import RepeatedRequests

VERSION = "1"
_NOT_MODIFIED = 304
_ABOUT = """\
Price watches on eBay: comps, watches, alerts with their receipts, and the state of the daemon.

Each request carries a token, `Authorization: Bearer TOKEN`, or the cookie of a session; on the loopback \
nothing is needed until a token or a person exists. A page of another site can change nothing.

Every error has one shape. `shouldRetry` says whether the same request can succeed later, `Retry-After` and \
`retryAfterSeconds` say when. A foreign object and a missing one are the same 404.

Lists take `after` and `limit` and answer `next`, which is null on the last page. A watch has an `ETag`: a \
change with `If-Match` is refused with 412 if someone else has changed it. A POST with an `Idempotency-Key` \
is carried out once. A token or session may make 600 requests a minute, answers from the cache not counted.
"""
_MODULES = (
    *(
        comps,
        scans,
        transfer,
        watches,
        teaching,
        alerts,
        events,
        incidents,
        silences,
        dead_letters,
        status,
        health,
        billing,
    ),
    *(sessions, pictures, watches_page, watch_page, watch_form, watch_import, scan_page, alert_pages),
    *(settings, accuracy_page, status_page, sign_in, static_files),
)


def build_api(dependencies: WebDependencies, limits: RequestLimits = RequestLimits()) -> ASGIApp:
    """Return the API as an ASGI application."""
    app = WithDependencies(_application(), dependencies)
    guarded = QuickComps(RepeatedRequests(app, dependencies), dependencies)
    return RequestGuard(guarded, limits, partial(identify, dependencies, is_read=False))


# FastAPI works out the parameters of every route at an application's first request, which takes longer than
# thousands of requests. A reload keeps them: only what a request finds in its scope is new.
@cache
def _application() -> FastAPI:
    app = FastAPI(
        title="watcher",
        version=VERSION,
        description=_ABOUT,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    for failure in (WatcherError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(failure, handle_error)
    for module in _MODULES:
        app.include_router(module.router)
    app.add_api_route("/api/openapi.json", _openapi, include_in_schema=False)
    app.add_api_route("/docs", _docs_page, include_in_schema=False)
    return app


async def _openapi(request: Request) -> Response:
    described = await description_of(request.app)
    headers = {"ETag": described.tag, "Cache-Control": "no-cache"}
    if request.headers.get("if-none-match") == described.tag:
        return Response(status_code=_NOT_MODIFIED, headers=headers)
    return Response(described.body, headers=headers, media_type="application/json")


async def _docs_page(request: Request) -> HTMLResponse:
    described = await description_of(request.app)
    return HTMLResponse(described.page, headers={"Content-Security-Policy": docs.POLICY})
