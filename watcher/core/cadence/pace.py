"""How fast calls may be spent, so that a day uses all of its calls and no more."""

from __future__ import annotations

from typing import NamedTuple, Self

from watcher.core.times import Instant, Seconds

# Calls that may be saved up or drawn in advance: a share of the day's, but at least as many.
_BURST_SHARE, _LEAST_BURST = 0.02, 10.0


class Pace(NamedTuple):
    """A token bucket whose rate is what is left of the day's calls over what is left of the day.

    A poll that is planned needs a token; one that cannot wait (a wish, a retry, the first one of a new watch,
    an auction) may draw on later ones.
    """

    at: Instant
    tokens: float = 0.0
    rate: float = 0.0
    burst: float = _LEAST_BURST

    def advanced(self, now: Instant, left: int, day_end: Instant, daily: int, daemons: int = 1) -> Self:
        """Return the bucket at `now`: `left` calls may be used until `day_end`, of `daily` ones.

        Each of several daemons takes its part of the rate.
        """
        time_left = max(1.0, day_end - now)
        rate = max(0, left) / time_left / max(1, daemons)
        burst = max(_LEAST_BURST, _BURST_SHARE * daily)
        grown = self.tokens + max(0.0, now - self.at) * rate
        return self._replace(at=now, tokens=max(-burst, min(burst, grown)), rate=rate, burst=burst)

    def spent(self, calls: int) -> Self:
        """Return the bucket after polls have started."""
        return self._replace(tokens=max(-self.burst, self.tokens - calls))

    @property
    def planned(self) -> int:
        """How many planned polls may start now."""
        return max(0, int(self.tokens + 1e-9))

    @property
    def urgent(self) -> int:
        """How many polls may start now that cannot wait."""
        return max(0, int(self.tokens + self.burst + 1e-9))

    @property
    def next_token(self) -> Seconds | None:
        """The seconds until one more planned poll may start; None without any calls."""
        missing = 1.0 - (self.tokens - self.planned)
        return Seconds(missing / self.rate) if self.rate > 0 else None
