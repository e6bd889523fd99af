"""One run of the daemon, from opening the database to a clean end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any, TextIO

from watcher.adapters.host.garbage import tune_garbage_collector
from watcher.adapters.host.logs import configure_logging
from watcher.adapters.host.scheduler import Scheduler
from watcher.adapters.host.sockets import open_sockets, url_of
from watcher.adapters.host.systemd import Systemd
from watcher.adapters.outbound.heartbeat import Heartbeat
from watcher.config import Settings
from watcher.core.errors import Code, WatcherError
from watcher.core.times import HOUR, MINUTE, Seconds
from watcher.core.watch import DEFAULT_DESTINATION
from watcher.db.backups import BACKUP_DIRECTORY
from watcher.db.engine import is_embedded
from watcher.db.integrity import check_after_unclean_stop
from watcher.db.lock_file import LockFile
from watcher.db.migrate import upgrade_schema
from watcher.db.postgres import why_unreachable
from watcher.db.sqlite import lock_path, sqlite_path
from watcher.monitoring.database_monitor import DATABASE_ALARM as DATABASE
from watcher.monitoring.database_monitor import REPEAT_SECONDS
from watcher.ports import DELIVER, POLL
from watcher.runtime.access import require_access
from watcher.runtime.app import App, is_orphaned
from watcher.runtime.integrations import NO_KEYS, require_credentials
from watcher.runtime.job_loops import Daemon
from watcher.runtime.jobs import PRESENCE, wire_activities
from watcher.runtime.presence import Reloads
from watcher.runtime.serving import database_trouble, serving_api, serving_unavailable

log = logging.getLogger("watcher")
_EXTEND_EVERY = Seconds(10.0)
# Maximum time that a read may block the event loop while the database server does not answer.
_READ_WITHIN = Seconds(3.0)


async def serve(
    settings: Settings,
    systemd: Systemd,
    stop: asyncio.Event,
    reload: asyncio.Event,
    *,
    reloads: Reloads | None = None,
    debug: bool = False,
    stream: TextIO | None = None,
) -> None:
    """Poll and alert until `stop` or `reload` is set.

    Raises ConfigRefused without eBay credentials, or if other machines can connect and there is neither a
    person nor a token; DatabaseRefused, AlreadyRunning, CannotListen, WatcherError.
    """
    level = "debug" if debug else settings.log.level
    configure_logging(level, settings.log.format, stream, secrets=settings.secrets())
    require_credentials(settings)  # before any file is created
    for key, sentence in settings.unencrypted():
        log.warning("%s: %s", key, sentence)
    embedded = is_embedded(settings.database_url)
    async with contextlib.AsyncExitStack() as stack:
        if embedded:  # one daemon per file; several may share a Postgres database
            lock = LockFile(lock_path(settings.database_url))
            lock.acquire()
            stack.callback(lock.release)
            lock.hold(sqlite_path(settings.database_url))
        elif not await _wait_for_server(settings, systemd, stop, reload):
            return
        async with extended_start(systemd):
            await asyncio.to_thread(
                check_after_unclean_stop, settings.database_url, settings.state_path / BACKUP_DIRECTORY
            )
            done = await asyncio.to_thread(upgrade_schema, settings.database_url, unasked=True)
        if embedded:  # it may have been created only now
            lock.hold(sqlite_path(settings.database_url))
        if done:
            log.info(done)
        app = await stack.enter_async_context(App.opened(settings))
        require_access(app)
        sockets = stack.enter_context(open_sockets(settings.http.host, settings.http.port))
        # An embedded database has no other daemon, so every lease is an earlier run's.
        await app.stores.searches.free_leases(lambda lease: embedded or is_orphaned(lease))
        await _run(app, sockets, systemd, stop, reload, reloads or Reloads())


async def wait_for_keys(
    settings: Settings,
    systemd: Systemd,
    stop: asyncio.Event,
    reload: asyncio.Event,
    *,
    stream: TextIO | None = None,
) -> None:
    """Show browsers which keys of eBay are missing and where they come from, until `stop` or `reload` is set.

    It creates no file. Raises CannotListen.
    """
    configure_logging(settings.log.level, settings.log.format, stream, secrets=settings.secrets())
    with open_sockets(settings.http.host, settings.http.port) as sockets:
        async with serving_unavailable(sockets, lambda: NO_KEYS, "setup.html"):
            log.error("%s Until then %s says how", NO_KEYS, url_of(sockets))
            systemd.notify("READY=1")
            while not await _either(stop, reload, REPEAT_SECONDS):
                systemd.notify("WATCHDOG=1")


async def _wait_for_server(
    settings: Settings, systemd: Systemd, stop: asyncio.Event, reload: asyncio.Event
) -> bool:
    """Wait for a database server that cannot be reached; return False if `stop` or `reload` came first.

    Ops and probes get the same reports as if the server had failed later. systemd is notified that the
    start is complete, because a restart would not help.
    """
    why = await asyncio.to_thread(why_unreachable, settings.database_url)
    if not why:
        return True
    log.error("waiting for the database %s: %s", settings.database_name, why)

    async def probe() -> str:
        if why := await asyncio.to_thread(why_unreachable, settings.database_url):
            raise WatcherError(Code.DATABASE_CONNECTION_FAILED, why)
        return ""

    async with App.opened(settings, with_database=False, keep_token=False) as app:
        monitor = app.monitor_database(probe)
        with open_sockets(settings.http.host, settings.http.port) as sockets:
            async with serving_unavailable(sockets, lambda: database_trouble(monitor.trouble or why)):
                systemd.notify("READY=1")
                await monitor.check(app.clock.now())
                while monitor.trouble:
                    systemd.notify("WATCHDOG=1")
                    if await _either(stop, reload, REPEAT_SECONDS):
                        return False
                    await monitor.check(app.clock.now())
    log.warning("the database is reachable")
    return True


@contextlib.asynccontextmanager
async def extended_start(systemd: Systemd, every: Seconds = _EXTEND_EVERY) -> AsyncIterator[None]:
    """Extend systemd's start timeout while the block runs, by an hour at most.

    To check and migrate a database takes time in proportion to its size.
    """

    async def extend() -> None:
        for _ in range(int(HOUR / every)):
            await asyncio.sleep(every)
            systemd.notify(f"EXTEND_TIMEOUT_USEC={3 * every * 1e6:.0f}")

    extending = asyncio.create_task(extend())
    try:
        yield
    finally:
        extending.cancel()


async def _either(stop: asyncio.Event, reload: asyncio.Event, within: Seconds) -> bool:
    """Wait for one of the events; return whether one was set in time."""
    waiting = [asyncio.create_task(event.wait()) for event in (stop, reload)]
    done, _ = await asyncio.wait(waiting, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()
    return bool(done)


async def _run(
    app: App,
    sockets: list[socket.socket],
    systemd: Systemd,
    stop: asyncio.Event,
    reload: asyncio.Event,
    reloads: Reloads,
) -> None:
    """Run the loops, the HTTP server and the reports to systemd until `stop` or `reload` is set."""
    if not app.router.is_configured(DEFAULT_DESTINATION):
        log.warning(
            "no Slack destination: alerts wait in `watcher alerts list`; set [slack] watch_webhook_url"
        )
    presence = app.presence(reloads)
    activities = wire_activities(app, presence)
    reloads.on_change = next(a.wake for a in activities if a.name == PRESENCE)
    await presence.announce(app.clock.now())
    await _apply_plans(app)
    daemon = Daemon(activities, Scheduler(), app.clock, lambda lag: app.meter.timing("scheduler.lag", lag))
    ended = asyncio.Event()
    helpers = [
        asyncio.create_task(helper)
        for helper in (
            _end_at(stop, ended),
            _end_at(reload, ended, app.dispatcher.wind_down),
            *_reports(app, daemon, systemd),
        )
    ]
    try:
        async with serving_api(app, sockets, lambda: _idle_reason(daemon), ended) as address:
            tune_garbage_collector()
            for sentence in app.describe_attempts():
                log.info(sentence)
            systemd.notify("READY=1")
            log.info(
                "watching",
                extra={
                    "watches": app.stores.watches.count(),
                    "database": app.settings.database_name,
                    "http": address,
                },
            )
            app.stores.database.set_read_timeout(_READ_WITHIN)  # only now: reads at the start may be large
            await daemon.run(ended)
            # Both close at the same time, because a stop may take five seconds in all.
            await app.dispatcher.close()
    finally:
        for helper in helpers:
            helper.cancel()
        reloads.on_change = lambda: None
        await app.poller.stop()
        await presence.leave()
    log.info("stopped" if stop.is_set() else "reloading")


async def _apply_plans(app: App) -> None:
    """Make the watches of all users fit the plans of this configuration."""
    if app.billing is not None:
        await app.billing.prepare()
    done = await app.stores.plan_limits.enforce(app.clock.now())
    if any(done):
        log.info("plans applied", extra=done._asdict())


def _reports(app: App, daemon: Daemon, systemd: Systemd) -> list[Coroutine[Any, Any, None]]:
    """Return the endless tasks beside the loops that this configuration needs."""
    reports = []
    if app.stores.database.shared:
        reports.append(_wake_on_notification(app, daemon))
    if systemd.watchdog_interval is not None:
        reports.append(
            _feed_watchdog(daemon, systemd, systemd.watchdog_interval, lambda: app.database_monitor.trouble)
        )
    if app.heartbeat is not None:
        every = app.settings.heartbeat.every
        reports.append(_send_heartbeats(daemon, app.heartbeat, every, lambda: app.clock_monitor.trouble))
    return reports


def _idle_reason(daemon: Daemon) -> str:
    """Return why the daemon does no work, or "" if it works."""
    if not any(a.finished for a in daemon.activities if a.name == POLL):
        return "The first round of polling is not done yet."
    stalled = daemon.stalled(MINUTE, succeeded=True)
    return f"No round succeeds: {', '.join(stalled)}." if stalled else ""


async def _wake_on_notification(app: App, daemon: Daemon) -> None:
    """Run a loop at once when another process on the same database has made work for it."""
    wakes = {a.name: a.wake for a in daemon.activities if a.name in (POLL, DELIVER)}

    def wake_all() -> None:
        for wake in wakes.values():
            wake()

    def on_signal(signal: str) -> None:
        if not app.events.receive_signal(signal):
            wakes.get(signal, wake_all)()

    def on_connect() -> None:
        app.events.wake()
        wake_all()

    await app.stores.database.listen(on_signal, on_connect)


async def _end_at(
    event: asyncio.Event, ended: asyncio.Event, before: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Set `ended` after the event; the daemon keeps running until `before` is done."""
    await event.wait()
    if before is not None:
        await before()
    ended.set()


async def _feed_watchdog(
    daemon: Daemon, systemd: Systemd, every: Seconds, trouble: Callable[[], str] = lambda: ""
) -> None:
    """Feed systemd's watchdog while every loop ends its rounds, even if they fail.

    Loops may also wait for a database that is in `trouble`, because a restart would not help, as long as
    the loop that checks the database goes on.
    """
    while True:
        await asyncio.sleep(every)
        stalled = daemon.stalled(every, succeeded=False)
        if stalled and (DATABASE in stalled or not trouble()):
            log.error("the watchdog is not fed", extra={"stalled": ",".join(stalled)})
        else:
            systemd.notify("WATCHDOG=1")


async def _send_heartbeats(
    daemon: Daemon, heartbeat: Heartbeat, every: Seconds, trouble: Callable[[], str] = lambda: ""
) -> None:
    """Send a heartbeat per interval while every loop's rounds succeed and there is no `trouble`.

    The first is sent after a whole interval, so that a daemon that dies at every start looks dead.
    """
    loop = asyncio.get_running_loop()
    at = loop.time() + every
    while True:
        await asyncio.sleep(at - loop.time())
        if why := trouble() or ",".join(daemon.stalled(every, succeeded=True)):
            log.error("the heartbeat is withheld", extra={"stalled": why})
        else:
            await heartbeat.beat()
        at = max(at + every, loop.time())
