"""A dispatcher over a real outbox, and a scripted channel."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, event

from tests.channels import FakeChannel
from tests.fakes import FakeClock, RecordingAlarms, RecordingMeter, shortest_wait
from tests.outbox_rows import message_states
from watcher.core.alerts import Alert, OpsNotice
from watcher.core.deliveries import DeliveryContext, Notification
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.times import Instant, Seconds
from watcher.db.codec import write_notification
from watcher.db.outbox import message_row
from watcher.db.schema import outbox
from watcher.db.stores import Stores
from watcher.delivery.dispatcher import Dispatcher
from watcher.delivery.router import Router
from watcher.ports import BEFORE_SEND

BUSY = CallFailed(Api.SLACK, Kind.UNAVAILABLE, "status 503")


def refused() -> CallFailed:
    return CallFailed(Api.SLACK, Kind.REFUSED, "status 404 no_service", status=404)


class Sent(NamedTuple):
    """One message that was attempted or accepted. `name` is the incident's id."""

    to: str
    name: str
    at: Instant
    notice: OpsNotice
    context: DeliveryContext


class ScriptedChannel(FakeChannel):
    """Accepts every message, unless `failures` has an error for its destination."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.unconfigured: set[str] = set()
        self.ops_names: tuple[str, ...] = ()
        self.failures: dict[str, list[Exception]] = {}
        self.before_attempt: Callable[[str], Awaitable[None]] | None = None
        self.attempts: list[Sent] = []
        self.accepted: list[Sent] = []

    def is_configured(self, to: str) -> bool:
        return to not in self.unconfigured

    def ops_destinations(self) -> Sequence[str]:
        return self.ops_names

    def host_of(self, to: str) -> str:
        return "other.invalid" if to.startswith("far") else "slack.invalid"

    async def send(self, to: str, notification: Notification, context: DeliveryContext) -> str:
        assert isinstance(notification, OpsNotice)
        sent = Sent(to, notification.incident_id, self.clock.now(), notification, context)
        self.attempts.append(sent)
        if self.before_attempt:
            await self.before_attempt(to)
        BEFORE_SEND.get()()
        if self.failures.get(to):
            raise self.failures[to].pop(0)
        self.accepted.append(sent._replace(at=self.clock.now()))
        return f"{to} {len(self.accepted)}" if to.startswith("#") else ""

    @property
    def names(self) -> list[str]:
        """The names of the accepted messages, in order."""
        return [sent.name for sent in self.accepted]


class DispatchHarness:
    """A dispatcher over a real outbox."""

    def __init__(self, stores: Stores, clock: FakeClock) -> None:
        self.stores, self.clock = stores, clock
        self.channel, self.meter, self.alarms = ScriptedChannel(clock), RecordingMeter(), RecordingAlarms()
        self.restart()

    def restart(self, *, max_wait: float | None = None, grace: float = 0.05, lease: str = "this") -> None:
        """Replace the dispatcher, as a new process would."""
        self.dispatcher = Dispatcher(
            self.stores.outbox,
            Router([self.channel]),
            self.meter,
            self.alarms,
            clock=self.clock,
            jitter=shortest_wait,
            lease=lease,
            max_wait=None if max_wait is None else Seconds(max_wait),
            grace=Seconds(grace),
        )

    def skip_fsync(self) -> None:
        """Do not wait for the disk, for a test of thousands of commits."""
        if not self.stores.database.shared:  # the Postgres of the tests never waits
            event.listen(
                self.stores.database.engine,
                "connect",
                lambda conn, _: conn.execute("PRAGMA synchronous = OFF"),
            )

    async def post(self, name: str, to: str = "slack", phase: str = "firing") -> None:
        """Put a message about an incident into the outbox."""
        now = self.clock.now()
        notice = OpsNotice(name, phase, "ebay", "outage", now, now, "eBay: no answer")
        row = message_row("ops", name, to, write_notification(notice), now)
        await self.stores.database.write(_insert, row)

    async def post_alert(self, name: str, to: str = "slack") -> None:
        """Put a price alert into the outbox; only the real Slack channel renders one."""
        now = self.clock.now()
        alert = Alert(
            name, 7, "camera", "local", to, "new", "any new listing", now, now, "ebay", "camera", "any", "",
            "EBAY_US", "ask", "USD", 0, None, None, None, None, {}, market="a camera was found",
        )  # fmt: skip
        row = message_row("alert", name, to, write_notification(alert), now)
        await self.stores.database.write(_insert, row)

    async def drain(self, after: float = 0.0) -> int:
        return await self.dispatcher.drain(self.clock.move(after))

    async def run(self, seconds: int, step: float = 1.0) -> None:
        """Drain every `step` seconds."""
        for _ in range(round(seconds / step)):
            await self.drain(step)

    def depth(self) -> dict[str, int]:
        return message_states(self.stores)


def _insert(conn: Connection, row: dict[str, object]) -> None:
    conn.execute(outbox.insert(), row)
