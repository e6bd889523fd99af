"""Price alerts as they are kept, with the fate of their messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, select

from watcher.adapters.db.codec import read_notification
from watcher.adapters.db.database import Database
from watcher.adapters.db.schema import alerts, outbox
from watcher.core.times import Instant
from watcher.ports import Alert


class AlertRow(NamedTuple):
    """An alert and its delivery: `state` is pending, sent or dead; `error` why it is not sent."""

    alert: Alert
    state: str
    sent_at: Instant | None
    attempts: int
    error: str


_ROWS = select(
    alerts.c.receipt, outbox.c.state, outbox.c.done_at, outbox.c.attempt, outbox.c.error
).outerjoin(outbox, (outbox.c.ref == alerts.c.id) & (outbox.c.kind == "alert"))


class Alerts:
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

    def get(self, alert: str) -> AlertRow | None:
        """The alert of that id, None where there is none."""
        rows = self._db.rows(_ROWS.where(alerts.c.id == alert))
        return _row(rows[0]) if rows else None


def _row(row: Row[Any]) -> AlertRow:
    alert = read_notification("alert", row.receipt)
    if not isinstance(alert, Alert):  # pragma: no cover - `kind` above decides the type
        raise TypeError(alert)
    sent = row.done_at if row.state == "sent" else None
    return AlertRow(alert, row.state or "sent", sent, row.attempt or 0, row.error or "")
