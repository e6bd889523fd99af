"""The one place where a failure becomes an answer."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from watcher.core.errors import (
    Code,
    InvalidInput,
    NotFound,
    RequestRefused,
    WatcherError,
    error_view,
    public_error,
    retry_after_of,
    status_of,
)

log = logging.getLogger(__name__)

_SERVER_FAULT = 500
_LONGEST_NAME = 80
_CLOSING = {408, 413, 429}
_SENTENCES = {
    400: "The request's body cannot be read.",
    405: "This address does not take that method.",
    415: "The body must be JSON, with the content type application/json.",
}
_MISSING = {"missing", "string_too_short"}
_PLAIN, _LIST = 2, "list[str]"
_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
# What a field must be, in our words; `{name}` is what the framework knows of the bound.
_MUST_BE = {
    "bool_type": "must be true or false",
    "greater_than_equal": "must be {ge} or more",
    "int_parsing": "must be a whole number",
    "int_parsing_size": "has too many digits",
    "less_than_equal": "must be {le} or less",
    "list_type": "must be a list",
    "string_type": "must be text",
    "string_unicode": "must be text",
}


def refusal(error: Exception, request: Mapping[str, Any] | None = None) -> Response:
    """The answer to a failed request, whatever failed; what was nobody's intention is logged once."""
    told = _told(error)
    status = status_of(told)
    # A probe that is told why we cannot work is no failure: the cause has a line of its own.
    if status >= _SERVER_FAULT and not isinstance(error, RequestRefused):
        note(error, request or {})
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if "Allow" in headers:  # the framework names the methods of one route of those at this address
        headers["Allow"] = ", ".join(_allowed(request or {}))
    wait = retry_after_of(told)
    if wait is not None:
        headers["Retry-After"] = str(wait)
    if told.code is Code.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status in _CLOSING:  # what this caller still sends is not waited for
        headers["Connection"] = "close"
    body = json.dumps(error_view(told)).encode()
    return Response(body, status, headers, media_type="application/json")


async def refuse(request: Request, error: Exception) -> Response:
    """The same, as FastAPI calls it."""
    return refusal(error, request.scope)


def _told(error: Exception) -> WatcherError:
    if isinstance(error, RequestValidationError):
        return _invalid(error)
    if isinstance(error, HTTPException):
        return _http(error.status_code)
    return public_error(error)


def _http(status: int) -> WatcherError:
    """What the framework itself refuses, in our words."""
    match status:
        case 401:
            return WatcherError(Code.UNAUTHORIZED)
        case 403:
            return WatcherError(Code.FORBIDDEN)
        case 404:
            return NotFound("There is nothing at this address; /docs lists what there is.")
        case _ if status >= _SERVER_FAULT:
            return WatcherError(Code.INTERNAL_ERROR)
        case _:
            return RequestRefused(status, _SENTENCES.get(status, "The request is not valid."))


def _invalid(error: RequestValidationError) -> WatcherError:
    """The first thing that is wrong with a request's fields; something missing before something wrong."""
    found = sorted(error.errors(), key=lambda e: e["type"] not in _MISSING)
    first = found[0]
    name = str(first["loc"][1])[:_LONGEST_NAME] if len(first["loc"]) > 1 else ""
    if first["type"] == "json_invalid":
        return InvalidInput("The body is not JSON.")
    if not name and first["type"] == "missing":
        return WatcherError(Code.MISSING_REQUIRED_FIELD, "The body is missing; it is a JSON object.")
    if not name:
        return InvalidInput("The body must be a JSON object.")
    if first["type"] in _MISSING:
        return WatcherError(Code.MISSING_REQUIRED_FIELD, f'The field "{name}" is missing.')
    if first["type"] == "extra_forbidden":
        return InvalidInput(f'There is no field "{name}".')
    forms = {str(e["loc"][2]) for e in found if e["loc"][1:2] == first["loc"][1:2] and len(e["loc"]) > _PLAIN}
    if forms:  # it takes one of several forms, and is none of them
        return InvalidInput(
            f'The field "{name}" must be text or a {"list of texts" if _LIST in forms else "number"}.'
        )
    must = _MUST_BE.get(first["type"], "is not valid").format(**first.get("ctx", {}))
    return InvalidInput(f'The field "{name}" {must}.')


def _allowed(scope: Mapping[str, Any]) -> Iterator[str]:
    """The methods that are answered at an address."""
    routes = scope["app"].routes if "app" in scope else ()
    for method in _METHODS:
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes):
            yield method


def note(error: Exception, request: Mapping[str, object]) -> None:
    """Log a failure that is not the caller's, once, with what was asked."""
    told = _told(error)
    about = {"code": str(told.code), "method": request.get("method"), "path": request.get("path")}
    if told is error:  # foreseen: an API or the database failed, and said so
        detail = getattr(error, "detail", "") or (repr(error.__cause__) if error.__cause__ else "")
        log.warning("a request failed", extra=about | {"cause": detail})
    else:
        log.error("a request failed unforeseen", exc_info=error, extra=about)
