"""What a poll may leave out of a large market: prices beyond every target, and sellers that no watch follows.

A narrowed scan shows more of what can alert, including old listings whose price fell, and nothing of the
market as a whole: its rows do not count as comps, and what it does not show is not gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from watcher.core.listing import Band, Listing, Snapshot
from watcher.core.money import Money
from watcher.core.own_groups import MarketGroups
from watcher.core.sellers import MAX_SELLERS, hashes_of_sellers
from watcher.core.times import DAY, Seconds
from watcher.core.watch import Watch, WatchId

# Seconds after which a market that is scanned narrowly is scanned as a whole again, and after which a scan
# has no floor again, unless polls are so rare that most of them would be such scans: then at most every
# fourth one is a full scan, and at most every second one has no floor.
_LONGEST_INTERVAL = Seconds(DAY)
_POLLS_PER_FULL_SCAN, _POLLS_PER_SCAN_WITHOUT_FLOOR = 4, 2
# Characters of the sellers in one request: a longer address may be refused.
MAX_SELLERS_LENGTH = 4_000
# Parts of the median that are the floor, one after the other, while what costs little fills a page. A listing
# that costs less is hardly the item: it is an accessory, bait or a mistake.
_FLOOR_DIVISORS = (8, 4)
MAX_FLOOR = len(_FLOOR_DIVISORS)
# One more degree, for scans that would miss new listings otherwise: this part of the comps' lowest price.
HIGHEST_FLOOR = MAX_FLOOR + 1
_LEAST_DIVISOR = 2
# The lower end is left out if a target is less than this many times as high.
_FLOOR_MARGIN = 2
# Percent by which the upper end exceeds the targets: amounts are converted and rounded, and medians move.
_EXACT_MARGIN, _MEDIAN_MARGIN = 1, 5
_PRICE_FILTERS = frozenset(("price", "priceCurrency"))


class Medians(NamedTuple):
    """The lowest and the highest median that a watch's listings are compared with: of all or of a group.

    `least`: the lowest price among the comps, without shipping; None if they have none.
    """

    low: Money
    high: Money
    least: Money | None = None

    @classmethod
    def of(cls, median: Money | None, groups: MarketGroups, kept: Sequence[Listing] = ()) -> Medians | None:
        """Return those of comps and their price groups; None without any."""
        found = [*([median] if median else []), *(group.median for group in groups.groups)]
        if not found:
            return None
        low = min(found)
        prices = [x.price for x in kept if x.price and x.price.currency == low.currency]
        return cls(low, max(found), min(prices, default=None))


class Narrowing(NamedTuple):
    """What a scan is limited to; false if it is not limited."""

    band: Band | None = None
    sellers: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.band is not None or bool(self.sellers)

    def was_applied(self, snapshot: Snapshot) -> bool:
        """Return whether an answer is limited to it, as far as its warnings and most of its rows say.

        A warning about sellers may be about one misspelt name, so the rows alone decide.
        """
        if self.band and not _PRICE_FILTERS.isdisjoint(snapshot.ignored_filters):
            return False
        followed = hashes_of_sellers(self.sellers)
        outside = sum(self._is_outside(x, followed) for x in snapshot.listings)
        return 2 * outside <= len(snapshot.listings)

    def _is_outside(self, listing: Listing, followed: frozenset[str]) -> bool:
        if followed and listing.seller and listing.seller not in followed:
            return True
        band, price = self.band, listing.price
        if band is None or price is None or price.currency != band.high.currency:
            return False
        return price > band.high or (band.low is not None and price < band.low)


def find_narrowing(
    watches: Sequence[Watch], medians: Mapping[WatchId, Medians], currency: str, *, floor: int
) -> Narrowing:
    """Return what a scan for these watches may be limited to without missing a match of any.

    `floor`: leave very low prices out, too, in the first to third degree, unless a target is nearly as low;
    that may miss matches. 0 leaves none out.
    """
    if not watches or any(_needs_whole_market(w) for w in watches):
        return Narrowing()
    names = {name.lower(): name for w in watches for name in w.sellers}
    followed = all(w.sellers for w in watches) and len(names) <= MAX_SELLERS
    sellers = tuple(names[n] for n in sorted(names)) if followed else ()
    if sum(len(name) + 1 for name in sellers) > MAX_SELLERS_LENGTH:
        sellers = ()
    return Narrowing(_band_of(watches, medians, currency, floor=floor), sellers)


def is_full_scan_due(since: Seconds, gap: Seconds) -> bool:
    """Return whether the next scan reads the whole market: `since` the last one that did so.

    `gap`: seconds since the last poll.
    """
    return not 0 <= since < max(_LONGEST_INTERVAL, _POLLS_PER_FULL_SCAN * gap)


def is_floor_left_out(since: Seconds, gap: Seconds) -> bool:
    """Return whether the next scan has no floor: `since` the last one without, which may be a full scan.

    In a crowded band such a scan shows more of what the floor hides than a full scan does.
    """
    return not 0 <= since < max(_LONGEST_INTERVAL, _POLLS_PER_SCAN_WITHOUT_FLOOR * gap)


def _needs_whole_market(watch: Watch) -> bool:
    """Return whether a rule is about the market as a whole: its median, or what it offered before."""
    return watch.rule.about_median or watch.rule.history_window is not None


def _band_of(
    watches: Sequence[Watch], medians: Mapping[WatchId, Medians], currency: str, *, floor: int
) -> Band | None:
    targets = [_target_of(w, medians.get(w.id)) for w in watches]
    known = [t for t in targets if t is not None and t.currency == currency]
    if len(known) < len(targets):
        return None
    low = _floor_of([m for w in watches if (m := medians.get(w.id))], currency, floor) if floor else None
    if low and (not low.minor or min(known).minor < low.minor * _FLOOR_MARGIN):
        low = None
    return Band(max(known), low)


def _floor_of(medians: Sequence[Medians], currency: str, floor: int) -> Money | None:
    """Return the lower end of a band in this degree; None if no comps say what the item costs."""
    if not medians:
        return None
    low = min(m.low for m in medians).minor // _FLOOR_DIVISORS[min(floor, MAX_FLOOR) - 1]
    least = [m.least for m in medians if m.least]
    if floor == HIGHEST_FLOOR and len(least) == len(medians):
        low = max(low, min(least).minor // _LEAST_DIVISOR)
    return Money(low, currency)


def _target_of(watch: Watch, medians: Medians | None) -> Money | None:
    """Return the highest price at which the watch can match, with a margin; None if there is none.

    Shipping is never negative, so no total is below its price. Bids are not prices.
    """
    if watch.rule.about_auctions:
        return None
    highest = watch.rule.ceiling(medians.high if medians else None)
    if highest is None:
        return None
    margin = _MEDIAN_MARGIN if watch.rule.uses_median else _EXACT_MARGIN
    return Money(highest.minor + highest.minor * margin // 100 + 1, highest.currency)
