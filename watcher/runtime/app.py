"""The app: the parts of the trip, wired to the outside and to each other."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

from watcher.adapters.host.alarm_file import AlarmFile
from watcher.adapters.slack.channel import OPS_CHANNEL
from watcher.config import Settings
from watcher.core.cadence import interval
from watcher.core.categories import ttl_of
from watcher.core.comps import Comps, Filters, select, summarize
from watcher.core.delistings import Observed, exits_of, observe
from watcher.core.deliveries import MESSAGE_INTERVAL
from watcher.core.errors import Api, CallFailed, NotFound, WatcherError
from watcher.core.listing import Ask, Condition
from watcher.core.marketplaces import currency_of
from watcher.core.monitoring.api_history import Thresholds
from watcher.core.monitoring.incidents import SUBJECT, Incident
from watcher.core.monitoring.self_checks import SelfCheckLimits
from watcher.core.preview import Preview, build_preview
from watcher.core.receipts import QuotaThen
from watcher.core.rejections import without_rejected
from watcher.core.resilience.breaker import BreakerState
from watcher.core.resilience.retry import Jitter
from watcher.core.times import HOUR, MINUTE, Instant, Seconds, in_words
from watcher.core.watch import Question, Watch, WatchId
from watcher.core.watch_input import Defaults, KnownDestinations, doubts, watch_from
from watcher.db.engine import is_embedded, sqlite_path
from watcher.db.migrate import require
from watcher.delivery.dispatcher import Dispatcher
from watcher.monitoring.api_health import Health
from watcher.monitoring.clock_skew import ClockSkewMonitor
from watcher.monitoring.database_monitor import DATABASE_ALARM as DATABASE
from watcher.monitoring.database_monitor import DatabaseMonitor
from watcher.monitoring.self_monitoring import Jumps, Sensors
from watcher.monitoring.status import StatusReport
from watcher.polling.comps_cache import Answer, CompsCache, Freshness
from watcher.polling.poller import Pace, Poller
from watcher.ports import DELIVER, POLL, Clock, Meter
from watcher.runtime.integrations import Integrations
from watcher.runtime.job_loops import Activity, Work
from watcher.watches.backtest import backtest_watch
from watcher.watches.explain import Explainer
from watcher.watches.registry import Registry

if TYPE_CHECKING:
    from watcher.adapters.metrics.prometheus import Prometheus

_LARGEST_NUMBER = 2**62
# A question that always has an answer.
_PROBE = "camera"
_HEALTH_EVERY, _GAUGES_EVERY, _PROBE_EVERY = Seconds(5.0), Seconds(10.0), Seconds(10.0)


class RealClock:
    """The time of day."""

    def now(self) -> Instant:
        """The present instant."""
        return Instant(time.time())


class App(Integrations):
    """Everything: the outside, and the trip over it."""

    @classmethod
    @asynccontextmanager
    async def opened(
        cls,
        settings: Settings,
        *,
        clock: Clock | None = None,
        jitter: Jitter | None = None,
        lockstep: bool = False,
        with_database: bool = True,
        keep_token: bool = True,
    ) -> AsyncIterator[App]:
        """An app, its database brought to our schema if it is empty. Raises DatabaseRefused, WatcherError.

        Without `keep_token` eBay's token is neither taken from the state directory nor left there.
        """
        if with_database:
            require(settings.database_url)
        dice = random.Random()  # noqa: S311 - backoff, not secrets
        app = cls(
            settings,
            clock or RealClock(),
            jitter or dice.uniform,
            lockstep=lockstep,
            keep_token=keep_token,
            with_database=with_database,
        )
        try:
            yield app
        finally:
            await app.close()

    # --- the parts ------------------------------------------------------------------------------

    @cached_property
    def registry(self) -> Registry:
        """The life of watches."""
        return Registry(self.stores.watches, self._defaults, self.settings.ebay.daily_quota)

    @cached_property
    def freshness(self) -> Freshness:
        """How long answers stay good."""
        c = self.settings.cache
        return Freshness(c.ttl, c.negative_ttl, c.max_stale)

    @cached_property
    def cache(self) -> CompsCache:
        """Comps through the cache."""
        cache = CompsCache(
            self.stores.cache,
            self.ebay,
            self.freshness,
            clock=self.clock,
            meter=self.meter,
            backup=self.serpapi,
            sold=self._sales,
            waiting=self.waiting,
        )
        self._closing.push_async_callback(cache.aclose)
        return cache

    @cached_property
    def health(self) -> Health:
        """The windows over the calls of every API; restored from the database."""
        a = self.settings.alerts
        embedded = is_embedded(self.settings.database_url)
        health = Health(
            self.stores.incidents,
            Thresholds(
                a.failure_rate,
                a.outage,
                a.latency,
                a.window,
                a.min_calls,
                a.certainty,
                a.background,
                a.repeat,
            ),
            self._limits,
            name=_process_name(),
            machine=SUBJECT if embedded else f"{SUBJECT}-{socket.gethostname()}",
        )
        health.restore(self.clock.now())
        self._closing.push_async_callback(self._flush_health, health)
        return health

    @property
    def _limits(self) -> SelfCheckLimits:
        a = self.settings.alerts
        return SelfCheckLimits(a.overdue, a.outbox, a.quota, a.disk, a.suspicious, a.clock, a.lag)

    @cached_property
    def sensors(self) -> Sensors:
        """What is measured of the daemon itself."""
        url = self.settings.database_url
        return Sensors(
            self.stores,
            self.allowances,
            self._limits,
            cadence=self.cadence,
            knows=self.outlet.knows,
            pulse=self.pulse,
            place=sqlite_path(url).parent if is_embedded(url) else self.settings.state_path,
            jumps=None if self._lockstep else Jumps(time.monotonic, self.settings.alerts.clock),
            off=lambda: self.clock_watch.off,
        )

    @staticmethod
    async def _flush_health(health: Health) -> None:
        with contextlib.suppress(WatcherError):  # the database is gone; the log says so
            await health.flush()

    @cached_property
    def alarms(self) -> AlarmFile:
        """What is told on this machine alone."""
        return AlarmFile(self.settings.state_path, self.clock)

    @cached_property
    def database_alarm(self) -> DatabaseMonitor:
        """Tells that the database is gone."""
        return self.alarm_of(self.stores.probe)

    def alarm_of(self, probe: Callable[[], Awaitable[str]]) -> DatabaseMonitor:
        """What tells it by that probe of the database."""
        alarm = DatabaseMonitor(
            probe,
            self.dispatcher.at_once,
            [*filter(self.outlet.knows, [OPS_CHANNEL]), *self.outlet.others(OPS_CHANNEL)],
            self.alarms,
            self.settings.database_name,
        )
        self._closing.push_async_callback(alarm.close)
        return alarm

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """Empties the outbox."""
        outlet = self.outlet
        dispatcher = Dispatcher(
            self.stores.outbox,
            outlet,
            self.meter,
            self.alarms,
            clock=self.clock,
            jitter=self.jitter,
            lease=_process_name(),
            patience=None if self._lockstep else MESSAGE_INTERVAL,
        )
        self._closing.push_async_callback(dispatcher.close)
        return dispatcher

    @cached_property
    def poller(self) -> Poller:
        """Polls what is due."""
        p = self.settings.polling
        pace = Pace(
            self.settings.ebay.daily_quota,
            p.min_interval,
            p.concurrency,
            self.settings.retry.ebay.policy,
            self.freshness,
            # Two markets, each within its deadline, and the database's share.
            Seconds(2 * self.settings.timeout.comps + MINUTE),
        )
        poller = Poller(
            self.stores.searches,
            self.stores.cache,
            self.ebay,
            pace,
            backup=self.serpapi,
            jitter=self.jitter,
            meter=self.meter,
            name=_process_name(),
        )
        poller.quota_of = self._quota
        return poller

    def _quota(self, now: Instant) -> QuotaThen:
        ebay = self.allowances[Api.EBAY]
        return QuotaThen(ebay.used(now), ebay.limit)

    @cached_property
    def clock_watch(self) -> ClockSkewMonitor:
        """Notices a clock that is wrong."""
        return ClockSkewMonitor(self.stores.due_times, self.clock, self.alarms)

    @cached_property
    def explainer(self) -> Explainer:
        """Why and why not, from stored state."""
        stores = self.stores
        return Explainer(stores.history, stores.searches, stores.cache, self.freshness, self.outlet.knows)

    @cached_property
    def status_of(self) -> StatusReport:
        """How everything is."""
        return StatusReport(
            self.stores.incidents,
            self.stores.outbox,
            self.stores.watches,
            self.stores.searches,
            quotas=list(self.allowances.values()),
            slack_is_set=self.outlet.knows("slack"),
        )

    @cached_property
    def _defaults(self) -> Defaults:
        s = self.settings.slack
        destinations = KnownDestinations(
            frozenset(s.destinations) - {OPS_CHANNEL}, bool(s.bot_token.get_secret_value())
        )
        return Defaults(self.settings.ebay.marketplace, destinations)

    # --- what the verbs ask ---------------------------------------------------------------------

    def number(self, given: int) -> WatchId:
        """A watch's number as a person gave it."""
        if not 0 < given < _LARGEST_NUMBER:
            raise NotFound(f"There is no watch {given}; `watcher watch list` shows them.")
        return WatchId(given)

    def question(self, draft: Mapping[str, str]) -> Question:
        """A question from typed fields. Raises InvalidInput."""
        return watch_from(draft, self._defaults).question

    async def comps(self, question: Question) -> tuple[Answer, Comps]:
        """Comps through the cache: sold prices where there are enough, else asks. Raises CallFailed."""
        return await self.cache.priced(question, lambda answer: self._priced(question, answer, Filters()))

    def observed(self, question: Question) -> Observed | None:
        """At what last prices listings left the market, as far as a watch has looked; None where none has."""
        tracks, currency = self.stores.history, currency_of(question.marketplace)
        search = tracks.search_of(question)
        if search is None:
            return None
        gone = exits_of(question.query, tracks.sighted(search), currency)
        return observe([*tracks.exits(search), *gone], currency)

    def kept_answer(self, watch: Watch) -> Comps | None:
        """What the watch sees of the last answer that is kept; the market is not asked."""
        answer = self.cache.get(watch.question)
        return (
            without_rejected(self._priced(watch.question, answer, watch.filters), watch.rejected)
            if answer
            else None
        )

    async def asks(self, question: Question, filters: Filters) -> tuple[Answer, Comps]:
        """Asking prices through the cache, as a watch with these filters sees them. Raises CallFailed."""
        answer = await self.cache.get_or_fetch(question)
        return answer, self._priced(question, answer, filters)

    def preview(self, watch: Watch, answer: Answer, comps: Comps) -> Preview:
        """What a watch would do: at its first look, by this answer, and by what is stored."""
        now = self.clock.now()
        tested = backtest_watch(self.stores.history, watch, now)
        return build_preview(watch, comps, answer.snapshot.listings, tested, now)

    @staticmethod
    def _priced(question: Question, answer: Answer, filters: Filters) -> Comps:
        currency = currency_of(question.marketplace)
        selection = select(
            question.query,
            question.condition,
            answer.snapshot.listings,
            currency=currency,
            filters=filters,
            trust_condition=not answer.snapshot.ignored_filters,
        )
        return Comps(selection, summarize(selection.kept, currency, answer.basis))

    def cadence(self, watch: Watch, searches: int | None = None) -> Seconds:
        """How often the watch's search is polled at the present number of searches, or at that many."""
        return interval(
            watch.every,
            searches=self.stores.searches.active_searches() if searches is None else searches,
            daily_quota=self.settings.ebay.daily_quota,
            min_interval=self.settings.polling.min_interval,
            ttl=ttl_of(watch.question.category, self.freshness.ttls),
        )

    def doubts(self, watch: Watch) -> list[str]:
        """What a watch says that is valid and probably not meant, a sentence for each."""
        found = list(doubts(watch, self.freshness.ttls))
        least = self.settings.polling.min_interval
        if watch.every is not None and watch.every < least:
            found.append(
                f"No search is polled more often than every {in_words(least)} ([polling] min_interval)."
            )
        return found

    def status(self) -> dict[str, Any]:
        """The daemon's state as the database tells it."""
        return self.status_of.read(self.health.snapshot(self.clock.now()), self.clock.now())

    # --- the daemon -----------------------------------------------------------------------------

    def activities(self) -> Sequence[Activity]:
        """What the daemon does, wired: a call is seen by health, an alert wakes the dispatcher."""
        tick = self.settings.polling.tick
        self.measure()
        poll = Activity(
            POLL,
            self._in_time(self.poller.tick),
            tick,
            again_at=self.stores.searches.next_due_after,
            stuck=lambda: self.poller.stuck,
        )
        deliver = Activity(
            DELIVER, self._in_time(self.dispatcher.drain), tick, again_at=self.dispatcher.next_at
        )

        async def judge(now: Instant) -> None:
            if await self.judge(now):
                deliver.wake()

        async def look_at_clock(now: Instant) -> None:
            if await self.clock_watch.check(now):
                poll.wake()
                deliver.wake()

        async def go_on() -> None:
            # Polls whose result could not be kept would wait until their leases end. A message under way
            # keeps its own, or it would be sent again.
            await self.stores.searches.free_leases(self.poller.holds)
            poll.wake()
            deliver.wake()

        self.database_alarm.on_back = go_on
        self.poller.on_alert = deliver.wake
        self.poller.on_room = poll.wake
        return [
            Activity("clock", look_at_clock, tick),
            poll,
            deliver,
            Activity("judge", judge, _HEALTH_EVERY),
            Activity("probe", self.probe, _HEALTH_EVERY),
            Activity("gauges", self.gauges, _GAUGES_EVERY),
            Activity("tidy", self._in_time(self.tidy), HOUR),
            Activity(
                DATABASE,
                self.database_alarm.look,
                _PROBE_EVERY,
                again_at=self.database_alarm.again_at,
            ),
            Activity("statsd", self.flush, Seconds(1.0)),
        ]

    def _in_time(self, work: Work) -> Work:
        """The same, while our clock is believed: it takes what nobody holds, and drops what is old."""

        async def done(now: Instant) -> None:
            if self.clock_watch.believed():
                await work(now)

        return done

    def measure(self) -> None:
        """Let health see every call, and Prometheus every number."""
        self.meter.observers.append(self.health.observe)
        self.meter.join(self._prometheus)

    @cached_property
    def _prometheus(self) -> Prometheus:
        from watcher.adapters.metrics.prometheus import Prometheus  # noqa: PLC0415 - only the daemon needs it

        return Prometheus(self.clock)

    def exposition(self) -> bytes:
        """What Prometheus scrapes, the levels as they are now."""
        now, prometheus = self.clock.now(), self._prometheus

        def set_levels() -> Sequence[Incident]:
            try:
                self._set_levels(prometheus, now)
                firing = self.stores.incidents.open_incidents()
            except WatcherError:  # what was counted is worth telling all the more
                prometheus.gauge("database.up", 0)
                return ()
            prometheus.gauge("database.up", 1)
            return firing

        return prometheus.page(set_levels, self.health.snapshot(now))

    async def judge(self, now: Instant) -> bool:
        """Judge the APIs and the daemon itself; whether there is something to tell."""
        now = self.clock_watch.corrected(now)  # those who can still send must not wait for our time
        return bool(await self.health.judge(now, self.sensors.read(now)))

    async def probe(self, now: Instant) -> None:
        """Ask eBay where its last call failed and nobody else asks; judging must not wait for that."""
        if self.has_market and Api.EBAY in self.health.probe_due(now):
            with contextlib.suppress(CallFailed):  # the probe's failure is its answer, and measured
                await self.ebay.search(
                    Ask(_PROBE, Condition.ANY, self.settings.ebay.marketplace), interactive=False
                )

    async def tidy(self, now: Instant) -> None:
        """Drop what is past its age, and take the providers' word for what is left of the quotas.

        One daemon of those on a database does so at a time.
        """
        async with self.stores.database.alone("tidying") as alone:
            if alone:
                await self._tidy(now)

    async def _tidy(self, now: Instant) -> None:
        await self.stores.housekeeping.prune(now)
        await self.stores.cache.trim()
        await self.stores.housekeeping.shrink()
        # Who cannot tell us now is asked again in an hour; our own count goes on.
        allowance = self.allowances[Api.EBAY]
        with contextlib.suppress(CallFailed):
            if quota := await self.ebay.rate_limit():
                await allowance.reconcile(*quota, now)
        await self.poller.resume(allowance.left(now), now)
        if self.serpapi:
            with contextlib.suppress(CallFailed):
                account = await self.serpapi.account()
                monthly = account.limit or self.settings.serpapi.monthly_quota
                await self.allowances[Api.SERPAPI].reconcile(account.remaining, monthly, None, now)

    async def gauges(self, now: Instant) -> None:
        """Set the levels."""
        self._set_levels(self.meter, now)

    def _set_levels(self, meter: Meter, now: Instant) -> None:
        stances: dict[Api, BreakerState] = {}
        for guard in self._guards:  # an API may have several, and the worst is what matters
            stances[guard.api] = max(guard.stance, stances.get(guard.api, guard.stance))
        for api, stance in stances.items():
            meter.gauge(f"breaker.{api}", stance)
        self.status_of.gauge(meter, now)

    async def flush(self, _now: Instant) -> None:
        """Send the numbers that wait."""
        if self._statsd:
            self._statsd.flush()


def _process_name() -> str:
    """Who holds a lease: unique among the daemons on one database, and across restarts."""
    return f"{socket.gethostname()}:{os.getpid()}:{time.time_ns():x}"


def died_here(lease: str) -> bool:
    """Whether a lease is of a process of this machine that is no more; asked before we lease anything."""
    host, _, numbers = lease.partition("/")[0].partition(":")
    number = numbers.partition(":")[0]
    if host != socket.gethostname() or not number.isdecimal():
        return False
    if int(number) == os.getpid():  # in a container it always is
        return True
    try:
        os.kill(int(number), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False
