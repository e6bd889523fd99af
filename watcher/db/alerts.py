"""Price alerts as they are kept, with the fate of their messages."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Row, select, update

from watcher.core.alerts import Alert
from watcher.core.receipts import Evidence, Grounds
from watcher.core.times import Instant
from watcher.db.codec import read_notification, unpack_evidence, unpack_grounds
from watcher.db.compression import Unreadable
from watcher.db.database import Database
from watcher.db.schema import alerts, evidence, outbox

log = logging.getLogger(__name__)


class AlertRow(NamedTuple):
    """An alert and its delivery: `state` is pending, sent or dead; `error` why it is not sent.

    `erased_at`: since then its items have no titles, addresses and ids any more.
    """

    alert: Alert
    state: str
    sent_at: Instant | None
    attempts: int
    error: str
    erased_at: Instant | None = None
    acked_by: str = ""


class Receipt(NamedTuple):
    """What an alert rests on."""

    grounds: Grounds
    evidence: Evidence


_ROWS = select(
    alerts.c.receipt,
    alerts.c.erased_at,
    outbox.c.state,
    outbox.c.done_at,
    outbox.c.attempt,
    outbox.c.error,
    alerts.c.acked_by,
).outerjoin(outbox, (outbox.c.ref == alerts.c.id) & (outbox.c.kind == "alert"))


class AlertStore:
    """Reads alerts."""

    def __init__(self, database: Database) -> None:
        self._db = database

    def latest(self, limit: int, *, watch: int | None = None, user: str | None = None) -> Sequence[AlertRow]:
        """The newest alerts first."""
        statement = _ROWS.order_by(alerts.c.made_at.desc(), alerts.c.id).limit(limit)
        if watch is not None:
            statement = statement.where(alerts.c.watch_id == watch)
        if user is not None:
            statement = statement.where(alerts.c.user_id == user)
        return [_row(r) for r in self._db.rows(statement)]

    async def ack(self, alert: str, at: Instant, by: str) -> bool:
        """Note that somebody has seen an alert. False where there is none."""
        return await self._db.write(_ack, (alert, at, by))

    def get(self, alert: str) -> AlertRow | None:
        """The alert of that id, None where there is none."""
        rows = self._db.rows(_ROWS.where(alerts.c.id == alert))
        return _row(rows[0]) if rows else None

    def receipt(self, alert: str) -> Receipt | None:
        """What the alert rests on; None where it is not kept or this version cannot read it."""
        statement = select(alerts.c.grounds, evidence.c.payload).join(
            evidence, evidence.c.id == alerts.c.evidence
        )
        for row in self._db.rows(statement.where(alerts.c.id == alert)):
            try:
                return Receipt(unpack_grounds(row.grounds), unpack_evidence(row.payload))
            except (Unreadable, msgspec.DecodeError):
                log.warning("a receipt cannot be read and counts as absent", extra={"alert": alert})
        return None


def _ack(conn: Connection, items: Sequence[tuple[str, Instant, str]]) -> Sequence[bool]:
    results = []
    for alert, at, by in items:
        found = update(alerts).where(alerts.c.id == alert).values(acked_at=at, acked_by=by)
        results.append(bool(conn.execute(found).rowcount))
    return results


def _row(row: Row[Any]) -> AlertRow:
    alert = read_notification("alert", row.receipt)
    if not isinstance(alert, Alert):  # pragma: no cover - `kind` above decides the type
        raise TypeError(alert)
    sent = row.done_at if row.state == "sent" else None
    sent_to = (row.state or "sent", sent, row.attempt or 0, row.error or "")
    return AlertRow(alert, *sent_to, row.erased_at, row.acked_by)
