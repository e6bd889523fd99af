"""Starts the HTTP server. Probes and metrics are answered at once; all else is loaded by its first request.

The framework and the pages take a third of a start's time and 18 MB. A daemon without visitors needs neither.
"""

from __future__ import annotations

import asyncio
import json
import socket
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import NamedTuple

from starlette.types import ASGIApp, Receive, Scope, Send

from watcher.adapters.host.garbage import loading_modules
from watcher.adapters.host.sockets import url_of
from watcher.adapters.host.web_server import serving
from watcher.core.errors import Code, RequestRefused, WatcherError, error_view
from watcher.core.monitoring.incidents import Incident
from watcher.core.times import Seconds
from watcher.core.tokens import Caller
from watcher.db.failures import database_reason
from watcher.db.schema import HEAD
from watcher.runtime.app import App
from watcher.runtime.jobs import set_gauges
from watcher.web.event_hub import ValidCallers
from watcher.web.probes import Probes

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


class LateApi:
    """The API over an app, loaded beside the event loop by the first request that is not a probe.

    `idle` is as in `serving_api`.
    """

    def __init__(self, app: App, idle: Callable[[], str]) -> None:
        self._app, self._idle = app, idle
        self._probes = Probes(
            partial(not_ready, app, idle), KeptPage(lambda: render_metrics(app), KEEP_ANSWERS_SECONDS).read
        )
        self._loading = asyncio.Lock()
        self._api: ASGIApp | None = None
        self._revalidate: ValidCallers = lambda callers: callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if self._api is None:
            if (answer := self._probes.answer(scope)) is not None:
                await answer.send(send)
                return
            async with self._loading:
                self._api = self._api or await self._load()
        await self._api(scope, receive, send)

    def valid_callers(self, callers: Collection[Caller]) -> Collection[Caller]:
        """Return those of the callers of open streams that would be let in now."""
        return self._revalidate(callers)

    async def _load(self) -> ASGIApp:
        answers = await asyncio.to_thread(_load_answers)
        api, self._revalidate = answers.over(self._app, self._idle)
        return api


class _Answers(NamedTuple):
    """The API over an app with what checks the callers of its streams, and the API without one."""

    over: Callable[[App, Callable[[], str]], tuple[ASGIApp, ValidCallers]]
    unavailable: Callable[[Callable[[], str], str], ASGIApp]


def _load_answers() -> _Answers:
    with loading_modules():
        from watcher.runtime.http_server import api_over, refuse_all  # noqa: PLC0415 - 0.35 s, see above
    return _Answers(api_over, refuse_all)


@asynccontextmanager
async def serving_api(
    app: App, sockets: list[socket.socket], idle: Callable[[], str], ended: asyncio.Event
) -> AsyncIterator[str]:
    """Serve the API while the block runs and until `ended` is set; yield the address.

    `idle` returns why the daemon does no work, or "" if it works.
    """
    api = LateApi(app, idle)
    async with serving(api, sockets, _refusal, ended), app.events.running(api.valid_callers, ended):
        yield url_of(sockets)


@asynccontextmanager
async def serving_unavailable(
    sockets: list[socket.socket], why: Callable[[], str], page: str = ""
) -> AsyncIterator[None]:
    """While the block runs, answer that the daemon is alive and not able to work; `page`: for browsers."""
    async with serving(_load_answers().unavailable(why, page), sockets, _refusal):
        yield


def not_ready(app: App, idle: Callable[[], str]) -> str:
    """Return why the daemon cannot work, or "" if it can. Raises WatcherError."""
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
