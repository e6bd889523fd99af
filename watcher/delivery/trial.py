"""Sends test messages, for the command line and the page."""

from __future__ import annotations

from watcher.core.deliveries import DeliveryContext
from watcher.core.errors import CallFailed
from watcher.core.monitoring.incident_messages import channel_test_notice
from watcher.core.times import Instant
from watcher.delivery.router import Router


async def send_trial(router: Router, name: str, now: Instant) -> str:
    """Send a test message to a configured destination; return "", or why it was not accepted."""
    try:
        await router.channel_for(name).send(name, channel_test_notice(name, now), DeliveryContext(now))
    except CallFailed as error:
        return error.detail
    return ""
