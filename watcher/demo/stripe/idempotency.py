"""Idempotency keys: the first request's answer is kept, and sent again for a repetition."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from watcher.core.times import DAY
from watcher.demo.stripe.errors import StripeRefused, key_in_use, key_reused

_MAX_KEY_LENGTH, _MAX_KEYS = 255, 100_000


@dataclass(slots=True)
class KeptResponse:
    """The first request of a key, and its answer: status 0 until there is one."""

    asked: tuple[str, str]
    at: float
    request_id: str
    status: int = 0
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


class IdempotencyKeys:
    """All keys of the last 24 hours."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self.kept: dict[str, KeptResponse] = {}
        self._clock = clock

    def begin(self, key: str, asked: tuple[str, str], request_id: str) -> KeptResponse | None:
        """Return the answer to send again, or None for a new key, which is in use until `keep` or `free`.

        `asked` is the address and the parameters. Raises StripeRefused if the key belongs to another request,
        or if the first one is still being carried out.
        """
        if len(key) > _MAX_KEY_LENGTH:
            raise StripeRefused(400, "Idempotency keys can be at most 255 characters long.")
        now = self._clock()
        known = self.kept.get(key)
        if known is not None and known.at + DAY > now:
            if known.asked != asked:
                raise key_reused(key)
            if not known.status:
                raise key_in_use()
            return known
        self.kept.pop(key, None)
        self.kept[key] = KeptResponse(asked, now, request_id)
        while len(self.kept) > _MAX_KEYS:
            del self.kept[next(iter(self.kept))]
        return None

    def keep(self, key: str, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Keep the answer of a request that was carried out."""
        known = self.kept[key]
        known.status, known.body, known.headers = status, body, headers

    def free(self, key: str) -> None:
        """Forget a request that was refused before it was carried out."""
        self.kept.pop(key, None)
