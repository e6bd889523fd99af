"""Evaluates the watches of a search: comps for each set of filters, and the alerts of each watch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from watcher.core.alerts import Alert, make_alert, with_readings, with_specifics
from watcher.core.background import Background
from watcher.core.comps import Comps, Filters
from watcher.core.errors import Api
from watcher.core.known_verdicts import KnownVerdicts, RecentVerdicts
from watcher.core.lateness import LastLook, with_starts
from watcher.core.listing import Listing
from watcher.core.market_profile import profile_of
from watcher.core.marketplaces import currency_of, languages_of
from watcher.core.money import Money
from watcher.core.own_comps import own_comps
from watcher.core.own_groups import MarketGroups
from watcher.core.polls import Seen
from watcher.core.preview import market_warnings
from watcher.core.receipts import Evidence, Grounds, build_evidence
from watcher.core.rules import (
    History,
    LastAlerted,
    RuleContext,
    RuleOutcome,
    assumed_shipping,
    matches_worth_alert,
)
from watcher.core.taught import Taught
from watcher.core.times import HOUR, Instant, Seconds
from watcher.core.watch import Question, Search, SearchId, Watch, WatchId, comps_for
from watcher.db.searches import SearchStore

# If only a part of the market is seen, an old listing may appear late; a new one is at most this much older
# than the watch's first poll.
MAX_NEW_AGE = HOUR


class Observation(NamedTuple):
    """The listings to evaluate, and how far they are trusted.

    `present`: ids of the listings in the market's answer, None for all; the others are cached comps and
    never alert. `complete`: this answer and the previous one cover the whole market, so a listing that was
    not seen before is new. `trust_condition`: the market applied the condition filter.
    `background`: what is known besides. `is_narrowed`: the answer is limited to what may alert, so it says
    nothing about the market; `is_full_scan`: it is the whole market, or a page of the newest of all of it.
    `covered_at`: when the last poll saw all that this one shows, or would have: None if none did.
    `is_shared`: another poll made the call.
    """

    listings: Sequence[Listing]
    fetched_at: Instant
    present: frozenset[str] | None
    complete: bool
    trust_condition: bool
    source: str
    background: Background = Background()
    is_narrowed: bool = False
    is_full_scan: bool = False
    covered_at: Instant | None = None
    is_shared: bool = False


_ExclusionKey = tuple[str, tuple[str, ...], Taught]
"""Filters, rejected items and answers: watches with the same ones see the same comps."""


class Evaluation(NamedTuple):
    """The comps by `Filters.key`, the alerts, and the watches whose state changed (id, revision, armed).

    `evidence` (by filters, rejected items and answers) and `grounds` (by alert id) are the alerts' receipts;
    `cautions` are the warnings about comps, by the key of their evidence and whether the rule judges within
    price groups; `groups` are those groups, by the same key as the evidence.
    """

    comps: dict[str, Comps]
    alerts: list[tuple[Alert, Mapping[str, LastAlerted]]]
    changed: list[tuple[WatchId, int, bool]]
    evidence: dict[_ExclusionKey, Evidence]
    grounds: dict[str, Grounds]
    cautions: dict[tuple[_ExclusionKey, bool], tuple[str, ...]]
    groups: dict[_ExclusionKey, MarketGroups]


def evaluate_watches(
    store: SearchStore,
    search: Search,
    watches: Sequence[Watch],
    observed: Observation,
    seen: Mapping[str, Seen],
    now: Instant,
    verdicts: RecentVerdicts,
) -> Evaluation:
    """Evaluate every watch of a search; `seen` is what was known of its items before this poll.

    `verdicts` keeps those on rows that do not change from poll to poll.
    """
    result = Evaluation({}, [], [], {}, {}, {}, {})
    usual_shipping = assumed_shipping(observed.listings, currency_of(search.question.marketplace))
    filters_by_key = {"": Filters()}
    for watch in watches:
        filters_by_key.setdefault(watch.filters.key, watch.filters)
    for key, filters in filters_by_key.items():
        rows = verdicts.take((search.id, key))
        result.comps[key] = select_comps(search.question, observed, filters, rows)
        verdicts.put((search.id, key), rows)
    known = KnownGrounds(store, observed, seen, now, result.groups)
    outcomes: list[tuple[Watch, RuleContext, RuleOutcome]] = []
    for watch in watches:
        comps = own_comps(
            watch,
            result.comps[watch.filters.key],
            trust_condition=observed.trust_condition,
            background=observed.background,
        )
        context = known.context(watch, comps, usual_shipping)
        outcomes.append((watch, context, _outcome_of(watch, context, observed)))
    matched = {w.id: [m.listing.item_id for m in found.matches] for w, _, found in outcomes if found.matches}
    last_alerted = store.last_alerted(matched) if matched else {}
    for watch, context, outcome in outcomes:
        _judge_outcome(watch, context, outcome, observed, last_alerted.get(watch.id, {}), result)
    if result.alerts:
        before = LastLook(seen, search.polled_at, observed.covered_at, observed.is_narrowed)
        _add_starts(result, watches, observed, before)
    return result


def with_profile(search: Search, observed: Observation, *, is_due: bool) -> Observation:
    """Return what was observed, with what the search knows of its market after this answer.

    Only an answer of the market itself shows categories and catalogue ids. `is_due`: enough listings have
    changed for another profile.
    """
    profile = search.profile
    if observed.source is Api.EBAY and (is_due or profile is None):
        currency = currency_of(search.question.marketplace)
        profile = profile_of(
            search.question.query,
            [x for x in observed.listings if not x.is_apart],
            profile,
            currency=currency,
            languages=languages_of(search.question.marketplace),
        )
    return observed._replace(background=observed.background._replace(profile=profile))


def select_comps(
    question: Question, observed: Observation, filters: Filters, known: KnownVerdicts | None = None
) -> Comps:
    """Select the listings that are comparable under these filters, and summarise them."""
    return comps_for(
        question,
        observed.listings,
        filters,
        trust_condition=observed.trust_condition,
        background=observed.background,
        known=known,
    )


class KnownGrounds:
    """What the rules of the watches of one search look at, found once for all watches that share it.

    `groups` are the price groups of comps, by what the watches exclude.
    """

    def __init__(
        self,
        store: SearchStore,
        observed: Observation,
        seen: Mapping[str, Seen],
        now: Instant,
        groups: dict[_ExclusionKey, MarketGroups] | None = None,
    ) -> None:
        self._store, self._observed, self._seen, self._now = store, observed, seen, now
        self._groups = {} if groups is None else groups
        self._histories: dict[tuple[str, Seconds], History] = {}
        self._new_items: dict[tuple[_ExclusionKey, Instant], frozenset[str]] = {}

    def context(self, watch: Watch, comps: Comps, usual_shipping: Money | None) -> RuleContext:
        """Return what the watch's rule looks at; `usual_shipping` is assumed if a listing shows none."""
        key, rule = _exclusions(watch), watch.rule
        if rule.within_groups and key not in self._groups:
            self._groups[key] = watch.groups_of(comps)
        return watch.rule_context(
            comps,
            self._now,
            usual_shipping,
            new_items=self._new_items_of(watch, comps, key),
            history=self._history_of(watch),
            groups=self._groups.get(key) if rule.within_groups else None,
        )

    def _history_of(self, watch: Watch) -> History:
        window, filters = watch.rule.history_window, watch.filters.key
        if window is None:
            return History()
        key = (filters, window)
        if key not in self._histories:
            since = Instant(self._now - window)
            self._histories[key] = self._store.history(watch.search_id, filters, since, self._now)
        return self._histories[key]

    def _new_items_of(self, watch: Watch, comps: Comps, exclusions: _ExclusionKey) -> frozenset[str]:
        """Return the ids of listings that were not there at the watch's first poll."""
        baseline = watch.baseline_at
        if baseline is None or not watch.rule.needs_new_items:
            return frozenset()
        key = (exclusions, baseline)
        if key not in self._new_items:
            self._new_items[key] = self._find_new_items(watch.search_id, comps, baseline)
        return self._new_items[key]

    def _find_new_items(self, search: SearchId, comps: Comps, baseline: Instant) -> frozenset[str]:
        seen, is_complete, now = self._seen, self._observed.complete, self._now
        new = [
            x.item_id
            for x in comps.selection.kept
            if ((before := seen.get(x.item_id)) is None or before.first_seen > baseline)
            and (
                is_complete
                or x.created_at is None
                or baseline - MAX_NEW_AGE <= x.created_at <= now + MAX_NEW_AGE
            )
        ]
        # `seen` no longer contains listings that left the market long ago; the database does.
        unseen = [item for item in new if item not in seen]
        first_seen = self._store.first_seen(search, unseen) if unseen else {}
        return frozenset(item for item in new if item not in first_seen or first_seen[item] > baseline)


def _outcome_of(watch: Watch, context: RuleContext, observed: Observation) -> RuleOutcome:
    """Return which listings on offer satisfy the watch's rule, alerted before or not."""
    outcome = watch.rule.evaluate(context, armed=watch.armed)
    matches = outcome.matches
    if not matches:
        return outcome
    if observed.present is not None:
        matches = tuple(m for m in matches if m.listing.item_id in observed.present)
    return outcome._replace(matches=watch.certainty.admitted(matches, context.comps.selection))


def _judge_outcome(
    watch: Watch,
    context: RuleContext,
    outcome: RuleOutcome,
    observed: Observation,
    last_alerted: Mapping[str, LastAlerted],
    result: Evaluation,
) -> None:
    """Add the alert, if there is one, and the watch's new state."""
    if outcome.matches:
        outcome = outcome._replace(matches=matches_worth_alert(outcome.matches, last_alerted))
    alerts = bool(outcome.matches or outcome.median_reason)
    if alerts:
        _add_alert(watch, outcome, context, observed, last_alerted, result)
    if alerts or watch.baseline_at is None or outcome.armed != watch.armed:
        result.changed.append((watch.id, watch.revision, outcome.armed))


def _add_alert(
    watch: Watch,
    outcome: RuleOutcome,
    context: RuleContext,
    observed: Observation,
    last_alerted: Mapping[str, LastAlerted],
    result: Evaluation,
) -> None:
    key = _exclusions(watch)
    rule = watch.rule
    if rule.uses_median and (key, rule.within_groups) not in result.cautions:
        result.cautions[key, rule.within_groups] = market_warnings(watch, context.comps)
    if key not in result.evidence:
        result.evidence[key] = build_evidence(
            context.comps,
            watch,
            at=context.now,
            fetched_at=observed.fetched_at,
            source=observed.source,
            trust_condition=observed.trust_condition,
            present=observed.present,
            background=observed.background,
        )
    alert = make_alert(
        watch,
        outcome.matches,
        outcome.median_reason,
        context.comps,
        now=context.now,
        fetched_at=observed.fetched_at,
        source=observed.source,
        caution=" ".join(result.cautions.get((key, rule.within_groups), ())) if rule.uses_median else "",
    )
    alert = with_specifics(alert, result.evidence[key].specifics)
    alert = with_readings(alert, result.evidence[key].reading_words)
    states = {
        m.listing.item_id: LastAlerted(m.total, m.price, estimated=m.assumed is not None)
        for m in outcome.matches
    }
    result.alerts.append((alert, states))
    result.grounds[alert.id] = Grounds(
        evidence=result.evidence[key].id,
        rule=str(watch.rule),
        assumption=str(watch.unknown_shipping),
        assumed=context.assumed,
        armed=watch.armed,
        history=context.history,
        new_items=tuple(sorted(context.new_items)),
        told=dict(last_alerted),
        groups=context.groups.groups,
        places=dict(context.groups.places) or None,
        certainty=watch.certainty,
    )


def _add_starts(
    result: Evaluation, watches: Sequence[Watch], observed: Observation, before: LastLook
) -> None:
    """Add to the alerts when their items were listed, or when their prices fell."""
    listings = {x.item_id: x for x in observed.listings}
    by_id = {watch.id: watch for watch in watches}
    result.alerts[:] = [
        (with_starts(alert, before, by_id[WatchId(alert.watch_id)], listings), states)
        for alert, states in result.alerts
    ]


def _exclusions(watch: Watch) -> _ExclusionKey:
    return watch.filters.key, watch.rejected, watch.taught
