"""Turns every failure into a response of one shape."""

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
from starlette.types import Scope

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
from watcher.core.plan_limits import LimitReached
from watcher.core.redaction import hide_shapes
from watcher.core.typed_text import quoted
from watcher.web.access.auth import identify, known_caller
from watcher.web.access.csrf import is_from_own_page
from watcher.web.access.forms import FORM_TOKEN, form_fields, has_file
from watcher.web.access.rate_limit import owed_refusal
from watcher.web.dependencies import dependencies_of
from watcher.web.pages.layout import layout_of
from watcher.web.pages.rendering import render_page, wants_page

log = logging.getLogger(__name__)

_SERVER_FAULT, _NOT_FOUND = 500, 404
_SHORTEST_RETRY = 3  # seconds in which a page can be read before it is asked for again
REFUSED = "watcher.refused"  # in the scope of a request that reached no endpoint
_MAX_NAME_LENGTH = 80  # of a field that a sentence quotes
# After these the connection is closed, instead of reading what the client still sends.
_CLOSING = {408, 413, 429}
_REPEATABLE = {"GET", "HEAD"}
_SENTENCES = {
    400: "The request's body cannot be read.",
    405: "This address does not take that method.",
    415: "The body must be JSON, with the content type application/json.",
}
_MISSING = {"missing", "string_too_short"}
_PLAIN_DEPTH, _LIST = 2, "list[str]"  # of an error's location: the part of the request, the field
_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
# Sentences for pydantic's error types; `{ge}` and `{le}` come from the error's context.
_MUST_BE = {
    "bool_parsing": "must be true or false",
    "bool_type": "must be true or false",
    "greater_than_equal": "must be {ge} or more",
    "int_parsing": "must be a whole number",
    "int_type": "must be a whole number",
    "int_parsing_size": "has too many digits",
    "literal_error": "must be one of {expected}",
    "less_than_equal": "must be {le} or less",
    "list_type": "must be a list",
    "string_pattern_mismatch": "is not an id",
    "string_too_long": "has more than {max_length} characters",
    "string_type": "must be text",
    "string_unicode": "must be text",
}


def error_response(error: Exception, scope: Scope | None = None) -> Response:
    """Return the response for a failed request; log the failure if it is not the caller's."""
    shown = _public_error(error)
    status = status_of(shown)
    # RequestRefused is the answer to a probe while the daemon cannot work; the cause is logged elsewhere.
    if status >= _SERVER_FAULT and not isinstance(error, RequestRefused):
        log_failure(error, scope or {})
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if "Allow" in headers:  # Starlette lists the methods of one of the routes at this path
        headers["Allow"] = ", ".join(_allowed_methods(scope or {}))
    wait = retry_after_of(shown)
    if wait is not None:
        headers["Retry-After"] = str(wait)
    if shown.code is Code.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "Bearer"
    if status in _CLOSING:
        headers["Connection"] = "close"
    view = error_view(shown)
    if scope is not None and wants_page(scope):
        again = _fields_to_repeat(scope, shown)
        # The wait, only if the browser may repeat the request by itself.
        retry = wait if scope["method"] in _REPEATABLE or again is not None else None
        return render_page(
            scope,
            "failure.html",
            status,
            headers,
            **_surroundings(scope, status),
            error=view,
            retry=retry and max(retry, _SHORTEST_RETRY),
            again=again,
            has_fields=bool(again and again.keys() - {FORM_TOKEN}),
            has_file=has_file(scope),
            is_limit=isinstance(shown, LimitReached),
        )
    body = json.dumps(view).encode()
    return Response(body, status, headers, media_type="application/json")


async def handle_error(request: Request, error: Exception) -> Response:
    """Return `error_response`; FastAPI's interface for error handlers."""
    if isinstance(error, (RequestValidationError, HTTPException)):
        request.scope[REFUSED] = True
    return error_response(owed_refusal(request.scope) or error, request.scope)


def _public_error(error: Exception) -> WatcherError:
    if isinstance(error, RequestValidationError):
        return _invalid_input(error)
    if isinstance(error, HTTPException):
        return _framework_error(error.status_code)
    return public_error(error)


def _surroundings(scope: Scope, status: int) -> Mapping[str, Any]:
    """Return the navigation of the caller, which leads on from a failure; empty without a known caller."""
    web = dependencies_of(scope)
    if web is None:
        return {}
    try:
        who = known_caller(scope)
        if who is None and status == _NOT_FOUND:  # no page is there, so nothing has asked who it is
            who = identify(web, scope)
        if who is None:
            return {}
        return {"layout": layout_of(Request(scope), web, who, ""), "now": web.clock.now()}
    except WatcherError:  # not signed in, or the database cannot say
        return {}


def _fields_to_repeat(scope: Scope, shown: WatcherError) -> Mapping[str, str] | None:
    """Return the fields of a form that was refused for now, so that its page can send it again.

    None if it cannot. Only of our own forms: a foreign page's form would become ours by being repeated. A
    file is not sent again: a form has no field for its content.
    """
    can_succeed = shown.code is Code.UNAUTHORIZED or error_view(shown)["shouldRetry"]
    is_ours = scope["method"] == "POST" and is_from_own_page(scope) and not has_file(scope)
    return form_fields(scope) if can_succeed and is_ours else None


def _framework_error(status: int) -> WatcherError:
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


def _invalid_input(error: RequestValidationError) -> WatcherError:
    """Return an error for the first invalid field; missing fields come first."""
    errors = sorted(error.errors(), key=lambda e: e["type"] not in _MISSING)
    first = errors[0]
    name = quoted(str(first["loc"][1]), _MAX_NAME_LENGTH) if len(first["loc"]) > 1 else ""
    if first["type"] == "json_invalid":
        return InvalidInput("The body is not JSON.")
    if not name and first["type"] == "missing":
        return WatcherError(Code.MISSING_REQUIRED_FIELD, "The body is missing; it is a JSON object.")
    if not name:
        return InvalidInput("The body must be a JSON object.")
    if first["type"] in _MISSING:
        return WatcherError(Code.MISSING_REQUIRED_FIELD, f"The field {name} is missing.")
    if first["type"] == "extra_forbidden":
        return InvalidInput(f"There is no field {name}.")
    types = {
        str(e["loc"][2])
        for e in errors
        if e["loc"][1:2] == first["loc"][1:2] and len(e["loc"]) > _PLAIN_DEPTH
    }
    if types:  # the field takes one of several types
        return InvalidInput(
            f"The field {name} must be text or a {'list of texts' if _LIST in types else 'number'}."
        )
    must = _MUST_BE.get(first["type"], "is not valid").format(**first.get("ctx", {}))
    return InvalidInput(f"The field {name} {must}.")


def _allowed_methods(scope: Mapping[str, Any]) -> Iterator[str]:
    routes = scope["app"].routes if "app" in scope else ()
    for method in _METHODS:
        if any(route.matches({**scope, "method": method})[0] is Match.FULL for route in routes):
            yield method


def log_failure(error: Exception, scope: Mapping[str, object]) -> None:
    """Log a failure that is not the caller's, with its method and path."""
    shown = _public_error(error)
    path = hide_shapes(str(scope.get("path", "")))  # the code of a sign-in link is a secret
    about = {"code": str(shown.code), "method": scope.get("method"), "path": path}
    if shown is error:  # an API or the database failed, and the error describes it
        detail = getattr(error, "detail", "") or (repr(error.__cause__) if error.__cause__ else "")
        log.warning("a request failed", extra=about | {"cause": detail})
    else:
        log.error("a request failed unexpectedly", exc_info=error, extra=about)
