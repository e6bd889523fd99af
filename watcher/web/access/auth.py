"""Authentication: a bearer token, else a session; on the loopback neither until a token or person exists."""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableMapping
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.datastructures import Headers

from watcher.core.errors import Code, WatcherError
from watcher.core.tokens import LOCAL, Caller, hash_token
from watcher.web.access.csrf import require_own_form, require_own_page
from watcher.web.access.forms import keep_form
from watcher.web.access.rate_limit import take_request
from watcher.web.access.session_cookie import read_session_id
from watcher.web.access.tokenless import require_own_request
from watcher.web.dependencies import WebDependencies, of_request

_MAX_TOKEN_LENGTH = 200
_KNOWN = "watcher.caller"  # in a request's scope


def identify(web: WebDependencies, scope: MutableMapping[str, Any], *, is_read: bool = True) -> Caller:
    """Return a request's caller. Raises UNAUTHORIZED; FORBIDDEN if a foreign page may have sent it.

    `is_read`: whether a form's body has been read, whose token may be needed; else that is decided later.
    A header `Authorization` decides alone: a wrong token is refused, whatever cookie comes with it.
    """
    headers = Headers(scope=scope)
    authorization = headers.get("authorization")
    if authorization is not None:
        return _bearer(web, authorization)
    session_id = read_session_id(headers, web.site)
    now = web.clock.now()
    session = web.stores.sign_in.find(hash_token(session_id), now) if session_id else None
    if session is not None:
        require_own_page(scope, web.site, session_id, is_read=is_read)
        web.stores.sign_in.note_seen(session, now)
        return Caller(session.user, session.admin, f"session:{session.id}")
    if not _is_open(web):
        raise WatcherError(Code.UNAUTHORIZED)
    require_own_request(scope)
    require_own_form(scope, web.site)
    return Caller(LOCAL, admin=True, credential="")


# Coroutines, though some await nothing: see `dependencies`. `caller` depends on nothing else, because the
# framework works out each dependency again for every route.
async def caller(request: Request) -> Caller:
    """Return the request's caller as `identify` does, and count the request. Raises RequestRefused."""
    await keep_form(request)
    web = await of_request(request)
    who = request.scope[_KNOWN] = identify(web, request.scope)
    take_request(web, who, request.scope)
    return who


def known_caller(scope: Mapping[str, Any]) -> Caller | None:
    """Return the caller that `caller` has let in; None if it has let in none, or was not asked."""
    who: Caller | None = scope.get(_KNOWN)
    return who


async def admin(who: Annotated[Caller, Depends(caller)]) -> Caller:
    """Return the request's caller if it is an admin. Raises UNAUTHORIZED, FORBIDDEN."""
    if not who.admin:
        raise WatcherError(Code.FORBIDDEN)
    return who


User = Annotated[Caller, Depends(caller)]
"""The type of an endpoint's `user` parameter."""
Admin = Annotated[Caller, Depends(admin)]
"""The same for an endpoint that only admins may call."""


def revalidate(web: WebDependencies, callers: Collection[Caller]) -> frozenset[Caller]:
    """Return those of earlier callers that would be let in now, as the same user with the same rights.

    For answers that last, such as streams of events: two queries for all of them. Raises WatcherError.
    """
    ids: dict[str, list[int]] = {"token": [], "session": []}
    for who in callers:
        if not who.is_tokenless:
            kind, _, number = who.credential.partition(":")
            ids[kind].append(int(number))
    sessions = web.stores.sign_in.current(ids["session"], web.clock.now()) if ids["session"] else ()
    tokens = web.stores.tokens.valid(ids["token"]) if ids["token"] else ()
    found = {Caller(s.user, s.admin, f"session:{s.id}") for s in sessions}
    found |= {Caller(t.user, t.admin, f"token:{t.id}") for t in tokens}
    tokenless = {who for who in callers if who.is_tokenless}
    if tokenless and _is_open(web):
        found |= tokenless
    return frozenset(found.intersection(callers))


def _is_open(web: WebDependencies) -> bool:
    """Return whether requests of this machine need neither a token nor a session."""
    return web.token_optional and not web.stores.tokens.ever() and not web.stores.people.any()


def _bearer(web: WebDependencies, authorization: str) -> Caller:
    scheme, _, secret = authorization.partition(" ")
    secret = secret.strip()
    if scheme.lower() == "bearer" and secret and len(secret) <= _MAX_TOKEN_LENGTH:
        token = web.stores.tokens.find(hash_token(secret))
        if token is not None:
            return Caller(token.user, token.admin, f"token:{token.id}")
    raise WatcherError(Code.UNAUTHORIZED)
