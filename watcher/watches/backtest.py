"""Back-test of a watch against the history of its search."""

from __future__ import annotations

from watcher.core.backtest import Backtest, backtest
from watcher.core.marketplaces import currency_of
from watcher.core.rules import assumed_shipping
from watcher.core.times import Instant
from watcher.core.watch import Watch
from watcher.db.stores import Stores


def backtest_watch(stores: Stores, watch: Watch, now: Instant) -> Backtest:
    """Return how often the watch would have alerted on stored history. Raises WatcherError."""
    history = stores.history
    search = history.search_of(watch.question)
    if search is None:
        return backtest(watch, (), (), None, now)
    # Points are stored per set of filters; if no watch has these filters, use those of the whole search.
    points = history.price_points(search, watch.filters.key) or history.price_points(search, "")
    past = history.past_listings(search)
    currency = currency_of(watch.question.marketplace)
    assumed = assumed_shipping([p.listing for p in past], currency)
    background = stores.backgrounds.background(watch.question, [p.listing for p in past])
    return backtest(watch, past, points, assumed, now, background)
