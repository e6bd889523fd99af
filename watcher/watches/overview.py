"""What a list of watches shows of each: its prices, its state and its last alert, quickly for a thousand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from watcher.core.aging_cache import AgingCache
from watcher.core.backtest import HistoryPoint
from watcher.core.comps import Basis, Filters
from watcher.core.listing import Condition
from watcher.core.marketplaces import currency_of
from watcher.core.money import Money
from watcher.core.monitoring.silences import held_until
from watcher.core.rules import parse_rule
from watcher.core.taught import read_taught
from watcher.core.times import DAY, Instant
from watcher.core.watch import Certainty, SearchId, WatchId
from watcher.db.codec import read_words
from watcher.db.rows import read_filters
from watcher.db.stores import Stores
from watcher.db.watch_lists import ListedWatch, WatchOrder, WatchSelection
from watcher.db.watches import DamagedWatch

SPARK_DAYS = 30
MAX_SORTED = 2_000  # watches that are sorted by a price, which takes the figures of all
_MAX_FIGURES = 20_000  # in memory, of about 1 KB
_AT_ONCE = 50  # watches whose prices are read before other tasks run
_BY_PRICE = {WatchOrder.BEST, WatchOrder.MEDIAN, WatchOrder.DEAL}


class Figures(NamedTuple):
    """The asks that the last successful poll saw with a watch's filters, and how they were before.

    `best`: the lowest total, which `item` has; `days`: the median of each of the last 30 days in minor units,
    None for a day without one. Amounts are None if `n` is 0.
    """

    n: int = 0
    best: Money | None = None
    median: Money | None = None
    item: str = ""
    days: tuple[int | None, ...] = ()
    basis: Basis = Basis.ASK

    @property
    def share(self) -> float:
        """The lowest total as a share of the median; infinite if unknown."""
        return self.best.minor / self.median.minor if self.best and self.median else float("inf")


NO_FIGURES = Figures()


class OverviewRow(NamedTuple):
    """A watch, its figures, and until when its alerts wait (None if they do not)."""

    watch: ListedWatch
    figures: Figures
    held_until: Instant | None


class OverviewPage(NamedTuple):
    """A page of a list; `total` counts the watches on all pages, `damaged` are those of this one."""

    rows: Sequence[OverviewRow]
    total: int
    damaged: Sequence[DamagedWatch] = ()


class TooManyToSort(Exception):
    """More watches than MAX_SORTED are not sorted by price."""


class _Kept(NamedTuple):
    polled_at: Instant | None
    points: tuple[HistoryPoint, ...]
    figures: Figures


@dataclass(frozen=True, slots=True)
class Overview:
    """Lists watches. Prices are read again only after a poll or at midnight (UTC)."""

    stores: Stores
    _kept: AgingCache[tuple[int, str], _Kept] = field(default_factory=lambda: AgingCache(_MAX_FIGURES))

    async def page(
        self, wanted: WatchSelection, order: WatchOrder, limit: int, skip: int, now: Instant
    ) -> OverviewPage:
        """Return up to `limit` selected watches after the first `skip` ones. Raises TooManyToSort."""
        lists = self.stores.watch_lists
        total = lists.count(wanted)
        if order not in _BY_PRICE:
            ids = lists.ids(wanted, order, limit, skip=skip)
            rows = await self._rows(lists.rows(ids), now)
            return OverviewPage(rows, total, self._damaged(ids, rows))
        if total > MAX_SORTED:
            raise TooManyToSort
        every = await self._rows(lists.rows(lists.ids(wanted, WatchOrder.NAME, MAX_SORTED)), now)
        return OverviewPage(sorted(every, key=lambda row: _price_key(row, order))[skip : skip + limit], total)

    def _damaged(self, ids: Sequence[int], rows: Sequence[OverviewRow]) -> list[DamagedWatch]:
        known = {row.watch.id for row in rows}
        lost = [self.stores.watches.find(WatchId(number)) for number in ids if number not in known]
        return [one for one in lost if isinstance(one, DamagedWatch)]

    async def row(self, watch: int, now: Instant) -> OverviewRow | None:
        """Return one watch, None if it does not exist or is damaged."""
        rows = await self._rows(self.stores.watch_lists.rows([watch]), now)
        return rows[0] if rows else None

    async def _rows(self, listed: Sequence[ListedWatch], now: Instant) -> list[OverviewRow]:
        silences = [s for s in self.stores.incidents.silences(now) if s.watch is not None]
        rows, reads = [], 0
        for watch in listed:
            figures, was_kept = self._figures(watch, now)
            rows.append(
                OverviewRow(watch, figures, held_until(silences, watch.id, now) if silences else None)
            )
            reads += not was_kept
            if reads == _AT_ONCE:
                reads = 0
                await asyncio.sleep(0)
        return rows

    def _figures(self, watch: ListedWatch, now: Instant) -> tuple[Figures, bool]:
        """Return the figures of a watch, and whether they were in memory."""
        filters = filters_of(watch).key
        key, today = (watch.search_id, filters), now // DAY
        kept = self._kept.get(key, now)
        if kept is not None and kept.polled_at == watch.polled_at:
            return kept.figures, True
        start = Instant((today - SPARK_DAYS + 1) * DAY)
        before = [p for p in (kept.points if kept else ()) if p.at >= start]
        # The last day is read again: a later point of it may have come.
        since = Instant(before[-1].at // DAY * DAY) if before else start
        history = self.stores.history
        new = history.daily_points(SearchId(watch.search_id), filters, since)
        points = (*(p for p in before if p.at < since), *new)
        figures = self._summary(SearchId(watch.search_id), points, start)
        self._kept.put(key, _Kept(watch.polled_at, points, figures), (today + 1) * DAY)
        return figures, False

    def _summary(self, search: SearchId, points: Sequence[HistoryPoint], start: Instant) -> Figures:
        if not points:
            return NO_FIGURES
        last = points[-1].statistics
        days: list[int | None] = [None] * SPARK_DAYS
        for point in points:
            median = point.statistics.median
            if median is not None and median.currency == last.currency:
                days[int((point.at - start) // DAY)] = median.minor
        item = self.stores.history.item_with_total(search, last.low) if last.low else ""
        return Figures(last.n, last.low, last.median, item, tuple(days), last.basis)


def is_damaged(watch: ListedWatch) -> bool:
    """Return whether a text in the row of a listed watch cannot be read, so that it is not polled."""
    try:
        parse_rule(watch.rule, currency_of(watch.marketplace))
        read_filters(watch.exclude, watch.buying, watch.min_feedback, watch.from_country, watch.sellers)
        read_words(watch.rejected)
        Certainty(watch.certainty)
        read_taught(watch.taught)
        Condition(watch.condition)
    except ValueError:
        return True
    return False


def filters_of(watch: ListedWatch) -> Filters:
    """Return the filters of a listed watch; none if they cannot be read."""
    try:
        return read_filters(
            watch.exclude, watch.buying, watch.min_feedback, watch.from_country, watch.sellers
        )
    except ValueError:
        return Filters()


def _price_key(row: OverviewRow, order: WatchOrder) -> tuple[bool, str, float]:
    """Return what to sort by: unknown amounts come last, and currencies stay apart."""
    figures = row.figures
    if order is WatchOrder.DEAL:
        return figures.best is None, "", figures.share
    amount = figures.best if order is WatchOrder.BEST else figures.median
    return (True, "", 0.0) if amount is None else (False, amount.currency, amount.minor)
