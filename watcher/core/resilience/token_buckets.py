"""How many requests one credential may make. Pure: `now` is any clock in seconds that does not go back."""

from __future__ import annotations

from watcher.core.times import MINUTE, Seconds

MAX_REQUESTS_PER_MINUTE = 600
_MAX_KEYS = 10_000  # about 1 MB
_ROUNDING = 1e-6  # seconds by which sums of intervals may be off


class TokenBuckets:
    """A bucket of `per_minute` requests for each key; it fills up again within a minute.

    Stored is only the instant at which a bucket is full again, one number per key that is not full.
    """

    def __init__(self, per_minute: int = MAX_REQUESTS_PER_MINUTE) -> None:
        self.per_minute = per_minute
        self._interval = MINUTE / per_minute
        self._full_at: dict[str, float] = {}

    def take(self, key: str, now: float) -> Seconds:
        """Take one request out of the bucket and return 0, or return the seconds until there is one."""
        full_at = min(max(self._full_at.pop(key, now), now), now + MINUTE)
        wait = full_at + self._interval - now - MINUTE
        if wait > _ROUNDING:
            self._full_at[key] = full_at
            return Seconds(wait)
        self._full_at[key] = full_at + self._interval  # last in the dict, because it was popped
        if len(self._full_at) > _MAX_KEYS:
            self._forget(now)
        return Seconds(0.0)

    def give_back(self, key: str) -> None:
        """Put one request back that was taken and is not to be counted."""
        if key in self._full_at:
            self._full_at[key] -= self._interval

    def _forget(self, now: float) -> None:
        """Forget the buckets that are full, or else the one that was used longest ago."""
        self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        if len(self._full_at) > _MAX_KEYS:
            del self._full_at[next(iter(self._full_at))]
