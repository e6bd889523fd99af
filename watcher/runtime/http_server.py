"""Starts the HTTP server: its sockets, the API over an app, and the answers while there is no app yet."""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any

from watcher.adapters.host.sockets import url_of
from watcher.adapters.host.web_server import serving
from watcher.adapters.stripe.webhook import StripeWebhook
from watcher.core.errors import Code, RequestRefused, WatcherError, error_view
from watcher.core.monitoring.incidents import Incident
from watcher.core.times import Seconds
from watcher.core.tokens import is_loopback
from watcher.db.failures import database_reason
from watcher.db.schema import HEAD
from watcher.runtime.app import App
from watcher.runtime.jobs import set_gauges
from watcher.watches.bulk import BulkChanges
from watcher.watches.comps_answers import CompsAnswers
from watcher.watches.overview import Overview
from watcher.web.access.auth import revalidate
from watcher.web.access.site import Site
from watcher.web.api import build_api
from watcher.web.dependencies import WebDependencies
from watcher.web.unavailable import unavailable_api

# Metrics cost 4 ms, and many readers must not slow the polls down.
KEEP_ANSWERS_SECONDS = Seconds(1.0)


class KeptPage:
    """A page that is rendered at most once per `keep` seconds."""

    def __init__(
        self, render: Callable[[], bytes], keep: Seconds, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._render, self._keep, self._monotonic = render, keep, monotonic
        self._page, self._until = b"", 0.0

    def read(self) -> bytes:
        """Return the page."""
        now = self._monotonic()
        if now >= self._until:
            self._page, self._until = self._render(), now + self._keep
        return self._page


class KeptStatus:
    """A status that is read at most once per `keep` seconds, by one caller for all that wait for it."""

    def __init__(
        self,
        read: Callable[[], Awaitable[dict[str, Any]]],
        keep: Seconds,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read, self._keep, self._monotonic = read, keep, monotonic
        self._body, self._until = b"", 0.0
        self._reading = asyncio.Lock()

    def forget(self) -> None:
        """Read it again for the next caller, after something was changed."""
        self._until = 0.0

    async def read(self) -> bytes:
        """Return the status as JSON."""
        async with self._reading:
            if self._monotonic() >= self._until:
                self._body = json.dumps(await self._read(), ensure_ascii=False).encode()
                self._until = self._monotonic() + self._keep
            return self._body


@asynccontextmanager
async def serving_api(
    app: App, sockets: list[socket.socket], idle: Callable[[], str], ended: asyncio.Event
) -> AsyncIterator[str]:
    """Serve the API while the block runs and until `ended` is set; yield the address.

    `idle` returns why the daemon does no work, or "" if it works.
    """
    web = web_dependencies(app, idle)
    async with (
        serving(build_api(web), sockets, _refusal, ended),
        app.events.running(partial(revalidate, web), ended),
    ):
        yield url_of(sockets)


@asynccontextmanager
async def serving_unavailable(
    sockets: list[socket.socket], why: Callable[[], str], page: str = ""
) -> AsyncIterator[None]:
    """While the block runs, answer that the daemon is alive and not able to work; `page`: for browsers."""
    async with serving(unavailable_api(why, page=page), sockets, _refusal):
        yield


def web_dependencies(
    app: App, idle: Callable[[], str], keep: Seconds = KEEP_ANSWERS_SECONDS
) -> WebDependencies:
    """Return what the endpoints use of the app. `idle` is as in `serving_api`.

    `keep`: how long metrics, and comps from the cache, are served again as they are.
    """
    status = KeptStatus(lambda: app.status.read_in_parts(app.clock.now()), keep)
    return WebDependencies(
        clock=app.clock,
        stores=app.stores,
        registry=app.registry,
        queries=app.queries,
        overview=Overview(app.stores),
        bulk=BulkChanges(app.stores, app.registry),
        comps=CompsAnswers(app.queries, keep),
        cache=app.cache,
        pictures=app.pictures,
        router=app.router,
        health=app.health,
        token_optional=not app.settings.http.exposed_by,
        site=Site(app.settings.http.public_url, is_local=is_loopback(app.settings.http.host)),
        not_ready=lambda: _not_ready(app, idle),
        open_scans=lambda: app.scanning.pictures,
        render_metrics=KeptPage(lambda: render_metrics(app), keep).read,
        render_status=status.read,
        forget_status=status.forget,
        events=app.events,
        billing=app.billing,
        read_event=StripeWebhook(app.settings.stripe.webhook_secret.get_secret_value()).read,
    )


def _not_ready(app: App, idle: Callable[[], str]) -> str:
    if trouble := app.database_monitor.trouble:
        return database_trouble(trouble)
    if trouble := app.clock_monitor.trouble:
        return trouble
    try:
        revision = app.stores.revision()
    except WatcherError as error:
        if error.code is not Code.DATABASE_QUERY_FAILED:
            raise
        return f"The database's schema cannot be read: {database_reason(error)}."
    if revision != HEAD:
        return f"The database has schema {revision or 'none'}, this watcher needs {HEAD}."
    return idle()


def database_trouble(trouble: str) -> str:
    """Return the sentence for probes while the database cannot be written."""
    return f"The database cannot be written: {trouble}"


def render_metrics(app: App) -> bytes:
    """Return the metrics in Prometheus' text format, with the gauges as they are now."""
    now, prometheus = app.clock.now(), app.prometheus

    def refresh() -> Sequence[Incident]:
        try:
            set_gauges(app, prometheus, now)
            firing = app.stores.incidents.open_incidents()
        except WatcherError:  # the page is served without the gauges
            prometheus.gauge("database.up", 0)
            return ()
        prometheus.gauge("database.up", 1)
        return firing

    return prometheus.page(refresh, app.health.snapshot(now))


def _refusal(status: int, sentence: str) -> bytes:
    return json.dumps(error_view(RequestRefused(status, sentence))).encode()
