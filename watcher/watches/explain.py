"""Explains from stored state why a watch did or did not alert; the market is not asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from watcher.core.delistings import Sighted
from watcher.core.errors import InvalidInput
from watcher.core.explanation import (
    Explanation,
    ExplanationData,
    MessageFate,
    StoredAnswer,
    build_explanation,
)
from watcher.core.item_number import is_item, item_number
from watcher.core.listing import Listing, Snapshot
from watcher.core.marketplaces import currency_of
from watcher.core.rejections import without_rejected
from watcher.core.rules import LastAlerted, RuleContext, assumed_shipping
from watcher.core.times import Instant
from watcher.core.watch import Watch
from watcher.db.stores import Stores
from watcher.polling.comps_cache import CompsCache
from watcher.polling.evaluation import Observation, build_context, select_comps

# So many of a watch's messages are counted.
_LATEST = 20


@dataclass(frozen=True, slots=True)
class Explainer:
    """Explains alerts and missing alerts. `is_destination`: whether a destination is configured."""

    stores: Stores
    cache: CompsCache
    is_destination: Callable[[str], bool]

    def explain(self, watch: Watch, item: str, now: Instant) -> Explanation:
        """Why the watch did or did not alert: about `item`, or about anything where that is empty.

        Raises InvalidInput for what names no item.
        """
        try:
            number = item_number(item) if item else ""
        except ValueError as error:
            raise InvalidInput(f"{error}.") from None
        seen = self.stores.history.sighting(watch.search_id, number) if number else None
        answer = self.cache.usable_asks(watch.question, now)
        known = ExplanationData(
            watch,
            now,
            self.stores.history.schedule(watch.search_id),
            destination_known=self.is_destination(watch.to),
            number=number,
            seen=seen,
        )
        if answer is None:
            return build_explanation(known)
        market = self._market(watch, answer.snapshot, answer.api, seen, now)
        told = self._told(watch, market, number, seen)
        return build_explanation(
            ExplanationData(
                watch,
                now,
                known.schedule,
                StoredAnswer(answer.snapshot, str(answer.api), answer.expires_at),
                market,
                told,
                tuple(self._messages(watch, told, number)),
                known.destination_known,
                number,
                seen,
            )
        )

    def _market(
        self, watch: Watch, snapshot: Snapshot, source: str, seen: Sighted | None, now: Instant
    ) -> RuleContext:
        listings = _brought_up_to_date(snapshot, seen)
        observed = Observation(
            listings, snapshot.fetched_at, None, snapshot.complete, not snapshot.ignored_filters, source
        )
        comps = without_rejected(select_comps(watch.question, observed, watch.filters), watch.rejected)
        assumed = assumed_shipping(listings, currency_of(watch.question.marketplace))
        remembered = self.stores.searches.seen(watch.search_id)
        return build_context(self.stores.searches, watch, comps, observed, remembered, assumed, now)

    def _told(
        self, watch: Watch, market: RuleContext, number: str, seen: Sighted | None
    ) -> dict[str, tuple[LastAlerted, Instant]]:
        selection = market.comps.selection
        every = (*selection.kept, *selection.auctions, *(d.listing for d in selection.dropped))
        if number:
            ids = {x.item_id for x in every if is_item(x.item_id, number)}
            ids |= {seen.item_id} if seen else set()  # it may have gone since it was told
        else:
            ids = {m.listing.item_id for m in watch.rule.evaluate(market).matches}
        return dict(self.stores.history.told(watch.id, ids))

    def _messages(
        self, watch: Watch, told: Mapping[str, tuple[LastAlerted, Instant]], number: str
    ) -> Sequence[MessageFate]:
        if not number:
            return self.stores.history.messages(watch.id, _LATEST)
        at = max((when for _, when in told.values()), default=None)
        return () if at is None else self.stores.history.messages(watch.id, _LATEST, at)


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
