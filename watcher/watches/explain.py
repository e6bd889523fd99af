"""Explains from stored state, without asking the market, why a watch did or did not alert."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from watcher.core.deciding_specifics import deciding_specifics
from watcher.core.delistings import SeenListing
from watcher.core.explanation import (
    ActiveSilence,
    Explanation,
    ExplanationData,
    MessageFate,
    build_explanation,
)
from watcher.core.item_number import hashed_id, is_item, parse_item_number
from watcher.core.lateness_views import lateness_view
from watcher.core.listing import Listing, Snapshot
from watcher.core.marketplaces import currency_of
from watcher.core.own_comps import judging_of, own_comps
from watcher.core.readings import reading_in_words
from watcher.core.rules import LastAlerted, RuleContext, assumed_shipping
from watcher.core.times import Instant
from watcher.core.watch import Watch
from watcher.db.stores import Stores
from watcher.polling.comps_cache import Answer, CompsCache
from watcher.polling.evaluation import KnownGrounds, Observation, select_comps

_MAX_MESSAGES = 20  # per watch


def explain_watch(
    watch: Watch,
    item: str,
    now: Instant,
    *,
    stores: Stores,
    cache: CompsCache,
    destination_known: bool,
    daemon_runs: bool = True,
) -> Explanation:
    """Return why the watch did or did not alert on `item`, or on any item if it is "".

    `destination_known`: its destination is configured. `daemon_runs`: a daemon uses the database.
    Raises InvalidInput if `item` is not an item number, id or URL.
    """
    number = parse_item_number(item) if item else ""
    seen = stores.history.sighting(watch.search_id, number) if number else None
    answer = cache.usable_asks(watch.inquiry, now)
    data = ExplanationData(
        watch,
        now,
        stores.history.schedule(watch.search_id),
        destination_known=destination_known,
        daemon_runs=daemon_runs,
        silence=_silence(stores, watch, now),
        number=number,
        seen=seen,
    )
    if answer is not None:
        observed = _observed(answer, seen, watch, cache)
        context = _context(stores, watch, observed, now)
        alerted = _last_alerts(stores, watch, context, number, seen)
        data = replace(
            data,
            snapshot=answer.snapshot,
            source=str(answer.api),
            context=context,
            last_alerted=alerted,
            messages=tuple(_messages(stores, watch, alerted, number)),
        )
        data = replace(
            data,
            specifics=_decided(data, observed),
            reading=_read(data, observed),
            lateness=_lateness(stores, data),
        )
    return build_explanation(data)


def _silence(stores: Stores, watch: Watch, now: Instant) -> ActiveSilence | None:
    """Return the silence of a watch that ends last."""
    held = [
        ActiveSilence(s.id, until, s.author, s.reason)
        for s in stores.incidents.silences(now)
        if s.watch == watch.id and (until := s.until(now)) is not None
    ]
    return max(held, key=lambda silence: silence.until, default=None)


def _observed(answer: Answer, seen: SeenListing | None, watch: Watch, cache: CompsCache) -> Observation:
    """Return what the polls of the watch would observe in an answer."""
    snapshot = answer.snapshot
    listings = _with_newer_sighting(snapshot, seen)
    return Observation(
        listings,
        snapshot.fetched_at,
        None,
        snapshot.complete,
        not snapshot.ignored_filters,
        answer.api,
        cache.background_of(watch.question, listings),
    )


def _context(stores: Stores, watch: Watch, observed: Observation, now: Instant) -> RuleContext:
    selected = select_comps(watch.question, observed, watch.filters)
    comps = own_comps(
        watch, selected, trust_condition=observed.trust_condition, background=observed.background
    )
    assumed = assumed_shipping(observed.listings, currency_of(watch.question.marketplace))
    remembered = stores.searches.seen(watch.search_id)
    return KnownGrounds(stores.searches, observed, remembered, now).context(watch, comps, assumed)


def _decided(data: ExplanationData, observed: Observation) -> str:
    """Return the item specifics that decided about the item, in words; empty if none did."""
    if (listing := data.listing) is None:
        return ""
    judging = judging_of(data.watch, trust_condition=observed.trust_condition, background=observed.background)
    decided = deciding_specifics(judging, observed.listings, data.watch.taught)
    found = decided.get(listing.item_id)
    return found.in_words() if found else ""


def _read(data: ExplanationData, observed: Observation) -> str:
    """Return what the AI reader said of the item, in words; empty if it was not read."""
    listing = data.listing
    return reading_in_words(observed.background.readings.get(listing.item_id)) if listing else ""


def _last_alerts(
    stores: Stores, watch: Watch, context: RuleContext, number: str, seen: SeenListing | None
) -> dict[str, tuple[LastAlerted, Instant]]:
    selection = context.comps.selection
    listings = (*selection.kept, *selection.auctions, *(d.listing for d in selection.dropped))
    if number:
        ids = {x.item_id for x in listings if is_item(x.item_id, number)}
        ids |= {seen.item_id} if seen else set()  # it may have left the market since it alerted
    else:
        ids = {m.listing.item_id for m in watch.rule.evaluate(context).matches}
    return dict(stores.history.last_alerted(watch.id, ids))


def _messages(
    stores: Stores, watch: Watch, alerted: Mapping[str, tuple[LastAlerted, Instant]], number: str
) -> Sequence[MessageFate]:
    if not number:
        return stores.history.messages(watch.id, _MAX_MESSAGES)
    at = max((when for _, when in alerted.values()), default=None)
    return () if at is None else stores.history.messages(watch.id, _MAX_MESSAGES, at)


def _lateness(stores: Stores, data: ExplanationData) -> Mapping[str, Any] | None:
    """Return how late the item of the newest message was; without an item, the first one of that message."""
    row = stores.alerts.get(data.messages[0].alert) if data.messages else None
    if row is None:
        return None
    known = {x.item_id for x in (data.listing, data.seen) if x is not None}
    hashes = {hashed_id(item) for item in known}
    wanted = (i for i in row.alert.items if not data.number or hashed_id(i.item_id) in hashes)
    item = next(wanted, None)
    if item is None:
        return None
    found = stores.lateness.of_alerts([row.alert.id])
    return lateness_view(item, found.get((row.alert.id, hashed_id(item.item_id))))


def _with_newer_sighting(snapshot: Snapshot, seen: SeenListing | None) -> tuple[Listing, ...]:
    """Return the answer's listings with the price of the item that a later poll saw."""
    if seen is None or seen.gone_at is not None or seen.changed_at <= snapshot.fetched_at:
        return snapshot.listings
    if all(x.item_id != seen.item_id for x in snapshot.listings):
        return (*snapshot.listings, Listing(seen.item_id, seen.title, seen.price, seen.shipping))
    return tuple(
        x._replace(price=seen.price, shipping=seen.shipping) if x.item_id == seen.item_id and x.fixed else x
        for x in snapshot.listings
    )
