"""Monitoring over simulated time: the calls of APIs in periods, and the messages that ops get.

story.ebay("09:00", "10:00", calls=17)
story.ebay("10:00", "11:00", calls=17, fails=every_other)
await story.until("12:00")
story.want(between("10:05", "10:08"), "firing", "failure-rate", "eBay: 10 of the last 20 calls failed")
story.nothing_else()
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tests.channels import FakeChannel
from tests.conftest import AGES
from tests.fakes import (
    THRESHOLDS,
    FakeClock,
    RecordingAlarms,
    RecordingMeter,
    shortest_wait,
)
from watcher.core.alerts import OpsNotice
from watcher.core.deliveries import DeliveryContext, Notification
from watcher.core.errors import Api, CallFailed, Code, Kind, WatcherError
from watcher.core.monitoring.api_history import OUTAGE_PROBE_SECONDS
from watcher.core.monitoring.attempts import Attempt
from watcher.core.monitoring.self_checks import Readings
from watcher.core.times import DAY, Instant, Seconds
from watcher.db.stores import Stores
from watcher.delivery.dispatcher import Dispatcher
from watcher.delivery.router import Router
from watcher.monitoring.api_health import HealthMonitor

DOWN, LATE = Code.EBAY_UNAVAILABLE, Code.EBAY_TIMEOUT
MIDNIGHT = Instant(1_767_571_200.0)  # 2026-01-05T00:00Z
JUDGE_SECONDS = 5.0  # between evaluations, as in the daemon
# While nothing can be found, a longer interval gives the same result in less real time.
CALM_JUDGE_SECONDS = 60.0
BUSY_SECONDS = 60.0  # how long a failed or slow call keeps the short interval


def at(clock: str) -> Instant:
    """Return the instant of `10:00`, `10:00:30`, or `+1 10:00` for the next day."""
    days, _, time = clock.rpartition(" ")
    hours, minutes, *seconds = (int(x) for x in time.split(":"))
    return Instant(MIDNIGHT + int(days or 0) * DAY + hours * 3600 + minutes * 60 + sum(seconds))


class Between(NamedTuple):
    begin: Instant
    end: Instant


def between(begin: str, end: str) -> Between:
    return Between(at(begin), at(end))


def every_other(n: int) -> bool:
    return n % 2 == 1


def always(_n: int) -> bool:
    return True


def never(_n: int) -> bool:
    return False


class SentMessage(NamedTuple):
    """A message that the channel accepted."""

    at: Instant
    notice: OpsNotice

    def __str__(self) -> str:
        seconds = round(self.at - MIDNIGHT)
        clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
        return f"{clock} {self.notice.symptom} {self.notice.phase}: {self.notice.headline}"


@dataclass
class Channel(FakeChannel):
    """The ops channel in Slack; `down` are the periods in which it refuses messages."""

    clock: FakeClock
    took: list[SentMessage] = field(default_factory=list)
    down: list[Between] = field(default_factory=list)

    async def send(self, to: str, notification: Notification, context: DeliveryContext) -> str:
        now = self.clock.now()
        if any(d.begin <= now < d.end for d in self.down):
            raise CallFailed(Api.SLACK, Kind.UNAVAILABLE, "down")
        assert to == "ops"
        assert isinstance(notification, OpsNotice)
        self.took.append(SentMessage(now, notification))
        return ""


class Span(NamedTuple):
    """The calls of an API in a period."""

    api: Api
    begin: Instant
    end: Instant
    every: float
    fails: Callable[[int], bool]
    code: Code
    seconds: float
    refused: bool = False

    def calls(self) -> Iterator[Attempt]:
        n, now = 0, self.begin
        while now < self.end:
            code = self.code if self.fails(n) else None
            yield Attempt(self.api, now, Seconds(self.seconds), code, refused=self.refused and bool(code))
            n += 1
            now = Instant(self.begin + n * self.every)


class Story:
    """A daemon's monitoring over a real database; probes are sent as the daemon sends them."""

    def __init__(self, url: str, begin: str = "08:00", **limits: float) -> None:
        self.url, self.limits = url, replace(THRESHOLDS, **limits)  # type: ignore[arg-type]  # limits of a test
        self.clock = FakeClock(at(begin))
        self.channel = Channel(self.clock)
        self.spans: list[Span] = []
        self.down: list[Between] = []  # periods in which probes of eBay fail
        self.readings: Callable[[Instant], Readings | None] = lambda _now: None
        self.stores = Stores.opened(url, AGES)
        self.checked = 0
        self._busy_until = Instant(0.0)
        self._start()

    def _start(self) -> None:
        self.health = HealthMonitor(
            self.stores.incidents, self.limits, name=f"{id(self)} at {self.clock.now()}"
        )
        self.health.restore(self.clock.now())
        self.dispatcher = Dispatcher(
            self.stores.outbox,
            Router([self.channel]),
            RecordingMeter(),
            RecordingAlarms(),
            clock=self.clock,
            jitter=shortest_wait,
            lease=f"{id(self)} at {self.clock.now()}",
            max_wait=None,
        )

    def close(self) -> None:
        self.stores.close()

    def restart(self, down_for: float = 0.0) -> None:
        """Simulate SIGKILL and a new start `down_for` seconds later."""
        self.stores.close()
        self.clock.move(down_for)
        self.stores = Stores.opened(self.url, AGES)
        self._start()

    # events

    def ebay(
        self,
        begin: str,
        end: str,
        *,
        calls: float = 17,
        fails: Callable[[int], bool] = never,
        code: Code = DOWN,
        seconds: float = 0.2,
        api: Api = Api.EBAY,
        refused: bool = False,
    ) -> None:
        """Add a period with `calls` calls per five minutes; `fails(n)` is whether the n-th call fails."""
        # While all calls fail, the breaker lets one probe per minute through.
        pace = 300.0 / (5 if fails is always else calls)
        self.spans.append(Span(api, at(begin), at(end), pace, fails, code, seconds, refused))
        if fails is always:
            self.down.append(between(begin, end))

    def slack_is_down(self, begin: str, end: str) -> None:
        self.channel.down.append(between(begin, end))

    async def until(self, end: str) -> None:
        """Run until `end`: calls at their instants, an evaluation every five seconds."""
        await self.run(at(end))

    async def run(self, end: Instant) -> None:
        now = self.clock.now()
        calls = sorted((c for s in self.spans for c in s.calls() if now <= c.at < end), key=lambda c: c.at)
        place = 0
        while self.clock.now() < end:
            until = min(
                Instant(self.clock.now() + (JUDGE_SECONDS if self._is_busy() else CALM_JUDGE_SECONDS)), end
            )
            while place < len(calls) and calls[place].at < until:
                self.clock.at = max(self.clock.at, calls[place].at)
                self._observe(calls[place])
                place += 1
                if self._is_busy():
                    until = min(until, Instant(self.clock.now() + JUDGE_SECONDS))
            self.clock.at = until
            await self.tick()

    def _observe(self, call: Attempt) -> None:
        self.health.observe(call)
        if call.code is not None or call.seconds > 1:
            self._busy_until = Instant(call.at + BUSY_SECONDS)

    def _is_busy(self) -> bool:
        """Whether an evaluation could find anything."""
        opened = self.stores.incidents.incidents(Instant(self.clock.now()))
        return bool(opened) or self.clock.now() < self._busy_until

    async def tick(self) -> None:
        """Evaluate once; send the messages, and the probe that the daemon would send."""
        now = self.clock.now()
        for api in self.health.probe_due(now):
            failed = any(d.begin <= now < d.end for d in self.down)
            self.health.observe(Attempt(api, now, Seconds(0.2), DOWN if failed else None))
        try:
            await self.health.evaluate(now, self.readings(now))
        except WatcherError:
            return  # the next round tries again, as the daemon's loop does
        while await self.dispatcher.drain(now):
            pass

    # expectations

    def want(self, when: Between, phase: str, symptom: str, headline: str = "") -> OpsNotice:
        """Assert that the next message is this one and was sent in this period; return it."""
        assert len(self.channel.took) > self.checked, f"no message for {phase} {symptom}"
        message = self.channel.took[self.checked]
        self.checked += 1
        assert (message.notice.phase, message.notice.symptom) == (phase, symptom), str(message)
        assert when.begin <= message.at <= when.end, str(message)
        assert headline in message.notice.headline, str(message)
        return message.notice

    def nothing_else(self) -> None:
        """Assert that no other message was sent."""
        assert [str(t) for t in self.channel.took[self.checked :]] == []


assert OUTAGE_PROBE_SECONDS == 60  # the stories depend on it
