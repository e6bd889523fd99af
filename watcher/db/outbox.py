"""The outbox: messages that wait, are leased, and end as sent or dead."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection, Double, Select, bindparam, func, select, update

from watcher.core.apis import RATE_LIMIT_CODES
from watcher.core.deliveries import MESSAGE_INTERVAL, Delivery
from watcher.core.times import Instant, Seconds
from watcher.db.codec import read_notification
from watcher.db.database import Database
from watcher.db.dead_letters import MOST_LIVES, copy_to, requeue, requeue_one_each
from watcher.db.engine import first_come
from watcher.db.schema import outbox

log = logging.getLogger(__name__)
_PENDING = outbox.c.state == "pending"
_READY = _PENDING & (outbox.c.next_at <= bindparam("now")) & (outbox.c.lease_until <= bindparam("now"))
_LIMITED = outbox.c.error_code.in_(sorted(RATE_LIMIT_CODES))
# What waits only because it failed; one that was never tried waits for a silence to end.
_FAILED = (outbox.c.attempt > 0) & ~_LIMITED
_OURS = (outbox.c.id == bindparam("row")) & (outbox.c.lease == bindparam("held"))
_HELD = select(outbox.c.id).where(_OURS)
_MAY_GO = outbox.c.destination.not_in(bindparam("barred", expanding=True))
# A drain asks these every second, so they are put together once.
_ANY_READY = select(outbox.c.id).where(_READY, _MAY_GO).limit(1)
_WAITING = select(outbox.c.destination).where(_PENDING).distinct().order_by(outbox.c.destination)


class _Move(NamedTuple):
    """What becomes of a leased row."""

    row: int
    held: str
    state: str
    next_at: float
    done_at: float | None
    error_code: str
    error: str
    tries: int
    thread: str = ""


class OutboxStore:
    """Implements `ports.OutboxStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def lease_deliveries(
        self, now: Instant, limit: int, lease: str, lease_for: Seconds, exclude: Iterable[str]
    ) -> Sequence[Delivery]:
        """Lease the oldest due delivery of up to `limit` destinations."""
        barred = tuple(sorted(exclude))
        if not self._db.rows(_ANY_READY, {"now": now, "barred": barred}):
            return ()
        return await self._db.write(_lease, (now, limit, lease, Instant(now + lease_for), barred))

    async def delivered(
        self, delivery: Delivery, at: Instant, thread: str = "", interval: Seconds = MESSAGE_INTERVAL
    ) -> None:
        """Record a message as sent, with its position; hold its destination for `interval` seconds."""
        until, tries = Instant(at + interval), delivery.attempt + 1
        move = _Move(delivery.id, delivery.lease, "sent", until, at, "", "", tries, thread)
        await self._db.write(_move, move)

    async def postpone(self, delivery: Delivery, until: Instant, code: str, detail: str) -> None:
        """Try again at `until`; counts one attempt."""
        tries, error = delivery.attempt + 1, f"{code}: {detail}"
        await self._db.write(
            _move, _Move(delivery.id, delivery.lease, "pending", until, None, code, error, tries)
        )

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
        """Refused for good: a dead letter that `status` shows, said at the destination `instead`, if any.

        `forever`: it is wrong in itself, and is not revived.
        """
        tries = max(delivery.attempt + 1, MOST_LIVES if forever else 0)
        move = _Move(delivery.id, delivery.lease, "dead", at, at, code, f"{code}: {detail}", tries)
        await self._db.write(_bury, (move, instead))

    async def requeue(self, to: str, now: Instant) -> tuple[int, int]:
        """Let what was buried for a destination lately be tried again: how many, and how many stay dead."""
        return await self._db.write(requeue, (to, now))

    async def resume(self, now: Instant) -> Mapping[str, Instant]:
        """Begin anew after a restart: until when each destination asked to be left alone.

        What waits only because it failed may go at once, and one dead letter of each destination tries
        whether it is taken now.
        """
        return await self._db.write(_resume, now)

    async def expedite(self, to: str, at: Instant) -> None:
        """What waits for a destination because it failed may go from `at` on."""
        await self._db.write(_hasten, (to, at))

    async def release(self, deliveries: Iterable[Delivery]) -> None:
        """Give back what was leased and not tried."""
        for d in deliveries:
            await self._db.write(_unlease, d)

    def holds(self, delivery: Delivery) -> bool:
        """Whether nobody else has taken a message since it was leased to us."""
        return bool(self._db.rows(_HELD, {"row": delivery.id, "held": delivery.lease}))

    def destinations_waiting(self) -> Sequence[str]:
        """The destinations that pending deliveries name."""
        return [r.destination for r in self._db.rows(_WAITING)]

    def next_due(self, exclude: Iterable[str] = ()) -> Instant | None:
        """When the next delivery is due; None when none waits."""
        statement = select(func.min(outbox.c.next_at)).where(
            _PENDING, outbox.c.destination.not_in(tuple(exclude))
        )
        due: Instant | None = self._db.value(statement)
        return due

    def depth(self) -> dict[str, int]:
        """How many rows are in each state."""
        statement = select(outbox.c.state, func.count().label("n")).group_by(outbox.c.state)
        return {r.state: r.n for r in self._db.rows(statement)}

    def oldest_pending(self) -> Instant | None:
        """When the oldest waiting message was made."""
        oldest: Instant | None = self._db.value(select(func.min(outbox.c.created_at)).where(_PENDING))
        return oldest

    def waiting(self, now: Instant) -> Sequence[tuple[str, int, Instant]]:
        """(destination, messages, when the oldest was due first) of what waits, but for what is silenced."""
        statement = (
            select(
                outbox.c.destination, func.count().label("n"), func.min(outbox.c.created_at).label("oldest")
            )
            .where(_PENDING, outbox.c.created_at <= now)
            .group_by(outbox.c.destination)
        )
        return [(r.destination, r.n, r.oldest) for r in self._db.rows(statement)]

    def dead_letters(self, limit: int = 20) -> Sequence[tuple[str, str, str, Instant]]:
        """(ref, destination, why, when) of what was refused for good, the newest first."""
        statement = (
            select(outbox.c.ref, outbox.c.destination, outbox.c.error, outbox.c.done_at)
            .where(outbox.c.state == "dead")
            .order_by(outbox.c.id.desc())
            .limit(limit)
        )
        return [(r.ref, r.destination, r.error, r.done_at) for r in self._db.rows(statement)]


def _busy() -> Select[Any]:
    """The destinations that a daemon writes to, has just written to, or was asked to leave alone."""
    now = bindparam("now", type_=Double)
    leased = _PENDING & (outbox.c.lease_until > now)
    # A message that was sent keeps the end of its channel's interval in `next_at`, which is indexed.
    just_sent = (outbox.c.state == "sent") & (outbox.c.next_at > now) & (outbox.c.done_at <= now)
    asked = _PENDING & (outbox.c.next_at > now) & _LIMITED
    return select(outbox.c.destination).where(leased | just_sent | asked)


def _due() -> Select[Any]:
    """The oldest row of each destination that may go.

    What is said about one alert or incident stays in order: only its oldest row may go. A row that is refused
    for now holds back nothing else.
    """
    heads = select(func.min(outbox.c.id)).where(_PENDING).group_by(outbox.c.destination, outbox.c.ref)
    place = func.row_number().over(partition_by=outbox.c.destination, order_by=outbox.c.id)
    ready = (
        select(outbox.c.id, place.label("place"))
        .where(_READY, _MAY_GO, outbox.c.id.in_(heads), outbox.c.destination.not_in(_busy()))
        .subquery()
    )
    return (
        select(outbox)
        .where(_READY, outbox.c.id.in_(select(ready.c.id).where(ready.c.place == 1)))
        .order_by(outbox.c.next_at, outbox.c.id)
        .limit(bindparam("limit"))
        .with_for_update(skip_locked=True)
    )


_DUE = _due()


def _lease(
    conn: Connection, items: Sequence[tuple[Instant, int, str, Instant, tuple[str, ...]]]
) -> Sequence[Sequence[Delivery]]:
    results: list[Sequence[Delivery]] = []
    for now, limit, lease, until, barred in items:
        if not first_come(conn, "leasing deliveries"):  # another daemon takes what there is
            results.append([])
            continue
        rows = conn.execute(_DUE, {"now": now, "barred": barred, "limit": limit}).all()
        if rows:
            leased = update(outbox).where(outbox.c.id.in_([r.id for r in rows]))
            conn.execute(leased.values(lease=lease, lease_until=until))
        results.append([d for r in rows if (d := _delivery(conn, r, lease, now))])
    return results


def _delivery(conn: Connection, row: Any, lease: str, now: Instant) -> Delivery | None:
    """A leased row; one that cannot be read becomes a dead letter and holds back nothing."""
    try:
        notification = read_notification(row.kind, row.payload)
    except msgspec.DecodeError as error:
        why = f"unreadable: {error}"[:200]
        dead = {"state": "dead", "done_at": now, "error": why, "lease": "", "attempt": MOST_LIVES}
        conn.execute(update(outbox).where(outbox.c.id == row.id).values(**dead))
        log.exception("a message cannot be read and is a dead letter", extra={"row": row.id})
        return None
    thread = "" if row.kind == "alert" else _thread(conn, row)
    return Delivery(row.id, row.destination, notification, row.attempt, row.created_at, lease, thread)


def _thread(conn: Connection, row: Any) -> str:
    """Where the first message about the same incident stands."""
    same = (outbox.c.ref == row.ref) & (outbox.c.destination == row.destination) & (outbox.c.state == "sent")
    first = select(outbox.c.thread).where(same, outbox.c.thread != "").order_by(outbox.c.id).limit(1)
    return str(conn.execute(first).scalar() or "")


def _move(conn: Connection, items: Sequence[_Move]) -> Sequence[None]:
    statement = (
        update(outbox)
        .where(_OURS)
        .values(
            state=bindparam("state_"),
            next_at=bindparam("next_at_"),
            done_at=bindparam("done_at_"),
            error=bindparam("error_"),
            error_code=bindparam("error_code_"),
            attempt=bindparam("tries"),
            thread=bindparam("thread_"),
            lease="",
            lease_until=0.0,
        )
    )
    conn.execute(
        statement,
        [
            {
                "row": m.row,
                "held": m.held,
                "state_": m.state,
                "next_at_": m.next_at,
                "done_at_": m.done_at,
                "error_": m.error,
                "error_code_": m.error_code,
                "tries": m.tries,
                "thread_": m.thread,
            }
            for m in items
        ],
    )
    return [None] * len(items)


def _bury(conn: Connection, items: Sequence[tuple[_Move, str | None]]) -> Sequence[None]:
    for move, instead in items:
        if instead and conn.execute(_HELD, {"row": move.row, "held": move.held}).first():
            copy_to(conn, move.row, instead, Instant(move.next_at))
    return _move(conn, [move for move, _ in items])


def _resume(conn: Connection, items: Sequence[Instant]) -> Sequence[Mapping[str, Instant]]:
    (now, *_) = items
    waits = _PENDING & (outbox.c.next_at > now)
    held = select(outbox.c.destination, func.max(outbox.c.next_at)).where(waits, _LIMITED)
    holds = {to: Instant(at) for to, at in conn.execute(held.group_by(outbox.c.destination))}
    conn.execute(update(outbox).where(waits, _FAILED).values(next_at=now))
    requeue_one_each(conn, now)
    return [holds] * len(items)


def _hasten(conn: Connection, items: Sequence[tuple[str, Instant]]) -> Sequence[None]:
    for to, at in items:
        waits = _PENDING & (outbox.c.destination == to) & (outbox.c.next_at > at) & _FAILED
        conn.execute(update(outbox).where(waits).values(next_at=at))
    return [None] * len(items)


def _unlease(conn: Connection, items: Sequence[Delivery]) -> Sequence[None]:
    statement = update(outbox).where(_OURS).values(lease="", lease_until=0.0)
    conn.execute(statement, [{"row": d.id, "held": d.lease} for d in items])
    return [None] * len(items)
