"""The page of a sign-in link, and the ends of sessions.

Messengers and mail filters fetch links, so fetching one changes nothing and does not reveal whether it is
valid; only its button uses it.
"""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Depends, Request, Response
from starlette.responses import RedirectResponse

from watcher.accounts.sign_in import sign_in
from watcher.core.errors import Code, NotFound, RequestRefused, WatcherError
from watcher.core.sessions import session_number
from watcher.core.tokens import Caller
from watcher.web.access.auth import User
from watcher.web.access.csrf import names_own_page
from watcher.web.access.forms import require_no_fields
from watcher.web.access.session_cookie import drop_session_id, read_session_id, set_session_id
from watcher.web.dependencies import Web, WebDependencies
from watcher.web.endpoints.sessions import SessionId, end_session
from watcher.web.pages.layout import see_other
from watcher.web.pages.rendering import home_of, render_page

router = APIRouter(include_in_schema=False, dependencies=[Depends(require_no_fields)])

_SEE_OTHER = 303
_ENCRYPTED = "https"


@router.head("/sign-in/{code}")
@router.get("/sign-in/{code}")
async def sign_in_page(request: Request, web: Web, code: str) -> Response:
    """Show the button that uses a sign-in link."""
    del code
    return render_page(request.scope, "sign_in.html", trouble=_trouble(request, web), site=web.site)


@router.post("/sign-in/{code}")
async def use_link(request: Request, web: Web, code: str) -> Response:
    """Use up a sign-in link, start a session under a new id, and go to the first page."""
    if trouble := _trouble(request, web):  # before the link is used up
        raise WatcherError(Code.FORBIDDEN, trouble, action="Then open the link again; it was not used")
    names_own_page(request.scope, web.site)
    browser, old_id = request.headers.get("user-agent", ""), read_session_id(request.headers, web.site)
    made = await sign_in(web.stores, code, browser, old_id, web.clock.now())
    if made is None:
        raise _no_such_link(request, web)
    answer = _to_first_page(request, web)
    set_session_id(answer, made[1], web.site)
    return answer


@router.post("/sign-out")
async def sign_out(request: Request, web: Web, who: User) -> Response:
    """End the session of this browser."""
    return await _end(request, web, who, session_number(who))


@router.post("/sessions/others/end")
async def end_others(request: Request, web: Web, who: User) -> Response:
    """End all the caller's sessions but that of this browser; with a token all of them."""
    await web.stores.sign_in.end_others(who.user, session_number(who))
    return see_other(request, "settings", "others")


@router.post("/sessions/{number}/end")
async def end_from_page(request: Request, web: Web, who: User, number: SessionId) -> Response:
    """End one of the caller's sessions."""
    return await _end(request, web, who, number)


async def _end(request: Request, web: WebDependencies, who: Caller, number: int) -> Response:
    if number:
        await end_session(web, who, number)
    if number != session_number(who):
        return see_other(request, "settings", "ended")
    answer = _to_first_page(request, web)
    drop_session_id(answer, web.site)
    return answer


def _to_first_page(request: Request, web: WebDependencies) -> Response:
    return RedirectResponse(home_of(request.scope, web.site), _SEE_OTHER)


def _no_such_link(request: Request, web: WebDependencies) -> WatcherError:
    sender = request.client.host if request.client else ""
    wait = web.requests.take(f"sign-in:{sender}", asyncio.get_running_loop().time())
    if wait:  # a valid link is never refused, so a stranger cannot lock people out
        return RequestRefused(429, "Too many sign-in links were tried.", retryable=True, retry_after=wait)
    return NotFound(
        "This sign-in link was used already, is older than an hour, or was replaced by a newer one.",
        action="Ask the operator for a new one, made with `watcher user link NAME`",
    )


def _trouble(request: Request, web: WebDependencies) -> str:
    """Return why a browser would not stay signed in under this address; empty if it would."""
    site = web.site
    if not site.serves(request.scope):
        if site.public_url:
            return f"People sign in at {site.public_url}: open the link there."
        return "The daemon does not know this address: set `[http] public_url` to it and restart the daemon."
    if site.public_url or site.is_local or _may_be_encrypted(request):
        return ""
    return (
        "A browser does not stay signed in over plain HTTP: set `[http] public_url` to the daemon's https:// "
        "address or, in a network that you trust, to its http:// address, and restart the daemon."
    )


def _may_be_encrypted(request: Request) -> bool:
    """Return whether a proxy may have decrypted the request. Sec-Fetch-Site is sent over HTTPS only."""
    headers = request.headers
    return "sec-fetch-site" in headers or _ENCRYPTED in (
        headers.get("origin", "").partition(":")[0],
        headers.get("x-forwarded-proto", ""),
    )
