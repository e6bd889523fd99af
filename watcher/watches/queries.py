"""What commands and web endpoints ask about watches and prices."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from watcher.core.accuracy import Accuracy
from watcher.core.categories import canonical_category, category_warning
from watcher.core.comps import Basis, Comps
from watcher.core.delistings import ObservedPrices, find_delistings, summarize_delistings
from watcher.core.error_codes import title_of
from watcher.core.errors import Api, Kind, WatcherError
from watcher.core.explanation import Explanation
from watcher.core.item_number import hashed_id
from watcher.core.lateness import ItemLateness
from watcher.core.lateness_views import FIGURE_DAYS, lateness_figures_view, lateness_view
from watcher.core.marketplaces import currency_of, languages_of
from watcher.core.money import Money, amount_or_none
from watcher.core.monitoring.silences import Silence, silence_over
from watcher.core.own_comps import own_comps
from watcher.core.plan_sentences import is_halted
from watcher.core.preview import Preview, build_preview, market_warnings
from watcher.core.price_clusters import find_price_groups, warn_of_price_groups
from watcher.core.receipts import replay
from watcher.core.rejections import Precision
from watcher.core.serializers import (
    accuracy_note,
    alert_view,
    comps_view,
    observed_view,
    receipt_view,
    watch_view,
)
from watcher.core.specifics import Specifics
from watcher.core.times import DAY, Instant, Seconds, iso
from watcher.core.watch import Inquiry, Question, SearchId, Watch
from watcher.db.alerts import AlertRow
from watcher.db.history import ItemTimes
from watcher.db.stores import Stores
from watcher.db.watches import DamagedWatch, WatchRow
from watcher.polling.comps_cache import Answer, CompsCache
from watcher.polling.demand_scan import PlanTerms, SharedPlan
from watcher.polling.fetch import Fetcher
from watcher.polling.planning import DayCalls
from watcher.ports import Clock
from watcher.watches.backtest import backtest_watch
from watcher.watches.doubts import DoubtFinder, KnownSearch, Workload
from watcher.watches.explain import explain_watch
from watcher.watches.promises import Promises

_SEARCHES_AT_ONCE = 500  # of a list, in one query
_WATCHES_AT_ONCE = 100  # of an import, before other tasks run; a few milliseconds


def damaged_view(damaged: DamagedWatch) -> dict[str, object]:
    """Return a watch whose row cannot be read, with what is wrong and what to do."""
    return {"id": damaged.id, "why": damaged.why, "message": damaged.sentence}


def alert_views(stores: Stores, rows: Sequence[AlertRow]) -> list[dict[str, Any]]:
    """Return alerts as JSON: `alerts list --json`, `watch show --json`, lists of the API, and the page."""
    times = stores.history.item_times(item.item_id for row in rows for item in row.alert.items)
    late = stores.lateness.of_alerts([row.alert.id for row in rows])
    return [_alert_row_view(row, times, late) for row in rows]


def alert_detail(stores: Stores, row: AlertRow) -> dict[str, Any]:
    """Return an alert with its receipt as JSON: `alerts show --json`, GET /api/alerts/{id}, and the page."""
    receipt = stores.alerts.receipt(row.alert.id)
    view = receipt and receipt_view(*receipt, replay(row.alert, *receipt))
    return alert_views(stores, [row])[0] | {"receipt": view}


def _alert_row_view(
    row: AlertRow, times: Mapping[str, ItemTimes], late: Mapping[tuple[str, str], ItemLateness]
) -> dict[str, Any]:
    alert = row.alert
    found = [late.get((alert.id, hashed_id(item.item_id))) for item in alert.items]
    # The outbox forgets a message that was sent long ago.
    sent_at = row.sent_at or next((one.sent_at for one in found if one), None)
    view = alert_view(alert, row.state, sent_at, row.error)
    unknown = ItemTimes(None, None)
    for shown, item, lateness in zip(view["items"], alert.items, found, strict=True):
        listed_at, seen_at = times.get(item.item_id, unknown)
        listed_at = item.listed_at if item.listed_at is not None else listed_at
        is_plausible = listed_at is not None and listed_at <= alert.made_at
        shown["listedAt"] = iso(listed_at) if listed_at is not None and is_plausible else None
        shown["seenAt"] = None if seen_at is None else iso(seen_at)
        shown["lateness"] = lateness_view(item, lateness)
    return view | {
        "ackedBy": row.acked_by or None,
        "erasedAt": None if row.erased_at is None else iso(row.erased_at),
    }


def _state_view(row: WatchRow, silence: Silence | None, now: Instant) -> dict[str, Any]:
    """Return what a watch did last, what it does next, and what is wrong with it."""
    due = None if row.watch.paused else row.due_at
    until = silence.until(now) if silence else None
    return {
        "revision": row.watch.revision,
        "lastPolledAt": None if row.polled_at is None else iso(row.polled_at),
        "nextPollAt": None if due is None else iso(due),
        "lastError": {"code": row.error, "title": title_of(row.error)} if row.error else None,
        "suspicion": row.suspicion or None,
        "unreadable": row.unreadable,
        "unrecordedPolls": row.unrecorded,
        "silenced": {"until": iso(until), "by": silence.author, "reason": silence.reason, "id": silence.id}
        if silence and until
        else None,
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchQueries:
    """Answers questions about watches and prices from the stores and the comps cache.

    `open_fetcher` makes the fetcher on first use: it needs eBay credentials, and most queries do not.
    `day_calls` returns the calls that polls get.
    `is_destination` returns whether a destination is configured, `is_daemon_running` whether one polls.
    `history` is how long price history is kept.
    `remember_pictures` gets the (item id, picture) of listings that are shown and that no poll may have seen.
    """

    stores: Stores
    cache: CompsCache
    open_fetcher: Callable[[], Fetcher]
    clock: Clock
    day_calls: Callable[[Instant], DayCalls]
    terms: PlanTerms
    is_destination: Callable[[str], bool]
    is_daemon_running: Callable[[], bool] = lambda: True
    remember_pictures: Callable[[Iterable[tuple[str, str]]], None] = lambda _: None
    history: Seconds = Seconds(math.inf)

    async def comps(self, inquiry: Inquiry) -> tuple[Answer, Comps]:
        """Return comps on sold prices if there are enough of them, else on asks. Raises CallFailed."""
        answer, comps = await self.open_fetcher().fetch_comps(inquiry)
        self._remember_pictures_of(answer)
        return answer, comps

    def count_cache_hit(self) -> None:
        """Count an answer that was served from the cache without asking for it again."""
        self.open_fetcher().count_cache_hit()

    async def asking_comps(self, watch: Watch) -> tuple[Answer, Comps]:
        """Return comps on asks, as a watch with these filters sees them. Raises CallFailed."""
        answer = await self.open_fetcher().fetch(watch.inquiry)
        self._remember_pictures_of(answer)
        return answer, self.cache.comps_of(watch.question, answer, watch.filters)

    def _remember_pictures_of(self, answer: Answer) -> None:
        self.remember_pictures((x.item_id, x.image) for x in answer.snapshot.listings)

    def cached_comps(self, watch: Watch) -> Comps | None:
        """Return the watch's comps from the cached answer without asking the market; None without one."""
        answer = self.cache.get(watch.inquiry)
        if answer is None:
            return None
        return self.own_comps(watch, answer, self.cache.comps_of(watch.question, answer, watch.filters))

    def own_comps(self, watch: Watch, answer: Answer, comps: Comps) -> Comps:
        """Return the comps of an answer under the watch's filters as its user's answers change them."""
        background = self.cache.background_of(watch.question, answer.snapshot.listings)
        trusted = not answer.snapshot.ignored_filters
        return own_comps(watch, comps, trust_condition=trusted, background=background)

    def specifics_of(self, watch: Watch, comps: Comps) -> Mapping[str, Specifics]:
        """Return what is known of the item specifics of these listings."""
        listings = (*comps.selection.kept, *(d.listing for d in comps.selection.dropped))
        return self.cache.background_of(watch.question, listings).specifics

    def observed(self, question: Question) -> ObservedPrices | None:
        """Return the last prices of delisted listings; None if no watch polls this question."""
        history, currency = self.stores.history, currency_of(question.marketplace)
        search = history.search_of(question)
        if search is None:
            return None
        languages = languages_of(question.marketplace)
        background = self.cache.background_of(question, ())
        gone = find_delistings(question.query, history.sightings(search), currency, languages, background)
        return summarize_delistings([*history.delistings(search), *gone], currency)

    def accuracy_of(self, category: str, basis: Basis) -> Accuracy | None:
        """Return how wrong medians of a category were, by any of its names; None if that is not known."""
        return self.stores.accuracy.of(canonical_category(category, self.cache.freshness.ttls), basis)

    def corrected(self, question: Question, basis: Basis = Basis.ASK) -> Money | None:
        """Return the median of asks corrected for what stays unsold; None if too little is known."""
        return self.stores.accuracy.corrected(question, self.clock.now()) if basis is Basis.ASK else None

    def preview(self, watch: Watch, answer: Answer, comps: Comps) -> Preview:
        """Return what the watch would do at its first poll, by this answer and by stored history."""
        now = self.clock.now()
        tested = backtest_watch(self.stores.history, watch, now, self.cache.background_of)
        return build_preview(watch, comps, answer.snapshot.listings, tested, now)

    def comps_view(
        self, inquiry: Inquiry, answer: Answer, comps: Comps, observed: ObservedPrices | None
    ) -> dict[str, Any]:
        """Return comps as JSON: the answer of `comps --json` and of GET /api/comps."""
        question, category = inquiry
        kept, currency = comps.selection.kept, comps.statistics.currency
        found = (
            category_warning(category, self.cache.freshness.ttls),
            warn_of_price_groups(find_price_groups(question.query, kept, currency)),
            _sales_warning(answer),
        )
        warnings = list(filter(None, found))
        return {
            "comps": {
                **comps_view(inquiry, comps),
                "accuracy": accuracy_note(self.accuracy_of(category, comps.statistics.basis)),
                "corrected": amount_or_none(self.corrected(question, comps.statistics.basis)),
                "warnings": warnings,
            },
            "source": answer.source,
            "api": answer.api,
            "stale": answer.stale,
            "ageSeconds": max(0, round(self.clock.now() - answer.fetched_at)),
            "fetchedAt": iso(answer.fetched_at),
            "expiresAt": iso(answer.expires_at),
            "unreadable": answer.snapshot.unreadable,
            "observed": observed_view(observed),
            "warnings": warnings,
        }

    def explain(self, watch: Watch, item: str) -> Explanation:
        """Return why the watch did or did not alert, on `item` or in general. Raises InvalidInput."""
        return explain_watch(
            watch,
            item,
            self.clock.now(),
            stores=self.stores,
            cache=self.cache,
            destination_known=self.is_destination(watch.to),
            daemon_runs=self.is_daemon_running(),
        )

    @property
    def promises(self) -> Promises:
        """What watches can expect of their polls."""
        return Promises(self.stores, self.plan)

    @property
    def workload(self) -> Workload:
        """The polls that watches ask for, compared with the quota."""
        return Workload(
            stores=self.stores,
            ttls=self.cache.freshness.ttls,
            terms=self.terms,
            calls=self.day_calls,
            now=self.clock.now(),
            history=self.history,
        )

    def plan(self, unsaved: Sequence[Watch] = ()) -> SharedPlan:
        """Return how often searches can be polled, with these unsaved watches among the others."""
        return self.workload.plan(unsaved)

    def cadence(
        self, watch: Watch, plan: SharedPlan | None = None, known: KnownSearch = KnownSearch()
    ) -> Seconds | None:
        """Return the watch's polling interval by itself, according to `plan` or to the present one.

        None if the quota allows no polls. A watch that is not saved counts as if it were. `known`: what polls
        of its search have taught.
        """
        plan = plan or self.plan(() if watch.id else (watch,))
        return None if is_halted(plan.calls) else self.workload.interval((watch,), plan, known)

    def view(self, watch: Watch) -> dict[str, Any]:
        """Return a saved watch with its state as JSON: `watch show|add|edit --json`, and the API.

        The warnings include those of its market as the cache has it, which lists leave out: they take time.
        """
        try:
            row = self.stores.watches.row(watch.id)
        except WatcherError:  # what was done to the watch is done, although it cannot be read now
            row = None
        plan = self.plan()
        (view,) = self.views([row or WatchRow(watch, None, None)], plan)
        precision = self.stores.watches.precisions(watch.id).get(watch.id, Precision(0, 0))
        comps = self.cached_comps(watch) if watch.rule.uses_median else None
        if comps:
            view["warnings"] += market_warnings(watch, comps)
        late = self.stores.lateness.of_watch(watch.id, Instant(self.clock.now() - FIGURE_DAYS * DAY))
        promise = self.promise(watch, comps, plan)
        if promise:  # it knows the other watches on the search
            view["cadenceSeconds"] = promise["everySeconds"]
        return view | {
            "told": precision.told,
            "precision": precision.percent,
            "lateness": lateness_figures_view(late),
            "promise": promise,
        }

    def promise(
        self, watch: Watch, comps: Comps | None = None, plan: SharedPlan | None = None
    ) -> dict[str, Any] | None:
        """Return what a watch can expect of its polls, saved or not; None while it is paused or not polled.

        `comps`: those under its filters, if they are known. `plan`: with the watch among the others.
        """
        plan = plan or self.plan(() if watch.id else (watch,))
        if watch.paused or is_halted(plan.calls):
            return None
        return self.promises.view(watch, comps, plan)

    def views(self, rows: Sequence[WatchRow], plan: SharedPlan | None = None) -> list[dict[str, Any]]:
        """Return watches as JSON, with few queries for any number: `watch list --json`, GET /api/watches."""
        now, plan = self.clock.now(), plan or self.plan()
        silences = self.stores.incidents.silences(now)
        found = DoubtFinder(self.stores, self.workload, plan).find([row.watch for row in rows])
        cadences = self._cadences(rows, plan)
        return [
            {
                **watch_view(row.watch, None if row.watch.paused else cadences.get(row.watch.search_id)),
                **_state_view(row, silence_over(silences, row.watch.id, now), now),
                "warnings": list(doubts),
            }
            for row, doubts in zip(rows, found, strict=True)
        ]

    def _cadences(self, rows: Sequence[WatchRow], plan: SharedPlan) -> dict[SearchId, Seconds]:
        """Return how often the searches of these watches are polled, which others may share."""
        if is_halted(plan.calls):
            return {}
        active = {row.watch.search_id: row for row in rows if not row.watch.paused}
        ids, workload, in_turn = list(active), self.workload, self.promises.in_turn(plan)
        found = {}
        for start in range(0, len(ids), _SEARCHES_AT_ONCE):
            some = ids[start : start + _SEARCHES_AT_ONCE]
            sharing = self.stores.searches.watches_of(some)
            for search in some:
                row = active[search]
                known = KnownSearch(row.value, row.estimates)
                found[search] = workload.interval(sharing.get(search, (row.watch,)), plan, known, in_turn)
        return found

    def doubts(self, watch: Watch, plan: SharedPlan | None = None) -> list[str]:
        """Return a sentence for each setting of a watch, saved or not, that is probably a mistake."""
        plan = plan or self.plan(() if watch.id else (watch,))
        (found,) = DoubtFinder(self.stores, self.workload, plan).find((watch,))
        return list(found)

    async def doubts_of_import(self, watches: Sequence[Watch], names: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the doubts about each of these watches, which are not saved and have these names.

        Lets other tasks run in between: of many watches that takes seconds.
        """
        parts = [slice(start, start + _WATCHES_AT_ONCE) for start in range(0, len(watches), _WATCHES_AT_ONCE)]
        finder = DoubtFinder(self.stores, self.workload, self.plan(watches))
        found: list[tuple[str, ...]] = []
        for part in parts:
            found += finder.find(watches[part], names[part])
            await asyncio.sleep(0)
        return found


def _sales_warning(answer: Answer) -> str:
    """Return why there are no sold prices although they are configured; empty if there is no such reason."""
    failure = answer.sales_error
    if failure is None:
        return ""
    source = failure.api.facts.name
    if failure.kind is Kind.CREDENTIALS and failure.api is Api.EBAY:
        return "These are asking prices: eBay has not granted Marketplace Insights to the keys in [ebay]."
    return f"These are asking prices: sold prices could not be fetched from {source}."
