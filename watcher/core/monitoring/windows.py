"""Sliding windows over calls, and the probability that chance explains their failures."""

from __future__ import annotations

from collections import Counter, deque
from itertools import islice
from math import exp, lgamma, log, log1p
from typing import NamedTuple

from watcher.core.errors import Code
from watcher.core.monitoring.attempts import Attempt
from watcher.core.times import MINUTE, Instant, Seconds

# Per window; if there are more, the oldest are dropped early.
MAX_CALLS_IN_WINDOW = 60_000
# Seconds by which a timestamp may be ahead of `now`. Anything further ahead comes from a clock that has been
# set back since, and is ignored.
MAX_AHEAD = MINUTE


def is_failure(call: Attempt) -> bool:
    """Return whether the API failed. A 4xx caused by our own request is an answer, not a failure."""
    return call.code is not None and call.counts


class Tally(NamedTuple):
    """Number of calls and of failures among them."""

    calls: int
    failures: int

    @property
    def share(self) -> float:
        """The share of failed calls, 0 to 1; only for a tally that is not empty."""
        return self.failures / self.calls


class CallWindow:
    """The `calls` of the last `length` seconds, oldest first, with running sums.

    Durations are summed in whole microseconds, so the sums stay exact and a mean of exactly 5 s is not
    above 5 s.
    """

    def __init__(self, length: Seconds) -> None:
        self.length = length
        self.calls: deque[Attempt] = deque()
        self._failures = 0
        self._micros = 0

    def __len__(self) -> int:
        return len(self.calls)

    @property
    def tally(self) -> Tally:
        """Number of calls in the window and of failures among them."""
        return Tally(len(self.calls), self._failures)

    @property
    def mean(self) -> Seconds | None:
        """Mean duration of the calls, failures included; None without a call."""
        return Seconds(self._micros / 1e6 / len(self.calls)) if self.calls else None

    def slower_than(self, seconds: Seconds) -> bool:
        """Return whether the mean duration is above `seconds`."""
        return self._micros > round(seconds * 1e6) * len(self.calls)

    def push(self, call: Attempt) -> None:
        """Add a call in order of time."""
        calls = self.calls
        place = len(calls)
        while place and calls[place - 1].at > call.at:
            place -= 1
        calls.insert(place, call)
        self._count(call, 1)
        if len(calls) > MAX_CALLS_IN_WINDOW:
            self._count(calls.popleft(), -1)

    def advance(self, now: Instant) -> None:
        """Drop calls that are `length` seconds old or older, and those from a clock that was ahead."""
        calls = self.calls
        while calls and calls[0].at <= now - self.length:
            self._count(calls.popleft(), -1)
        while calls and calls[-1].at > now + MAX_AHEAD:
            self._count(calls.pop(), -1)

    def last(self, n: int) -> Tally:
        """Return the tally of the last `n` calls, or of all if there are fewer."""
        latest = tuple(islice(reversed(self.calls), n))
        return Tally(len(latest), sum(map(is_failure, latest)))

    def codes(self) -> Counter[Code]:
        """Count the occurrences of each error."""
        return Counter(c.code for c in self.calls if c.code is not None and c.counts)

    def _count(self, call: Attempt, by: int) -> None:
        self._failures += by * is_failure(call)
        self._micros += by * round(call.seconds * 1e6)


def binomial_tail(tally: Tally, background: float) -> float:
    """Return the probability of at least this many failures if each call fails with probability `background`.

    This is the upper tail of the binomial distribution, exact to ten digits; below 1e-300 it is 0.
    """
    n, k, p = tally.calls, tally.failures, background
    if k <= 0 or p >= 1.0:
        return 1.0
    if k > n or p <= 0.0:
        return 0.0
    if k <= n * p:  # left of the mean, the other tail is shorter
        return 1.0 - binomial_tail(Tally(n, n - k + 1), 1.0 - p)
    term = exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p))
    odds, total, i = p / (1.0 - p), 0.0, k
    while term > total * 1e-16:  # terms decrease right of the mean
        total += term
        term *= (n - i) / (i + 1) * odds
        i += 1
    return min(total, 1.0)
