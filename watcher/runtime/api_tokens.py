"""API tokens: making one, and requiring one before other machines can connect."""

from __future__ import annotations

import secrets

from watcher.config import ConfigRefused
from watcher.core.tokens import TOKEN_PREFIX, Token, hash_token, is_loopback, parse_user_name
from watcher.runtime.app import App

_SECRET_BYTES = 32


async def make_token(app: App, user: str, *, admin: bool) -> tuple[Token, str]:
    """Create an API token; return it with its secret, of which only a hash is stored. Raises InvalidInput."""
    secret = TOKEN_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    name = parse_user_name(user)
    return await app.stores.tokens.add(hash_token(secret), name, app.clock.now(), admin=admin), secret


def require_token(app: App) -> None:
    """Raise ConfigRefused if other machines can connect and no token exists."""
    host = app.settings.http.host
    if not is_loopback(host) and not app.stores.tokens.count_valid():
        raise ConfigRefused(
            [
                (
                    f'[http] host = "{host}" lets other machines connect, but there is no token yet: '
                    'create one with `watcher token create`, or set host = "127.0.0.1".'
                )
            ]
        )
