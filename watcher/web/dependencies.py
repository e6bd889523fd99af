"""What endpoints use of the program."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Annotated
from weakref import WeakValueDictionary

from fastapi import Depends, Request
from starlette.types import ASGIApp, Receive, Scope, Send

from watcher.accounts.billing import Billing
from watcher.core.billing import BillingEvent
from watcher.core.resilience.token_buckets import TokenBuckets
from watcher.core.resilience.user_rates import MAX_PICTURES_PER_MINUTE, UserRates
from watcher.core.times import Instant
from watcher.db.stores import Stores
from watcher.delivery.router import Router
from watcher.monitoring.api_health import HealthMonitor
from watcher.polling.comps_cache import CompsCache
from watcher.ports import Clock
from watcher.scans.picture_scans import PictureScans
from watcher.watches.bulk import BulkChanges
from watcher.watches.comps_answers import CompsAnswers
from watcher.watches.overview import Overview
from watcher.watches.pictures import Pictures
from watcher.watches.queries import WatchQueries
from watcher.watches.registry import Registry
from watcher.web.access.site import Site
from watcher.web.event_hub import EventHub

_KEY = "watcher.dependencies"  # of a request's scope


@dataclass(frozen=True, slots=True)
class WebDependencies:
    """The objects that endpoints use.

    `token_optional`: requests of this machine need neither a token nor a session until a token or person
    exists. `site`: where browsers reach the daemon.
    `not_ready` returns why the daemon cannot work now, or "" if it can; it may raise WatcherError.
    `open_scans` returns what identifies pictures, made at its first use.
    `render_metrics` returns the metrics in Prometheus' text format, `render_status` the status as JSON, which
    `forget_status` makes it read again.
    `billing`: None if no plan is for sale. `read_event` returns Stripe's event in a body with a signature.
    `misses` counts each user's questions that the cache could not answer, `picture_misses` the pictures that
    were not in memory, `requests` all requests of each token and session.
    `importing`: held by the one import at a time. `locks`: of what is done one at a time.
    """

    clock: Clock
    stores: Stores
    registry: Registry
    queries: WatchQueries
    overview: Overview
    bulk: BulkChanges
    comps: CompsAnswers
    cache: CompsCache
    pictures: Pictures
    router: Router
    health: HealthMonitor
    token_optional: bool
    site: Site
    not_ready: Callable[[], str]
    open_scans: Callable[[], PictureScans]
    render_metrics: Callable[[], bytes]
    render_status: Callable[[], Awaitable[bytes]]
    forget_status: Callable[[], None]
    events: EventHub
    billing: Billing | None
    read_event: Callable[[bytes, str, Instant], BillingEvent | None]
    importing: asyncio.Lock = field(default_factory=asyncio.Lock)
    locks: WeakValueDictionary[tuple[str, object], asyncio.Lock] = field(default_factory=WeakValueDictionary)
    misses: UserRates = field(default_factory=UserRates)
    picture_misses: UserRates = field(default_factory=lambda: UserRates(MAX_PICTURES_PER_MINUTE))
    requests: TokenBuckets = field(default_factory=TokenBuckets)


class WithDependencies:
    """Gives the requests of an application their dependencies."""

    def __init__(self, app: ASGIApp, dependencies: WebDependencies) -> None:
        self._app, self._dependencies = app, dependencies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        scope[_KEY] = self._dependencies
        await self._app(scope, receive, send)


def dependencies_of(scope: Scope) -> WebDependencies | None:
    """Return what a request's endpoint uses; None before `WithDependencies`."""
    found: WebDependencies | None = scope.get(_KEY)
    return found


# A coroutine, though it awaits nothing: FastAPI runs plain functions in a thread, and the database
# connection belongs to this one.
async def of_request(request: Request) -> WebDependencies:
    """Return what the endpoint of a request uses."""
    dependencies: WebDependencies = request.scope[_KEY]
    return dependencies


Web = Annotated[WebDependencies, Depends(of_request)]
"""The type of an endpoint's `web` parameter."""
