"""The API's description: the framework's, completed with callers, errors and examples."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from threading import Lock
from typing import Any, NamedTuple

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from watcher.core.error_codes import CODE_FACTS
from watcher.core.errors import Code, RequestRefused, WatcherError, error_view
from watcher.web.access import auth
from watcher.web.answers.examples import example_of
from watcher.web.docs import render_docs

_JSON = "application/json"
_ERROR = "#/components/schemas/Error"
_RETRYABLE = {408, 429, 503, 504}
_LOCK = Lock()
_SCHEMES = {
    "bearer": {
        "type": "http",
        "scheme": "bearer",
        "description": "A token made by `watcher token create`.",
    },
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-watcher",
        "description": "The session of a person who signed in; over plain HTTP the cookie is `watcher`.",
    },
}
_SENTENCE_END = re.compile(r"[.;:](?:\s|$)|\n\n")
_NO_BODY = {"get", "delete", "head"}
# What each status means, in the words of this API.
_MEANINGS = {
    400: "A parameter or a field is missing, unknown or not valid; the message names it.",
    401: "The token or the session is missing, unknown, expired or revoked.",
    402: "The payment was declined.",
    403: "The caller may not do this: it needs an admin, or a page of another site sent it.",
    404: "There is no such object among the caller's.",
    408: "The request did not arrive in time.",
    409: "The request contradicts what is stored.",
    412: "The object was changed since the version that If-Match names.",
    413: "The body is too large.",
    415: "The body's content type is not accepted.",
    422: "The request is well formed and cannot be carried out.",
    429: "Too many requests, or a market's limit is reached.",
    500: "A fault of this program; the log has the details.",
    503: "A service that the answer needs cannot be reached.",
    504: "A service that the answer needs did not answer in time.",
}
_EXAMPLES: Mapping[int, WatcherError] = {
    400: WatcherError(Code.INVALID_INPUT, 'There is no field "limt". Did you mean "limit"?'),
    401: WatcherError(Code.UNAUTHORIZED),
    402: WatcherError(Code.STRIPE_DECLINED),
    403: WatcherError(Code.FORBIDDEN),
    404: WatcherError(Code.ITEM_NOT_FOUND, "You have no watch 7."),
    500: WatcherError(Code.INTERNAL_ERROR),
    503: WatcherError(Code.EBAY_UNAVAILABLE),
    504: WatcherError(Code.EBAY_TIMEOUT),
}


class Description(NamedTuple):
    """The description for programs, as JSON with its entity tag, and for people, as a page."""

    body: bytes
    tag: str
    page: str


async def description_of(app: FastAPI) -> Description:
    """Return the description of the application, made at the first request, beside the event loop."""
    made: Description | None = getattr(app.state, "description", None)
    return await asyncio.to_thread(_describe_once, app) if made is None else made


def _describe_once(app: FastAPI) -> Description:
    with _LOCK:
        if not hasattr(app.state, "description"):
            api = _describe(app)
            body = json.dumps(api, ensure_ascii=False, separators=(",", ":")).encode()
            tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
            app.state.description = Description(body, tag, render_docs(api))
        made: Description = app.state.description
        return made


def _describe(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI description; it takes a few tenths of a second."""
    found: dict[str, Any] = app.openapi()
    schemas = found.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    schemas["Error"] = _ERROR_SCHEMA
    statuses: set[int] = set()
    for route in iter_route_contexts(app.routes):
        if isinstance(route.original_route, APIRoute) and route.include_in_schema:
            for method in route.methods or ():
                operation = found["paths"][route.path_format][method.lower()]
                statuses |= _complete(operation, route.dependant, method.lower(), schemas)
    found["components"]["securitySchemes"] = _SCHEMES
    found["components"]["responses"] = {f"Error{s}": _error_response(s) for s in sorted(statuses)}
    return found


def _complete(
    operation: dict[str, Any], dependant: Dependant, method: str, schemas: dict[str, Any]
) -> set[int]:
    """Add the summary, the caller, errors and example answers; return the statuses of the errors."""
    text = operation.get("description", "")
    operation["summary"] = _SENTENCE_END.split(text, maxsplit=1)[0].replace("\n", " ")
    operation["x-caller"] = caller = _caller_of(dependant)
    if caller != "anyone":
        operation["security"] = [{name: []} for name in _SCHEMES]
        if method == "post":
            operation.setdefault("parameters", []).append(_IDEMPOTENCY_KEY)
    responses = operation["responses"]
    responses.pop("422", None)
    statuses = {int(s) for s in responses if s.isdigit() and int(s) >= min(_MEANINGS)}
    statuses |= set(_usual_errors(operation, caller, method))
    for status in statuses:
        own = responses.pop(str(status), {})
        described = own.get("description", "")
        if described and own.get("content"):
            responses[str(status)] = own
        else:
            responses[str(status)] = {"$ref": f"#/components/responses/Error{status}"}
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if not {"example", "examples"} & (content.keys() | content["schema"].keys()):
            content["example"] = example_of(content["schema"], schemas)
    for response in responses.values():
        content = response.get("content", {}).get(_JSON)
        if content and content.get("schema"):
            content["schema"] = _only_reference(content["schema"])
            content.setdefault("example", example_of(content["schema"], schemas))
    operation["responses"] = dict(sorted(responses.items()))
    return statuses


def _usual_errors(operation: Mapping[str, Any], who: str, method: str) -> Iterator[int]:
    """Yield the statuses of the errors that follow from the parameters, the body and the authentication."""
    yield from (408, 413, 429)
    if method not in _NO_BODY:
        yield 415
    if who == "anyone":
        return
    yield from (400, 401, 403, 500, 503)
    if method == "post":
        yield 409  # the key of another request
    if any(p["in"] == "path" for p in operation.get("parameters", ())):
        yield 404


def _caller_of(dependant: Dependant) -> str:
    """Return who may call: anyone, a user, or an admin."""
    calls = set(_calls(dependant))
    return "admin" if auth.admin in calls else "user" if auth.caller in calls else "anyone"


def _calls(dependant: Dependant) -> Iterator[Any]:
    for part in dependant.dependencies:
        yield part.call
        yield from _calls(part)


def _only_reference(schema: dict[str, Any]) -> dict[str, Any]:
    """Drop what the framework adds from the type of the endpoint's return value, `dict[str, Any]`."""
    for key in ("$ref", "anyOf"):
        if key in schema:
            return {key: schema[key]}
    return schema


def _error_response(status: int) -> dict[str, Any]:
    error = _EXAMPLES.get(status) or RequestRefused(
        status, _MEANINGS[status], retryable=status in _RETRYABLE, retry_after=1.0
    )
    found: dict[str, Any] = {
        "description": _MEANINGS[status],
        "content": {_JSON: {"schema": {"$ref": _ERROR}, "example": error_view(error)}},
    }
    if status in _RETRYABLE:
        found["headers"] = {
            "Retry-After": {
                "description": "Seconds to wait; the same as `retryAfterSeconds`.",
                "schema": {"type": "integer", "minimum": 1},
            }
        }
    if status == 401:  # noqa: PLR2004 - an HTTP status
        found["headers"] = {"WWW-Authenticate": {"description": "Bearer", "schema": {"type": "string"}}}
    return found


_IDEMPOTENCY_KEY: dict[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "For 24 hours the same request with the same key gets the same answer, with the header "
    "`Idempotency-Replayed: true`, and has its effect once.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_TEXT, _INTEGER = {"type": "string"}, {"type": "integer"}
_ERROR_SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "A failed request. Every error has this shape.",
    "required": ["code", "message", "userMessage", "shouldRetry", "statusCode"],
    "additionalProperties": False,
    "properties": {
        "code": _TEXT | {"enum": list(map(str, CODE_FACTS))},
        "message": _TEXT | {"description": "What happened, for a log."},
        "userMessage": {
            "type": "object",
            "description": "What happened and what to do, for a person.",
            "required": ["title", "message", "action"],
            "additionalProperties": False,
            "properties": {
                "title": _TEXT,
                "message": _TEXT,
                "action": _TEXT,
                "retryAfterSeconds": _INTEGER | {"minimum": 1},
            },
        },
        "shouldRetry": {"type": "boolean", "description": "Whether the same request can succeed later."},
        "statusCode": _INTEGER | {"description": "The HTTP status."},
    },
    "example": error_view(WatcherError(Code.EBAY_UNAVAILABLE)),
}
