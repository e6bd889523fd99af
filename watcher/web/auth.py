"""Authentication: bearer tokens; on the loopback, requests need none until the first token is made."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.security import HTTPBearer
from starlette.datastructures import Headers

from watcher.core.errors import Code, WatcherError
from watcher.core.tokens import LOCAL, Caller, hash_token
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.rate_limit import take_request
from watcher.web.tokenless import require_own_request

# For the OpenAPI description alone; `caller` reads the header itself, to refuse with the API's error shape.
_SCHEME = HTTPBearer(auto_error=False, description="A token made by `watcher token create`.")
_MAX_TOKEN_LENGTH = 200


def identify(web: WebDependencies, scope: MutableMapping[str, Any]) -> Caller:
    """Return a request's caller. Raises UNAUTHORIZED; FORBIDDEN if a foreign page may have sent it."""
    authorization = Headers(scope=scope).get("authorization")
    if authorization is not None:
        return _bearer(web, authorization)
    if not web.token_optional or web.stores.tokens.ever():
        raise WatcherError(Code.UNAUTHORIZED)
    require_own_request(scope)
    return Caller(LOCAL, admin=True, credential="")


# Coroutines, though they await nothing: see `dependencies`.
async def caller(request: Request, web: Web, _described: Annotated[object, Depends(_SCHEME)]) -> Caller:
    """Return the request's caller as `identify` does, and count the request. Raises RequestRefused."""
    who = identify(web, request.scope)
    take_request(web, who, request.scope)
    return who


async def admin(who: Annotated[Caller, Depends(caller)]) -> Caller:
    """Return the request's caller if it is an admin. Raises UNAUTHORIZED, FORBIDDEN."""
    if not who.admin:
        raise WatcherError(Code.FORBIDDEN)
    return who


User = Annotated[Caller, Depends(caller)]
"""The type of an endpoint's `user` parameter."""


def _bearer(web: WebDependencies, authorization: str) -> Caller:
    scheme, _, secret = authorization.partition(" ")
    secret = secret.strip()
    if scheme.lower() == "bearer" and secret and len(secret) <= _MAX_TOKEN_LENGTH:
        token = web.stores.tokens.find(hash_token(secret))
        if token is not None:
            return Caller(token.user, token.admin, f"token:{token.id}")
    raise WatcherError(Code.UNAUTHORIZED)
