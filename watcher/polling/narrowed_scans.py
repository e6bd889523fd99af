"""When a poll is a narrowed scan, and what is remembered from one to the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from watcher.core.listing import Snapshot
from watcher.core.marketplaces import currency_of
from watcher.core.narrowing import MAX_FLOOR, Medians, Narrowing, find_narrowing, is_full_scan_due
from watcher.core.own_comps import own_comps
from watcher.core.resilience.plausibility import KnownPrices
from watcher.core.times import Instant, Seconds
from watcher.core.watch import Search, Watch, WatchId
from watcher.polling.comps_cache import Answer, CompsCache


@dataclass(slots=True)
class NarrowedScans:
    """What the last narrowed scans of a search showed.

    `floor`: how many times what costs little filled a page. `last`: the last narrowed scan and its items,
    `last_at`: when that was, None if it did not show everything.
    """

    floor: int = 0
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
        if is_full_scan_due(Seconds(now - scanned), Seconds(now - polled), has_floor=self.floor > 0):
            return Narrowing()
        needs_medians = self.floor > 0 or any(w.rule.uses_median for w in watches)
        medians = self._medians_of(watches, cached, cache) if needs_medians else {}
        currency = currency_of(search.question.marketplace)
        return find_narrowing(watches, medians, currency, floor=self.floor)

    def known_prices(self, narrowing: Narrowing, known: KnownPrices) -> KnownPrices:
        """Return those of the known prices that this scan should show again."""
        before, items = self.last
        return {i: price for i, price in known.items() if i in items} if before == narrowing else {}

    def covered_at(self, narrowing: Narrowing) -> Instant | None:
        """Return when the same scan last showed all that cost little enough; None if it did not."""
        is_same = narrowing.band is not None and self.last[0] == narrowing
        return self.last_at if is_same else None

    def note(self, narrowing: Narrowing, snapshot: Snapshot, now: Instant) -> None:
        """Remember the answer to a narrowed scan."""
        self.last_at = now if snapshot.complete else None
        self.last = narrowing, frozenset(x.item_id for x in snapshot.listings)
        if not snapshot.complete:
            self.floor = min(self.floor + 1, MAX_FLOOR)

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
    return Medians.of(comps.statistics.median, watch.groups_of(comps))
