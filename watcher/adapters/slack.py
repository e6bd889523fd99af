"""Slack as an outlet: named webhooks, and channels or people with a bot token."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from watcher.adapters.slack_blocks import BlocksRefused, Message, render
from watcher.core.errors import Api, CallFailed, Kind
from watcher.ports import Notification

if TYPE_CHECKING:
    from watcher.adapters.guard import Guard
    from watcher.adapters.slack_wire import Wire

WATCH, OPS = "slack", "ops"
# A channel's name, or the id of a member; both need a bot token.
_ADDRESS = re.compile(r"#[^\s#]{1,80}\Z|[UW][A-Z0-9]{2,20}\Z")


class SlackOutlet:
    """Implements `ports.Outlet`. `slack` and `ops` are the two webhooks; `destinations` name others.

    URLs and the token are secrets: they are in no `repr`, log or error. The SDK is loaded with the first
    message. `close` it when done.
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
        named = {**(destinations or {}), WATCH: watch_webhook_url, OPS: ops_webhook_url}
        self._webhooks = {name: url for name, url in named.items() if url}
        self._guard = guard
        self._token, self._base_url = bot_token, base_url
        self._wire: Wire | None = None

    def __repr__(self) -> str:
        names = [*sorted(self._webhooks), *(["#channels"] if self._token else [])]
        return f"SlackOutlet({', '.join(names) or 'nowhere'})"

    def knows(self, to: str) -> bool:
        """Whether `to` is a configured webhook, or a channel or member id while there is a bot token."""
        return to in self._webhooks or bool(self._token and _ADDRESS.match(to))

    async def deliver(self, to: str, notification: Notification) -> None:
        """Post one notification; returning means that Slack said yes. Raises CallFailed."""
        message = render(notification)
        try:
            await self._post(to, message)
        except BlocksRefused:
            # Slack fetches pictures while it reads a message, and refuses all of it where one is gone.
            if not message.has_pictures:
                raise
            await self._post(to, message.without_pictures())

    async def close(self) -> None:
        """Close the connections."""
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    async def _post(self, to: str, message: Message) -> None:
        await self._guard.call(self._attempt(to, message), interactive=False)

    def _attempt(self, to: str, message: Message) -> Callable[[], Awaitable[None]]:
        if not self.knows(to):
            raise CallFailed(Api.SLACK, Kind.UNAVAILABLE, f"{to} is no destination of this configuration")
        if self._wire is None:
            from watcher.adapters.slack_wire import Wire  # noqa: PLC0415 - the SDK loads with the first message

            self._wire = Wire()
        wire, url = self._wire, self._webhooks.get(to)
        if url is not None:
            return lambda: wire.post_webhook(url, message)
        return lambda: wire.post_message(self._base_url, self._token, to, message)
