"""Users: made a person who can sign in, given rights, and removed with what belongs to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, func, select, update

from watcher.core.billing import CheckoutState, is_living
from watcher.core.people import (
    Belongings,
    MissingUser,
    OpenCheckout,
    StillPaying,
    UndecidedWatches,
    UserAccount,
)
from watcher.core.plans import Plans
from watcher.core.times import Instant
from watcher.core.tokens import LOCAL
from watcher.db.database import Database, Store
from watcher.db.events import record_events, watch_event
from watcher.db.plan_limits import enforce_plan, subscription_of
from watcher.db.schema import (
    MESSAGE_REF,
    alerts,
    api_usage,
    checkouts,
    events,
    evidence,
    idempotency_keys,
    identifications,
    outbox,
    scan_sessions,
    sessions,
    sign_in_links,
    silences,
    subscriptions,
    tokens,
    users,
    watches,
)
from watcher.db.search_rows import deactivate_unwanted
from watcher.db.users import add_users

_COLUMNS = (users.c.id, users.c.created_at, users.c.person_since, users.c.admin)
# A range, because SQLite uses no index for IS NOT NULL.
_ANY = select(users.c.person_since).where(users.c.person_since > 0.0).limit(1)
_OPEN_CHECKOUT = select(checkouts.c.id).where(
    checkouts.c.user_id == bindparam("user"), checkouts.c.state == CheckoutState.OPEN
)
_FIND = select(*_COLUMNS).where(users.c.id == bindparam("user"))


class Removal(NamedTuple):
    """What was moved or deleted with a user: the numbers of rows.

    `paused`: watches that the plan of the new owner does not allow.
    """

    watches: int
    alerts: int
    messages: int
    tokens: int
    sessions: int
    paused: int = 0


class PeopleStore(Store):
    """Stores users and their rights.

    What changes the rights or the watches of a user makes the watches fit the plan again.
    """

    def __init__(self, database: Database, plans: Plans = Plans()) -> None:
        super().__init__(database)
        self._plans = plans

    def any(self) -> bool:
        """Whether a person exists: from then on the API requires a session or a token."""
        return bool(self._db.rows(_ANY))

    def find(self, user: str) -> UserAccount | None:
        """Return the user of this name, None if there is none."""
        rows = self._db.rows(_FIND, {"user": user})
        return _user_of(rows[0]) if rows else None

    def listed(self, now: Instant) -> Sequence[tuple[UserAccount, Belongings]]:
        """Return all users with what belongs to them, by name."""
        owned = {
            "watches": _counted(watches),
            "alerts": _counted(alerts),
            "tokens": _counted(tokens, tokens.c.revoked_at.is_(None)),
            "sessions": _counted(sessions, sessions.c.expires_at > now),
        }
        counts = {
            kind: {r.user_id: r.n for r in self._db.rows(statement)} for kind, statement in owned.items()
        }
        found = [_user_of(r) for r in self._db.rows(select(*_COLUMNS).order_by(users.c.id))]
        return [(u, Belongings(**{kind: n.get(u.name, 0) for kind, n in counts.items()})) for u in found]

    async def add(self, user: str, now: Instant, *, admin: bool | None = None) -> UserAccount:
        """Make a user a person, also a user that only owns watches or tokens; add the user if there is none.

        `admin` gives or takes the rights of an admin, also of one who is a person already; by default the
        rights stay as they are, and a new person has none. Raises NameTaken if the user is new and its name
        looks like that of another.
        """
        return await self._db.write(_add, user, now, self._plans, admin=admin)

    async def remove(
        self,
        user: str,
        now: Instant,
        *,
        heir: str | None = None,
        delete_watches: bool = False,
        sells: bool = False,
    ) -> Removal:
        """Remove a user with sessions, sign-in links and tokens.

        Watches and alerts go to `heir`, with their state and waiting messages, or are deleted with their
        messages. Revoked tokens stay as rows of `local`, whose own row stays too. `sells`: Stripe can be
        asked, so that open checkouts must be ended and what is due must be asked first. Raises MissingUser,
        StillPaying, OpenCheckout, and UndecidedWatches if neither was chosen and there are any.
        """
        chosen = {"delete_watches": delete_watches, "sells": sells}
        return await self._db.write(_remove, user, now, heir, self._plans, **chosen)


def _counted(table: Any, *conditions: Any) -> Any:
    return select(table.c.user_id, func.count().label("n")).where(*conditions).group_by(table.c.user_id)


def _user_of(row: Row[Any]) -> UserAccount:
    return UserAccount(
        row.id, row.created_at, row.person_since, bool(row.admin) and row.person_since is not None
    )


def _add(conn: Connection, user: str, now: Instant, plans: Plans, *, admin: bool | None) -> UserAccount:
    add_users(conn, [user], now)
    values: dict[str, Any] = {"person_since": func.coalesce(users.c.person_since, now)}
    if admin is not None:
        values["admin"] = admin
    made = update(users).where(users.c.id == user).values(values).returning(*_COLUMNS)
    account = _user_of(conn.execute(made).one())
    if plans.all:
        enforce_plan(conn, plans, user, now)
    return account


def _remove(
    conn: Connection,
    user: str,
    now: Instant,
    heir: str | None,
    plans: Plans,
    *,
    delete_watches: bool,
    sells: bool,
) -> Removal:
    names = {user, heir, LOCAL} - {None}
    add_users(conn, [LOCAL], now)
    # Locked in one order: until the commit no watch or token is added, and the heir is not removed.
    locked = select(users.c.id).where(users.c.id.in_(names)).order_by(users.c.id).with_for_update()
    found = set(conn.scalars(locked))
    for name in (user, heir):
        if name is not None and name not in found:
            raise MissingUser(name)
    row = conn.execute(select(subscriptions).where(subscriptions.c.user_id == user)).first()
    subscription = subscription_of(row) if row else None
    if subscription is not None and is_living(subscription.status):
        raise StillPaying(user)
    # A poll that has just recorded its alerts has ended then, and another finds its watches gone or changed.
    own = select(watches.c.id).where(watches.c.user_id == user).order_by(watches.c.id)
    watched, alerted = len(conn.scalars(own.with_for_update()).all()), _count_alerts(conn, user)
    if (watched or alerted) and heir is None and not delete_watches:
        raise UndecidedWatches(user, watched, alerted)
    # What is due to be asked is not known: after a restore the user may pay without being known to.
    is_due = subscription is not None and subscription.check_at is not None
    if sells and (is_due or conn.execute(_OPEN_CHECKOUT, {"user": user}).first()):
        raise OpenCheckout(user)
    messages = paused = 0
    if heir is None:
        messages = _delete_watches(conn, user)
    else:
        moved = _move_watches(conn, user, heir, now)
        if plans.all:
            paused = enforce_plan(conn, plans, heir, now, last=moved).paused
    ended = conn.execute(delete(sessions).where(sessions.c.user_id == user)).rowcount
    for table in (
        sign_in_links,
        idempotency_keys,
        events,
        scan_sessions,
        api_usage,
        checkouts,
        subscriptions,
    ):
        conn.execute(delete(table).where(table.c.user_id == user))
    conn.execute(delete(identifications).where(identifications.c.owner == user))
    revoked = _revoke_tokens(conn, user, now)
    if user == LOCAL:
        conn.execute(update(users).where(users.c.id == user).values(person_since=None, admin=False))
    else:
        conn.execute(delete(users).where(users.c.id == user))
    return Removal(watched, alerted, messages, revoked, ended, paused)


def _count_alerts(conn: Connection, user: str) -> int:
    return int(conn.scalar(select(func.count()).where(alerts.c.user_id == user)) or 0)


def _move_watches(conn: Connection, user: str, heir: str, now: Instant) -> set[int]:
    """Give the watches and alerts of a user to another; return the ids of the watches."""
    # With the new revision a poll under way records nothing for the old user.
    moved = update(watches).where(watches.c.user_id == user)
    changed = moved.values(user_id=heir, revision=watches.c.revision + 1)
    rows = conn.execute(changed.returning(watches.c.id, watches.c.revision)).all()
    record_events(conn, [watch_event(heir, row.id, row.revision) for row in rows], now)
    conn.execute(update(alerts).where(alerts.c.user_id == user).values(user_id=heir))
    return {row.id for row in rows}


def _delete_watches(conn: Connection, user: str) -> int:
    """Delete the watches and alerts of a user; return the number of messages that went with them."""
    mine = alerts.c.user_id == user
    about = outbox.c.ref.in_(select(MESSAGE_REF).where(mine))
    messages = conn.execute(delete(outbox).where(outbox.c.kind == "alert", about)).rowcount
    used_by_others = select(alerts.c.evidence).where(alerts.c.user_id != user, alerts.c.evidence.is_not(None))
    unused = evidence.c.id.in_(select(alerts.c.evidence).where(mine)) & evidence.c.id.not_in(used_by_others)
    conn.execute(delete(evidence).where(unused))
    conn.execute(delete(alerts).where(mine))
    own = select(watches.c.id).where(watches.c.user_id == user)
    conn.execute(delete(silences).where(silences.c.watch_id.in_(own)))
    gone = delete(watches).where(watches.c.user_id == user).returning(watches.c.search_id)
    deactivate_unwanted(conn, conn.scalars(gone).all())
    return messages


def _revoke_tokens(conn: Connection, user: str, now: Instant) -> int:
    """Revoke the tokens of a user and give their rows to `local`; return how many were valid.

    The rows stay, so that the API never becomes open again.
    """
    mine = tokens.c.user_id == user
    valid = update(tokens).where(mine, tokens.c.revoked_at.is_(None))
    revoked = conn.execute(valid.values(revoked_at=now)).rowcount
    conn.execute(update(tokens).where(mine).values(user_id=LOCAL))
    return revoked
