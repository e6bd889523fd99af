"""The adapters, built from settings when they are first used; every outside call passes a guard."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from functools import cached_property

from watcher.adapters.ebay.client import BROWSE_RESOURCE, EbayClient
from watcher.adapters.ebay.insights import INSIGHTS_SCOPE, INSIGHTS_TOKEN_FILE, InsightsClient
from watcher.adapters.ebay.items import EbayItems
from watcher.adapters.ebay.token import EbayToken
from watcher.adapters.metrics.fan_out import MeterFanOut
from watcher.adapters.metrics.prometheus import Prometheus
from watcher.adapters.metrics.statsd import StatsdMeter
from watcher.adapters.openai.client import OpenAiClient
from watcher.adapters.outbound.bulkhead import Bulkhead
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.heartbeat import Heartbeat
from watcher.adapters.outbound.http import HttpClient
from watcher.adapters.pictures import PictureHost
from watcher.adapters.serpapi.client import SerpApiClient
from watcher.adapters.stripe.client import StripeClient
from watcher.config import ConfigRefused, Settings
from watcher.core.errors import Api
from watcher.core.pictures import PictureOrigins
from watcher.core.readings import READER_SHARE, Reader
from watcher.core.resilience.breaker import Breaker, BreakerPolicy, BreakerState
from watcher.core.resilience.retry import Jitter, RetryPolicy, attempts_within
from watcher.core.resilience.retry_budget import RetryBudget
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.db.housekeeping import RetentionPeriods
from watcher.db.stores import Stores
from watcher.delivery.router import Router
from watcher.monitoring.self_monitoring import RecentActivity
from watcher.polling.ai_reader import READING_SECONDS, AiReader
from watcher.polling.fetch import WaitLimits
from watcher.polling.quota_blocks import QuotaBlocks
from watcher.polling.second_look_quota import SecondLookQuota
from watcher.ports import Channel, Clock, SalesSource
from watcher.runtime.channels import CHANNELS

# A person waits for a checkout, with its retries; Stripe's own answer to one request takes seconds.
_STRIPE_SECONDS = Seconds(45.0)
_STRIPE_PLACES = 8  # requests to Stripe at the same time
_VISION_PLACES = 8  # calls of the model at the same time
_VISION_ATTEMPT = Seconds(60.0)
_READER_PLACES = 4  # readings at the same time
ITEM_PLACES = 5  # calls for single items at the same time
ITEM_ATTEMPT = Seconds(4.0)  # alerts wait for these calls
# While a market is down, one call a minute tests it, so that polling resumes within one interval.
MARKET_BREAKER = BreakerPolicy(max_pause=MINUTE)


class Integrations:
    """The adapters. What a command does not use is not built; `close` closes what was."""

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
        self._closing = AsyncExitStack()

    async def close(self) -> None:
        """Close what was built, in reverse order."""
        await self._closing.aclose()

    @cached_property
    def stores(self) -> Stores:
        """The database."""
        kept = self.settings.retention
        ages = RetentionPeriods(
            listing_text=kept.listing_text, history=kept.history, max_stale=self.settings.cache.max_stale
        )
        stores = Stores.opened(self.settings.database_url, ages, self.settings.paid_plans)
        self._closing.callback(stores.close)
        return stores

    @cached_property
    def meter(self) -> MeterFanOut:
        """Sends every metric to every meter."""
        return MeterFanOut(self.recent_activity, *([self.statsd] if self.statsd else []))

    @cached_property
    def recent_activity(self) -> RecentActivity:
        """The last hour of the daemon's own metrics, for its self-checks."""
        return RecentActivity(self.clock)

    @cached_property
    def statsd(self) -> StatsdMeter | None:
        """The StatsD meter; None without a host."""
        s = self.settings.statsd
        if not s.host:
            return None
        statsd = StatsdMeter(s.host, s.port, s.prefix)
        self._closing.callback(statsd.close)
        return statsd

    @cached_property
    def prometheus(self) -> Prometheus:
        """The Prometheus meter."""
        return Prometheus(self.clock)

    @cached_property
    def _http(self) -> HttpClient:
        http = HttpClient(concurrency=self.settings.polling.concurrency, proxies=self.settings.proxies)
        self._closing.push_async_callback(http.aclose)
        return http

    @cached_property
    def _model_http(self) -> HttpClient:
        """Connections for the model alone: its calls take a minute, and must not keep polls waiting."""
        http = HttpClient(concurrency=_VISION_PLACES + _READER_PLACES, proxies=self.settings.proxies)
        self._closing.push_async_callback(http.aclose)
        return http

    @cached_property
    def _payment_http(self) -> HttpClient:
        """Connections for Stripe alone: one that hangs must not keep polls waiting."""
        http = HttpClient(concurrency=_STRIPE_PLACES, proxies=self.settings.proxies)
        self._closing.push_async_callback(http.aclose)
        return http

    def guard(
        self,
        api: Api,
        policy: RetryPolicy,
        deadline: Seconds,
        breaker: BreakerPolicy,
        quota: QuotaBlocks | SecondLookQuota | None = None,
        *,
        attempt: Seconds | None = None,
        places: int | None = None,
    ) -> Guard:
        """Build the stages that every call to an API passes."""
        guard = Guard(
            api,
            policy,
            attempt_timeout=attempt or self.settings.timeout.attempt,
            deadline=deadline,
            clock=self.clock,
            # A breaker's pause passes in simulated time; no call lasts as long as a step of it.
            monotonic=self.clock.now if self._lockstep else time.monotonic,
            stopwatch=(lambda: 0.0) if self._lockstep else None,
            jitter=self.jitter,
            meter=self.meter,
            budget=RetryBudget(),
            breaker=Breaker(breaker),
            quota=quota,
            bulkhead=Bulkhead(places or self.settings.polling.concurrency),
        )
        self._guards.append(guard)
        return guard

    def breaker_states(self) -> Mapping[Api, BreakerState]:
        """Return the state of each API's breaker; the worst if an API has several."""
        best_first = sorted(self._guards, key=lambda guard: guard.breaker_state)
        return {guard.api: guard.breaker_state for guard in best_first}  # the last one of an API wins

    @cached_property
    def quota_blocks(self) -> Mapping[Api, QuotaBlocks]:
        """The quota of each API that has one."""
        limits = {Api.EBAY: self.settings.ebay.daily_quota}
        if self.settings.serpapi.api_key.get_secret_value():
            limits[Api.SERPAPI] = self.settings.serpapi.monthly_quota
        if self.settings.openai.api_key.get_secret_value():
            limits[Api.OPENAI] = self.settings.openai.daily_calls
        blocks = {
            api: QuotaBlocks(
                api,
                limit,
                self.stores.quota_ledger,
                has_polls=self._has_polls if api.facts.is_price_source else lambda: False,
                detail_share=self.settings.polling.detail_share if api is Api.EBAY else 0.0,
            )
            for api, limit in limits.items()
        }
        for one in blocks.values():
            self._closing.push_async_callback(one.close)
        blocks[Api.EBAY].ask_provider = self._ask_for_quota
        return blocks

    def _has_polls(self) -> bool:
        return self.stores.searches.next_due() is not None

    async def _ask_for_quota(self, now: Instant) -> int | None:
        """Return the Browse calls that are left by eBay's count, and adjust our own to it."""
        return await self._reconcile(self.quota_blocks[Api.EBAY], BROWSE_RESOURCE, now)

    async def _reconcile(self, blocks: QuotaBlocks, resource: str, now: Instant) -> int | None:
        quota = await self.ebay.fetch_quota(interactive=False, resource=resource)
        if quota is None or (quota.reset is not None and quota.reset <= now):
            return None
        await blocks.reconcile(*quota, now)
        return quota.remaining

    @property
    def daily_calls(self) -> int:
        """The eBay calls of one day: what is configured, but no more than eBay grants."""
        return self.quota_blocks[Api.EBAY].limit

    @property
    def plannable_calls(self) -> int:
        """The eBay calls of one day without those kept for single items, which polls and people share."""
        return self.daily_calls - self.detail_quota.limit

    def _build_token(self, guard: Guard, *, optional: bool = False, **scoped: str) -> EbayToken:
        e = self.settings.ebay
        token = EbayToken(
            base_url=e.base_url,
            client_id=e.client_id,
            client_secret=e.client_secret.get_secret_value(),
            state_dir=self.settings.state_path if self._keep_token else None,
            http=self._http,
            guard=guard,
            clock=self.clock,
            optional=optional,
            **scoped,
        )
        self._closing.push_async_callback(token.aclose)
        return token

    @cached_property
    def _browse_guard(self) -> Guard:
        require_credentials(self.settings)
        return self.guard(
            Api.EBAY,
            self.settings.retry.ebay.policy,
            self.settings.timeout.comps,
            MARKET_BREAKER,
            self.quota_blocks[Api.EBAY] if self._with_database else None,
        )

    @cached_property
    def _browse_token(self) -> EbayToken:
        return self._build_token(self._browse_guard)

    @cached_property
    def ebay(self) -> EbayClient:
        """The eBay client. Raises ConfigRefused without credentials."""
        e = self.settings.ebay
        return EbayClient(
            base_url=e.base_url,
            token=self._browse_token,
            http=self._http,
            guard=self._browse_guard,
            clock=self.clock,
            deliver_to=e.deliver_to,
        )

    @cached_property
    def detail_quota(self) -> SecondLookQuota:
        """The share of eBay's calls that may read single items."""
        return SecondLookQuota(self.quota_blocks[Api.EBAY], self.settings.polling.detail_share)

    @cached_property
    def ebay_items(self) -> EbayItems:
        """The client that reads single items. Raises ConfigRefused without credentials."""
        # Separate from the searches: if only single items cannot be read, polls must go on.
        guard = self.guard(
            Api.EBAY,
            self.settings.retry.ebay.policy,
            self.settings.timeout.comps,
            MARKET_BREAKER,
            self.detail_quota,
            attempt=min(self.settings.timeout.attempt, ITEM_ATTEMPT),
            places=ITEM_PLACES,
        )
        return EbayItems(
            base_url=self.settings.ebay.base_url,
            token=self._browse_token,
            http=self._http,
            guard=guard,
            clock=self.clock,
        )

    @cached_property
    def serpapi(self) -> SerpApiClient | None:
        """The client of the fallback; None without a key."""
        s = self.settings.serpapi
        key = s.api_key.get_secret_value()
        if not key:
            return None
        guard = self.guard(
            Api.SERPAPI,
            self.settings.retry.serpapi.policy,
            self.settings.timeout.comps,
            MARKET_BREAKER,
            self.quota_blocks[Api.SERPAPI],
        )
        return SerpApiClient(
            base_url=s.base_url,
            api_key=key,
            http=self._http,
            guard=guard,
            clock=self.clock,
            deliver_to=self.settings.ebay.deliver_to,
        )

    @cached_property
    def openai(self) -> OpenAiClient | None:
        """The model that identifies pictures; None without a key."""
        if not self.settings.openai.api_key.get_secret_value():
            return None
        guard = self.guard(
            Api.OPENAI,
            self.settings.retry.openai.policy,
            self.settings.timeout.vision,
            BreakerPolicy(),
            self.quota_blocks[Api.OPENAI] if self._with_database else None,
            attempt=vision_attempt(self.settings.timeout.vision),
            places=_VISION_PLACES,
        )
        return self._build_openai(guard)

    def _build_openai(self, guard: Guard) -> OpenAiClient:
        o = self.settings.openai
        return OpenAiClient(
            base_url=o.base_url,
            api_key=o.api_key.get_secret_value(),
            model=o.model,
            categories=self.settings.cache.ttl,
            http=self._model_http,
            guard=guard,
            clock=self.clock,
        )

    @cached_property
    def reader_quota(self) -> SecondLookQuota | None:
        """The share of OpenAI's calls that may read listings; None if none may."""
        if self.settings.openai.reader is Reader.OFF:
            return None
        return SecondLookQuota(self.quota_blocks[Api.OPENAI], READER_SHARE)

    @cached_property
    def ai_reader(self) -> AiReader | None:
        """The AI reader of listings; None if it is off."""
        o, quota = self.settings.openai, self.reader_quota
        if quota is None:
            return None
        # Separate from scans, which wait longer: if the reader is too slow, pictures are still identified.
        guard = self.guard(
            Api.OPENAI,
            self.settings.retry.openai.policy,
            READING_SECONDS,
            BreakerPolicy(),
            quota,
            attempt=READING_SECONDS,
            places=_READER_PLACES,
        )
        client = self._build_openai(guard)
        return AiReader(
            o.reader,
            quota,
            self.stores,
            client.read,
            categories=self.settings.cache.ttl,
            prices=o.prices,
            clock=self.clock,
            meter=self.meter,
        )

    @cached_property
    def stripe(self) -> StripeClient | None:
        """Stripe; None if no plan is for sale."""
        if not self.settings.paid_plans.priced:
            return None
        s = self.settings.stripe
        guard = self.guard(
            Api.STRIPE,
            self.settings.retry.stripe.policy,
            _STRIPE_SECONDS,
            BreakerPolicy(),
            places=_STRIPE_PLACES,
        )
        return StripeClient(
            base_url=s.base_url,
            api_key=s.api_key.get_secret_value(),
            http=self._payment_http,
            guard=guard,
            clock=self.clock,
        )

    @cached_property
    def insights(self) -> InsightsClient | None:
        """Marketplace Insights; None unless the configuration says that eBay granted it."""
        if not self.settings.ebay.sold_comps:
            return None
        # Separate from Browse: if Insights is not granted, its breaker must not stop Browse.
        guard = self.guard(
            Api.EBAY, self.settings.retry.ebay.policy, self.settings.timeout.comps, MARKET_BREAKER
        )
        return InsightsClient(
            base_url=self.settings.ebay.base_url,
            token=self._build_token(guard, scope=INSIGHTS_SCOPE, file_name=INSIGHTS_TOKEN_FILE),
            http=self._http,
            guard=guard,
            clock=self.clock,
        )

    @cached_property
    def picture_origins(self) -> PictureOrigins:
        """Where pictures may be fetched from."""
        return PictureOrigins.of(self.settings.ebay.base_url, simulated=self._lockstep)

    @cached_property
    def picture_host(self) -> PictureHost:
        """The host of listings' pictures. It is not an API, so its calls pass no guard."""
        host = PictureHost(
            origins=self.picture_origins,
            proxies=self.settings.proxies,
            timeout=self.settings.timeout.attempt,
        )
        self._closing.push_async_callback(host.aclose)
        return host

    @property
    def _sales(self) -> Sequence[SalesSource]:
        """The providers of sold prices, the best first: Marketplace Insights if granted, then SerpAPI."""
        return [source for source in (self.insights, self.serpapi) if source]

    @cached_property
    def channels(self) -> Sequence[Channel]:
        """The notification channels that are registered in `runtime.channels`."""
        channels = [make(self) for make in CHANNELS]
        for channel in channels:
            self._closing.push_async_callback(channel.close)
        return channels

    @cached_property
    def router(self) -> Router:
        """The channels by destination."""
        return Router(self.channels)

    @cached_property
    def heartbeat(self) -> Heartbeat | None:
        """The heartbeat's receiver; None without a URL."""
        url = self.settings.heartbeat.url.get_secret_value()
        if not url:
            return None
        timeout = min(self.settings.timeout.attempt, self.settings.heartbeat.every)
        return Heartbeat(url, self.meter, timeout, proxies=self.settings.proxies)

    def describe_attempts(self) -> Iterator[str]:
        """Yield, per API, how many attempts fit into its deadline."""
        retry, timeout = self.settings.retry, self.settings.timeout
        for api, limits, deadline in (
            (Api.EBAY, retry.ebay, timeout.comps),
            (Api.SERPAPI, retry.serpapi, timeout.comps),
        ):
            yield f"{api}: {attempts_within(limits.policy, timeout.attempt, deadline).sentence}"
        if self.settings.openai.api_key.get_secret_value():
            ai = attempts_within(retry.openai.policy, vision_attempt(timeout.vision), timeout.vision)
            yield f"{Api.OPENAI}: {ai.sentence}"
        if self.settings.paid_plans.priced:
            sold = attempts_within(retry.stripe.policy, timeout.attempt, _STRIPE_SECONDS)
            yield f"{Api.STRIPE}: {sold.sentence}"
        if self.settings.serpapi.api_key.get_secret_value():
            less = Seconds(self.wait_limits.total - self.wait_limits.spare)
            fewer = attempts_within(retry.ebay.policy, timeout.attempt, less).sentence
            yield f"{Api.EBAY}: {fewer} if nothing is cached, because serpapi is called next"

    @property
    def wait_limits(self) -> WaitLimits:
        """The time limits of an interactive call for comps."""
        return WaitLimits(total=self.settings.timeout.comps, attempt=self.settings.timeout.attempt)


def vision_attempt(deadline: Seconds) -> Seconds:
    """Return the seconds of one attempt to identify a picture.

    It is longer than that of other calls, so that a slow model can finish.
    """
    return min(deadline, _VISION_ATTEMPT)


NO_KEYS = (
    "There are no eBay credentials: set [ebay] client_id and client_secret (developer.ebay.com gives them), "
    "or try `watcher demo`, which needs none."
)


def require_credentials(settings: Settings) -> None:
    """Raise ConfigRefused without eBay credentials."""
    if not settings.ebay.has_credentials:
        raise ConfigRefused([NO_KEYS])
