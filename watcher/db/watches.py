"""Watches: registered, edited, paused and removed, each in one transaction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, case, delete, exists, func, select, update

from watcher.core.errors import Code, WatcherError
from watcher.core.polls import failure_text
from watcher.core.rejections import Precision
from watcher.core.times import Instant, Seconds
from watcher.core.watch import Question, SearchId, Watch, WatchId
from watcher.db.codec import read_words
from watcher.db.database import Database
from watcher.db.engine import tell, upsert
from watcher.db.rows import watch_columns, watch_of
from watcher.db.schema import alerts, item_states, searches, users, watches
from watcher.db.searches import WATCH_ROWS
from watcher.ports import POLL

_CHUNK = 500


class _New(NamedTuple):
    watches: Sequence[Watch]
    now: Instant
    spacing: Seconds
    at_once: int


class WatchRow(NamedTuple):
    """A watch and the schedule of its search."""

    watch: Watch
    due_at: Instant | None
    polled_at: Instant | None
    error: str


_SCHEDULED = WATCH_ROWS.add_columns(
    searches.c.due_at, searches.c.polled_at, searches.c.error, searches.c.doubt
)


class WatchStore:
    """Implements `ports.WatchStore`."""

    def __init__(self, database: Database) -> None:
        self._db = database

    async def add(
        self, new: Sequence[Watch], now: Instant, spacing: Seconds = Seconds(0.0), at_once: int = 20
    ) -> Sequence[WatchId]:
        """Register watches, all or none; `id` and `search_id` of the given ones are ignored.

        Their searches are due now; beyond `at_once` new ones, each `spacing` seconds after the last.
        """
        return await self._db.write(_add, _New(new, now, spacing, at_once))

    def get(self, watch: WatchId) -> Watch | None:
        """The watch of that number, None where there is none."""
        rows = self._db.rows(WATCH_ROWS.where(watches.c.id == watch))
        return _watch(rows[0]) if rows else None

    def listed(
        self, user: str | None = None, tag: str = "", *, after: int = 0, limit: int | None = None
    ) -> Sequence[WatchRow]:
        """All watches, or one user's, or those with a tag, in the order of their numbers, from `after` on."""
        statement = _SCHEDULED.order_by(watches.c.id)
        if after:
            statement = statement.where(watches.c.id > after)
        if limit is not None:
            statement = statement.limit(limit)
        if user is not None:
            statement = statement.where(watches.c.user_id == user)
        if tag:
            statement = statement.where(watches.c.tag == tag)
        return [_row(r) for r in self._db.rows(statement)]

    def row(self, watch: WatchId) -> WatchRow | None:
        """The watch of that number with its schedule, None where there is none."""
        rows = self._db.rows(_SCHEDULED.where(watches.c.id == watch))
        return _row(rows[0]) if rows else None

    async def change(self, watch: Watch, now: Instant) -> bool:
        """Write an edited watch; False where it has changed or gone since it was read."""
        return await self._db.write(_change, (watch, now))

    async def remove(self, watch: WatchId, now: Instant) -> bool:
        """Forget a watch; its alerts stay."""
        return await self._db.write(_remove, (watch, now))

    def precisions(self, watch: WatchId | None = None) -> Mapping[WatchId, Precision]:
        """Of one watch, or of all with such items, how many were told and how many were not the item."""
        told = func.coalesce(func.sum(alerts.c.told), 0)
        statement = (
            select(watches.c.id, watches.c.rejected, told.label("told"))
            .outerjoin(alerts, alerts.c.watch_id == watches.c.id)
            .group_by(watches.c.id, watches.c.rejected)
        )
        ours = watches.c.rejected != "[]" if watch is None else watches.c.id == watch
        return {
            r.id: Precision(int(r.told), len(read_words(r.rejected)))
            for r in self._db.rows(statement.where(ours))
        }

    def count(self) -> int:
        """How many watches are not paused."""
        return int(self._db.value(select(func.count()).where(watches.c.paused.is_(False))) or 0)

    def count_overdue(self, before: Instant) -> int:
        """How many searches were due before an instant and are not polled yet."""
        return int(self._db.value(select(func.count()).where(searches.c.due_at < before)) or 0)

    def overdue(self, before: Instant, limit: int | None = None) -> Sequence[tuple[SearchId, str, Instant]]:
        """(search, query, due) of searches that were due before an instant, the latest first."""
        statement = (
            select(searches.c.id, searches.c.query, searches.c.due_at)
            .where(searches.c.due_at < before)
            .order_by(searches.c.due_at)
            .limit(limit)
        )
        return [(r.id, r.query, r.due_at) for r in self._db.rows(statement)]

    def doubted(self) -> Sequence[tuple[str, str]]:
        """(query, why) of the searches whose last answer was doubted and waits for a second look."""
        waiting = (searches.c.doubt != "") & searches.c.due_at.is_not(None)
        statement = select(searches.c.query, searches.c.doubt).where(waiting).order_by(searches.c.id)
        return [(r.query, r.doubt) for r in self._db.rows(statement)]


def _row(row: Any) -> WatchRow:
    return WatchRow(_watch(row), row.due_at, row.polled_at, failure_text(row.error, row.doubt))


def _watch(row: Any) -> Watch:
    """A watch. Raises WatcherError, which names it, where its row is none."""
    try:
        return watch_of(row)
    except ValueError as error:
        why = f"Watch {row.watch_id} cannot be read: its row is damaged, or a newer watcher's."
        raise WatcherError(Code.DATABASE_QUERY_FAILED, why) from error


def _add(conn: Connection, items: Sequence[_New]) -> Sequence[Sequence[WatchId]]:
    tell(conn, POLL)
    return [_add_all(conn, new) for new in items]


def _add_all(conn: Connection, new: _New) -> Sequence[WatchId]:
    if not new.watches:
        return []
    _know(conn, {w.user for w in new.watches}, new.now)
    ids = _searches(conn, new)
    rows = [
        {
            **watch_columns(w),
            "search_id": ids[w.question.key],
            "created_at": new.now,
            "armed": True,
            "revision": 1,
        }
        for w in new.watches
    ]
    # Numbers grow in the order of the rows; to have them returned in that order costs a statement for each.
    return sorted(conn.scalars(watches.insert().returning(watches.c.id), rows))


def _know(conn: Connection, names: Iterable[str], now: Instant) -> None:
    """Make the users that are not there yet."""
    rows = [{"id": name, "created_at": now} for name in sorted(names)]
    conn.execute(upsert(conn, users).on_conflict_do_nothing(), rows)


def _searches(conn: Connection, new: _New) -> dict[str, int]:
    """The searches of these watches by key: made where they are missing, and due where one is not paused."""
    questions: dict[str, Question] = {w.question.key: w.question for w in new.watches}
    wanted = {w.question.key for w in new.watches if not w.paused}
    known = _ids(conn, questions, lock=True)
    again = [number for key, number in known.items() if key in wanted]
    # A large import of what is polled already must not spend the day's quota at once.
    _wake(conn, again, new.now, only_resting=len(again) > new.at_once)
    missing = [key for key in questions if key not in known]
    place = count()
    due = {key: new.now + max(0, next(place) - new.at_once) * new.spacing for key in missing if key in wanted}
    made = _make(conn, {key: (questions[key], due.get(key)) for key in missing})
    # Another process may have made one in the same moment, for a watch that is paused.
    _wake(conn, [made[key] for key in due], new.now, only_resting=True)
    return known | made


def _search(conn: Connection, question: Question, now: Instant) -> int:
    """The search of a question; a new one is due now."""
    known = _ids(conn, [question.key], lock=True) or _make(conn, {question.key: (question, now)})
    return known[question.key]


def _make(conn: Connection, missing: Mapping[str, tuple[Question, float | None]]) -> dict[str, int]:
    """New searches, by key, each with the instant it is due at."""
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
        }
        for key, (question, due) in missing.items()
    ]
    conn.execute(upsert(conn, searches).on_conflict_do_nothing(), rows)
    return _ids(conn, missing)


def _ids(conn: Connection, keys: Iterable[str], *, lock: bool = False) -> dict[str, int]:
    """The searches by key. `lock`: nobody lets them rest, or forgets them, before this transaction ends."""
    every = sorted(keys)
    found: dict[str, int] = {}
    for start in range(0, len(every), _CHUNK):
        statement = select(searches.c.key, searches.c.id).where(
            searches.c.key.in_(every[start : start + _CHUNK])
        )
        if lock:
            statement = statement.order_by(searches.c.id).with_for_update(key_share=True)
        found.update({r.key: r.id for r in conn.execute(statement)})
    return found


def _wake(
    conn: Connection,
    ids: Sequence[int],
    now: Instant,
    *,
    only_resting: bool = False,
    only_polled: bool = False,
) -> None:
    resting: ColumnElement[bool] = searches.c.due_at.is_(None)
    # One that is being polled right now looks again: the poll under way knows nothing of the new watch.
    polled_now: ColumnElement[bool] = searches.c.lease_until > now
    later = resting if only_resting else resting | (searches.c.due_at > now) | polled_now
    if only_polled:
        later = polled_now
    for start in range(0, len(ids), _CHUNK):
        some = searches.c.id.in_(ids[start : start + _CHUNK])
        # Never the instant at which it was claimed, by which the poll under way knows that nobody moved it.
        at = case((polled_now, now + 0.001), else_=now)
        conn.execute(update(searches).where(some, later).values(due_at=at))


def _rest(conn: Connection, ids: Iterable[int]) -> None:
    """Searches that no unpaused watch wants any more are due no more."""
    some = searches.c.id.in_(list(ids))
    # Locked by a statement of its own, so that the next one sees the watch of whoever had the lock before.
    conn.execute(select(searches.c.id).where(some).order_by(searches.c.id).with_for_update(key_share=True))
    wanted = exists().where(watches.c.search_id == searches.c.id, watches.c.paused.is_(False))
    conn.execute(update(searches).where(some, ~wanted).values(due_at=None))


def _change(conn: Connection, items: Sequence[tuple[Watch, Instant]]) -> Sequence[bool]:
    tell(conn, POLL)
    return [_change_one(conn, watch, now) for watch, now in items]


def _change_one(conn: Connection, watch: Watch, now: Instant) -> bool:
    ours = (watches.c.id == watch.id) & (watches.c.revision == watch.revision)
    before = conn.execute(select(watches).where(ours).with_for_update()).first()
    if before is None:
        return False
    _know(conn, [watch.user], now)
    search = _search(conn, watch.question, now)
    # Judged by what stands in the row: a poll may have moved the state since `watch` was read.
    anew = search != before.search_id or str(watch.rule) != before.rule
    conn.execute(
        update(watches)
        .where(watches.c.id == watch.id)
        .values(
            **watch_columns(watch),
            search_id=search,
            armed=anew or before.armed,
            baseline_at=None if anew else before.baseline_at,
            revision=watch.revision + 1,
        )
    )
    if anew:  # what was told about another question or by another rule counts no more
        conn.execute(delete(item_states).where(item_states.c.watch_id == watch.id))
    sooner = watch.every is not None and (before.every is None or watch.every < before.every)
    if not watch.paused:
        # One that is being polled just now looks again too: that poll judges what is no more.
        _wake(conn, [search], now, only_polled=not (anew or before.paused or sooner))
    _rest(conn, {search, before.search_id})
    return True


def _remove(conn: Connection, items: Sequence[tuple[WatchId, Instant]]) -> Sequence[bool]:
    results = []
    for watch, _now in items:
        gone = conn.execute(delete(watches).where(watches.c.id == watch).returning(watches.c.search_id)).all()
        _rest(conn, [r.search_id for r in gone])
        results.append(bool(gone))
    return results
