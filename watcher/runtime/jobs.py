"""The daemon's background jobs and how they wake each other."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence

from watcher.accounts.billing import BILLING_EVERY
from watcher.core.deliveries import Delivery
from watcher.core.errors import Api, CallFailed
from watcher.core.listing import Ask, Condition
from watcher.core.monitoring.daemons import HEARTBEAT_SECONDS
from watcher.core.times import HOUR, Instant, Seconds
from watcher.monitoring.database_monitor import DATABASE_ALARM as DATABASE
from watcher.polling.followed import FOLLOW_EVERY
from watcher.ports import DELIVER, POLL, Meter
from watcher.runtime.app import App
from watcher.runtime.job_loops import Activity, Work
from watcher.runtime.presence import Presence
from watcher.watches.accuracy_job import ACCURACY_EVERY

PRESENCE = "presence"

# A query that always has results.
_PROBE_QUERY = "camera"
_HEALTH_EVERY, _GAUGES_EVERY, _DATABASE_EVERY = Seconds(5.0), Seconds(10.0), Seconds(10.0)


def wire_activities(app: App, presence: Presence) -> Sequence[Activity]:
    """Build the daemon's activities, connected so that one wakes another when it has made work for it."""
    tick = app.settings.polling.tick
    app.connect_meters()

    def if_clock_is_trusted(work: Work) -> Work:
        # Otherwise polling would claim what others have leased, and tidying would drop recent data.
        async def guarded(now: Instant) -> None:
            if app.clock_monitor.is_trusted():
                await work(now)

        return guarded

    poll = Activity(
        POLL,
        if_clock_is_trusted(app.poller.tick),
        tick,
        again_at=app.stores.searches.next_due_after,
        stuck=lambda: app.poller.stuck,
    )
    deliver = Activity(
        DELIVER, if_clock_is_trusted(app.dispatcher.drain), tick, again_at=app.dispatcher.next_hold_end
    )

    def wake_both() -> None:
        poll.wake()
        deliver.wake()

    async def judge(now: Instant) -> None:
        if await judge_health(app, now):
            deliver.wake()

    async def check_clock(now: Instant) -> None:
        if await app.clock_monitor.check(now):
            wake_both()

    app.database_monitor.on_recovery = lambda: resume_after_outage(app, wake_both)
    app.poller.on_room, app.dispatcher.on_freed = poll.wake, deliver.wake
    send_at_once(app, deliver)
    return [
        Activity("clock", check_clock, tick),
        poll,
        deliver,
        Activity("judge", judge, _HEALTH_EVERY),
        Activity("probe", lambda now: probe_ebay(app, now), _HEALTH_EVERY),
        Activity("gauges", lambda now: send_gauges(app, now), _GAUGES_EVERY),
        # By the database server's clock, which daemons on other machines share.
        Activity(
            PRESENCE,
            lambda now: presence.beat(Instant(now - app.clock_monitor.skew)),
            HEARTBEAT_SECONDS,
        ),
        Activity("follow", if_clock_is_trusted(app.follow_items), FOLLOW_EVERY),
        Activity("tidy", if_clock_is_trusted(lambda now: tidy(app, now)), HOUR),
        Activity("accuracy", if_clock_is_trusted(app.accuracy_job.round), ACCURACY_EVERY),
        watch_database(app),
        Activity("statsd", lambda _: flush_statsd(app), Seconds(1.0)),
        *billing_activities(app, if_clock_is_trusted),
    ]


def send_at_once(app: App, deliver: Activity) -> None:
    """Have the messages sent at once that polls make, without waiting for sends that are under way."""
    poller, dispatcher = app.poller, app.dispatcher

    def send(leased: Sequence[Delivery], at: Instant) -> None:
        dispatcher.begin(leased, at)
        if not leased:
            dispatcher.hurry()
            deliver.wake()

    poller.on_alert = send
    poller.terms_of = lambda to: dispatcher.terms_of(to) if app.clock_monitor.is_trusted() else None


def watch_database(app: App) -> Activity:
    """Return the check of the database, again as soon as it is worthwhile."""
    monitor = app.database_monitor
    return Activity(DATABASE, monitor.check, _DATABASE_EVERY, again_at=monitor.again_at)


def billing_activities(app: App, guarded: Callable[[Work], Work]) -> list[Activity]:
    """Return the look at subscriptions, if plans are for sale."""
    if app.billing is None:
        return []
    return [Activity("billing", guarded(app.billing.check_due), BILLING_EVERY)]


async def resume_after_outage(app: App, wake: Callable[[], None]) -> None:
    """Continue when the database can be written again."""
    # First the polls that are known to have failed, which wait for their backoff. Then leases whose claim
    # was committed without our knowing, or their searches would wait until these end. A message that is
    # being sent keeps its lease, or it would be sent twice.
    await app.poller.end_polls_that_failed()
    await app.stores.searches.free_leases(app.poller.holds)
    wake()


async def judge_health(app: App, now: Instant) -> bool:
    """Update the incidents of the APIs and of the daemon itself; return whether a message is due."""
    # By the database server's clock, or other daemons would send the message late.
    now = Instant(now - app.clock_monitor.skew)
    return bool(await app.health.evaluate(now, app.self_monitor.read(now)))


async def probe_ebay(app: App, now: Instant) -> None:
    """Call eBay if its last call failed and no other call is made, so that an outage can end."""
    if app.settings.ebay.has_credentials and Api.EBAY in app.health.probe_due(now):
        with contextlib.suppress(CallFailed):  # the guard has measured the failure
            ask = Ask(_PROBE_QUERY, Condition.ANY, app.settings.ebay.marketplace)
            await app.ebay.search(ask, interactive=False)


async def tidy(app: App, now: Instant) -> None:
    """Delete what is past its retention and reconcile quotas; only one daemon per database at a time."""
    async with app.stores.database.try_alone("tidying") as alone:
        if not alone:
            return
        await app.stores.housekeeping.prune(now, whole=False)
        await app.stores.cache.trim()
        await app.stores.housekeeping.shrink()
        await app.stores.watch_damage.check_some(now)
        await _reconcile_quotas(app, now)
        await app.queries.promises.check(now)


async def _reconcile_quotas(app: App, now: Instant) -> None:
    # If a provider cannot be reached, keep our own count and retry in an hour.
    ebay = app.quota_blocks[Api.EBAY]
    with contextlib.suppress(CallFailed):
        if quota := await app.ebay.fetch_quota():
            await ebay.reconcile(*quota, now)
        if app.ebay_bulk.granted:
            await app.ask_for_bulk_quota(now)
    await app.poller.resume(ebay.left(now), now)
    if app.serpapi:
        with contextlib.suppress(CallFailed):
            account = await app.serpapi.fetch_account()
            await app.quota_blocks[Api.SERPAPI].reconcile(account.remaining, account.limit, None, now)


async def send_gauges(app: App, now: Instant) -> None:
    """Send every gauge to every meter."""
    set_gauges(app, app.meter, now)


def set_gauges(app: App, meter: Meter, now: Instant) -> None:
    """Set the gauges of the breakers, the quotas, the watches and the outbox."""
    for api, state in app.breaker_states().items():
        meter.gauge(f"breaker.{api}", state)
    app.status.gauge(meter, now)


async def flush_statsd(app: App) -> None:
    """Send the metrics that are buffered for StatsD."""
    if app.statsd:
        app.statsd.flush()
