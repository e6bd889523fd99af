"""Authentication: bearer tokens; on the loopback, requests need none until the first token is made."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from watcher.core.errors import Code, WatcherError
from watcher.core.tokens import LOCAL, Caller, hash_token, is_loopback
from watcher.web.dependencies import Web, WebDependencies

# For the OpenAPI description alone; `caller` reads the header itself, to refuse with the API's error shape.
_SCHEME = HTTPBearer(auto_error=False, description="A token made by `watcher token create`.")
_MAX_TOKEN_LENGTH = 200


# Coroutines, though they await nothing: see `dependencies`.
async def caller(request: Request, web: Web, _described: Annotated[object, Depends(_SCHEME)]) -> Caller:
    """Return the request's caller. Raises UNAUTHORIZED; FORBIDDEN if a foreign page may have sent it."""
    authorization = request.headers.get("authorization")
    if authorization is not None:
        return _bearer(web, authorization)
    if not web.access.token_optional or web.stores.tokens.ever():
        raise WatcherError(Code.UNAUTHORIZED)
    _refuse_foreign_pages(request, web)
    return Caller(LOCAL, admin=True)


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
            return Caller(token.user, token.admin)
    raise WatcherError(Code.UNAUTHORIZED)


def _refuse_foreign_pages(request: Request, web: WebDependencies) -> None:
    """Refuse a tokenless request that a page in the user's browser may have sent. Raises FORBIDDEN.

    The page's host name may resolve to 127.0.0.1 (DNS rebinding), or the page may simply call us.
    """
    headers = request.headers
    origin = headers.get("origin")
    if not _is_our_host(headers.get("host", ""), web) or (
        origin is not None and not _is_our_host(origin.partition("://")[2], web)
    ):
        raise WatcherError(
            Code.FORBIDDEN,
            "Without a token only programs of this machine are answered, under its own name: use "
            "http://localhost or [http] public_url, or make a token with `watcher token create`.",
        )
    if headers.get("sec-fetch-site", "none") in ("cross-site", "same-site"):
        raise WatcherError(Code.FORBIDDEN, "Another site's page is not answered without a token.")


def _is_our_host(address: str, web: WebDependencies) -> bool:
    """Return whether `host` or `host:port` names this machine's loopback, or is the public name."""
    try:
        name = (urlsplit(f"//{address}").hostname or "").lower().rstrip(".")
    except ValueError:
        return False
    return name in web.access.host_names or is_loopback(name)
