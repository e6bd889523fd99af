"""The composition root: the only file that names concrete adapters, the real clock and the dice."""

from __future__ import annotations

import contextlib
import os
import random
import socket
import time
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import cached_property
from typing import Any

from watcher.adapters.bulkhead import Bulkhead
from watcher.adapters.db.housekeeping import Ages
from watcher.adapters.db.migrate import require
from watcher.adapters.db.stores import Stores
from watcher.adapters.ebay import Ebay
from watcher.adapters.ebay_token import EbayToken
from watcher.adapters.guard import Guard
from watcher.adapters.http import Http
from watcher.adapters.insights import SCOPE, TOKEN_FILE, Insights
from watcher.adapters.meters import Meters
from watcher.adapters.serpapi import SerpApi
from watcher.adapters.slack import SlackOutlet
from watcher.adapters.statsd import Statsd
from watcher.allowance import Allowance
from watcher.cache import Answer, Cache, Freshness
from watcher.config import ConfigRefused, Settings
from watcher.core.breaker import Breaker, Trip
from watcher.core.budget import Budget
from watcher.core.cadence import interval
from watcher.core.categories import ttl_of
from watcher.core.comps import Comps, Filters, select, summarize
from watcher.core.drafts import Defaults, Destinations, watch_from
from watcher.core.errors import Api, CallFailed, NotFound, WatcherError
from watcher.core.incidents import Thresholds
from watcher.core.listing import Ask, Condition
from watcher.core.marketplaces import currency_of
from watcher.core.retry import Jitter, RetryPolicy, attempts_within
from watcher.core.times import HOUR, MINUTE, Instant, Seconds
from watcher.core.watch import Question, Watch, WatchId
from watcher.daemon import Activity
from watcher.dispatcher import PACE, Dispatcher
from watcher.health import Health
from watcher.poller import Pace, Poller
from watcher.ports import Clock, SoldPlace
from watcher.registry import Registry
from watcher.status import Status

# A message that Slack did not take is tried again by the outbox, not by the call.
_ONCE = RetryPolicy(0, Seconds(2.0), Seconds(60.0))
# A probe a minute while an API is down, and back within one poll period when it is not.
_MARKET_TRIP = Trip(longest=MINUTE)
# Slack's limits are per destination, and the dispatcher heeds them.
_SLACK_TRIP = Trip(longest=Seconds(30.0), heeds_limits=False)
_LARGEST_NUMBER = 2**62
# A question that always has an answer.
_PROBE = "camera"
POLL = "poll"
_HEALTH_EVERY, _GAUGES_EVERY = Seconds(5.0), Seconds(10.0)


class RealClock:
    """The time of day."""

    def now(self) -> Instant:
        """The present instant."""
        return Instant(time.time())


class App:
    """Everything, built from settings; what a verb does not use is not built."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        jitter: Jitter,
        *,
        lockstep: bool = False,
        keep_token: bool = True,
        with_database: bool = True,
    ) -> None:
        self.settings = settings
        self.clock = clock
        self.jitter = jitter
        self._lockstep = lockstep
        self._keep_token = keep_token
        self._with_database = with_database
        self._guards: list[Guard] = []

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

    async def close(self) -> None:
        """Close what was opened."""
        made = vars(self)
        if "health" in made:
            with contextlib.suppress(WatcherError):  # the database is gone; the log says so
                await self.health.flush()
        if "dispatcher" in made:
            await self.dispatcher.close()
        if "outlet" in made:
            await self.outlet.close()
        if "cache" in made:
            await self.cache.aclose()
        for name in ("_token", "_sales_token"):
            if name in made:
                await made[name].aclose()
        if "_http" in made:
            await self._http.aclose()
        if "_statsd" in made and self._statsd:
            self._statsd.close()
        if "allowances" in made:
            for allowance in self.allowances.values():
                await allowance.close()
        if "stores" in made:
            self.stores.close()

    # --- the parts ------------------------------------------------------------------------------

    @cached_property
    def stores(self) -> Stores:
        """The database."""
        kept = self.settings.retention
        ages = Ages(kept.listing_text, kept.history, self.settings.cache.max_stale)
        return Stores.opened(self.settings.database_url, ages)

    @cached_property
    def registry(self) -> Registry:
        """The life of watches."""
        return Registry(self.stores.watches, self._defaults, self.settings.ebay.daily_quota)

    @cached_property
    def meter(self) -> Meters:
        """Where numbers go."""
        return Meters(*([self._statsd] if self._statsd else []))

    @cached_property
    def _statsd(self) -> Statsd | None:
        s = self.settings.statsd
        return Statsd(s.host, s.port, s.prefix) if s.host else None

    @cached_property
    def _http(self) -> Http:
        return Http(concurrency=self.settings.polling.concurrency)

    def _guard(
        self, api: Api, policy: RetryPolicy, deadline: Seconds, trip: Trip, allowance: Allowance | None = None
    ) -> Guard:
        """The one line that composes the path of every outside call."""
        guard = Guard(
            api,
            policy,
            attempt_timeout=self.settings.timeout.attempt,
            deadline=deadline,
            clock=self.clock,
            # Where time is simulated, a breaker's pause must pass with it.
            monotonic=self.clock.now if self._lockstep else time.monotonic,
            jitter=self.jitter,
            meter=self.meter,
            budget=Budget(),
            breaker=Breaker(trip),
            allowance=allowance,
            bulkhead=Bulkhead(self.settings.polling.concurrency),
        )
        self._guards.append(guard)
        return guard

    @cached_property
    def allowances(self) -> Mapping[Api, Allowance]:
        """What may still be asked of each API that has a quota."""
        limits = {Api.EBAY: self.settings.ebay.daily_quota}
        if self.settings.serpapi.api_key.get_secret_value():
            limits[Api.SERPAPI] = self.settings.serpapi.monthly_quota
        return {api: Allowance(api, limit, self.stores.ledger) for api, limit in limits.items()}

    @cached_property
    def _ebay_guard(self) -> Guard:
        return self._guard(
            Api.EBAY,
            self.settings.retry.ebay.policy,
            self.settings.timeout.comps,
            _MARKET_TRIP,
            self.allowances[Api.EBAY] if self._with_database else None,
        )

    @cached_property
    def _token(self) -> EbayToken:
        return self._mint(self._ebay_guard)

    @cached_property
    def _sales_token(self) -> EbayToken:
        return self._mint(self._insights_guard, scope=SCOPE, file_name=TOKEN_FILE)

    def _mint(self, guard: Guard, **scoped: str) -> EbayToken:
        e = self.settings.ebay
        return EbayToken(
            base_url=e.base_url,
            client_id=e.client_id,
            client_secret=e.client_secret.get_secret_value(),
            state_dir=self.settings.state_path if self._keep_token else None,
            http=self._http,
            guard=guard,
            clock=self.clock,
            **scoped,
        )

    @property
    def has_market(self) -> bool:
        """Whether eBay can be asked: there are credentials."""
        return _has_credentials(self.settings)

    @cached_property
    def ebay(self) -> Ebay:
        """The market. Raises ConfigRefused without credentials."""
        require_credentials(self.settings)
        e = self.settings.ebay
        return Ebay(
            base_url=e.base_url,
            token=self._token,
            http=self._http,
            guard=self._ebay_guard,
            clock=self.clock,
            deliver_to=e.deliver_to,
        )

    @cached_property
    def freshness(self) -> Freshness:
        """How long answers stay good."""
        c = self.settings.cache
        return Freshness(c.ttl, c.negative_ttl, c.max_stale)

    @cached_property
    def cache(self) -> Cache:
        """Comps through the cache."""
        return Cache(
            self.stores.cache,
            self.ebay,
            self.freshness,
            clock=self.clock,
            meter=self.meter,
            backup=self.serpapi,
            sold=self._sales,
        )

    @cached_property
    def serpapi(self) -> SerpApi | None:
        """The fallback; None without a key."""
        s = self.settings.serpapi
        key = s.api_key.get_secret_value()
        if not key:
            return None
        guard = self._guard(
            Api.SERPAPI,
            self.settings.retry.serpapi.policy,
            self.settings.timeout.comps,
            _MARKET_TRIP,
            self.allowances[Api.SERPAPI],
        )
        return SerpApi(base_url=s.base_url, api_key=key, http=self._http, guard=guard, clock=self.clock)

    @property
    def _sales(self) -> Sequence[SoldPlace]:
        """Who knows sold prices: Marketplace Insights where it was granted, SerpAPI where there is a key."""
        places: list[SoldPlace] = []
        if self.settings.ebay.sold_comps:
            places.append(
                Insights(
                    base_url=self.settings.ebay.base_url,
                    token=self._sales_token,
                    http=self._http,
                    guard=self._insights_guard,
                    clock=self.clock,
                )
            )
        return [*places, self.serpapi] if self.serpapi else places

    @cached_property
    def _insights_guard(self) -> Guard:
        # Of its own: a grant that is missing must not stop Browse.
        return self._guard(
            Api.EBAY, self.settings.retry.ebay.policy, self.settings.timeout.comps, _MARKET_TRIP
        )

    @cached_property
    def outlet(self) -> SlackOutlet:
        """Slack."""
        s = self.settings.slack
        deadline = Seconds(2 * self.settings.timeout.attempt)
        return SlackOutlet(
            self._guard(Api.SLACK, _ONCE, deadline, _SLACK_TRIP),
            watch_webhook_url=s.watch_webhook_url.get_secret_value(),
            ops_webhook_url=s.ops_webhook_url.get_secret_value(),
            destinations={name: url.get_secret_value() for name, url in s.destinations.items()},
            bot_token=s.bot_token.get_secret_value(),
            base_url=s.base_url,
        )

    @cached_property
    def health(self) -> Health:
        """The windows over the calls of every API; restored from the database."""
        a = self.settings.alerts
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
        )
        health.restore(self.clock.now())
        return health

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """Empties the outbox."""
        return Dispatcher(
            self.stores.outbox,
            self.outlet,
            self.meter,
            clock=self.clock,
            jitter=self.jitter,
            lease=_process_name(),
            patience=None if self._lockstep else PACE,
        )

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
        )
        return Poller(
            self.stores.searches,
            self.stores.cache,
            self.ebay,
            pace,
            backup=self.serpapi,
            jitter=self.jitter,
            meter=self.meter,
            name=_process_name(),
        )

    @cached_property
    def status_of(self) -> Status:
        """How everything is."""
        return Status(
            self.stores.incidents,
            self.stores.outbox,
            self.stores.watches,
            quotas=list(self.allowances.values()),
            slack_is_set=self.outlet.knows("slack"),
        )

    @cached_property
    def _defaults(self) -> Defaults:
        s = self.settings.slack
        destinations = Destinations(frozenset(s.destinations), bool(s.bot_token.get_secret_value()))
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
        """Comps through the cache: sold prices where there are enough, else asks. Raises CallFailed, ConfigRefused."""
        return await self.cache.priced(question, lambda answer: self._priced(question, answer, Filters()))

    async def asks(self, question: Question, filters: Filters) -> tuple[Answer, Comps]:
        """Asking prices through the cache, as a watch with these filters sees them. Raises as `comps` does."""
        answer = await self.cache.get_or_fetch(question)
        return answer, self._priced(question, answer, filters)

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

    def status(self) -> dict[str, Any]:
        """The daemon's state as the database tells it."""
        return self.status_of.read(self.health.snapshot(self.clock.now()), self.clock.now())

    # --- the daemon -----------------------------------------------------------------------------

    def activities(self) -> Sequence[Activity]:
        """What the daemon does, wired: a call is seen by health, an alert wakes the dispatcher."""
        tick = self.settings.polling.tick
        self.meter.observers.append(self.health.observe)
        poll = Activity(POLL, self.poller.tick, tick, again_at=self.stores.searches.next_due_after)
        deliver = Activity("deliver", self.dispatcher.drain, tick, again_at=self.dispatcher.next_at)

        async def judge(now: Instant) -> None:
            if await self.judge(now):
                deliver.wake()

        self.poller.on_alert = deliver.wake
        self.poller.on_room = poll.wake
        return [
            poll,
            deliver,
            Activity("judge", judge, _HEALTH_EVERY),
            Activity("gauges", self.gauges, _GAUGES_EVERY),
            Activity("tidy", self.tidy, HOUR),
            Activity("statsd", self.flush, Seconds(1.0)),
        ]

    async def judge(self, now: Instant) -> bool:
        """Judge the APIs; whether there is something to tell. An API that failed and that nobody calls is probed."""
        told = await self.health.judge(now)
        if self.has_market and Api.EBAY in self.health.probe_due(now):
            with contextlib.suppress(CallFailed):  # the probe's failure is its answer, and measured
                await self.ebay.search(
                    Ask(_PROBE, Condition.ANY, self.settings.ebay.marketplace), interactive=False
                )
        return bool(told)

    async def tidy(self, now: Instant) -> None:
        """Drop what is past its age, and take the providers' word for what is left of the quotas."""
        await self.stores.housekeeping.prune(now)
        await self.stores.cache.trim()
        # Who cannot tell us now is asked again in an hour; our own count goes on.
        with contextlib.suppress(CallFailed):
            if quota := await self.ebay.rate_limit():
                await self.allowances[Api.EBAY].reconcile(*quota, now)
        if self.serpapi:
            with contextlib.suppress(CallFailed):
                account = await self.serpapi.account()
                monthly = account.limit or self.settings.serpapi.monthly_quota
                await self.allowances[Api.SERPAPI].reconcile(account.remaining, monthly, None, now)

    def attempts(self) -> Iterator[str]:
        """Per API, which attempts can happen within which deadline."""
        retry, timeout = self.settings.retry, self.settings.timeout
        for api, limits, deadline in (
            (Api.EBAY, retry.ebay, timeout.comps),
            (Api.SERPAPI, retry.serpapi, timeout.comps),
            (Api.OPENAI, retry.openai, timeout.vision),
            (Api.STRIPE, retry.stripe, timeout.comps),
        ):
            yield f"{api}: {attempts_within(limits.policy, timeout.attempt, deadline).sentence}"

    async def gauges(self, now: Instant) -> None:
        """Set the levels."""
        self.status_of.gauge(self.meter, now)
        for guard in self._guards:
            guard.gauge()

    async def flush(self, _now: Instant) -> None:
        """Send the numbers that wait."""
        if self._statsd:
            self._statsd.flush()


def require_credentials(settings: Settings) -> None:
    """Raises ConfigRefused where eBay cannot be asked."""
    if not _has_credentials(settings):
        raise ConfigRefused(
            [
                "There are no eBay credentials: set [ebay] client_id and client_secret "
                "(developer.ebay.com gives them), or try `watcher demo`, which needs none."
            ]
        )


def _has_credentials(settings: Settings) -> bool:
    return bool(settings.ebay.client_id and settings.ebay.client_secret.get_secret_value())


def _process_name() -> str:
    """Who holds a lease: unique among the daemons on one database, and across restarts."""
    return f"{socket.gethostname()}:{os.getpid()}:{time.time_ns():x}"
