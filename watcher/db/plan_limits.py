"""What plans allow, applied in the transactions that add or change watches, and those that change plans."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, case, exists, func, select, true, update

from watcher.core.cadence.call_plan import FIRST_AT_ONCE
from watcher.core.plan_limits import LimitReached, PlanRefusal, interval_refusal, watches_refusal
from watcher.core.plans import (
    GRACE,
    PAID_STATUSES,
    PROMPT_POLLS,
    UNLIMITED,
    Plan,
    Plans,
    Subscription,
    SubscriptionStatus,
    prompt_polls,
)
from watcher.core.resilience.quota import utc_day_of
from watcher.core.times import Instant
from watcher.core.tokens import LOCAL
from watcher.core.watch import Watch
from watcher.db.api_usage import book_some
from watcher.db.database import Database, Store
from watcher.db.events import record_events, watch_event
from watcher.db.notify import announce_work
from watcher.db.schema import ACTIVE, subscriptions, tokens, users, watches
from watcher.db.search_rows import KEYS_PER_SELECT, deactivate_unwanted, make_due
from watcher.ports import POLL

# As for requests: the rights of a person, or those of a token of a user that is none.
_ADMIN = case(
    (users.c.person_since.is_not(None), users.c.admin),
    else_=exists().where(tokens.c.user_id == users.c.id, tokens.c.admin, tokens.c.revoked_at.is_(None)),
)
_HOLDERS = select(users.c.id, _ADMIN.label("is_admin"), *subscriptions.c).outerjoin(
    subscriptions, subscriptions.c.user_id == users.c.id
)
_WATCH_COUNTS = select(
    watches.c.user_id,
    func.count(case((watches.c.paused.is_(False), 1))).label("active"),
    func.count(case((watches.c.over_plan & watches.c.paused, 1))).label("over_plan"),
    func.min(watches.c.every).label("shortest"),
).group_by(watches.c.user_id)


_PAID = subscriptions.c.status.in_(PAID_STATUSES) | (
    (subscriptions.c.status == SubscriptionStatus.PAST_DUE)
    & (
        subscriptions.c.unpaid_since.is_(None)
        | (subscriptions.c.confirmed_at < subscriptions.c.unpaid_since + GRACE)
    )
)


class Holder(NamedTuple):
    """A user and the plan it has; `subscription` is None for one who never opened a checkout."""

    user: str
    plan: Plan
    subscription: Subscription | None
    admin: bool


class WatchCounts(NamedTuple):
    """How many watches of a user are unpaused, and how many a plan paused."""

    active: int = 0
    over_plan: int = 0


class Enforced(NamedTuple):
    """How many watches a plan paused, resumed, and slowed down to its shortest interval."""

    paused: int = 0
    resumed: int = 0
    slowed: int = 0


class PlanCounts(NamedTuple):
    """How many users have each plan, by its name, and how many pay a price that no plan has."""

    users: Mapping[str, int]
    strangers: int


class Limits:
    """The plans of the users whose watches one transaction changes; their rows stay locked until its end.

    So of two transactions that each add the last watch of a plan, the second sees the first one's.
    """

    def __init__(self, conn: Connection, plans: Plans, names: Iterable[str]) -> None:
        self._conn, self._plans = conn, plans
        self._limited: dict[str, Plan] = {}
        if plans.all:
            others = {*names} - {LOCAL}
            found = {holder.user: holder.plan for holder in lock_holders(conn, plans, others)}
            held = {user: found.get(user, plans.free) for user in others}  # also by users to come
            self._limited = {user: plan for user, plan in held.items() if plan != UNLIMITED}

    def check_added(self, new: Sequence[Watch]) -> None:
        """Raise LimitReached, which names all that a plan does not allow, if it refuses one of them."""
        self._raise(self.refused(new))

    def refused(self, new: Sequence[Watch]) -> dict[int, PlanRefusal]:
        """Return the positions of new watches that a plan does not allow, each with why."""
        if not self._limited:
            return {}
        used, wanted = self._count(self._limited), dict.fromkeys(self._limited, 0)
        refused: dict[int, PlanRefusal] = {}
        for position, watch in enumerate(new):
            plan = self._limited.get(watch.user)
            if plan is None:
                continue
            if refusal := self._interval_refusal(plan, watch):
                refused[position] = refusal
                continue
            wanted[watch.user] += not watch.paused
            total = used[watch.user] + wanted[watch.user]
            # Without room for any watch not even a paused one is added.
            if plan.watches == 0 or (not watch.paused and _exceeds(total, plan.watches)):
                refused[position] = watches_refusal(self._plans, plan, watch.user, used[watch.user], total)
        return refused

    def delayed(self, wanted: Mapping[str, int], now: Instant) -> tuple[Mapping[str, int], Instant]:
        """Count polls that users cause at once; return how many of them must wait, by user, and until when.

        A user without a limit never waits.
        """
        day, delayed = utc_day_of(now), {}
        for user, count in wanted.items():
            most = prompt_polls(self._limited.get(user, UNLIMITED))
            if most is not None:
                booked = book_some(self._conn, user, PROMPT_POLLS, day.start, count, most)
                delayed[user] = count - booked
        return delayed, day.end

    def check_changed(self, changed: Sequence[tuple[Any, Watch]]) -> None:
        """Refuse changes, each from the row before, that were written and that a plan does not allow.

        A watch that stays as it was in what a plan limits is not refused. Raises LimitReached.
        """
        if not self._limited:
            return
        gained: dict[str, list[int]] = {user: [] for user in self._limited}
        refused: dict[int, PlanRefusal] = {}
        for position, (before, watch) in enumerate(changed):
            plan = self._limited.get(watch.user)
            if plan is None:
                continue
            is_moved = before.user_id != watch.user
            if (is_moved or before.every != watch.every) and (refusal := self._interval_refusal(plan, watch)):
                refused[position] = refusal
            if not watch.paused and (is_moved or before.paused):
                gained[watch.user].append(position)
        counts = self._count(user for user, positions in gained.items() if positions)
        for user, count in counts.items():
            plan, positions = self._limited[user], gained[user]
            used = count - len(positions)
            if _exceeds(count, plan.watches):
                refusal = watches_refusal(self._plans, plan, user, used, count)
                refused |= dict.fromkeys(positions[max(0, (plan.watches or 0) - used) :], refusal)
        self._raise(refused)

    def _interval_refusal(self, plan: Plan, watch: Watch) -> PlanRefusal | None:
        if plan.min_every is None or watch.every is None or watch.every >= plan.min_every:
            return None
        return interval_refusal(self._plans, plan, watch.user, watch.every)

    def _count(self, names: Iterable[str]) -> dict[str, int]:
        return _count_active(self._conn, [*names])

    @staticmethod
    def _raise(refused: Mapping[int, PlanRefusal]) -> None:
        if refused:
            raise LimitReached(refused[min(refused)], refused)


class PlanLimitStore(Store):
    """Applies the configured plans to the watches that are stored, and reads the plan of each user."""

    def __init__(self, database: Database, plans: Plans) -> None:
        super().__init__(database)
        self.plans = plans

    def holder(self, user: str) -> Holder:
        """Return a user with its plan; one that does not exist yet has the plan of those who pay nothing."""
        rows = self._db.rows(_HOLDERS.where(users.c.id == user))
        if rows:
            return _holder_of(rows[0], self.plans)
        return Holder(user, self.plans.plan_of(user, None, admin=False), None, admin=False)

    def holders(self, *, after: str = "", limit: int | None = None) -> Sequence[Holder]:
        """Return all users with their plans, by name; or up to `limit` of those after a name."""
        found = _HOLDERS.where(users.c.id > after).order_by(users.c.id).limit(limit)
        return [_holder_of(row, self.plans) for row in self._db.rows(found)]

    def count_users(self) -> PlanCounts:
        """Count the users of each plan that some have, in one query that returns a row for each."""
        plans, price = self.plans, subscriptions.c.price
        bought = [((_PAID & (price == plan.price_id)), plan.name) for plan in reversed(plans.priced)]
        is_unlimited = (users.c.id == LOCAL) | _ADMIN.is_(true())
        named = case((is_unlimited, UNLIMITED.name), *bought, else_=plans.free.name).label("plan")
        strange = func.count(case((self._is_strange(), 1))).label("strange")
        counted = select(named, func.count().label("n"), strange).select_from(
            users.outerjoin(subscriptions, subscriptions.c.user_id == users.c.id)
        )
        rows = self._db.rows(counted.group_by(named))
        return PlanCounts({row.plan: row.n for row in rows}, sum(row.strange for row in rows))

    def strangers(self, limit: int) -> Sequence[Holder]:
        """Return up to `limit` users who pay a price that no plan has; without plans that means nothing."""
        if not self.plans.all:
            return []
        found = _HOLDERS.where(self._is_strange()).order_by(users.c.id).limit(limit)
        return [_holder_of(row, self.plans) for row in self._db.rows(found)]

    def _is_strange(self) -> ColumnElement[bool]:
        prices = [plan.price_id for plan in self.plans.priced]
        return _PAID & (subscriptions.c.price != "") & subscriptions.c.price.not_in(prices)

    def count_paused(self) -> int:
        """Return how many watches plans have paused."""
        paused = select(func.count()).where(watches.c.over_plan, watches.c.paused)
        return int(self._db.value(paused) or 0)

    def watch_counts(self, *names: str) -> Mapping[str, WatchCounts]:
        """Return what each user who has watches has of them, or those of these names."""
        statement = _WATCH_COUNTS.where(watches.c.user_id.in_(names)) if names else _WATCH_COUNTS
        return {row.user_id: WatchCounts(row.active, row.over_plan) for row in self._db.rows(statement)}

    async def enforce(self, now: Instant) -> Enforced:
        """Pause, resume and slow down the watches of all users as their plans say now; return the sums.

        One transaction per user whose watches do not fit, so that no other write waits long.
        """
        total = Enforced()
        for user in self._users_to_visit():
            done = await self._db.write(enforce_plan, self.plans, user, now)
            total = Enforced(*(sum(pair) for pair in zip(total, done, strict=True)))
        return total

    def _users_to_visit(self) -> list[str]:
        """Return the users whose watches may not fit their plan."""
        if not self.plans.all:  # what a plan paused is resumed
            rows = self._db.rows(select(watches.c.user_id).where(watches.c.over_plan).distinct())
            return sorted(row.user_id for row in rows)
        plans = {holder.user: holder.plan for holder in self.holders()}
        visited = []
        for row in self._db.rows(_WATCH_COUNTS):
            plan = plans.get(row.user_id, UNLIMITED)
            has_surplus = plan.watches is not None and row.active > plan.watches
            has_room = row.over_plan and (plan.watches is None or row.active < plan.watches)
            is_fast = plan.min_every is not None and (row.shortest or plan.min_every) < plan.min_every
            if has_surplus or has_room or is_fast:
                visited.append(row.user_id)
        return visited


def lock_holders(conn: Connection, plans: Plans, names: Collection[str]) -> Sequence[Holder]:
    """Lock the rows of users until the end of the transaction; return those that exist with their plans."""
    ordered = sorted(names)
    found: list[Holder] = []
    for start in range(0, len(ordered), KEYS_PER_SELECT):
        some = users.c.id.in_(ordered[start : start + KEYS_PER_SELECT])
        # A poll that records an alert of the user need not wait for it.
        conn.execute(select(users.c.id).where(some).order_by(users.c.id).with_for_update(key_share=True))
        # A separate statement: it sees what the transaction committed that held the lock.
        found += [_holder_of(row, plans) for row in conn.execute(_HOLDERS.where(some))]
    return found


def enforce_plan(
    conn: Connection, plans: Plans, user: str, now: Instant, last: Collection[int] = ()
) -> Enforced:
    """Make the watches of a user fit the plan that the user has now; return how many were changed.

    Those beyond the limit are paused, the newest first and before them the ones in `last`; those that a plan
    paused are resumed if it allows them again, the oldest first. An interval that is too short is raised.
    """
    found = lock_holders(conn, plans, [user])
    if not found:
        return Enforced()
    plan, limit = found[0].plan, found[0].plan.watches
    slowed: Sequence[int] = []
    if plan.min_every is not None:
        mine = watches.c.user_id == user
        slowed = conn.scalars(select(watches.c.id).where(mine, watches.c.every < plan.min_every)).all()
        _alter(conn, user, slowed, now, every=plan.min_every)
    active = _count_active(conn, [user])[user]
    if limit is not None and active > limit:
        paused = _surplus(conn, user, active - limit, last)
        deactivate_unwanted(conn, _alter(conn, user, paused, now, paused=True, over_plan=True))
        return Enforced(paused=len(paused), slowed=len(slowed))
    resumed = _waiting(conn, user, None if limit is None else limit - active)
    again = _alter(conn, user, resumed, now, paused=False, over_plan=False)
    # As with an import: many must not spend the day's quota at once.
    large = len(again) > FIRST_AT_ONCE
    make_due(conn, again, now, only_inactive=large, paced=large)
    return Enforced(resumed=len(resumed), slowed=len(slowed))


def _exceeds(count: int, limit: int | None) -> bool:
    return limit is not None and count > limit


def _holder_of(row: Any, plans: Plans) -> Holder:
    subscription, admin = subscription_of(row), bool(row.is_admin)
    return Holder(row.id, plans.plan_of(row.id, subscription, admin=admin), subscription, admin)


def subscription_of(row: Any) -> Subscription | None:
    """Return the subscription in a row that has the columns of `subscriptions`; None if they are NULL."""
    if row.user_id is None:
        return None
    try:
        status = SubscriptionStatus(row.status)
    except ValueError:  # a newer word of Stripe, which buys nothing
        status = SubscriptionStatus.NONE
    return Subscription(
        row.user_id,
        row.customer,
        row.subscription,
        status,
        row.price,
        row.paid_until,
        row.ends_at,
        row.unpaid_since,
        row.changed_at,
        row.confirmed_at,
        row.check_at,
    )


def _count_active(conn: Connection, names: Sequence[str]) -> dict[str, int]:
    """Return the number of unpaused watches of each of these users."""
    counts = dict.fromkeys(names, 0)
    for start in range(0, len(names), KEYS_PER_SELECT):
        some = watches.c.user_id.in_(names[start : start + KEYS_PER_SELECT])
        counted = select(watches.c.user_id, func.count().label("n")).where(some, ACTIVE)
        counts |= {row.user_id: row.n for row in conn.execute(counted.group_by(watches.c.user_id))}
    return counts


def _surplus(conn: Connection, user: str, count: int, last: Collection[int]) -> Sequence[int]:
    """Return the ids of the unpaused watches of a user that are paused first."""
    own = select(watches.c.id).where(watches.c.user_id == user, ACTIVE)
    ordered = conn.scalars(own.order_by(watches.c.created_at.desc(), watches.c.id.desc())).all()
    return sorted(ordered, key=lambda number: number not in last)[:count] if last else ordered[:count]


def _waiting(conn: Connection, user: str, room: int | None) -> Sequence[int]:
    """Return the ids of the watches of a user that a plan paused and that are resumed first."""
    waiting = select(watches.c.id).where(watches.c.user_id == user, watches.c.over_plan, watches.c.paused)
    ordered = waiting.order_by(watches.c.created_at, watches.c.id)
    return conn.scalars(ordered if room is None else ordered.limit(room)).all()


def _alter(conn: Connection, user: str, ids: Sequence[int], now: Instant, **values: object) -> Sequence[int]:
    """Change watches of a user as an edit does; return the ids of their searches."""
    found: set[int] = set()
    ordered = sorted(ids)
    for start in range(0, len(ordered), KEYS_PER_SELECT):
        some = watches.c.id.in_(ordered[start : start + KEYS_PER_SELECT])
        # Locked in the order of their ids, as polls do it.
        conn.execute(select(watches.c.id).where(some).order_by(watches.c.id).with_for_update())
        # With the new revision a poll under way records nothing for a watch that is paused now.
        changed = update(watches).where(some).values(**values, revision=watches.c.revision + 1)
        rows = conn.execute(changed.returning(watches.c.id, watches.c.search_id, watches.c.revision)).all()
        found.update(row.search_id for row in rows)
        record_events(conn, [watch_event(user, row.id, row.revision) for row in rows], now)
    if ids:
        announce_work(conn, POLL)
    return sorted(found)
