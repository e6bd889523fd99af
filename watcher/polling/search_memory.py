"""What the last polls of a search found, kept in memory between polls."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from watcher.core.alerts import Alert
from watcher.core.cadence.estimates import Estimates
from watcher.core.comps import Comps, Statistics
from watcher.core.listing import Listing, Snapshot
from watcher.core.money import Money
from watcher.core.polls import PollResult, Seen, Sighting
from watcher.core.resilience.plausibility import KnownPrices, Suspicion, find_slips
from watcher.core.rules import LastAlerted
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.core.watch import Search, SearchId
from watcher.db.searches import SearchStore
from watcher.polling.narrowed_scans import NarrowedScans

# Seconds between two price points of a search whose statistics do not change.
PRICE_POINT_INTERVAL = HOUR
# Seconds between two sightings of a listing that does not change.
SIGHTING_INTERVAL = DAY
# Seconds between two second looks at the same doubtful listing: the calls for them are few.
DOUBT_INTERVAL = Seconds(10 * MINUTE)
# Share of the listings that change before a profile is computed again; its margins are about as large.
PROFILED_SHARE = 0.25
MAX_SEARCHES = 2_000  # without their listings, about 2 MB
# Listings of one search, including those that are gone, and of all searches together: 10 MB. To read 200 of
# them back takes 0.7 ms, a tenth of a poll.
MAX_LISTINGS, MAX_ALL_LISTINGS = 5_000, 30_000


@dataclass(slots=True)
class SearchMemory:
    """What decides how a search is polled next, and which results are worth writing.

    `polled_at`: the poll this reflects. `partial`: that poll did not see the whole market, or it is unknown
    whether it did. `wide`: the market is larger than one page, None if that is not known.
    `suspicion`: why the last answer was not believed. `slips`: items that would have alerted at a hundredth
    of the median; a repetition is believed. `looked_at`: items that a second look found something out about,
    None if that is not known yet.
    `doubted`: doubtful items that were candidates of one, until `doubts_due`. `unprofiled`: listings that
    changed since the market profile was computed, None if that is not known. `knows_kept`: whether
    `seen` says which listings were comparable. `narrowed`: what is remembered of narrowed scans. `contained`:
    the ids of searches that this one answers, and since when that is known.
    """

    seen: dict[str, Seen]
    polled_at: Instant | None
    partial: bool
    wide: bool | None = None
    suspicion: Suspicion | None = None
    slips: frozenset[str] = frozenset()
    points: dict[str, tuple[Statistics, Instant]] = field(default_factory=dict)
    looked_at: set[str] | None = None
    doubted: set[str] = field(default_factory=set)
    doubts_due: Instant = Instant(0.0)
    unprofiled: int | None = None
    knows_kept: bool = False
    narrowed: NarrowedScans = field(default_factory=NarrowedScans)
    contained: tuple[Instant | None, Sequence[SearchId]] = (None, ())
    _learned: tuple[str, Estimates | None] = ("", None)
    _prices: dict[str, Money | None] = field(init=False)
    # No listing on offer was last sighted a day before an earlier time.
    _still_due: Instant = field(init=False, default=Instant(0.0))

    def __post_init__(self) -> None:
        self._prices = {item: s.price for item, s in self.seen.items() if not s.gone}

    def with_listings(self, seen: dict[str, Seen]) -> SearchMemory:
        """Return the memory with listings that were read from the store, or with none."""
        return replace(self, seen=seen, looked_at=None, knows_kept=False)

    def learned(self, stored: str) -> Estimates | None:
        """Return the estimates that are stored in this form, without reading them if this process did it."""
        return self._learned[1] if self._learned[0] == stored else Estimates.read(stored)

    def learn(self, estimates: Estimates) -> str:
        """Remember new estimates; return the form in which they are stored."""
        self._learned = estimates.write(), estimates
        return self._learned[0]

    @property
    def known_prices(self) -> KnownPrices:
        """The last price of each listing that is on offer, by item id."""
        return self._prices

    def find_new_slips(
        self, comps: Mapping[str, Comps], alerts: Sequence[tuple[Alert, Mapping[str, LastAlerted]]]
    ) -> frozenset[str]:
        """Return items that would alert at a hundredth of the median for the first time; remember them."""
        if not alerts:
            self.slips = frozenset()
            return self.slips
        known = self.known_prices
        far = {
            x.item_id
            for one in comps.values()
            for x in find_slips(known, one.selection.kept, one.statistics.median)
        }
        alerting = {item for _, states in alerts for item in states}
        before, self.slips = self.slips, frozenset(far & alerting)
        return self.slips - before

    def new_points(self, comps: Mapping[str, Comps], now: Instant) -> dict[str, Statistics]:
        """Return the statistics of each set of filters if they changed or an hour has passed."""
        points = {}
        for key, one in comps.items():
            last = self.points.get(key)
            if last is None or last[0] != one.statistics or now - last[1] >= PRICE_POINT_INTERVAL:
                points[key] = one.statistics
        return points

    def new_sightings(
        self, snapshot: Snapshot, now: Instant, *, is_narrowed: bool = False
    ) -> tuple[Sighting, ...]:
        """Return new and changed listings, and those missing from an exhaustive answer, which are gone."""
        sightings = []
        for x in snapshot.listings:
            before = self.seen.get(x.item_id)
            price = x.price or x.bid
            # Tuples compare by identity first, and most values are the same objects as before.
            if before is None or before[2:6] != (price, x.shipping, False, x.bid_count):
                sightings.append(_sighting(x, now))
        sees_all = snapshot.is_exhaustive and not is_narrowed
        gone = self._prices.keys() - {x.item_id for x in snapshot.listings} if sees_all else ()
        if gone:
            sightings.extend(
                Sighting(item, now, self.seen[item].price, self.seen[item].shipping, "", gone=True)
                for item in self._prices
                if item in gone
            )
        return tuple(sightings)

    def still_there(self, snapshot: Snapshot, now: Instant) -> tuple[Sighting, ...]:
        """Return listings on offer whose last sighting is a day old.

        In a market that is never seen whole no listing is recorded as gone; its last sighting tells its age.
        """
        if now < self._still_due:
            return ()
        found = tuple(
            _sighting(x, now)
            for x in snapshot.listings
            if (s := self.seen.get(x.item_id)) and now - s.seen_at >= SIGHTING_INTERVAL
        )
        if not found:
            first = min((self.seen[item].seen_at for item in self._prices), default=now)
            self._still_due = Instant(first + SIGHTING_INTERVAL)
        return found

    def is_profile_due(self, changes: int, listings: int) -> bool:
        """Return whether enough listings have changed to compute the profile again.

        `changes`: new, changed and gone ones since the last poll; `listings`: all there are now.
        """
        changed = None if self.unprofiled is None else self.unprofiled + changes
        is_due = changed is None or (changed > 0 and changed >= listings * PROFILED_SHARE)
        self.unprofiled = 0 if is_due else changed
        return is_due

    def note_doubts(self, items: Sequence[str], now: Instant) -> None:
        """Remember which doubtful items are candidates of a second look; they are again in ten minutes."""
        if not items:
            return
        if now >= self.doubts_due:
            self.doubted.clear()
            self.doubts_due = Instant(now + DOUBT_INTERVAL)
        self.doubted.update(items)

    def note_looks(self, items: Iterable[str]) -> None:
        """Remember which items a second look found something out about."""
        if self.looked_at is not None:
            self.looked_at.update(items)
            if len(self.looked_at) > MAX_LISTINGS:  # most of them are gone; those on offer are found again
                self.looked_at = None

    def update(
        self, recorded: PollResult, snapshot: Snapshot, kept: Sequence[Listing], *, is_narrowed: bool = False
    ) -> None:
        """Remember a poll that was recorded, and which of its listings were comparable.

        A narrowed scan does not show how large the market is.
        """
        if not is_narrowed:
            self.wide = self.partial = not snapshot.complete
        self.polled_at = recorded.at
        for filters, statistics in recorded.points.items():
            self.points[filters] = (statistics, recorded.at)
        known = {x.item_id for x in kept} if recorded.sightings or not self.knows_kept else set()
        for s in recorded.sightings:
            before = self.seen.get(s.item_id)
            first, listed = (before.first_seen, before.listed_at) if before else (s.seen_at, None)
            is_kept = s.item_id in known if not s.gone else before and before.kept
            self.seen[s.item_id] = Seen(
                first, s.seen_at, s.price, s.shipping, s.gone, s.bids, s.listed_at or listed, is_kept
            )
            if s.gone:
                self._prices.pop(s.item_id, None)
            else:
                self._prices[s.item_id] = s.price
        if not self.knows_kept and not is_narrowed:
            for x in snapshot.listings:
                self.seen[x.item_id] = self.seen[x.item_id]._replace(kept=x.item_id in known)
            self.knows_kept = True
        for s in recorded.still_there:
            self.seen[s.item_id] = self.seen[s.item_id]._replace(seen_at=recorded.at)
        if len(self.seen) > MAX_LISTINGS:
            # Listings that are gone first, then those first seen longest ago; the store keeps all of them.
            oldest = sorted(self.seen, key=lambda i: (not self.seen[i].gone, self.seen[i].first_seen))
            for item in oldest[: MAX_LISTINGS // 2]:
                del self.seen[item]
                self._prices.pop(item, None)


class SearchMemories:
    """The memories of the searches that were polled most recently, at most `MAX_SEARCHES`.

    Together they have at most `MAX_ALL_LISTINGS` listings: those of the searches polled longest ago are read
    from the store again. All else that a poll remembers stays.
    """

    def __init__(self, store: SearchStore) -> None:
        self._store = store
        self._memories: OrderedDict[SearchId, SearchMemory] = OrderedDict()
        # Listings of each search that has any in memory, and of all.
        self._sizes: OrderedDict[SearchId, int] = OrderedDict()
        self._listings = 0

    def of(self, search: Search) -> SearchMemory:
        """Return the memory of a search, read from the store if another daemon has polled it since."""
        memory = self._memories.get(search.id)
        if memory is None or memory.polled_at != search.polled_at:
            seen = self._store.seen(search.id)
            memory = SearchMemory(seen, search.polled_at, partial=bool(seen))
        elif search.id not in self._sizes:
            memory = memory.with_listings(self._store.seen(search.id))
        self.keep(search.id, memory)
        return memory

    def keep(self, search: SearchId, memory: SearchMemory) -> None:
        """Keep the memory of a search that is polled, or was recorded, now; displace others."""
        self._memories[search] = memory
        self._memories.move_to_end(search)
        self._listings += len(memory.seen) - self._sizes.pop(search, 0)
        self._sizes[search] = len(memory.seen)
        while len(self._memories) > MAX_SEARCHES:
            self.forget(next(iter(self._memories)))
        while self._listings > MAX_ALL_LISTINGS and len(self._sizes) > 1:
            oldest, size = self._sizes.popitem(last=False)
            self._listings -= size
            # A copy: a poll that is under way still looks at the listings.
            self._memories[oldest] = self._memories[oldest].with_listings({})

    def forget(self, search: SearchId) -> None:
        """Forget a search: its poll was not recorded, so its memory may be wrong."""
        self._memories.pop(search, None)
        self._listings -= self._sizes.pop(search, 0)


def _sighting(x: Listing, now: Instant) -> Sighting:
    return Sighting(
        x.item_id,
        now,
        x.price or x.bid,
        x.shipping,
        x.title,
        auction=x.price is None,
        bids=x.bid_count,
        ends_at=x.ends_at if x.auction else None,  # a fixed-price listing is renewed then, it does not end
        listed_at=x.created_at,
        # Postgres stores no NUL. An address of other characters is never fetched anyway.
        image=x.image if x.image.isascii() and x.image.isprintable() else "",
    )
