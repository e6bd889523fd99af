"""API tokens: 256 random bits that are shown once; only their hash is kept."""

from __future__ import annotations

import hashlib
from ipaddress import ip_address
from typing import NamedTuple

from watcher.core.errors import InvalidInput
from watcher.core.times import Instant, iso

LOCAL = "local"
"""The user of whoever comes without a token."""
TOKEN_PREFIX = "watcher_"  # noqa: S105 - not a secret; it marks tokens as ours
"""What every token begins with, so that a scanner for secrets knows one."""

_LONGEST_NAME = 80


class Token(NamedTuple):
    """A token as it is kept; `admin` may also read metrics and clear the cache."""

    id: int
    user: str
    admin: bool
    created_at: Instant
    revoked_at: Instant | None = None


class Caller(NamedTuple):
    """Who asks."""

    user: str
    admin: bool


def digest_of(secret: str) -> str:
    """What a token is found by. Its 256 bits are random, so that a slow hash would protect nothing more."""
    return hashlib.sha256(secret.encode()).hexdigest()


def user_name(text: str) -> str:
    """The user a token is for; empty means the local one. Raises InvalidInput."""
    name = text.strip() or LOCAL
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidInput(f"A user's name has at most {_LONGEST_NAME} characters, all of them visible.")
    return name


def is_loopback(host: str) -> bool:
    """Whether a host is reached from this machine alone, by its name and not by asking for it."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def token_view(token: Token) -> dict[str, object]:
    """A token for people and programs, without its secret."""
    return {
        "id": token.id,
        "user": token.user,
        "admin": token.admin,
        "createdAt": iso(token.created_at),
        "revokedAt": None if token.revoked_at is None else iso(token.revoked_at),
    }
