"""The parts of the program, built from settings and wired to each other."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import cached_property

from watcher.accounts.billing import Billing
from watcher.accounts.plan_use import late_poll_sentence
from watcher.adapters.host.alarm_file import AlarmFile
from watcher.config import Settings
from watcher.core.accuracy import accuracy_sentence
from watcher.core.cadence.call_plan import CallPlan, Objective
from watcher.core.cadence.windows import RESERVE
from watcher.core.errors import Api, WatcherError
from watcher.core.monitoring.daemons import shared_daemons
from watcher.core.monitoring.incidents import SELF_SUBJECT
from watcher.core.monitoring.self_checks import QuotaLevel, quota_level
from watcher.core.pictures import Picture
from watcher.core.receipts import QuotaUse
from watcher.core.resilience.retry import Jitter
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.core.watch import DEFAULT_DESTINATION, Watch
from watcher.core.watch_input import Defaults
from watcher.db.engine import is_embedded
from watcher.db.lock_file import probable_holder
from watcher.db.migrate import require_current_schema
from watcher.db.sqlite import lock_path, sqlite_path
from watcher.delivery.dispatcher import DRAIN_WAIT_SECONDS, Dispatcher
from watcher.monitoring.api_health import HealthMonitor
from watcher.monitoring.clock_skew import ClockSkewMonitor
from watcher.monitoring.database_monitor import DatabaseMonitor
from watcher.monitoring.self_monitoring import ClockJumpDetector, SelfMonitor, overdue_bound
from watcher.monitoring.status import SecondLooks, StatusReport, StatusSource
from watcher.polling.backgrounds import Backgrounds
from watcher.polling.comps_cache import CompsCache, Freshness
from watcher.polling.demand_scan import PlanTerms, SharedPlan
from watcher.polling.fetch import Fetcher
from watcher.polling.item_details import ItemDetails, KnownSpecifics
from watcher.polling.planning import DaemonCount, DayCalls, Planner
from watcher.polling.poller import Poller, PollingLimits
from watcher.polling.second_look import MAX_LOOK_SECONDS, Looker, SecondLook
from watcher.ports import Clock
from watcher.runtime.item_looks import ItemIntegrations
from watcher.runtime.presence import Presence, Reloads, configuration_of
from watcher.runtime.scanning import Scanning
from watcher.watches.accuracy_job import AccuracyJob
from watcher.watches.pictures import MAX_PICTURE_AGE, Pictures
from watcher.watches.queries import WatchQueries
from watcher.watches.registry import Registry
from watcher.watches.teaching import Teacher
from watcher.web.event_hub import EventHub


class RealClock:
    """The system clock."""

    def now(self) -> Instant:
        """Return the present instant."""
        return Instant(time.time())


class App(ItemIntegrations):
    """The integrations and the parts that use them, each built when it is first used."""

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
        """Yield an app; create the schema if the database is empty. Raises DatabaseRefused, WatcherError.

        `lockstep`: time is simulated. Without `keep_token`, eBay's token is neither read from the state
        directory nor written there.
        """
        if with_database:
            require_current_schema(settings.database_url)
        app = cls(
            settings,
            clock or RealClock(),
            jitter or random.Random().uniform,  # noqa: S311 - backoff, not secrets
            lockstep=lockstep,
            keep_token=keep_token,
            with_database=with_database,
        )
        try:
            yield app
        finally:
            await app.close()

    # --- watches and prices ---------------------------------------------------------------------

    @cached_property
    def registry(self) -> Registry:
        """Registers and edits watches."""
        defaults = Defaults(self.settings.ebay.marketplace, self.router.check_address)
        return Registry(self.stores.watches, defaults, self.last_plan)

    @cached_property
    def queries(self) -> WatchQueries:
        """What commands and web endpoints ask about watches and prices."""
        return WatchQueries(
            stores=self.stores,
            open_fetcher=lambda: self.fetcher,
            cache=self.cache,
            clock=self.clock,
            day_calls=self.day_calls,
            terms=self.plan_terms,
            is_destination=self.router.is_configured,
            is_daemon_running=self.is_daemon_running,
            remember_pictures=self.pictures.remember,
            history=self.settings.retention.history,
        )

    def why_polled_late(self, watch: Watch) -> str:
        """Return why the user's plan does not let a watch be polled at once; empty if it does."""
        return late_poll_sentence(self.stores, watch, self.clock.now())

    @cached_property
    def accuracy_job(self) -> AccuracyJob:
        """What finds out how wrong medians were."""
        kept = self.settings.retention.listing_text
        return AccuracyJob(self.stores, self.cache.freshness.ttls, kept)

    @cached_property
    def teacher(self) -> Teacher:
        """Asks the users of watches, and learns from their answers."""
        return Teacher(self.registry, self.queries)

    @cached_property
    def cache(self) -> CompsCache:
        """The stored answers."""
        c = self.settings.cache
        freshness = Freshness(c.ttl, c.negative_ttl, max_stale=c.max_stale)
        recalls = [self.known_specifics.recall]
        if self.ai_reader is not None:  # last, because what it read includes the specifics
            recalls.append(self.ai_reader.recall)
        backgrounds = Backgrounds(self.stores.searches, recalls)
        return CompsCache(self.stores.cache, freshness, self.clock, backgrounds.of)

    @cached_property
    def known_specifics(self) -> KnownSpecifics:
        """The item specifics that are stored."""
        return KnownSpecifics(self.stores.item_specifics)

    @cached_property
    def pictures(self) -> Pictures:
        """The pictures of listings, in memory alone."""
        pictures = Pictures(
            fetch=self._fetch_picture,
            stored_address=self.stores.history.picture_address,
            origins=self.picture_origins,
            max_age=min(MAX_PICTURE_AGE, self.settings.retention.listing_text),
            count=self.meter.count,
        )
        self._closing.push_async_callback(pictures.close)
        return pictures

    async def _fetch_picture(self, address: str) -> Picture:
        return await self.picture_host.fetch(address)  # which is built for the first picture

    @cached_property
    def scanning(self) -> Scanning:
        """What identifies pictures and tells what they are worth."""
        scanning = Scanning(self)
        self._closing.push_async_callback(scanning.close)
        return scanning

    @cached_property
    def fetcher(self) -> Fetcher:
        """The pipeline that answers questions. Raises ConfigRefused without eBay credentials."""
        fetcher = Fetcher(
            self.cache,
            self.ebay,
            self.meter,
            backup=self.serpapi,
            sales=self._sales,
            limits=self.wait_limits,
        )
        self._closing.push_async_callback(self.cache.flights.close)
        return fetcher

    @cached_property
    def billing(self) -> Billing | None:
        """Sells plans; None if no plan is for sale."""
        if self.stripe is None:
            return None
        http = self.settings.http
        page_url = http.public_url.rstrip("/") or f"http://localhost:{http.port}"
        return Billing(
            self.stores, self.stripe, self.settings.paid_plans, page_url=page_url, jitter=self.jitter
        )

    def daemon_process(self) -> int | None:
        """Return the process id of the daemon on an embedded database; None if none is running."""
        if self._lockstep:  # a simulation polls by itself, without a lock
            return os.getpid()
        return probable_holder(lock_path(self.settings.database_url))

    def is_daemon_running(self) -> bool:
        """Return whether a daemon polls what is in this database."""
        if self._lockstep:
            return True
        if self.settings.has_embedded_database:
            return self.daemon_process() is not None
        return shared_daemons(self.stores.daemons.listed(), self.clock.now()).running

    # --- polling and delivery -------------------------------------------------------------------

    @cached_property
    def poller(self) -> Poller:
        """Polls due searches."""
        limits = PollingLimits(
            concurrency=self.settings.polling.concurrency,
            retry=self.settings.retry.ebay.policy,
            # Two markets, each within its deadline, a second look, and the database's share.
            max_duration=Seconds(2 * self.settings.timeout.comps + MAX_LOOK_SECONDS + MINUTE),
        )
        poller = Poller(
            self.stores.searches,
            self.fetcher,
            self.planner,
            limits,
            jitter=self.jitter,
            meter=self.meter,
            name=_new_lease_owner(),
            second_look=self.second_look,
        )
        ebay = self.quota_blocks[Api.EBAY]
        poller.quota_of = lambda now: QuotaUse(ebay.used(now), ebay.limit)
        poller.accuracy_of = lambda category, basis: accuracy_sentence(
            self.queries.accuracy_of(category, basis)
        )
        poller.on_polled = self.events.note_poll
        if self.item_follower is not None:
            poller.on_judged = self.item_follower.note_poll
            self.item_follower.on_due = lambda: poller.on_room()  # noqa: PLW0108 - it is set later
        return poller

    @cached_property
    def planner(self) -> Planner:
        """Says when which search is polled."""
        return Planner(self.stores.polling_plan, self.plan_terms, self.day_calls, is_whole=self._lockstep)

    def current_plan(self) -> SharedPlan:
        """Return how often searches are polled: as this process does, if it polls."""
        return self.queries.plan() if self.planner.is_idle else self.planner.shared

    def last_plan(self) -> CallPlan:
        """Return the plan that a daemon stored last, or what is known before the first one."""
        stored = SharedPlan.read(self.stores.polling_plan.read())
        budget = self.plannable_calls * (1 - RESERVE)
        return (
            CallPlan(objective=self.plan_terms.objective, budget=budget) if stored is None else stored.calls
        )

    @property
    def plan_terms(self) -> PlanTerms:
        """What the configuration says about plans."""
        p = self.settings.polling
        return PlanTerms(p.min_interval, p.floor, Objective(p.objective))

    def day_calls(self, now: Instant) -> DayCalls:
        """Return the eBay calls of the current day, which the daemons on the database share."""
        ebay = self.quota_blocks[Api.EBAY]
        return DayCalls(
            left=ebay.unspent(now),
            ends_at=ebay.resets_at(now),
            budget=self.plannable_calls * (1 - RESERVE),
            expected=ebay.usually_polled(now),
            daemons=self._daemons.count(now),
        )

    @cached_property
    def _daemons(self) -> DaemonCount:
        return DaemonCount(None if self.settings.has_embedded_database else self.stores.daemons)

    @cached_property
    def second_look(self) -> SecondLook:
        """Looks once more at listings before a poll decides about them."""
        known = self.known_specifics
        lookers: list[Looker] = [known]
        if self.settings.polling.detail_share:
            read = self.ebay_items.specifics
            lookers.append(ItemDetails(read, known, self.detail_quota, self.meter))
        if self.ai_reader is not None:  # last, so that it reads the specifics too
            lookers.append(self.ai_reader)
        return SecondLook(lookers)

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """Sends the messages in the outbox."""
        dispatcher = Dispatcher(
            self.stores.outbox,
            self.router,
            self.meter,
            self.alarms,
            clock=self.clock,
            jitter=self.jitter,
            lease=_new_lease_owner(),
            max_wait=None if self._lockstep else DRAIN_WAIT_SECONDS,
            recheck=self.recheck,
        )
        self._closing.push_async_callback(dispatcher.close)
        return dispatcher

    @cached_property
    def events(self) -> EventHub:
        """The open streams of events."""
        return EventHub(self.stores.events, self.clock, _new_lease_owner())

    # --- monitoring -----------------------------------------------------------------------------

    @cached_property
    def health(self) -> HealthMonitor:
        """The recent calls of every API and the incidents they cause, restored from the database."""
        embedded = is_embedded(self.settings.database_url)
        health = HealthMonitor(
            self.stores.incidents,
            self.settings.alerts.thresholds,
            name=_new_lease_owner(),
            machine=SELF_SUBJECT if embedded else f"{SELF_SUBJECT}-{socket.gethostname()}",
        )
        health.restore(self.clock.now())
        self._closing.push_async_callback(self._flush_health, health)
        return health

    @staticmethod
    async def _flush_health(health: HealthMonitor) -> None:
        with contextlib.suppress(WatcherError):  # the database has failed, which is logged already
            await health.flush()

    @cached_property
    def self_monitor(self) -> SelfMonitor:
        """Measures the daemon itself."""
        url = self.settings.database_url
        return SelfMonitor(
            self.stores,
            self.settings.alerts.thresholds,
            quotas=self.quota_levels,
            plan=self.current_plan,
            is_configured=self.router.is_configured,
            activity=self.recent_activity,
            data_dir=sqlite_path(url).parent if is_embedded(url) else self.settings.state_path,
            jumps=None if self._lockstep else ClockJumpDetector(time.monotonic, self.settings.alerts.clock),
            clock_skew=lambda: self.clock_monitor.skew,
        )

    @cached_property
    def status(self) -> StatusReport:
        """What `watcher status` reports."""
        settings = self.settings
        source = StatusSource(
            quotas=self.quota_levels,
            plan=self.current_plan,
            overdue=lambda plan: overdue_bound(plan, settings.alerts.overdue),
            embedded_process=self.daemon_process if settings.has_embedded_database else None,
            configuration_of=lambda daemon: configuration_of(daemon, settings),
            slack_is_set=self.router.is_configured(DEFAULT_DESTINATION),
            database=settings.database_name,
            config_file=str(settings.file or ""),
            problems=settings.problems,
            breakers=self.breaker_states,
            disk=self.self_monitor.disk,
            second_looks=self.second_looks,
            bulk_looks=self.bulk_looks,
            priced=[Api.OPENAI] if Api.OPENAI in self.quota_blocks and any(settings.openai.prices) else [],
        )
        return StatusReport(self.stores, self.health, source)

    def presence(self, reloads: Reloads) -> Presence:
        """Return what shows in the database that this daemon runs."""
        embedded = is_embedded(self.settings.database_url)
        return Presence(
            self.stores.daemons,
            self.settings,
            _new_lease_owner(),
            reloads,
            # An embedded database has one daemon at a time.
            is_dead=lambda daemon: embedded or is_orphaned(daemon),
        )

    @cached_property
    def alarms(self) -> AlarmFile:
        """Reports on this machine alone, for when the database or Slack fails."""
        return AlarmFile(self.settings.state_path, self.clock)

    def quota_levels(self, now: Instant) -> Mapping[Api, QuotaLevel]:
        """Return the level of every quota."""
        return {
            api: quota_level(
                api,
                blocks.configured,
                (counts := blocks.counts(now)).used,
                now,
                interactive=counts.interactive,
                granted=blocks.granted,
            )
            for api, blocks in self.quota_blocks.items()
        }

    def second_looks(self, now: Instant) -> Mapping[Api, SecondLooks]:
        """Return the calls for single listings of each API that may make some."""
        quotas = {Api.EBAY: self.detail_quota, Api.OPENAI: self.reader_quota}
        return {
            api: SecondLooks(quota.used(now), quota.limit)
            for api, quota in quotas.items()
            if quota is not None and quota.limit
        }

    def bulk_looks(self, now: Instant) -> SecondLooks | None:
        """Return eBay's calls for many listings at once; None if none was made."""
        used = self.bulk_quota.used(now)
        return SecondLooks(used, self.bulk_quota.limit) if used else None

    @cached_property
    def clock_monitor(self) -> ClockSkewMonitor:
        """Notices that the system clock is wrong."""
        return ClockSkewMonitor(self.stores.due_times, self.clock, self.alarms)

    @cached_property
    def database_monitor(self) -> DatabaseMonitor:
        """Notices that the database has failed."""
        return self.monitor_database(self.stores.probe)

    def monitor_database(self, probe: Callable[[], Awaitable[str]]) -> DatabaseMonitor:
        """Return a monitor that checks the database with `probe`."""
        monitor = DatabaseMonitor(
            probe,
            self.dispatcher.send_directly,
            self.router.ops_destinations(),
            self.alarms,
            self.settings.database_name,
        )
        self._closing.push_async_callback(monitor.close)
        return monitor

    def connect_meters(self) -> None:
        """Pass every call to health and every metric to Prometheus."""
        self.meter.observers.append(self.health.observe)
        self.meter.add_meter(self.prometheus)
        _ = self.openai, self.stripe  # built now, so that their breakers have gauges before the first call


def _new_lease_owner() -> str:
    """Return a name that is unique among the daemons on one database, and across restarts."""
    return f"{socket.gethostname()}:{os.getpid()}:{time.time_ns():x}"


def is_orphaned(lease: str) -> bool:
    """Return whether the lease's process ran on this machine and has ended.

    Call it before this process takes leases: one with our own process id is taken for orphaned, because in
    a container every process has the same id.
    """
    host, _, numbers = lease.partition("/")[0].partition(":")
    number = numbers.partition(":")[0]
    if host != socket.gethostname() or not number.isdecimal():
        return False
    if int(number) == os.getpid():
        return True
    try:
        os.kill(int(number), 0)
    except OSError as error:
        return isinstance(error, ProcessLookupError)
    return False
