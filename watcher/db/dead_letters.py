"""Dead letters: messages that were refused for good, and how they live again."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Connection, case, delete, exists, func, insert, literal, select, update

from watcher.core.times import DAY, Instant, Seconds
from watcher.db.schema import outbox

# A dead letter may be tried again for so long, and so often: one that is wrong in itself stays dead.
REVIVABLE = Seconds(7 * DAY)
MOST_LIVES = 5
_other = outbox.alias()
# What was said later of the same alert or incident would make an old letter a lie; what was said elsewhere
# need not be said again.
_superseded = exists().where(
    _other.c.ref == outbox.c.ref,
    _other.c.state == "sent",
    case(
        (_other.c.destination == outbox.c.destination, _other.c.id > outbox.c.id),
        else_=_other.c.payload == outbox.c.payload,
    ),
)


def copy_to(conn: Connection, row: int, to: str, at: Instant) -> None:
    """Say the same at another destination."""
    fresh = {"destination": to, "state": "pending", "next_at": at, "attempt": 0}
    fresh |= {"lease": "", "lease_until": 0.0, "error": "", "error_code": ""}
    same = [
        column.name for column in outbox.columns if column.name in ("kind", "ref", "payload", "created_at")
    ]
    values = [*(outbox.c[name] for name in same), *map(literal, fresh.values())]
    conn.execute(insert(outbox).from_select([*same, *fresh], select(*values).where(outbox.c.id == row)))


def requeue(conn: Connection, items: Sequence[tuple[str, Instant]]) -> Sequence[tuple[int, int]]:
    """Let the letters to a destination live again: how many do, and how many stay dead.

    Those that were superseded meanwhile are forgotten.
    """
    counts = []
    for to, now in items:
        dead = _dead(now) & (outbox.c.destination == to)
        conn.execute(delete(outbox).where(dead, _superseded))
        again = update(outbox).where(dead, outbox.c.attempt < MOST_LIVES).values(state="pending", next_at=now)
        revived = conn.execute(again).rowcount
        left: int = conn.execute(select(func.count()).select_from(outbox).where(dead)).scalar_one()
        counts.append((revived, left))
    return counts


def requeue_one_each(conn: Connection, now: Instant) -> None:
    """Let one letter to each destination try whether it is taken now."""
    alive = _dead(now) & (outbox.c.attempt < MOST_LIVES) & ~_superseded
    firsts = select(func.min(outbox.c.id)).where(alive).group_by(outbox.c.destination)
    ids = [row for (row,) in conn.execute(firsts)]
    conn.execute(update(outbox).where(outbox.c.id.in_(ids)).values(state="pending", next_at=now))


def _dead(now: Instant) -> ColumnElement[bool]:
    """The letters that died lately."""
    return (outbox.c.state == "dead") & (outbox.c.done_at > now - REVIVABLE)
