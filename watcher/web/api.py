"""Builds the API: its routes, error handlers and descriptions."""

from __future__ import annotations

from functools import cache, partial

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp

from watcher.core.errors import WatcherError
from watcher.web import (
    alerts,
    comps,
    dead_letters,
    docs,
    events,
    health,
    incidents,
    pictures,
    sessions,
    sign_in,
    silences,
    static_files,
    status,
    transfer,
    watches,
)
from watcher.web.auth import identify
from watcher.web.dependencies import WebDependencies, WithDependencies
from watcher.web.error_handlers import handle_error
from watcher.web.middleware import RequestGuard, RequestLimits
from watcher.web.openapi import describe
from watcher.web.quick_comps import QuickComps
from watcher.web.repeated_requests import RepeatedRequests

VERSION = "1"
_MODULES = (
    *(comps, transfer, watches, alerts, events, incidents, silences, dead_letters, status, health, sessions),
    *(pictures, sign_in, static_files),
)


def build_api(dependencies: WebDependencies, limits: RequestLimits = RequestLimits()) -> ASGIApp:
    """Return the API as an ASGI application."""
    app = WithDependencies(_application(), dependencies)
    guarded = QuickComps(RepeatedRequests(app, dependencies), dependencies)
    return RequestGuard(guarded, limits, partial(identify, dependencies))


# FastAPI works out the parameters of every route at an application's first request, which takes longer than
# thousands of requests. A reload keeps them: only what a request finds in its scope is new.
@cache
def _application() -> FastAPI:
    app = FastAPI(
        title="watcher",
        version=VERSION,
        description="Price watches on eBay. Every error has one shape, and says whether to retry and when.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    for failure in (WatcherError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(failure, handle_error)
    for module in _MODULES:
        app.include_router(module.router)
    app.add_api_route("/api/openapi.json", _openapi, include_in_schema=False)
    app.add_api_route("/docs", _docs_page, include_in_schema=False)
    return app


async def _openapi(request: Request) -> JSONResponse:
    return JSONResponse(describe(request.app))


async def _docs_page(request: Request) -> HTMLResponse:
    return HTMLResponse(
        docs.render_docs(describe(request.app)), headers={"Content-Security-Policy": docs.POLICY}
    )
