"""Stored price alerts and the delivery of their messages."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, func, select, update

from watcher.core.alerts import Alert
from watcher.core.errors import Code, WatcherError
from watcher.core.receipts import Evidence, Grounds
from watcher.core.times import Instant
from watcher.db.codec import Unreadable, read_alert, unpack_evidence, unpack_grounds
from watcher.db.database import Store
from watcher.db.dead_letters import attempts_made
from watcher.db.row_types import RowTypes
from watcher.db.schema import MESSAGE_REF, alerts, evidence, outbox

log = logging.getLogger(__name__)


_LONG_SENT = "sent"  # a message that was sent long ago is no longer in the outbox


class AlertRow(NamedTuple):
    """An alert and its delivery.

    `state`: pending, sent, dead, or gone if everything in it was gone before it was sent. `error`: why it is
    not sent, for a person. `erased_at`: when housekeeping removed the titles, addresses and ids of its items.
    """

    alert: Alert
    state: str
    sent_at: Instant | None
    attempts: int
    error: str
    erased_at: Instant | None = None
    acked_by: str = ""


class Receipt(NamedTuple):
    """What an alert is based on."""

    grounds: Grounds
    evidence: Evidence


class AlertPage(NamedTuple):
    """Alerts, the newest first. `next`: the alert after which the next page begins, None on the last page."""

    rows: Sequence[AlertRow]
    next: str | None


_ROWS = select(
    alerts.c.id,
    alerts.c.user_id,
    alerts.c.receipt,
    alerts.c.erased_at,
    outbox.c.state,
    outbox.c.done_at,
    outbox.c.attempt,
    outbox.c.error,
    alerts.c.acked_by,
).outerjoin(outbox, (outbox.c.ref == MESSAGE_REF) & (outbox.c.kind == "alert"))
_ALERT_TYPES = RowTypes(_ROWS, joined=outbox)


class AlertStore(Store):
    """Reads and acknowledges alerts."""

    def latest(self, limit: int, *, watch: int | None = None, user: str | None = None) -> Sequence[AlertRow]:
        """Return up to `limit` alerts, of one watch or user if given, the newest first."""
        return self.page(limit, watch=watch, user=user).rows

    def page(
        self,
        limit: int,
        *,
        watch: int | None = None,
        user: str | None = None,
        after: str = "",
        state: str = "",
        is_acked: bool | None = None,
    ) -> AlertPage:
        """Return up to `limit` alerts that follow the alert `after`, the newest first.

        `state`: of the message; `is_acked`: whether someone acknowledged it. An alert that cannot be read is
        logged and left out.
        """
        statement = _ROWS.order_by(alerts.c.made_at.desc(), alerts.c.id).limit(limit + 1)
        if after:
            cursor = select(alerts.c.made_at).where(alerts.c.id == after)
            if user is not None:  # the alert of another user is as unknown as none
                cursor = cursor.where(alerts.c.user_id == user)
            made_at = cursor.scalar_subquery()
            same_time = (alerts.c.made_at == made_at) & (alerts.c.id > after)
            statement = statement.where((alerts.c.made_at < made_at) | same_time)
        if watch is not None:
            statement = statement.where(alerts.c.watch_id == watch)
        if user is not None:
            statement = statement.where(alerts.c.user_id == user)
        if state:
            statement = statement.where(func.coalesce(outbox.c.state, _LONG_SENT) == state)
        if is_acked is not None:
            statement = statement.where((alerts.c.acked_by != "") == is_acked)
        found = self._db.rows(statement)
        shown = found[:limit]
        return AlertPage(
            _ALERT_TYPES.read(shown, _alert_row), str(shown[-1].id) if len(found) > limit else None
        )

    def count_unseen(self, user: str, since: Instant, limit: int) -> int:
        """Count a user's alerts made since then that are not acknowledged, `limit` at most."""
        found = (
            select(alerts.c.id)
            .where(alerts.c.made_at >= since, alerts.c.user_id == user, alerts.c.acked_by == "")
            .order_by(alerts.c.made_at.desc())
            .limit(limit)
        )
        return int(self._db.value(select(func.count()).select_from(found.subquery())) or 0)

    async def ack_all(self, user: str, until: Instant, at: Instant) -> int:
        """Record that a user acknowledged all their alerts made until then; return how many were new."""
        return await self._db.write(_ack_all, user, until, at)

    async def ack(self, alert: str, at: Instant, by: str) -> bool:
        """Record who acknowledged an alert and when; return False if there is no such alert."""
        return await self._db.write(_ack, alert, at, by)

    def get(self, alert: str) -> AlertRow | None:
        """Return the alert with this id, None if there is none."""
        rows = self._db.rows(_ROWS.where(alerts.c.id == alert))
        found = _ALERT_TYPES.read(rows, _alert_row)
        if rows and not found:
            raise WatcherError(
                Code.DATABASE_QUERY_FAILED,
                f"Alert {alert} cannot be read: its row is damaged, or from a newer watcher.",
            )
        return found[0] if found else None

    def receipt(self, alert: str) -> Receipt | None:
        """Return what the alert is based on, None if that is not stored or this version cannot read it."""
        statement = select(alerts.c.grounds, evidence.c.payload).join(
            evidence, evidence.c.id == alerts.c.evidence
        )
        for row in self._db.rows(statement.where(alerts.c.id == alert)):
            try:
                return Receipt(unpack_grounds(row.grounds), unpack_evidence(row.payload))
            except Unreadable:
                log.warning("a receipt cannot be read and is treated as missing", extra={"alert": alert})
        return None


def _ack(conn: Connection, alert: str, at: Instant, by: str) -> bool:
    statement = update(alerts).where(alerts.c.id == alert).values(acked_at=at, acked_by=by)
    return bool(conn.execute(statement).rowcount)


def _ack_all(conn: Connection, user: str, until: Instant, at: Instant) -> int:
    theirs = (alerts.c.user_id == user) & (alerts.c.acked_by == "") & (alerts.c.made_at <= until)
    return conn.execute(update(alerts).where(theirs).values(acked_at=at, acked_by=user)).rowcount


def _alert_row(row: Row[Any]) -> AlertRow:
    sent_at = row.done_at if row.state == "sent" else None
    return AlertRow(
        replace(read_alert(row.receipt), user=row.user_id),  # it may have a new owner
        row.state or _LONG_SENT,
        sent_at,
        attempts_made(row.attempt or 0),
        row.error or "",
        row.erased_at,
        row.acked_by,
    )
