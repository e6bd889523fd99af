"""API tokens: making one, and requiring one before other machines can connect."""

from __future__ import annotations

import secrets

from watcher.config import ConfigRefused
from watcher.config.settings import HttpSettings
from watcher.core.tokens import TOKEN_PREFIX, Token, hash_token, is_loopback, parse_user_name
from watcher.runtime.app import App

_SECRET_BYTES = 32


async def make_token(app: App, user: str, *, admin: bool) -> tuple[Token, str]:
    """Create an API token; return it with its secret, of which only a hash is stored. Raises InvalidInput."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    name = parse_user_name(user)
    return await app.stores.tokens.add(hash_token(secret), name, app.clock.now(), admin=admin), secret


def why_token_is_needed(http: HttpSettings) -> str:
    """Return the setting that lets other machines connect, maybe through a proxy; empty if none does."""
    if not is_loopback(http.host):
        return f'[http] host = "{http.host}"'
    return f'[http] public_url = "{http.public_url}"' if http.public_url else ""


def require_token(app: App) -> None:
    """Raise ConfigRefused if other machines can connect and no token exists."""
    why = why_token_is_needed(app.settings.http)
    if why and not app.stores.tokens.count_valid():
        instead = "remove public_url" if "public_url" in why else 'set host = "127.0.0.1"'
        sentence = (
            f"{why} lets other machines connect, but there is no token yet: "
            f"create one with `watcher token create`, or {instead}."
        )
        raise ConfigRefused([sentence])
