"""What the trip needs from outside, as Protocols; every adapter fits one of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Protocol

from watcher.core.deliveries import DeliveryContext, Endpoint, Notification
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
    """One way of sending notifications, such as Slack.

    A destination is a configured name, or an address of the channel's own form. `name` is for people;
    `message_interval` is the time from one message to a destination to the next.
    """

    name: str
    api: Api
    message_interval: Seconds

    def accepts(self, to: str) -> bool:
        """Return whether a watch may name `to`.

        Raises InvalidInput, with a sentence for the person who typed it, if `to` has this channel's form
        and cannot be used.
        """
        ...

    def address_help(self) -> str:
        """Return what `accepts` takes, for the end of the sentence "use …"."""
        ...

    def is_configured(self, to: str) -> bool:
        """Return whether messages can be sent to `to` under the present configuration."""
        ...

    def destinations(self) -> Sequence[str]:
        """Return the configured names that messages can be sent to."""
        ...

    def ops_destinations(self) -> Sequence[str]:
        """Return the destinations that reach operators, best first: each can replace one that fails."""
        ...

    def host_of(self, to: str) -> str:
        """Return the host that serves `to`; destinations on one host tend to fail and recover together."""
        ...

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the servers that `watcher check` tries to reach."""
        ...

    async def send(self, to: str, notification: Notification, context: DeliveryContext) -> str:
        """Send one notification; return its position for later messages to refer to, or an empty string.

        Returning means that the receiver accepted it. Calls `BEFORE_SEND` when the connection is open, just
        before anything is sent. Raises CallFailed.
        """
        ...

    async def close(self) -> None:
        """Close the connections; the next `send` opens them again."""
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
