"""How calls are shared between the users who ask for intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

# Share of the polls' calls that wishes get at most, all together.
ASKED_SHARE = 0.7
# What a priority multiplies the value of a watch by, before it is compared with its user's other watches.
PRIORITIES = {"low": 0.5, "normal": 1.0, "high": 2.0}


def fair_level(asked: Iterable[float], calls: float) -> float:
    """Return how many calls a day each user gets at most, so that all together get at most `calls`.

    Max-min fair: a user who asks for less gets all of it, and the others share the rest equally. Infinity if
    everything fits.
    """
    left, ordered = max(0.0, calls), sorted(asked)
    for place, one in enumerate(ordered):
        share = left / (len(ordered) - place)
        if one > share:
            return share
        left -= one
    return math.inf


def weight_of(priority: str, watches: int, total: float) -> float:
    """Return the weight of a watch among its user's active ones, whose priorities sum up to `total`.

    The weights of a user's watches sum up to their number: a priority moves calls between them only.
    """
    return PRIORITIES.get(priority, 1.0) * watches / total if total > 0 else 1.0


def most_wanted(wanted_by: Iterable[tuple[str, str]]) -> Sequence[str]:
    """Return the keys of searches, those first that most watches want, by their priorities."""
    sums: dict[str, float] = {}
    for key, priority in wanted_by:
        sums[key] = sums.get(key, 0.0) + PRIORITIES.get(priority, 1.0)
    return sorted(sums, key=lambda key: -sums[key])
