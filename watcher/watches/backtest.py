"""Back-test of a watch against the history of its search."""

from __future__ import annotations

from watcher.core.backtest import Backtest, backtest
from watcher.core.marketplaces import currency_of
from watcher.core.rules import assumed_shipping
from watcher.core.times import Instant
from watcher.core.watch import Watch
from watcher.db.history import HistoryStore
from watcher.polling.comps_cache import BackgroundOf


def backtest_watch(
    history: HistoryStore, watch: Watch, now: Instant, background_of: BackgroundOf
) -> Backtest:
    """Return how often the watch would have alerted on stored history. Raises WatcherError."""
    search = history.search_of(watch.question)
    if search is None:
        return backtest(watch, (), (), None, now)
    # Points are stored per set of filters; if no watch has these filters, use those of the whole search.
    points = history.price_points(search, watch.filters.key) or history.price_points(search, "")
    past = history.past_listings(search)
    currency = currency_of(watch.question.marketplace)
    assumed = assumed_shipping([p.listing for p in past], currency)
    background = background_of(watch.question, [p.listing for p in past])
    return backtest(watch, past, points, assumed, now, background)
