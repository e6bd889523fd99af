"""Makes API tokens: the secret is returned once, and only its hash is stored."""

from __future__ import annotations

import secrets

from watcher.core.errors import InvalidInput, NotFound
from watcher.core.times import Instant
from watcher.core.tokens import TOKEN_PREFIX, Caller, Token, hash_token, parse_user_name
from watcher.db.stores import Stores

_SECRET_BYTES = 32
MAX_OWN_TOKENS = 50  # valid ones, of a person who makes them without the operator


async def make_token(stores: Stores, user: str, now: Instant, *, admin: bool) -> tuple[Token, str]:
    """Create an API token; return it with its secret.

    Raises InvalidInput if the name of the user is not valid, or the token would get more rights than its
    person has.
    """
    secret = TOKEN_PREFIX + secrets.token_urlsafe(_SECRET_BYTES)
    name = parse_user_name(user)
    return await stores.tokens.add(hash_token(secret), name, now, admin=admin), secret


async def make_own_token(stores: Stores, who: Caller, now: Instant, *, admin: bool) -> tuple[Token, str]:
    """Create a token of the caller's; return it with its secret. Raises InvalidInput, NoAdmin."""
    if len(stores.tokens.valid_of(who.user)) >= MAX_OWN_TOKENS:
        raise InvalidInput(
            f"You have {MAX_OWN_TOKENS} tokens, which is the most; revoke one that is not used."
        )
    return await make_token(stores, who.user, now, admin=admin)


async def revoke_own_token(stores: Stores, who: Caller, number: int, now: Instant) -> None:
    """Revoke a token of the caller's. Raises NotFound, also for a token of another user."""
    is_own = any(token.user == who.user for token in stores.tokens.valid([number]))
    if not is_own or not await stores.tokens.revoke(number, now):
        raise NotFound(f"You have no token {number}.")
