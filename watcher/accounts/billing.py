"""Paying for a plan: checkouts, the customer portal, Stripe's events, and the look at what is true.

What is done at Stripe is prepared by a commit and recorded by another one, and each request carries a key
under which Stripe does it once. So the process may end anywhere: what it began is found again, and a
subscription is never bought twice nor lost.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Sequence
from weakref import WeakValueDictionary

from watcher.core.billing import (
    BillingEvent,
    BillingTruth,
    Checkout,
    CheckoutState,
    ObjectMissing,
    StripeSession,
    is_living,
    is_reference_of,
    user_reference,
)
from watcher.core.billing_notices import stray_notice
from watcher.core.errors import Api, CallFailed, Code, InvalidInput, Kind, RequestRefused, WatcherError
from watcher.core.plans import UNLIMITED, Plan, Plans, Subscription
from watcher.core.plurals import count_of
from watcher.core.resilience.retry import Jitter
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.core.typed_text import quoted
from watcher.db.stores import Stores
from watcher.ports import Payments

log = logging.getLogger(__name__)

BILLING_EVERY = Seconds(10.0)
_KEY_BYTES = 32
_NO_SUBSCRIPTION = "You have no subscription: choose a plan first."
_NO_CHECKOUT = (
    "Stripe does not accept the order, so nothing was charged: the operator finds the reason with "
    "`watcher check` and in the log."
)
_NO_PORTAL = (
    "Stripe does not open the customer portal: the operator switches it on in Stripe's billing settings."
)
_ROUNDS = 4  # of a checkout that finds another one open, or of a question whose answer came too late
# Stripe waits for the answer to an event, and sends it again if that takes too long.
_EVENT_SECONDS = Seconds(5.0)
_BATCH, _LEASE_SECONDS = 10, Seconds(5 * MINUTE)
# Waits after a failure that says nothing about the subscriptions of others.
_WAITS_OF_ONE = {Kind.REFUSED: DAY, Kind.MALFORMED: HOUR}
# Waits after looks that failed in a row.
_FIRST_WAIT, _LONGEST_WAIT = Seconds(30.0), Seconds(HOUR)
_MAX_DOUBLINGS = 10


class Billing:
    """Sells the plans of the configuration. `page_url`: the address of the page, without a `/` at its end."""

    def __init__(
        self, stores: Stores, payments: Payments, plans: Plans, *, page_url: str, jitter: Jitter
    ) -> None:
        self._stores, self._store = stores, stores.subscriptions
        self._payments, self._plans, self._jitter = payments, plans, jitter
        self._settings_url = f"{page_url}/settings"
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._secret, self._failures, self._paused_until = "", 0, Instant(0.0)

    async def prepare(self) -> None:
        """Make the secret from which users' references are derived, so that the next backup has it."""
        self._secret = self._secret or await self._store.secret()

    async def checkout(self, user: str, plan_name: str, now: Instant) -> str:
        """Return where a user pays for a plan; the portal's address for one who has a subscription already.

        Clicked twice, it is the same checkout. Raises InvalidInput, CallFailed, WatcherError.
        """
        plan = self._priced(plan_name)
        self._require_limits(user)
        async with self._lock(user):
            for _ in range(_ROUNDS):
                await self._recover(user, now, patient=True)
                learned = await self._learn(user, now, patient=True)
                key = secrets.token_hex(_KEY_BYTES)
                begun = await self._store.begin_checkout(user, plan.price_id, key, now, learned)
                if begun is None:
                    continue
                if begun.checkout is None:
                    return await self._portal(begun.stored)
                if url := await self._continue(begun.stored, begun.checkout, plan.price_id, now):
                    return url
        raise WatcherError(Code.STRIPE_UNAVAILABLE)

    async def portal(self, user: str) -> str:
        """Return where a user changes or cancels the subscription. Raises RequestRefused, CallFailed."""
        stored = self._store.find(user)
        if stored is None or not stored.customer:
            raise RequestRefused(409, _NO_SUBSCRIPTION)
        return await self._portal(stored)

    async def handle(self, event: BillingEvent, now: Instant) -> None:
        """Store an event, and ask Stripe if it may not be the whole truth. Raises WatcherError.

        If Stripe does not answer in time, `check_due` asks again.
        """
        done = await self._store.apply_event(event, now)
        if not done.doubtful:
            return
        user = done.user or await self._adopt(event, now)
        if not user:
            return
        try:
            async with asyncio.timeout(_EVENT_SECONDS), self._lock(user):
                await self._learn(user, now)
        except (CallFailed, TimeoutError) as error:
            log.info("an event is looked into later: %r", error, extra={"user": user})

    async def check_due(self, now: Instant) -> None:
        """Ask Stripe about the subscriptions and checkouts that are due. Raises WatcherError."""
        if now < self._paused_until <= now + 2 * _LONGEST_WAIT:  # a longer wait is that of a wrong clock
            return
        await self.prepare()
        claimed = await self._store.claim_due(now, _BATCH, _LEASE_SECONDS)
        for number, stored in enumerate(claimed):
            try:
                async with self._lock(stored.user):
                    await self._look(stored.user, now)
            except CallFailed as error:
                if wait := _WAITS_OF_ONE.get(error.kind):
                    log.warning(
                        "Stripe does not show what a user pays for: %s",
                        error.detail,
                        extra={"user": stored.user},
                    )
                    await self._store.look_later([stored], Instant(now + wait))
                    continue
                await self._pause(claimed[number:], error, now)
                return
            self._failures = 0

    async def end_checkouts(self, user: str, now: Instant) -> None:
        """End what a user could still pay for. Raises CallFailed, WatcherError."""
        async with self._lock(user):
            for checkout in self._store.open_checkouts(user):
                await self._end(checkout, now)
            await self._recover(user, now, patient=True)
            await self._learn(user, now, patient=True)

    async def _pause(self, claimed: Sequence[Subscription], error: CallFailed, now: Instant) -> None:
        """Leave the rest for later: Stripe fails, whomever it is asked about."""
        self._failures += 1
        wait = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** min(self._failures - 1, _MAX_DOUBLINGS))
        wait = max(self._jitter(wait / 2, wait), error.retry_after or 0.0)
        log.info(
            "%s wait for Stripe, asked again in %.0f s: %s",
            count_of(len(claimed), "subscription"),
            wait,
            error.detail,
        )
        self._paused_until = Instant(now + wait)
        await self._store.look_later(claimed, self._paused_until)

    # --- a checkout -----------------------------------------------------------------------------

    async def _continue(self, stored: Subscription, checkout: Checkout, price: str, now: Instant) -> str:
        """Return where an open checkout is paid; empty if it was closed, so that another one can begin."""
        session = await self._session_of(stored, checkout, price, now)
        if session is None:
            await self._store.close_checkout(checkout.id, CheckoutState.EXPIRED)
            return ""
        if session.state is CheckoutState.OPEN and checkout.price != price:
            session = await self._expire(session)
            if session.state is CheckoutState.OPEN:  # it is being paid
                raise WatcherError(Code.STRIPE_UNAVAILABLE)
        if session.state is not CheckoutState.OPEN:
            await self._close(checkout, session, now)
            return ""
        # The address is given away only if the checkout is still the open one: whatever closed it
        # expected that it cannot be paid.
        if not await self._store.note_session(checkout.id, session.id, session.url, now):
            await self._expire(session)
            return ""
        return session.url

    async def _session_of(
        self, stored: Subscription, checkout: Checkout, price: str, now: Instant
    ) -> StripeSession | None:
        """Return the session of a checkout, made now if need be; None if it has none and gets none."""
        if checkout.session:
            return await self._fetch_session(checkout, patient=True)
        customer = stored.customer
        try:
            if checkout.price == price and checkout.can_be_sent(now):
                owner = await self._owner(checkout.user)
                if not customer:
                    made = await self._payments.create_customer(checkout, owner)
                    customer = await self._store.note_customer(checkout.user, made)
                return await self._payments.create_session(checkout, customer, owner, self._settings_url)
        except CallFailed as error:
            if error.kind is not Kind.REFUSED:
                raise
            # A price that does not exist, or other fields than before, because the configuration has changed.
            if isinstance(error, ObjectMissing) and customer and await self._is_gone(customer):
                await self._store.forget_customer(checkout.user, customer)
                return None
            log.error("Stripe refuses a checkout: %s", error.detail, extra={"user": checkout.user})  # noqa: TRY400 - the call's failure, not an exception of ours
            found = await self._find_session(customer, checkout)
            if found is None:
                await self._store.close_checkout(checkout.id, CheckoutState.EXPIRED)
                raise WatcherError(Code.STRIPE_UNAVAILABLE, error.sentence or _NO_CHECKOUT) from error
            return found
        return await self._find_session(customer, checkout)

    async def _is_gone(self, customer: str) -> bool:
        """Return whether a customer was deleted, or never was one of this account."""
        try:
            return not await self._payments.has_customer(customer)
        except ObjectMissing:
            return True

    async def _find_session(self, customer: str, checkout: Checkout) -> StripeSession | None:
        if not customer:
            return None
        return await self._payments.find_session(customer, checkout.key, patient=True)

    async def _fetch_session(self, checkout: Checkout, *, patient: bool) -> StripeSession | None:
        try:
            return await self._payments.fetch_session(checkout.session, patient=patient)
        except ObjectMissing:  # of another account or mode
            return None

    async def _expire(self, session: StripeSession) -> StripeSession:
        """End a session that was not paid; return what became of it."""
        try:
            return await self._payments.expire_session(session.id)
        except CallFailed as error:
            if error.kind is not Kind.REFUSED:
                raise
            # It was paid or ended in the meantime.
            return await self._payments.fetch_session(session.id, patient=True)

    async def _close(self, checkout: Checkout, session: StripeSession, now: Instant) -> None:
        """Store what became of a checkout, after what it has brought."""
        if session.state is CheckoutState.PAID:
            await self._learn(checkout.user, now, patient=True)
        await self._store.close_checkout(checkout.id, session.state)

    async def _portal(self, stored: Subscription) -> str:
        key = secrets.token_hex(_KEY_BYTES)
        try:
            return await self._payments.create_portal(stored.customer, self._settings_url, key)
        except CallFailed as error:
            if error.kind is not Kind.REFUSED:
                raise
            if isinstance(error, ObjectMissing) and not is_living(stored.status):  # the customer was deleted
                raise RequestRefused(409, _NO_SUBSCRIPTION) from error
            log.error("Stripe refuses to open the customer portal: %s", error.detail)  # noqa: TRY400 - the call's failure, not an exception of ours
            raise WatcherError(Code.STRIPE_UNAVAILABLE, _NO_PORTAL) from error

    async def _end(self, checkout: Checkout, now: Instant) -> None:
        """End a checkout, also one that another request is opening now: that one finds it closed."""
        session = await self._fetch_session(checkout, patient=True) if checkout.session else None
        if session is not None and session.state is CheckoutState.OPEN:
            session = await self._expire(session)
            if session.state is CheckoutState.OPEN:  # it is being paid
                raise WatcherError(Code.STRIPE_UNAVAILABLE)
        if session is None:
            await self._store.close_checkout(checkout.id, CheckoutState.EXPIRED)
        else:
            await self._close(checkout, session, now)

    # --- what a restored database does not know -------------------------------------------------

    async def _owner(self, user: str) -> str:
        """Return what stands for a user at Stripe."""
        await self.prepare()
        return user_reference(self._secret, user)

    async def _recover(self, user: str, now: Instant, *, patient: bool = False) -> None:
        """Make up for what happened after the backup from which the database may have been restored.

        A checkout that is not stored is ended, or it could be paid beside another one. A customer that is
        not stored is found by the user's reference, and is the user's if it pays. Raises CallFailed.
        """
        stored, begun = self._store.find(user), self._store.open_checkouts(user)
        if any(checkout.session for checkout in begun):  # it was begun when no other one was open
            return
        known = stored.customer if stored else ""
        customers = [known] if known else await self._find_customers(user, patient=patient)
        for customer in customers:
            try:
                open_sessions = await self._payments.open_sessions(customer, patient=patient)
            except ObjectMissing:  # of another account or mode
                continue
            # Read after the answer: what is stored before its session is made is known then.
            own = {checkout.key for checkout in self._store.open_checkouts(user)}
            for session in open_sessions:
                if session.reference not in own:
                    await self._expire(session)
            if not known and await self._pays(customer, now, patient=patient):
                await self._store.adopt_customer(user, customer, now)
                log.warning("a customer of Stripe that pays was found again", extra={"user": user})
                known = customer  # and what the others could still pay is ended

    async def _find_customers(self, user: str, *, patient: bool) -> Sequence[str]:
        return await self._payments.find_customers(await self._owner(user), patient=patient)

    async def _pays(self, customer: str, now: Instant, *, patient: bool) -> bool:
        truth = await self._payments.fetch_truth(customer, now, patient=patient)
        return any(is_living(one.status) for one in truth.subscriptions)

    async def _adopt(self, event: BillingEvent, now: Instant) -> str:
        """Return whose an event is that has a customer whom no user has, and store that; empty if none's.

        A customer of ours that pays for no user is reported to operators, once.
        """
        await self.prepare()
        if not event.customer or not event.costs or not is_reference_of(self._secret, event.owner):
            # Another program may use the account; an event with a reference is about one of our checkouts.
            level = logging.WARNING if event.reference else logging.DEBUG
            log.log(level, "Stripe reports %s of a customer that no user has", event.type)
            return ""
        users = (user for user in self._store.users() if user_reference(self._secret, user) == event.owner)
        user = next(users, "")
        if user and await self._store.adopt_customer(user, event.customer, now):
            return user
        if await self._store.report_stray(event.customer, stray_notice(event, user, now)):
            log.warning("a customer pays for no user: cancel the subscription and refund it in Stripe")
        return ""

    # --- what is true ---------------------------------------------------------------------------

    async def _look(self, user: str, now: Instant, *, patient: bool = False) -> None:
        """Ask Stripe about a user's open checkouts and subscription. Raises CallFailed."""
        stored = self._store.find(user)
        if stored is None:
            return
        if not stored.customer:
            await self._recover(user, now, patient=patient)
        for checkout in self._store.open_checkouts(user):
            await self._settle(stored, checkout, now, patient=patient)
        await self._learn(user, now, patient=patient)

    async def _settle(self, stored: Subscription, checkout: Checkout, now: Instant, *, patient: bool) -> None:
        """Find out what became of an open checkout; nothing is made at Stripe."""
        session = None
        if checkout.session:
            session = await self._fetch_session(checkout, patient=patient)
        elif stored.customer:
            session = await self._payments.find_session(stored.customer, checkout.key, patient=patient)
        if session is not None and session.state is not CheckoutState.OPEN:
            await self._close(checkout, session, now)
        elif session is not None and not checkout.session:
            await self._store.note_session(checkout.id, session.id, session.url, now)
        elif session is None and (checkout.session or not checkout.can_be_sent(now)):
            await self._store.close_checkout(checkout.id, CheckoutState.EXPIRED)

    async def _learn(self, user: str, now: Instant, *, patient: bool = False) -> Subscription | None:
        """Store what Stripe says about a user's subscription, and return it. Raises CallFailed."""
        stored = self._store.find(user)
        for _ in range(_ROUNDS):
            if stored is None:
                return None
            truth = await self._ask(stored, now, patient=patient)
            if truth is None:
                await self._store.forget_customer(user, stored.customer)
            elif learned := await self._store.store_truth(stored, truth, now):
                return learned
            stored = self._store.find(user)
        raise CallFailed(Api.STRIPE, Kind.UNAVAILABLE, "events come faster than answers")

    async def _ask(self, stored: Subscription, now: Instant, *, patient: bool) -> BillingTruth | None:
        """Return what a user pays for; None if Stripe does not know the customer, who pays nothing.

        Raises CallFailed, also for an unknown customer who pays by what is stored: with the key of another
        account or mode all are unknown, and no user must lose a plan by that.
        """
        nothing = BillingTruth((), None, now)
        if not stored.customer:
            return nothing
        try:
            truth = await self._payments.fetch_truth(stored.customer, now, patient=patient)
        except ObjectMissing:
            truth = nothing
        if (living := sum(is_living(one.status) for one in truth.subscriptions)) > 1:
            log.warning(
                "%s has %d subscriptions that go on: cancel all but one in Stripe's dashboard",
                stored.user,
                living,
            )
        # Stripe lists also what has ended.
        if not truth.subscriptions and stored.subscription:
            try:
                await self._payments.has_customer(stored.customer)
            except ObjectMissing:
                if is_living(stored.status):
                    raise
                return None
        return truth

    # --- who may pay ----------------------------------------------------------------------------

    def _priced(self, name: str) -> Plan:
        plan = next((plan for plan in self._plans.priced if plan.name == name), None)
        if plan is None:
            known = ", ".join(quoted(plan.name) for plan in self._plans.priced)
            raise InvalidInput(f"There is no plan {quoted(name)} to buy. Choose one of: {known}.")
        return plan

    def _require_limits(self, user: str) -> None:
        if self._stores.plan_limits.holder(user).plan == UNLIMITED:
            raise RequestRefused(409, "You have no limits, so there is nothing to buy.")

    def _lock(self, user: str) -> asyncio.Lock:
        return self._locks.setdefault(user, asyncio.Lock())
