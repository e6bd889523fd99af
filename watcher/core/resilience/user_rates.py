"""How many answers that cost calls one user may ask for in a minute. Pure: `now` is any clock in seconds."""

from __future__ import annotations

from collections import deque

from watcher.core.times import MINUTE, Seconds

# Answers a minute that are not in the cache; a person needs a few.
MAX_MISSES_PER_MINUTE = 60
# Pictures a minute that must be fetched: a page of 50 watches has some hundred.
MAX_PICTURES_PER_MINUTE = 300
_MAX_IDLE_USERS = 1000  # users whose last miss is forgotten only when there are more


class UserRates:
    """Counts what each user asked for in the last minute; `most` is the bound."""

    def __init__(self, most: int = MAX_MISSES_PER_MINUTE) -> None:
        self.most = most
        self._times: dict[str, deque[float]] = {}

    def admit(self, user: str, now: float) -> Seconds:
        """Count one more and return 0, or return the seconds until one more is allowed."""
        times = self._times.setdefault(user, deque(maxlen=self.most))
        _forget_old(times, now)
        if len(times) == self.most:
            return Seconds(times[0] + MINUTE - now)
        times.append(now)
        if len(self._times) > _MAX_IDLE_USERS:
            self._forget_idle(now)
        return Seconds(0.0)

    def left(self, user: str, now: float) -> int:
        """Return how many more are allowed now."""
        times = self._times.get(user, deque[float]())
        _forget_old(times, now)
        return self.most - len(times)

    def _forget_idle(self, now: float) -> None:
        recent = {user: times for user, times in self._times.items() if times and now - times[-1] < MINUTE}
        self._times = recent


def _forget_old(times: deque[float], now: float) -> None:
    while times and not 0 <= now - times[0] < MINUTE:  # a clock that was set back forgets
        times.popleft()
