"""What polls find out about listings, and what one poll records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from watcher.core.alerts import Alert
from watcher.core.cache_entry import CacheEntry, CacheKey
from watcher.core.comps import Statistics
from watcher.core.deliveries import Delivery, MessageTerms
from watcher.core.market_profile import MarketProfile
from watcher.core.money import Money
from watcher.core.receipts import Evidence, Grounds
from watcher.core.rules import LastAlerted
from watcher.core.times import Instant, Seconds
from watcher.core.watch import SearchId, WatchId


class Sighting(NamedTuple):
    """A listing of a search that is new or gone, or whose price, shipping or bids changed.

    `auction`, `bids`, `ends_at` (of an auction) and `listed_at` are None if the answer does not contain them;
    the stored values are then kept, as is an address of a picture (`image`).
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
    image: str = ""


class Seen(NamedTuple):
    """The last known state of a listing of a search.

    `kept`: whether it was comparable when it was last read; None if that is not known.
    """

    first_seen: Instant
    seen_at: Instant
    price: Money | None
    shipping: Money | None
    gone: bool
    bids: int | None = None
    listed_at: Instant | None = None
    kept: bool | None = None


class LearnedWorth(NamedTuple):
    """What a search has learned with this poll: its estimates as they are stored, and its value."""

    estimates: str
    value: float


class IntervalBounds(NamedTuple):
    """The bounds of a search's interval that its watches ask for, in seconds; None if they ask for none."""

    shortest: Seconds | None = None
    longest: Seconds | None = None


@dataclass(frozen=True, slots=True)
class PollResult:
    """Everything that one poll of one search records, in one transaction.

    `due_at`: the due time when the search was claimed. If it has moved since, because a watch was added, the
    new due time is kept instead of `next_due`. `judged`: (id, revision, armed) of the watches that alert or
    whose state changed; nothing is recorded for a watch that was edited, paused or removed since. `evidence`
    and `grounds` (by alert id): the receipts. `error`: the code of the failure; `suspicion`: why the answer
    was not believed; both are empty if the poll succeeded. `unreadable`: rows of the answer that could not
    be read. `profile`: the new one of the search, None if it is as before. `still_there`: unchanged listings
    whose last sighting is a day old; with all fields, because the store may have pruned them. `learned`: None
    if the poll taught nothing. `paced`: whether `next_due` is a plan, so that the poll waits for a call.
    `is_full_scan`: it read the whole market, or the newest of all of it. `terms`: the commit that records the
    alerts leases messages on these, None if it leases none.
    """

    search_id: SearchId
    lease: str
    due_at: Instant
    at: Instant
    next_due: Instant
    attempt: int = 0
    error: str = ""
    suspicion: str = ""
    unreadable: int = 0
    profile: MarketProfile | None = None
    cache: tuple[CacheKey, CacheEntry] | None = None
    points: Mapping[str, Statistics] = field(default_factory=dict)
    sightings: tuple[Sighting, ...] = ()
    still_there: tuple[Sighting, ...] = ()
    learned: LearnedWorth | None = None
    bounds: IntervalBounds = IntervalBounds()
    paced: bool = False
    judged: tuple[tuple[WatchId, int, bool], ...] = ()
    alerts: tuple[tuple[Alert, Mapping[str, LastAlerted]], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    grounds: Mapping[str, Grounds] = field(default_factory=dict)
    is_full_scan: bool = False
    terms: MessageTerms | None = None

    @property
    def failed(self) -> bool:
        """Whether the poll has no answer to evaluate."""
        return bool(self.error or self.suspicion)


class UnrecordedPoll(NamedTuple):
    """A poll that could not be recorded: only the time of the next attempt, and nothing of the answer.

    `due_at` is the due time when the search was claimed; `error` is the code of the failure.
    """

    search_id: SearchId
    lease: str
    due_at: Instant
    next_due: Instant
    attempt: int
    error: str


def failure_text(error: str, suspicion: str) -> str:
    """Return what users see of a failed poll: the code of its error, or why its answer was suspicious."""
    return f"a suspicious answer: {suspicion}" if suspicion else error


class RecordOutcome(NamedTuple):
    """Whether a poll was recorded (its lease was still valid), the ids of its alerts, and what to send.

    `leased`: messages that the same commit leased to this process, perhaps those of other polls.
    """

    kept: bool
    alerts: tuple[str, ...] = ()
    leased: tuple[Delivery, ...] = ()
