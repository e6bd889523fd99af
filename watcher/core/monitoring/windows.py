"""The calls of the last minutes and hours, counted as they come and go; and what chance allows."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Iterator, Sequence
from itertools import islice
from math import exp, lgamma, log, log1p
from typing import NamedTuple, Protocol

from watcher.core.errors import Code
from watcher.core.times import MINUTE, Instant, Seconds

# A window never holds more calls than this; beyond it the oldest leave early.
MAX_CALLS_IN_WINDOW = 60_000
# A call may be stamped a little after the `now` it is judged by; what lies further ahead was stamped by a
# clock that has been set back since, and says nothing about the present.
AHEAD = MINUTE


class Call(Protocol):
    """One attempt of an outside call that was sent, as `ports.Attempt` has it."""

    @property
    def at(self) -> Instant:
        """When it was made."""
        ...

    @property
    def seconds(self) -> Seconds:
        """How long it took."""
        ...

    @property
    def code(self) -> Code | None:
        """What went wrong; None when it succeeded."""
        ...

    @property
    def counts(self) -> bool:
        """False for a 4xx that our own question caused."""
        ...

    @property
    def refused(self) -> bool:
        """Whether the API does not take our credentials."""
        ...


def failed(call: Call) -> bool:
    """Whether the API failed. A 4xx that our own question caused is an answer, so the API works."""
    return call.code is not None and call.counts


class Tally(NamedTuple):
    """How many calls were made, and how many of them failed."""

    calls: int
    failures: int

    @property
    def share(self) -> float:
        """The failed share of the calls, 0 to 1. Only for tallies that are not empty."""
        return self.failures / self.calls


class CallWindow:
    """The calls of the last `length` seconds, in the order of their instants, with running sums.

    Times are summed in whole microseconds, so that a sum that has seen a million calls come and go is
    exact, and a mean of exactly 5 s is not above 5 s.
    """

    def __init__(self, length: Seconds) -> None:
        self.length = length
        self._calls: deque[Call] = deque()
        self._failures = 0
        self._micros = 0

    def __len__(self) -> int:
        return len(self._calls)

    def __iter__(self) -> Iterator[Call]:
        return iter(self._calls)

    @property
    def calls(self) -> Sequence[Call]:
        """All calls in the window, the oldest first."""
        return self._calls

    @property
    def tally(self) -> Tally:
        """How many calls are in the window, and how many of them failed."""
        return Tally(len(self._calls), self._failures)

    @property
    def mean(self) -> Seconds | None:
        """The mean length of the calls, failures included; None without a call."""
        return Seconds(self._micros / 1e6 / len(self._calls)) if self._calls else None

    def slower_than(self, seconds: Seconds) -> bool:
        """Whether the mean length of the calls is above `seconds`."""
        return self._micros > round(seconds * 1e6) * len(self._calls)

    def push(self, call: Call) -> None:
        """Take in a call; those that end out of order are put in their place."""
        calls = self._calls
        place = len(calls)
        while place and calls[place - 1].at > call.at:
            place -= 1
        calls.insert(place, call)
        self._count(call, 1)
        if len(calls) > MAX_CALLS_IN_WINDOW:
            self._count(calls.popleft(), -1)

    def advance(self, now: Instant) -> None:
        """Let go of calls that are `length` old or older, and of those from a clock that was ahead."""
        calls = self._calls
        while calls and calls[0].at <= now - self.length:
            self._count(calls.popleft(), -1)
        while calls and calls[-1].at > now + AHEAD:
            self._count(calls.pop(), -1)

    def clear(self) -> None:
        """Let go of all calls."""
        self._calls.clear()
        self._failures = self._micros = 0

    def last(self, n: int) -> Tally:
        """The last `n` calls, or as many as there are."""
        some = tuple(islice(reversed(self._calls), n))
        return Tally(len(some), sum(map(failed, some)))

    def codes(self) -> Counter[Code]:
        """How often each error occurred."""
        return Counter(c.code for c in self._calls if c.code is not None and c.counts)

    def _count(self, call: Call, by: int) -> None:
        self._failures += by * failed(call)
        self._micros += by * round(call.seconds * 1e6)


def chance(tally: Tally, background: float) -> float:
    """The chance of at least so many failures when each call fails with probability `background`.

    The upper tail of the binomial distribution, exact to ten digits; below 1e-300 it is 0.
    """
    return _upper_tail(tally.calls, tally.failures, background)


def _upper_tail(n: int, k: int, p: float) -> float:
    if k <= 0 or p >= 1.0:
        return 1.0
    if k > n or p <= 0.0:
        return 0.0
    if k <= n * p:  # left of the mean the other tail is the short one
        return 1.0 - _upper_tail(n, n - k + 1, 1.0 - p)
    term = exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(p) + (n - k) * log1p(-p))
    odds, total, i = p / (1.0 - p), 0.0, k
    while term > total * 1e-16:  # right of the mean every term is smaller than the one before, that after n 0
        total += term
        term *= (n - i) / (i + 1) * odds
        i += 1
    return min(total, 1.0)
