"""The alerts that a poll made: receipts, evidence, item states and messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection

from watcher.core.alerts import Alert, merge_alerts
from watcher.core.events import ChangeEvent, EventType
from watcher.core.polls import PollResult
from watcher.core.rules import LastAlerted
from watcher.core.times import Instant
from watcher.core.watch import WatchId
from watcher.db.codec import pack_receipt, write_notification
from watcher.db.engine import driver_sql, insert_many, upsert_for
from watcher.db.events import record_events
from watcher.db.lateness import record_lateness
from watcher.db.outbox import message_row
from watcher.db.schema import alerts, evidence, item_states, outbox
from watcher.db.silences import silenced_until

_REVISION = 1  # an alert never changes


class _Statements(NamedTuple):
    alert: Any
    evidence: str
    item_state: str


@lru_cache(maxsize=2)
def _statements(dialect: str) -> _Statements:
    """Return the INSERTs for a dialect; building them takes four times as long as running them."""
    state = upsert_for(dialect, item_states)
    values = {n: state.excluded[n] for n in ("total", "price", "currency", "estimated", "told_at")}
    return _Statements(
        upsert_for(dialect, alerts).on_conflict_do_nothing().returning(alerts.c.id),
        driver_sql(dialect, upsert_for(dialect, evidence).on_conflict_do_nothing()),
        driver_sql(dialect, state.on_conflict_do_update(index_elements=["watch_id", "item_id"], set_=values)),
    )


def record_alerts(
    conn: Connection, polls: Sequence[PollResult], revisions: Mapping[int, int]
) -> list[Sequence[str]]:
    """Insert the alerts of polls and their messages; return the ids of the new ones for each poll.

    `revisions`: of the watches that are neither paused nor removed. The alerts of other watches, and of those
    that were edited since the poll judged them, are dropped.
    """
    watches = {alert.watch_id for p in polls for alert, _ in p.alerts}
    silenced = silenced_until(conn, watches, max(p.at for p in polls)) if watches else {}
    made = [_record_alerts(conn, p, revisions, silenced) if p.alerts else () for p in polls]
    for poll, ids in zip(polls, made, strict=True):
        new = [alert for alert, _ in poll.alerts if alert.id in ids] if ids else ()
        record_events(conn, [ChangeEvent(a.user, EventType.ALERT, a.id, _REVISION) for a in new], poll.at)
    return made


class _Made(NamedTuple):
    """An alert that a poll made, the states that it leaves, and when its message is due."""

    alert: Alert
    states: Mapping[str, LastAlerted]
    due: float


def _record_alerts(
    conn: Connection, poll: PollResult, revisions: Mapping[int, int], silenced: Mapping[int, Instant]
) -> Sequence[str]:
    judged = {watch: revision for watch, revision, _ in poll.judged}
    made = [
        _Made(alert, states, silenced.get(alert.watch_id, alert.made_at))
        for alert, states in poll.alerts
        if alert.watch_id in revisions and revisions[alert.watch_id] == judged.get(WatchId(alert.watch_id))
    ]
    ids = [alert for group in _sharing_a_message(made, poll) for alert in _record_group(conn, poll, group)]
    used = {poll.grounds[alert].evidence for alert in ids if alert in poll.grounds}
    rows = [
        {"id": e.id, "at": e.at, "payload": pack_receipt(e), "erased_at": None}
        for e in poll.evidence
        if e.id in used
    ]
    insert_many(conn, _statements(conn.dialect.name).evidence, rows)
    return ids


def _sharing_a_message(made: Sequence[_Made], poll: PollResult) -> Sequence[Sequence[_Made]]:
    """Return the alerts in groups that share a message: those of duplicate watches, due at the same time.

    The evidence is that of one poll with one set of filters and rejected items.
    """
    groups: dict[object, list[_Made]] = {}
    for one in made:
        alert, grounds = one.alert, poll.grounds.get(one.alert.id)
        same = (grounds.evidence, grounds.assumption, grounds.certainty) if grounds else alert.id
        groups.setdefault((same, alert.user, alert.to, alert.rule, one.due), []).append(one)
    return list(groups.values())


def _record_group(conn: Connection, poll: PollResult, group: Sequence[_Made]) -> Sequence[str]:
    """Insert the alerts of a group and their message; return the ids of those that are new."""
    ids = []
    watches = [one.alert.watch_id for one in group]
    for one in group:
        alert = replace(one.alert, also=tuple(w for w in watches if w != one.alert.watch_id))
        grounds = poll.grounds.get(alert.id)
        first = group[0].alert.id
        new = {
            "id": alert.id,
            "watch_id": alert.watch_id,
            "user_id": alert.user,
            "made_at": alert.made_at,
            "told": len(one.states),
            "receipt": write_notification(alert),
            "evidence": grounds.evidence if grounds else None,
            "grounds": pack_receipt(grounds) if grounds else None,
            "message": None if alert.id == first else first,
        }
        if not conn.execute(_statements(conn.dialect.name).alert, new).all():
            continue
        if alert.id == first:
            message = write_notification(_message_of(group))
            conn.execute(outbox.insert(), message_row("alert", alert.id, alert.to, message, one.due))
        _record_item_states(conn, alert.watch_id, one.states, alert.made_at)
        record_lateness(conn, alert)
        ids.append(alert.id)
    return ids


def _message_of(group: Sequence[_Made]) -> Alert:
    if len(group) == 1:
        return group[0].alert
    return merge_alerts([one.alert for one in group], {item for one in group for item in one.states})


def _record_item_states(conn: Connection, watch: int, states: Mapping[str, LastAlerted], at: float) -> None:
    rows = [
        {
            "watch_id": watch,
            "item_id": item,
            "total": last.total.minor,
            "price": last.price.minor,
            "currency": last.total.currency,
            "estimated": last.estimated,
            "told_at": at,
        }
        for item, last in states.items()
    ]
    insert_many(conn, _statements(conn.dialect.name).item_state, rows)
