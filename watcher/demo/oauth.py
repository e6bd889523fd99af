"""eBay's client-credentials tokens."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING

from aiohttp import web

from watcher.demo.refusals import INVALID_TOKEN, NO_TOKEN, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

CLIENT_ID, CLIENT_SECRET = "demo-client-id", "demo-client-secret"
DEMO_SCOPE = "https://api.ebay.com/oauth/api_scope"
LIFETIME = 7200
_MOST_TOKENS = 1000


class OAuth:
    """Mints tokens for one client and knows which are good. `mints` counts them."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.mints = 0
        self._clock = clock
        self._good_until: dict[str, float] = {}

    def revoke(self) -> None:
        """Make every token given so far invalid."""
        self._good_until.clear()

    async def mint(self, request: web.Request) -> web.Response:
        """`POST /identity/v1/oauth2/token`."""
        form = await request.post()
        if _client_of(request) != (CLIENT_ID, CLIENT_SECRET):
            return _oauth_error(401, "invalid_client", "client authentication failed")
        if form.get("grant_type") != "client_credentials":
            said = "grant type in request is not supported by the authorization server"
            return _oauth_error(400, "unsupported_grant_type", said)
        if set(str(form.get("scope", DEMO_SCOPE)).split()) - {DEMO_SCOPE}:
            said = "The requested scope is invalid, unknown, malformed, or exceeds the scope granted"
            return _oauth_error(400, "invalid_scope", said)
        self.mints += 1
        number = base64.b64encode(f"{self.mints:06d}/{self._clock():.3f}".encode()).decode()
        token = f"v^1.1#i^1#p^1#r^0#I^3#f^0#t^H4s+{number}="
        self._good_until[token] = self._clock() + LIFETIME
        while len(self._good_until) > _MOST_TOKENS:
            del self._good_until[next(iter(self._good_until))]
        return web.json_response(
            {"access_token": token, "expires_in": LIFETIME, "token_type": "Application Access Token"}
        )

    def check(self, request: web.Request) -> None:
        """Raise Refused unless the request carries a good token."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            raise Refused(NO_TOKEN)
        if scheme != "Bearer" or self._good_until.get(token, 0.0) <= self._clock():
            raise Refused(INVALID_TOKEN)


def _client_of(request: web.Request) -> tuple[str, str]:
    scheme, _, coded = request.headers.get("Authorization", "").partition(" ")
    if scheme != "Basic":
        return "", ""
    try:
        client, _, secret = base64.b64decode(coded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return "", ""
    return client, secret


def _oauth_error(status: int, error: str, said: str) -> web.Response:
    return web.json_response({"error": error, "error_description": said}, status=status)
