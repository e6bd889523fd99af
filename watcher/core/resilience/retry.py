"""The wait between attempts: uniform within bounds that double, up to a maximum per API."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from watcher.core.plurals import count_of
from watcher.core.times import Seconds

Jitter = Callable[[float, float], float]
"""Draws a number uniformly between two bounds."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """At most `max_retries` retries; waits grow from `initial` to `maximum` seconds."""

    max_retries: int
    initial: Seconds
    maximum: Seconds

    def bounds(self, retry: int) -> tuple[Seconds, Seconds]:
        """Return the shortest and the longest wait before retry number `retry`, which starts at 1."""
        initial, maximum = self.initial, self.maximum
        steps = ((initial, 2 * initial), (2 * initial, 4 * initial), (4 * initial, maximum / 2))
        low, high = steps[retry - 1] if retry <= len(steps) else (maximum / 2, maximum)
        high = min(high, maximum)
        return Seconds(min(low, high)), Seconds(max(low, high) if low <= maximum else maximum)

    def wait(self, retry: int, jitter: Jitter, retry_after: float | None = None) -> Seconds:
        """Return the seconds to wait before retry number `retry`; a Retry-After replaces the draw."""
        if retry_after is not None:
            return Seconds(max(0.0, retry_after))
        return Seconds(jitter(*self.bounds(retry)))


class AttemptRange(NamedTuple):
    """How many attempts a call makes if all of them fail: at least `certain`, at most `possible`."""

    certain: int
    possible: int
    allowed: int
    deadline: Seconds

    @property
    def sentence(self) -> str:
        """For the log, after the name of an API."""
        end = f"{count_of(self.possible, 'attempt')} of the {self.allowed} allowed within {self.deadline:g} s"
        return end if self.certain == self.possible else f"at least {self.certain} and at most {end}"


def attempts_within(policy: RetryPolicy, attempt_timeout: Seconds, deadline: Seconds) -> AttemptRange:
    """Return how many attempts fit the deadline; none starts that could not end before it.

    Certain: every attempt takes its whole timeout and every wait is the longest. Possible: every attempt
    fails at once and every wait is the shortest. A Retry-After changes both.
    """
    certain = possible = 1
    slowest, quickest = float(attempt_timeout), 0.0  # when the next wait could start
    for retry in range(1, policy.max_retries + 1):
        shortest_wait, longest_wait = policy.bounds(retry)
        slowest, quickest = slowest + longest_wait, quickest + shortest_wait
        if quickest + attempt_timeout > deadline:
            break
        possible += 1
        if slowest + attempt_timeout <= deadline:
            certain += 1
        slowest += attempt_timeout
    return AttemptRange(certain, possible, policy.max_retries + 1, deadline)
