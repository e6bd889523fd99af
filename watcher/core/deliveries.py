"""Deliveries: notifications in the outbox and on their way to a destination."""

from __future__ import annotations

from typing import NamedTuple

from watcher.core.alerts import Alert, OpsNotice
from watcher.core.times import Instant, Seconds

# A destination gets one message in so many seconds: Slack takes no more for each webhook and channel.
MESSAGE_INTERVAL = Seconds(1.0)

Notification = Alert | OpsNotice


class Delivery(NamedTuple):
    """An outbox row that is leased to be delivered. `attempt` counts from 0.

    `thread`: where the first message about the same incident stands, empty where that is unknown.
    """

    id: int
    to: str
    notification: Notification
    attempt: int
    created_at: Instant
    lease: str
    thread: str = ""


class DeliveryContext(NamedTuple):
    """What a message tells of its way. `at`: when it is sent; `thread`: as in `Delivery`.

    `down_until`: until when its destination took nothing, None where that did not hold it up.
    """

    at: Instant
    down_until: Instant | None = None
    thread: str = ""


class IncidentPost(NamedTuple):
    """A message about an incident, for the outbox. `instead`: what is said where none was delivered yet."""

    to: str
    notice: OpsNotice
    instead: OpsNotice | None = None
