"""The notification channels. A new channel needs a factory here and a place in CHANNELS."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from watcher.adapters.slack.channel import SlackChannel
from watcher.core.errors import Api
from watcher.core.resilience.breaker import BreakerPolicy
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import Seconds
from watcher.delivery.dispatcher import LONGEST_ATTEMPT_SECONDS
from watcher.ports import Channel

if TYPE_CHECKING:
    from watcher.adapters.outbound.guard import Guard
    from watcher.runtime.integrations import Integrations

# An attempt's length, in those of other APIs.
_PATIENCE = 3
# One attempt: the outbox retries a message.
_NO_RETRIES = RetryPolicy(max_retries=0, initial=Seconds(2.0), maximum=Seconds(60.0))
# A rate limit holds one destination, and the dispatcher waits for it; it must not stop the others.
_BREAKER = BreakerPolicy(max_pause=Seconds(30.0), pauses_on_429=False)


def channel_guard(parts: Integrations, api: Api) -> Guard:
    """Return a guard whose attempts end within the lease of a message.

    An attempt may last longer than one of another API: no request waits for it, and a message whose answer
    is not awaited is sent again, although it may have been accepted.
    """
    attempt = min(Seconds(_PATIENCE * parts.settings.timeout.attempt), LONGEST_ATTEMPT_SECONDS)
    return parts.guard(api, _NO_RETRIES, Seconds(2 * attempt), _BREAKER, attempt=attempt)


def _slack(parts: Integrations) -> SlackChannel:
    slack = parts.settings.slack
    return SlackChannel(
        channel_guard(parts, Api.SLACK),
        watch_webhook_url=slack.watch_webhook_url.get_secret_value(),
        ops_webhook_url=slack.ops_webhook_url.get_secret_value(),
        destinations={name: target.get_secret_value() for name, target in slack.destinations.items()},
        bot_token=slack.bot_token.get_secret_value(),
        base_url=slack.base_url,
        proxies=parts.settings.proxies,
    )


# The first channel that serves a destination sends to it.
CHANNELS: list[Callable[[Integrations], Channel]] = [_slack]
