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
from typing import TYPE_CHECKING

import click

from watcher.cli.runner import FAILED, Setup

if TYPE_CHECKING:
    from watcher.config import Settings

log = logging.getLogger("watcher")
# On Postgres; an embedded database is not left behind unclosed.
LONGEST_END = 4.0


@click.command()
@click.pass_obj
def run(setup: Setup) -> None:
    """Run the daemon: poll, judge, alert; SIGTERM ends it, SIGHUP reads the configuration again."""
    from watcher.adapters.host.event_loop import run_in_loop  # noqa: PLC0415 - uvloop is for the daemon alone

    settings = setup.settings()
    last = threading.Timer(LONGEST_END, _cut_short)
    last.daemon = True
    try:
        run_in_loop(_serve(setup, settings, os.environ, last))
    finally:
        last.cancel()


def _cut_short() -> None:
    """What waits for a server that does not answer cannot end: nothing more can be kept, nor is it lost."""
    log.error("not ended within %.0f s, for the database does not answer; ending now", LONGEST_END)
    os._exit(FAILED)


async def _serve(setup: Setup, settings: Settings, env: Mapping[str, str], last: threading.Timer) -> None:
    """Run until SIGTERM; after SIGHUP go on with the new settings, or with the old if they are refused."""
    from watcher.adapters.host.sockets import CannotListen  # noqa: PLC0415 - see above
    from watcher.adapters.host.systemd import Systemd  # noqa: PLC0415 - only the daemon talks to it
    from watcher.config import ConfigRefused  # noqa: PLC0415 - see above
    from watcher.db.engine import is_embedded  # noqa: PLC0415 - see above
    from watcher.db.revisions import DatabaseRefused  # noqa: PLC0415 - see above
    from watcher.runtime.lifecycle import serve  # noqa: PLC0415 - see above

    stop, reload = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    asked: list[Settings] = []

    def read_again() -> None:
        """What is refused when it is read changes nothing at all."""
        try:
            asked.append(setup.settings())
        except ConfigRefused as error:
            _refused(error)
        else:
            reload.set()

    _end_on_signals(stop, None if is_embedded(settings.database_url) else last)
    loop.add_signal_handler(signal.SIGHUP, read_again)
    systemd = Systemd(env)
    good: Settings | None = None
    while not stop.is_set():
        reload.clear()
        try:
            await serve(settings, systemd, stop, reload, debug=setup.debug, stream=sys.stderr)
        except (ConfigRefused, CannotListen, DatabaseRefused) as error:
            if good is None:
                raise
            _refused(error)
            settings, good = good, None  # and if even that fails now, it is the end
            continue
        if asked:
            settings, good = asked[-1], settings
            asked.clear()
    systemd.tell("STOPPING=1")


def _end_on_signals(stop: asyncio.Event, last: threading.Timer | None) -> None:
    """Set `stop` at SIGTERM and SIGINT, and let `last` run from then on."""
    loop = asyncio.get_running_loop()

    def end(*_: object) -> None:
        with suppress(RuntimeError):  # the loop is closed: it ends already
            loop.call_soon_threadsafe(stop.set)
        if last is not None and last.ident is None:
            last.start()

    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, end)  # not the loop's, which may just wait for a read


def _refused(error: Exception) -> None:
    log.error("the new configuration is refused; going on with the old one: %s", error)
