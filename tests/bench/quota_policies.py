"""The policies that `make bench-quota` compares with, and how all of them are scored.

The simple ones poll each search at a constant interval that follows from what they know. All are scored
by the times of their polls: what is expected to be listed between two polls, how late it is seen, and how
much of it is still there then, under the true rates and lives. So the score has no noise of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from tests.bench.quota_market import Floats, Market

MIN_INTERVAL = 1 / 1440  # days
FLOOR = 1.0  # days
_TTL = 1.0  # days
_FLOOR_SHARE = 0.3


class Polls(NamedTuple):
    """All gaps between polls: of which search, from when to when, in days."""

    searches: NDArray[np.int64]
    starts: Floats
    ends: Floats


class Score(NamedTuple):
    """Per day: the weighted number of items listed, their delay in days until a poll, and those caught."""

    items: Floats
    delay: Floats
    caught: Floats

    def mean_delay(self, first: int, last: int) -> float:
        """Return the mean delay in days of the items listed on these days, counted from 1."""
        days = slice(first - 1, last)
        return float(self.delay[days].sum() / self.items[days].sum())

    def share_caught(self, first: int, last: int) -> float:
        """Return the share of the items listed on these days that were seen while they were there."""
        days = slice(first - 1, last)
        return float(self.caught[days].sum() / self.items[days].sum())


def score(market: Market, polls: Polls, chosen: NDArray[np.bool_] | None = None) -> Score:
    """Return the score of polls, of all searches or of the chosen ones."""
    days, turn = market.setting.days, market.setting.change_day
    sums = np.zeros((3, days))
    i, starts, ends = polls
    if chosen is not None:
        inside = chosen[i]
        i, starts, ends = i[inside], starts[inside], ends[inside]
    for day in range(days):
        for low, high in ((day, min(day + 1, max(day, turn))), (max(day, min(day + 1, turn)), day + 1)):
            if high <= low:
                continue
            touched = (starts < high) & (ends > low)
            search, end = i[touched], ends[touched]
            since, until = np.clip(starts[touched], low, high), np.clip(end, low, high)
            values = market.values(changed=low >= turn)[search]
            sums[0, day] += (values * (until - since)).sum()
            sums[1, day] += (values * ((end - since) ** 2 - (end - until) ** 2) / 2).sum()
            seen = market.alive(end - since, search) - market.alive(end - until, search)
            sums[2, day] += (values * seen).sum()
    return Score(*sums)


def regular_polls(market: Market, intervals: Callable[[Floats], Floats], seed: int = 0) -> Polls:
    """Return the polls at constant intervals, which are new after the rates have changed."""
    days = float(market.setting.days)
    turn = market.setting.change_day if (market.truth.factors != 1.0).any() else days
    dice = np.random.default_rng(seed)
    n = market.setting.searches
    found: list[tuple[NDArray[np.int64], Floats]] = [(np.arange(n), np.zeros(n))]
    for start, end, changed in ((0.0, turn, False), (turn, days, True)):
        if end <= start:
            continue
        every = intervals(market.values(changed=changed))
        first = start + every * dice.uniform(size=n)
        number = np.maximum(0, np.ceil((end - first) / every)).astype(int)
        search = np.repeat(np.arange(n), number)
        place = np.arange(number.sum()) - np.repeat(np.cumsum(number) - number, number)
        found.append((search, first[search] + place * every[search]))
    return gaps(np.concatenate([i for i, _ in found]), np.concatenate([t for _, t in found]), n, days)


def gaps(searches: NDArray[np.int64], times: Floats, n: int, days: float) -> Polls:
    """Return the gaps between polls; the last one of each search ends with the run."""
    searches, times = np.concatenate([searches, np.arange(n)]), np.concatenate([times, np.full(n, days)])
    order = np.lexsort((times, searches))
    searches, times = searches[order], times[order]
    same = searches[1:] == searches[:-1]
    return Polls(searches[1:][same], times[:-1][same], times[1:][same])


def floor_of(searches: int, budget: float) -> float:
    """Return the longest interval in days: the floor, stretched if it takes more than its share."""
    return max(FLOOR, searches / (_FLOOR_SHARE * budget))


def in_turn(market: Market, budget: float) -> Polls:
    """Poll all searches alike."""
    n = market.setting.searches
    return regular_polls(market, lambda _: np.full(n, max(MIN_INTERVAL, n / budget)))


def by_ttl(market: Market, budget: float) -> Polls:
    """Poll each search when its comps have expired."""
    n = market.setting.searches
    return regular_polls(market, lambda _: np.full(n, max(_TTL, n / budget)))


def by_square_root(market: Market, budget: float) -> Polls:
    """Poll as often as the root of a search's value: the optimum of delay, with the true rates."""
    most = floor_of(market.setting.searches, budget)

    def intervals(values: Floats) -> Floats:
        return _at_threshold(lambda theta: np.sqrt(2 * theta / values), budget, most)

    return regular_polls(market, intervals)


def clairvoyant(market: Market, budget: float) -> Polls:
    """Poll for the most items caught, with the true rates and lives."""
    most = floor_of(market.setting.searches, budget)
    ages = np.geomspace(MIN_INTERVAL / 2, 1.1 * most, 400)

    def intervals(values: Floats) -> Floats:
        table = np.stack([_lost(market, age) for age in ages])  # age, search

        def at(theta: float) -> Floats:
            place = (table < theta / values).sum(axis=0)
            return np.where(place < len(ages), ages[np.minimum(place, len(ages) - 1)], np.inf)

        return _at_threshold(at, budget, most)

    return regular_polls(market, intervals)


def _lost(market: Market, age: float) -> Floats:
    """Return E[life; life <= age] of each search."""
    step = 1e-4 * age
    alive = market.alive(np.full(market.setting.searches, age))
    before = market.alive(np.full(market.setting.searches, age - step))
    return np.asarray(alive - age * (alive - before) / step)


def _at_threshold(at: Callable[[float], Floats], budget: float, most: float) -> Floats:
    """Return the intervals at the threshold at which they use the budget."""
    low, high = -60.0, 60.0
    for _ in range(60):
        middle = (low + high) / 2
        intervals = np.clip(at(2.0**middle), MIN_INTERVAL, most)
        low, high = (middle, high) if (1 / intervals).sum() > budget else (low, middle)
    return np.clip(at(2.0**high), MIN_INTERVAL, most)
