"""Incidents, and the attempts they are judged by."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, delete, func, or_, select, update

from watcher.core.alerts import OpsNotice
from watcher.core.deliveries import IncidentPost
from watcher.core.errors import Api, Code
from watcher.core.monitoring.attempts import Attempt, LoggedAttempt
from watcher.core.monitoring.incidents import ChangeOutcome, Incident
from watcher.core.monitoring.silences import Silence
from watcher.core.times import Instant
from watcher.db.codec import read_notice, write_notification
from watcher.db.database import Database
from watcher.db.engine import tell, upsert
from watcher.db.recording import outbox_row
from watcher.db.schema import api_calls, incidents, outbox, silences
from watcher.db.silences import silence_of
from watcher.ports import DELIVER

KIND = "ops"
_COLUMNS = [incidents.c[name] for name in Incident._fields]
_OPEN = incidents.c.resolved_at.is_(None)
# Built once: they run every few seconds.
_IN_ORDER = (incidents.c.since, incidents.c.id)
_OPEN_ONES = select(*_COLUMNS).where(_OPEN).order_by(*_IN_ORDER)
_RECENT = (
    select(*_COLUMNS)
    .where(or_(_OPEN, incidents.c.owed, incidents.c.resolved_at > bindparam("ended_since")))
    .order_by(*_IN_ORDER)
)
_SILENCES = (
    select(silences)
    .where(silences.c.every.is_not(None) | (silences.c.ends_at > bindparam("now")))
    .order_by(silences.c.starts_at, silences.c.id)
)
log = logging.getLogger(__name__)
_LAST_ROW = select(func.max(api_calls.c.id))
_THEIRS = (
    select(api_calls)
    .where(api_calls.c.id > bindparam("after"), api_calls.c.id <= bindparam("last"))
    .where(api_calls.c.daemon != bindparam("by"))
    .order_by(api_calls.c.id)
)


class IncidentMessage(NamedTuple):
    """A message about an incident and its fate: `state` is pending, sent or dead."""

    notice: OpsNotice
    state: str
    done_at: Instant | None
    error: str


class _Change(NamedTuple):
    before: Incident | None
    after: Incident
    post: IncidentPost | None


class IncidentStore:
    """Implements `ports.IncidentStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def log_attempts(self, attempts: Sequence[Attempt], by: str) -> None:
        """Keep attempts that the daemon `by` made, so that windows survive a restart and others see them."""
        if attempts:
            await self._db.write(_log, (attempts, by))

    def attempts_since(self, since: Instant) -> tuple[Sequence[Attempt], int]:
        """All attempts kept from `since` on, oldest first, and the number of the last row there is."""
        last = self._last_row()
        kept = (api_calls.c.at >= since) & (api_calls.c.id <= last)
        statement = select(api_calls).where(kept).order_by(api_calls.c.at, api_calls.c.id)
        return [logged.attempt for logged in _logged(self._db.rows(statement))], last

    def attempts_of_others(self, by: str, after: int) -> tuple[Sequence[LoggedAttempt], int]:
        """What other daemons than `by` logged after that row, and the number of the last row there is."""
        last = self._last_row()
        rows = self._db.rows(_THEIRS, {"after": after, "last": last, "by": by}) if last > after else ()
        return _logged(rows), last

    def _last_row(self) -> int:
        return int(self._db.value(_LAST_ROW) or 0)

    def incidents(self, ended_since: Instant) -> Sequence[Incident]:
        """Incidents that are open or owe a message, and those that ended since then, oldest first."""
        return self._read(_RECENT, {"ended_since": ended_since})

    def open_incidents(self) -> Sequence[Incident]:
        """Incidents that are firing."""
        return self._read(_OPEN_ONES)

    def latest(self, limit: int) -> Sequence[Incident]:
        """The newest incidents first, ended or not."""
        return self._read(
            select(*_COLUMNS).order_by(incidents.c.fired_at.desc(), incidents.c.id).limit(limit)
        )

    def get(self, incident: str) -> Incident | None:
        """The incident of that id, None where there is none."""
        found = self._read(select(*_COLUMNS).where(incidents.c.id == incident))
        return found[0] if found else None

    def messages(self, incident: str) -> Sequence[IncidentMessage]:
        """What was written about an incident, in order; those that gave way to a later one are not there."""
        ours = (outbox.c.kind == KIND) & (outbox.c.ref == incident)
        rows = self._db.rows(select(outbox).where(ours).order_by(outbox.c.id))
        return [IncidentMessage(read_notice(r.payload), r.state, r.done_at, r.error) for r in rows]

    def silences(self, now: Instant) -> Sequence[Silence]:
        """Silences that hold now or will."""
        return [silence_of(r) for r in self._db.rows(_SILENCES, {"now": now})]

    async def move_incident(
        self, before: Incident | None, after: Incident, post: IncidentPost | None
    ) -> ChangeOutcome:
        """Keep a change of an incident and its message, in one transaction; `before` None: it is new.

        Messages of it that were not delivered give way to this one. LATER where one of them is being sent
        just now; LOST where another daemon was quicker.
        """
        return await self._db.write(_move, _Change(before, after, post))

    async def ack(self, incident: str, at: Instant, by: str) -> bool:
        """Note that somebody knows: no more reminders. False where no such incident is open."""
        return await self._db.write(_ack, (incident, at, by))

    def _read(self, statement: Any, parameters: Mapping[str, Any] | None = None) -> Sequence[Incident]:
        return [Incident(**r._mapping) for r in self._db.rows(statement, parameters)]  # noqa: SLF001 - a row's public way


def _logged(rows: Sequence[Any]) -> list[LoggedAttempt]:
    """Calls, but for those whose row is damaged, or of a newer program that knows more codes."""
    found = []
    for row in rows:
        try:
            code = Code(row.code) if row.code else None
            attempt = Attempt(Api(row.api), row.at, row.seconds, code, row.counts, row.refused)
        except ValueError:
            continue
        found.append(LoggedAttempt(row.id, attempt))
    if len(found) < len(rows):
        log.warning("%d calls in the database cannot be read and are left out", len(rows) - len(found))
    return found


def _log(conn: Connection, items: Sequence[tuple[Sequence[Attempt], str]]) -> Sequence[None]:
    rows = [
        {
            "at": a.at,
            "api": a.api,
            "code": a.code,
            "seconds": a.seconds,
            "counts": a.counts,
            "refused": a.refused,
            "daemon": by,
        }
        for attempts, by in items
        for a in attempts
    ]
    conn.execute(api_calls.insert(), rows)
    return [None] * len(items)


def _move(conn: Connection, items: Sequence[_Change]) -> Sequence[ChangeOutcome]:
    return [_move_one(conn, change) for change in items]


def _move_one(conn: Connection, change: _Change) -> ChangeOutcome:
    before, after, post = change
    unsent = [] if before is None or post is None else _unsent(conn, before.id)
    if post is not None and any(row.lease_until > post.notice.at for row in unsent):
        return ChangeOutcome.LATER
    if post is not None:
        after = after._replace(headline=post.notice.headline)
    if before is None:
        new = upsert(conn, incidents).on_conflict_do_nothing().returning(incidents.c.id)
        made = bool(conn.execute(new, after._asdict()).all())
    else:
        ours = (incidents.c.id == before.id) & (incidents.c.revision == before.revision)
        values = after._replace(revision=before.revision + 1)._asdict()
        made = bool(conn.execute(update(incidents).where(ours).values(values)).rowcount)
    if not made:
        return ChangeOutcome.LOST
    if post is not None:
        _post(conn, post, [row.id for row in unsent])
    return ChangeOutcome.DONE


def _unsent(conn: Connection, incident: str) -> Sequence[Any]:
    ours = (outbox.c.kind == KIND) & (outbox.c.ref == incident) & (outbox.c.state != "sent")
    return conn.execute(select(outbox.c.id, outbox.c.lease_until).where(ours).with_for_update()).all()


def _post(conn: Connection, post: IncidentPost, unsent: Sequence[int]) -> None:
    """Put a message into the outbox in the place of those about the same incident that were not delivered.

    Nobody is told that something is over, or still lasts, who was not told that it began.
    """
    notice = post.notice
    if unsent:
        conn.execute(delete(outbox).where(outbox.c.id.in_(unsent)))
        ours = (outbox.c.kind == KIND) & (outbox.c.ref == notice.incident_id)
        if post.instead and conn.execute(select(outbox.c.id).where(ours).limit(1)).first() is None:
            notice = post.instead
    tell(conn, DELIVER)
    conn.execute(
        outbox.insert(),
        outbox_row(KIND, notice.incident_id, post.to, write_notification(notice), notice.at),
    )


def _ack(conn: Connection, items: Sequence[tuple[str, Instant, str]]) -> Sequence[bool]:
    results = []
    for incident, at, by in items:
        values = {"acked_at": at, "acked_by": by, "revision": incidents.c.revision + 1}
        found = update(incidents).where(incidents.c.id == incident, _OPEN).values(values)
        results.append(bool(conn.execute(found).rowcount))
    return results
