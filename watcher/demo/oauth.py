"""eBay's client-credentials tokens."""

from __future__ import annotations

import base64
from collections.abc import Callable

from aiohttp import BasicAuth, web

from watcher.demo.refusals import INVALID_TOKEN, NO_PERMISSION, NO_TOKEN, Refused

CLIENT_ID, CLIENT_SECRET = "demo-client-id", "demo-client-secret"
DEMO_SCOPE = "https://api.ebay.com/oauth/api_scope"
DEMO_BULK_SCOPE = f"{DEMO_SCOPE}/buy.item.bulk"  # of getItems
TOKEN_SECONDS = 7200
_MAX_TOKENS = 1000  # kept; the oldest are dropped


class OAuth:
    """Mint and check the tokens of one client; `mints` counts them.

    `scopes` are those that the client may ask for. A token serves what its scopes name and nothing else.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self.mints = 0
        self.scopes = {DEMO_SCOPE, DEMO_BULK_SCOPE}
        self._clock = clock
        self.valid_until: dict[str, float] = {}
        self._bulk_tokens: set[str] = set()

    async def mint(self, request: web.Request) -> web.Response:
        """Handle `POST /identity/v1/oauth2/token`."""
        form = await request.post()
        if _read_client(request) != (CLIENT_ID, CLIENT_SECRET):
            return _oauth_error(401, "invalid_client", "client authentication failed")
        if form.get("grant_type") != "client_credentials":
            message = "grant type in request is not supported by the authorization server"
            return _oauth_error(400, "unsupported_grant_type", message)
        scopes = set(str(form.get("scope", DEMO_SCOPE)).split())
        if scopes - self.scopes:
            message = "The requested scope is invalid, unknown, malformed, or exceeds the scope granted"
            return _oauth_error(400, "invalid_scope", message)
        self.mints += 1
        number = base64.b64encode(f"{self.mints:06d}/{self._clock():.3f}".encode()).decode()
        token = f"v^1.1#i^1#p^1#r^0#I^3#f^0#t^H4s+{number}="
        self.valid_until[token] = self._clock() + TOKEN_SECONDS
        if DEMO_BULK_SCOPE in scopes:
            self._bulk_tokens.add(token)
        while len(self.valid_until) > _MAX_TOKENS:
            oldest = next(iter(self.valid_until))
            del self.valid_until[oldest]
            self._bulk_tokens.discard(oldest)
        return web.json_response(
            {"access_token": token, "expires_in": TOKEN_SECONDS, "token_type": "Application Access Token"}
        )

    def check(self, request: web.Request, *, bulk: bool = False) -> None:
        """Raise Refused unless the request carries a valid token; `bulk`: one with the scope of getItems."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if not scheme:
            raise Refused(NO_TOKEN)
        if scheme != "Bearer" or self.valid_until.get(token, 0.0) <= self._clock():
            raise Refused(INVALID_TOKEN)
        if bulk and not (token in self._bulk_tokens and DEMO_BULK_SCOPE in self.scopes):
            raise Refused(NO_PERMISSION)


def _read_client(request: web.Request) -> tuple[str, str]:
    try:
        client = BasicAuth.decode(request.headers.get("Authorization", ""))
    except ValueError:
        return "", ""
    return client.login, client.password


def _oauth_error(status: int, error: str, description: str) -> web.Response:
    return web.json_response({"error": error, "error_description": description}, status=status)
