"""The job that finds out how wrong medians were, and corrects the newest ones for what stays unsold.

A corrected median needs the texts of everything that left, which a poll does not read; and it changes over
days. So polls leave it out, and this job writes it to the newest price point of each search about once an
hour. A round takes a few searches, so it never keeps the event loop busy for long.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping

from watcher.core.accuracy import AccuracyTally, compare_delistings
from watcher.core.background import Background
from watcher.core.categories import canonical_category
from watcher.core.comps import Basis
from watcher.core.delistings import find_delistings
from watcher.core.errors import WatcherError
from watcher.core.marketplaces import currency_of, languages_of
from watcher.core.money import Money
from watcher.core.survival import LONGEST_WINDOW, corrected_median, find_entrants
from watcher.core.times import HOUR, Instant, Seconds
from watcher.core.watch import Question, SearchId
from watcher.db.stores import Stores

ACCURACY_EVERY = Seconds(60.0)  # between two rounds
_SEARCHES_PER_ROUND = 20  # each of them has up to 2,000 listings, which takes milliseconds
_BEGIN_EVERY = HOUR  # between two computations of everything


class AccuracyJob:
    """Compares delistings with the medians shown before, search by search, and stores the summary at the end.

    `ttls`: the known categories. `text_kept`: how long gone listings are remembered with their texts.
    """

    def __init__(self, stores: Stores, ttls: Mapping[str, Seconds], text_kept: Seconds) -> None:
        self._stores, self._ttls = stores, ttls
        self._window = Seconds(min(LONGEST_WINDOW, text_kept))
        self._began_at: Instant | None = None
        self._after: SearchId | None = None  # None between two computations
        self._tallies: dict[str, dict[Basis, AccuracyTally]] = {}

    async def round(self, now: Instant) -> None:
        """Take the next few searches, or begin again if the last computation is an hour old."""
        if self._after is None:
            if self._is_recent(now):
                return
            self._begin(now)
        try:
            await self._take_some(now)
        except WatcherError:
            self._began_at = self._after = None  # what was counted is incomplete
            raise

    async def run_whole(self, now: Instant) -> None:
        """Compute everything at once, whenever that was done last."""
        self._begin(now)
        while self._after is not None:
            await self._take_some(now)

    def _is_recent(self, now: Instant) -> bool:
        """Return whether the figures are an hour old at most, by whatever daemon."""
        times = (self._began_at, self._stores.accuracy.computed_at())
        return any(at is not None and 0 <= now - at < _BEGIN_EVERY for at in times)

    def _begin(self, now: Instant) -> None:
        self._began_at, self._after = now, SearchId(0)
        self._tallies = defaultdict(lambda: defaultdict(AccuracyTally))

    async def _take_some(self, now: Instant) -> None:
        searches, after = self._stores.accuracy.searches_after(
            self._after or SearchId(0), _SEARCHES_PER_ROUND
        )
        corrected = {}
        for search, (question, categories) in searches.items():
            corrected[search] = self._take(search, question, categories, now)
            await asyncio.sleep(0)
        await self._stores.accuracy.set_corrected(corrected)
        self._after = after
        if after is None:
            await self._finish(now)

    def _take(
        self, search: SearchId, question: Question, categories: Collection[str], now: Instant
    ) -> Money | None:
        """Count the delistings of a search; return its corrected median."""
        store, currency = self._stores.accuracy, currency_of(question.marketplace)
        languages = languages_of(question.marketplace)
        remembered = store.remembered(search)
        background = Background(self._stores.searches.profile(question))
        left = find_delistings(question.query, remembered.listings, currency, languages, background)
        archived = self._stores.history.delistings(search)
        if left or archived:
            delisted, shown = [*archived, *left], store.shown(search)
            for category in {canonical_category(name, self._ttls) for name in categories}:
                compare_delistings(delisted, shown, self._tallies[category])
        entrants = find_entrants(
            question.query,
            remembered.listings,
            left,
            currency,
            now,
            languages=languages,
            background=background,
            window=Seconds(min(self._window, now - remembered.complete_since)),
        )
        return corrected_median(entrants, currency)

    async def _finish(self, now: Instant) -> None:
        found = [
            summary
            for category, by_basis in sorted(self._tallies.items())
            for basis, tally in sorted(by_basis.items())
            if (summary := tally.summary(category, basis))
        ]
        self._tallies = {}
        await self._stores.accuracy.replace(found, now)
