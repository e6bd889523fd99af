"""What polls see of listings, and what one poll leaves behind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from watcher.core.alerts import Alert, ItemAlert
from watcher.core.cache_entry import CacheEntry, CacheKey
from watcher.core.comps import Statistics
from watcher.core.money import Money
from watcher.core.receipts import Evidence, Grounds
from watcher.core.times import Instant
from watcher.core.watch import SearchId, WatchId


class Sighting(NamedTuple):
    """A listing of a search that is new, changed its price, shipping or bids, or is gone.

    `auction`, `bids`, `ends_at` (of an auction) and `listed_at` are None where they are not told; what was
    known before then stays.
    """

    item_id: str
    seen_at: Instant
    price: Money | None
    shipping: Money | None
    title: str
    gone: bool = False
    auction: bool | None = None
    bids: int | None = None
    ends_at: Instant | None = None
    listed_at: Instant | None = None


class Seen(NamedTuple):
    """What is remembered of a listing of a search."""

    first_seen: Instant
    seen_at: Instant
    price: Money | None
    shipping: Money | None
    gone: bool
    bids: int | None = None


class PricePoint(NamedTuple):
    """The statistics of one poll for one set of filters (`Filters.key`)."""

    filters: str
    statistics: Statistics


@dataclass(frozen=True, slots=True)
class PollResult:
    """Everything one poll of one search leaves behind; recorded in one transaction.

    `due_at`: when it was due as it was claimed; if that has moved since, because somebody registered a
    watch, it stays where it was moved to, and not at `next_due`. `judged`: (id, revision, armed) of the
    watches whose state moved or that alert: nothing is recorded for a watch that was edited, paused or
    removed since. `evidence` and `grounds` (by alert id): what the alerts rest on. `error`: the code of
    the failure; `doubt`: why the answer was not believed. Both are empty
    when the poll succeeded. `still_there`: listings on offer that
    were not noted for a day; whole, for they may have been forgotten meanwhile.
    """

    search_id: SearchId
    lease: str
    due_at: Instant
    at: Instant
    next_due: Instant
    attempt: int = 0
    error: str = ""
    doubt: str = ""
    cache: tuple[CacheKey, CacheEntry] | None = None
    points: tuple[PricePoint, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    still_there: tuple[Sighting, ...] = ()
    judged: tuple[tuple[WatchId, int, bool], ...] = ()
    alerts: tuple[tuple[Alert, tuple[ItemAlert, ...]], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    grounds: Mapping[str, Grounds] = field(default_factory=dict)

    @property
    def failed(self) -> bool:
        """Whether the poll brought no answer to work with."""
        return bool(self.error or self.doubt)


def failure_text(error: str, doubt: str) -> str:
    """Return what users see of a failed poll: its error's code, or why its answer was doubted."""
    return f"a doubted answer: {doubt}" if doubt else error


class RecordOutcome(NamedTuple):
    """Whether a poll was kept (its lease was still ours), and the ids of the alerts it made."""

    kept: bool
    alerts: tuple[str, ...] = ()
