"""Deliveries: messages in the outbox on their way to a destination."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from watcher.core.alerts import Alert, OpsNotice
from watcher.core.item_state import ItemState
from watcher.core.times import Instant, Seconds

# Where messages about incidents go.
OPS_DESTINATION = "ops"
# Between two messages to one destination, unless its channel sets another interval.
MESSAGE_INTERVAL = Seconds(1.0)

Notification = Alert | OpsNotice


class Delivery(NamedTuple):
    """An outbox row that is leased for sending. `attempt` counts from 0.

    `thread` is the position of the first message about the same incident, empty if unknown.
    """

    id: int
    to: str
    notification: Notification
    attempt: int
    created_at: Instant
    lease: str
    thread: str = ""


class MessageTerms(NamedTuple):
    """How a daemon leases messages that are due at `now`; `lease` names it.

    At most one for each destination that is not in `exclude`.
    """

    now: Instant
    lease: str
    lease_for: Seconds
    exclude: frozenset[str] = frozenset()


class DeliveryContext(NamedTuple):
    """How a message is sent. `at` is the time of sending; `thread` is as in `Delivery`.

    `down_until` is when the destination accepted messages again, None if an outage did not delay this one.
    `states`: what a look just before sending found out about the items of an alert, by id.
    """

    at: Instant
    down_until: Instant | None = None
    thread: str = ""
    states: Mapping[str, ItemState] = MappingProxyType({})


class Endpoint(NamedTuple):
    """A server that a channel sends to, for `watcher check`. It holds no secret.

    An empty `host` means that it is not configured; `note` then says what that means for the reader.
    """

    label: str
    host: str
    port: int
    note: str = ""
    scheme: str = "https"


class IncidentPost(NamedTuple):
    """A message about an incident, for the outbox.

    `instead` replaces it if no earlier message about the incident was delivered.
    """

    to: str
    notice: OpsNotice
    instead: OpsNotice | None = None
