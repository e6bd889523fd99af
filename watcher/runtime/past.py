"""The month before a simulation starts: polls, alerts, deliveries and an incident at earlier instants.

Nothing is made up: the poller, the dispatcher and the health monitor of the app do what they do later.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping, Sequence
from random import Random
from typing import ClassVar

from watcher.adapters.ebay.responses import parse_search_page
from watcher.adapters.metrics.fan_out import MeterFanOut
from watcher.core.errors import Api, CallFailed
from watcher.core.listing import Ask, Condition, Snapshot
from watcher.core.marketplaces import site_of
from watcher.core.times import DAY, HOUR, MINUTE, Instant, Seconds
from watcher.core.watch import Watch
from watcher.demo.source import Source
from watcher.polling.fetch import Fetcher
from watcher.polling.planning import Planner
from watcher.polling.poller import Poller, PollingLimits
from watcher.ports import Clock
from watcher.runtime.simulation import START, Simulation

PAST_DAYS = 30
PAST_START = Instant(START - PAST_DAYS * DAY)
_LAST_POLL = Seconds(5 * MINUTE)  # before the start; the market's first bargains come later
_OUTAGE_DAY, _OUTAGE_MINUTES = 9, 12  # days before the start, and how long
_WATCHED_MINUTES = 30  # at most, until it is certain that the outage has ended
_ACCURACY_DAYS = 5  # between two computations of how wrong medians were
_CONCURRENT_POLLS = 20  # more than there are watches: one transaction claims their searches
_SEND_INTERVAL, _MAX_SENDS = Seconds(1.1), 50  # per destination, and after one poll
_PAST_CALLS = 1_000_000  # nothing waits for its call
_NO_RESULT = "unobtainium"


class _DirectMarket:
    """The simulated market without HTTP, which would be most of a poll's time."""

    api: ClassVar[Api] = Api.EBAY

    def __init__(self, source: Source, clock: Clock) -> None:
        self._clock, self._market = clock, source

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        """Return the listings on offer."""
        del interactive, within
        now = self._clock.now()
        rows = self._market.search(ask.query, now, ask.marketplace)
        body = json.dumps({"itemSummaries": rows, "total": len(rows)}).encode()
        page = parse_search_page(body, now, site_of(ask.marketplace))
        return Snapshot.of_rows(
            page.listings, now, total=len(rows), unreadable=page.unreadable, rows=page.rows, complete=True
        )


async def live_through_past(
    simulation: Simulation, seed: int, drafts: Sequence[Mapping[str, str]], stop: asyncio.Event
) -> Sequence[Watch]:
    """Add the watches when the clock begins, poll each of them daily, and set the clock to the start.

    Return the watches. Their messages are delivered, and forgotten by the simulated Slack; how late they were
    is not kept.
    """
    app, clock = simulation.app, simulation.clock
    watches = [await app.registry.add(draft, clock.now()) for draft in drafts]
    poller = _poller_of_the_past(simulation)
    dice = Random(f"{seed}|past")  # noqa: S311 - simulated dice
    for day in range(round((START - clock.now()) / DAY), 0, -1):
        if stop.is_set():
            break
        midday = Instant(START - day * DAY)
        await _poll_all(simulation, poller, Instant(midday + dice.uniform(0.0, 6.0) * HOUR))
        if day % _ACCURACY_DAYS == 0:
            await app.accuracy_job.run_whole(clock.now())
        if day == _OUTAGE_DAY:
            await _live_through_outage(simulation, Instant(midday + 8 * HOUR))
    await _poll_all(simulation, poller, Instant(START - _LAST_POLL))
    await app.accuracy_job.run_whole(clock.now())
    # One poll a day says nothing of how late alerts are later.
    await app.stores.lateness.forget(START)
    simulation.market.messages.clear()
    clock.at = START
    app.health.restore(START)  # its calls are too long ago to count
    return watches


def _poller_of_the_past(simulation: Simulation) -> Poller:
    """Return a poller whose calls are neither sent nor measured."""
    app, meter = simulation.app, MeterFanOut()
    fetcher = Fetcher(
        app.cache, _DirectMarket(simulation.market.source, simulation.clock), meter, limits=app.wait_limits
    )
    planner = Planner(
        app.stores.polling_plan,
        app.plan_terms,
        lambda now: app.day_calls(now)._replace(left=_PAST_CALLS),
        is_whole=True,
    )
    limits = PollingLimits(
        concurrency=_CONCURRENT_POLLS,
        retry=app.settings.retry.ebay.policy,
    )
    poller = Poller(
        app.stores.searches, fetcher, planner, limits, jitter=app.jitter, meter=meter, name="past"
    )
    poller.accuracy_of = app.poller.accuracy_of
    return poller


async def _poll_all(simulation: Simulation, poller: Poller, at: Instant) -> None:
    """Poll every search, and deliver the alerts one after the other."""
    simulation.clock.at = at
    await poller.tick(at)
    await poller.settle()
    await _deliver(simulation)


async def _deliver(simulation: Simulation) -> None:
    """Send the messages that wait, as far apart as the channel demands."""
    app, clock = simulation.app, simulation.clock
    for _ in range(_MAX_SENDS):
        if not app.stores.outbox.destinations_waiting():
            break
        await app.dispatcher.drain(clock.at)
        clock.at = Instant(clock.at + _SEND_INTERVAL)


async def _live_through_outage(simulation: Simulation, at: Instant) -> None:
    """Call eBay every minute while it is down, and until the incident has ended."""
    app, clock = simulation.app, simulation.clock
    clock.at = at
    simulation.market.outage.begin(Seconds(_OUTAGE_MINUTES * MINUTE))
    ask = Ask(_NO_RESULT, Condition.ANY, app.settings.ebay.marketplace)
    for minute in range(_WATCHED_MINUTES):
        clock.at = Instant(at + minute * MINUTE)
        with contextlib.suppress(CallFailed):  # the guard has measured the failure
            await app.ebay.search(ask, interactive=False)
        await app.health.evaluate(clock.at)
        await _deliver(simulation)
        if minute > _OUTAGE_MINUTES and not app.stores.incidents.open_incidents():
            break
