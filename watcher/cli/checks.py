"""`watcher check`: one line for each thing that can be wrong, without side effects."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from watcher.cli.market import waiting
from watcher.cli.runner import Setup, log_for
from watcher.core.errors import Api, CallFailed, Kind, WatcherError
from watcher.core.monitoring.incident_messages import describe_refused_credentials

if TYPE_CHECKING:
    from watcher.adapters.serpapi.client import SerpApiClient
    from watcher.config import Settings
    from watcher.core.deliveries import Endpoint
    from watcher.runtime import App

_PATIENCE = 5.0


class Checked(NamedTuple):
    """One line of the report. `state`: ok; warn, which keeps nothing from running; or fail."""

    name: str
    state: str
    detail: str

    @property
    def ok(self) -> bool:
        """Whether it keeps nothing from running."""
        return self.state != "fail"


def _ok(name: str, detail: str) -> Checked:
    return Checked(name, "ok", detail)


def _warn(name: str, detail: str) -> Checked:
    return Checked(name, "warn", detail)


def _fail(name: str, detail: str) -> Checked:
    return Checked(name, "fail", detail)


def run_checks(setup: Setup, *, send: bool, tell: Callable[[Checked], None]) -> list[Checked]:
    """Check everything, and tell each result as it comes. Raises ConfigRefused."""
    settings = setup.settings()
    results: list[Checked] = []

    def add(result: Checked) -> None:
        results.append(result)
        tell(result)

    add(_ok("config", settings.source))
    add(_database(settings))
    add(_statsd(settings))
    with log_for(setup, settings):
        asyncio.run(_outside(settings, add, send=send))
    return results


def _database(settings: Settings) -> Checked:
    from watcher.db.engine import is_embedded  # noqa: PLC0415 - heavy
    from watcher.db.failures import database_reason  # noqa: PLC0415 - heavy
    from watcher.db.revisions import DatabaseRefused, refuse_newer, revision_at, why_not_writable  # noqa: PLC0415 - heavy
    from watcher.db.schema import HEAD  # noqa: PLC0415 - heavy
    from watcher.db.sqlite import sqlite_path  # noqa: PLC0415 - heavy

    url, name = settings.database_url, settings.database_name
    try:
        revision = revision_at(url)
        refuse_newer(revision)
    except WatcherError as error:
        return _fail("database", f"{name} cannot be used: {database_reason(error)}")
    except DatabaseRefused as error:
        sentence = str(error)
        return _fail("database", sentence if name in sentence else f"{name}: {sentence}")
    if is_embedded(url) and (obstacle := why_not_writable(sqlite_path(url))):
        return _fail("database", obstacle)
    if not revision and is_embedded(url):
        return _ok("database", f"{name} is not there yet; the first command makes it")
    if revision != HEAD:
        return _fail(
            "database", f"{name} has schema {revision or 'none'}, needs {HEAD}: `watcher db upgrade`"
        )
    return _ok("database", f"{name}, schema {revision}")


def _statsd(settings: Settings) -> Checked:
    s = settings.statsd
    if not s.host:
        return _ok("statsd", "off")
    try:
        socket.getaddrinfo(s.host, s.port, type=socket.SOCK_DGRAM)
    except OSError as error:
        return _fail("statsd", f"{s.host} is not found: {error.strerror or error}")
    return _ok("statsd", f"{s.host}:{s.port} (UDP: nobody can tell whether it listens)")


async def _outside(settings: Settings, add: Callable[[Checked], None], *, send: bool) -> None:
    from watcher.runtime import App  # noqa: PLC0415 - heavy

    async with App.opened(settings, with_database=False, keep_token=False) as app:
        add(await _ebay(app))
        if app.serpapi:
            add(await _serpapi(app.serpapi, app.settings.serpapi.base_url))
        endpoints = [endpoint for channel in app.channels for endpoint in channel.endpoints()]
        for result in await asyncio.gather(*(_reach(endpoint) for endpoint in endpoints)):
            add(result)
        if send:
            await _send(app, add)


async def _ebay(app: App) -> Checked:
    if not app.has_market:
        return _fail("ebay", "no credentials: set [ebay] client_id and client_secret, or try `watcher demo`")
    address = app.settings.ebay.base_url
    try:
        with waiting("Asking eBay …"):
            quota = await app.ebay.fetch_quota()
    except CallFailed as error:
        if error.kind is Kind.CREDENTIALS:
            return _fail("ebay", "eBay refuses the credentials in [ebay]; check client_id and client_secret")
        return _fail("ebay", f"{address} cannot be asked now: {error.detail}")
    left = f", {quota.remaining} of {quota.limit} calls left today" if quota else ""
    return _ok("ebay", f"{address} knows us{left}")


async def _serpapi(serpapi: SerpApiClient, address: str) -> Checked:
    """Whether the fallback takes its key; the question costs no search."""
    try:
        with waiting("Asking SerpAPI …"):
            month = await serpapi.fetch_account()
    except CallFailed as error:
        if error.kind is Kind.CREDENTIALS:
            return _fail("serpapi", describe_refused_credentials(Api.SERPAPI))
        return _fail("serpapi", f"{address} cannot be asked now: {error.detail}")
    return _ok("serpapi", f"{address} knows us, {month.remaining} searches left this month")


async def _reach(endpoint: Endpoint) -> Checked:
    """Check that a channel's server accepts connections; nothing is sent."""
    name, host, port, note = endpoint
    if not host:
        return _warn(name, note)
    try:
        async with asyncio.timeout(_PATIENCE):
            _, writer = await asyncio.open_connection(host, port)
    except TimeoutError:
        return _fail(name, f"{host} does not answer within {_PATIENCE:.0f} s")
    except socket.gaierror:
        return _fail(name, f"{host} is not found")
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else "it refuses the connection"
        return _fail(name, f"{host}:{port} cannot be reached: {why}")
    writer.close()
    await writer.wait_closed()
    return _ok(name, f"{host} answers")


async def _send(app: App, add: Callable[[Checked], None]) -> None:
    """Post a test message to every configured destination."""
    from watcher.core.deliveries import DeliveryContext  # noqa: PLC0415 - only with --send
    from watcher.core.monitoring.incident_messages import channel_test_notice  # noqa: PLC0415 - only with --send

    names = app.router.destinations()
    if not names:
        add(_fail("test message", "no destination is set: see [slack] in config.toml"))
    for name in names:
        channel, now = app.router.channel_for(name), app.clock.now()
        try:
            await channel.send(name, channel_test_notice(name, now), DeliveryContext(now))
        except CallFailed as error:
            add(_fail(f"send to {name}", f"{channel.name} did not take the test message: {error.detail}"))
        else:
            add(_ok(f"send to {name}", f"{channel.name} took the test message"))
