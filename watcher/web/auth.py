"""Who may ask: bearer tokens, and on the loopback everybody until there is one."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request
from fastapi.security import HTTPBearer

from watcher.core.errors import Code, WatcherError
from watcher.core.tokens import LOCAL, Caller, digest_of, is_loopback
from watcher.web.dependencies import Door

# For the description alone; `caller` reads the header itself, because its refusals are ours.
_SCHEME = HTTPBearer(auto_error=False, description="A token made by `watcher token create`.")
_LONGEST_TOKEN = 200


# These are coroutines, though they wait for nothing: FastAPI gives a plain function to a thread, and the
# database reads on this one.
async def door_of(request: Request) -> Door:
    """The program behind this request."""
    door: Door = request.app.state.door
    return door


async def caller(request: Request, _described: Annotated[object, Depends(_SCHEME)]) -> Caller:
    """Who asks. Raises UNAUTHORIZED; FORBIDDEN where a foreign page might be asking."""
    door = await door_of(request)
    given = request.headers.get("authorization")
    if given is not None:
        return _bearer(door, given)
    if not door.open_hands or door.tokens.ever():
        raise WatcherError(Code.UNAUTHORIZED)
    _refuse_foreigners(request, door)
    return Caller(LOCAL, admin=True)


async def admin(asking: Annotated[Caller, Depends(caller)]) -> Caller:
    """Who asks, if it may do everything. Raises UNAUTHORIZED, FORBIDDEN."""
    if not asking.admin:
        raise WatcherError(Code.FORBIDDEN)
    return asking


Door_ = Annotated[Door, Depends(door_of)]
User = Annotated[Caller, Depends(caller)]


def _bearer(door: Door, header: str) -> Caller:
    scheme, _, secret = header.partition(" ")
    secret = secret.strip()
    if scheme.lower() == "bearer" and secret and len(secret) <= _LONGEST_TOKEN:
        token = door.tokens.find(digest_of(secret))
        if token is not None:
            return Caller(token.user, token.admin)
    raise WatcherError(Code.UNAUTHORIZED)


def _refuse_foreigners(request: Request, door: Door) -> None:
    """Where no token is needed, a page in the user's browser must not pass for the user.

    Its name may have been turned to 127.0.0.1 (DNS rebinding), or it may simply call us.
    """
    headers = request.headers
    origin = headers.get("origin")
    if not _ours(headers.get("host", ""), door) or (origin is not None and not _ours_origin(origin, door)):
        raise WatcherError(
            Code.FORBIDDEN,
            "Without a token only programs of this machine are answered, under its own name: use "
            "http://localhost or [http] public_url, or make a token with `watcher token create`.",
        )
    if headers.get("sec-fetch-site", "none") in ("cross-site", "same-site"):
        raise WatcherError(Code.FORBIDDEN, "Another site's page is not answered without a token.")


def _ours_origin(origin: str, door: Door) -> bool:
    return _ours(origin.partition("://")[2], door)


def _ours(place: str, door: Door) -> bool:
    """Whether `host` or `host:port` is a name of this machine's loopback, or the public one."""
    try:
        name = (urlsplit(f"//{place}").hostname or "").lower().rstrip(".")
    except ValueError:
        return False
    return name in door.hosts or is_loopback(name)
