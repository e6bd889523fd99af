"""Whether what watches were promised comes true: the share of matches that are still there when seen.

A listing that came and left between two looks is not seen. But one that was seen at an age to which a share S
of listings live stands for 1/S listings, seen or not (Horvitz & Thompson 1952). So the realised share is the
number of seen matches over the sum of their 1/S, and depends on when looks really were: late ones, outages
and the time until the market shows a listing count, as do items that were gone just before their message. The
promised share is the same mean of what was promised.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import NamedTuple, Self

# Listings that one seen match stands for at most, so that a single very late one does not decide.
_MOST_STOOD_FOR = 20.0
# Matches that the assumption "promises come true" is worth.
_PRIOR_MATCHES = 20.0
# How far one correction goes: the odds of a loss are multiplied by at most this.
_MOST_FACTOR = 10.0


class SeenMatch(NamedTuple):
    """A match that was seen: the share promised for it, and the share of listings that live as long."""

    promised: float
    survival: float


class PromiseCheck(NamedTuple):
    """What was promised and what came of it, over some matches; the shares are None without any.

    `factor`: what the promised odds of a loss are multiplied by, near 1 while little is known.
    """

    matches: int = 0
    promised: float | None = None
    realised: float | None = None
    factor: float = 1.0

    def corrected(self, share: float) -> float:
        """Return a share that is to be promised, corrected by what came of earlier promises."""
        if not 0 < share < 1:
            return share
        return share / (share + (1 - share) * self.factor)

    def write(self) -> str:
        """Return the stored form."""
        return json.dumps(self._asdict())

    @classmethod
    def read(cls, text: str) -> Self:
        """Return what `write` wrote; of what is damaged, a check without matches."""
        try:
            stored = json.loads(text)
            n, promised, realised, factor = (stored[name] for name in cls._fields)
            numbers = [float(x) for x in (n, promised or 0, realised or 0, factor)]
        except (ValueError, TypeError, KeyError):
            return cls()
        is_valid = all(map(math.isfinite, numbers)) and 1 / _MOST_FACTOR <= factor <= _MOST_FACTOR
        return cls(int(n), promised, realised, float(factor)) if is_valid else cls()


def check_promises(seen: Iterable[SeenMatch], checked: int = 0, there: int = 0) -> PromiseCheck:
    """Return what was promised for these matches, and what came of it.

    `checked`: how many items were looked at once more just before their message, `there`: still on offer.
    """
    n, promised, stood_for = 0, 0.0, 0.0
    for match in seen:
        n += 1
        promised += _stands_for(match.promised)
        stood_for += _stands_for(match.survival)
    if not n:
        return PromiseCheck()
    stood_for *= (checked + _PRIOR_MATCHES) / (there + _PRIOR_MATCHES)
    # Losses per match, with the prior's: what is expected, on both sides.
    usual = (promised - n) / n
    expected = promised - n + _PRIOR_MATCHES * usual
    found = stood_for - n + _PRIOR_MATCHES * usual
    factor = found / expected if expected > 0 else 1.0
    bounded = max(1 / _MOST_FACTOR, min(_MOST_FACTOR, factor))
    return PromiseCheck(n, n / promised, n / stood_for, bounded)


def _stands_for(share: float) -> float:
    """Return how many listings one stands for of which this share is seen."""
    return min(_MOST_STOOD_FOR, 1 / share) if share > 0 else _MOST_STOOD_FOR
