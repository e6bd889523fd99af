"""Send what is due in the outbox: at least once, in order, at the pace of each channel."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import partial

from watcher.core.alerts import Alert, OpsNotice
from watcher.core.deliveries import Delivery, DeliveryContext, MessageTerms
from watcher.core.errors import CallFailed, Code, Kind, NotSent, WatcherError
from watcher.core.rechecks import ItemStates, describe_gone, nothing_left
from watcher.core.resilience.retry import Jitter
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.db.outbox import OutboxStore
from watcher.delivery.destination_state import FIRST_BACKOFF_SECONDS, DestinationState
from watcher.delivery.outcomes import OutcomeRecorder
from watcher.delivery.recheck import Recheck
from watcher.delivery.router import Router
from watcher.ports import BEFORE_SEND, IS_RETRY, LOG_CONTEXT, Alarms, Clock, Meter

log = logging.getLogger(__name__)

MAX_LEASED_MESSAGES = 50
# Only the deliveries of a process that died wait for their leases to end. A lease is long enough for a late
# start, a slow attempt, clocks that differ, and then 45 s for the record of the outcome.
MESSAGE_LEASE_SECONDS = Seconds(2 * MINUTE)
# A message is sent within this time after it was leased, or not at all.
SEND_DEADLINE_SECONDS = Seconds(15.0)
LONGEST_ATTEMPT_SECONDS = Seconds(30.0)
# Longer without a drain: this process stood still or had no database, and so perhaps had the others. They
# then have some time to record what was accepted, before their leases are taken over.
MAX_PAUSE_SECONDS, TAKEOVER_WAIT_SECONDS = Seconds(5.0), Seconds(15.0)
# How long a drain waits for the sends that it began.
DRAIN_WAIT_SECONDS = Seconds(1.0)


class Dispatcher:
    """Send due messages. Run one `drain` at a time.

    `lease` names this process in the outbox. A drain waits `max_wait` seconds for its sends; slower ones go
    on in the background and delay only their own destination. If `max_wait` is None, a drain waits for all
    of them; a driver that moves the clock itself needs that. Sends may go on for `grace` seconds in `close`.
    `on_freed` is called when a send ends for which no drain waits any more.
    `recheck` looks at the items of an alert before it is sent; None sends without a look.
    """

    def __init__(  # noqa: PLR0913 - the composition root passes each part
        self,
        store: OutboxStore,
        router: Router,
        meter: Meter,
        alarms: Alarms,
        *,
        clock: Clock,
        jitter: Jitter,
        lease: str,
        max_wait: Seconds | None = DRAIN_WAIT_SECONDS,
        grace: Seconds = Seconds(3.0),
        recheck: Recheck | None = None,
    ) -> None:
        self._recheck = recheck
        self._store, self._router, self._clock = store, router, clock
        self._lease_name, self._max_wait, self._grace = lease, max_wait, grace
        self._states: defaultdict[str, DestinationState] = defaultdict(DestinationState)
        self._outcomes = OutcomeRecorder(store, router, meter, alarms, jitter, self._states)
        self._sending: set[asyncio.Task[bool]] = set()
        self._unconfigured: frozenset[str] = frozenset()
        self._has_resumed = self._is_ending = False
        self._hurried = asyncio.Event()
        self._awaited: frozenset[asyncio.Task[bool]] = frozenset()
        self.on_freed: Callable[[], None] = lambda: None
        # Between the first drain and the end: only then are messages sent that others have leased.
        self._is_open = False
        self._leased_at: Instant | None = None
        self._takeover_at = Instant(0.0)

    async def drain(self, now: Instant) -> int:
        """Send everything that may be sent now; return how many messages were accepted meanwhile.

        Raises WatcherError if the outbox cannot be read. A failed send is recorded there, not raised.
        """
        started: list[asyncio.Task[bool]] = []
        self._hurried.clear()
        try:
            await self._resume(now)
            await self._outcomes.sent_before(now)
            self._is_open = not self._is_ending
            while not self._is_ending:
                batch = await self._lease(now)
                started += [self._start(delivery, now) for delivery in batch]
                if len(batch) < MAX_LEASED_MESSAGES:
                    break
            if started:
                await self._wait_for_sends(started)
        except asyncio.CancelledError:
            await self.close()
            raise
        return sum(task.result() for task in started if task.done() and not task.cancelled())

    def hurry(self) -> None:
        """Let a drain under way end now; its sends go on. For messages that the next drain is to send."""
        self._hurried.set()

    def terms_of(self, destinations: Collection[str]) -> MessageTerms | None:
        """Return the terms on which a commit that makes messages to these destinations leases what is due.

        None if only a drain may lease now.
        """
        if not self._is_open:
            return None
        now = self._clock.now()
        unconfigured = {to for to in destinations if not self._router.is_configured(to)}
        try:
            held = self.held_destinations(now) | unconfigured
        except WatcherError:  # the drain says so
            return None
        return MessageTerms(now, self._lease_name, MESSAGE_LEASE_SECONDS, held)

    def begin(self, leased: Iterable[Delivery], now: Instant) -> None:
        """Send messages that were leased at `now` on the terms of this dispatcher."""
        for delivery in leased:
            if self._is_open and self._states[delivery.to].is_available(now):
                self._start(delivery, now)
            else:
                self._track(asyncio.create_task(self._return(delivery)))

    def held_destinations(self, now: Instant) -> frozenset[str]:
        """Return the destinations that get nothing at `now`: sending, on hold, or not configured."""
        waiting = self._store.destinations_waiting()
        unconfigured = {to for to in waiting if not self._router.is_configured(to)}
        return frozenset({to for to, s in self._states.items() if not s.is_available(now)} | unconfigured)

    def next_hold_end(self, now: Instant) -> Instant | None:
        """Return when the first hold ends that messages wait for, None if there is none.

        Due times are not considered; the outbox has them.
        """
        waiting = [to for to in self._store.destinations_waiting() if self._router.is_configured(to)]
        states = (self._states[to] for to in waiting if to in self._states)
        return min((state.held_until for state in states if state.is_held(now)), default=None)

    async def send_directly(self, to: str, notice: OpsNotice, now: Instant) -> bool:
        """Send without the outbox, for a failure of the database; return whether it was accepted.

        Returns False, too, if `to` must wait; the caller may retry.
        """
        state, channel = self._states[to], self._router.channel_for(to)
        if not state.is_available(now):
            return False
        state.is_sending, state.attempt_at = True, now
        try:
            await channel.send(to, notice, DeliveryContext(now))
        except CallFailed as failure:
            wait = max(FIRST_BACKOFF_SECONDS, failure.retry_after or 0.0)
            state.hold(self._time_after(now), wait, requested=True)
            log.warning("%s did not accept a message that was sent directly: %s", to, failure.detail)
            return False
        finally:
            state.is_sending = False
        state.hold(self._time_after(now), channel.message_interval)
        return True

    async def wind_down(self) -> None:
        """Begin no more sends and wait for the present ones; the next process must not repeat them."""
        self._is_ending, self._is_open = True, False
        if self._sending:
            await asyncio.wait(tuple(self._sending))

    async def close(self) -> None:
        """Let the present sends end within the grace period; return the others to the outbox."""
        self._is_open = False
        sending = tuple(self._sending)
        if sending:
            await asyncio.wait(sending, timeout=self._grace)
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)

    async def _wait_for_sends(self, started: Sequence[asyncio.Task[bool]]) -> None:
        """Wait until these sends have ended, the time is up, or the drain is hurried."""
        if self._max_wait is None:
            await asyncio.wait(started)
            return
        self._awaited = frozenset(started)
        sends = asyncio.ensure_future(asyncio.wait(started))
        hurried = asyncio.create_task(self._hurried.wait())
        try:
            await asyncio.wait((sends, hurried), timeout=self._max_wait, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._awaited = frozenset()
            sends.cancel()
            hurried.cancel()

    def _end(self, send: asyncio.Task[bool]) -> None:
        self._sending.discard(send)
        if send not in self._awaited:
            self.on_freed()

    async def _resume(self, now: Instant) -> None:
        """Restore the waits that receivers requested from an earlier process. Runs once."""
        if self._has_resumed:
            return
        for to, until in (await self._store.resume(now)).items():
            state = self._states[to]
            state.attempt_at = now
            state.hold(now, until - now, requested=True)
        self._has_resumed = True

    async def _lease(self, now: Instant) -> Sequence[Delivery]:
        held = self.held_destinations(now)
        unconfigured = frozenset(to for to in held if not self._router.is_configured(to))
        for to in sorted(unconfigured - self._unconfigured):
            log.warning("messages wait for %s, which is not a configured destination", to)
        self._unconfigured = unconfigured
        takeover_at = self._next_takeover(now)
        leasing = asyncio.ensure_future(
            self._store.lease_deliveries(
                now,
                MAX_LEASED_MESSAGES,
                self._lease_name,
                MESSAGE_LEASE_SECONDS,
                held,
                takeover_before=now if now >= takeover_at else Instant(0.0),
            )
        )
        try:
            leased = await asyncio.shield(leasing)
        except asyncio.CancelledError:
            await self._store.release(await leasing)
            raise
        self._leased_at, self._takeover_at = now, takeover_at
        return leased

    def _next_takeover(self, now: Instant) -> Instant:
        """Return when leases of others may be taken over: after a pause, only after a wait."""
        if self._leased_at is None:
            return now
        pause = now - self._leased_at
        # A wait is not prolonged, or a process whose drains are always late would never take anything over.
        is_waiting = self._takeover_at > self._leased_at and pause <= MESSAGE_LEASE_SECONDS
        if pause > MAX_PAUSE_SECONDS and not is_waiting:
            return Instant(now + TAKEOVER_WAIT_SECONDS)
        # It is earlier if the clock was set back.
        return min(self._takeover_at, Instant(now + TAKEOVER_WAIT_SECONDS))

    def _start(self, delivery: Delivery, now: Instant) -> asyncio.Task[bool]:
        state = self._states[delivery.to]
        state.is_sending, state.attempt_at = True, now
        return self._track(asyncio.create_task(self._send(delivery, now), name=f"delivery-{delivery.id}"))

    def _track(self, task: asyncio.Task[bool]) -> asyncio.Task[bool]:
        self._sending.add(task)
        task.add_done_callback(self._end)
        return task

    async def _return(self, delivery: Delivery) -> bool:
        """Return a message to the outbox that may not be sent now."""
        try:
            await self._store.release((delivery,))
        except WatcherError:
            log.exception("a message could not be returned to the outbox; it waits until its lease ends")
        return False

    async def _send(self, delivery: Delivery, now: Instant) -> bool:
        """Return whether the message was accepted and the outbox shows it as sent."""
        note = delivery.notification
        ids = {"incident": note.incident_id} if isinstance(note, OpsNotice) else {"alert": note.id}
        LOG_CONTEXT.set({"delivery": delivery.id, **ids, "to": delivery.to, "attempt": delivery.attempt})
        IS_RETRY.set(delivery.attempt > 0)
        BEFORE_SEND.set(partial(self._require_lease, delivery, now))
        try:
            return await self._attempt(delivery, now)
        except asyncio.CancelledError:
            if delivery.id not in self._outcomes.accepted:
                await self._store.release((delivery,))
            raise
        except WatcherError:
            # The next drain records it if it was accepted; otherwise it is sent again when its lease ends.
            log.exception("the outcome of a delivery could not be recorded")
            return False
        finally:
            self._states[delivery.to].is_sending = False

    async def _attempt(self, delivery: Delivery, now: Instant) -> bool:
        outcomes, note = self._outcomes, delivery.notification
        alert = note if isinstance(note, Alert) else None
        states = await self._look_again(delivery, alert, now)
        if alert is not None and (why := nothing_left(alert, states)):
            at = self._time_after(now)
            await outcomes.withdrawn(delivery, describe_gone(alert, why, at), at)
            await self._note_look(alert, states)
            return False
        try:
            channel, context = self._router.channel_for(delivery.to), self._context(delivery, now)
            context = context._replace(states=states)
            thread = await channel.send(delivery.to, delivery.notification, context)
            outcomes.accepted[delivery.id] = delivery, thread
        except NotSent as failure:
            await outcomes.not_sent(delivery, failure, self._time_after(now))
        except CallFailed as failure:
            await outcomes.failed(delivery, failure, self._time_after(now))
        except Exception:
            log.exception("a delivery failed unexpectedly")
            await outcomes.postpone(delivery, None, Code.INTERNAL_ERROR, "see the log", self._time_after(now))
        else:
            await outcomes.sent(delivery, self._time_after(now))
            await self._note_look(alert, states)
            return True
        return False

    async def _look_again(self, delivery: Delivery, alert: Alert | None, now: Instant) -> ItemStates:
        """Return what is known of the items of a message just before it is sent."""
        if self._recheck is None or alert is None:
            return {}
        return await self._recheck.look(delivery, alert, now)

    async def _note_look(self, alert: Alert | None, states: ItemStates) -> None:
        if self._recheck is not None and alert is not None:
            await self._recheck.note(alert, states)

    def _require_lease(self, delivery: Delivery, now: Instant) -> None:
        """Raise NotSent if the lease may have ended, as after a suspend: another daemon may be sending."""
        late = self._clock.now() - now
        api = self._router.channel_for(delivery.to).api
        not_sent = NotSent(api, Kind.TIMEOUT, "not sent: the lease may have ended")
        try:
            is_leased = late <= SEND_DEADLINE_SECONDS and self._store.is_leased(delivery)
        except WatcherError as error:  # a failure of the database, not of the channel
            raise not_sent from error
        if not is_leased:
            log.warning("gave up a message %.0f s after it was leased", late)
            raise not_sent

    def _context(self, delivery: Delivery, now: Instant) -> DeliveryContext:
        state = self._states[delivery.to]
        has_failed = state.failures or delivery.attempt
        recovered_at = now if has_failed else state.recovered_at  # now, if this attempt succeeds
        was_delayed = has_failed or delivery.created_at < recovered_at
        return DeliveryContext(now, recovered_at if was_delayed else None, delivery.thread)

    def _time_after(self, now: Instant) -> Instant:
        """Return the time after a send that began at `now`, or `now` if the clock was set back meanwhile."""
        return max(now, self._clock.now())
