"""What commands and web endpoints ask about watches and prices."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from watcher.core.cadence import PollingPlan
from watcher.core.categories import category_warning
from watcher.core.comps import Comps, Filters
from watcher.core.delistings import ObservedPrices, find_delistings, summarize_delistings
from watcher.core.explanation import Explanation
from watcher.core.marketplaces import currency_of
from watcher.core.preview import Preview, build_preview
from watcher.core.rejections import without_rejected
from watcher.core.serializers import comps_view, observed_view, watch_view
from watcher.core.times import Seconds, iso
from watcher.core.watch import Question, Watch
from watcher.db.stores import Stores
from watcher.db.watches import DamagedWatch
from watcher.polling.comps_cache import Answer, CompsCache
from watcher.polling.fetch import Fetcher
from watcher.ports import Clock
from watcher.watches.backtest import backtest_watch
from watcher.watches.doubts import Workload, find_doubts
from watcher.watches.explain import explain_watch


def damaged_view(damaged: DamagedWatch) -> dict[str, object]:
    """Return a watch whose row cannot be read, with what is wrong and what to do."""
    return {"id": damaged.id, "why": damaged.why, "message": damaged.sentence}


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchQueries:
    """Answers questions about watches and prices from the stores and the comps cache.

    `open_fetcher` makes the fetcher on first use: it needs eBay credentials, and most queries do not.
    `daily_quota` returns the calls per day.
    `is_destination` returns whether a destination is configured.
    """

    stores: Stores
    cache: CompsCache
    open_fetcher: Callable[[], Fetcher]
    clock: Clock
    daily_quota: Callable[[], int]
    min_interval: Seconds
    is_destination: Callable[[str], bool]

    async def comps(self, question: Question) -> tuple[Answer, Comps]:
        """Return comps on sold prices if there are enough of them, else on asks. Raises CallFailed."""
        return await self.open_fetcher().fetch_comps(question)

    async def asking_comps(self, question: Question, filters: Filters) -> tuple[Answer, Comps]:
        """Return comps on asks, as a watch with these filters sees them. Raises CallFailed."""
        answer = await self.open_fetcher().fetch(question)
        return answer, answer.comps(question, filters)

    def cached_comps(self, watch: Watch) -> Comps | None:
        """Return the watch's comps from the cached answer without asking the market; None without one."""
        answer = self.cache.get(watch.question)
        if answer is None:
            return None
        return without_rejected(answer.comps(watch.question, watch.filters), watch.rejected)

    def observed(self, question: Question) -> ObservedPrices | None:
        """Return the last prices of delisted listings; None if no watch polls this question."""
        history, currency = self.stores.history, currency_of(question.marketplace)
        search = history.search_of(question)
        if search is None:
            return None
        gone = find_delistings(question.query, history.sightings(search), currency)
        return summarize_delistings([*history.delistings(search), *gone], currency)

    def preview(self, watch: Watch, answer: Answer, comps: Comps) -> Preview:
        """Return what the watch would do at its first poll, by this answer and by stored history."""
        now = self.clock.now()
        tested = backtest_watch(self.stores.history, watch, now)
        return build_preview(watch, comps, answer.snapshot.listings, tested, now)

    def comps_view(
        self, question: Question, answer: Answer, comps: Comps, observed: ObservedPrices | None
    ) -> dict[str, Any]:
        """Return comps as JSON: the answer of `comps --json` and of GET /api/comps."""
        warning = category_warning(question.category, self.cache.freshness.ttls)
        return {
            "comps": comps_view(question, comps),
            "source": answer.source,
            "api": answer.api,
            "stale": answer.stale,
            "ageSeconds": max(0, round(self.clock.now() - answer.fetched_at)),
            "fetchedAt": iso(answer.fetched_at),
            "expiresAt": iso(answer.expires_at),
            "observed": observed_view(observed),
            "warnings": [warning] if warning else [],
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
        )

    @property
    def workload(self) -> Workload:
        """The polls that watches ask for, compared with the quota."""
        return Workload(
            searches=self.stores.searches,
            ttls=self.cache.freshness.ttls,
            daily_quota=self.daily_quota(),
            min_interval=self.min_interval,
        )

    def plan(self, unsaved: Sequence[Watch] = ()) -> PollingPlan:
        """Return how often searches can be polled, with these unsaved watches among the others."""
        return self.workload.plan(unsaved)

    def cadence(self, watch: Watch, plan: PollingPlan | None = None) -> Seconds:
        """Return the watch's polling interval, according to `plan` or to the present one.

        A watch that is not saved counts as if it were.
        """
        plan = plan or self.plan(() if watch.id else (watch,))
        return self.workload.interval(watch, plan)

    def view(self, watch: Watch) -> dict[str, Any]:
        """Return a saved watch as JSON, with its cadence unless it is paused, and its warnings."""
        return self.views((watch,))[0]

    def views(self, watches: Sequence[Watch]) -> list[dict[str, Any]]:
        """Return saved watches as `view` does, with the same number of queries for any number of them."""
        plan = self.plan()
        found = find_doubts(watches, self.stores, self.workload, plan)
        return [
            {
                **watch_view(watch, None if watch.paused else self.cadence(watch, plan)),
                "warnings": list(doubts),
            }
            for watch, doubts in zip(watches, found, strict=True)
        ]

    def doubts(self, watch: Watch, plan: PollingPlan | None = None) -> list[str]:
        """Return a sentence for each setting of a watch, saved or not, that is probably a mistake."""
        plan = plan or self.plan(() if watch.id else (watch,))
        (found,) = find_doubts((watch,), self.stores, self.workload, plan)
        return list(found)

    def doubts_of_import(self, watches: Sequence[Watch], names: Sequence[str]) -> list[tuple[str, ...]]:
        """Return the doubts about each of these watches, which are not saved and have these names."""
        return find_doubts(watches, self.stores, self.workload, self.workload.plan(watches), names)
