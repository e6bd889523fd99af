"""What the trip needs from outside, as Protocols; every adapter fits one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Protocol

from watcher.core.deliveries import DeliveryContext, Notification
from watcher.core.errors import Api
from watcher.core.listing import Ask, Snapshot
from watcher.core.monitoring.attempts import Attempt
from watcher.core.times import Instant, Seconds

# The ids that every log line of the present task carries, so that a poll can be followed to Slack.
LOG_CONTEXT: ContextVar[Mapping[str, object]] = ContextVar("followed", default={})  # noqa: B039 - never changed
# Whether the present task makes again what failed before: a poll or a message, rescheduled and not slept.
IS_RETRY: ContextVar[bool] = ContextVar("tried before", default=False)
# What the present task asks at the last moment before anything of its call leaves this machine; it raises
# NotSent where nothing may any more.
BEFORE_SEND: ContextVar[Callable[[], None]] = ContextVar("last look", default=lambda: None)
# The work that a commit may have made for any daemon on the same database.
POLL, DELIVER = "poll", "deliver"


class Clock(Protocol):
    """The time of day; the only one who may look at a real clock is `app`."""

    def now(self) -> Instant:
        """The present instant."""
        ...


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


class ListingSource(Protocol):
    """A market that answers questions. Raises CallFailed."""

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        """The listings on offer. `interactive`: somebody waits, so retry within the deadline.

        `within`: the seconds that are left to them, where that is less.
        """
        ...


class SalesSource(Protocol):
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


class Channel(Protocol):
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

    async def deliver(self, to: str, notification: Notification, journey: DeliveryContext) -> str:
        """Hand one notification over; where it stands now, for later messages to refer to, or nothing.

        `LAST_LOOK` is asked when the way is open, just before it goes.
        """
        ...


class Alarms(Protocol):
    """What can be told on this machine alone, when nothing else may work."""

    def sound(self, name: str, sentence: str) -> None:
        """Something is wrong that somebody must see."""
        ...

    def end(self, name: str) -> None:
        """It is wrong no more."""
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
