"""`watcher check`: one line for each thing that can be wrong, without side effects."""

from __future__ import annotations

import asyncio
import socket
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from watcher.cli.running import Setup, sentence_of
from watcher.core.errors import CallFailed, Kind, WatcherError

if TYPE_CHECKING:
    from watcher.app import App
    from watcher.config import Settings


class Checked(NamedTuple):
    """One line of the report."""

    name: str
    ok: bool
    detail: str


def run_checks(setup: Setup, *, send: bool) -> list[Checked]:
    """Check everything. Raises ConfigRefused, for nothing can be checked without settings."""
    settings = setup.settings()
    results = [Checked("config", True, settings.source)]
    results.append(_database(settings))
    results.append(_statsd(settings))
    results += asyncio.run(_outside(settings, send=send))
    return results


def _database(settings: Settings) -> Checked:
    from watcher.adapters.db.engine import connect, is_embedded, sqlite_path  # noqa: PLC0415 - heavy
    from watcher.adapters.db.migrate import DatabaseRefused, revision_of  # noqa: PLC0415 - heavy
    from watcher.adapters.db.schema import HEAD  # noqa: PLC0415 - heavy

    url, name = settings.database_url, settings.database_name
    if is_embedded(url) and not sqlite_path(url).exists():
        return Checked("database", True, f"{name} does not exist yet; the first command makes it")
    engine = connect(url)
    try:
        revision = revision_of(engine)
    except (DatabaseRefused, WatcherError) as error:
        return Checked("database", False, f"{name}: {sentence_of(error)}")
    finally:
        engine.dispose()
    if revision != HEAD:
        return Checked(
            "database", False, f"{name} has schema {revision or 'none'}, needs {HEAD}: watcher db upgrade"
        )
    return Checked("database", True, f"{name}, schema {revision}")


def _statsd(settings: Settings) -> Checked:
    s = settings.statsd
    if not s.host:
        return Checked("statsd", True, "off")
    try:
        socket.getaddrinfo(s.host, s.port, type=socket.SOCK_DGRAM)
    except OSError as error:
        return Checked("statsd", False, f"{s.host} is not found: {error.strerror or error}")
    return Checked("statsd", True, f"{s.host}:{s.port} (UDP; nobody can tell whether it listens)")


async def _outside(settings: Settings, *, send: bool) -> list[Checked]:
    from watcher.app import App  # noqa: PLC0415 - heavy

    async with App.opened(settings, with_database=False) as app:
        results = [await _ebay(app), *await _slack(settings)]
        if send:
            results.append(await _send(app))
        return results


async def _ebay(app: App) -> Checked:
    if not app.has_market:
        return Checked(
            "ebay", False, "no credentials: set [ebay] client_id and client_secret, or try watcher demo"
        )
    try:
        quota = await app.ebay.rate_limit()
    except CallFailed as error:
        if error.kind is Kind.CREDENTIALS:
            return Checked(
                "ebay", False, "eBay refuses the credentials in [ebay]; check client_id and client_secret"
            )
        return Checked("ebay", False, f"{sentence_of(error)} ({error.detail})")
    left = f", {quota.remaining} of {quota.limit} calls left today" if quota else ""
    return Checked("ebay", True, f"{app.settings.ebay.base_url} knows us{left}")


async def _slack(settings: Settings) -> list[Checked]:
    """Whether each webhook's host can be reached; nothing is posted."""
    s = settings.slack
    urls = {"slack": s.watch_webhook_url, "slack ops": s.ops_webhook_url, **s.destinations}
    results = []
    for name, secret in urls.items():
        url = secret.get_secret_value()
        if not url:
            missing = "not set: alerts wait in `watcher alerts list`" if name == "slack" else "not set"
            results.append(Checked(name, name != "slack", missing))
            continue
        results.append(await _reach(name, url))
    return results


async def _reach(name: str, url: str) -> Checked:
    parts = urlsplit(url)
    port = parts.port or (443 if parts.scheme == "https" else 80)
    try:
        async with asyncio.timeout(5):
            _, writer = await asyncio.open_connection(parts.hostname, port)
    except (OSError, TimeoutError) as error:
        return Checked(name, False, f"{parts.hostname} cannot be reached: {type(error).__name__}")
    writer.close()
    await writer.wait_closed()
    return Checked(name, True, f"{parts.hostname} answers; --send posts a test message")


async def _send(app: App) -> Checked:
    from watcher.core.notices import trial_notice  # noqa: PLC0415 - only with --send

    if not app.outlet.knows("slack"):
        return Checked("slack --send", False, "not set")
    try:
        await app.outlet.deliver("slack", trial_notice(app.clock.now()))
    except CallFailed as error:
        return Checked("slack --send", False, f"Slack did not take it: {error.detail}")
    return Checked("slack --send", True, "Slack took a test message")
