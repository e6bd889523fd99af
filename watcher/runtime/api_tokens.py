"""API tokens: making one, and requiring one before other machines can connect."""

from __future__ import annotations

import secrets
from collections.abc import Callable

from watcher.config import ConfigRefused
from watcher.config.settings import HttpSettings
from watcher.core.tokens import TOKEN_PREFIX, Token, hash_token, is_loopback, parse_user_name
from watcher.db.database import Database
from watcher.db.revisions import revision_at
from watcher.db.tokens import TokenStore
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
    if refusal := missing_token(app.settings.http, app.stores.tokens.count_valid):
        raise ConfigRefused([refusal])


def missing_token(http: HttpSettings, count_valid: Callable[[], int]) -> str:
    """Return why the daemon does not start without a token, and what to do; empty if it starts."""
    why = why_token_is_needed(http)
    if not why or count_valid():
        return ""
    instead = "remove public_url" if "public_url" in why else 'set host = "127.0.0.1"'
    return (
        f"{why} lets other machines connect, but there is no token yet: "
        f"create one with `watcher token create`, or {instead}."
    )


def count_tokens(url: str) -> int:
    """Return the number of valid tokens in a database that may not exist yet. Raises WatcherError."""
    if not revision_at(url):
        return 0
    database = Database(url)
    try:
        return TokenStore(database).count_valid()
    finally:
        database.close()
