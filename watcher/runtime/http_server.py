"""What answers requests over an app. Its modules are a third of a start, so the first request loads them."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from starlette.types import ASGIApp

from watcher.adapters.stripe.webhook import StripeWebhook
from watcher.core.times import Seconds
from watcher.core.tokens import is_loopback
from watcher.runtime.app import App
from watcher.runtime.serving import KEEP_ANSWERS_SECONDS, KeptPage, not_ready, render_metrics
from watcher.watches.bulk import BulkChanges
from watcher.watches.comps_answers import CompsAnswers
from watcher.watches.overview import Overview
from watcher.web.access.auth import revalidate
from watcher.web.access.site import Site
from watcher.web.api import build_api
from watcher.web.dependencies import WebDependencies
from watcher.web.event_hub import ValidCallers
from watcher.web.unavailable import unavailable_api


def api_over(app: App, idle: Callable[[], str]) -> tuple[ASGIApp, ValidCallers]:
    """Return the API, and what returns those of some callers that would be let in now."""
    web = web_dependencies(app, idle)
    return build_api(web), partial(revalidate, web)


def refuse_all(why: Callable[[], str], page: str) -> ASGIApp:
    """Return the API of a daemon that cannot work; see `unavailable_api`."""
    return unavailable_api(why, page=page)


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


def web_dependencies(
    app: App, idle: Callable[[], str], keep: Seconds = KEEP_ANSWERS_SECONDS
) -> WebDependencies:
    """Return what the endpoints use of the app. `idle` is as in `serving.serving_api`.

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
        not_ready=lambda: not_ready(app, idle),
        open_scans=lambda: app.scanning.pictures,
        render_metrics=KeptPage(lambda: render_metrics(app), keep).read,
        render_status=status.read,
        forget_status=status.forget,
        events=app.events,
        billing=app.billing,
        read_event=StripeWebhook(app.settings.stripe.webhook_secret.get_secret_value()).read,
    )
