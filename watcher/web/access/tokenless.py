"""Which requests need no token: only those that no other machine can have sent."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from watcher.core.errors import Code, WatcherError
from watcher.core.tokens import is_loopback
from watcher.web.access.site import is_own_address, is_own_origin, own_port

# Names that a proxy, a tunnel or a CDN adds, by their words: X-Forwarded-For, Via, X-Real-IP, True-Client-IP,
# X-Remote-User, CF-Ray, CDN-Loop …
_PROXY_HEADER = re.compile(
    r"(^|.*-)("
    r"x?forward\w*|via|prox\w+|real|remote\w*|original\w*|originating|cluster|rewrite|surrogate|"
    r"(client|real|true)?-?ip|client-?(addr\w*|host|port|verify|cert)|ssl|tls|scheme|front-end|early-data|"
    r"auth-request|authenticated|webauth|"
    r"cf|cdn|fastly|fly|akamai|vercel|envoy|varnish|amzn|azure|arr|appengine|cloud|sucuri|tailscale|ngrok"
    r")(-.*|$)"
)
OWN_SITE = frozenset({"same-origin", "none"})
"""The values of Sec-Fetch-Site that a page of ours, or a person, may have sent."""
_READING = frozenset({"GET", "HEAD"})
_HOW_TO_SEND_ONE = "`watcher token create` and send it as `Authorization: Bearer TOKEN`"


def require_own_request(scope: MutableMapping[str, Any]) -> None:
    """Refuse a tokenless request that another machine, or a foreign page in a browser, may have sent.

    A page's host name may resolve to 127.0.0.1 (DNS rebinding), or the page may simply call us; a proxy on
    this machine passes on the requests of strangers. Raises UNAUTHORIZED, FORBIDDEN.
    """
    headers = Headers(scope=scope)
    if sign := _sign_of_a_proxy(scope, headers):
        raise WatcherError(
            Code.UNAUTHORIZED,
            f"The request came from another machine or through a proxy ({sign}), so it needs a sign-in or a "
            "token: sign in by a link from `watcher user add NAME`, or make a token with "
            f"{_HOW_TO_SEND_ONE}.",
        )
    hosts = headers.getlist("host")
    is_followed = is_followed_link(scope)
    referers = () if is_followed else map(_origin_of, headers.getlist("referer"))
    pages = [*headers.getlist("origin"), *referers]
    is_own = len(hosts) == 1 and is_own_address(hosts[0], scope)
    if not is_own or not all(is_own_origin(page, scope) for page in pages):
        raise WatcherError(
            Code.FORBIDDEN,
            "Without a token only programs of this machine are answered, under its own address: use "
            f"http://localhost:{own_port(scope)}, or make a token with {_HOW_TO_SEND_ONE}.",
            action="Use that address, or send a token",
        )
    if not is_followed and not set(headers.getlist("sec-fetch-site")) <= OWN_SITE:
        raise WatcherError(
            Code.FORBIDDEN,
            "Another site's page is not answered without a token.",
            action="Open the address itself, or send a token",
        )


def is_followed_link(scope: MutableMapping[str, Any]) -> bool:
    """Return whether a browser shows a page because of a link, maybe on another site, which cannot read it.

    Only pages are shown so: a call of the API may cost a call of the market.
    """
    if scope["method"] not in _READING or scope["path"].startswith("/api/"):
        return False
    headers = Headers(scope=scope)
    said = [headers.getlist(f"sec-fetch-{what}") for what in ("mode", "dest")]
    return said == [["navigate"], ["document"]]


def _sign_of_a_proxy(scope: Mapping[str, Any], headers: Headers) -> str:
    """Return what shows that the request may be another machine's; empty if nothing does."""
    client = scope.get("client")
    if client and not is_loopback(client[0]):
        return "its sender's address"
    if scope.get("http_version", "1.1") == "1.0":  # what nginx speaks, with our own name as the host
        return "HTTP/1.0"
    names = (name.replace("_", "-") for name in headers)
    return next((f"the header {name}" for name in names if _PROXY_HEADER.fullmatch(name)), "")


def _origin_of(url: str) -> str:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "null"
    return f"{parts.scheme}://{parts.netloc}"
