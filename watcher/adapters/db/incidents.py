"""Incidents, and the attempts they are judged by."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, select, update

from watcher.adapters.db.codec import write_notification
from watcher.adapters.db.database import Database
from watcher.adapters.db.engine import upsert
from watcher.adapters.db.recording import outbox_row
from watcher.adapters.db.schema import api_calls, incidents, outbox
from watcher.core.errors import Api, Code
from watcher.core.times import Instant
from watcher.ports import Attempt, Incident, OpsNotice


class Incidents:
    """Implements `ports.IncidentStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def log_attempts(self, attempts: Sequence[Attempt]) -> None:
        """Keep attempts, so that windows survive a restart."""
        if attempts:
            await self._db.write(_log, attempts)

    def attempts_since(self, since: Instant) -> Sequence[Attempt]:
        """All attempts kept from `since` on, oldest first."""
        statement = select(api_calls).where(api_calls.c.at >= since).order_by(api_calls.c.at, api_calls.c.id)
        return [
            Attempt(Api(r.api), r.at, r.seconds, Code(r.code) if r.code else None, r.counts)
            for r in self._db.rows(statement)
        ]

    def open_incidents(self) -> Sequence[Incident]:
        """Incidents that are firing."""
        statement = select(incidents).where(incidents.c.resolved_at.is_(None)).order_by(incidents.c.since)
        return [Incident(r.id, r.api, r.symptom, r.since, r.notified_at) for r in self._db.rows(statement)]

    def headlines(self) -> Sequence[tuple[str, str, Instant]]:
        """(id, headline, since) of the incidents that are firing."""
        statement = select(incidents).where(incidents.c.resolved_at.is_(None)).order_by(incidents.c.since)
        return [(r.id, r.headline, r.since) for r in self._db.rows(statement)]

    async def open_incident(self, incident: Incident, notice: OpsNotice, to: str) -> None:
        """Keep a new incident and its message, in one transaction."""
        await self._db.write(_open, (incident, notice, to))

    async def remind_incident(self, incident: Incident, at: Instant, notice: OpsNotice, to: str) -> None:
        """Note that a reminder is due, and its message, in one transaction."""
        await self._db.write(_remind, (incident, at, notice, to))

    async def resolve_incident(self, incident: Incident, at: Instant, notice: OpsNotice, to: str) -> None:
        """Close an incident and write its message, in one transaction."""
        await self._db.write(_resolve, (incident, at, notice, to))


def _log(conn: Connection, items: Sequence[Sequence[Attempt]]) -> Sequence[None]:
    attempts = [a for batch in items for a in batch]
    conn.execute(
        api_calls.insert(),
        [
            {"at": a.at, "api": a.api, "code": a.code, "seconds": a.seconds, "counts": a.counts}
            for a in attempts
        ],
    )
    return [None] * len(items)


def _open(conn: Connection, items: Sequence[tuple[Incident, OpsNotice, str]]) -> Sequence[None]:
    for incident, notice, to in items:
        row = {**incident._asdict(), "resolved_at": None, "headline": notice.headline}
        new = upsert(conn, incidents).on_conflict_do_nothing().returning(incidents.c.id)
        if conn.execute(new, row).all():
            _post(conn, notice, to)
    return [None] * len(items)


def _remind(conn: Connection, items: Sequence[tuple[Incident, Instant, OpsNotice, str]]) -> Sequence[None]:
    for incident, at, notice, to in items:
        firing = (incidents.c.id == incident.id) & incidents.c.resolved_at.is_(None)
        change = update(incidents).where(firing).values(notified_at=at, headline=notice.headline)
        if conn.execute(change).rowcount:
            _post(conn, notice, to)
    return [None] * len(items)


def _resolve(conn: Connection, items: Sequence[tuple[Incident, Instant, OpsNotice, str]]) -> Sequence[None]:
    for incident, at, notice, to in items:
        firing = (incidents.c.id == incident.id) & incidents.c.resolved_at.is_(None)
        if conn.execute(update(incidents).where(firing).values(resolved_at=at)).rowcount:
            _post(conn, notice, to)
    return [None] * len(items)


def _post(conn: Connection, notice: OpsNotice, to: str) -> None:
    conn.execute(
        outbox.insert(), outbox_row("ops", notice.incident_id, to, write_notification(notice), notice.at)
    )
