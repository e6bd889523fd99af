"""The settings: one frozen model with a class for each section of config.toml. Durations are in seconds.

Each default is written here and in the shipped config.toml, nowhere else; a test compares the two.
"""

# No `from __future__ import annotations` here: pydantic would have to compile every annotation from text.

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from watcher.config.call_settings import RetrySettings, Section, TimeoutSettings
from watcher.config.plan_settings import PlanSettings, PlanTables, plans_of
from watcher.config.secret_parts import secrets_in, with_url_parts
from watcher.config.value_types import (
    PROXY_OFF,
    ApiUrl,
    AsciiWord,
    CallCount,
    CategoryTtls,
    Concurrency,
    DatabaseUrl,
    DeliveryPlace,
    Directory,
    Duration,
    Host,
    LogFormat,
    LogLevel,
    LooseShare,
    Marketplace,
    MetricPrefix,
    Multiple,
    ObjectiveName,
    OptionalHost,
    OptionalUrl,
    Port,
    Probability,
    ProxyUrl,
    Quota,
    ReaderUse,
    ScanWays,
    Secret,
    SecretUrl,
    Share,
    ShippingCost,
    SlackDestinations,
    SmallShare,
    Switch,
    TokenPrice,
    ValueRefused,
    is_webhook,
)
from watcher.core.ai_answers import TokenPrices
from watcher.core.categories import TTLS
from watcher.core.identification import Way
from watcher.core.monitoring.api_history import Thresholds
from watcher.core.plans import Plans
from watcher.core.proxies import ProxyRule
from watcher.core.readings import Reader
from watcher.core.resale import ResaleTerms
from watcher.core.times import DAY, HOUR, MINUTE, Seconds
from watcher.core.tokens import is_loopback

_UNSET = SecretStr("")
_NO_FILE = "the defaults"
_SQLITE = "sqlite:///"
# libpq options, after the "?" of a database URL, that must never be shown.
_SECRET_OPTIONS = frozenset({"password", "sslpassword"})


class DatabaseSettings(Section):
    """The database. Its URL may contain a password; read `Settings.database_url` instead."""

    url: DatabaseUrl = SecretStr(f"{_SQLITE}watcher.db")


class HttpSettings(Section):
    """The HTTP server of the daemon."""

    host: Host = "127.0.0.1"
    port: Port = 8080
    public_url: OptionalUrl = ""

    @property
    def exposed_by(self) -> str:
        """The setting that lets other machines connect, maybe through a proxy; empty if none does."""
        if not is_loopback(self.host):
            return f'[http] host = "{self.host}"'
        return f'[http] public_url = "{self.public_url}"' if self.public_url else ""

    @property
    def unencrypted_key(self) -> str:
        """The key whose address other machines use without TLS; empty if none does."""
        if not self.public_url:
            return "" if is_loopback(self.host) else "host"
        parts = urlsplit(self.public_url)
        return "public_url" if parts.scheme == "http" and not is_loopback(parts.hostname or "") else ""


class EbaySettings(Section):
    """eBay's Browse API. `daily_quota` is in calls per day."""

    base_url: ApiUrl = "https://api.ebay.com"
    client_id: AsciiWord = ""
    client_secret: Secret = _UNSET
    marketplace: Marketplace = "EBAY_US"
    deliver_to: DeliveryPlace = ""
    daily_quota: Quota = 5000
    sold_comps: Switch = False

    @property
    def has_credentials(self) -> bool:
        """Whether eBay can be called."""
        return bool(self.client_id and self.client_secret.get_secret_value())


class SerpApiSettings(Section):
    """SerpAPI, the fallback if eBay fails; without a key there is none. `monthly_quota` is in searches."""

    base_url: ApiUrl = "https://serpapi.com"
    api_key: Secret = _UNSET
    monthly_quota: Quota = 250


class OpenAiSettings(Section):
    """The model that identifies pictures and reads listings; without a key there is none.

    `daily_calls` and `user_daily_calls` are per day, in all and per user. `price_in` and `price_out` are in
    US dollars per million tokens; 0 is unknown. `reader`: which listings it reads.
    """

    base_url: ApiUrl = "https://api.openai.com/v1"
    api_key: Secret = _UNSET
    model: AsciiWord = "gpt-6-luna"
    daily_calls: Quota = 500
    user_daily_calls: Quota = 100
    price_in: TokenPrice = 0.0
    price_out: TokenPrice = 0.0
    reader: ReaderUse = Reader.OFF

    @model_validator(mode="after")
    def _require_model_for_reader(self) -> Self:
        missing = "a model" if self.api_key.get_secret_value() else "an api_key"
        if self.reader is not Reader.OFF and not (self.api_key.get_secret_value() and self.model):
            raise ValueRefused(f'reader = "{self.reader}" needs {missing}. Set one, or reader = "off".')
        return self

    @property
    def prices(self) -> TokenPrices:
        """The values that `core` needs."""
        return TokenPrices(Decimal(str(self.price_in)), Decimal(str(self.price_out)))


class ScanSettings(Section):
    """Identification and resale of what pictures show. `fee` and `margin` are shares of 1.

    `ways` may be used, whatever their order. `shipping` is in the marketplace's currency.
    """

    ways: ScanWays = tuple(Way)
    fee: LooseShare = 0.13
    shipping: ShippingCost = 0.0
    margin: LooseShare = 0.20

    @property
    def terms(self) -> ResaleTerms:
        """The values that `core` needs."""
        return ResaleTerms(Decimal(str(self.fee)), Decimal(str(self.shipping)), Decimal(str(self.margin)))


class StripeSettings(Section):
    """Payments for plans: Stripe's address, its secret key, and what its calls are signed with."""

    base_url: ApiUrl = "https://api.stripe.com"
    api_key: Secret = _UNSET
    webhook_secret: Secret = _UNSET


class SlackSettings(Section):
    """Slack. `destinations` maps the names that `--to` accepts to webhook URLs, channels and members.

    The destination `ops` is the channel for ops alerts, one thread per incident.
    """

    watch_webhook_url: SecretUrl = _UNSET
    ops_webhook_url: SecretUrl = _UNSET
    bot_token: Secret = _UNSET
    base_url: ApiUrl = "https://slack.com/api"
    destinations: SlackDestinations = Field(default={})

    @model_validator(mode="after")
    def _require_bot_for_channels(self) -> Self:
        if not self.bot_token.get_secret_value():
            for name, destination in self.destinations.items():
                if not is_webhook(destination.get_secret_value()):
                    raise ValueRefused(f'The destination "{name}" is not a webhook, so it needs bot_token.')
        return self


class ProxySettings(Section):
    """The proxy of outgoing calls; its address may contain a password. Read `Settings.proxies` instead."""

    url: ProxyUrl = _UNSET


class StatsdSettings(Section):
    """Metrics over UDP; an empty host turns them off."""

    host: OptionalHost = ""
    port: Port = 8125
    prefix: MetricPrefix = "watcher"


class CacheSettings(Section):
    """The comps cache. `ttl` covers every known category; `max_stale` counts from expiry."""

    max_stale: Duration = Seconds(30 * DAY)
    negative_ttl: Duration = Seconds(10 * MINUTE)
    ttl: CategoryTtls = TTLS


class PollingSettings(Section):
    """How polls are planned, their concurrency, and the share of calls for single items."""

    min_interval: Duration = MINUTE
    tick: Duration = Seconds(1.0)
    concurrency: Concurrency = 20
    detail_share: SmallShare = 0.05
    objective: ObjectiveName = "alive"
    floor: Duration = Seconds(24 * HOUR)


class AlertSettings(Section):
    """Limits for incidents of APIs and, from `overdue` on, of watcher itself.

    `failure_rate`, `certainty`, `background`, `quota`, `disk` and `suspicious` are between 0 and 1;
    `overdue` is a multiple of a search's cadence.
    """

    failure_rate: Share = 0.10
    outage: Duration = Seconds(5 * MINUTE)
    latency: Duration = Seconds(5.0)
    window: Duration = Seconds(5 * MINUTE)
    min_calls: CallCount = 20
    certainty: Probability = 1e-7
    background: Probability = 0.05
    repeat: Duration = Seconds(4 * HOUR)
    overdue: Multiple = 2.0
    outbox: Duration = Seconds(5 * MINUTE)
    quota: Share = 0.05
    disk: Share = 0.05
    suspicious: Share = 0.2
    clock: Duration = Seconds(30.0)
    lag: Duration = Seconds(10.0)

    @property
    def thresholds(self) -> Thresholds:
        """The limits by which incidents start and end."""
        return Thresholds(**dict(self))


class RetentionSettings(Section):
    """Retention of listing texts and of price history."""

    listing_text: Duration = Seconds(30 * DAY)
    history: Duration = Seconds(365 * DAY)


class HeartbeatSettings(Section):
    """The heartbeat. Its address is a secret: it is enough to report a dead daemon as working."""

    url: SecretUrl = _UNSET
    every: Duration = MINUTE


class LogSettings(Section):
    """The log."""

    level: LogLevel = "info"
    format: LogFormat = "console"


class Settings(Section):
    """Everything in config.toml, and how it was read: see the fields after the sections.

    `load` creates it and reports where each value comes from. pydantic-settings cannot report that, and it
    would add half to the import time.
    """

    state_dir: Directory = ""
    database: DatabaseSettings = DatabaseSettings()
    http: HttpSettings = HttpSettings()
    ebay: EbaySettings = EbaySettings()
    serpapi: SerpApiSettings = SerpApiSettings()
    openai: OpenAiSettings = OpenAiSettings()
    scan: ScanSettings = ScanSettings()
    stripe: StripeSettings = StripeSettings()
    plans: PlanTables = Field(default={})
    slack: SlackSettings = SlackSettings()
    proxy: ProxySettings = ProxySettings()
    statsd: StatsdSettings = StatsdSettings()
    cache: CacheSettings = CacheSettings()
    retry: RetrySettings = RetrySettings()
    timeout: TimeoutSettings = TimeoutSettings()
    polling: PollingSettings = PollingSettings()
    alerts: AlertSettings = AlertSettings()
    retention: RetentionSettings = RetentionSettings()
    heartbeat: HeartbeatSettings = HeartbeatSettings()
    log: LogSettings = LogSettings()

    # Not keys of the file: its path, and the directories that relative paths start from.
    source: str = Field(_NO_FILE, exclude=True)
    state_directory: Path | None = Field(None, exclude=True)
    cwd: Path = Field(Path(), exclude=True)
    # The proxies that the environment names.
    proxy_variables: ProxyRule = Field(ProxyRule(), exclude=True)
    # The values of the file by their full names, with its secrets; for the digest only.
    in_file: Mapping[str, object] = Field({}, exclude=True, repr=False)
    # Why the configuration was refused; empty unless this is the part of it that can still be used.
    problems: tuple[str, ...] = Field((), exclude=True)

    @field_validator("plans")
    @classmethod
    def _require_stripe_for_prices(
        cls, plans: Mapping[str, PlanSettings], others: ValidationInfo
    ) -> Mapping[str, PlanSettings]:
        stripe = others.data.get("stripe")  # None if it is refused itself
        for name, plan in plans.items():
            for key in ("api_key", "webhook_secret") if plan.price_id and stripe else ():
                if not getattr(stripe, key).get_secret_value():
                    raise ValueRefused(f'"{name}" has a price_id, so it needs {key} in [stripe].')
        return plans

    @property
    def paid_plans(self) -> Plans:
        """The plans, and where a user chooses one."""
        return plans_of(self.plans, self.http.public_url)

    @property
    def file(self) -> Path | None:
        """The absolute path of config.toml; None if there is none."""
        return None if self.source == _NO_FILE else self.cwd.absolute() / self.source

    @property
    def database_url(self) -> str:
        """The URL for the database driver; a file has its absolute path. It may contain a password."""
        url = self.database.url.get_secret_value()
        if url.startswith(_SQLITE):
            return f"{_SQLITE}{self._base_directory / url.removeprefix(_SQLITE)}"
        return f"postgresql+psycopg://{url.partition('://')[2]}"

    @property
    def proxies(self) -> ProxyRule:
        """The rule for the proxies of all outgoing calls: [proxy] url, else the environment."""
        url, environment = self.proxy.url.get_secret_value(), self.proxy_variables
        if url == PROXY_OFF:
            return ProxyRule()
        return ProxyRule(url, url, environment.except_for) if url else environment

    def unencrypted(self) -> Iterator[tuple[str, str]]:
        """Yield each key whose secrets cross the network without TLS, and a sentence about it."""
        slack, bot = self.slack, self.slack.bot_token.get_secret_value()
        addresses = {
            "[ebay] base_url": self.ebay.base_url if self.ebay.has_credentials else "",
            "[serpapi] base_url": self.serpapi.base_url if self.serpapi.api_key.get_secret_value() else "",
            "[openai] base_url": self.openai.base_url if self.openai.api_key.get_secret_value() else "",
            "[stripe] base_url": self.stripe.base_url if self.paid_plans.priced else "",
            "[slack] base_url": slack.base_url if bot else "",
            "[slack] watch_webhook_url": slack.watch_webhook_url.get_secret_value(),
            "[slack] ops_webhook_url": slack.ops_webhook_url.get_secret_value(),
            "[heartbeat] url": self.heartbeat.url.get_secret_value(),
        }
        for name, target in slack.destinations.items():
            addresses[f"[slack.destinations] {name}"] = target.get_secret_value()
        for key, address in addresses.items():
            parts = urlsplit(address)
            if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
                host = parts.hostname
                yield key, f"its secret goes to {host} unencrypted, where others can read it; write https://"
        if key := self.http.unencrypted_key:
            what = "sign-ins and tokens arrive unencrypted, so others on the network can read them"
            yield (
                f"[http] {key}",
                f"{what}; put a proxy with TLS in front, and set [http] public_url to its https:// address",
            )

    @property
    def has_embedded_database(self) -> bool:
        """Whether the database is a SQLite file, which one daemon has for itself."""
        return self.database_url.startswith(_SQLITE)

    @property
    def database_name(self) -> str:
        """The database for people and logs: the file, or the URL without its password."""
        url = self.database_url
        if self.has_embedded_database:
            return url.removeprefix(_SQLITE)
        parts = urlsplit(url)
        host = f"{parts.username}@" * bool(parts.username) + parts.netloc.rpartition("@")[2]
        return f"postgresql://{host}{parts.path}"

    @property
    def state_path(self) -> Path:
        """The absolute directory for files beside the database: eBay's token, backups.

        It is `state_dir`, else $STATE_DIRECTORY, else the SQLite file's directory, else the current one.
        """
        if self.state_dir or self.state_directory or not self.has_embedded_database:
            return self._base_directory
        return Path(self.database_name).parent

    @property
    def _base_directory(self) -> Path:
        """The directory that a relative SQLite path starts from."""
        cwd = self.cwd.absolute()
        return cwd / (self.state_dir or self.state_directory or cwd)

    def secrets(self) -> tuple[str, ...]:
        """Return every secret that is set, and the secret parts of URLs, for removal from the log."""
        url = self.database.url.get_secret_value()
        parts = urlsplit("" if self.has_embedded_database else url)
        password = parts.password or ""
        options = {value for name, value in parse_qsl(parts.query) if name in _SECRET_OPTIONS}
        destinations = {place.get_secret_value() for place in self.slack.destinations.values()}
        proxy = self.proxy.url.get_secret_value()
        public = {url, proxy, *(place for place in destinations if not is_webhook(place))}
        secrets = {password, unquote(password), *options, *(s for s in secrets_in(self) if s not in public)}
        secrets |= {*self.proxies.secrets(), *self.proxy_variables.secrets()}
        return tuple(sorted(with_url_parts(secrets) - {""}))
