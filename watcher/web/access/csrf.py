"""Refusal of requests that a foreign page made a signed-in browser send.

A browser sends its cookie also with requests that other sites' pages start. `Sec-Fetch-Site` says which site
started a request; browsers that do not send it name the page in `Origin`, and the forms of older ones still
carry a token that only our pages know.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers

from watcher.core.errors import Code, WatcherError
from watcher.web.access.forms import FORM_TOKEN, form_fields, is_form
from watcher.web.access.site import Site
from watcher.web.access.tokenless import OWN_SITE, is_followed_link

Scope = MutableMapping[str, Any]

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_AGAIN = "Open the page again and repeat it there"


def require_own_page(scope: Scope, site: Site, session_id: str, *, is_read: bool = True) -> None:
    """Refuse a session's request unless a page of ours, or the person, has started it. Raises FORBIDDEN.

    A form that has not been read (`is_read`) passes if its token can still prove that.
    """
    if not site.serves(scope):
        raise _refused(
            "The daemon does not answer signed-in browsers under this address.",
            f"Open {site.public_url}" if site.public_url else "Set `[http] public_url` to this address",
        )
    if scope["method"] in _SAFE:
        if not _is_own_site(scope) and not is_followed_link(scope):
            raise _refused("A page of another site asked for this.", _AGAIN)
    elif not names_own_page(scope, site) and not (
        _has_form_token(scope, session_id) if is_read else is_form(scope)
    ):
        raise _refused(
            "The request does not say which page has sent it: it has neither the header Sec-Fetch-Site nor "
            "Origin. A program sends a token instead of a cookie.",
            "Make a token with `watcher token create` and send it as `Authorization: Bearer TOKEN`",
        )


def require_own_form(scope: Scope, site: Site) -> None:
    """Refuse a form without a session unless it says that a page of ours has sent it. Raises FORBIDDEN."""
    if is_form(scope) and not names_own_page(scope, site):
        raise _refused("The form does not say which page has sent it.", _AGAIN)


def names_own_page(scope: Scope, site: Site) -> bool:
    """Return whether a request says that a page of ours has started it. Raises FORBIDDEN if another has."""
    headers = Headers(scope=scope)
    origins = [origin for origin in headers.getlist("origin") if origin != "null"]
    if not _is_own_site(scope) or not all(site.is_own_origin(o, scope) for o in origins):
        raise _refused(
            "A page of another site has sent this. If it was ours, `[http] public_url` is not its address.",
            _AGAIN,
        )
    return bool(origins) or "sec-fetch-site" in headers


def is_from_own_page(scope: Scope) -> bool:
    """Return whether the browser says that a page of the same origin has sent the request."""
    headers = Headers(scope=scope)
    if sites := headers.getlist("sec-fetch-site"):
        return sites == ["same-origin"]
    return headers.getlist("origin") in [
        [f"{scheme}://{headers.get('host')}"] for scheme in ("http", "https")
    ]


def form_token(session_id: str) -> str:
    """Return the token that the forms of a session carry; it does not give the session away."""
    return hashlib.sha256(f"form {session_id}".encode()).hexdigest()


def _has_form_token(scope: Scope, session_id: str) -> bool:
    given = form_fields(scope).get(FORM_TOKEN, "")
    return hmac.compare_digest(given.encode(), form_token(session_id).encode())


def _is_own_site(scope: Scope) -> bool:
    return set(Headers(scope=scope).getlist("sec-fetch-site")) <= OWN_SITE


def _refused(sentence: str, action: str) -> WatcherError:
    return WatcherError(Code.FORBIDDEN, sentence, action=action)
