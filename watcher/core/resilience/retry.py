"""How long to wait between attempts: per API, uniform within doubling bounds, never above the cap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from watcher.core.plurals import count_of
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


class Attempts(NamedTuple):
    """How many attempts of a call happen while all of them fail: at least `certain`, at most `possible`."""

    certain: int
    possible: int
    allowed: int
    deadline: Seconds

    @property
    def sentence(self) -> str:
        """For the log, to be put after the name of an API."""
        end = f"{count_of(self.possible, 'attempt')} of the {self.allowed} allowed within {self.deadline:g} s"
        return end if self.certain == self.possible else f"at least {self.certain} and at most {end}"


def attempts_within(policy: RetryPolicy, attempt_timeout: Seconds, deadline: Seconds) -> Attempts:
    """How many attempts fit a deadline, none of which starts that could not end in it.

    Certain: every attempt takes its whole time and every wait is the longest. Possible: every attempt
    fails at once and every wait is the shortest. A Retry-After changes both.
    """
    certain = possible = 1
    slow, quick = float(attempt_timeout), 0.0  # when the next attempt could start, before its wait
    for retry in range(1, policy.max_retries + 1):
        shortest, longest = policy.bounds(retry)
        slow, quick = slow + longest, quick + shortest
        if quick + attempt_timeout > deadline:
            break
        possible += 1
        if slow + attempt_timeout <= deadline:
            certain += 1
        slow += attempt_timeout
    return Attempts(certain, possible, policy.max_retries + 1, deadline)
