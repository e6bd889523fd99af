"""The settings: one frozen model, one class for each section of config.toml, durations in seconds."""

# Without `from __future__ import annotations`: pydantic would compile each annotation from text again.

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import BaseModel, ConfigDict, Field, SecretStr, model_validator

from watcher.config import kinds as k
from watcher.core.categories import TTLS
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import DAY, HOUR, MINUTE, Seconds, write_duration

_NONE = SecretStr("")
_SQLITE = "sqlite:///"
_SHORT_PATH = 16
# What libpq takes after the "?" and nobody may see.
_SECRET_OPTIONS = frozenset({"password", "sslpassword"})


class Section(BaseModel):
    """A part of config.toml."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class DatabaseSettings(Section):
    """Where everything is kept. The URL may hold a password: use `Settings.database_url`."""

    url: k.Database = SecretStr(f"{_SQLITE}watcher.db")


class HttpSettings(Section):
    """The daemon's HTTP door."""

    host: k.Host = "127.0.0.1"
    port: k.Port = 8080
    public_url: k.AddressOrNone = ""


class EbaySettings(Section):
    """eBay's Browse API. `daily_quota` in calls a day."""

    base_url: k.Address = "https://api.ebay.com"
    client_id: k.Word = ""
    client_secret: k.Secret = _NONE
    marketplace: k.Marketplace = "EBAY_US"
    deliver_to: k.Place = ""
    daily_quota: k.Quota = 5000
    sold_comps: k.Switch = False


class SerpApiSettings(Section):
    """The fallback when eBay fails; without a key there is none. `monthly_quota` in searches a month."""

    base_url: k.Address = "https://serpapi.com"
    api_key: k.Secret = _NONE
    monthly_quota: k.Quota = 250


class OpenAiSettings(Section):
    """What identifies an item in a picture."""

    base_url: k.Address = "https://api.openai.com/v1"
    api_key: k.Secret = _NONE
    model: k.Word = "gpt-6-luna"


class StripeSettings(Section):
    """Payments."""

    base_url: k.Address = "https://api.stripe.com"
    api_key: k.Secret = _NONE
    webhook_secret: k.Secret = _NONE


class SlackSettings(Section):
    """Where messages go. `destinations`: webhook URLs or channels by the name that `--to` takes.

    `ops` among them is the channel that ops alerts go to, in threads.
    """

    watch_webhook_url: k.SecretAddress = _NONE
    ops_webhook_url: k.SecretAddress = _NONE
    bot_token: k.Secret = _NONE
    base_url: k.Address = "https://slack.com/api"
    destinations: k.Destinations = {}

    @model_validator(mode="after")
    def _channels_have_a_bot(self) -> Self:
        if not self.bot_token.get_secret_value():
            for name, place in self.destinations.items():
                if not k.is_webhook(place.get_secret_value()):
                    raise k.ValueRefused(f'The destination "{name}" is not a webhook, so it needs bot_token.')
        return self


class StatsdSettings(Section):
    """Where metrics go over UDP; an empty host is off."""

    host: k.HostOrNone = ""
    port: k.Port = 8125
    prefix: k.Prefix = "watcher"


class CacheSettings(Section):
    """How long comps stay good. `ttl`: seconds by category, complete; `max_stale` counts from expiry."""

    max_stale: k.Duration = Seconds(30 * DAY)
    negative_ttl: k.Duration = Seconds(10 * MINUTE)
    ttl: k.Ttls = TTLS


class RetryLimits(Section):
    """How often and after how long one API is tried again."""

    max_retries: k.Retries
    initial_delay: k.Duration
    max_delay: k.Duration

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.initial_delay > self.max_delay:
            raise k.ValueRefused(
                f"{_longer('initial_delay', self.initial_delay, 'max_delay', self.max_delay)}."
            )
        return self

    @property
    def policy(self) -> RetryPolicy:
        """The same as the core takes it."""
        return RetryPolicy(self.max_retries, self.initial_delay, self.max_delay)


class EbayRetry(RetryLimits):
    """eBay is tried again."""

    max_retries: k.Retries = 5
    initial_delay: k.Duration = Seconds(2.0)
    max_delay: k.Duration = Seconds(60.0)


class OpenAiRetry(RetryLimits):
    """OpenAI is tried again."""

    max_retries: k.Retries = 3
    initial_delay: k.Duration = Seconds(1.0)
    max_delay: k.Duration = Seconds(30.0)


class SerpapiRetry(RetryLimits):
    """SerpAPI is tried again."""

    max_retries: k.Retries = 4
    initial_delay: k.Duration = Seconds(3.0)
    max_delay: k.Duration = Seconds(60.0)


class StripeRetry(RetryLimits):
    """Stripe is tried again."""

    max_retries: k.Retries = 3
    initial_delay: k.Duration = Seconds(1.0)
    max_delay: k.Duration = Seconds(10.0)


class RetrySettings(Section):
    """How failed calls are tried again, for each API."""

    ebay: EbayRetry = EbayRetry()
    openai: OpenAiRetry = OpenAiRetry()
    serpapi: SerpapiRetry = SerpapiRetry()
    stripe: StripeRetry = StripeRetry()


class TimeoutSettings(Section):
    """How long a call may take: comps and vision with all their attempts, and a single attempt."""

    comps: k.Duration = Seconds(30.0)
    vision: k.Duration = Seconds(90.0)
    attempt: k.Duration = Seconds(10.0)

    @model_validator(mode="after")
    def _an_attempt_fits(self) -> Self:
        for name, whole in (("comps", self.comps), ("vision", self.vision)):
            if self.attempt > whole:
                raise k.ValueRefused(
                    f"{_longer('attempt', self.attempt, name, whole)}; none could ever finish."
                )
        return self


class PollingSettings(Section):
    """How often and how many at a time searches are polled."""

    min_interval: k.Duration = MINUTE
    tick: k.Duration = Seconds(1.0)
    concurrency: k.Concurrency = 20


class AlertSettings(Section):
    """When ops are told of an API, and of watcher itself (from `overdue` on).

    `failure_rate`, `certainty`, `background`, `quota`, `disk` and `suspicious` are shares of 1, `overdue` is
    a multiple of a watch's cadence.
    """

    failure_rate: k.Share = 0.10
    outage: k.Duration = Seconds(5 * MINUTE)
    latency: k.Duration = Seconds(5.0)
    window: k.Duration = Seconds(5 * MINUTE)
    min_calls: k.Calls = 20
    certainty: k.Chance = 1e-7
    background: k.Chance = 0.05
    repeat: k.Duration = Seconds(4 * HOUR)
    overdue: k.Times = 2.0
    outbox: k.Duration = Seconds(5 * MINUTE)
    quota: k.Share = 0.05
    disk: k.Share = 0.05
    suspicious: k.Share = 0.2
    clock: k.Duration = Seconds(30.0)
    lag: k.Duration = Seconds(10.0)


class RetentionSettings(Section):
    """How long listing texts and price history are kept."""

    listing_text: k.Duration = Seconds(30 * DAY)
    history: k.Duration = Seconds(365 * DAY)


class HeartbeatSettings(Section):
    """An address that is called as long as the daemon works. It is a secret: who knows it can fake life."""

    url: k.SecretAddress = _NONE
    every: k.Duration = MINUTE


class LogSettings(Section):
    """What is logged and how."""

    level: k.Level = "info"
    format: k.Format = "console"


class Settings(Section):
    """All of config.toml, and what the place it was read at adds: `source`, `state_directory`, `cwd`.

    Made by `load`, which knows where each value stands; pydantic-settings cannot tell that, and would
    add half to the time that this takes to import.
    """

    state_dir: k.Directory = ""
    database: DatabaseSettings = DatabaseSettings()
    http: HttpSettings = HttpSettings()
    ebay: EbaySettings = EbaySettings()
    serpapi: SerpApiSettings = SerpApiSettings()
    openai: OpenAiSettings = OpenAiSettings()
    stripe: StripeSettings = StripeSettings()
    slack: SlackSettings = SlackSettings()
    statsd: StatsdSettings = StatsdSettings()
    cache: CacheSettings = CacheSettings()
    retry: RetrySettings = RetrySettings()
    timeout: TimeoutSettings = TimeoutSettings()
    polling: PollingSettings = PollingSettings()
    alerts: AlertSettings = AlertSettings()
    retention: RetentionSettings = RetentionSettings()
    heartbeat: HeartbeatSettings = HeartbeatSettings()
    log: LogSettings = LogSettings()

    # Not keys of the file: the file that was read, and where relative paths begin.
    source: str = Field("the defaults", exclude=True)
    state_directory: Path | None = Field(None, exclude=True)
    cwd: Path = Field(Path(), exclude=True)

    @property
    def database_url(self) -> str:
        """The database as its driver wants it, a file with its absolute path. It may hold a password."""
        url = self.database.url.get_secret_value()
        if url.startswith(_SQLITE):
            return f"{_SQLITE}{self._home / url.removeprefix(_SQLITE)}"
        return f"postgresql+psycopg://{url.partition('://')[2]}"

    @property
    def database_name(self) -> str:
        """The database for people and logs: the file, or the URL without its password."""
        url = self.database_url
        if url.startswith(_SQLITE):
            return url.removeprefix(_SQLITE)
        parts = urlsplit(url)
        place = f"{parts.username}@" * bool(parts.username) + parts.netloc.rpartition("@")[2]
        return f"postgresql://{place}{parts.path}"

    @property
    def state_path(self) -> Path:
        """The directory for what is kept beside the database (eBay's token, copies), absolute.

        `state_dir`, else $STATE_DIRECTORY, else where the SQLite file is, else where we were started.
        """
        if self.state_dir or self.state_directory or not self.database_url.startswith(_SQLITE):
            return self._home
        return Path(self.database_name).parent

    @property
    def _home(self) -> Path:
        """Where a relative SQLite file is."""
        start = self.cwd.absolute()
        return start / (self.state_dir or self.state_directory or start)

    def secrets(self) -> tuple[str, ...]:
        """Every secret that is set, for the log to leave out."""
        url = self.database.url.get_secret_value()
        address = urlsplit("" if url.startswith(_SQLITE) else url)
        password = address.password or ""
        options = {value for name, value in parse_qsl(address.query) if name in _SECRET_OPTIONS}
        places = {place.get_secret_value() for place in self.slack.destinations.values()}
        public = {url, *(place for place in places if not k.is_webhook(place))}
        found = {password, unquote(password), *options, *(s for s in _secrets(self) if s not in public)}
        # A webhook's path is a secret without its host too, and so is its last part; a short one is a word.
        parts = {part for s in found if s.startswith(("http://", "https://")) for part in _parts(s)}
        return tuple(sorted((found | {p for p in parts if len(p) > _SHORT_PATH}) - {""}))


def _parts(url: str) -> Iterator[str]:
    """What of an address opens something by itself."""
    split = urlsplit(url)
    yield split.path.strip("/")
    yield from split.path.split("/")
    yield from (value for _, value in parse_qsl(split.query))


def _secrets(value: object) -> Iterator[str]:
    if isinstance(value, SecretStr):
        yield value.get_secret_value()
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secrets(item)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets(getattr(value, name))


def _longer(one: str, seconds: Seconds, other: str, limit: Seconds) -> str:
    return f"{one} ({write_duration(seconds)}) is longer than {other} ({write_duration(limit)})"
