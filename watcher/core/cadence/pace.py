"""How fast calls may be spent, so that a day uses all of its calls and no more."""

from __future__ import annotations

import math
from typing import NamedTuple, Self

from watcher.core.times import Instant, Seconds

# Calls that may be saved up or drawn in advance: a share of the day's, but at least as many.
_BURST_SHARE, _LEAST_BURST = 0.02, 10.0
# Planned polls start before they are due while more than this part of the most tokens is saved up.
_AHEAD_SHARE = 0.75
# Part of the calls left that is never saved up, so that nothing is left at the end of the day.
_SAVED_SHARE = 0.1
# How much the threshold follows the tokens: a full bucket lowers it by this in its logarithm.
_FEEDBACK = 0.1


class Pace(NamedTuple):
    """A token bucket whose rate is what is left of the day's calls over what is left of the day.

    A planned poll needs a token; one that cannot wait (an interval asked for, a retry, the first one of a new
    watch, an auction) may draw on later ones. The bucket absorbs what the plan did not foresee: while it is
    about half full, polls start when they are due, neither sooner nor later. `left`: calls left of the day.
    """

    at: Instant
    tokens: float = 0.0
    rate: float = 0.0
    burst: float = _LEAST_BURST
    left: float = 0.0

    def advanced(self, now: Instant, left: int, day_end: Instant, daily: int, daemons: int = 1) -> Self:
        """Return the bucket at `now`: `left` calls may be used until `day_end`, of `daily` ones.

        Each of several daemons takes its part of the rate.
        """
        time_left = max(1.0, day_end - now)
        rate = max(0, left) / time_left / max(1, daemons)
        burst = max(_LEAST_BURST, _BURST_SHARE * daily)
        grown = self.tokens + max(0.0, now - self.at) * rate
        return self._replace(at=now, tokens=max(-burst, min(burst, grown)), rate=rate, burst=burst, left=left)

    def spent(self, calls: int) -> Self:
        """Return the bucket after polls have started."""
        return self._replace(tokens=max(-self.burst, self.tokens - calls))

    @property
    def planned(self) -> int:
        """How many planned polls may start now."""
        return max(0, int(self.tokens + 1e-9))

    @property
    def ahead(self) -> int:
        """How many planned polls may start now that are not due yet."""
        saved = min(_AHEAD_SHARE * self.burst, _SAVED_SHARE * self.left)
        return max(0, min(self.planned, math.ceil(self.tokens - saved)))

    @property
    def factor(self) -> float:
        """What the plan's threshold is multiplied by, so that polls use the tokens as they come."""
        return math.exp(_FEEDBACK * (0.5 - max(0.0, self.tokens) / self.burst))

    @property
    def urgent(self) -> int:
        """How many polls may start now that cannot wait."""
        return max(0, int(self.tokens + self.burst + 1e-9))

    @property
    def next_token(self) -> Seconds | None:
        """The seconds until one more planned poll may start; None without any calls."""
        missing = 1.0 - (self.tokens - self.planned)
        return Seconds(missing / self.rate) if self.rate > 0 else None

    def next_start(self, now: Instant, due: Instant) -> Instant | None:
        """Return about when the next planned poll may start, the first one being due at `due`.

        None without any calls.
        """
        if self.next_token is None:
            return None
        token = Instant(now + self.next_token)
        # A saved call is spent when a search is due; one more may be spent ahead of that.
        return min(due, token) if self.planned > 0 else token
