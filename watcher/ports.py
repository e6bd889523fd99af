"""What the trip needs from outside, as Protocols; every adapter fits one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple, Protocol

from watcher.core.alerts import Alert as Alert
from watcher.core.alerts import Item as Item
from watcher.core.alerts import OpsNotice as OpsNotice
from watcher.core.comps import Statistics
from watcher.core.errors import Api, Code
from watcher.core.incidents import Incident as Incident
from watcher.core.listing import Ask, Snapshot
from watcher.core.money import Money
from watcher.core.receipts import Evidence, Grounds, QuotaThen
from watcher.core.rules import History, Told
from watcher.core.silences import Silence
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.core.watch import Search, SearchId, Watch, WatchId

# The ids that every log line of the present task carries, so that a poll can be followed to Slack.
FOLLOWED: ContextVar[Mapping[str, object]] = ContextVar("followed", default={})  # noqa: B039 - never changed
# Whether the present task makes again what failed before: a poll or a message, rescheduled and not slept.
TRIED_BEFORE: ContextVar[bool] = ContextVar("tried before", default=False)
# What the present task asks at the last moment before anything of its call leaves this machine; it raises
# NotSent where nothing may any more.
LAST_LOOK: ContextVar[Callable[[], None]] = ContextVar("last look", default=lambda: None)

Jitter = Callable[[float, float], float]
QuotaOf = Callable[[Instant], QuotaThen | None]
# The work that a commit may have made for any daemon on the same database.
POLL, DELIVER = "poll", "deliver"
# A destination gets one message in so many seconds: Slack takes no more for each webhook and channel.
PACE = Seconds(1.0)


class Clock(Protocol):
    """The time of day; the only one who may look at a real clock is `app`."""

    def now(self) -> Instant:
        """The present instant."""
        ...


class Attempt(NamedTuple):
    """One attempt of an outside call that was sent. `code` is None when it succeeded.

    `counts` is False for a 4xx that our own question caused: sent, but no failure of the API.
    `refused`: the API does not take our credentials, and nothing works until a person acts.
    """

    api: Api
    at: Instant
    seconds: Seconds
    code: Code | None = None
    counts: bool = True
    refused: bool = False


class Meter(Protocol):
    """Where numbers go. It never blocks and never fails a call."""

    def attempt(self, attempt: Attempt, *, retry: bool = False) -> None:
        """One sample of an attempt that was sent."""
        ...

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter named as in the contract, without the prefix."""
        ...

    def timing(self, name: str, seconds: float) -> None:
        """One sample of a length of time."""
        ...

    def gauge(self, name: str, value: float) -> None:
        """Set a level."""
        ...


class MarketPlace(Protocol):
    """A market that answers questions. Raises CallFailed."""

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        """The listings on offer. `interactive`: somebody waits, so retry within the deadline.

        `within`: the seconds that are left to them, where that is less.
        """
        ...


class SoldPlace(Protocol):
    """Where sales can be read. Raises CallFailed."""

    @property
    def api(self) -> Api:
        """Whose answers they are."""
        ...

    def answers(self, ask: Ask) -> bool:
        """Whether it can be asked this at all."""
        ...

    async def sold(self, ask: Ask) -> Snapshot:
        """What was sold of late, in one try; nothing is a normal answer."""
        ...


class ItemAlert(NamedTuple):
    """The state that an alert leaves behind for one item of a watch."""

    item_id: str
    told: Told


Notification = Alert | OpsNotice


class Delivery(NamedTuple):
    """An outbox row that is leased to be delivered. `attempt` counts from 0.

    `thread`: where the first message about the same incident stands, empty where that is unknown.
    """

    id: int
    to: str
    notification: Notification
    attempt: int
    created_at: Instant
    lease: str
    thread: str = ""


class Journey(NamedTuple):
    """What a message tells of its way. `at`: when it is sent; `thread`: as in `Delivery`.

    `down_until`: until when its destination took nothing, None where that did not hold it up.
    """

    at: Instant
    down_until: Instant | None = None
    thread: str = ""


class Outlet(Protocol):
    """Where notifications go. Raises CallFailed; returning means the other side said yes."""

    def knows(self, to: str) -> bool:
        """Whether `to` leads anywhere under the present configuration."""
        ...

    def host_of(self, to: str) -> str:
        """Whose machine answers for `to`: what works for one destination there may work for the others."""
        ...

    def others(self, to: str) -> Sequence[str]:
        """Where else ops can be told what `to` refuses, the best place first."""
        ...

    async def deliver(self, to: str, notification: Notification, journey: Journey) -> str:
        """Hand one notification over; where it stands now, for later messages to refer to, or nothing.

        `LAST_LOOK` is asked when the way is open, just before it goes.
        """
        ...


class Hopeless(Exception):
    """What only a new start of the daemon mends; the sentence says what happened."""


class Alarms(Protocol):
    """What can be told on this machine alone, when nothing else may work."""

    def sound(self, name: str, sentence: str) -> None:
        """Something is wrong that somebody must see."""
        ...

    def end(self, name: str) -> None:
        """It is wrong no more."""
        ...


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


class CacheKey(NamedTuple):
    """What a cached answer is the answer to."""

    api: str
    marketplace: str
    kind: str
    query: str
    condition: str
    category: str
    currency: str
    version: str = "1"

    def __str__(self) -> str:
        return "|".join([part.replace("%", "%25").replace("|", "%7C") for part in self])


CLOCKS_DIFFER = MINUTE
"""So much two clocks may differ; what is further in the future was noted by one that was wrong."""


class CacheEntry(NamedTuple):
    """An answer with its age. Kept beyond `expires_at` as the fallback until `max_stale` later."""

    snapshot: Snapshot
    fetched_at: Instant
    expires_at: Instant

    @property
    def negative(self) -> bool:
        """Whether it says that there is nothing; such an answer expires soon."""
        return not self.snapshot.listings

    def is_fresh(self, now: Instant) -> bool:
        """Whether it may be believed at `now`: not expired, nor of a clock that was ahead."""
        return self.fetched_at - CLOCKS_DIFFER <= now < self.expires_at


DOUBTED = "a doubted answer: "
"""What the error of a poll begins with whose answer waits for a second look."""


@dataclass(frozen=True, slots=True)
class Polled:
    """Everything one poll of one search leaves behind; recorded in one transaction.

    `due_at`: when it was due as it was claimed; if that has moved since, because somebody registered a
    watch, it stays where it was moved to, and not at `next_due`. `judged`: (id, revision, armed) of the
    watches whose state moved or that alert: nothing is recorded for a watch that was edited, paused or
    removed since. `evidence` and `grounds` (by alert id): what the alerts rest on. `error`: the code of
    the failure, or DOUBTED and why; empty when the poll succeeded. `still_there`: listings on offer that
    were not noted for a day; whole, for they may have been forgotten meanwhile.
    """

    search_id: SearchId
    lease: str
    due_at: Instant
    at: Instant
    next_due: Instant
    attempt: int = 0
    error: str = ""
    cache: tuple[CacheKey, CacheEntry] | None = None
    points: tuple[PricePoint, ...] = ()
    sightings: tuple[Sighting, ...] = ()
    still_there: tuple[Sighting, ...] = ()
    judged: tuple[tuple[WatchId, int, bool], ...] = ()
    alerts: tuple[tuple[Alert, tuple[ItemAlert, ...]], ...] = ()
    evidence: tuple[Evidence, ...] = ()
    grounds: Mapping[str, Grounds] = field(default_factory=dict)


class Recorded(NamedTuple):
    """Whether a poll was kept (its lease was still ours), and the ids of the alerts it made."""

    kept: bool
    alerts: tuple[str, ...] = ()


class Post(NamedTuple):
    """A message about an incident, for the outbox. `instead`: what is said where none was delivered yet."""

    to: str
    notice: OpsNotice
    instead: OpsNotice | None = None


class Moved(StrEnum):
    """What became of a change of an incident: made, too early (a message of it is under way), or lost."""

    DONE = "done"
    LATER = "later"
    LOST = "lost"


class Logged(NamedTuple):
    """An attempt that another daemon logged, by its row."""

    row: int
    attempt: Attempt


class SearchStore(Protocol):
    """What the poller needs of the store; every method is one transaction."""

    async def claim(self, now: Instant, limit: int, lease: str, lease_for: Seconds) -> Sequence[Search]:
        """Lease up to `limit` due searches that an unpaused watch wants, most overdue first."""
        ...

    def watches_of(self, searches: Iterable[SearchId]) -> Mapping[SearchId, Sequence[Watch]]:
        """The unpaused watches of these searches."""
        ...

    def told(self, watch: WatchId, items: Iterable[str]) -> Mapping[str, Told]:
        """What was last said about these items of a watch."""
        ...

    def seen(self, search: SearchId) -> dict[str, Seen]:
        """What this search has seen, by item id."""
        ...

    def first_seen(self, search: SearchId, items: Iterable[str]) -> Mapping[str, Instant]:
        """When a search first saw these items; absent where it never did."""
        ...

    async def release(self, lease: str, searches: Iterable[SearchId]) -> None:
        """Give back leases of polls that did not end well, so that the next tick takes them up."""
        ...

    def history(self, search: SearchId, filters: str, since: Instant, now: Instant) -> History:
        """What the price points of a search say for one set of filters since an instant."""
        ...

    def active_searches(self) -> int:
        """How many searches share the quota."""
        ...

    async def hasten(self, error: str, due: Instant, limit: int, now: Instant, spread: Seconds) -> int:
        """Bring forward up to `limit` searches that failed at once with `error` and are not due before `due`.

        They become due evenly within `spread` seconds from `now`; how many there were.
        """
        ...

    async def record(self, polled: Polled, patience: Seconds = ...) -> Recorded:
        """Keep all that a poll leaves behind, in one transaction; nothing when the lease is no longer ours.

        It may wait `patience` seconds for other polls to share its commit.
        """
        ...


class OutboxStore(Protocol):
    """What the dispatcher needs of the store."""

    async def lease_deliveries(
        self, now: Instant, limit: int, lease: str, lease_for: Seconds, exclude: Iterable[str]
    ) -> Sequence[Delivery]:
        """Lease up to `limit` deliveries that are due, oldest first, none to the destinations in `exclude`.

        At most one for each destination, so that order holds and a slow one delays no other.
        """
        ...

    async def delivered(self, delivery: Delivery, at: Instant, thread: str = "") -> None:
        """The other side said yes, and where the message stands."""
        ...

    async def postpone(self, delivery: Delivery, until: Instant, why: str) -> None:
        """Try again at `until`; counts one attempt."""
        ...

    async def bury(
        self, delivery: Delivery, at: Instant, why: str, *, forever: bool = False, instead: str | None = None
    ) -> None:
        """Refused for good: a dead letter that `status` shows, said at the destination `instead`, if any.

        `forever`: it is wrong in itself, and is not revived.
        """
        ...

    async def revive(self, to: str, now: Instant) -> tuple[int, int]:
        """Let what was buried for a destination lately be tried again: how many, and how many stay dead."""
        ...

    async def resume(self, now: Instant) -> Mapping[str, Instant]:
        """Begin anew after a restart: until when each destination asked to be left alone.

        What waits only because it failed may go at once, and one dead letter of each destination tries
        whether it is taken now.
        """
        ...

    async def hasten(self, to: str, at: Instant) -> None:
        """What waits for a destination because it failed may go from `at` on."""
        ...

    async def unlease(self, deliveries: Iterable[Delivery]) -> None:
        """Give back what was leased and not tried."""
        ...

    def holds(self, delivery: Delivery) -> bool:
        """Whether nobody else has taken a message since it was leased to us."""
        ...

    def destinations_waiting(self) -> Sequence[str]:
        """The destinations that pending deliveries name."""
        ...


class DueStore(Protocol):
    """Due times, and what a clock that was set back does to them."""

    def latest(self) -> Instant | None:
        """The latest instant at which a search was polled, or at least begun, or a message; None: never."""
        ...

    def server_clock(self) -> Instant | None:
        """The present instant by the server of a database that others are on, too; None where nobody is."""
        ...

    async def bring_back(self, now: Instant, by: Seconds) -> None:
        """The clock went back to `now` by so many seconds: bring what is due after it back with it."""
        ...


class IncidentStore(Protocol):
    """What health needs of the store."""

    async def log_attempts(self, attempts: Sequence[Attempt], by: str) -> None:
        """Keep attempts that the daemon `by` made, so that windows survive a restart and others see them."""
        ...

    def attempts_since(self, since: Instant) -> tuple[Sequence[Attempt], int]:
        """All attempts kept from `since` on, oldest first, and the number of the last row there is."""
        ...

    def attempts_of_others(self, by: str, after: int) -> tuple[Sequence[Logged], int]:
        """What other daemons than `by` logged after that row, and the number of the last row there is."""
        ...

    def incidents(self, ended_since: Instant) -> Sequence[Incident]:
        """Incidents that are open or owe a message, and those that ended since then, oldest first."""
        ...

    def silences(self, now: Instant) -> Sequence[Silence]:
        """Silences that hold now or will."""
        ...

    async def move_incident(self, before: Incident | None, after: Incident, post: Post | None) -> Moved:
        """Keep a change of an incident and its message, in one transaction; `before` None: it is new.

        Messages of it that were not delivered give way to this one. LATER where one of them is being sent
        just now; LOST where another daemon was quicker.
        """
        ...


class WatchStore(Protocol):
    """What the registry needs of the store."""

    async def add(
        self, new: Sequence[Watch], now: Instant, spacing: Seconds = ..., at_once: int = ...
    ) -> Sequence[WatchId]:
        """Register watches, all or none; beyond `at_once` new searches, each is due `spacing` later."""
        ...

    def get(self, watch: WatchId) -> Watch | None:
        """The watch of that number, None where there is none."""
        ...

    async def change(self, watch: Watch, now: Instant) -> bool:
        """Write an edited watch; False where it has changed or gone since it was read."""
        ...

    async def remove(self, watch: WatchId, now: Instant) -> bool:
        """Forget a watch; its alerts stay."""
        ...


class CacheStore(Protocol):
    """What the cache needs of the store."""

    def get(self, key: CacheKey) -> CacheEntry | None:
        """The entry, expired or not."""
        ...

    async def put(self, key: CacheKey, entry: CacheEntry) -> None:
        """Store an answer; an older one never replaces a newer one."""
        ...

    async def delete(self, key: str) -> int:
        """Forget the entry of that key as text; how many there were."""
        ...

    async def clear(self) -> int:
        """Forget every entry; how many there were."""
        ...

    def counts(self, now: Instant) -> tuple[int, int]:
        """(all entries, expired entries)."""
        ...


class QuotaStore(Protocol):
    """The quota ledger: calls used in the window of an API that began at `start`, shared by all processes."""

    def used(self, api: Api, start: Instant) -> int:
        """Calls of that window, those included that a process took and has not sent yet."""
        ...

    async def reserve(self, api: Api, start: Instant, calls: int, bound: int) -> int:
        """Take `calls`, else one, while the window's count stays within `bound`; how many were taken."""
        ...

    async def give_back(self, api: Api, start: Instant, calls: int) -> None:
        """Return calls that were taken and not sent."""
        ...

    async def keep_within(self, api: Api, start: Instant, least: int, most: int | None) -> None:
        """Raise the window's count to `least`, or lower it to `most` and what other processes may hold."""
        ...


class Ticker(Protocol):
    """What owns when the loops tick."""

    def every(self, seconds: Seconds, call: Callable[[], None]) -> None:
        """Call so often, from `start` on."""
        ...

    def start(self) -> None:
        """Begin to tick, in the running event loop."""
        ...

    def stop(self) -> None:
        """Tick no more."""
        ...
