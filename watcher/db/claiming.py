"""Which searches are claimed next: those that are due, paced ones only as far as there are calls for them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, bindparam, false, select, true, update

from watcher.core.times import Instant, Seconds
from watcher.core.watch import Search
from watcher.db.database import Database
from watcher.db.prepared import PreparedSelect
from watcher.db.rows import search_of
from watcher.db.schema import searches

log = logging.getLogger(__name__)


class ClaimRoom(NamedTuple):
    """How many paced searches may be claimed, and how many if they are not due yet.

    `rested_since`: a search is claimed before its due time only if its last poll was no later.
    """

    paced: int
    ahead: int = 0
    rested_since: Instant = Instant(0.0)


_due, _paced = searches.c.due_at, searches.c.paced
_free = searches.c.lease_until <= bindparam("now")
_is_due = _due <= bindparam("now")
# Each reads a range of the index of (paced, due_at).
_UNPACED = (_paced == false()) & _is_due & _free
_PACED = (_paced == true()) & _is_due & _free
_has_rested = searches.c.polled_at.is_(None) | (searches.c.polled_at <= bindparam("rested"))
_AHEAD = (_paced == true()) & (_due > bindparam("now")) & _free & _has_rested


def _any(condition: ColumnElement[bool]) -> PreparedSelect:
    return PreparedSelect(select(searches.c.id).where(condition).order_by(_due).limit(1))


def _first(condition: ColumnElement[bool]) -> PreparedSelect:
    first = select(searches).where(condition).order_by(_due, searches.c.id).limit(bindparam("most"))
    return PreparedSelect(first.with_for_update(skip_locked=True))


_ANY_UNPACED, _ANY_PACED, _ANY_AHEAD = _any(_UNPACED), _any(_PACED), _any(_AHEAD)
_FIRST_UNPACED, _FIRST_PACED, _FIRST_AHEAD = _first(_UNPACED), _first(_PACED), _first(_AHEAD)
_LEASE = (
    update(searches)
    .where(searches.c.id.in_(bindparam("ids", expanding=True)))
    .values(lease=bindparam("name"), lease_until=bindparam("until"))
)


def is_any_claimable(database: Database, now: Instant, room: ClaimRoom) -> bool:
    """Return whether a claim would find a search: most ticks find none, and need no transaction then."""
    times = {"now": now}
    return (
        bool(database.rows(_ANY_UNPACED, times))
        or (room.paced > 0 and bool(database.rows(_ANY_PACED, times)))
        or (room.ahead > 0 and bool(database.rows(_ANY_AHEAD, times | {"rested": room.rested_since})))
    )


def claim_searches(
    conn: Connection, now: Instant, limit: int, room: ClaimRoom, lease: str, lease_for: Seconds
) -> Sequence[Search]:
    """Lease the searches that are claimed next: the unpaced ones that are due, then paced ones.

    Paced ones that are not due yet are claimed only after all that are.
    """
    times = {"now": now}
    rows = list(_FIRST_UNPACED.rows(conn, times | {"most": limit}))
    paced = min(room.paced, limit - len(rows))
    if paced > 0:
        due = _FIRST_PACED.rows(conn, times | {"most": paced})
        rows += due
        if (ahead := min(room.ahead, paced) - len(due)) > 0:
            more = {"most": ahead, "rested": room.rested_since}
            rows += _FIRST_AHEAD.rows(conn, times | more)
    if rows:
        conn.execute(_LEASE, {"ids": [r.id for r in rows], "name": lease, "until": now + lease_for})
    return [s for r in rows if (s := _readable(r, lease))]


def _readable(row: Any, lease: str) -> Search | None:
    """Return a search, None if its row is damaged; that one stays leased and must not stop the others."""
    try:
        return search_of(row, lease)
    except ValueError:
        log.exception("a search cannot be read and is left out", extra={"search": row.id})
        return None
