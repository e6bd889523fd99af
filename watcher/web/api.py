"""Builds the API: its routes, error handlers and descriptions."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp

from watcher.core.error_codes import CODE_FACTS
from watcher.core.errors import Code, WatcherError, error_view
from watcher.web import alerts, comps, docs, health, watches
from watcher.web.dependencies import WebDependencies
from watcher.web.error_handlers import handle_error
from watcher.web.middleware import RequestGuard, RequestLimits

VERSION = "1"


def build_api(dependencies: WebDependencies, limits: RequestLimits = RequestLimits()) -> ASGIApp:
    """Return the API as an ASGI application."""
    app = FastAPI(
        title="watcher",
        version=VERSION,
        description="Price watches on eBay. Every error has one shape, and says whether to retry and when.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.dependencies = dependencies
    for failure in (WatcherError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(failure, handle_error)
    for module in (comps, watches, alerts, health):
        app.include_router(module.router, responses=_ERROR_RESPONSE)
    app.add_api_route("/api/openapi.json", _openapi, include_in_schema=False)
    app.add_api_route("/docs", _docs_page, include_in_schema=False)
    return RequestGuard(app, limits)


# These two take the application from the request, because FastAPI keeps endpoint functions for the life of
# the process: a closure over the application would keep it alive after a reload.
async def _openapi(request: Request) -> JSONResponse:
    return JSONResponse(_openapi_of(request.app))


async def _docs_page(request: Request) -> HTMLResponse:
    return HTMLResponse(
        docs.render_docs(_openapi_of(request.app)), headers={"Content-Security-Policy": docs.POLICY}
    )


def _openapi_of(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description, with our one error shape in place of the framework's."""
    found = app.openapi()  # built at the first request and kept by FastAPI
    for methods in found["paths"].values():
        for operation in methods.values():
            operation["responses"].pop("422", None)
    schemas = found["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Error"] = _ERROR_SCHEMA
    return found


_ERROR_RESPONSE: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "The request failed; the HTTP status is `statusCode`.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
}
_TEXT, _INTEGER = {"type": "string"}, {"type": "integer"}
_ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["code", "message", "userMessage", "shouldRetry", "statusCode"],
    "properties": {
        "code": _TEXT | {"enum": list(map(str, CODE_FACTS))},
        "message": _TEXT,
        "userMessage": {
            "type": "object",
            "required": ["title", "message", "action"],
            "properties": {
                "title": _TEXT,
                "message": _TEXT,
                "action": _TEXT,
                "retryAfterSeconds": _INTEGER,
            },
        },
        "shouldRetry": {"type": "boolean"},
        "statusCode": _INTEGER,
    },
    "example": error_view(WatcherError(Code.EBAY_UNAVAILABLE)),
}
