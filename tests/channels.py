"""A channel for tests, which accepts everything; override `send` to record or to fail."""

from __future__ import annotations

from collections.abc import Sequence

from watcher.core.deliveries import DeliveryContext, Endpoint, Notification
from watcher.core.errors import Api
from watcher.core.times import Seconds


class FakeChannel:
    """Implement `ports.Channel`. Every destination is configured and on the same host."""

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
