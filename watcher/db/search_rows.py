"""The rows of searches that watches need: found or added, made due, and deactivated."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from sqlalchemy import ColumnElement, Connection, case, exists, select, update

from watcher.core.cadence.call_plan import FIRST_AT_ONCE
from watcher.core.cadence.fair_shares import most_wanted
from watcher.core.times import Instant
from watcher.core.watch import Question, Watch
from watcher.db.engine import upsert
from watcher.db.schema import searches, watches

# Keys in one SELECT: a database limits the number of parameters.
KEYS_PER_SELECT = 500
_NONE: Mapping[str, Instant] = {}


def find_or_add_searches(
    conn: Connection,
    new: Sequence[Watch],
    now: Instant,
    first_due: Callable[[int, int], Instant],
    delayed: Mapping[str, Instant] = _NONE,
) -> dict[str, int]:
    """Return the search ids of these watches by key; add missing searches, and make the wanted ones due.

    `delayed`: by key, those that are due later unless they are polled already.
    """
    questions: dict[str, Question] = {w.question.key: w.question for w in new}
    known = _search_ids(conn, questions, lock=True)
    wanted = {w.question.key: 0 for w in new if not w.paused}
    again = [known[key] for key in wanted if key in known and key not in delayed]
    for key in [key for key in wanted if key in known and key in delayed]:
        make_due(conn, [known[key]], delayed[key], only_inactive=True)
    # A large import of what is already polled must not spend the day's quota at once.
    large = len(again) > FIRST_AT_ONCE
    make_due(conn, again, now, only_inactive=large, paced=large)
    wanted_by = ((w.question.key, w.priority) for w in new if not w.paused and w.question.key not in known)
    keys = most_wanted(wanted_by)
    due = {key: delayed.get(key) or first_due(n, len(keys)) for n, key in enumerate(keys)}
    rows = {key: (question, due.get(key)) for key, question in questions.items() if key not in known}
    added = _add_searches(conn, rows, paced=len(due) > FIRST_AT_ONCE)
    # Another process may have added one at the same time for a paused watch.
    make_due(conn, [added[key] for key in due if key not in delayed], now, only_inactive=True)
    return known | added


def delay_first_poll(conn: Connection, search: int, now: Instant, until: Instant) -> None:
    """Have a search polled later that was not due, or that was added now."""
    is_new = searches.c.polled_at.is_(None) & (searches.c.due_at == now)
    idle = (searches.c.id == search) & (searches.c.due_at.is_(None) | is_new)
    conn.execute(update(searches).where(idle).values(due_at=until, paced=False))


def find_or_add_search(conn: Connection, question: Question, now: Instant) -> int:
    """Return the search of a question; a new one is due now."""
    known = _search_ids(conn, [question.key], lock=True)
    return (known or _add_searches(conn, {question.key: (question, now)}))[question.key]


def _add_searches(
    conn: Connection, missing: Mapping[str, tuple[Question, float | None]], *, paced: bool = False
) -> dict[str, int]:
    """Add searches, given by key with their due times; return their ids by key."""
    if not missing:
        return {}
    rows = [
        {
            "key": key,
            "query": question.query,
            "condition": question.condition,
            "category": question.category,
            "marketplace": question.marketplace,
            "due_at": due,
            "paced": paced,
        }
        for key, (question, due) in missing.items()
    ]
    conn.execute(upsert(conn, searches).on_conflict_do_nothing(), rows)
    return _search_ids(conn, missing)


def _search_ids(conn: Connection, keys: Iterable[str], *, lock: bool = False) -> dict[str, int]:
    """Return search ids by key. `lock`: nothing deactivates or deletes them before this transaction ends."""
    ordered = sorted(keys)
    found: dict[str, int] = {}
    for start in range(0, len(ordered), KEYS_PER_SELECT):
        statement = select(searches.c.key, searches.c.id).where(
            searches.c.key.in_(ordered[start : start + KEYS_PER_SELECT])
        )
        if lock:
            statement = statement.order_by(searches.c.id).with_for_update(key_share=True)
        found.update({r.key: r.id for r in conn.execute(statement)})
    return found


def make_due(
    conn: Connection,
    ids: Sequence[int],
    now: Instant,
    *,
    only_inactive: bool = False,
    only_polled: bool = False,
    paced: bool = False,
) -> None:
    """Make searches due now: all, only those without a due time, or only those being polled.

    `paced`: their polls wait for their share of the calls.
    """
    inactive: ColumnElement[bool] = searches.c.due_at.is_(None)
    # The poll under way does not know the new watch, so such a search is polled again.
    being_polled: ColumnElement[bool] = searches.c.lease_until > now
    later = (
        inactive if only_inactive else inactive | (searches.c.due_at > now) | searches.c.paced | being_polled
    )
    if only_polled:
        later = being_polled
    for start in range(0, len(ids), KEYS_PER_SELECT):
        some = searches.c.id.in_(ids[start : start + KEYS_PER_SELECT])
        # Never equal to the due time at claim: the poll under way would conclude that it had not changed.
        at = case((being_polled, now + 0.001), else_=now)
        conn.execute(update(searches).where(some, later).values(due_at=at, paced=paced))


def deactivate_unwanted(conn: Connection, ids: Iterable[int]) -> None:
    """Remove the due time of searches that no unpaused watch wants."""
    ordered = sorted(set(ids))
    for start in range(0, len(ordered), KEYS_PER_SELECT):
        some = searches.c.id.in_(ordered[start : start + KEYS_PER_SELECT])
        # A separate lock statement: the UPDATE then sees the watch of the transaction that held the lock.
        conn.execute(
            select(searches.c.id).where(some).order_by(searches.c.id).with_for_update(key_share=True)
        )
        wanted = exists().where(watches.c.search_id == searches.c.id, watches.c.paused.is_(False))
        conn.execute(update(searches).where(some, ~wanted).values(due_at=None))
