"""API tokens: 256 random bits that are shown once; only their hash is stored."""

from __future__ import annotations

import hashlib
from ipaddress import ip_address
from typing import NamedTuple

from watcher.core.errors import InvalidInput
from watcher.core.times import Instant, iso
from watcher.core.typed_text import clean_field

LOCAL = "local"  # the user of requests without a token
# Every token starts with it, so that secret scanners can recognise one.
TOKEN_PREFIX = "watcher_"  # noqa: S105 - not a secret
_MAX_NAME_LENGTH = 80  # characters


class Token(NamedTuple):
    """A stored token; with `admin` it also gives access to metrics and the cache."""

    id: int
    user: str
    admin: bool
    created_at: Instant
    revoked_at: Instant | None = None


class Caller(NamedTuple):
    """The user of a request.

    `credential` names what it was identified by, `token:5` or `session:7`; empty for a request of this
    machine while none is needed.
    """

    user: str
    admin: bool
    credential: str

    @property
    def is_tokenless(self) -> bool:
        """Whether the request came from this machine, where nothing is needed yet."""
        return not self.credential


def hash_token(secret: str) -> str:
    """Return the hash by which a token is found; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def parse_user_name(text: str) -> str:
    """Return the name of a user, of a watch or of a token, `local` if empty. Raise InvalidInput."""
    if not text:  # as in most rows of an import
        return LOCAL
    name = clean_field(text, "user") or LOCAL
    if len(name) > _MAX_NAME_LENGTH or len(text.strip().splitlines()) > 1:
        raise InvalidInput(f"A user's name has at most {_MAX_NAME_LENGTH} characters, all of them printable.")
    return name


def is_loopback(host: str) -> bool:
    """Return whether only this machine can reach a host, judged by its name without a look-up."""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def token_view(token: Token) -> dict[str, object]:
    """Return the public fields of a token, without its secret."""
    return {
        "id": token.id,
        "user": token.user,
        "admin": token.admin,
        "createdAt": iso(token.created_at),
        "revokedAt": None if token.revoked_at is None else iso(token.revoked_at),
    }
