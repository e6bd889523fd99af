"""The public JSON shapes of incidents, their messages, and silences."""

from __future__ import annotations

from watcher.core.alerts import OpsNotice
from watcher.core.monitoring.incidents import Incident
from watcher.core.monitoring.silences import Silence
from watcher.core.times import Instant, iso, write_duration


def incident_view(incident: Incident) -> dict[str, object]:
    """Return an incident as in `watcher alerts --json`; `silenced`: a silence withholds its message.

    `durationSeconds`: of an incident that has ended.
    """
    ended = incident.resolved_at is not None
    return {
        "id": incident.id,
        "api": incident.api,
        "symptom": incident.symptom,
        "state": "resolved" if ended else str(incident.state),
        "open": not ended,
        "since": iso(incident.since),
        "firedAt": iso(incident.fired_at),
        "endedAt": iso(incident.ended_at) if ended else None,
        "durationSeconds": max(0, round(incident.ended_at - incident.since)) if ended else None,
        "lastToldAt": iso(incident.notified_at) if incident.reported else None,
        "headline": headline_of(incident),
        "ackedAt": None if incident.acked_at is None else iso(incident.acked_at),
        "ackedBy": incident.acked_by or None,
        "silenced": incident.withheld,
        "revision": incident.revision,
    }


def headline_of(incident: Incident) -> str:
    """Return the headline of an incident's last message; of one that began under a silence, what it is."""
    return incident.headline or f"{incident.api} {incident.symptom}"


def notice_view(notice: OpsNotice, state: str, done_at: Instant | None, error: str) -> dict[str, object]:
    """Return one message about an incident with its delivery state: pending, sent or dead."""
    return {
        "phase": notice.phase,
        "at": iso(notice.at),
        "headline": notice.headline,
        "facts": [{"name": name, "value": value} for name, value in notice.facts],
        "advice": notice.advice,
        "state": state,
        "sentAt": iso(done_at) if state == "sent" and done_at is not None else None,
        "error": error or None,
    }


def silence_view(silence: Silence, now: Instant) -> dict[str, object]:
    """Return a silence; null `api` and `symptom` match everything."""
    return {
        "id": silence.id,
        "api": silence.api or None,
        "symptom": silence.symptom or None,
        "watch": silence.watch,
        "startsAt": iso(silence.starts_at),
        "endsAt": iso(silence.ends_at),
        "every": None if silence.every is None else write_duration(silence.every),
        "author": silence.author,
        "reason": silence.reason,
        "holds": silence.until(now) is not None,
    }
