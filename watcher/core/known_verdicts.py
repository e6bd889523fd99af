"""Verdicts of former selections, for the listings that have not changed since."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import NamedTuple

from watcher.core.background import Background
from watcher.core.confidence import Doubt
from watcher.core.listing import Listing
from watcher.core.readings import Reading
from watcher.core.specifics import Specifics
from watcher.core.titles.verdict import Verdict

MAX_JUDGED_ROWS = 16_384  # of all searches, about 15 MB
# The fields that a verdict rests on. An address changes with every answer, and says nothing.
_JUDGED_FIELDS = (
    "title",
    "price",
    "shipping",
    "condition_id",
    "condition",
    "fixed",
    "auction",
    "bid",
    "is_group",
    "country",
    "feedback",
    "categories",
    "ended",
    "epid",
    "seller",
)
_row_of = itemgetter(*map(Listing._fields.index, _JUDGED_FIELDS))

Judge = Callable[[Listing], tuple[Verdict | None, Doubt | None]]


class Judged(NamedTuple):
    """A listing, what the background said about it (None for nothing), and the verdict on it."""

    listing: Listing
    more: tuple[Specifics | None, Reading | None] | None
    verdict: Verdict | None
    doubt: Doubt | None


class KnownVerdicts:
    """The verdicts of the last selection of one search and set of filters.

    They hold for rows that say the same as then, while everything else that they rest on is equal.
    """

    def __init__(self) -> None:
        self._facts: object = None
        self._rows: Mapping[str, Judged] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def judge(
        self, listings: Sequence[Listing], facts: object, background: Background, judge: Judge
    ) -> Sequence[Judged]:
        """Return the verdict on each of these distinct listings, and remember them for the next time.

        `judge` returns what depends on nothing but the row, `facts`, and what the background has on the item.
        """
        before = self._rows if self._facts == facts else {}
        specifics, readings = background.specifics, background.readings
        has_more = bool(specifics or readings)
        rows: dict[str, Judged] = {}
        for x in listings:
            item = x.item_id
            more = None
            if has_more and (item in specifics or item in readings):
                more = (specifics.get(item), readings.get(item))
            known = before.get(item)
            if known is None or known.more != more:
                known = Judged(x, more, *judge(x))
            elif known.listing is not x:  # mostly it is the same object
                same = _row_of(known.listing) == _row_of(x)
                known = known._replace(listing=x) if same else Judged(x, more, *judge(x))
            rows[item] = known
        self._facts, self._rows = facts, rows
        return list(rows.values())


class RecentVerdicts:
    """The known verdicts of the searches that were judged most recently; `most`: the number of their rows."""

    def __init__(self, most: int = MAX_JUDGED_ROWS) -> None:
        self._most = most
        self._known: OrderedDict[object, KnownVerdicts] = OrderedDict()
        self._rows = 0

    def take(self, key: object) -> KnownVerdicts:
        """Return and remove the verdicts of a search and its filters; without any, new ones to fill."""
        known = self._known.pop(key, None)
        if known is None:
            return KnownVerdicts()
        self._rows -= len(known)
        return known

    def put(self, key: object, known: KnownVerdicts) -> None:
        """Keep verdicts for the next selection; those used longest ago leave."""
        self._known[key] = known
        self._rows += len(known)
        while self._rows > self._most:
            _, oldest = self._known.popitem(last=False)
            self._rows -= len(oldest)
