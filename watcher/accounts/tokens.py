"""Makes API tokens: the secret is returned once, and only its hash is stored."""

from __future__ import annotations

import secrets

from watcher.core.times import Instant
from watcher.core.tokens import TOKEN_PREFIX, Token, hash_token, parse_user_name
from watcher.db.stores import Stores

_SECRET_BYTES = 32


async def make_token(stores: Stores, user: str, now: Instant, *, admin: bool) -> tuple[Token, str]:
    """Create an API token; return it with its secret.

    Raises InvalidInput if the name of the user is not valid, or the token would get more rights than its
    person has.
    """
    secret = TOKEN_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    name = parse_user_name(user)
    return await stores.tokens.add(hash_token(secret), name, now, admin=admin), secret
