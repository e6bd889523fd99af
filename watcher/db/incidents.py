"""Incidents, and the attempts that they are based on."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Integer, bindparam, case, cast, delete, func, or_, select, update

from watcher.core.alerts import OpsNotice
from watcher.core.deliveries import IncidentPost
from watcher.core.errors import Api, Code
from watcher.core.events import ChangeEvent, EventType
from watcher.core.monitoring.attempts import Attempt, LoggedAttempt
from watcher.core.monitoring.incidents import ChangeOutcome, Incident
from watcher.core.monitoring.silences import Silence
from watcher.core.times import Instant, Seconds
from watcher.db.codec import Unreadable, read_notice, write_notification
from watcher.db.database import Store
from watcher.db.engine import upsert
from watcher.db.events import record_events
from watcher.db.notify import announce_work
from watcher.db.outbox import message_row
from watcher.db.row_types import RowTypes
from watcher.db.schema import api_calls, incidents, outbox, silences
from watcher.db.silences import SILENCE_TYPES, silence_of
from watcher.ports import DELIVER

log = logging.getLogger(__name__)
_KIND = "ops"
# Columns whose names differ from the fields of an incident.
_COLUMN_OF = {"is_bad": "bad", "changes": "swings", "reported": "told", "withheld": "owed"}
_COLUMNS = [incidents.c[_COLUMN_OF.get(field, field)].label(field) for field in Incident._fields]
_OPEN = incidents.c.resolved_at.is_(None)
# These statements run every few seconds, so they are built once.
_OLDEST_FIRST = (incidents.c.since, incidents.c.id)
_OPEN_INCIDENTS = select(*_COLUMNS).where(_OPEN).order_by(*_OLDEST_FIRST)
_CURRENT_INCIDENTS = (
    select(*_COLUMNS)
    .where(or_(_OPEN, incidents.c.owed, incidents.c.resolved_at > bindparam("ended_since")))
    .order_by(*_OLDEST_FIRST)
)
_SILENCES = (
    select(silences)
    .where(silences.c.every.is_not(None) | (silences.c.ends_at > bindparam("now")))
    .order_by(silences.c.starts_at, silences.c.id)
)
_LAST_CALL = select(func.max(api_calls.c.id))
_CALLS_OF_OTHERS = (
    select(api_calls)
    .where(api_calls.c.id > bindparam("after"), api_calls.c.id <= bindparam("last"))
    .where(api_calls.c.daemon != bindparam("by"))
    .order_by(api_calls.c.id)
)

_INCIDENT_TYPES = RowTypes(select(*_COLUMNS))


class IncidentMessage(NamedTuple):
    """A message about an incident and its delivery: `state` is pending, sent or dead."""

    notice: OpsNotice
    state: str
    done_at: Instant | None
    error: str


class IncidentPage(NamedTuple):
    """Incidents, the newest first. `next`: the one after which the next page begins, None on the last."""

    rows: Sequence[Incident]
    next: str | None


class CallTally(NamedTuple):
    """The calls of one API in one stretch of time; `seconds` is their mean duration."""

    api: str
    number: int
    calls: int
    failures: int
    seconds: float


class IncidentStore(Store):
    """Stores attempts and incidents, with the messages about them."""

    async def log_attempts(self, attempts: Sequence[Attempt], by: str) -> None:
        """Store attempts of the daemon `by`, for its windows after a restart and for other daemons."""
        if attempts:
            await self._db.write(_log_attempts, attempts, by)

    def attempts_since(self, since: Instant) -> tuple[Sequence[Attempt], int]:
        """Return the stored attempts from `since` on, oldest first, and the id of the last row."""
        last = self._last_call()
        recent = (api_calls.c.at >= since) & (api_calls.c.id <= last)
        statement = select(api_calls).where(recent).order_by(api_calls.c.at, api_calls.c.id)
        return [logged.attempt for logged in _logged_attempts(self._db.rows(statement))], last

    def attempts_of_others(self, by: str, after: int) -> tuple[Sequence[LoggedAttempt], int]:
        """Return what daemons other than `by` logged after the row `after`, and the id of the last row."""
        last = self._last_call()
        parameters = {"after": after, "last": last, "by": by}
        return _logged_attempts(self._db.rows(_CALLS_OF_OTHERS, parameters) if last > after else ()), last

    def call_tallies(self, since: Instant, width: Seconds) -> Sequence[CallTally]:
        """Count the calls since an instant in stretches of `width` seconds, numbered from 0."""
        # Both databases round, but one of them would round a cast, too.
        number = cast(func.round((api_calls.c.at - since) / width - 0.5), Integer).label("number")
        failed = func.sum(case((api_calls.c.counts & api_calls.c.code.is_not(None), 1), else_=0))
        statement = (
            select(api_calls.c.api, number, func.count(), failed, func.avg(api_calls.c.seconds))
            .where(api_calls.c.at >= since)
            .group_by(api_calls.c.api, number)
            .order_by(api_calls.c.api, number)
        )
        return [CallTally(*tuple(row)) for row in self._db.rows(statement)]

    def has_calls(self, since: Instant, until: Instant) -> bool:
        """Return whether a call was made within this time."""
        statement = select(api_calls.c.id).where(api_calls.c.at >= since, api_calls.c.at < until).limit(1)
        return bool(self._db.rows(statement))

    def _last_call(self) -> int:
        return int(self._db.value(_LAST_CALL) or 0)

    def incidents(self, ended_since: Instant) -> Sequence[Incident]:
        """Return incidents that are open, owe a message or ended after `ended_since`, oldest first."""
        return self._read(_CURRENT_INCIDENTS, {"ended_since": ended_since})

    def open_incidents(self) -> Sequence[Incident]:
        """Return open incidents, oldest first."""
        return self._read(_OPEN_INCIDENTS)

    def latest(self, limit: int) -> Sequence[Incident]:
        """Return up to `limit` incidents, open or not, the newest first."""
        return self.page(limit).rows

    def page(self, limit: int, *, is_open: bool | None = None, after: str = "") -> IncidentPage:
        """Return up to `limit` incidents that follow the incident `after`, the newest first.

        `is_open`: only those that are open, or only those that are resolved.
        """
        statement = select(*_COLUMNS).order_by(incidents.c.fired_at.desc(), incidents.c.id)
        if is_open is not None:
            statement = statement.where(_OPEN if is_open else ~_OPEN)
        if after:
            fired_at = select(incidents.c.fired_at).where(incidents.c.id == after).scalar_subquery()
            same_time = (incidents.c.fired_at == fired_at) & (incidents.c.id > after)
            statement = statement.where((incidents.c.fired_at < fired_at) | same_time)
        found = self._db.rows(statement.limit(limit + 1))
        shown = found[:limit]
        return IncidentPage(
            _INCIDENT_TYPES.read(shown, _incident_of), str(shown[-1].id) if len(found) > limit else None
        )

    def get(self, incident: str) -> Incident | None:
        """Return the incident with this id, None if there is none."""
        found = self._read(select(*_COLUMNS).where(incidents.c.id == incident))
        return found[0] if found else None

    def messages(self, incident: str) -> Sequence[IncidentMessage]:
        """Return the messages about an incident in order, without those that a later one replaced.

        One that cannot be read is logged and left out.
        """
        about = (outbox.c.kind == _KIND) & (outbox.c.ref == incident)
        rows = self._db.rows(select(outbox).where(about).order_by(outbox.c.id))
        found = []
        for row in rows:
            try:
                found.append(IncidentMessage(read_notice(row.payload), row.state, row.done_at, row.error))
            except Unreadable:
                log.warning("a message about an incident cannot be read", extra={"incident": incident})
        return found

    def silences(self, now: Instant) -> Sequence[Silence]:
        """Return the silences that hold now or later, by their start."""
        return SILENCE_TYPES.read(self._db.rows(_SILENCES, {"now": now}), silence_of)

    async def move_incident(
        self, before: Incident | None, after: Incident, post: IncidentPost | None
    ) -> ChangeOutcome:
        """Store a change of an incident and the message about it in one transaction.

        `before` is None for a new incident. The message replaces those about the incident that were not
        delivered. Return LATER if one of them is being sent now, and LOST if another daemon changed the
        incident first; then nothing is stored.
        """
        return await self._db.write(_move, before, after, post)

    async def ack(self, incident: str, at: Instant, by: str) -> bool:
        """Acknowledge an open incident, which ends its reminders; return False if there is none."""
        return await self._db.write(_ack, incident, at, by)

    def _read(self, statement: Any, parameters: Mapping[str, Any] | None = None) -> Sequence[Incident]:
        rows = self._db.rows(statement, parameters)
        return _INCIDENT_TYPES.read(rows, _incident_of)


def _incident_of(row: Any) -> Incident:
    return Incident(**row._mapping)  # noqa: SLF001 - a row's public way


def _logged_attempts(rows: Sequence[Any]) -> list[LoggedAttempt]:
    """Return attempts; leave out damaged rows, and those of a newer program that has more codes."""
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


def _log_attempts(conn: Connection, attempts: Sequence[Attempt], by: str) -> None:
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
        for a in attempts
    ]
    conn.execute(api_calls.insert(), rows)


def _move(
    conn: Connection, before: Incident | None, after: Incident, post: IncidentPost | None
) -> ChangeOutcome:
    unsent = [] if before is None or post is None else _unsent_messages(conn, before.id)
    if post is not None:
        if any(row.lease_until > post.notice.at for row in unsent):
            return ChangeOutcome.LATER
        after = after._replace(headline=post.notice.headline)
    if before is None:
        new = upsert(conn, incidents).on_conflict_do_nothing().returning(incidents.c.id)
        changed = bool(conn.execute(new, _row_of(after)).all())
    else:
        unchanged = (incidents.c.id == before.id) & (incidents.c.revision == before.revision)
        after = after._replace(revision=before.revision + 1)
        changed = bool(conn.execute(update(incidents).where(unchanged).values(_row_of(after))).rowcount)
    if not changed:
        return ChangeOutcome.LOST
    _record_change(conn, after.id, after.revision, max(after.notified_at, after.changed_at))
    if post is not None:
        _queue_message(conn, post, [row.id for row in unsent])
    return ChangeOutcome.DONE


def _row_of(incident: Incident) -> dict[str, Any]:
    return {_COLUMN_OF.get(field, field): value for field, value in incident._asdict().items()}


def _unsent_messages(conn: Connection, incident: str) -> Sequence[Any]:
    unsent = (outbox.c.kind == _KIND) & (outbox.c.ref == incident) & (outbox.c.state != "sent")
    return conn.execute(select(outbox.c.id, outbox.c.lease_until).where(unsent).with_for_update()).all()


def _queue_message(conn: Connection, post: IncidentPost, unsent: Sequence[int]) -> None:
    """Queue a message in place of those about the same incident that were not delivered.

    If none was delivered, `post.instead` goes: the end of an incident is not sent without its start.
    """
    notice = post.notice
    if unsent:
        conn.execute(delete(outbox).where(outbox.c.id.in_(unsent)))
        about = (outbox.c.kind == _KIND) & (outbox.c.ref == notice.incident_id)
        if post.instead and conn.execute(select(outbox.c.id).where(about).limit(1)).first() is None:
            notice = post.instead
    announce_work(conn, DELIVER)
    row = message_row(_KIND, notice.incident_id, post.to, write_notification(notice), notice.at)
    conn.execute(outbox.insert(), row)


def _ack(conn: Connection, incident: str, at: Instant, by: str) -> bool:
    values = {"acked_at": at, "acked_by": by, "revision": incidents.c.revision + 1}
    acknowledged = update(incidents).where(incidents.c.id == incident, _OPEN).values(values)
    revision = conn.scalar(acknowledged.returning(incidents.c.revision))
    if revision is None:
        return False
    _record_change(conn, incident, revision, at)
    return True


def _record_change(conn: Connection, incident: str, revision: int, at: Instant) -> None:
    record_events(conn, [ChangeEvent(None, EventType.INCIDENT, incident, revision)], at)
