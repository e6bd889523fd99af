"""What tests of channels share: a fake channel, and the guard of a real one."""

from __future__ import annotations

import time
from collections.abc import Sequence

from tests.fakes import FakeClock, shortest_wait
from tests.waiting import PATIENCE
from watcher.adapters.outbound.guard import Guard
from watcher.core.deliveries import DeliveryContext, Endpoint, Notification
from watcher.core.errors import Api
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import Seconds
from watcher.ports import Clock, Meter


def channel_guard_for_tests(meter: Meter, clock: Clock | None = None, timeout: float = PATIENCE) -> Guard:
    """Return a guard that makes one attempt and counts it in `meter`; `timeout` is in seconds."""
    return Guard(
        Api.SLACK,
        RetryPolicy(max_retries=0, initial=Seconds(1.0), maximum=Seconds(2.0)),
        attempt_timeout=Seconds(timeout),
        deadline=Seconds(2 * timeout),
        clock=clock or FakeClock(),
        monotonic=time.monotonic,
        jitter=shortest_wait,
        meter=meter,
    )


class FakeChannel:
    """Implement `ports.Channel`. Every destination is configured and on the same host.

    Override `send` to record a message, or to fail.
    """

    name = "Fake"
    api = Api.SLACK
    message_interval = Seconds(1.0)

    def accepts(self, to: str) -> bool:
        return self.is_configured(to)

    def address_help(self) -> str:
        return "any name"

    def is_configured(self, to: str) -> bool:
        return True

    def destinations(self) -> Sequence[str]:
        return ()

    def ops_destinations(self) -> Sequence[str]:
        return ()

    def host_of(self, to: str) -> str:
        return "fake.invalid"

    def endpoints(self) -> Sequence[Endpoint]:
        return ()

    async def send(self, to: str, notification: Notification, context: DeliveryContext) -> str:
        raise NotImplementedError

    async def close(self) -> None:
        pass
