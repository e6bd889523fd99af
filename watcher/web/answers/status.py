"""The answer about the status of the daemon and what it depends on."""

from __future__ import annotations

from typing import Literal

from watcher.core.apis import Api
from watcher.core.monitoring.api_status import ApiStatus
from watcher.web.answers.base import AnswerBody, Time, shown
from watcher.web.answers.health import LatencyView
from watcher.web.answers.incidents import SilenceView
from watcher.web.answers.watches import WatchLatenessView

_QUERY = "omega speedmaster 3570.50"


class RunningView(AnswerBody):
    """Whether a daemon runs."""

    running: bool = shown(True)
    process: int | None = shown(4711, "Its process id, if this machine knows it.")


class DaemonView(AnswerBody):
    """A daemon on the database."""

    id: str = shown("9f31c2")
    host: str = shown("watcher-1")
    process: int | None = shown(4711)
    started_at: Time
    seen_at: Time
    unseen_seconds: int | None = shown(None, "Since it last wrote, if that is too long ago.", ge=0)
    version: str = shown("0.1.0")
    config_file: str | None = shown("/etc/watcher/config.toml")
    configuration: Literal["current", "changed", "broken", "unknown"]
    reload_refused: str | None = shown(None, "Why it did not take over the changed configuration.")


class ConfigurationView(AnswerBody):
    """The configuration file of the answering process."""

    file: str | None = shown("/etc/watcher/config.toml")
    problems: list[str] = shown([])


class ApiStatusView(AnswerBody):
    """One outside service in the sliding window."""

    status: ApiStatus
    success_count: int = shown(980, ge=0)
    failure_count: int = shown(13, ge=0)
    failure_rate: float | None = shown(1.3, "Percent; null without a call.")
    latency: LatencyView | None = shown(about="Milliseconds.")
    last_error: str | None = shown("EBAY_TIMEOUT")
    failures: dict[str, int] = shown({"EBAY_TIMEOUT": 13})
    refuses_credentials: bool
    symptoms: dict[str, str] = shown({"outage": "ok", "latency": "ok"})
    breaker: Literal["closed", "half-open", "open"] | None = shown(
        "closed", "open: calls are held back; null: the answering process makes none."
    )


class SecondLooksView(AnswerBody):
    """The calls of the period that looked at single listings once more."""

    used: int = shown(12, ge=0)
    limit: int = shown(250, ge=0)


class QuotaView(AnswerBody):
    """The calls of the quota period."""

    used: int = shown(1200, ge=0)
    limit: int = shown(5000, ge=0)
    remaining: int = shown(3800, ge=0)
    configured: int = shown(5000)
    granted: int | None = shown(5000, "What the service itself reports.")
    polls_exhausted: bool
    resets_at: Time
    resets_in_seconds: int = shown(20_400)
    second_looks: SecondLooksView | None = shown(None, "Null if single listings are never looked at.")
    bulk_looks: SecondLooksView | None = shown(
        None,
        "Calls for many listings at once, which eBay grants few keys and counts apart; null without any.",
    )
    cost: str | None = shown(None, "What the calls cost in US dollars, if their price is known.")


class WatchCountsView(AnswerBody):
    """How many watches there are."""

    active: int = shown(120, ge=0)
    overdue: int = shown(0, ge=0)


class CadenceView(AnswerBody):
    """What the quota allows for polls."""

    calls_per_day: int = shown(2400, ge=0)
    allowed_per_day: int = shown(4500, ge=0)
    stretch: float = shown(1.0, "The factor by which intervals are longer than asked for.")
    shortage: str | None = shown(None)


class OverdueView(AnswerBody):
    """A search that is overdue."""

    query: str = shown(_QUERY)
    late_seconds: int = shown(900)


class TroubledSearchView(AnswerBody):
    """A search in trouble."""

    query: str = shown(_QUERY)
    error: str | None = shown("EBAY_UNAVAILABLE")
    unrecorded: int = shown(0, ge=0)
    unreadable: int = shown(0, ge=0)


class DamagedWatchStatusView(AnswerBody):
    """A watch whose row cannot be read."""

    watch: int = shown(8)
    why: str = shown("its rule is not valid")
    message: str = shown("Watch 8 cannot be read, so it is not polled: its rule is not valid. …")


class DoubtedView(AnswerBody):
    """A search whose last answer is doubted."""

    query: str = shown(_QUERY)
    why: str = shown("it has 3 listings instead of about 80")


class PrecisionView(AnswerBody):
    """A watch with rejected items."""

    watch: int = shown(7)
    told: int = shown(12, ge=0)
    rejected: int = shown(2, ge=0)
    precision: float | None = shown(83.3, "Percent.")


class PromisesView(AnswerBody):
    """What watches were promised, and what came of it."""

    days: int = shown(30)
    matches: int = shown(412, "Matches whose listing is known: the newest ones.", ge=0)
    promised: float | None = shown(0.81, "The share that was to be still there when seen; null without any.")
    realised: float | None = shown(0.79, "The share that was, counting what came and left unseen.")
    correction: float = shown(1.12, "What the odds of a loss are multiplied by in new promises.")


class SendFailureView(AnswerBody):
    """The last failed delivery."""

    to: str = shown("slack")
    why: str = shown("Slack does not answer")


class OutboxView(AnswerBody):
    """The messages that wait or were given up."""

    pending: int = shown(0, ge=0)
    dead: int = shown(0, ge=0)
    oldest_pending_seconds: int | None = shown(None, ge=0)
    last_failure: SendFailureView | None = shown(None)


class ListedDeadLetterView(AnswerBody):
    """A dead letter."""

    id: str = shown("a3f19c0b77de4512")
    to: str = shown("slack")
    why: str = shown("channel_not_found")
    at: Time


class OpenIncidentView(AnswerBody):
    """An open incident."""

    id: str = shown("k7m2q9x4ab")
    headline: str = shown("eBay has not answered for 12 minutes")
    since: Time
    state: str = shown("firing")
    acked_by: str | None = shown(None)
    silenced: bool


class ActiveSilenceView(SilenceView):
    """A silence that holds messages back now."""

    until: Time


class LastPollView(AnswerBody):
    """The last poll of a search."""

    query: str = shown(_QUERY)
    marketplace: str = shown("EBAY_US")
    at: Time
    next_at: Time | None
    error: str | None = shown(None)


class CacheCountsView(AnswerBody):
    """The stored answers."""

    entries: int = shown(120, ge=0)
    expired: int = shown(8, "Of them, those that only serve when the market fails.", ge=0)


class DiskView(AnswerBody):
    """The disk that holds the database."""

    free_gigabytes: float = shown(40.2, ge=0)
    total_gigabytes: float = shown(100.0, ge=0)


class UnknownPriceView(AnswerBody):
    """A user who pays a price that no plan has."""

    user: str = shown("collector")
    price_id: str = shown("price_1")
    message: str = shown("What it means and what to do.")


class PlanCountsView(AnswerBody):
    """The users of each plan, and what plans have paused."""

    users: dict[str, int] = shown({"free": 12, "plus": 3}, "By the name of the plan.")
    paused_watches: int = shown(0, "Those that a plan paused.", ge=0)
    unknown_prices: list[UnknownPriceView] = shown([])


class StatusView(AnswerBody):
    """The daemon and everything it depends on."""

    daemon: RunningView
    daemons: list[DaemonView]
    configuration: ConfigurationView
    database: str = shown("/var/lib/watcher/watcher.db", "Without a password.")
    slack_is_set: bool = shown(True)
    apis: dict[Api, ApiStatusView]
    quota: dict[Api, QuotaView]
    watches: WatchCountsView
    cadence: CadenceView
    lag_seconds: int = shown(0, "By how much the search that is due first is late.", ge=0)
    overdue: list[OverdueView] = shown([])
    searches: list[TroubledSearchView] = shown([], "The worst first.")
    unreadable: int = shown(0, "Listings of the last answers that could not be read.", ge=0)
    damaged: list[DamagedWatchStatusView] = shown([])
    damaged_is_complete: bool = shown(
        True,
        "false: of more than 20,000 watches, the others are read a part at a time, all of them in a day.",
    )
    doubted: list[DoubtedView] = shown([])
    precision: list[PrecisionView] = shown([], "The worst first.")
    polls: list[LastPollView] = shown([], "The last ten, the last one first.")
    outbox: OutboxView
    lateness: WatchLatenessView
    promises: PromisesView
    dead_letters: list[ListedDeadLetterView] = shown([])
    incidents: list[OpenIncidentView] = shown([])
    silences: list[ActiveSilenceView] = shown([])
    cache: CacheCountsView
    disk: DiskView | None = shown(about="null: unknown.")
    plans: PlanCountsView | None = shown(about="null: nothing is limited.")
    well: bool = shown(True)
    troubles: list[str] = shown([], "A sentence for each thing that is not well.")
    lines: list[str] = shown(["Daemon: runs (process 4711)"], "What `watcher status` prints.")
