"""What commands and web endpoints ask about incidents and silences, and what they do to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from watcher.core.errors import InvalidInput, NotFound
from watcher.core.monitoring.incident_views import incident_view, notice_view
from watcher.core.monitoring.incidents import Incident
from watcher.core.monitoring.silences import Silence, parse_silence
from watcher.core.times import Instant
from watcher.core.typed_text import quoted
from watcher.db.stores import Stores

MAX_AUTHOR = 200  # characters


def find_incident(stores: Stores, name: str) -> Incident | None:
    """Return the incident with this id; None if there is none, or if no incident can have it."""
    return stores.incidents.get(name) if name.isalnum() else None


def incident_detail(stores: Stores, incident: Incident) -> dict[str, Any]:
    """Return an incident with its messages: `alerts show --json` and GET /api/incidents/{id}."""
    messages = stores.incidents.messages(incident.id)
    sent = [notice_view(m.notice, m.state, m.done_at, m.error) for m in messages]
    return incident_view(incident) | {"messages": sent}


async def ack_incident(stores: Stores, name: str, author: str, now: Instant) -> dict[str, str] | None:
    """Acknowledge an open incident; return `alerts ack --json`, or None if there is no such incident.

    Raises InvalidInput if it is resolved.
    """
    if find_incident(stores, name) is None:
        return None
    if not await stores.incidents.ack(name, now, author):
        raise InvalidInput(f"Incident {name} is already resolved.")
    return ack_view(name, author)


async def ack_alert(stores: Stores, name: str, author: str, now: Instant) -> dict[str, str] | None:
    """Mark a price alert as seen; return `alerts ack --json`, or None if there is no such alert."""
    if not (name.isalnum() and await stores.alerts.ack(name, now, author)):
        return None
    return ack_view(name, author)


def ack_view(name: str, author: str) -> dict[str, str]:
    """Return what was acknowledged by whom."""
    return {"id": name, "ackedBy": author}


def matchers_of(incident: Incident) -> dict[str, str]:
    """Return the fields of a silence that match the messages about an incident."""
    return {"api": incident.api, "symptom": incident.symptom}


async def add_silence(stores: Stores, draft: Mapping[str, str], now: Instant) -> Silence:
    """Hold back messages as `parse_silence` describes it. Raises InvalidInput."""
    made = parse_silence(draft, now)
    await stores.silences.add(made, now)
    return made


async def end_silence(stores: Stores, name: str, now: Instant) -> dict[str, object]:
    """End a silence now; return `alerts unsilence --json`. Raises NotFound."""
    if not (name.isalnum() and await stores.silences.end(name, now)):
        raise no_silence(name)
    return {"id": name, "ended": True}


def no_silence(name: str) -> NotFound:
    """Return the error for a silence that does not exist or has ended."""
    return NotFound(f"There is no silence {quoted(name)}; `watcher alerts silences` shows them.")
