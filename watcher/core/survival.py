"""The median of asks, corrected for what stays because it is too dear.

What is on offer over-represents what does not sell: a listing is in every answer as long as it stays. The
number on offer at a price is the number listed per day, times the days that each stays (Little's law), so
counting each listing once when it is listed, however long it stays, takes the stay out again. That is how
samples that favour the long-lived are corrected in renewal theory ("length-biased sampling").

Not everything that is listed is sold, so each listing counts with its chance to be sold at all:

    weight = 1 - exp(-rate * PATIENCE)        rate = exits / days on offer, among the nearest prices

Exits are listings that left and may have been sold. If no exit is known, as in a market that is never seen
whole, all weights are 1. The corrected median is the weighted median of the last asks.

A listing counts only if it was seen soon after it was listed: what is seen late has survived until then. An
item that was listed again counts once, as it was listed last.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import NamedTuple

from watcher.core.background import Background
from watcher.core.comps import select
from watcher.core.delistings import Delisting, DelistingKind, SeenListing
from watcher.core.item_number import hashed_id
from watcher.core.listing import Condition, Listing
from watcher.core.money import Money
from watcher.core.times import DAY, Instant, Seconds
from watcher.core.titles.languages import ENGLISH

MIN_ENTRANTS = 12  # listings; fewer give no corrected median
# Prices change, so older listings count only if there are too few of the last two weeks.
_SHORT_WINDOW, LONGEST_WINDOW = Seconds(14 * DAY), Seconds(28 * DAY)
_SEEN_WITHIN = DAY  # of being listed; a search is polled daily at least
_PATIENCE = 30 * DAY  # after which eBay renews a listing that nothing has ended
_NEAR, _NEAR_SHARE = 5, 8  # neighbours on each side: this many, or an eighth of all
_PRIOR_LISTINGS = 2  # the rate of all listings counts as much as this many of the usual stay


class Entrant(NamedTuple):
    """A comparable listing from its start: its last total in minor units, its age, and its time on offer.

    `may_be_sold`: it left, and may have been sold.
    """

    total: int
    age: Seconds
    stay: Seconds
    may_be_sold: bool


def find_entrants(
    query: str,
    seen: Sequence[SeenListing],
    delistings: Sequence[Delisting],
    currency: str,
    now: Instant,
    *,
    languages: tuple[str, ...] = ENGLISH,
    background: Background = Background(),
    window: Seconds = LONGEST_WINDOW,
) -> list[Entrant]:
    """Return the comparable listings that were listed within `window`, and seen soon after.

    `background`: what is known of the listings besides.
    `delistings` are those of `seen`, which is complete for the window. Auctions do not count: a bid is not a
    price.
    """
    kinds = {one.item: one.kind for one in delistings}
    offers = {s.item_id: s for s in seen if s.price and not s.auction and _is_entrant(s, now, window)}
    rows = [Listing(s.item_id, s.title, s.price, s.shipping) for s in offers.values()]
    found = []
    selection = select(
        query, Condition.ANY, rows, currency=currency, languages=languages, background=background
    )
    for x in selection.kept:
        entrant = x.total and _entrant(x.total, offers[x.item_id], kinds, now)
        if entrant:
            found.append(entrant)
    return found


def corrected_median(entrants: Sequence[Entrant], currency: str) -> Money | None:
    """Return the median of the asks weighted by their chance to be sold; None if there are too few."""
    recent = [one for one in entrants if one.age <= _SHORT_WINDOW]
    ordered = sorted(recent if len(recent) >= MIN_ENTRANTS else entrants)
    if len(ordered) < MIN_ENTRANTS:
        return None
    sums = list(accumulate(_weights(ordered)))
    return Money(ordered[bisect_left(sums, sums[-1] / 2)].total, currency)


def _is_entrant(s: SeenListing, now: Instant, window: Seconds) -> bool:
    at = s.listed_at
    return at is not None and now - at <= window and s.first_seen - at <= _SEEN_WITHIN


def _entrant(
    total: Money, s: SeenListing, kinds: Mapping[str, DelistingKind], now: Instant
) -> Entrant | None:
    """Return the entrant, None if its item was listed again or certainly not sold."""
    started = s.first_seen if s.listed_at is None else s.listed_at
    age = Seconds(max(0.0, now - started))
    if s.gone_at is None:
        return Entrant(total.minor, age, age, may_be_sold=False)
    kind = kinds.get(hashed_id(s.item_id))
    if kind in (DelistingKind.RELISTED, DelistingKind.UNSOLD):
        return None
    stay = Seconds(max(0.0, s.gone_at - started))
    return Entrant(total.minor, age, stay, may_be_sold=kind is not None)


def _weights(ordered: Sequence[Entrant]) -> list[float]:
    """Return the chance of each to be sold at all, by how fast its neighbours in price leave."""
    n = len(ordered)
    exits = [0, *accumulate(int(one.may_be_sold) for one in ordered)]
    stays = [0.0, *accumulate(one.stay for one in ordered)]
    if not exits[-1] or not stays[-1]:
        return [1.0] * n
    prior = _PRIOR_LISTINGS * stays[-1] / n
    usual = exits[-1] / stays[-1]
    near = max(_NEAR, n // _NEAR_SHARE)
    weights = []
    for i in range(n):
        first, last = max(0, i - near), min(n, i + near + 1)
        rate = (exits[last] - exits[first] + usual * prior) / (stays[last] - stays[first] + prior)
        weights.append(1.0 - math.exp(-rate * _PATIENCE))
    return weights
