"""The cookie that holds a browser's session id."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.responses import Response

from watcher.core.sessions import SESSION_SECONDS
from watcher.web.access.site import Site

# A browser accepts the first name only over HTTPS, for the whole of exactly one host.
SECURE_NAME, PLAIN_NAME = "__Host-watcher", "watcher"
_ID = re.compile(r"watcher_[A-Za-z0-9_-]{43}")


def read_session_id(headers: Headers, site: Site) -> str:
    """Return the session id that a request carries; empty if it carries none, several, or something else."""
    found = [
        value
        for header in headers.getlist("cookie")
        for name, _, value in (part.strip().partition("=") for part in header.split(";"))
        if name == _name(site)
    ]
    return found[0] if len(found) == 1 and _ID.fullmatch(found[0]) else ""


def set_session_id(response: Response, session_id: str, site: Site) -> None:
    """Let the browser keep a session id until the session expires."""
    _set(response, session_id, int(SESSION_SECONDS), site)


def drop_session_id(response: Response, site: Site) -> None:
    """Let the browser forget its session id."""
    _set(response, "", 0, site)


def _set(response: Response, value: str, max_age: int, site: Site) -> None:
    response.set_cookie(
        _name(site), value, max_age, path="/", secure=site.has_secure_cookie, httponly=True, samesite="lax"
    )


def _name(site: Site) -> str:
    return SECURE_NAME if site.has_secure_cookie else PLAIN_NAME
