"""The API, put together."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import ASGIApp

from watcher.core.errors import Code, WatcherError, error_view
from watcher.web import comps, docs, health, watches
from watcher.web.dependencies import WebDependencies
from watcher.web.error_handlers import refuse
from watcher.web.middleware import RequestLimits, Shell

VERSION = "1"


def build(dependencies: WebDependencies, bounds: RequestLimits = RequestLimits()) -> ASGIApp:
    """Return the API as an ASGI application."""
    app = FastAPI(
        title="watcher",
        version=VERSION,
        description="Price watches on eBay. Every error has one shape, and says when trying again helps.",
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.dependencies = dependencies
    for failure in (WatcherError, HTTPException, RequestValidationError, Exception):
        app.add_exception_handler(failure, refuse)
    for module in (comps, watches, health):
        app.include_router(module.router, responses=_FAILS)
    app.add_api_route("/api/openapi.json", _openapi, include_in_schema=False)
    app.add_api_route("/docs", _page, include_in_schema=False)
    return Shell(app, bounds)


# The framework keeps every endpoint for as long as the process lives: one that knew its application would
# keep each life of the daemon after a reload.
async def _openapi(request: Request) -> JSONResponse:
    return JSONResponse(_described(request.app))


async def _page(request: Request) -> HTMLResponse:
    return HTMLResponse(docs.page(_described(request.app)), headers={"Content-Security-Policy": docs.POLICY})


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description, with our one error instead of the framework's."""
    found = app.openapi()  # made when first asked for, and kept: it costs a tenth of a second
    for methods in found["paths"].values():
        for operation in methods.values():
            operation["responses"].pop("422", None)
    schemas = found["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Error"] = _ERROR
    return found


_FAILS: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "The request failed; the HTTP status is `statusCode`.",
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}},
    }
}
_TEXT, _WHOLE = {"type": "string"}, {"type": "integer"}
_ERROR: dict[str, Any] = {
    "type": "object",
    "required": ["code", "message", "userMessage", "shouldRetry", "statusCode"],
    "properties": {
        "code": _TEXT | {"enum": [c for c in map(str, Code) if not c.startswith("SLACK_")]},
        "message": _TEXT,
        "userMessage": {
            "type": "object",
            "required": ["title", "message", "action"],
            "properties": {
                "title": _TEXT,
                "message": _TEXT,
                "action": _TEXT,
                "retryAfterSeconds": _WHOLE,
            },
        },
        "shouldRetry": {"type": "boolean"},
        "statusCode": _WHOLE,
    },
    "example": error_view(WatcherError(Code.EBAY_UNAVAILABLE)),
}
