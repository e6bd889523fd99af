"""Which channel serves a destination."""

from __future__ import annotations

from collections.abc import Sequence

from watcher.core.errors import InvalidInput
from watcher.ports import Channel


class Router:
    """The configured channels in order; the first one that serves a destination sends to it."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        self._channels = channels

    def channel_for(self, to: str) -> Channel:
        """Return the channel that serves `to`. If there is none, return the first, whose `send` fails."""
        return next((channel for channel in self._channels if channel.is_configured(to)), self._channels[0])

    def is_configured(self, to: str) -> bool:
        """Return whether any channel can send to `to` under the present configuration."""
        return any(channel.is_configured(to) for channel in self._channels)

    def destinations(self) -> Sequence[str]:
        """Return the configured names of all channels."""
        return [name for channel in self._channels for name in channel.destinations()]

    def ops_destinations(self) -> Sequence[str]:
        """Return the destinations that reach operators, best first."""
        return [name for channel in self._channels for name in channel.ops_destinations()]

    def check_address(self, to: str) -> None:
        """Check what a person typed as a watch's destination. Raises InvalidInput, for that person."""
        if not any(channel.accepts(to) for channel in self._channels):
            accepted = ", or ".join(channel.address_help() for channel in self._channels)
            raise InvalidInput(f'"{to}" is not a destination; use {accepted}.')
