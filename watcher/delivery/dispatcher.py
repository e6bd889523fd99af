"""Empties the outbox: at least once, in order, a message a second for each destination."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from watcher.core.alerts import OpsNotice
from watcher.core.deliveries import MESSAGE_INTERVAL as MESSAGE_INTERVAL
from watcher.core.deliveries import Delivery, DeliveryContext
from watcher.core.errors import Api, CallFailed, Code, Kind, NotSent, WatcherError
from watcher.core.resilience.retry import Jitter
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.db.outbox import OutboxStore
from watcher.ports import BEFORE_SEND, IS_RETRY, LOG_CONTEXT, Alarms, Channel, Clock, Meter

log = logging.getLogger(__name__)

FIRST_RETRY, MAX_RETRY_INTERVAL = Seconds(2.0), Seconds(5 * MINUTE)
# So often a message is tried before the next one to its destination has a turn; after so many failures in
# a row a destination counts as down.
PATIENT_TRIES = 3
# While another destination on its host works, one that is down is tried at least so often.
DESTINATION_PROBE_SECONDS = MINUTE
MAX_LEASED_MESSAGES = 50
# Only the deliveries of a process that died wait for it. A message goes out in the first quarter of it or not
# at all, its attempt may take the second; the rest is what the clocks of two daemons may differ.
MESSAGE_LEASE = MINUTE
QUARTER = Seconds(MESSAGE_LEASE / 4)


@dataclass(slots=True)
class _Lane:
    """One destination: the last send began at `since`, the next may not before `until`.

    `asked`: the other side named that time. `failures` are those in a row, `back_at` when they ended.
    """

    since: Instant = Instant(0.0)
    until: Instant = Instant(0.0)
    asked: bool = False
    failures: int = 0
    back_at: Instant = Instant(0.0)
    busy: bool = False
    # The last message was refused for good.
    refuses: bool = False
    # Whether letters may lie dead here: some were buried since the last success, or we do not know yet.
    buried: bool = True

    def paused(self, now: Instant) -> bool:
        # Before `since`: the clock was set back, and `until` says nothing any more.
        return self.since <= now < self.until

    def hold(self, at: Instant, wait: float, *, asked: bool = False) -> None:
        self.until, self.asked = Instant(at + wait), asked

    @property
    def down(self) -> bool:
        return self.failures >= PATIENT_TRIES and not self.asked


class Dispatcher:
    """Sends what is due. One `drain` at a time.

    `lease` names this process in the outbox. A drain waits `patience` seconds for what it sends; what is
    slower goes on behind it and delays only its own destination (None: it waits for all, for a driver
    that moves the clock itself). `grace`: how many seconds sends may go on when all is to end.
    """

    def __init__(  # noqa: PLR0913 - the composition root hands each in
        self,
        store: OutboxStore,
        outlet: Channel,
        meter: Meter,
        alarms: Alarms,
        *,
        clock: Clock,
        jitter: Jitter,
        lease: str,
        patience: Seconds | None = MESSAGE_INTERVAL,
        grace: Seconds = Seconds(3.0),
    ) -> None:
        self._store, self._outlet, self._meter, self._alarms = store, outlet, meter, alarms
        self._clock, self._jitter, self._lease = clock, jitter, lease
        self._patience, self._grace = patience, grace
        self._lanes: dict[str, _Lane] = {}
        self._sending: set[asyncio.Task[bool]] = set()
        # Accepted by the other side while the store could not note it, and where: never sent a second time.
        self._accepted: dict[int, str] = {}
        self._unknown: frozenset[str] = frozenset()
        self._resumed = self._ending = False

    async def drain(self, now: Instant) -> int:
        """Send all that is due and may go; the number that the other side took meanwhile.

        Raises WatcherError when the outbox cannot be read. Failed sends are noted in it, not raised.
        """
        started: list[asyncio.Task[bool]] = []
        try:
            await self._resume(now)
            while not self._ending:
                batch = await self._take(now)
                started += [self._start(delivery, now) for delivery in batch]
                if len(batch) < MAX_LEASED_MESSAGES:
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

    async def at_once(self, to: str, notice: OpsNotice, now: Instant) -> bool:
        """Send past the outbox, when that is what is broken; whether the other side took it.

        False too where `to` is held now, so that a caller may try again.
        """
        lane = self._lane(to)
        if lane.busy or lane.paused(now):
            return False
        lane.busy, lane.since = True, now
        try:
            await self._outlet.deliver(to, notice, DeliveryContext(now))
        except CallFailed as failure:
            lane.hold(self._time(now), max(FIRST_RETRY, failure.retry_after or 0.0), asked=True)
            log.warning("%s did not take a message past the outbox: %s", to, failure.detail)
            return False
        finally:
            lane.busy = False
        lane.hold(self._time(now), MESSAGE_INTERVAL)
        return True

    async def wind_down(self) -> None:
        """Begin no more sends, and wait for those under way: who follows must not repeat them."""
        self._ending = True
        if self._sending:
            await asyncio.wait(tuple(self._sending))

    async def close(self) -> None:
        """Let what is being sent end within the grace; give the rest back to the outbox."""
        sending = tuple(self._sending)
        if sending:
            await asyncio.wait(sending, timeout=self._grace)
            for task in sending:
                task.cancel()
            await asyncio.gather(*sending, return_exceptions=True)

    async def _resume(self, now: Instant) -> None:
        """Take up what an earlier process left: the waits that were asked for bind this one too."""
        if self._resumed:
            return
        for to, until in (await self._store.resume(now)).items():
            lane = self._lane(to)
            lane.since = now
            lane.hold(now, until - now, asked=True)
        self._resumed = True

    async def _take(self, now: Instant) -> Sequence[Delivery]:
        barred = self.held(now)
        self._tell_unknown(barred)
        leasing = asyncio.ensure_future(
            self._store.lease_deliveries(now, MAX_LEASED_MESSAGES, self._lease, MESSAGE_LEASE, barred)
        )
        try:
            return await asyncio.shield(leasing)
        except asyncio.CancelledError:
            await self._store.release(await leasing)
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
        LOG_CONTEXT.set(_ids(delivery))
        IS_RETRY.set(delivery.attempt > 0)
        BEFORE_SEND.set(partial(self._require_lease, delivery, now))
        try:
            return await self._try(delivery, now)
        except asyncio.CancelledError:
            if delivery.id not in self._accepted:
                await self._store.release((delivery,))
            raise
        except WatcherError:
            # Its lease runs out; then it is noted if it was accepted, else sent again.
            log.exception("the database failed a delivery")
            return False
        finally:
            lane.busy = False

    async def _try(self, delivery: Delivery, now: Instant) -> bool:
        try:
            if delivery.id not in self._accepted:
                journey = self._journey(delivery, now)
                thread = await self._outlet.deliver(delivery.to, delivery.notification, journey)
                self._accepted[delivery.id] = thread
        except NotSent as refusal:
            return await self._wait(delivery, refusal, self._time(now))
        except CallFailed as failure:
            return await self._failed(delivery, failure, self._time(now))
        except Exception:
            log.exception("a delivery cannot be sent")
            return await self._postpone(delivery, self._time(now), None, Code.INTERNAL_ERROR, "see the log")
        await self._done(delivery, self._time(now))
        return True

    def _require_lease(self, delivery: Delivery, now: Instant) -> None:
        """Raises NotSent where another daemon may send it, or has: we were frozen since it was leased."""
        late = self._clock.now() - now
        unsure = NotSent(Api.SLACK, Kind.TIMEOUT, "not sent: its lease may not hold any more")
        try:
            ours = late <= QUARTER and self._store.holds(delivery)
        except WatcherError as error:  # of the database, which is no failure of Slack's
            raise unsure from error
        if not ours:
            log.warning("a message is given up, %.0f s after it was leased", late)
            raise unsure

    def _journey(self, delivery: Delivery, now: Instant) -> DeliveryContext:
        lane = self._lane(delivery.to)
        failed = lane.failures or delivery.attempt
        back_at = now if failed else lane.back_at  # now, if it is taken now
        return DeliveryContext(
            now, back_at if failed or delivery.created_at < back_at else None, delivery.thread
        )

    async def _done(self, delivery: Delivery, at: Instant) -> None:
        lane = self._lane(delivery.to)
        was_down = lane.down
        if lane.failures:
            lane.failures, lane.back_at = 0, at
        lane.refuses = False
        lane.hold(at, MESSAGE_INTERVAL)
        await self._store.delivered(delivery, at, self._accepted[delivery.id])
        del self._accepted[delivery.id]
        note = delivery.notification
        made = note.at if isinstance(note, OpsNotice) else note.made_at
        self._meter.count("alert.sent")
        self._meter.timing("alert.latency", max(0.0, at - made))
        log.info("sent")
        if was_down:  # its other messages wait for as long as they failed
            await self._store.expedite(delivery.to, at)
        await self._probe_neighbours(delivery.to, at)
        if lane.buried:
            await self._revive(delivery.to, lane, at)

    async def _probe_neighbours(self, to: str, at: Instant) -> None:
        """What is taken here may be taken by the other destinations of that host, too."""
        host = self._outlet.host_of(to)
        for other, lane in tuple(self._lanes.items()):
            if lane.down and not lane.busy and self._outlet.host_of(other) == host:
                soon = max(Instant(at + MESSAGE_INTERVAL), Instant(lane.since + DESTINATION_PROBE_SECONDS))
                if soon < lane.until:
                    lane.until = soon
                    await self._store.expedite(other, soon)

    async def _revive(self, to: str, lane: _Lane, at: Instant) -> None:
        """The destination takes messages again: what it refused meanwhile is not lost."""
        lane.buried = False
        revived, left = await self._store.requeue(to, at)
        lane.buried = left > 0
        if revived:
            log.info("%d dead letters to %s are tried again", revived, to)
        if not left:
            self._alarms.end(_dead_letters(to))

    async def _failed(self, delivery: Delivery, failure: CallFailed, at: Instant) -> bool:
        why = f"{failure.code}: {failure.detail}"
        if failure.transient:
            return await self._postpone(delivery, at, failure.retry_after, failure.code, failure.detail)
        to, lane = delivery.to, self._lane(delivery.to)
        lane.failures, lane.buried = 0, True
        lane.refuses = not failure.caller_caused
        lane.hold(at, MESSAGE_INTERVAL)
        log.error("refused for good: %s", why)
        self._meter.count("alert.dropped")
        self._alarms.sound(_dead_letters(to), f"messages to {to} are refused for good: {why}")
        elsewhere = self._elsewhere(to) if isinstance(delivery.notification, OpsNotice) else None
        await self._store.dead_letter(
            delivery, at, failure.code, failure.detail, forever=failure.caller_caused, instead=elsewhere
        )
        return False

    def _elsewhere(self, to: str) -> str | None:
        """Where ops are told what `to` refuses: the best place that is not known to refuse as well."""
        return next((name for name in self._outlet.others(to) if not self._lane(name).refuses), None)

    async def _wait(self, delivery: Delivery, refusal: NotSent, at: Instant) -> bool:
        """It was not sent, so nothing failed: it waits with its destination and counts no try."""
        lane = self._lane(delivery.to)
        lane.hold(at, max(MESSAGE_INTERVAL, refusal.retry_after or FIRST_RETRY), asked=lane.asked)
        await self._store.release((delivery,))
        return False

    async def _postpone(
        self, delivery: Delivery, at: Instant, asked: float | None, code: Code, detail: str
    ) -> bool:
        """Hold the message by its own failures, and its destination by those of all messages in a row.

        So an outage backs off and keeps the order, and a message that always fails gives way to the others.
        """
        lane, dice = self._lane(delivery.to), self._jitter(1.0, 2.0)
        wait, hold = _backoff(delivery.attempt, dice), _backoff(lane.failures, dice)
        if delivery.attempt >= PATIENT_TRIES:
            wait = max(wait, hold + 1.5 * MESSAGE_INTERVAL)
        if asked is not None:
            wait = hold = max(MESSAGE_INTERVAL, asked)
        lane.failures += 1
        lane.hold(at, hold, asked=asked is not None)
        log.warning("not sent, tried again in %.0f s: %s: %s", wait, code, detail)
        await self._store.postpone(delivery, Instant(at + wait), code, detail)
        self._meter.count("alert.retry")
        return False

    def _time(self, now: Instant) -> Instant:
        """The instant after a send: the clock's, unless it was set back meanwhile."""
        return max(now, self._clock.now())


def _ids(delivery: Delivery) -> dict[str, object]:
    note = delivery.notification
    ids = {"incident": note.incident_id} if isinstance(note, OpsNotice) else {"alert": note.id}
    return {"delivery": delivery.id, **ids, "to": delivery.to, "attempt": delivery.attempt}


def _dead_letters(to: str) -> str:
    return f"dead letters to {to}"


def _backoff(failures: int, dice: float) -> float:
    """Seconds: 2 to 4, doubling, 150 to 300 at last; `dice` is between 1 and 2."""
    return min(FIRST_RETRY * 2.0 ** min(failures, 20), MAX_RETRY_INTERVAL / 2) * dice
