"""Dead letters: messages that were refused for good, and how they are sent again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, case, delete, exists, func, insert, literal, select, update

from watcher.core.times import DAY, Instant, Seconds
from watcher.db.database import Store
from watcher.db.row_types import RowTypes
from watcher.db.schema import alerts, outbox

# After its refusal a message may be sent again for this long.
REQUEUE_WITHIN = Seconds(7 * DAY)
# Per message, including those before its first refusal, so that an invalid message is not sent forever.
MAX_DELIVERY_ATTEMPTS = 5
# Added to the attempts of a message that is wrong itself, so that only a person sends it again.
NEVER_AGAIN = 1_000_000
_KEPT_COLUMNS = [c.name for c in outbox.columns if c.name in ("kind", "ref", "payload", "created_at")]
_FACTS = select(
    *(outbox.c[name] for name in ("id", "kind", "ref", "destination", "error", "error_code", "attempt")),
    outbox.c.done_at,
).where(outbox.c.state == "dead")
_FACT_TYPES = RowTypes(_FACTS, required=("done_at",))
_other = outbox.alias()
# A later message about the same alert or incident makes an old one outdated; if the same text was sent
# elsewhere, it is not needed.
_superseded = exists().where(
    _other.c.ref == outbox.c.ref,
    _other.c.state == "sent",
    case(
        (_other.c.destination == outbox.c.destination, _other.c.id > outbox.c.id),
        else_=_other.c.payload == outbox.c.payload,
    ),
)


class DeadLetter(NamedTuple):
    """The facts of a message that was refused for good; `ref` is its alert or incident."""

    row: int
    kind: str
    ref: str
    to: str
    why: str
    code: str
    attempts: int
    at: Instant


class DeadLetterPage(NamedTuple):
    """Dead letters, the newest first. `next`: the row before which the next page begins, None on the last."""

    letters: Sequence[DeadLetter]
    next: int | None


class DeadLetterStore(Store):
    """Lists dead letters."""

    def page(self, limit: int, after: int = 0) -> DeadLetterPage:
        """Return up to `limit` dead letters that follow the row `after`, the newest first."""
        statement = _FACTS.order_by(outbox.c.id.desc()).limit(limit + 1)
        found = self._db.rows(statement.where(outbox.c.id < after) if after else statement)
        shown = found[:limit]
        letters = _FACT_TYPES.read(shown, _letter)
        return DeadLetterPage(letters, int(shown[-1].id) if len(found) > limit else None)


def _letter(row: Any) -> DeadLetter:
    letter = DeadLetter(*row)
    return letter._replace(attempts=attempts_made(letter.attempts))


def attempts_made(stored: int) -> int:
    """Return how many attempts a message made, from its column `attempt`."""
    return stored % NEVER_AGAIN


def copy_message(conn: Connection, row: int, to: str, at: Instant) -> None:
    """Queue a copy of a message for another destination, due at `at`."""
    fresh = {"destination": to, "state": "pending", "next_at": at, "attempt": 0}
    fresh |= {"lease": "", "lease_until": 0.0, "error": "", "error_code": ""}
    values = [*(outbox.c[name] for name in _KEPT_COLUMNS), *map(literal, fresh.values())]
    copied = select(*values).where(outbox.c.id == row)
    conn.execute(insert(outbox).from_select([*_KEPT_COLUMNS, *fresh], copied))


def requeue(conn: Connection, to: str, now: Instant) -> tuple[int, int]:
    """Requeue the recent dead letters of a destination; return (requeued, still dead).

    Those that were superseded are deleted.
    """
    dead = _recently_dead(now) & (outbox.c.destination == to)
    conn.execute(delete(outbox).where(dead, _superseded))
    again = update(outbox).where(dead, outbox.c.attempt < MAX_DELIVERY_ATTEMPTS)
    requeued = conn.execute(again.values(state="pending", next_at=now)).rowcount
    left: int = conn.execute(select(func.count()).select_from(outbox).where(dead)).scalar_one()
    return requeued, left


def requeue_message(conn: Connection, ref: str, now: Instant) -> Sequence[str]:
    """Requeue the newest dead letter about an alert or incident per destination; return the destinations.

    Any alert of a message that duplicate watches share finds it. A person asked for it, so its earlier
    attempts do not count, and it may be of any age.
    """
    shared = select(alerts.c.message).where(alerts.c.id == ref, alerts.c.message.is_not(None))
    dead = (outbox.c.state == "dead") & ((outbox.c.ref == ref) | outbox.c.ref.in_(shared))
    newest = select(func.max(outbox.c.id)).where(dead).group_by(outbox.c.destination)
    ids = conn.scalars(newest).all()
    again = update(outbox).where(outbox.c.id.in_(ids)).returning(outbox.c.destination)
    values = {
        "state": "pending",
        "next_at": now,
        "done_at": None,
        "attempt": 0,
        "lease": "",
        "lease_until": 0.0,
    }
    return sorted(conn.scalars(again.values(**values, error="", error_code="")))


def requeue_one_each(conn: Connection, now: Instant) -> None:
    """Requeue one dead letter of each destination, to find out whether it accepts messages again."""
    alive = _recently_dead(now) & (outbox.c.attempt < MAX_DELIVERY_ATTEMPTS) & ~_superseded
    firsts = select(func.min(outbox.c.id)).where(alive).group_by(outbox.c.destination)
    ids = conn.scalars(firsts).all()
    conn.execute(update(outbox).where(outbox.c.id.in_(ids)).values(state="pending", next_at=now))


def _recently_dead(now: Instant) -> ColumnElement[bool]:
    return (outbox.c.state == "dead") & (outbox.c.done_at > now - REQUEUE_WITHIN)
