"""An hour in which eBay fails or refuses calls: how many calls it costs, and how long recovery takes.

The daemon's own poller and guard against the demo market over sockets, in simulated time.
"""

from __future__ import annotations

import asyncio
from typing import NamedTuple

import pytest
from sqlalchemy import select

from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from watcher.core.times import DAY, HOUR, MINUTE, Instant
from watcher.db.schema import searches
from watcher.demo.browse import SEARCH
from watcher.runtime.simulation import Simulation, simulated

QUOTA = 5000
SEARCHES = 12
# Seconds between polls that the quota allows each search; a tenth of the quota is the reserve.
PERIOD = DAY * SEARCHES / (0.9 * QUOTA)
EBAY = "/buy/"


class Cost(NamedTuple):
    """Calls in the market's log, and seconds from the end of the fault to the first and the last answer."""

    calls: int
    first: float
    last: float


async def cost_of(fault: Fault, seconds: float) -> Cost:
    """Run without faults, with `fault` for `seconds`, and without again until all searches are answered."""
    market = Scripted()
    words = [f"zenitar mk{n}" for n in range(SEARCHES)]
    for n, word in enumerate(words):
        market.put(word, *(summary(f"{n}0{row}", word, f"{50 + row}.00", "0.00") for row in range(3)))
    async with simulated(market, seed=1, speed=float("inf"), server_class=MarketServer) as world:
        for word in words:
            await world.app.registry.add({"query": word, "below": "10"}, world.clock.now())
        await run_for(world, PERIOD)
        assert answered(world) == SEARCHES
        before = world.market.calls[SEARCH]
        world.market.faults = [fault]
        await run_for(world, seconds)
        calls = world.market.calls[SEARCH] - before
        assert world.market.stats()["faults"] == calls, "every call during the fault failed"
        assert answered(world) == 0
        world.market.faults = []
        first, last = await recovery_of(world)
        return Cost(calls, first, last)


async def recovery_of(world: Simulation) -> tuple[float, float]:
    """Return the seconds until the first search is answered, and until all are."""
    began, first = world.clock.now(), 0.0
    while (before := answered(world)) < SEARCHES:
        assert world.clock.now() - began < 3 * PERIOD, "no recovery"
        await run_for(world, 5.0)
        first = first or (world.clock.now() - began if answered(world) > before else 0.0)
    return first, world.clock.now() - began


async def run_for(world: Simulation, seconds: float) -> None:
    await world.run(Instant(world.clock.now() + seconds), asyncio.Event())


def answered(world: Simulation) -> int:
    """Return how many searches were answered in their last poll."""
    rows = world.app.stores.database.rows(select(searches), {})
    return sum(row.polled_at is not None and not row.error for row in rows)


STORMS = {
    "429": Fault(FaultKind.RATE_LIMIT, EBAY),
    "429, after 0": Fault(FaultKind.RATE_LIMIT, EBAY, retry_after="0"),
    "429, after 1": Fault(FaultKind.RATE_LIMIT, EBAY, retry_after="1"),
    "429, after 30": Fault(FaultKind.RATE_LIMIT, EBAY, retry_after="30"),
}
OUTAGES = {
    "503": Fault(FaultKind.STATUS, EBAY, status=503),
    "reset": Fault(FaultKind.RESET, EBAY),
    "HTML": Fault(FaultKind.HTML, EBAY),
}


async def storm(name: str, seconds: float) -> None:
    cost = await cost_of(STORMS[name], seconds)
    assert cost.calls <= 1.1 * QUOTA * seconds / DAY, cost
    assert cost.last <= PERIOD + MINUTE, cost


async def outage(name: str, seconds: float) -> None:
    cost = await cost_of(OUTAGES[name], seconds)
    polls_due = SEARCHES * seconds / PERIOD
    assert cost.calls <= 1.2 * polls_due, cost
    assert cost.first <= MINUTE, "a probe per minute notices it"
    assert cost.last <= PERIOD + MINUTE, cost


async def test_ten_minutes_of_429s_cost_at_most_their_share_of_the_quota() -> None:
    await storm("429", 10 * MINUTE)


async def test_ten_minutes_of_outage_cost_at_most_a_fifth_more_calls() -> None:
    await outage("503", 10 * MINUTE)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", STORMS)
async def test_an_hour_of_429s_costs_at_most_its_share_of_the_quota(name: str) -> None:
    await storm(name, HOUR)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", OUTAGES)
async def test_an_hour_of_outage_costs_at_most_a_fifth_more_calls(name: str) -> None:
    await outage(name, HOUR)
