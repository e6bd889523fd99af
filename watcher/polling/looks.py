"""What a poll teaches about its market: arrivals, matches, price cuts, lives, and what its watches want."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from watcher.core.cadence.estimates import Aim, Estimates, share_of_matches, wants_bargains
from watcher.core.cadence.looks import FIRST_WINDOW, Items, Look
from watcher.core.comps import Comps, Statistics
from watcher.core.errors import Api
from watcher.core.listing import Listing
from watcher.core.polls import Seen, Sighting
from watcher.core.rules import Rule
from watcher.core.times import Instant
from watcher.core.watch import Watch

# A listing below this share of the median is a bargain: it leaves sooner.
_BARGAIN_SHARE = 0.8


class AnswerScope(NamedTuple):
    """What an answer covers: whose it is, whether it is whole, and the rows of it.

    `is_first`: whether it is not known what the last answer showed. `is_newest`: if it is one page of a
    larger market, it has the newest rows.
    """

    api: str
    rows: Sequence[Listing]
    is_whole: bool
    is_first: bool
    is_newest: bool


class Wanted(NamedTuple):
    """What the watches of a search want; `widest`: the highest total in minor units that matches one."""

    aims: tuple[Aim, ...] = ()
    widest: float = 0.0


def wanted_by(
    watches: Sequence[Watch], comps: Mapping[str, Comps], weight: Callable[[Watch], float]
) -> Wanted:
    """Return what each watch wants of its search, by the totals that are kept under its filters."""
    totals: dict[str, list[int]] = {}
    aims, widest = [], 0.0
    for watch in watches:
        if watch.rule.about_median:
            continue
        key = watch.filters.key
        found = comps[key]
        statistics = found.statistics
        target = _target(watch.rule, statistics)
        widest = max(widest, target)
        if target == math.inf:
            share = 1.0
        elif statistics.low is None or target < statistics.low.minor:  # as most bargains are
            share = share_of_matches(0, statistics.n)
        else:
            if key not in totals:
                totals[key] = _totals(found.selection.kept, statistics.currency)
            share = share_of_matches(bisect_right(totals[key], target), len(totals[key]))
        aims.append(Aim(weight(watch), share, target < _limit(statistics)))
    return Wanted(tuple(aims), widest)


def look_at(
    answered: AnswerScope,
    comps: Comps,
    wanted: Wanted,
    seen: Mapping[str, Seen],
    sightings: Sequence[Sighting],
    before: Estimates | None,
    now: Instant,
) -> Look | None:
    """Return what the rows of an answer that are comparable teach; None if the answer says too little.

    `seen` and `sightings`: what was known of its listings, and what has changed.
    """
    if not (answered.is_whole or answered.is_newest):
        return None
    kept: Sequence[Listing] = comps.selection.kept
    is_dated = answered.api == Api.EBAY
    if not answered.is_whole:
        present = {x.item_id for x in answered.rows}
        kept = [x for x in kept if x.item_id in present]
    can_miss = answered.is_whole and not answered.is_first and before is not None
    since = now - FIRST_WINDOW if before is None else before.at
    limit, widest = _limit(comps.statistics), wanted.widest
    arrivals: list[Instant] = []
    bargains: list[Instant] = []
    others: list[Instant] = []
    new = matches = 0
    get = seen.get
    for x in kept:
        created, known = x.created_at, get(x.item_id)
        if known is None or known.gone or (created is not None and created > since):
            if before is None and created is not None and created <= since:
                continue
            new += 1
            if created is not None:
                arrivals.append(created)
            matches += x.price is not None and _cost(x) <= widest
        elif can_miss and created is not None:
            price = x.price  # the cheap check first: shipping is never negative
            is_bargain = price is not None and price.minor < limit and _cost(x) < limit
            (bargains if is_bargain else others).append(created)
    changes = _changes(sightings, seen, limit) if can_miss else _Changes((), (), 0)
    oldest = None if answered.is_whole else _oldest(answered.rows)
    if oldest is None and not answered.is_whole:
        return None
    return Look(
        at=now,
        arrivals=arrivals if is_dated else None,
        matches=matches,
        cuts=changes.cuts,
        stock=len(kept),
        oldest=oldest,
        bargains=Items(bargains, changes.bargains),
        others=Items(others, changes.others),
        changed=new > 0,
        is_bargain=wants_bargains(wanted.aims),
    )


class _Changes(NamedTuple):
    """Creation times of kept items that left, by kind, and how many fell in price."""

    bargains: Sequence[Instant]
    others: Sequence[Instant]
    cuts: int


def _changes(sightings: Sequence[Sighting], seen: Mapping[str, Seen], limit: float) -> _Changes:
    bargains: list[Instant] = []
    others: list[Instant] = []
    cuts = 0
    for s in sightings:
        known = seen.get(s.item_id)
        if known is None or not known.kept or known.price is None:
            continue
        total = known.price.minor + (known.shipping.minor if known.shipping else 0)
        if not s.gone:
            now = math.inf if s.price is None else s.price.minor + (s.shipping.minor if s.shipping else 0)
            cuts += not known.gone and now < total
        elif known.listed_at is not None:
            (bargains if total < limit else others).append(known.listed_at)
    return _Changes(bargains, others, cuts)


def _target(rule: Rule, statistics: Statistics) -> float:
    """Return the highest total in minor units that matches a rule; 0 if it is unknown, infinity for any."""
    if rule.needs_new_items:
        return math.inf
    highest = rule.ceiling(statistics.median)
    return highest.minor if highest is not None and highest.currency == statistics.currency else 0.0


def _limit(statistics: Statistics) -> float:
    """Return the total in minor units below which an item is a bargain."""
    return _BARGAIN_SHARE * statistics.median.minor if statistics.median else 0.0


def _cost(x: Listing) -> int:
    return (x.price.minor if x.price else 0) + (x.shipping.minor if x.shipping else 0)


def _totals(kept: Sequence[Listing], currency: str) -> list[int]:
    pairs = [(x.price, x.shipping) for x in kept]
    return sorted(
        [p.minor + s.minor for p, s in pairs if p is not None and s is not None and p.currency == currency]
    )


def _oldest(rows: Sequence[Listing]) -> Instant | None:
    return min((x.created_at for x in rows if x.created_at is not None), default=None)
