"""The outbox: messages that wait, are leased, and end as sent or dead."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Double, Select, bindparam, func, select, update

from watcher.core.alerts import Alert
from watcher.core.apis import RATE_LIMIT_CODES
from watcher.core.deliveries import MESSAGE_INTERVAL, Delivery, MessageTerms
from watcher.core.times import Instant, Seconds
from watcher.db.codec import Unreadable, read_notification
from watcher.db.database import Store
from watcher.db.dead_letters import (
    NEVER_AGAIN,
    copy_message,
    requeue,
    requeue_message,
    requeue_one_each,
)
from watcher.db.lateness import record_lateness_sent
from watcher.db.postgres import try_transaction_lock
from watcher.db.row_types import RowDamaged, RowTypes, instant_or_none
from watcher.db.schema import outbox

log = logging.getLogger(__name__)
_PENDING = outbox.c.state == "pending"
# Another daemon's lease is taken over only if it ended before `takeover`; one's own is taken again at once.
_FREE = (outbox.c.lease_until <= bindparam("now")) & (
    (outbox.c.lease_until <= bindparam("takeover")) | (outbox.c.lease == bindparam("own"))
)
_READY = _PENDING & (outbox.c.next_at <= bindparam("now")) & _FREE
_RATE_LIMITED = outbox.c.error_code.in_(sorted(RATE_LIMIT_CODES))
# Waits only because it failed. A message that was never tried waits for a silence to end.
_FAILED = (outbox.c.attempt > 0) & ~_RATE_LIMITED
_HELD = (outbox.c.id == bindparam("row")) & (outbox.c.lease == bindparam("held"))
_HELD_ROW = select(outbox.c.id).where(_HELD)
_ALLOWED = outbox.c.destination.not_in(bindparam("excluded", expanding=True))
# A drain runs these every second, so they are built once.
_ANY_READY = select(outbox.c.id).where(_READY, _ALLOWED).limit(1)
_NOT_SENT = (
    select(outbox.c.state, func.count().label("n"))
    .where(outbox.c.state.in_(("pending", "dead")))
    .group_by(outbox.c.state)
)
_DESTINATIONS = select(outbox.c.destination).where(_PENDING).distinct().order_by(outbox.c.destination)
_SET_OUTCOME = update(outbox).values(
    state=bindparam("state_"),
    next_at=bindparam("next_at_"),
    done_at=bindparam("done_at_"),
    error=bindparam("error_"),
    error_code=bindparam("error_code_"),
    attempt=bindparam("attempt_"),
    thread=bindparam("thread_"),
    lease="",
    lease_until=0.0,
)
_FINISH = _SET_OUTCOME.where(_HELD)
# SQLite may give the number of a deleted row to a new one; place and time tell them apart.
_SET_SENT = _SET_OUTCOME.where(
    _PENDING,
    outbox.c.id == bindparam("row"),
    outbox.c.destination == bindparam("to"),
    outbox.c.created_at == bindparam("made"),
)


class OutboxStore(Store):
    """Leases messages, records the outcome of each delivery, and counts what waits."""

    async def lease_deliveries(
        self,
        now: Instant,
        limit: int,
        lease: str,
        lease_for: Seconds,
        exclude: Iterable[str],
        *,
        takeover_before: Instant | None = None,
    ) -> Sequence[Delivery]:
        """Lease the oldest due message of up to `limit` destinations for `lease_for` seconds.

        Not of the destinations in `exclude`, and not of those that another daemon is sending to, that have
        just got a message, or that asked to wait. Messages about one alert or incident go in
        order. Leases of others are taken over if they ended before `takeover_before`; by default, `now`.
        """
        takeover = now if takeover_before is None else min(now, takeover_before)
        due = {"now": now, "excluded": tuple(sorted(exclude)), "own": lease, "takeover": takeover}
        if not self._db.rows(_ANY_READY, due):
            return ()
        return await self._db.write(_lease_due, due, limit, lease_for)

    async def mark_sent(
        self, delivery: Delivery, at: Instant, thread: str = "", interval: Seconds = MESSAGE_INTERVAL
    ) -> None:
        """Record that the destination accepted a message, and its place there (`thread`), if known.

        Also if its lease was lost meanwhile: a daemon that took it over must not send it too. The
        destination gets no other message for `interval` seconds.
        """
        until = Instant(at + interval)
        outcome = _outcome(delivery, "sent", until, at, thread=thread)
        note = delivery.notification
        alert = note if isinstance(note, Alert) else None
        await self._db.write(_set_sent, outcome | {"made": delivery.created_at, "to": delivery.to}, alert)

    async def postpone(self, delivery: Delivery, until: Instant, code: str, detail: str) -> None:
        """Record a failed attempt; the next one is due at `until`."""
        await self._db.write(_finish, _outcome(delivery, "pending", until, None, code, detail))

    async def withdraw(self, delivery: Delivery, at: Instant, why: str) -> None:
        """Record that a message is not sent, because everything in it was gone; its text is erased."""
        outcome = _outcome(delivery, "gone", at, at) | {"error_": why, "attempt_": delivery.attempt}
        await self._db.write(_withdraw, outcome)

    async def dead_letter(
        self,
        delivery: Delivery,
        at: Instant,
        code: str,
        detail: str,
        *,
        forever: bool = False,
        instead: str | None = None,
    ) -> None:
        """Record that the destination refused a message for good, and copy it to the destination `instead`.

        `forever`: the message itself is wrong, so it is never sent again.
        """
        outcome = _outcome(delivery, "dead", at, at, code, detail)
        if forever:
            outcome["attempt_"] += NEVER_AGAIN
        await self._db.write(_bury, outcome, instead)

    async def requeue(self, to: str, now: Instant) -> tuple[int, int]:
        """Send the recent dead letters of a destination again; return (requeued, still dead)."""
        return await self._db.write(requeue, to, now)

    async def resend(self, ref: str, now: Instant) -> Sequence[str]:
        """Send the dead letters about an alert or incident once more; return their destinations."""
        return await self._db.write(requeue_message, ref, now)

    async def resume(self, now: Instant) -> Mapping[str, Instant]:
        """Prepare the outbox after a restart; return until when each destination asked to wait.

        Messages that wait only because they failed are due now, and so is one dead letter per destination.
        """
        return await self._db.write(_resume, now)

    async def expedite(self, to: str, at: Instant) -> None:
        """Make the messages of a destination that wait only because they failed due at `at`."""
        await self._db.write(_expedite, to, at)

    async def release(self, deliveries: Iterable[Delivery]) -> None:
        """End the leases of messages that were not sent."""
        for delivery in deliveries:
            await self._db.write(_release, delivery.id, delivery.lease)

    def is_leased(self, delivery: Delivery) -> bool:
        """Whether the lease of a delivery still holds."""
        return bool(self._db.rows(_HELD_ROW, {"row": delivery.id, "held": delivery.lease}))

    def destinations_waiting(self) -> Sequence[str]:
        """Return the destinations of pending messages."""
        return [r.destination for r in self._db.rows(_DESTINATIONS)]

    def next_due(self, exclude: Iterable[str] = ()) -> Instant | None:
        """Return the earliest due time of pending messages, not to `exclude`; None if there are none."""
        statement = select(func.min(outbox.c.next_at)).where(
            _PENDING, outbox.c.destination.not_in(tuple(exclude))
        )
        return instant_or_none(self._db.value(statement))

    def count_unsent(self) -> dict[str, int]:
        """Return the number of messages that are pending and dead; one that does not occur is missing.

        Those that were sent are not counted: they are many, and this runs every few seconds.
        """
        return {r.state: r.n for r in self._db.rows(_NOT_SENT)}

    def oldest_pending(self) -> Instant | None:
        """Return when the oldest pending message was made, None if there is none."""
        return instant_or_none(self._db.value(select(func.min(outbox.c.created_at)).where(_PENDING)))

    def last_failure(self) -> tuple[str, str] | None:
        """Return (destination, error) of the pending message that was made last and that failed."""
        statement = (
            select(outbox.c.destination, outbox.c.error)
            .where(_PENDING, outbox.c.error != "")
            .order_by(outbox.c.id.desc())
            .limit(1)
        )
        return next(((r.destination, r.error) for r in self._db.rows(statement)), None)

    def pending_by_destination(self, now: Instant) -> Sequence[tuple[str, int, Instant]]:
        """Return (destination, pending messages, when the oldest was first due), without silenced ones."""
        statement = (
            select(
                outbox.c.destination, func.count().label("n"), func.min(outbox.c.created_at).label("oldest")
            )
            .where(_PENDING, outbox.c.created_at <= now)
            .group_by(outbox.c.destination)
        )
        return [(r.destination, r.n, r.oldest) for r in self._db.rows(statement)]

    def dead_letters(self, limit: int = 20) -> Sequence[tuple[str, str, str, Instant]]:
        """Return (alert or incident id, destination, error, when) of dead letters, the newest first."""
        statement = (
            select(outbox.c.ref, outbox.c.destination, outbox.c.error, outbox.c.done_at)
            .where(outbox.c.state == "dead")
            .order_by(outbox.c.id.desc())
            .limit(limit)
        )
        types = RowTypes(statement, required=("done_at",))
        return types.read(self._db.rows(statement), lambda r: (r.ref, r.destination, r.error, r.done_at))


def message_row(kind: str, ref: str, to: str, payload: str, at: float) -> dict[str, object]:
    """Return a row of `outbox` for a new message that is due at `at`; `ref` is its alert or incident."""
    return {
        "kind": kind,
        "ref": ref,
        "destination": to,
        "payload": payload,
        "created_at": at,
        "state": "pending",
        "next_at": at,
        "attempt": 0,
        "lease": "",
        "lease_until": 0.0,
        "error": "",
        "error_code": "",
    }


def _busy_destinations() -> Select[Any]:
    """Select destinations that a daemon is sending to, that have just got a message, or asked to wait."""
    now = bindparam("now", type_=Double)
    leased = _PENDING & (outbox.c.lease_until > now)
    # A sent message keeps the end of its channel's interval in `next_at`, which has an index.
    just_sent = (outbox.c.state == "sent") & (outbox.c.next_at > now) & (outbox.c.done_at <= now)
    asked_to_wait = _PENDING & (outbox.c.next_at > now) & _RATE_LIMITED
    return select(outbox.c.destination).where(leased | just_sent | asked_to_wait)


def _due_messages() -> Select[Any]:
    """Select the oldest message of each destination that may go.

    The messages about one alert or incident stay in order: only the oldest may go. Other messages do not wait
    for one that failed.
    """
    heads = select(func.min(outbox.c.id)).where(_PENDING).group_by(outbox.c.destination, outbox.c.ref)
    place = func.row_number().over(partition_by=outbox.c.destination, order_by=outbox.c.id)
    ready = (
        select(outbox.c.id, place.label("place"))
        .where(_READY, _ALLOWED, outbox.c.id.in_(heads), outbox.c.destination.not_in(_busy_destinations()))
        .subquery()
    )
    return (
        select(outbox)
        .where(_READY, outbox.c.id.in_(select(ready.c.id).where(ready.c.place == 1)))
        .order_by(outbox.c.next_at, outbox.c.id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
    )


_DUE_MESSAGES = _due_messages()
_MESSAGE_TYPES = RowTypes(_DUE_MESSAGES)


def lease_messages(conn: Connection, terms: MessageTerms, limit: int) -> Sequence[Delivery]:
    """Lease messages in the transaction that made some of them; none while another daemon leases."""
    excluded = tuple(sorted(terms.exclude))
    due = {"now": terms.now, "excluded": excluded, "own": terms.lease, "takeover": 0.0}
    return _lease_due(conn, due, limit, terms.lease_for)


def _lease_due(
    conn: Connection, due: Mapping[str, Any], limit: int, lease_for: Seconds
) -> Sequence[Delivery]:
    if not try_transaction_lock(conn, "leasing deliveries"):  # another daemon leases what is due
        return []
    now, lease = due["now"], due["own"]
    rows = conn.execute(_DUE_MESSAGES, {**due, "limit": limit}).all()
    if rows:
        leased = update(outbox).where(outbox.c.id.in_([r.id for r in rows]))
        conn.execute(leased.values(lease=lease, lease_until=now + lease_for))
    return [d for r in rows if (d := _delivery(conn, r, lease, now))]


def _delivery(conn: Connection, row: Any, lease: str, now: Instant) -> Delivery | None:
    """Return a leased message; one that cannot be read becomes a dead letter and blocks nothing."""
    try:
        _MESSAGE_TYPES.require(row)
        notification = read_notification(row.kind, row.payload)
    except (Unreadable, RowDamaged) as error:
        why = f"unreadable: {error}"[:200]
        dead = (
            update(outbox).where(outbox.c.id == row.id).values(state="dead", done_at=now, error=why, lease="")
        )
        conn.execute(dead.values(attempt=outbox.c.attempt + NEVER_AGAIN))
        log.exception("a message cannot be read and is a dead letter", extra={"row": row.id})
        return None
    thread = "" if row.kind == "alert" else _thread(conn, row)
    return Delivery(row.id, row.destination, notification, row.attempt, row.created_at, lease, thread)


def _thread(conn: Connection, row: Any) -> str:
    """Return the place of the first message about the same incident at the same destination."""
    same = (outbox.c.ref == row.ref) & (outbox.c.destination == row.destination) & (outbox.c.state == "sent")
    first = select(outbox.c.thread).where(same, outbox.c.thread != "").order_by(outbox.c.id).limit(1)
    return str(conn.execute(first).scalar() or "")


def _outcome(
    delivery: Delivery,
    state: str,
    next_at: Instant,
    done_at: Instant | None,
    code: str = "",
    detail: str = "",
    *,
    thread: str = "",
) -> dict[str, Any]:
    """Return the parameters of `_FINISH` after one more attempt."""
    return {
        "row": delivery.id,
        "held": delivery.lease,
        "state_": state,
        "next_at_": next_at,
        "done_at_": done_at,
        "error_": f"{code}: {detail}" if code else "",
        "error_code_": code,
        "attempt_": delivery.attempt + 1,
        "thread_": thread,
    }


def _finish(conn: Connection, outcome: dict[str, Any]) -> None:
    conn.execute(_FINISH, outcome)


def _withdraw(conn: Connection, outcome: dict[str, Any]) -> None:
    # Only why it was not sent is kept, for as long as the alert.
    conn.execute(update(outbox).where(_HELD).values(payload=""), outcome)
    conn.execute(_FINISH, outcome)


def _set_sent(conn: Connection, outcome: dict[str, Any], alert: Alert | None) -> None:
    if conn.execute(_SET_SENT, outcome).rowcount and alert is not None:
        record_lateness_sent(conn, alert, outcome["done_at_"])


def _bury(conn: Connection, outcome: dict[str, Any], instead: str | None) -> None:
    if instead and conn.execute(_HELD_ROW, {k: outcome[k] for k in ("row", "held")}).first():
        copy_message(conn, outcome["row"], instead, outcome["next_at_"])
    conn.execute(_FINISH, outcome)


def _resume(conn: Connection, now: Instant) -> Mapping[str, Instant]:
    waiting = _PENDING & (outbox.c.next_at > now)
    limited = select(outbox.c.destination, func.max(outbox.c.next_at)).where(waiting, _RATE_LIMITED)
    waits = {to: Instant(at) for to, at in conn.execute(limited.group_by(outbox.c.destination))}
    conn.execute(update(outbox).where(waiting, _FAILED).values(next_at=now))
    requeue_one_each(conn, now)
    return waits


def _expedite(conn: Connection, to: str, at: Instant) -> None:
    later = _PENDING & (outbox.c.destination == to) & (outbox.c.next_at > at) & _FAILED
    conn.execute(update(outbox).where(later).values(next_at=at))


def _release(conn: Connection, row: int, lease: str) -> None:
    statement = update(outbox).where(_HELD).values(lease="", lease_until=0.0)
    conn.execute(statement, {"row": row, "held": lease})
