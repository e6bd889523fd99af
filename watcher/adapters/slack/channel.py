"""Slack as a channel: named webhooks, and channels or members if there is a bot token."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from watcher.adapters.slack.blocks import BlocksRefused, SlackMessage, ThreadLost, render_message
from watcher.core.deliveries import OPS_DESTINATION, DeliveryContext, Endpoint, Notification
from watcher.core.errors import Api, CallFailed, InvalidInput, Kind
from watcher.core.proxies import DEFAULT_PORTS, ProxyRule
from watcher.core.times import Seconds
from watcher.core.watch import DEFAULT_DESTINATION

if TYPE_CHECKING:
    from watcher.adapters.outbound.guard import Guard
    from watcher.adapters.slack.wire import Wire

# The ops webhook if `ops` is a channel. It contains a space, so no configured name can be the same.
_OPS_WEBHOOK = "ops webhook"
# A channel's name or a member's id.
_BOT_ADDRESS = re.compile(r"#[^\s#@,]{1,80}\Z|[UW][A-Z0-9]{6,20}\Z")


class SlackChannel:
    """Implement `ports.Channel`. `slack` and `ops` are the two webhooks; `destinations` names others.

    A destination is a webhook's URL, or a channel or a member. If `destinations` has `ops`, incidents go
    there in threads, not to the ops webhook. URLs and the token are secrets: no repr, log line or error
    holds them. The SDK is imported with the first message.
    """

    name = Api.SLACK.facts.name
    api = Api.SLACK
    message_interval = Seconds(1.0)

    def __init__(
        self,
        guard: Guard,
        *,
        watch_webhook_url: str = "",
        ops_webhook_url: str = "",
        destinations: Mapping[str, str] | None = None,
        bot_token: str = "",
        base_url: str,
        proxies: ProxyRule = ProxyRule(),
    ) -> None:
        given = {name: target for name, target in (destinations or {}).items() if target}
        ops_webhook = _OPS_WEBHOOK if OPS_DESTINATION in given else OPS_DESTINATION
        self._targets = {DEFAULT_DESTINATION: watch_webhook_url, ops_webhook: ops_webhook_url, **given}
        self._accepted = frozenset({DEFAULT_DESTINATION, *self._targets}) - {OPS_DESTINATION, _OPS_WEBHOOK}
        self._webhook_of_ops = ops_webhook
        self._guard, self._proxies = guard, proxies
        self._token, self._base_url = bot_token, base_url
        self._wire: Wire | None = None

    def __repr__(self) -> str:
        names = [*sorted(self.destinations()), *(["#channels"] if self._token else [])]
        return f"SlackChannel({', '.join(names) or 'nothing configured'})"

    def accepts(self, to: str) -> bool:
        """Return whether a watch may name `to`: `slack`, a configured name, a channel or a member.

        Raises InvalidInput for a URL, and for a channel or a member if there is no bot token.
        """
        if "://" in to:
            raise InvalidInput(
                "A webhook's URL is a secret: put it into config.toml under [slack.destinations]; "
                "use its name."
            )
        if to in self._accepted:
            return True
        if _BOT_ADDRESS.match(to) and not self._token:
            raise InvalidInput(f'"{to}" needs a bot token: set [slack] bot_token.')
        return bool(_BOT_ADDRESS.match(to))

    def address_help(self) -> str:
        """Return what `accepts` takes."""
        names = ", ".join(sorted(self._accepted))
        return f"{names}, or with a bot token #channel or a member id"

    def is_configured(self, to: str) -> bool:
        """Return whether `to` is a configured name, or a channel or a member and there is a bot token."""
        return self._webhook(to) is not None or self._bot_address(to) is not None

    def destinations(self) -> Sequence[str]:
        """Return the configured names that have a target."""
        return [name for name in self._targets if self.is_configured(name)]

    def ops_destinations(self) -> Sequence[str]:
        """Return the configured names: `ops` first, then the ops webhook, then `slack`."""
        first = (OPS_DESTINATION, _OPS_WEBHOOK, DEFAULT_DESTINATION)
        others = sorted(set(self._targets) - set(first))
        return [name for name in (*first, *others) if self.is_configured(name)]

    def host_of(self, to: str) -> str:
        """Return the host and port that accept messages to `to`."""
        return urlsplit(self._webhook(to) or self._base_url).netloc

    def endpoints(self) -> Sequence[Endpoint]:
        """Return the host of each webhook, and of the bot's API if there is a token."""
        fixed = (DEFAULT_DESTINATION, self._webhook_of_ops)
        return [
            _endpoint("slack", self._targets[fixed[0]], "not set: alerts wait in `watcher alerts list`"),
            _endpoint("slack ops", self._targets[fixed[1]], "not set: ops alerts wait"),
            *(_endpoint(name, t) for name, t in self._targets.items() if name not in fixed and "://" in t),
            *([_endpoint("slack bot", self._base_url)] if self._token else []),
        ]

    async def send(self, to: str, notification: Notification, context: DeliveryContext) -> str:
        """Post one notification; return its channel and `ts`, or nothing for a webhook. Raises CallFailed."""
        message = render_message(notification, context)
        try:
            return await self._post(to, message, context.thread)
        except BlocksRefused:
            # Slack fetches the pictures while it reads a message, and refuses all of it if one is missing.
            if not message.has_pictures:
                raise
            return await self._post(to, message.without_pictures(), context.thread)
        except ThreadLost:
            return await self._post(to, message, "")

    async def close(self) -> None:
        """Close the connections; the next message opens them again."""
        wire, self._wire = self._wire, None
        if wire is not None:
            await wire.close()

    def _webhook(self, to: str) -> str | None:
        target = self._targets.get(to, "")
        return target if "://" in target else None

    def _bot_address(self, to: str) -> str | None:
        """Return the channel or member to which the bot posts for `to`."""
        target = self._targets.get(to, to if _BOT_ADDRESS.match(to) else "")
        return target if self._token and target and "://" not in target else None

    async def _post(self, to: str, message: SlackMessage, thread: str) -> str:
        return await self._guard.call(self._attempt(to, message, thread), interactive=False)

    def _attempt(self, to: str, message: SlackMessage, thread: str) -> Callable[[], Awaitable[str]]:
        url, address = self._webhook(to), self._bot_address(to) or ""
        if not (url or address):
            raise CallFailed(Api.SLACK, Kind.UNAVAILABLE, f"{to} is not a configured destination")
        if self._wire is None:
            from watcher.adapters.slack.wire import Wire  # noqa: PLC0415 - the SDK loads with the first message

            self._wire = Wire(self._proxies)
        wire = self._wire
        if url is not None:
            return lambda: wire.post_webhook(url, message)
        # The thread may belong to another channel if the configuration has changed since.
        channel, _, ts = thread.rpartition(" ")
        return lambda: self._post_as_bot(wire, address, message, ts if channel == address else "")

    async def _post_as_bot(self, wire: Wire, address: str, message: SlackMessage, thread_ts: str) -> str:
        ts = await wire.post_message(self._base_url, self._token, address, message, thread_ts)
        return f"{address} {ts}" if ts else ""


def _endpoint(label: str, url: str, note: str = "") -> Endpoint:
    parts = urlsplit(url)
    port = parts.port or DEFAULT_PORTS.get(parts.scheme, 0)
    return Endpoint(label, parts.hostname or "", port, note, parts.scheme)
