"""One life of the daemon, from open database to clean end."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TextIO

from watcher.adapters.host.event_loop import calm_collector
from watcher.adapters.host.logs import configure
from watcher.adapters.host.scheduler import Scheduler
from watcher.adapters.host.systemd import Systemd
from watcher.adapters.outbound.heartbeat import Heartbeat
from watcher.config import Settings
from watcher.core.errors import Code, WatcherError
from watcher.core.times import HOUR, MINUTE, Seconds
from watcher.core.watch import DEFAULT_DESTINATION
from watcher.db.backups import BACKUPS
from watcher.db.engine import is_embedded, lock_path, why_away
from watcher.db.integrity import require_sound
from watcher.db.lock_file import Lockfile
from watcher.db.migrate import bring_up
from watcher.monitoring.database_monitor import DATABASE_ALARM as DATABASE
from watcher.monitoring.database_monitor import REPEAT_SECONDS
from watcher.ports import DELIVER, POLL
from watcher.runtime.api_tokens import require_token
from watcher.runtime.app import App, is_orphaned
from watcher.runtime.http_server import database_trouble, listening, serving_api, serving_unavailable
from watcher.runtime.integrations import require_credentials
from watcher.runtime.job_loops import Daemon
from watcher.runtime.jobs import wire_activities

log = logging.getLogger("watcher")
_EXTEND_EVERY = Seconds(10.0)
# So long a server that does not answer may hold up everything else, once.
READ_WITHIN = Seconds(3.0)


async def serve(
    settings: Settings,
    systemd: Systemd,
    stop: asyncio.Event,
    reload: asyncio.Event,
    *,
    debug: bool = False,
    stream: TextIO | None = None,
) -> None:
    """Poll and alert until `stop` or `reload` is set.

    Raises ConfigRefused without eBay credentials or without a token on an open host, DatabaseRefused,
    AlreadyRunning, CannotListen, WatcherError.
    """
    level = "debug" if debug else settings.log.level
    configure(level, settings.log.format, stream, secrets=settings.secrets())
    require_credentials(settings)  # refuse before anything is made
    embedded = is_embedded(settings.database_url)
    async with contextlib.AsyncExitStack() as stack:
        if embedded:  # Postgres shares the work; a file has one daemon
            lock = Lockfile(lock_path(settings.database_url))
            lock.take()
            stack.callback(lock.free)
        elif not await _reached(settings, systemd, stop, reload):
            return
        async with unhurried(systemd):
            await asyncio.to_thread(require_sound, settings.database_url, settings.state_path / BACKUPS)
            done = await asyncio.to_thread(bring_up, settings.database_url, unasked=True)
        if done:
            log.info(done)
        app = await stack.enter_async_context(App.opened(settings))
        require_token(app)
        sockets = stack.enter_context(listening(settings.http.host, settings.http.port))
        await _run(app, sockets, systemd, stop, reload, embedded=embedded)


async def _reached(settings: Settings, systemd: Systemd, stop: asyncio.Event, reload: asyncio.Event) -> bool:
    """Wait for a server that is away; False where `stop` or `reload` came first.

    Ops and probes are told as if it had gone under us, and systemd that there is nothing to start again.
    """
    why = await asyncio.to_thread(why_away, settings.database_url)
    if not why:
        return True
    log.error("waiting for the database %s: %s", settings.database_name, why)

    async def probe() -> str:
        if why := await asyncio.to_thread(why_away, settings.database_url):
            raise WatcherError(Code.DATABASE_CONNECTION_FAILED, why)
        return ""

    async with App.opened(settings, with_database=False, keep_token=False) as app:
        alarm = app.monitor_database(probe)
        with listening(settings.http.host, settings.http.port) as sockets:
            async with serving_unavailable(sockets, lambda: database_trouble(alarm.trouble or why)):
                systemd.tell("READY=1")
                await alarm.check(app.clock.now())
                while alarm.trouble:
                    systemd.tell("WATCHDOG=1")
                    if await _either(stop, reload, REPEAT_SECONDS):
                        return False
                    await alarm.check(app.clock.now())
    log.warning("the database is there")
    return True


@contextlib.asynccontextmanager
async def unhurried(systemd: Systemd, every: Seconds = _EXTEND_EVERY) -> AsyncIterator[None]:
    """Let systemd wait for what takes long by the size of the database, an hour at most."""

    async def extend() -> None:
        for _ in range(int(HOUR / every)):
            await asyncio.sleep(every)
            systemd.tell(f"EXTEND_TIMEOUT_USEC={3 * every * 1e6:.0f}")

    extending = asyncio.create_task(extend())
    try:
        yield
    finally:
        extending.cancel()


async def _either(stop: asyncio.Event, reload: asyncio.Event, within: Seconds) -> bool:
    """Whether one of the two is set by then."""
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
    *,
    embedded: bool,
) -> None:
    if embedded:
        await app.stores.searches.free_leases()
    else:
        await app.stores.searches.free_leases(is_orphaned)
    if not app.router.is_configured(DEFAULT_DESTINATION):
        log.warning(
            "no Slack destination: alerts wait in `watcher alerts list`; set [slack] watch_webhook_url"
        )
    activities = wire_activities(app)
    daemon = Daemon(activities, Scheduler(), app.clock, lambda lag: app.meter.timing("scheduler.lag", lag))
    ended = asyncio.Event()
    waiters = [
        asyncio.create_task(_when(stop, ended)),
        asyncio.create_task(_when(reload, ended, app.dispatcher.wind_down)),
    ]
    if not embedded:
        waiters.append(asyncio.create_task(_hear(app, daemon)))
    if systemd.watchdog_every is not None:
        feeding = _feed(daemon, systemd, systemd.watchdog_every, lambda: app.database_monitor.trouble)
        waiters.append(asyncio.create_task(feeding))
    if app.heartbeat is not None:
        beating = _beat(
            daemon, app.heartbeat, app.settings.heartbeat.every, lambda: app.clock_monitor.trouble
        )
        waiters.append(asyncio.create_task(beating))
    try:
        async with serving_api(app, sockets, lambda: _idle(daemon), ended) as address:
            calm_collector()
            for sentence in app.attempts():
                log.info(sentence)
            systemd.tell("READY=1")
            log.info(
                "watching",
                extra={
                    "watches": app.stores.watches.count(),
                    "database": app.settings.database_name,
                    "http": address,
                },
            )
            app.stores.database.wait_at_most(READ_WITHIN)  # what was read for the start may be much
            await daemon.run(ended)
            await app.dispatcher.close()  # while the door closes: all has to be over within five seconds
    finally:
        for waiter in waiters:
            waiter.cancel()
        await app.poller.stop()
    log.info("stopped" if stop.is_set() else "reloading")


def _idle(daemon: Daemon) -> str:
    """Why no work is done; empty when it is."""
    if not any(a.finished for a in daemon.activities if a.name == POLL):
        return "The first round of polling is not done yet."
    stalled = daemon.stalled(MINUTE, well=True)
    return f"No round ends well: {', '.join(stalled)}." if stalled else ""


async def _hear(app: App, daemon: Daemon) -> None:
    """Do at once what another process on the same database has made to do."""
    wakes = {a.name: a.wake for a in daemon.activities if a.name in (POLL, DELIVER)}

    def all_of_it() -> None:
        for wake in wakes.values():
            wake()

    await app.stores.database.listen(lambda work: wakes.get(work, all_of_it)(), all_of_it)


async def _when(
    event: asyncio.Event, ended: asyncio.Event, before: Callable[[], Awaitable[None]] | None = None
) -> None:
    """End at this event, after what is to be done before; the daemon goes on meanwhile."""
    await event.wait()
    if before is not None:
        await before()
    ended.set()


async def _feed(
    daemon: Daemon, systemd: Systemd, every: Seconds, trouble: Callable[[], str] = lambda: ""
) -> None:
    """Feed the watchdog while every loop ends its rounds; a timer alone would feed a dead daemon.

    A round that fails counts, and so does one that waits for a database in `trouble`, as long as the loop
    that says so goes round: a database that is gone does not come back by a restart.
    """
    while True:
        await asyncio.sleep(every)
        stalled = daemon.stalled(every, well=False)
        if stalled and (DATABASE in stalled or not trouble()):
            log.error("the watchdog is not fed", extra={"stalled": ",".join(stalled)})
        else:
            systemd.tell("WATCHDOG=1")


async def _beat(
    daemon: Daemon, heartbeat: Heartbeat, every: Seconds, trouble: Callable[[], str] = lambda: ""
) -> None:
    """Call the heartbeat's address while every loop's rounds end well, and no `trouble` keeps them from work.

    The first call comes after a whole period: a daemon that keeps dying at its start must not look alive.
    """
    loop = asyncio.get_running_loop()
    at = loop.time() + every
    while True:
        await asyncio.sleep(at - loop.time())
        if why := trouble() or ",".join(daemon.stalled(every, well=True)):
            log.error("the heartbeat is withheld", extra={"stalled": why})
        else:
            await heartbeat.beat()
        at = max(at + every, loop.time())
