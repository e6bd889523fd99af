"""What follows from an attempt: in the outbox, for its destination and for other destinations."""

from __future__ import annotations

import logging
from collections import defaultdict

from watcher.core.alerts import OpsNotice
from watcher.core.deliveries import Delivery
from watcher.core.errors import CallFailed, Code, NotSent
from watcher.core.lateness import seconds_between
from watcher.core.resilience.retry import Jitter
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.db.outbox import OutboxStore
from watcher.delivery.destination_state import (
    ATTEMPTS_BEFORE_YIELDING,
    FIRST_BACKOFF_SECONDS,
    DestinationState,
    backoff_seconds,
)
from watcher.delivery.router import Router
from watcher.ports import Alarms, Meter

log = logging.getLogger(__name__)

# A destination that is down is tried at least this often while another one on its host works.
PROBE_INTERVAL_SECONDS = MINUTE


class OutcomeRecorder:
    """Record the outcome of each attempt in the outbox and in `states`. All methods raise WatcherError.

    `accepted` maps the id of a delivery that its receiver accepted, and that the outbox does not show as sent
    yet, to the delivery and the position of the message. Such a delivery must not be sent again.
    """

    def __init__(
        self,
        store: OutboxStore,
        router: Router,
        meter: Meter,
        alarms: Alarms,
        jitter: Jitter,
        states: defaultdict[str, DestinationState],
    ) -> None:
        self._store, self._router, self._meter, self._alarms = store, router, meter, alarms
        self._jitter, self._states = jitter, states
        self.accepted: dict[int, tuple[Delivery, str]] = {}

    async def sent(self, delivery: Delivery, now: Instant) -> None:
        """Record an accepted delivery, and let messages go that waited for its destination to recover."""
        to, state = delivery.to, self._states[delivery.to]
        interval, was_down = self._router.channel_for(to).message_interval, state.is_down
        if state.failures:
            state.failures, state.recovered_at = 0, now
        state.is_refusing = False
        state.hold(now, interval)
        await self._store.mark_sent(delivery, now, self.accepted[delivery.id][1], interval)
        del self.accepted[delivery.id]
        note = delivery.notification
        made_at = note.at if isinstance(note, OpsNotice) else note.made_at
        self._meter.count("alert.sent")
        self._meter.timing("alert.latency", max(0.0, now - made_at))
        for seconds in _lateness_of(delivery, now):
            self._meter.timing("alert.lateness", seconds)
        log.info("sent")
        if was_down:  # each of its other messages waits for its own backoff
            await self._store.expedite(to, now)
        await self._probe_same_host(to, now)
        if state.may_have_dead_letters:
            await self._requeue_dead_letters(to, now)

    async def withdrawn(self, delivery: Delivery, why: str, now: Instant) -> None:
        """Record that a delivery is not sent, because everything in it was gone."""
        await self._store.withdraw(delivery, now, why)
        self._meter.count("alert.gone")
        log.info("not sent: %s", why)

    async def sent_before(self, now: Instant) -> None:
        """Record accepted deliveries whose record failed, before another daemon takes them over."""
        for delivery, _ in tuple(self.accepted.values()):
            if not self._states[delivery.to].is_sending:
                await self.sent(delivery, now)

    async def failed(self, delivery: Delivery, failure: CallFailed, now: Instant) -> None:
        """Postpone a delivery after a transient failure; make any other a dead letter."""
        code, detail = failure.code, failure.detail
        if failure.transient:
            await self.postpone(delivery, failure.retry_after, code, detail, now)
            return
        to, state = delivery.to, self._states[delivery.to]
        state.failures, state.may_have_dead_letters = 0, True
        state.is_refusing = not failure.caller_caused
        state.hold(now, self._router.channel_for(to).message_interval)
        log.error("refused for good: %s: %s", code, detail)
        self._meter.count("alert.dropped")
        self._alarms.sound(_alarm_name(to), f"messages to {to} are refused for good: {code}: {detail}")
        instead = None
        if isinstance(delivery.notification, OpsNotice):
            # The best other destination for operators that is not known to refuse messages too.
            others = (name for name in self._router.ops_destinations() if name != to)
            instead = next((name for name in others if not self._states[name].is_refusing), None)
        await self._store.dead_letter(
            delivery, now, code, detail, forever=failure.caller_caused, instead=instead
        )

    async def postpone(
        self, delivery: Delivery, requested: float | None, code: Code, detail: str, now: Instant
    ) -> None:
        """Retry a delivery later: after `requested` seconds, or after a backoff.

        The message backs off by its own failures, its destination by the consecutive failures of all its
        messages. So an outage keeps the order, and a message that always fails does not block the others.
        """
        state, jitter = self._states[delivery.to], self._jitter(1.0, 2.0)
        interval = self._router.channel_for(delivery.to).message_interval
        if requested is not None:
            wait = hold = max(interval, requested)
        else:
            wait, hold = backoff_seconds(delivery.attempt, jitter), backoff_seconds(state.failures, jitter)
            if delivery.attempt >= ATTEMPTS_BEFORE_YIELDING:
                wait = max(wait, hold + 1.5 * interval)
        state.failures += 1
        state.hold(now, hold, requested=requested is not None)
        log.warning("not sent, retrying in %.0f s: %s: %s", wait, code, detail)
        await self._store.postpone(delivery, Instant(now + wait), code, detail)
        self._meter.count("alert.retry")

    async def not_sent(self, delivery: Delivery, failure: NotSent, now: Instant) -> None:
        """Return a delivery to the outbox if nothing was sent; that counts neither as attempt nor failure."""
        state, interval = self._states[delivery.to], self._router.channel_for(delivery.to).message_interval
        wait = max(interval, failure.retry_after or FIRST_BACKOFF_SECONDS)
        state.hold(now, wait, requested=state.hold_requested)
        await self._store.release((delivery,))

    async def _probe_same_host(self, to: str, now: Instant) -> None:
        """Retry destinations early if they are down and their host has just accepted a message."""
        channel = self._router.channel_for(to)
        host, soonest = channel.host_of(to), Instant(now + channel.message_interval)
        for other, state in tuple(self._states.items()):
            is_idle_and_down = state.is_down and not state.is_sending
            if not is_idle_and_down or self._router.channel_for(other).host_of(other) != host:
                continue
            probe_at = max(soonest, Instant(state.attempt_at + PROBE_INTERVAL_SECONDS))
            if probe_at < state.held_until:
                state.held_until = probe_at
                await self._store.expedite(other, probe_at)

    async def _requeue_dead_letters(self, to: str, now: Instant) -> None:
        """Retry what `to` refused, now that it accepts messages again."""
        state = self._states[to]
        state.may_have_dead_letters = False
        requeued, left = await self._store.requeue(to, now)
        state.may_have_dead_letters = left > 0
        if requeued:
            log.info("retrying %d dead letters to %s", requeued, to)
        if not left:
            self._alarms.end(_alarm_name(to))


def _lateness_of(delivery: Delivery, now: Instant) -> list[Seconds]:
    """Return how long after their listing or price cut the items of a message were sent, as far as known.

    Not those of a message that a silence held back: the user wanted that.
    """
    note = delivery.notification
    if isinstance(note, OpsNotice) or delivery.created_at > note.made_at:
        return []
    return [late for item in note.items if (late := seconds_between(item.since, now)) is not None]


def _alarm_name(to: str) -> str:
    return f"dead letters to {to}"
