"""`watcher run`: the daemon."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress

import click

from watcher.adapters.host.event_loop import run_in_loop
from watcher.adapters.host.signals import STOP_SIGNALS, hold_signals, log_unused_signals
from watcher.adapters.host.sockets import CannotListen
from watcher.adapters.host.systemd import Systemd
from watcher.cli.runner import EXIT_FAILED, Setup
from watcher.config import ConfigRefused, Settings
from watcher.db.revisions import DatabaseRefused
from watcher.runtime.integrations import NO_KEYS
from watcher.runtime.lifecycle import serve, wait_for_keys
from watcher.runtime.presence import Reloads

log = logging.getLogger("watcher")
# After a signal, with Postgres. An embedded database is always closed properly.
SHUTDOWN_SECONDS = 4.0


@click.command()
@click.option(
    "--setup",
    "show_setup",
    is_flag=True,
    help="Without eBay's keys, serve a page that says where to get them, instead of ending.",
)
@click.pass_obj
def run(setup: Setup, show_setup: bool) -> None:
    """Run the daemon: poll, evaluate, alert. SIGTERM ends it, SIGHUP reloads the configuration."""
    hold_signals()
    settings = setup.settings()
    if not settings.ebay.has_credentials and not show_setup:
        raise ConfigRefused([f"{NO_KEYS} `watcher run --setup` shows in a browser how to get them."])
    killer = threading.Timer(SHUTDOWN_SECONDS, _kill_process)
    killer.daemon = True
    try:
        run_in_loop(_serve(setup, settings, os.environ, killer))
    finally:
        killer.cancel()


def _kill_process() -> None:
    """End the process: it waits for a database that does not answer, so waiting longer would save nothing."""
    log.error("not ended within %.0f s because the database does not answer; ending now", SHUTDOWN_SECONDS)
    os._exit(EXIT_FAILED)


async def _serve(setup: Setup, settings: Settings, env: Mapping[str, str], killer: threading.Timer) -> None:
    """Run until SIGTERM. After SIGHUP continue with the new settings, or with the old ones if refused."""
    stop, reload = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    requested: list[Settings] = []
    reloads = Reloads()

    def reload_settings() -> None:
        """Read the settings; a configuration that is refused here changes nothing at all."""
        try:
            requested.append(setup.settings())
        except ConfigRefused as error:
            _log_refusal(error)
            reloads.refuse(str(error))
        else:
            reloads.accept()
            reload.set()

    _stop_on_signals(stop, None if settings.has_embedded_database else killer)
    loop.add_signal_handler(signal.SIGHUP, reload_settings)
    log_unused_signals(loop)
    systemd = Systemd(env)
    previous: Settings | None = None
    while not stop.is_set():
        reload.clear()
        if previous is None and not settings.ebay.has_credentials:
            await wait_for_keys(settings, systemd, stop, reload, stream=sys.stderr)
            settings = requested[-1] if requested else settings
            requested.clear()
            continue
        try:
            await serve(
                settings, systemd, stop, reload, reloads=reloads, debug=setup.debug, stream=sys.stderr
            )
        except (ConfigRefused, CannotListen, DatabaseRefused) as error:
            if previous is None:
                raise
            _log_refusal(error)
            reloads.refuse(str(error))
            settings, previous = previous, None  # if these fail now too, the daemon ends
            continue
        if requested:
            settings, previous = requested[-1], settings
            requested.clear()
    systemd.notify("STOPPING=1")


def _stop_on_signals(stop: asyncio.Event, killer: threading.Timer | None) -> None:
    """Set `stop` at a signal that asks for it, and start `killer` then."""
    loop = asyncio.get_running_loop()

    def end(*_: object) -> None:
        with suppress(RuntimeError):  # the loop is closed, so the daemon is already ending
            loop.call_soon_threadsafe(stop.set)
        if killer is not None and killer.ident is None:
            killer.start()

    for name in STOP_SIGNALS:
        signal.signal(name, end)  # not the loop's handler: the loop may be blocked in a read


def _log_refusal(error: Exception) -> None:
    log.error("the new configuration is refused; continuing with the old one: %s", error)
