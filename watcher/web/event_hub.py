"""The open streams of events, and the one reader of the database that serves all of them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Collection, Iterator, Sequence
from contextlib import asynccontextmanager

from watcher.core.errors import RequestRefused, WatcherError
from watcher.core.events import ChangeEvent, EventType, OrderedTail, StoredEvent, parse_id
from watcher.core.times import Seconds
from watcher.core.tokens import Caller
from watcher.core.watch import SearchId, Watch
from watcher.db.events import ROWS_PER_READ, EventStore
from watcher.ports import EVENTS, Clock
from watcher.web.event_stream import MAX_HINTS, EventStream

log = logging.getLogger(__name__)

MAX_STREAMS, MAX_STREAMS_PER_USER = 1_000, 600
# For clients above the bound; a browser's page retries more rarely than it reconnects.
_REFUSED_SECONDS = Seconds(30.0)
# Every round reads what the command line has written; writes of daemons start one at once.
_ROUND_SECONDS, _PAUSE_SECONDS = Seconds(1.0), Seconds(0.05)
# Half of the five seconds in which a stream without a valid caller ends.
_CHECK_SECONDS = Seconds(2.0)
_KEEP_ALIVE_SECONDS = Seconds(15.0)
_ALERTS_PER_READ = 200
# Browsers reconnect after 1 to 3 seconds, spread because a restart ends all streams at once.
_RETRY_MS, _RETRY_SPREAD_MS, _RETRY_STEP_MS = 1_000, 2_000, 617

# Signals between daemons. A daemon sends its polls only while another has announced streams.
_STREAMS, _POLLED = "streams", "polled"
_ANNOUNCE_SECONDS, _ANNOUNCED_FOR_SECONDS = Seconds(10.0), Seconds(30.0)
_SIGNAL_SECONDS = Seconds(0.5)
_SEARCHES_PER_SIGNAL = 300  # a signal of Postgres has less than 8,000 bytes
_MAX_POLLED = 5_000  # searches whose hints wait; the others get none

ValidCallers = Callable[[Collection[Caller]], Collection[Caller]]


class EventHub:
    """Passes events on to the streams of the users whose they are.

    `name` is unique among the daemons on the database.
    """

    def __init__(self, store: EventStore, clock: Clock, name: str) -> None:
        self._store, self._clock, self._name = store, clock, name
        self._streams: dict[str, set[EventStream]] = {}  # by user
        self._count = self._opened = 0
        self._is_running = False
        self._tail: OrderedTail | None = None
        self._work = asyncio.Event()
        # Searches that were polled: here, for other daemons, and by other daemons.
        self._polled_here: set[int] = set()
        self._polled_elsewhere: set[int] = set()
        self._others_until = self._announce_at = self._signal_at = self._check_at = 0.0
        self._signalling: asyncio.Task[None] | None = None
        self._has_failed = False

    @property
    def count(self) -> int:
        """The number of open streams."""
        return self._count

    @property
    def sends_polls(self) -> bool:
        """Whether another daemon on the database has streams, which get hints of this one's polls."""
        return bool(self._others_until)

    @property
    def retry_ms(self) -> int:
        """After how many milliseconds the next stream's browser reconnects."""
        return _RETRY_MS + self._opened * _RETRY_STEP_MS % _RETRY_SPREAD_MS

    # --- streams --------------------------------------------------------------------------------

    def open(self, caller: Caller, last_id: int) -> EventStream:
        """Return a new stream; `last_id` is the last event that its client received, 0 for none.

        The stream has ended if the daemon is stopping. Raises RequestRefused, WatcherError.
        """
        if not self._is_running:
            stream = EventStream(caller, 0, 0)
            stream.end()
            return stream
        mine = self._streams.get(caller.user, set())
        if self._count >= MAX_STREAMS or len(mine) >= MAX_STREAMS_PER_USER:
            sentence = "Too many streams of events are open; close some pages, or try again later."
            raise RequestRefused(429, sentence, retryable=True, retry_after=_REFUSED_SECONDS)
        if self._tail is None:
            settled = self._store.settled_id(self._clock.now())
            self._tail = OrderedTail(settled, waits=self._store.commits_out_of_order)
        # Ids above the newest are those of another database.
        is_known = last_id <= self._tail.position or last_id <= self._store.last_id()
        stream = EventStream(caller, last_id if is_known else 0, self._tail.position)
        self._streams.setdefault(caller.user, set()).add(stream)
        self._count, self._opened = self._count + 1, self._opened + 1
        self._work.set()
        return stream

    def close(self, stream: EventStream) -> None:
        """Forget a stream whose request has ended."""
        mine = self._streams.get(stream.caller.user, set())
        if stream in mine:
            mine.remove(stream)
            self._count -= 1
            if not mine:
                del self._streams[stream.caller.user]
            if not self._count:  # the next stream starts at what is newest then
                self._tail = None

    def missed(self, stream: EventStream) -> Iterator[bytes]:
        """Yield the alert events that a resumed stream missed, in parts. Raises WatcherError."""
        after = stream.after or stream.until
        while after < stream.until:
            found = self._store.missed_alerts(stream.caller.user, after, stream.until, _ALERTS_PER_READ)
            if not found:
                return
            yield b"".join(event.message() for event in found)
            after = found[-1].id

    # --- what has happened ----------------------------------------------------------------------

    def wake(self) -> None:
        """Read the events soon, because there may be new ones."""
        if self._count:
            self._work.set()

    def note_poll(self, search: SearchId, watches: Sequence[Watch]) -> None:
        """Send hints to the users of these watches that their search was polled."""
        if self._count:
            left = dict.fromkeys(self._streams, MAX_HINTS)  # more would be left out
            for watch in watches:
                if left.get(watch.user):
                    left[watch.user] -= 1
                    self._hint(ChangeEvent(watch.user, EventType.POLL, str(watch.id), watch.revision))
        if self.sends_polls and len(self._polled_here) < _MAX_POLLED:
            self._polled_here.add(search)
            self._work.set()

    def receive_signal(self, signal: str) -> bool:
        """Take a signal of a daemon on the same database; return False if it is not about events."""
        kind, _, rest = signal.partition(" ")
        sender, _, searches = rest.partition(" ")
        if kind == EVENTS:
            self.wake()
        elif kind not in (_STREAMS, _POLLED):
            return False
        elif sender == self._name:
            pass
        elif kind == _STREAMS:
            self._others_until = asyncio.get_running_loop().time() + _ANNOUNCED_FOR_SECONDS
        elif self._count and len(self._polled_elsewhere) < _MAX_POLLED:
            self._polled_elsewhere.update(parse_id(s) for s in searches.split(","))
            self._work.set()
        return True

    # --- the reader -----------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self, valid: ValidCallers, ended: asyncio.Event) -> AsyncIterator[None]:
        """Serve streams while the block runs and until `ended` is set, which ends all of them.

        `valid` returns those of some callers that would still be let in; it may raise WatcherError.
        """
        self._is_running = True
        self._store.on_recorded(self.wake)
        tasks = [asyncio.create_task(self._run(valid)), asyncio.create_task(self._end_at(ended))]
        try:
            yield
        finally:
            self._end()
            for task in (*tasks, self._signalling):
                if task is not None:
                    task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _end_at(self, ended: asyncio.Event) -> None:
        await ended.wait()
        self._end()

    def _end(self) -> None:
        self._is_running = False
        for stream in self._open_streams():
            stream.end()

    async def _run(self, valid: ValidCallers) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_ROUND_SECONDS if self._count or self._polled_here else None):
                    await self._work.wait()
            self._work.clear()
            try:
                await self._round(valid)
            except WatcherError as error:  # logged once: repeated every second, it would bury other lines
                if not self._has_failed:
                    log.warning("events cannot be read for now: %s", error)
                self._has_failed = True
            except Exception:
                log.exception("events cannot be passed on")
            else:
                self._has_failed = False
            await asyncio.sleep(_PAUSE_SECONDS)  # what happens meanwhile shares the next round

    async def _round(self, valid: ValidCallers) -> None:
        now = asyncio.get_running_loop().time()
        for stream in self._open_streams():
            stream.keep_alive(now, _KEEP_ALIVE_SECONDS)
        self._signal(now)
        await self._pass_events_on(now)
        self._pass_polls_on()
        if self._count and now >= self._check_at:
            self._check_at = now + _CHECK_SECONDS
            self._check_callers(valid)

    async def _pass_events_on(self, now: float) -> None:
        while (tail := self._tail) is not None:
            passed = tail.admit(self._store.after(tail.position), now)
            for stored in passed:
                self._publish(stored)
            if len(passed) < ROWS_PER_READ:
                return
            await asyncio.sleep(0)

    def _publish(self, stored: StoredEvent) -> None:
        user = stored.event.user
        if user is None:
            streams: Sequence[EventStream] = [s for s in self._open_streams() if s.caller.admin]
        else:
            streams = tuple(self._streams.get(user, ()))
        if streams:
            message = stored.message()
            for stream in streams:
                if stored.id > stream.after:
                    stream.push(message)

    def _hint(self, event: ChangeEvent) -> None:
        message = event.message()
        for stream in self._streams.get(event.user or "", ()):
            stream.push_hint(message)

    def _pass_polls_on(self) -> None:
        """Send hints for what other daemons polled."""
        polled, self._polled_elsewhere = sorted(self._polled_elsewhere), set()
        users = list(self._streams)
        for start in range(0, len(polled) if users else 0, _SEARCHES_PER_SIGNAL):
            for hint in self._store.polled(polled[start : start + _SEARCHES_PER_SIGNAL], users):
                self._hint(hint)

    def _check_callers(self, valid: ValidCallers) -> None:
        """End the streams of callers that would not be let in any more."""
        streams = self._open_streams()
        still = valid({stream.caller for stream in streams})
        for stream in streams:
            if stream.caller not in still:
                stream.end()

    def _open_streams(self) -> Sequence[EventStream]:
        return [stream for mine in self._streams.values() for stream in mine]

    # --- signals to other daemons ---------------------------------------------------------------

    def _signal(self, now: float) -> None:
        """Announce streams to other daemons, or the polls that theirs wait for, without waiting for it."""
        if now > self._others_until:
            self._others_until = 0.0
            self._polled_here.clear()
        is_busy = self._signalling is not None and not self._signalling.done()
        if is_busy or not self._store.commits_out_of_order or now < self._signal_at:
            return
        if self._count and now >= self._announce_at:
            self._announce_at = now + _ANNOUNCE_SECONDS
            text = f"{_STREAMS} {self._name}"
        elif self._polled_here:
            some = sorted(self._polled_here)[:_SEARCHES_PER_SIGNAL]
            self._polled_here.difference_update(some)
            text = f"{_POLLED} {self._name} {','.join(map(str, some))}"
        else:
            return
        self._signal_at = now + _SIGNAL_SECONDS
        self._signalling = asyncio.create_task(self._send_signal(text))

    async def _send_signal(self, text: str) -> None:
        with contextlib.suppress(WatcherError):  # the database has failed, which is logged already
            await self._store.signal(text)
