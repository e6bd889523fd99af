"""Protocols with more than one implementation, and the context that a task passes to its calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from typing import Protocol

from watcher.core.billing import BillingTruth, Checkout, StripeSession
from watcher.core.deliveries import DeliveryContext, Endpoint, Notification
from watcher.core.errors import Api
from watcher.core.listing import Ask, Snapshot
from watcher.core.monitoring.attempts import Attempt
from watcher.core.times import Instant, Seconds

# The ids on every log line of the present task, so that a poll can be followed to its messages.
LOG_CONTEXT: ContextVar[Mapping[str, object]] = ContextVar("log context", default={})  # noqa: B039 - never changed
# Whether the present task repeats a poll or a delivery that failed and was rescheduled.
IS_RETRY: ContextVar[bool] = ContextVar("is retry", default=False)
# Called immediately before a request of the present task is sent; raises NotSent if it must not be sent.
BEFORE_SEND: ContextVar[Callable[[], None]] = ContextVar("before send", default=lambda: None)
# Kinds of work that a commit may create for any daemon on the same database.
POLL, DELIVER, EVENTS = "poll", "deliver", "events"


class Clock(Protocol):
    """The time of day. Only `runtime` builds the system clock."""

    def now(self) -> Instant:
        """Return the present instant."""


class Meter(Protocol):
    """Receives metrics. It never blocks, and never fails a call."""

    def attempt(self, attempt: Attempt, *, retry: bool = False) -> None:
        """Record an attempt that was sent."""

    def count(self, name: str, by: int = 1) -> None:
        """Add to a counter. Names are those of the documentation, without the prefix."""

    def timing(self, name: str, seconds: float) -> None:
        """Record a duration."""

    def gauge(self, name: str, value: float) -> None:
        """Set a gauge."""


class ListingSource(Protocol):
    """A market that can be searched for listings on offer."""

    @property
    def api(self) -> Api:
        """The API that answers."""
        ...

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        """Return the listings on offer. Raises CallFailed.

        `interactive`: a user is waiting, so retry within the deadline instead of leaving retries to the
        schedule. `within`: seconds left for the call, if that is less than the source's own deadline.
        """


class SalesSource(Protocol):
    """A provider of past sales."""

    @property
    def api(self) -> Api:
        """The API whose answers these are."""

    def answers(self, ask: Ask) -> bool:
        """Return whether the provider can answer this question at all."""

    async def sold(self, ask: Ask) -> Snapshot:
        """Return recent sales, which may be none; make one attempt. Raises CallFailed."""


class Payments(Protocol):
    """Sells subscriptions. Every method raises CallFailed; `patient`: a person waits for the answer."""

    async def create_customer(self, checkout: Checkout, owner: str) -> str:
        """Return the customer of a user's first checkout; the same one if it is asked for again.

        `owner`: what stands for the user.
        """

    async def find_customers(self, owner: str, *, patient: bool = False) -> Sequence[str]:
        """Return the customers that were made for a user."""

    async def has_customer(self, customer: str) -> bool:
        """Return whether a customer was not deleted. Raises ObjectMissing for one that never was."""

    async def create_session(
        self, checkout: Checkout, customer: str, owner: str, return_url: str
    ) -> StripeSession:
        """Return the session of a checkout; the same one if it is asked for again."""

    async def fetch_session(self, session: str, *, patient: bool = False) -> StripeSession:
        """Return a session as it is now."""

    async def find_session(self, customer: str, key: str, *, patient: bool = False) -> StripeSession | None:
        """Return the session that a checkout got; None if there is none."""

    async def open_sessions(self, customer: str, *, patient: bool = False) -> Sequence[StripeSession]:
        """Return the sessions that a customer could pay."""

    async def expire_session(self, session: str) -> StripeSession:
        """End a session that is open, so that it cannot be paid."""

    async def create_portal(self, customer: str, return_url: str, key: str) -> str:
        """Return the address at which a customer changes or cancels the subscription."""

    async def fetch_truth(self, customer: str, asked_at: Instant, *, patient: bool = False) -> BillingTruth:
        """Return what a customer pays for."""


class Channel(Protocol):
    """One way of sending notifications, such as Slack.

    A destination is a configured name, or an address of the channel's own form. `name` is for people;
    `message_interval` is the minimum time between two messages to one destination.
    """

    name: str
    api: Api
    message_interval: Seconds

    def accepts(self, to: str) -> bool:
        """Return whether a watch may name `to`.

        Raises InvalidInput, with a message for the person who typed it, if `to` has this channel's form
        and cannot be used.
        """

    def address_help(self) -> str:
        """Return what `accepts` takes, for the end of the sentence "use …"."""

    def is_configured(self, to: str) -> bool:
        """Return whether messages can be sent to `to` under the present configuration."""

    def destinations(self) -> Sequence[str]:
        """Return the configured names that messages can be sent to."""

    def ops_destinations(self) -> Sequence[str]:
        """Return the destinations that reach operators, best first: each can replace one that fails."""

    def host_of(self, to: str) -> str:
        """Return the host that serves `to`; destinations on one host tend to fail and recover together."""

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the servers that `watcher check` tries to reach."""

    async def send(self, to: str, notification: Notification, context: DeliveryContext) -> str:
        """Send one notification; return its position for later messages to refer to, or an empty string.

        Returning means that the receiver accepted it. Calls `BEFORE_SEND` when the connection is open, just
        before anything is sent. Raises CallFailed.
        """

    async def close(self) -> None:
        """Close the connections; the next `send` opens them again."""


class Alarms(Protocol):
    """Reports trouble on this machine alone, for when the database or the network fails."""

    def sound(self, name: str, sentence: str) -> None:
        """Report that something is wrong and needs a person."""

    def end(self, name: str) -> None:
        """Report that it is over."""


class Ticker(Protocol):
    """Decides when the daemon's loops tick."""

    def every(self, seconds: Seconds, call: Callable[[], None]) -> None:
        """Call `call` at this interval once started."""

    def start(self) -> None:
        """Start ticking in the running event loop."""

    def stop(self) -> None:
        """Stop ticking."""
