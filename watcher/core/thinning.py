"""Old price history with fewer points.

A day (in UTC) that is long over keeps only the points that decide what is read of such a day: its first and
its last point, its lowest total from any instant on, and the median of its medians.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple, TypeVar

from watcher.core.times import DAY, Instant, Seconds

# Longer than any rule reads more of a day than its lowest total: `drop` reads the medians of 30 days.
THIN_AFTER = Seconds(35 * DAY)

P = TypeVar("P")


class DayPoint(NamedTuple):
    """What of a price point decides whether it is kept; the amounts are None if nothing was comparable."""

    at: Instant
    low: int | None
    median: int | None


def thinned_before(now: Instant) -> Instant:
    """Return when the first day begins of which all points are kept."""
    return Instant((now - THIN_AFTER) // DAY * DAY)


def thinned(points: Sequence[P], now: Instant, point_of: Callable[[P], DayPoint]) -> list[P]:
    """Return the points that are kept of a history, oldest first, whether the others are stored or not."""
    end = thinned_before(now)
    kept: list[P] = []
    for day, of_day in groupby(points, lambda p: point_of(p).at // DAY):
        chosen = list(of_day)
        if day * DAY < end:
            stay = kept_points([point_of(p) for p in chosen])
            chosen = [p for p in chosen if point_of(p).at in stay]
        kept += chosen
    return kept


def kept_points(day: Sequence[DayPoint], needed: Collection[Instant] = ()) -> set[Instant]:
    """Return the times of the points of one day, oldest first, that are kept: `needed` ones and some more.

    Thinning what is left changes nothing, whatever was needed.
    """
    priced = [p for p in day if p.low is not None and p.median is not None]
    kept = {p.at for p in (*day[:1], *day[-1:], *priced[:1], *priced[-1:])} | set(
        _lowest_from_any_time(priced)
    )
    ranked = [p.at for p in sorted(priced, key=lambda p: (p.median or 0, p.at))]
    kept |= _balance(ranked, kept)
    return kept | _balance(ranked, kept | set(needed)) | set(needed)


def _lowest_from_any_time(priced: Sequence[DayPoint]) -> Iterator[Instant]:
    """Yield each point with a lower total than all later ones of the day."""
    lowest: int | None = None
    for p in reversed(priced):
        if p.low is not None and (lowest is None or p.low < lowest):
            lowest = p.low
            yield p.at


def _balance(ranked: Sequence[Instant], kept: Collection[Instant]) -> set[Instant]:
    """Return the points to keep besides `kept`, so that the median stays where it is.

    Those are the middle one, or both, and as many of one side of it as more are kept of the other.
    """
    low, high = (len(ranked) - 1) // 2, len(ranked) // 2
    below = [at for at in ranked[:low] if at not in kept]
    above = [at for at in ranked[high + 1 :] if at not in kept]
    surplus = (low - len(below)) - (len(ranked) - high - 1 - len(above))
    added = set(ranked[low : high + 1])
    if surplus > 0:
        added.update(above[:surplus])
    elif surplus < 0:
        added.update(below[surplus:])
    return added
