"""Judging one look at the market: comps for each set of filters, and the alerts of each watch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from watcher.core.alerts import Alert, ItemAlert, make_alert
from watcher.core.comps import Comps, Filters, select, summarize
from watcher.core.listing import Listing
from watcher.core.marketplaces import currency_of
from watcher.core.money import Money
from watcher.core.polls import Seen
from watcher.core.receipts import Evidence, Grounds, evidence_of
from watcher.core.rejections import without_rejected
from watcher.core.rules import (
    History,
    LastAlerted,
    NewListing,
    RuleContext,
    assumed_shipping,
    evaluate_rule,
    needs_history,
    worth_telling,
)
from watcher.core.times import HOUR, Instant
from watcher.core.watch import Question, Search, Watch, WatchId
from watcher.db.searches import SearchStore

# Where not the whole market is seen, an old listing may show up late: it is new only if it is so young.
YOUNG = HOUR


class Look(NamedTuple):
    """What is judged: the listings, and how far they are believed.

    `present`: the ids of those that were on offer just now, None for all; only they alert, the others are
    comps. `sure`: this look and the one before it saw the whole market, so what was not there is new.
    """

    listings: Sequence[Listing]
    fetched_at: Instant
    present: frozenset[str] | None
    sure: bool
    trust_condition: bool
    source: str


class Judged(NamedTuple):
    """The comps by `Filters.key`, the alerts, and the watches whose state moved (id, revision, armed).

    Of the alerts also what they rest on: the evidence, and the grounds by alert id.
    """

    comps: dict[str, Comps]
    alerts: list[tuple[Alert, tuple[ItemAlert, ...]]]
    moved: list[tuple[WatchId, int, bool]]
    evidence: dict[tuple[str, tuple[str, ...]], Evidence]
    grounds: dict[str, Grounds]


def judge_all(
    store: SearchStore,
    search: Search,
    watches: Sequence[Watch],
    look: Look,
    seen: Mapping[str, Seen],
    now: Instant,
) -> Judged:
    """Judge every watch of a search by one look; `seen` is what was known before it."""
    result = Judged({}, [], [], {}, {})
    assumed = assumed_shipping(look.listings, currency_of(search.question.marketplace))
    _comps(search.question, look, Filters(), result.comps)
    for watch in watches:
        comps = without_rejected(_comps(search.question, look, watch.filters, result.comps), watch.rejected)
        market = market_of(store, watch, comps, look, seen, assumed, now)
        _judge_one(store, watch, market, look, result)
    return result


def market_of(
    store: SearchStore,
    watch: Watch,
    comps: Comps,
    look: Look,
    seen: Mapping[str, Seen],
    assumed: Money | None,
    now: Instant,
) -> RuleContext:
    """What the watch's rule looks at; `assumed` is the search's own shipping where one is unknown."""
    return RuleContext(
        comps=comps,
        now=now,
        assumed=watch.unknown_shipping.amount or assumed,
        new_items=_new_items(store, watch, comps, look, seen, now),
        history=_history(store, watch, now),
    )


def _judge_one(store: SearchStore, watch: Watch, market: RuleContext, look: Look, result: Judged) -> None:
    skip = watch.unknown_shipping.policy == "skip"
    judgement = evaluate_rule(watch.rule, market, armed=watch.armed, skip_unknown=skip)
    hits = judgement.hits
    if look.present is not None:
        hits = tuple(h for h in hits if h.listing.item_id in look.present)
    told = store.told(watch.id, [h.listing.item_id for h in hits]) if hits else {}
    hits = worth_telling(hits, told)
    if hits or judgement.market:
        alert = make_alert(
            watch,
            hits,
            judgement.market,
            market.comps,
            now=market.now,
            fetched_at=look.fetched_at,
            source=look.source,
        )
        states = tuple(
            ItemAlert(h.listing.item_id, LastAlerted(h.total, h.price, h.assumed is not None)) for h in hits
        )
        result.alerts.append((alert, states))
        result.grounds[alert.id] = Grounds(
            evidence=_evidence(watch, market, look, result).id,
            rule=str(watch.rule),
            assumption=str(watch.unknown_shipping),
            assumed=market.assumed,
            armed=watch.armed,
            history=market.history,
            new_items=tuple(sorted(market.new_items)),
            told=dict(told),
        )
    if hits or judgement.market or watch.baseline_at is None or judgement.armed != watch.armed:
        result.moved.append((watch.id, watch.revision, judgement.armed))


def _evidence(watch: Watch, market: RuleContext, look: Look, result: Judged) -> Evidence:
    """Made once for all watches that leave out the same, and only where one of them alerts."""
    key = (watch.filters.key, watch.rejected)
    found = result.evidence.get(key)
    if found is None:
        found = result.evidence[key] = evidence_of(
            market.comps,
            watch,
            at=market.now,
            fetched_at=look.fetched_at,
            source=look.source,
            trust_condition=look.trust_condition,
            present=look.present,
        )
    return found


def comps_of(question: Question, look: Look, filters: Filters) -> Comps:
    """What of a look is comparable under these filters."""
    currency = currency_of(question.marketplace)
    selection = select(
        question.query,
        question.condition,
        look.listings,
        currency=currency,
        filters=filters,
        trust_condition=look.trust_condition,
    )
    return Comps(selection, summarize(selection.kept, currency))


def _comps(question: Question, look: Look, filters: Filters, known: dict[str, Comps]) -> Comps:
    found = known.get(filters.key)
    if found is None:
        found = known[filters.key] = comps_of(question, look, filters)
    return found


def _new_items(
    store: SearchStore, watch: Watch, comps: Comps, look: Look, seen: Mapping[str, Seen], now: Instant
) -> frozenset[str]:
    """What was not there at the watch's first poll, as far as can be told."""
    baseline = watch.baseline_at
    if baseline is None or not isinstance(watch.rule, NewListing):
        return frozenset()
    new = [
        x.item_id
        for x in comps.selection.kept
        if ((before := seen.get(x.item_id)) is None or before.first_seen > baseline)
        and (look.sure or x.created_at is None or baseline - YOUNG <= x.created_at <= now + YOUNG)
    ]
    # Memory forgets what has long gone; the store does not.
    unknown = [item for item in new if item not in seen]
    known = store.first_seen(watch.search_id, unknown) if unknown else {}
    return frozenset(item for item in new if item not in known or known[item] > baseline)


def _history(store: SearchStore, watch: Watch, now: Instant) -> History:
    window = needs_history(watch.rule)
    if window is None:
        return History()
    return store.history(watch.search_id, watch.filters.key, Instant(now - window), now)
