"""Makes sign-in links and session ids, and signs browsers in."""

from __future__ import annotations

import secrets

from watcher.core.errors import NotFound
from watcher.core.sessions import CODE_BYTES, Session, browser_name, is_code
from watcher.core.times import Instant
from watcher.core.tokens import TOKEN_PREFIX, hash_token
from watcher.core.typed_text import quoted
from watcher.db.sign_in import NewSession
from watcher.db.stores import Stores


async def make_sign_in_link(stores: Stores, user: str, now: Instant) -> str:
    """Make a link's code for a person, and void the earlier one; only its hash is stored. Raises NotFound."""
    code = secrets.token_urlsafe(CODE_BYTES)
    if not await stores.sign_in.add_link(hash_token(code), user, now):
        raise NotFound(f"There is no person {quoted(user)}; add one with `watcher user add NAME`.")
    return code


async def sign_in(
    stores: Stores, code: str, user_agent: str, old_id: str, now: Instant
) -> tuple[Session, str] | None:
    """Use up a link's code; return a session with its new id, None if the code is not valid (any more).

    `old_id`: the session id that the browser sent, or "". That session ends; its id is never used again.
    """
    # A guess costs a read and no write.
    if not is_code(code) or not stores.sign_in.has_link(hash_token(code), now):
        return None
    new_id = TOKEN_PREFIX + secrets.token_urlsafe(CODE_BYTES)
    new = NewSession(hash_token(new_id), browser_name(user_agent), hash_token(old_id) if old_id else "")
    session = await stores.sign_in.consume_link(hash_token(code), new, now)
    return None if session is None else (session, new_id)
