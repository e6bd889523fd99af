"""Empties the outbox: at least once, in order, a message a second for each destination."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from watcher.core.errors import CallFailed, WatcherError
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.ports import FOLLOWED, Clock, Delivery, Jitter, Meter, OpsNotice, OutboxStore, Outlet

log = logging.getLogger(__name__)

# Slack takes one message a second for each webhook and channel.
PACE = Seconds(1.0)
FIRST_WAIT, LONGEST_WAIT = Seconds(2.0), Seconds(5 * MINUTE)
# So often a message is tried before the next one to its destination has a turn.
PATIENT_TRIES = 3
BATCH = 50
# Longer than any attempt lasts; only the deliveries of a process that died wait for it.
LEASE = MINUTE


@dataclass(slots=True)
class _Lane:
    """One destination: the last send began at `since`, the next may not before `until`.

    `failures` are those in a row.
    """

    since: Instant = Instant(0.0)
    until: Instant = Instant(0.0)
    failures: int = 0
    busy: bool = False
    # Whether letters may lie dead here: some were buried since the last success, or we do not know yet.
    buried: bool = True

    def paused(self, now: Instant) -> bool:
        # Before `since`: the clock was set back, and `until` says nothing any more.
        return self.since <= now < self.until


class Dispatcher:
    """Sends what is due. One `drain` at a time.

    `lease` names this process in the outbox. A drain waits `patience` seconds for what it sends; what is
    slower goes on behind it and delays only its own destination (None: it waits for all, for a driver
    that moves the clock itself). `grace`: how many seconds sends may go on when all is to end.
    """

    def __init__(
        self,
        store: OutboxStore,
        outlet: Outlet,
        meter: Meter,
        *,
        clock: Clock,
        jitter: Jitter,
        lease: str,
        patience: Seconds | None = PACE,
        grace: Seconds = Seconds(3.0),
    ) -> None:
        self._store, self._outlet, self._meter = store, outlet, meter
        self._clock, self._jitter, self._lease = clock, jitter, lease
        self._patience, self._grace = patience, grace
        self._lanes: dict[str, _Lane] = {}
        self._sending: set[asyncio.Task[bool]] = set()
        # Accepted by the other side while the store could not note it: never sent a second time.
        self._accepted: set[int] = set()
        self._unknown: frozenset[str] = frozenset()

    async def drain(self, now: Instant) -> int:
        """Send all that is due and may go; the number that the other side took meanwhile.

        Raises WatcherError when the outbox cannot be read. Failed sends are noted in it, not raised.
        """
        started: list[asyncio.Task[bool]] = []
        try:
            while True:
                batch = await self._take(now)
                started += [self._start(delivery, now) for delivery in batch]
                if len(batch) < BATCH:
                    break
            if started:
                await asyncio.wait(started, timeout=self._patience)
        except asyncio.CancelledError:
            await self.close()
            raise
        return sum(task.result() for task in started if task.done() and not task.cancelled())

    def held(self, now: Instant) -> frozenset[str]:
        """The destinations that get nothing at `now`: just written to, asked to wait for, or unknown."""
        unknown = {to for to in self._store.destinations_waiting() if not self._outlet.knows(to)}
        return frozenset({to for to, lane in self._lanes.items() if lane.busy or lane.paused(now)} | unknown)

    def next_at(self, now: Instant) -> Instant | None:
        """When the first destination that is held now, and that deliveries wait for, may go on.

        None when no destination is held for a known time; due times are the store's to tell.
        """
        waiting = self._store.destinations_waiting()
        lanes = (self._lanes.get(to) for to in waiting if self._outlet.knows(to))
        return min((lane.until for lane in lanes if lane and lane.paused(now)), default=None)

    async def close(self) -> None:
        """Let what is being sent end within the grace; give the rest back to the outbox."""
        sending = tuple(self._sending)
        if sending:
            await asyncio.wait(sending, timeout=self._grace)
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)

    async def _take(self, now: Instant) -> Sequence[Delivery]:
        barred = self.held(now)
        self._tell_unknown(barred)
        leasing = asyncio.ensure_future(self._store.lease_deliveries(now, BATCH, self._lease, LEASE, barred))
        try:
            return await asyncio.shield(leasing)
        except asyncio.CancelledError:
            await self._store.unlease(await leasing)
            raise

    def _tell_unknown(self, barred: frozenset[str]) -> None:
        unknown = frozenset(to for to in barred if not self._outlet.knows(to))
        for to in sorted(unknown - self._unknown):
            log.warning("messages wait for %s, which is no destination of this configuration", to)
        self._unknown = unknown

    def _start(self, delivery: Delivery, now: Instant) -> asyncio.Task[bool]:
        lane = self._lane(delivery.to)
        lane.busy, lane.since = True, now
        task = asyncio.create_task(self._send(delivery, now), name=f"delivery-{delivery.id}")
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)
        return task

    def _lane(self, to: str) -> _Lane:
        return self._lanes.setdefault(to, _Lane())

    async def _send(self, delivery: Delivery, now: Instant) -> bool:
        """Whether the other side took it, and the outbox knows."""
        lane = self._lane(delivery.to)
        FOLLOWED.set(_ids(delivery))
        try:
            return await self._try(delivery, now)
        except asyncio.CancelledError:
            if delivery.id not in self._accepted:
                await self._store.unlease((delivery,))
            raise
        except WatcherError:
            # Its lease runs out; then it is noted if it was accepted, else sent again.
            log.exception("the outcome of a delivery could not be noted")
            return False
        finally:
            lane.busy = False

    async def _try(self, delivery: Delivery, now: Instant) -> bool:
        try:
            if delivery.id not in self._accepted:
                await self._outlet.deliver(delivery.to, delivery.notification)
        except CallFailed as failure:
            return await self._failed(delivery, failure, self._time(now))
        except Exception:
            log.exception("a delivery cannot be sent")
            return await self._postpone(delivery, self._time(now), None, "INTERNAL_ERROR: see the log")
        self._accepted.add(delivery.id)
        await self._done(delivery, self._time(now))
        return True

    async def _done(self, delivery: Delivery, at: Instant) -> None:
        lane = self._lane(delivery.to)
        lane.failures = 0
        lane.until = Instant(at + PACE)
        await self._store.delivered(delivery, at)
        self._accepted.discard(delivery.id)
        if lane.buried:  # the destination takes messages again: what it refused meanwhile is not lost
            lane.buried = False
            if revived := await self._store.revive(delivery.to, at):
                log.info("%d dead letters to %s are tried again", revived, delivery.to)
        note = delivery.notification
        made = note.at if isinstance(note, OpsNotice) else note.made_at
        self._meter.count("alert.sent")
        self._meter.timing("alert.latency", max(0.0, at - made))
        log.info("sent")

    async def _failed(self, delivery: Delivery, failure: CallFailed, at: Instant) -> bool:
        why = f"{failure.code}: {failure.detail}"
        if failure.transient:
            return await self._postpone(delivery, at, failure.retry_after, why)
        lane = self._lane(delivery.to)
        lane.failures = 0
        lane.until = Instant(at + PACE)
        lane.buried = True
        log.error("refused for good: %s", why)
        await self._store.bury(delivery, at, why)
        self._meter.count("alert.dropped")
        return False

    async def _postpone(self, delivery: Delivery, at: Instant, asked: float | None, why: str) -> bool:
        """Hold the message by its own failures, and its destination by those of all messages in a row.

        So an outage backs off and keeps the order, and a message that always fails gives way to the others.
        """
        lane, dice = self._lane(delivery.to), self._jitter(1.0, 2.0)
        wait, hold = _backoff(delivery.attempt, dice), _backoff(lane.failures, dice)
        if delivery.attempt >= PATIENT_TRIES:
            wait = max(wait, hold + 1.5 * PACE)
        if asked is not None:
            wait = hold = max(PACE, asked)
        lane.failures += 1
        lane.until = Instant(at + hold)
        log.warning("not sent, tried again in %.0f s: %s", wait, why)
        await self._store.postpone(delivery, Instant(at + wait), why)
        self._meter.count("alert.retry")
        return False

    def _time(self, now: Instant) -> Instant:
        """The instant after a send: the clock's, unless it was set back meanwhile."""
        return max(now, self._clock.now())


def _ids(delivery: Delivery) -> dict[str, object]:
    note = delivery.notification
    ids = {"incident": note.incident_id} if isinstance(note, OpsNotice) else {"alert": note.id}
    return {"delivery": delivery.id, **ids, "to": delivery.to, "attempt": delivery.attempt}


def _backoff(failures: int, dice: float) -> float:
    """Seconds: 2 to 4, doubling, 150 to 300 at last; `dice` is between 1 and 2."""
    return min(FIRST_WAIT * 2.0 ** min(failures, 20), LONGEST_WAIT / 2) * dice
