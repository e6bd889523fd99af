"""Watches that are removed so that they can come back as they were."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, exists, select

from watcher.core.plans import Plans
from watcher.core.times import Instant
from watcher.core.watch import Question, WatchId
from watcher.db.database import Database, Store
from watcher.db.events import record_events, watch_event
from watcher.db.notify import announce_work
from watcher.db.plan_limits import Limits, enforce_plan
from watcher.db.rows import search_of
from watcher.db.schema import item_states, searches, watches
from watcher.db.search_rows import delay_first_poll, find_or_add_search, make_due
from watcher.db.users import add_users
from watcher.db.watches import remove_watch
from watcher.ports import POLL


class RemovedWatch(NamedTuple):
    """What was stored of a watch: its row, its question, and what it has alerted about."""

    row: Mapping[str, Any]
    question: Question
    states: Sequence[Mapping[str, Any]]


class RemovedWatchStore(Store):
    """Removes watches and puts them back; those that the plan of their user no longer allows are paused."""

    def __init__(self, database: Database, plans: Plans) -> None:
        super().__init__(database)
        self._plans = plans

    async def remove(self, chosen: Sequence[int], user: str, now: Instant) -> Sequence[RemovedWatch]:
        """Remove those of these watches that the user has, but not their alerts; return them.

        A watch whose search cannot be read is removed and is not among them.
        """
        return await self._db.write(_remove_all, chosen, user, now)

    async def restore(self, removed: Sequence[RemovedWatch], now: Instant) -> int:
        """Put watches back under their old ids; return how many. One that exists again is left alone.

        They remember what they alerted about, unless housekeeping has removed their search in the meantime.
        """
        return await self._db.write(_restore_all, removed, now, self._plans)


def _remove_all(conn: Connection, chosen: Sequence[int], user: str, now: Instant) -> list[RemovedWatch]:
    found = [one for number in chosen if (one := _read(conn, number, user)) is not None]
    for number in chosen:
        if _is_of(conn, number, user):
            remove_watch(conn, WatchId(number), now, None)
    return found


def _is_of(conn: Connection, number: int, user: str) -> bool:
    wanted = (watches.c.id == number) & (watches.c.user_id == user)
    return bool(conn.scalar(select(exists().where(wanted))))


def _read(conn: Connection, number: int, user: str) -> RemovedWatch | None:
    wanted = (watches.c.id == number) & (watches.c.user_id == user)
    row = conn.execute(select(watches).where(wanted).with_for_update()).mappings().first()
    if row is None:
        return None
    asked = conn.execute(select(searches).where(searches.c.id == row["search_id"])).first()
    try:
        question = asked and search_of(asked, lease="").question
    except ValueError:
        question = None
    states = conn.execute(select(item_states).where(item_states.c.watch_id == number)).mappings().all()
    return RemovedWatch(dict(row), question, [dict(s) for s in states]) if question else None


def _restore_all(conn: Connection, removed: Sequence[RemovedWatch], now: Instant, plans: Plans) -> int:
    announce_work(conn, POLL)
    users = sorted({one.row["user_id"] for one in removed})
    add_users(conn, users, now)
    limits = Limits(conn, plans, users)  # locked before their watches and searches, as everywhere
    count = sum(_restore(conn, one, now, limits) for one in removed)
    for user in users if plans.all else ():
        enforce_plan(conn, plans, user, now, last={one.row["id"] for one in removed})
    return count


def _restore(conn: Connection, one: RemovedWatch, now: Instant, limits: Limits) -> bool:
    row = dict(one.row)
    if conn.scalar(select(exists().where(watches.c.id == row["id"]))):
        return False
    search = find_or_add_search(conn, one.question, now)
    states = one.states
    if search != row["search_id"]:  # nothing is known of what was on offer, so the watch starts again
        row |= {"search_id": search, "baseline_at": None, "armed": True}
        states = ()
    row["revision"] += 2  # its removal was one change, too
    conn.execute(watches.insert(), row)
    if states:
        conn.execute(item_states.insert(), [dict(s) for s in states])
    if not row["paused"]:
        waiting, until = limits.delayed({row["user_id"]: 1}, now)
        if waiting.get(row["user_id"]):
            delay_first_poll(conn, search, now, until)
        make_due(conn, [search], now, only_inactive=True)
    record_events(conn, [watch_event(row["user_id"], row["id"], row["revision"])], now)
    return True
