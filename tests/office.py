"""A dispatcher at work over a real outbox, and a Slack that does what it is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence

from sqlalchemy import Connection, event

from tests.channels import FakeChannel
from tests.fakes import FakeClock, Ledger, Siren, low_dice
from watcher.core.alerts import Alert, OpsNotice
from watcher.core.deliveries import DeliveryContext, Notification
from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.times import Seconds
from watcher.db.codec import write_notification
from watcher.db.recording import outbox_row
from watcher.db.schema import outbox
from watcher.db.stores import Stores
from watcher.delivery.dispatcher import Dispatcher
from watcher.delivery.router import Router
from watcher.ports import BEFORE_SEND

BUSY = CallFailed(Api.SLACK, Kind.UNAVAILABLE, "status 503")


def refused() -> CallFailed:
    return CallFailed(Api.SLACK, Kind.REFUSED, "status 404 no_service", status=404)


class Channel(FakeChannel):
    """A Slack that takes what it is given, unless it was told how to fail next."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.unknown: set[str] = set()
        self.failures: dict[str, list[Exception]] = {}
        self.before: Callable[[str], Awaitable[None]] | None = None
        self.tried: list[tuple[str, str, float]] = []
        self.took: list[tuple[str, str, float]] = []
        self.told: list[tuple[str, OpsNotice, DeliveryContext]] = []
        self.second: tuple[str, ...] = ()

    def is_configured(self, to: str) -> bool:
        return to not in self.unknown

    def host_of(self, to: str) -> str:
        return "elsewhere" if to.startswith("far") else "slack"

    def ops_destinations(self) -> Sequence[str]:
        return self.second

    async def send(self, to: str, notification: Notification, context: DeliveryContext) -> str:
        assert isinstance(notification, OpsNotice)
        self.tried.append((to, notification.incident_id, self.clock.now()))
        if self.before:
            await self.before(to)
        BEFORE_SEND.get()()
        if self.failures.get(to):
            raise self.failures[to].pop(0)
        self.took.append((to, notification.incident_id, self.clock.now()))
        self.told.append((to, notification, context))
        return f"{to} {len(self.took)}" if to.startswith("#") else ""

    @property
    def names(self) -> list[str]:
        return [name for _, name, _ in self.took]


class Office:
    """A dispatcher over a real outbox."""

    def __init__(self, stores: Stores, clock: FakeClock) -> None:
        self.stores, self.clock = stores, clock
        self.channel, self.meter, self.siren = Channel(clock), Ledger(), Siren()
        self.restart()

    def restart(self, *, max_wait: float | None = None, grace: float = 0.05, lease: str = "us") -> None:
        self.dispatcher = Dispatcher(
            self.stores.outbox,
            Router([self.channel]),
            self.meter,
            self.siren,
            clock=self.clock,
            jitter=low_dice,
            lease=lease,
            max_wait=None if max_wait is None else Seconds(max_wait),
            grace=Seconds(grace),
        )

    def hurry(self) -> None:
        """Write without waiting for the disk, where thousands of commits say nothing about it."""
        if not self.stores.database.shared:  # the tests' Postgres never waits
            event.listen(
                self.stores.database.engine,
                "connect",
                lambda conn, _: conn.execute("PRAGMA synchronous = OFF"),
            )

    async def post(self, name: str, to: str = "slack", phase: str = "firing") -> None:
        now = self.clock.now()
        notice = OpsNotice(name, phase, "ebay", "outage", now, now, "eBay: no answer")
        row = outbox_row("ops", name, to, write_notification(notice), now)
        await self.stores.database.write(_insert, row)

    async def post_alert(self, name: str, to: str = "slack") -> None:
        """A price alert, which only the real Slack knows how to show."""
        now = self.clock.now()
        alert = Alert(
            name, 7, "camera", "local", to, "new", "any new listing", now, now, "ebay", "camera", "any", "",
            "EBAY_US", "ask", "USD", 0, None, None, None, None, {}, market="a camera was found",
        )  # fmt: skip
        row = outbox_row("alert", name, to, write_notification(alert), now)
        await self.stores.database.write(_insert, row)

    async def drain(self, after: float = 0.0) -> int:
        return await self.dispatcher.drain(self.clock.move(after))

    async def run(self, seconds: int, step: float = 1.0) -> None:
        for _ in range(round(seconds / step)):
            await self.drain(step)

    def depth(self) -> dict[str, int]:
        return self.stores.outbox.depth()


def _insert(conn: Connection, rows: Sequence[dict[str, object]]) -> Sequence[None]:
    conn.execute(outbox.insert(), list(rows))
    return [None] * len(rows)
