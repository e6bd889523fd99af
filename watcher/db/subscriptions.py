"""Subscriptions and checkouts: what Stripe last said, stored together with what it does to watches."""

from __future__ import annotations

import math
import secrets
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from watcher.core.alerts import OpsNotice
from watcher.core.billing import (
    CHECKOUT_SECONDS,
    FIRST_LOOK_SECONDS,
    BillingEvent,
    BillingTruth,
    Checkout,
    CheckoutState,
    gives_a_plan,
    is_doubtful,
    is_living,
    leaves_doubt,
    next_look,
    state_of_event,
    state_of_truth,
)
from watcher.core.deliveries import OPS_DESTINATION
from watcher.core.events import ChangeEvent, EventType
from watcher.core.people import MissingUser
from watcher.core.plans import Plans, Subscription
from watcher.core.times import DAY, Instant, Seconds
from watcher.db.codec import write_notification
from watcher.db.database import Database, Store
from watcher.db.engine import upsert
from watcher.db.events import record_events
from watcher.db.notify import announce_work
from watcher.db.outbox import message_row
from watcher.db.plan_limits import enforce_plan, lock_holders, subscription_of
from watcher.db.schema import checkouts, installation, outbox, stripe_events, subscriptions, users
from watcher.ports import DELIVER

_SECRET, _SECRET_BYTES = "billing", 32  # of the installation: its name and length
_OPEN = checkouts.c.state == CheckoutState.OPEN
_FIND = select(subscriptions).where(subscriptions.c.user_id == bindparam("user"))
_FIND_SECRET = select(installation.c.value).where(installation.c.name == _SECRET)
_OPEN_OF = select(checkouts).where(checkouts.c.user_id == bindparam("user"), _OPEN).order_by(checkouts.c.id)
_LONGEST_WAIT = 2 * DAY  # a time further ahead was written by a wrong clock
_is_due = (subscriptions.c.check_at <= bindparam("now")) | (
    subscriptions.c.check_at > bindparam("now") + _LONGEST_WAIT
)
_ANY_DUE = select(subscriptions.c.user_id).where(_is_due).limit(1)
_DUE = (
    select(subscriptions)
    .where(_is_due)
    .order_by(subscriptions.c.check_at, subscriptions.c.user_id)
    .limit(bindparam("most"))
    .with_for_update(skip_locked=True)
)


class Begun(NamedTuple):
    """What is stored of a user, and the open checkout; None for one who pays already."""

    stored: Subscription
    checkout: Checkout | None


class Handled(NamedTuple):
    """What became of an event. `user`: whose it is, empty if that is not known, or it was handled before.

    `doubtful`: Stripe must be asked what is true.
    """

    user: str = ""
    doubtful: bool = False


class SubscriptionStore(Store):
    """Stores subscriptions. What changes one makes the watches of its user fit the plan at once."""

    def __init__(self, database: Database, plans: Plans) -> None:
        super().__init__(database)
        self._plans = plans

    def find(self, user: str) -> Subscription | None:
        """Return what is stored of a user; None for one who never opened a checkout."""
        rows = self._db.rows(_FIND, {"user": user})
        return subscription_of(rows[0]) if rows else None

    def open_checkouts(self, user: str) -> Sequence[Checkout]:
        """Return the checkouts of a user that are open, the oldest first."""
        return [_checkout_of(row) for row in self._db.rows(_OPEN_OF, {"user": user})]

    def users(self) -> Sequence[str]:
        """Return the names of all users."""
        return [row.id for row in self._db.rows(select(users.c.id))]

    async def secret(self) -> str:
        """Return the installation's secret, from which references of users are made; made now if need be."""
        found = self._db.value(_FIND_SECRET)
        return str(found or await self._db.write(_make_secret))

    async def adopt_customer(self, user: str, customer: str, now: Instant) -> bool:
        """Store a customer of a user that was found at Stripe; return whether it is the one that counts.

        What it pays for is asked soon, even if this process ends before.
        """
        return await self._db.write(_adopt, self._plans, user, customer, now)

    async def report_stray(self, customer: str, notice: OpsNotice) -> bool:
        """Report to operators a customer that no user has, once; return whether that was done now."""
        return await self._db.write(_report_stray, customer, notice)

    async def begin_checkout(
        self, user: str, price: str, key: str, now: Instant, learned: Subscription | None
    ) -> Begun | None:
        """Return the open checkout of a user, of whatever price; a new one with `key` if there is none.

        `learned`: what is stored since Stripe was asked. If it has changed, no checkout is begun, and the
        result is None: the user may have paid meanwhile. Raises MissingUser.
        """
        return await self._db.write(_begin, self._plans, user, price, key, now, learned)

    async def note_customer(self, user: str, customer: str) -> str:
        """Store the customer of a user; return the one that counts, which is the first that was stored."""
        return await self._db.write(_note_customer, user, customer)

    async def note_session(self, checkout: int, session: str, url: str, now: Instant) -> bool:
        """Store the session of a checkout; return whether it is still open, so that it may be paid."""
        return await self._db.write(_note_session, checkout, session, url, now)

    async def close_checkout(self, checkout: int, state: CheckoutState) -> None:
        """Store what became of a checkout."""
        await self._db.write(_close, checkout, state)

    async def apply_event(self, event: BillingEvent, now: Instant) -> Handled:
        """Store an event and what it changes, once; nothing of one of which no user is known."""
        return await self._db.write(_apply, self._plans, event, now)

    async def store_truth(
        self, expected: Subscription, truth: BillingTruth, now: Instant
    ) -> Subscription | None:
        """Store what Stripe says and return it; None without a change if `expected` is not stored any more.

        Then the answer may be older than what was stored meanwhile, and Stripe must be asked again.
        """
        return await self._db.write(_store_truth, self._plans, expected, truth, now)

    async def forget_customer(self, user: str, customer: str) -> None:
        """Forget a customer that Stripe does not know, unless it may still pay."""
        await self._db.write(_forget_customer, self._plans, user, customer)

    async def claim_due(self, now: Instant, most: int, lease: Seconds) -> Sequence[Subscription]:
        """Return subscriptions that are due to be looked at; no other call gets them for `lease` seconds."""
        if not self._db.rows(_ANY_DUE, {"now": now}):
            return ()
        return await self._db.write(_claim_due, now, most, lease)

    async def look_later(self, claimed: Sequence[Subscription], at: Instant) -> None:
        """Have claimed subscriptions looked at later, unless an event has made one due meanwhile."""
        await self._db.write(_look_later, claimed, at)


def _make_secret(conn: Connection) -> str:
    made = {"name": _SECRET, "value": secrets.token_hex(_SECRET_BYTES)}
    conn.execute(upsert(conn, installation).on_conflict_do_nothing(), made)
    return str(conn.scalar(_FIND_SECRET))


def _adopt(conn: Connection, plans: Plans, user: str, customer: str, now: Instant) -> bool:
    if not _lock(conn, plans, user):
        return False
    if (stored := _find(conn, user)) is None:
        stored = Subscription(user)
        conn.execute(insert(subscriptions), _row_of(stored))
    if _note_customer(conn, user, customer) != customer:
        return False
    _mark(conn, stored, now)
    return True


def _report_stray(conn: Connection, customer: str, notice: OpsNotice) -> bool:
    reported = {"id": f"stray {customer}", "type": "stray", "received_at": notice.at}
    if not conn.execute(upsert(conn, stripe_events).on_conflict_do_nothing(), reported).rowcount:
        return False
    row = message_row("ops", notice.incident_id, OPS_DESTINATION, write_notification(notice), notice.at)
    conn.execute(insert(outbox), row)
    announce_work(conn, DELIVER)
    return True


def _begin(
    conn: Connection,
    plans: Plans,
    user: str,
    price: str,
    key: str,
    now: Instant,
    learned: Subscription | None,
) -> Begun | None:
    if not _lock(conn, plans, user):
        raise MissingUser(user)
    stored = _find(conn, user)
    if stored is not None and is_living(stored.status):
        return Begun(stored, None)
    found = conn.execute(_OPEN_OF, {"user": user}).first()
    if found is None and stored != learned:
        return None
    if stored is None:
        stored = Subscription(user)
        conn.execute(insert(subscriptions), _row_of(stored))
    if found is None:
        new = {
            "user_id": user,
            "price": price,
            "key": key,
            "state": CheckoutState.OPEN.value,
            "created_at": now,
            "expires_at": float(int(now + CHECKOUT_SECONDS)),
        }
        conn.execute(insert(checkouts), new)
        found = conn.execute(_OPEN_OF, {"user": user}).one()
        # If this process ends before Stripe answers, the next look finds out what came of it.
        _look_by(conn, stored, Instant(now + FIRST_LOOK_SECONDS))
    return Begun(stored, _checkout_of(found))


def _note_customer(conn: Connection, user: str, customer: str) -> str:
    mine = subscriptions.c.user_id == user
    conn.execute(update(subscriptions).where(mine, subscriptions.c.customer == "").values(customer=customer))
    return str(conn.scalar(select(subscriptions.c.customer).where(mine)) or "")


def _note_session(conn: Connection, checkout: int, session: str, url: str, now: Instant) -> bool:
    noted = update(checkouts).where(checkouts.c.id == checkout, _OPEN).values(session=session, url=url)
    row = conn.execute(noted.returning(*checkouts.c)).first()
    if row is None:
        return False
    stored = _find(conn, row.user_id)
    if stored is not None and (at := next_look(stored, _checkout_of(row), now)) is not None:
        _look_by(conn, stored, at)
    return True


def _close(conn: Connection, checkout: int, state: CheckoutState) -> None:
    conn.execute(update(checkouts).where(checkouts.c.id == checkout, _OPEN).values(state=state.value))


def _apply(conn: Connection, plans: Plans, event: BillingEvent, now: Instant) -> Handled:
    row = {"id": event.id, "type": event.type, "received_at": now}
    if not conn.execute(upsert(conn, stripe_events).on_conflict_do_nothing(), row).rowcount:
        return Handled()
    user = _user_of(conn, event)
    if not user or not _lock(conn, plans, user) or (stored := _find(conn, user)) is None:
        # Nothing came of it yet: if what follows fails, Stripe sends it again.
        conn.execute(delete(stripe_events).where(stripe_events.c.id == event.id))
        return Handled(doubtful=True)
    if event.customer and not stored.customer:
        stored = stored._replace(customer=event.customer)
        _put(conn, stored)
    if event.session:
        state = CheckoutState.PAID if event.paid else CheckoutState.EXPIRED
        own = (checkouts.c.session == event.session) | (checkouts.c.key == event.reference)
        conn.execute(update(checkouts).where(own, _OPEN).values(state=state.value))
        if not event.paid:
            return Handled(user)
    is_foreign, doubtful = event.customer != stored.customer, is_doubtful(stored, event)
    if is_foreign or (doubtful and not gives_a_plan(stored, event)):
        _mark(conn, stored, now)
        return Handled(user, doubtful=True)
    new = state_of_event(stored, event, _prices(plans))
    doubtful = doubtful or leaves_doubt(new)
    _put(conn, new._replace(check_at=_next(conn, new, now)))
    _announce(conn, stored, new, now)
    if doubtful:
        _mark(conn, new, now)
    enforce_plan(conn, plans, user, now)
    return Handled(user, doubtful=doubtful)


def _user_of(conn: Connection, event: BillingEvent) -> str:
    """Return whose event it is; empty if neither its customer nor its checkout is known."""
    if event.customer:
        mine = select(subscriptions.c.user_id).where(subscriptions.c.customer == event.customer)
        if user := conn.scalar(mine):
            return str(user)
    own = []
    if event.session:
        own.append(checkouts.c.session == event.session)
    if event.reference:
        own.append(checkouts.c.key == event.reference)
    for condition in own:
        if user := conn.scalar(select(checkouts.c.user_id).where(condition)):
            return str(user)
    return ""


def _store_truth(
    conn: Connection, plans: Plans, expected: Subscription, truth: BillingTruth, now: Instant
) -> Subscription | None:
    _lock(conn, plans, expected.user)
    if _find(conn, expected.user) != expected:
        return None
    new = state_of_truth(expected, truth, _prices(plans))
    new = new._replace(check_at=_next(conn, new, now))
    _put(conn, new)
    _announce(conn, expected, new, now)
    enforce_plan(conn, plans, expected.user, now)
    return new


def _forget_customer(conn: Connection, plans: Plans, user: str, customer: str) -> None:
    _lock(conn, plans, user)
    stored = _find(conn, user)
    if stored is not None and stored.customer == customer and not is_living(stored.status):
        _put(conn, stored._replace(customer="", subscription=""))


def _lock(conn: Connection, plans: Plans, user: str) -> bool:
    """Lock a user until the end of the transaction; return whether there is one."""
    return bool(lock_holders(conn, plans, [user]))


def _claim_due(conn: Connection, now: Instant, most: int, lease: Seconds) -> Sequence[Subscription]:
    until = Instant(now + lease)
    rows = conn.execute(_DUE, {"now": now, "most": most}).all()
    due = [found for row in rows if (found := subscription_of(row))]
    names = [one.user for one in due]
    conn.execute(update(subscriptions).where(subscriptions.c.user_id.in_(names)).values(check_at=until))
    return [one._replace(check_at=until) for one in due]


def _look_later(conn: Connection, claimed: Sequence[Subscription], at: Instant) -> None:
    for one in claimed:
        same = (subscriptions.c.user_id == one.user) & (subscriptions.c.check_at == one.check_at)
        conn.execute(update(subscriptions).where(same).values(check_at=at))


def _next(conn: Connection, state: Subscription, now: Instant) -> Instant | None:
    row = conn.execute(_OPEN_OF, {"user": state.user}).first()
    return next_look(state, _checkout_of(row) if row else None, now)


def _mark(conn: Connection, stored: Subscription, now: Instant) -> None:
    """Make a subscription due now; its `check_at` differs from every earlier one.

    So what is stored of it differs too, and an answer to an earlier question is not taken for the newest.
    """
    before = stored.check_at
    at = now if before is None or before > now else math.nextafter(before, -math.inf)
    _set_look(conn, stored.user, Instant(at))


def _look_by(conn: Connection, stored: Subscription, at: Instant) -> None:
    """Have a subscription looked at by then."""
    if stored.check_at is None or stored.check_at > at:
        _set_look(conn, stored.user, at)


def _set_look(conn: Connection, user: str, at: Instant) -> None:
    conn.execute(update(subscriptions).where(subscriptions.c.user_id == user).values(check_at=at))


def _find(conn: Connection, user: str) -> Subscription | None:
    row = conn.execute(_FIND, {"user": user}).first()
    return None if row is None else subscription_of(row)


def _put(conn: Connection, state: Subscription) -> None:
    mine = subscriptions.c.user_id == state.user
    conn.execute(update(subscriptions).where(mine).values(**_row_of(state)))


def _announce(conn: Connection, before: Subscription, after: Subscription, now: Instant) -> None:
    """Record an event for the page if a person sees a difference; most looks find the same."""
    if _shown(before) != _shown(after):
        record_events(conn, [ChangeEvent(after.user, EventType.PLAN, "", 0)], now)


def _shown(state: Subscription) -> tuple[object, ...]:
    return state.status, state.price, state.paid_until, state.ends_at, state.unpaid_since


def _row_of(state: Subscription) -> dict[str, Any]:
    values = state._asdict()
    return {"user_id": values.pop("user"), **values, "status": state.status.value}


def _checkout_of(row: Row[Any]) -> Checkout:
    return Checkout(
        row.id,
        row.user_id,
        row.price,
        row.key,
        row.session,
        row.url,
        CheckoutState(row.state),
        row.created_at,
        row.expires_at,
    )


def _prices(plans: Plans) -> frozenset[str]:
    return frozenset(plan.price_id for plan in plans.priced)
