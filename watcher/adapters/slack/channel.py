"""Slack as an outlet: named webhooks, and channels or people with a bot token."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from watcher.adapters.slack.blocks import BlocksRefused, SlackMessage, ThreadLost, render
from watcher.core.deliveries import DeliveryContext, Notification
from watcher.core.errors import Api, CallFailed, Kind

if TYPE_CHECKING:
    from watcher.adapters.outbound.guard import Guard
    from watcher.adapters.slack.wire import Wire

WATCH, OPS_CHANNEL = "slack", "ops"
# The ops webhook where ops have a channel as well: no name that anybody could configure.
_OPS_WEBHOOK = "ops webhook"
# A channel's name, or the id of a member; both need a bot token.
_ADDRESS = re.compile(r"#[^\s#]{1,80}\Z|[UW][A-Z0-9]{2,20}\Z")


class SlackChannel:
    """Implements `ports.Outlet`. `slack` and `ops` are the two webhooks; `destinations` name others.

    A destination is a webhook's URL, or a channel or member id; `ops` among them is where ops alerts go
    instead of to their webhook, in threads. URLs and the token are secrets: they are in no `repr`, log or
    error. The SDK is loaded with the first message. `close` it when done.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        watch_webhook_url: str = "",
        ops_webhook_url: str = "",
        destinations: Mapping[str, str] | None = None,
        bot_token: str = "",
        base_url: str = "https://slack.com/api",
    ) -> None:
        given = {name: place for name, place in (destinations or {}).items() if place}
        spare = _OPS_WEBHOOK if OPS_CHANNEL in given else OPS_CHANNEL
        self._places = {WATCH: watch_webhook_url, spare: ops_webhook_url, **given}
        self._guard = guard
        self._token, self._base_url = bot_token, base_url
        self._wire: Wire | None = None

    def __repr__(self) -> str:
        names = [*sorted(self.names()), *(["#channels"] if self._token else [])]
        return f"SlackOutlet({', '.join(names) or 'nowhere'})"

    def names(self) -> Sequence[str]:
        """The configured destinations that lead somewhere."""
        return [name for name in self._places if self.knows(name)]

    def knows(self, to: str) -> bool:
        """Whether `to` is a configured destination, or a channel or member id while there is a bot token."""
        return self._webhook(to) is not None or self._address(to) is not None

    def host_of(self, to: str) -> str:
        """The host and port that take messages to `to`."""
        return urlsplit(self._webhook(to) or self._base_url).netloc

    def others(self, to: str) -> Sequence[str]:
        """Where else ops can be told what `to` refuses: ops first, then their webhook, then the watches'."""
        first = (OPS_CHANNEL, _OPS_WEBHOOK, WATCH)
        names = sorted(self.names(), key=lambda name: (first.index(name) if name in first else 3, name))
        return [name for name in names if name != to]

    async def deliver(self, to: str, notification: Notification, journey: DeliveryContext) -> str:
        """Post one notification; returning means that Slack said yes. Raises CallFailed.

        Answers where it stands, for `Journey.thread`; a webhook does not tell.
        """
        message = render(notification, journey)
        try:
            return await self._post(to, message, journey.thread)
        except BlocksRefused:
            # Slack fetches pictures while it reads a message, and refuses all of it where one is gone.
            if not message.has_pictures:
                raise
            return await self._post(to, message.without_pictures(), journey.thread)
        except ThreadLost:
            return await self._post(to, message, "")

    async def close(self) -> None:
        """Close the connections."""
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    def _webhook(self, to: str) -> str | None:
        place = self._places.get(to, "")
        return place if "://" in place else None

    def _address(self, to: str) -> str | None:
        """The channel or member that the bot writes to."""
        place = self._places.get(to, to if _ADDRESS.match(to) else "")
        return place if self._token and place and "://" not in place else None

    async def _post(self, to: str, message: SlackMessage, thread: str) -> str:
        return await self._guard.call(self._attempt(to, message, thread), interactive=False)

    def _attempt(self, to: str, message: SlackMessage, thread: str) -> Callable[[], Awaitable[str]]:
        url, address = self._webhook(to), self._address(to) or ""
        if not (url or address):
            raise CallFailed(Api.SLACK, Kind.UNAVAILABLE, f"{to} is no destination of this configuration")
        if self._wire is None:
            from watcher.adapters.slack.wire import Wire  # noqa: PLC0415 - the SDK loads with the first message

            self._wire = Wire()
        wire = self._wire
        if url is not None:
            return lambda: wire.post_webhook(url, message)
        # A thread of another channel, from before the configuration was changed, is none here.
        channel, _, ts = thread.rpartition(" ")
        return lambda: self._posted(wire, address, message, ts if channel == address else "")

    async def _posted(self, wire: Wire, address: str, message: SlackMessage, thread: str) -> str:
        ts = await wire.post_message(self._base_url, self._token, address, message, thread)
        return f"{address} {ts}" if ts else ""
