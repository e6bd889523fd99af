"""What commands and web endpoints ask about watches and prices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from watcher.core.cadence import poll_interval
from watcher.core.categories import category_warning, ttl_of
from watcher.core.comps import Comps, Filters
from watcher.core.delistings import ObservedPrices, find_delistings, summarize_delistings
from watcher.core.explanation import Explanation
from watcher.core.marketplaces import currency_of
from watcher.core.preview import Preview, build_preview
from watcher.core.rejections import without_rejected
from watcher.core.serializers import comps_view, observed_view
from watcher.core.times import Seconds, in_words, iso
from watcher.core.watch import Question, Watch
from watcher.core.watch_input import watch_warnings
from watcher.db.stores import Stores
from watcher.db.watches import DamagedWatch
from watcher.polling.comps_cache import Answer, CompsCache
from watcher.polling.fetch import Fetcher
from watcher.ports import Clock
from watcher.watches.backtest import backtest_watch
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

    def cadence(self, watch: Watch, searches: int | None = None) -> Seconds:
        """Return the watch's polling interval if `searches` searches are active (default: as now)."""
        return poll_interval(
            watch.every,
            searches=self.stores.searches.active_searches() if searches is None else searches,
            daily_quota=self.daily_quota(),
            min_interval=self.min_interval,
            ttl=ttl_of(watch.question.category, self.cache.freshness.ttls),
        )

    def doubts(self, watch: Watch) -> list[str]:
        """Return a warning for each field of the watch that is valid but probably a mistake."""
        warnings = list(watch_warnings(watch, self.cache.freshness.ttls))
        if watch.every is not None and watch.every < self.min_interval:
            warnings.append(
                f"No search is polled more often than every {in_words(self.min_interval)} "
                "([polling] min_interval)."
            )
        return warnings
