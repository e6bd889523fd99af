"""The failure-rate rule over months of simulated calls, fast enough for hundreds of runs.

If calls are evenly spaced, a window holds a fixed number of them, and only a failure can make the rule fire.
The thresholds are tabulated with the product's own `binomial_tail`, so a run only visits its failures.
`tests/bench/test_incident_rates.py` compares it with the product's rule call by call.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from math import log, log1p

from tests.fakes import THRESHOLDS
from watcher.core.monitoring.windows import Tally, binomial_tail

LIMITS = THRESHOLDS
RATES = (10, 17, 50, 500)  # calls in five minutes
HOUR, LONG = 12, 72  # the longer windows, as multiples of five minutes: one hour and six hours


def spacing(rate: int) -> float:
    """Return the seconds between calls, slightly extended, so that rounding cannot matter."""
    return 300.0 / rate * (1 + 1e-9)


def windows(rate: int) -> tuple[int, int, int]:
    """Return the number of calls in each window."""
    return max(rate, LIMITS.min_calls), HOUR * rate, LONG * rate


@cache
def least(calls: int) -> int:
    """Return the smallest number of failures that fires; `calls + 1` if none does."""
    if calls < LIMITS.min_calls:
        return calls + 1
    low, high = 0, calls + 1
    while low < high:  # binomial_tail falls and the share grows with every further failure
        middle = (low + high) // 2
        tally = Tally(calls, middle)
        if LIMITS.exceeded_by(tally) and binomial_tail(tally, LIMITS.background) < LIMITS.certainty:
            high = middle
        else:
            low = middle + 1
    return low


def failures(dice: random.Random, share: float, start: int, end: int) -> list[int]:
    """Return the positions of random failures among the calls from `start` to `end`."""
    found, at, scale, draw = [], start - 1, 1 / log1p(-share), dice.random
    while True:
        at += 1 + int(log(1.0 - draw()) * scale)
        if at >= end:
            return found
        found.append(at)


def firings(failed: Sequence[int], rate: int, begin: int = 0) -> list[int]:
    """Return the positions, from `begin` on, of the failures at which a window fires."""
    found = set()
    for window in windows(rate):
        minimum = least(window)
        # With fewer calls than the window holds, the window is all of them.
        young = [i for i, at in enumerate(failed) if at + 1 < window]
        found.update(failed[i] for i in young if i + 1 >= least(failed[i] + 1))
        later = zip(failed, failed[minimum - 1 :], strict=False)
        found.update(b for a, b in later if b - a < window <= b + 1)
    return sorted(at for at in found if at >= begin)


def detection(
    dice: random.Random, share: float, rate: int, longest: int, *, fresh: bool = False
) -> float | None:
    """Return the seconds from the start of a failure until the rule fires; None after `longest` calls.

    `share` is the share of failing calls. Before them come six hours of background failures, or no call if
    `fresh`.
    """
    calm = 0 if fresh else LONG * rate
    failed = failures(dice, LIMITS.background, 0, calm)
    reach = calm
    while reach < calm + longest:
        upto = min(calm + longest, reach + max(LONG * rate // 4, 2000))
        failed += failures(dice, share, reach, upto)
        fired = firings(failed, rate, calm)
        if fired:
            return (fired[0] - calm + 1) * spacing(rate)
        reach = upto
    return None


def false_incidents(dice: random.Random, rate: int, days: float) -> int:
    """Return the number of incidents from background failures; firings within six hours are one incident."""
    failed = failures(dice, LIMITS.background, 0, round(days * 288 * rate))
    fired = firings(failed, rate)
    return bool(fired) + sum(b - a > LONG * rate for a, b in pairwise(fired))
