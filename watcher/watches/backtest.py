"""Runs a watch that is not there yet over what its search has stored."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from watcher.core.backtest import Backtest, Past, Point, backtest
from watcher.core.marketplaces import currency_of
from watcher.core.rules import assumed_shipping
from watcher.core.times import Instant
from watcher.core.watch import Question, SearchId, Watch


class Memory(Protocol):
    """What is stored of a search."""

    def search_of(self, question: Question) -> SearchId | None:
        """The search that asks this question, if there is one."""
        ...

    def points(self, search: SearchId, filters: str, since: Instant = ...) -> Sequence[Point]:
        """Its price points for one set of filters, oldest first."""
        ...

    def past(self, search: SearchId) -> Sequence[Past]:
        """Its listings with a price, the last price first seen first."""
        ...


def backtest_watch(memory: Memory, watch: Watch, now: Instant) -> Backtest:
    """How often the watch would have alerted on what is stored. Raises WatcherError."""
    search = memory.search_of(watch.question)
    if search is None:
        return backtest(watch, (), (), None, now)
    # Points of these filters, where another watch has the same; else of the whole search.
    points = memory.points(search, watch.filters.key) or memory.points(search, "")
    past = memory.past(search)
    currency = currency_of(watch.question.marketplace)
    assumed = assumed_shipping([p.listing for p in past], currency)
    return backtest(watch, past, points, assumed, now)
