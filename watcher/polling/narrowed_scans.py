"""When a poll is a narrowed scan, and what is remembered from one to the next."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import NamedTuple

from watcher.core.lateness import listed_by
from watcher.core.listing import Band, Snapshot
from watcher.core.marketplaces import currency_of
from watcher.core.narrowing import (
    HIGHEST_FLOOR,
    MAX_FLOOR,
    Medians,
    Narrowing,
    find_narrowing,
    is_floor_left_out,
    is_full_scan_due,
)
from watcher.core.own_comps import own_comps
from watcher.core.resilience.plausibility import KnownPrices
from watcher.core.times import Instant, Seconds
from watcher.core.watch import Search, Watch, WatchId
from watcher.polling.comps_cache import Answer, CompsCache


class NewestPage(NamedTuple):
    """How long ago the oldest listing of a page was listed, how many it shows, and their prices."""

    reach: Seconds
    rows: int
    prices: array[int]
    currency: str

    @classmethod
    def of(cls, snapshot: Snapshot, now: Instant) -> NewestPage | None:
        """Return what a page shows; None if no row says when it was listed or what it costs."""
        listed = [at for x in snapshot.listings if (at := listed_by(x, now)) is not None]
        prices = [x.price for x in snapshot.listings if x.price]
        if not listed or not prices:
            return None
        currency = prices[0].currency
        amounts = array("q", (p.minor for p in prices if p.currency == currency))
        return cls(Seconds(now - min(listed)), len(snapshot.listings), amounts, currency)

    def reach_within(self, band: Band) -> float:
        """Return how far back a page of the newest listings within a band goes, as far as this one tells."""
        if band.high.currency != self.currency:
            return inf
        low = band.low.minor if band.low else 0
        within = sum(low <= amount <= band.high.minor for amount in self.prices)
        return self.reach * self.rows / within if within else inf


@dataclass(slots=True)
class NarrowedScans:
    """What the last narrowed scans of a search showed.

    `floor`: how many times what costs little filled a page, `degree`: that of the present scan. `newest`: the
    last full page without a floor. `without_floor_at`: the last narrowed scan without one. `last`: the last
    narrowed scan and its items, except those that left a floor out in vain; `last_at`: when that was, None if
    it did not show everything.
    """

    floor: int = 0
    degree: int = 0
    newest: NewestPage | None = None
    without_floor_at: Instant | None = None
    last: tuple[Narrowing, frozenset[str]] = (Narrowing(), frozenset())
    last_at: Instant | None = None
    _medians: tuple[object, Mapping[WatchId, Medians]] = (None, {})

    def narrowing(
        self, search: Search, watches: Sequence[Watch], cached: Answer, cache: CompsCache, now: Instant
    ) -> Narrowing:
        """Return what the next scan is limited to: nothing once a day.

        `cached`: the comps among which it is evaluated.
        """
        scanned, polled = search.scanned_at, search.polled_at
        if scanned is None or polled is None:
            return Narrowing()
        gap = Seconds(now - polled)
        if is_full_scan_due(Seconds(now - scanned), gap):
            return Narrowing()
        without = max(scanned, self.without_floor_at or scanned)
        is_left_out = is_floor_left_out(Seconds(now - without), gap)
        self.degree = 0 if is_left_out else self.floor
        is_short = not is_left_out and self.newest is not None and self.newest.reach < gap
        needs_medians = self.degree > 0 or is_short or any(w.rule.uses_median for w in watches)
        medians = self._medians_of(watches, cached, cache) if needs_medians else {}
        currency = currency_of(search.question.marketplace)
        found = find_narrowing(watches, medians, currency, floor=self.degree)
        # Only a page that would miss what was listed since the last poll is worth a higher floor: it may
        # hide a bargain.
        while is_short and self.degree < HIGHEST_FLOOR and self._misses_new(found, gap):
            self.degree += 1
            found = find_narrowing(watches, medians, currency, floor=self.degree)
        return found

    def known_prices(self, narrowing: Narrowing, known: KnownPrices) -> KnownPrices:
        """Return those of the known prices that this scan should show again."""
        before, items = self.last
        shows_again = narrowing == before or _is_without_floor_of(before, narrowing)
        return {i: price for i, price in known.items() if i in items} if shows_again else {}

    def covered_at(self, narrowing: Narrowing) -> Instant | None:
        """Return when the same scan last showed all that cost little enough; None if it did not."""
        is_same = narrowing.band is not None and self.last[0] == narrowing
        return self.last_at if is_same else None

    def note(self, narrowing: Narrowing, snapshot: Snapshot, now: Instant) -> None:
        """Remember the answer to a narrowed scan."""
        complete, has_floor = snapshot.complete, _has_floor(narrowing)
        if not has_floor:
            self.without_floor_at = now
            self.note_newest(snapshot, now)
        if has_floor or complete or not _has_floor(self.last[0]):
            self.last_at = now if complete else None
            self.last = narrowing, frozenset(x.item_id for x in snapshot.listings)
        if complete and not has_floor:
            self.floor = 0
        if not complete and self.degree >= self.floor:
            self.floor = min(self.degree + 1, MAX_FLOOR)

    def note_newest(self, snapshot: Snapshot, now: Instant) -> None:
        """Remember how far back a page of the newest listings went that left out nothing cheap."""
        self.newest = None if snapshot.complete else NewestPage.of(snapshot, now)

    def _misses_new(self, found: Narrowing, gap: Seconds) -> bool:
        """Return whether a page within a band would not reach back to the last poll, of any seller."""
        if found.band is None or found.sellers or self.newest is None:
            return False
        return self.newest.reach_within(found.band) < gap

    def _medians_of(
        self, watches: Sequence[Watch], cached: Answer, cache: CompsCache
    ) -> Mapping[WatchId, Medians]:
        """Return what each watch compares prices with, by its id; computed once for each stored answer."""
        key = cached.fetched_at, tuple((w.id, w.revision) for w in watches)
        if self._medians[0] != key:
            found = {w.id: _medians_of(w, cached, cache) for w in watches}
            self._medians = key, {watch: medians for watch, medians in found.items() if medians}
        return self._medians[1]


def _medians_of(watch: Watch, cached: Answer, cache: CompsCache) -> Medians | None:
    background = cache.background_of(watch.question, cached.snapshot.listings)
    trusted = not cached.snapshot.ignored_filters
    shared = cached.comps(watch.question, watch.filters, background)
    comps = own_comps(watch, shared, trust_condition=trusted, background=background)
    return Medians.of(comps.statistics.median, watch.groups_of(comps), comps.selection.kept)


def _has_floor(narrowing: Narrowing) -> bool:
    return narrowing.band is not None and narrowing.band.low is not None


def _is_without_floor_of(before: Narrowing, narrowing: Narrowing) -> bool:
    """Return whether a scan is limited as another one was, but for its floor: it shows no less."""
    if before.band is None or narrowing.band is None or narrowing.sellers != before.sellers:
        return False
    return narrowing.band.low is None and narrowing.band.high == before.band.high
