"""How long to wait between attempts: per API, uniform within doubling bounds, never above the cap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from watcher.core.times import Seconds

Jitter = Callable[[float, float], float]
"""A uniform draw between two bounds: the dice, handed in."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most `max_retries` further attempts; waits grow from `initial` to `maximum` seconds."""

    max_retries: int
    initial: Seconds
    maximum: Seconds

    def bounds(self, retry: int) -> tuple[Seconds, Seconds]:
        """The bounds of the wait before retry number `retry` (1 is the first)."""
        i, m = self.initial, self.maximum
        steps = ((i, 2 * i), (2 * i, 4 * i), (4 * i, m / 2))
        low, high = steps[retry - 1] if retry <= len(steps) else (m / 2, m)
        high = min(high, m)
        return Seconds(min(low, high)), Seconds(max(low, high) if low <= m else m)

    def wait(self, retry: int, jitter: Jitter, retry_after: float | None = None) -> Seconds:
        """Seconds to wait before retry number `retry`; what the server asked for wins."""
        if retry_after is not None:
            return Seconds(max(0.0, retry_after))
        return Seconds(jitter(*self.bounds(retry)))
