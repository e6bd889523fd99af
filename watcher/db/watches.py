"""Watches: registered, edited, paused and removed, each in one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, func, select, update

from watcher.core.errors import Code, WatcherError
from watcher.core.plan_limits import PlanRefusal
from watcher.core.plans import Plans
from watcher.core.rejections import Precision
from watcher.core.taught import read_taught, taught_key
from watcher.core.times import Instant
from watcher.core.watch import Watch, WatchId
from watcher.db.codec import read_words
from watcher.db.database import Database, Store
from watcher.db.engine import insert_columns, reserve_numbers
from watcher.db.events import record_events, watch_event
from watcher.db.notify import announce_work
from watcher.db.plan_limits import Limits
from watcher.db.row_types import RowDamaged
from watcher.db.rows import (
    SCHEDULED_WATCHES,
    learned_of,
    read_filters,
    watch_columns,
    watch_of,
)
from watcher.db.schema import ACTIVE, REJECTED, TROUBLED, alerts, item_states, searches, watches
from watcher.db.search_rows import (
    KEYS_PER_SELECT,
    deactivate_unwanted,
    delay_first_poll,
    find_or_add_search,
    find_or_add_searches,
    make_due,
)
from watcher.db.users import add_users
from watcher.ports import POLL


class WatchRow(NamedTuple):
    """A watch and the state of its search.

    `error`: the code of the last poll's failure; `suspicion`: why its answer was not believed; both are empty
    after a success. `unreadable`: rows of the last answer that could not be read; `unrecorded`: polls in a
    row whose result could not be stored.
    """

    watch: Watch
    due_at: Instant | None
    polled_at: Instant | None
    error: str = ""
    suspicion: str = ""
    unreadable: int = 0
    unrecorded: int = 0
    value: float | None = None
    estimates: str = ""


class DamagedWatch(NamedTuple):
    """A watch whose row, or that of its search, cannot be read: it is not polled."""

    id: WatchId
    why: str

    @property
    def sentence(self) -> str:
        """What is wrong and what to do."""
        return (
            f"Watch {self.id} cannot be read, so it is not polled: {self.why}. Remove it with "
            f"`watcher watch remove {self.id}`, or restore a backup."
        )


class WatchPage(NamedTuple):
    """Watches by id. `next`: the id after which the next page begins, None on the last page."""

    rows: Sequence[WatchRow]
    damaged: Sequence[DamagedWatch]
    next: int | None


_PURPOSES = (
    select(
        searches.c.key,
        *(
            watches.c[name]
            for name in (
                "id",
                "user_id",
                "rule",
                "exclude",
                "buying",
                "min_feedback",
                "from_country",
                "sellers",
                "unknown_shipping",
                "destination",
                "certainty",
                "taught",
            )
        ),
    )
    .join(searches, watches.c.search_id == searches.c.id)
    .where(watches.c.paused.is_(False), searches.c.key.in_(bindparam("keys", expanding=True)))
    .order_by(watches.c.id)
)


class WatchStore(Store):
    """Registers, reads, edits and removes watches, and the searches that they need.

    A watch whose row cannot be read affects no other: lists name it, and it can be removed. What adds, edits
    or resumes watches raises LimitReached if the plan of their user does not allow it.
    """

    def __init__(self, database: Database, plans: Plans = Plans()) -> None:
        super().__init__(database)
        self._plans = plans

    async def add(
        self,
        new: Sequence[Watch],
        now: Instant,
        first_due: Callable[[int, int], Instant] | None = None,
    ) -> Sequence[WatchId]:
        """Register all watches or none; return their ids in order. `id` and `search_id` are ignored.

        Their searches are due now, or at `first_due` by their place among all new ones: first those that most
        watches want.
        """
        return await self._db.write(_add, new, now, first_due or (lambda *_: now), self._plans)

    async def refused(self, new: Sequence[Watch]) -> Mapping[int, PlanRefusal]:
        """Return the positions of those of these watches that `add` would refuse by a plan, each with why."""
        if not self._plans.all:
            return {}
        return await self._db.write(_refused, new, self._plans)

    def get(self, watch: WatchId) -> Watch | None:
        """Return the watch with this id, None if there is none. Raises WatcherError if it is damaged."""
        found = self.row(watch)
        return found.watch if found else None

    def listed(self, user: str | None = None, tag: str = "") -> Sequence[WatchRow]:
        """Return the watches of one user or with one tag, by default all, by id."""
        return self.page(user, tag).rows

    def page(
        self, user: str | None = None, tag: str = "", *, after: int = 0, limit: int | None = None
    ) -> WatchPage:
        """Return up to `limit` watches with an id above `after`, of one user or with one tag if given."""
        statement = SCHEDULED_WATCHES.order_by(watches.c.id)
        if after:
            statement = statement.where(watches.c.id > after)
        if limit is not None:
            statement = statement.limit(limit + 1)
        if user is not None:
            statement = statement.where(watches.c.user_id == user)
        if tag:
            statement = statement.where(watches.c.tag == tag)
        found = self._db.rows(statement)
        shown = found[:limit]
        read = [_watch_row(r) for r in shown]
        return WatchPage(
            [r for r in read if isinstance(r, WatchRow)],
            [r for r in read if isinstance(r, DamagedWatch)],
            shown[-1].watch_id if len(found) > len(shown) else None,
        )

    def row(self, watch: WatchId) -> WatchRow | None:
        """Return the watch with this id and its schedule, None if there is none.

        Raises WatcherError, which names it, if it is damaged.
        """
        found = self.find(watch)
        if isinstance(found, DamagedWatch):
            raise WatcherError(Code.DATABASE_QUERY_FAILED, found.sentence)
        return found

    def find(self, watch: WatchId) -> WatchRow | DamagedWatch | None:
        """Return the watch with this id, also a damaged one; None if there is none."""
        rows = self._db.rows(SCHEDULED_WATCHES.where(watches.c.id == watch))
        return _watch_row(rows[0]) if rows else None

    def owner(self, watch: WatchId) -> str | None:
        """Return the user of a watch, also of a damaged one; None if there is no such watch."""
        found = self._db.value(select(watches.c.user_id).where(watches.c.id == watch))
        return None if found is None else str(found)

    def owned(self, user: str, ids: Sequence[int]) -> set[int]:
        """Return those of these ids that are watches of a user."""
        found: set[int] = set()
        for start in range(0, len(ids), KEYS_PER_SELECT):
            some = watches.c.id.in_(ids[start : start + KEYS_PER_SELECT])
            rows = self._db.rows(select(watches.c.id).where(watches.c.user_id == user, some))
            found.update(row.id for row in rows)
        return found

    def purposes(self, keys: Sequence[str]) -> dict[tuple[str, ...], list[WatchId]]:
        """Return the ids of the unpaused watches on these searches, by `Watch.purpose`."""
        found: dict[tuple[str, ...], list[WatchId]] = {}
        for start in range(0, len(keys), KEYS_PER_SELECT):
            some = list(keys[start : start + KEYS_PER_SELECT])
            for r in self._db.rows(_PURPOSES, {"keys": some}):
                try:
                    filters = read_filters(r.exclude, r.buying, r.min_feedback, r.from_country, r.sellers).key
                    taught = taught_key(read_taught(r.taught))
                except (
                    ValueError,
                    TypeError,
                ):  # a damaged row, which is reported where it is read as a watch
                    continue
                own = (r.user_id, r.key, r.rule, filters)
                purpose = (*own, r.unknown_shipping, r.destination, r.certainty, taught)
                found.setdefault(purpose, []).append(WatchId(r.id))
        return found

    async def change(self, watch: Watch, now: Instant) -> bool:
        """Write an edited watch; return False if it was changed or removed since it was read.

        A watch with another question or rule starts again: it is armed, has no baseline, and forgets what it
        alerted about.
        """
        return await self.change_all([watch], now)

    async def change_all(self, edited: Sequence[Watch], now: Instant) -> bool:
        """Write all of these watches as `change` does, or none; return False if one was changed meanwhile."""
        try:
            await self._db.write(_change_all, edited, now, self._plans)
        except _Outdated:
            return False
        return True

    async def remove(self, watch: WatchId, now: Instant) -> bool:
        """Remove a watch, but not its alerts; return False if there is none."""
        return await self.remove_all([watch], now)

    async def remove_all(
        self, chosen: Sequence[WatchId], now: Instant, revisions: Mapping[WatchId, int] | None = None
    ) -> bool:
        """Remove all of these watches, but not their alerts, or none.

        Return False if one does not exist, or no longer has the revision that `revisions` names for it.
        """
        try:
            await self._db.write(_remove_all, chosen, now, revisions or {})
        except _Outdated:
            return False
        return True

    def precisions(self, watch: WatchId | None = None) -> Mapping[WatchId, Precision]:
        """Return how many items each watch alerted about, and how many of them the user rejected.

        For one watch if given, else for all watches with rejected items.
        """
        alerted = func.coalesce(func.sum(alerts.c.told), 0)
        statement = (
            select(watches.c.id, watches.c.rejected, alerted.label("alerted"))
            .outerjoin(alerts, alerts.c.watch_id == watches.c.id)
            .group_by(watches.c.id, watches.c.rejected)
        )
        wanted = REJECTED if watch is None else watches.c.id == watch
        found = {}
        for row in self._db.rows(statement.where(wanted)):
            with suppress(ValueError):  # a damaged watch, which `damaged` names
                found[row.id] = Precision(int(row.alerted), len(read_words(row.rejected)))
        return found

    def count(self) -> int:
        """Return the number of unpaused watches."""
        return int(self._db.value(select(func.count()).select_from(watches).where(ACTIVE)) or 0)

    def count_of(self, user: str) -> int:
        """Return the number of a user's watches, paused ones included."""
        return int(self._db.value(select(func.count()).where(watches.c.user_id == user)) or 0)

    def suspicious(self) -> Sequence[tuple[str, str]]:
        """Return (query, reason) of the active searches whose last answer was suspicious, by id."""
        waiting = select(searches.c.query, searches.c.suspicion).where(TROUBLED, searches.c.suspicion != "")
        statement = waiting.order_by(searches.c.id)
        return [(r.query, r.suspicion) for r in self._db.rows(statement)]


def damaged_watch(row: Any, error: ValueError) -> DamagedWatch:
    """Return why the row of a watch cannot be read."""
    why = str(error) if isinstance(error, RowDamaged) else "a value is damaged, or from a newer watcher"
    return DamagedWatch(row.watch_id, why)


def _watch_row(row: Any) -> WatchRow | DamagedWatch:
    try:
        watch = watch_of(row)
    except ValueError as error:
        return damaged_watch(row, error)
    return WatchRow(
        watch,
        row.due_at,
        row.polled_at,
        row.error,
        row.suspicion,
        row.unreadable,
        row.unrecorded,
        *learned_of(row),
    )


def _add(
    conn: Connection,
    new: Sequence[Watch],
    now: Instant,
    first_due: Callable[[int, int], Instant],
    plans: Plans,
) -> Sequence[WatchId]:
    announce_work(conn, POLL)
    if not new:
        return []
    users = {w.user for w in new}
    add_users(conn, users, now)
    limits = Limits(conn, plans, users)
    limits.check_added(new)
    ids = find_or_add_searches(conn, new, now, first_due, _delayed(limits, new, now))
    # Numbers that the database gives would cost a statement for each row.
    added = [WatchId(number) for number in reserve_numbers(conn, watches, len(new))]
    names = ("id", "search_id", "created_at", "armed", "revision", *watch_columns(new[0]))
    rows = [
        (number, ids[w.question.key], now, True, 1, *watch_columns(w).values())
        for number, w in zip(added, new, strict=True)
    ]
    insert_columns(conn, watches, names, rows)
    record_events(conn, [watch_event(w.user, n, 1) for w, n in zip(new, added, strict=True)], now)
    return added


def _delayed(limits: Limits, new: Sequence[Watch], now: Instant) -> Mapping[str, Instant]:
    """Return by key the searches that only watches want whose users have caused enough polls today."""
    active = [watch for watch in new if not watch.paused]
    waiting, until = limits.delayed(Counter(watch.user for watch in active), now)
    if not any(waiting.values()):
        return {}
    left = dict(waiting)
    late: set[str] = set()
    prompt: set[str] = set()
    for watch in reversed(active):  # the last ones wait
        is_late = left.get(watch.user, 0) > 0
        left[watch.user] = left.get(watch.user, 0) - is_late
        (late if is_late else prompt).add(watch.question.key)
    return dict.fromkeys(late - prompt, until)


def _refused(conn: Connection, new: Sequence[Watch], plans: Plans) -> Mapping[int, PlanRefusal]:
    return Limits(conn, plans, {w.user for w in new}).refused(new)


def _change(conn: Connection, watch: Watch, now: Instant, limits: Limits) -> Row[Any]:
    """Write an edited watch; return its row before. Raises _Outdated."""
    announce_work(conn, POLL)
    current = (watches.c.id == watch.id) & (watches.c.revision == watch.revision)
    before = conn.execute(select(watches).where(current).with_for_update()).first()
    if before is None:
        raise _Outdated
    search = find_or_add_search(conn, watch.question, now)
    # State comes from the row, not from `watch`: a poll may have changed it since `watch` was read.
    restart = search != before.search_id or str(watch.rule) != before.rule
    conn.execute(
        update(watches)
        .where(watches.c.id == watch.id)
        .values(
            **watch_columns(watch),
            search_id=search,
            armed=restart or before.armed,
            baseline_at=None if restart else before.baseline_at,
            revision=watch.revision + 1,
        )
    )
    if restart:  # alerts about another question or by another rule do not count
        conn.execute(delete(item_states).where(item_states.c.watch_id == watch.id))
    sooner = watch.every is not None and (before.every is None or watch.every < before.every)
    is_prompt = restart or before.paused or sooner
    if not watch.paused and is_prompt:
        waiting, until = limits.delayed({watch.user: 1}, now)
        if waiting.get(watch.user):
            is_prompt = False
            delay_first_poll(conn, search, now, until)
    if not watch.paused:
        # A poll under way judges the watch as it was, so the search is polled once more.
        make_due(conn, [search], now, only_polled=not is_prompt)
    deactivate_unwanted(conn, {search, before.search_id})
    users = sorted({watch.user, before.user_id})
    record_events(conn, [watch_event(user, watch.id, watch.revision + 1) for user in users], now)
    return before


class _Outdated(WatcherError):
    """A watch was changed or removed since it was read, so the whole transaction is taken back."""

    def __init__(self) -> None:
        super().__init__(Code.INVALID_INPUT)


def _change_all(conn: Connection, edited: Sequence[Watch], now: Instant, plans: Plans) -> None:
    users = {w.user for w in edited}
    add_users(conn, users, now)
    limits = Limits(conn, plans, users)
    limits.check_changed([(_change(conn, watch, now, limits), watch) for watch in edited])


def _remove_all(
    conn: Connection, chosen: Sequence[WatchId], now: Instant, revisions: Mapping[WatchId, int]
) -> None:
    for watch in chosen:
        if not remove_watch(conn, watch, now, revisions.get(watch)):
            raise _Outdated


def remove_watch(conn: Connection, watch: WatchId, now: Instant, expected: int | None) -> bool:
    """Remove a watch; return False if there is none, or none with the `expected` revision."""
    removed = delete(watches).where(watches.c.id == watch)
    if expected is not None:
        removed = removed.where(watches.c.revision == expected)
    row = conn.execute(removed.returning(watches.c.search_id, watches.c.user_id, watches.c.revision)).first()
    if row is None:
        return False
    deactivate_unwanted(conn, [row.search_id])
    revision = row.revision if isinstance(row.revision, int) else 0  # a damaged row is removed as well
    record_events(conn, [watch_event(row.user_id, watch, revision + 1)], now)
    return True
