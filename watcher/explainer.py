"""Explains from stored state why a watch did or did not alert; the market is not asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

from watcher.cache import Freshness, usable
from watcher.core.errors import InvalidInput
from watcher.core.exits import Sighted
from watcher.core.explain import Answer, Explanation, Known, Message, Schedule, explain
from watcher.core.feedback import without
from watcher.core.item_number import is_item, item_number
from watcher.core.listing import Listing, Snapshot
from watcher.core.marketplaces import currency_of
from watcher.core.rules import Market, Told, assumed_shipping, judge
from watcher.core.times import Instant
from watcher.core.watch import SearchId, Watch, WatchId
from watcher.judge import Look, comps_of, market_of
from watcher.ports import CacheStore, SearchStore

# So many of a watch's messages are counted.
_LATEST = 20


class Tracks(Protocol):
    """What the store tells of one search, item or watch."""

    def schedule(self, search: SearchId) -> Schedule:
        """When it was and will be polled."""
        ...

    def sighting(self, search: SearchId, number: str) -> Sighted | None:
        """What is remembered of an item."""
        ...

    def told(self, watch: WatchId, items: Iterable[str]) -> Mapping[str, tuple[Told, Instant]]:
        """What was last said of these items, and when."""
        ...

    def messages(self, watch: WatchId, limit: int, made_at: Instant | None = None) -> Sequence[Message]:
        """The newest alerts, or those of one instant, with the fate of their messages."""
        ...


class Explainer:
    """Answers *why* and *why not*. `knows`: whether a destination leads anywhere."""

    def __init__(
        self,
        tracks: Tracks,
        searches: SearchStore,
        cache: CacheStore,
        freshness: Freshness,
        knows: Callable[[str], bool],
    ) -> None:
        self._tracks, self._searches, self._cache = tracks, searches, cache
        self._freshness, self._knows = freshness, knows

    def explain(self, watch: Watch, item: str, now: Instant) -> Explanation:
        """Why the watch did or did not alert: about `item`, or about anything where that is empty.

        Raises InvalidInput for what names no item.
        """
        try:
            number = item_number(item) if item else ""
        except ValueError as error:
            raise InvalidInput(f"{error}.") from None
        seen = self._tracks.sighting(watch.search_id, number) if number else None
        found = usable(self._cache, watch.question, self._freshness, now)
        known = Known(
            watch,
            now,
            self._tracks.schedule(watch.search_id),
            known_to=self._knows(watch.to),
            number=number,
            seen=seen,
        )
        if found is None:
            return explain(known)
        source, entry = found
        market = self._market(watch, entry.snapshot, source, seen, now)
        told = self._told(watch, market, number, seen)
        return explain(
            Known(
                watch,
                now,
                known.schedule,
                Answer(entry.snapshot, str(source), entry.expires_at),
                market,
                told,
                tuple(self._messages(watch, told, number)),
                known.known_to,
                number,
                seen,
            )
        )

    def _market(
        self, watch: Watch, snapshot: Snapshot, source: str, seen: Sighted | None, now: Instant
    ) -> Market:
        listings = _brought_up_to_date(snapshot, seen)
        look = Look(
            listings, snapshot.fetched_at, None, snapshot.complete, not snapshot.ignored_filters, source
        )
        comps = without(comps_of(watch.question, look, watch.filters), watch.rejected)
        assumed = assumed_shipping(listings, currency_of(watch.question.marketplace))
        remembered = self._searches.seen(watch.search_id)
        return market_of(self._searches, watch, comps, look, remembered, assumed, now)

    def _told(
        self, watch: Watch, market: Market, number: str, seen: Sighted | None
    ) -> dict[str, tuple[Told, Instant]]:
        selection = market.comps.selection
        every = (*selection.kept, *selection.auctions, *(d.listing for d in selection.dropped))
        if number:
            ids = {x.item_id for x in every if is_item(x.item_id, number)}
            ids |= {seen.item_id} if seen else set()  # it may have gone since it was told
        else:
            skip = watch.unknown_shipping.policy == "skip"
            judged = judge(watch.rule, market, armed=True, skip_unknown=skip)
            ids = {h.listing.item_id for h in judged.hits}
        return dict(self._tracks.told(watch.id, ids))

    def _messages(
        self, watch: Watch, told: Mapping[str, tuple[Told, Instant]], number: str
    ) -> Sequence[Message]:
        if not number:
            return self._tracks.messages(watch.id, _LATEST)
        at = max((when for _, when in told.values()), default=None)
        return () if at is None else self._tracks.messages(watch.id, _LATEST, at)


def _brought_up_to_date(snapshot: Snapshot, seen: Sighted | None) -> tuple[Listing, ...]:
    """The answer with what a look at the newest listings has shown of the item since."""
    if seen is None or seen.gone_at is not None or seen.changed_at <= snapshot.fetched_at:
        return snapshot.listings
    if all(x.item_id != seen.item_id for x in snapshot.listings):
        return (*snapshot.listings, Listing(seen.item_id, seen.title, seen.price, seen.shipping))
    return tuple(
        x._replace(price=seen.price, shipping=seen.shipping) if x.item_id == seen.item_id and x.fixed else x
        for x in snapshot.listings
    )
