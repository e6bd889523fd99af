"""A day of the simulated market in simulated time: a seed determines every alert, byte by byte."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from watcher.core.errors import Api
from watcher.core.monitoring.attempts import Attempt
from watcher.core.resilience.breaker import BreakerPolicy
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.times import DAY, MINUTE, Instant, Seconds
from watcher.runtime.simulation import START, demo_watches, simulated


async def messages(seed: int, seconds: float) -> list[str]:
    """Return every message that Slack received, with its simulated instant."""
    async with simulated(None, seed=seed, speed=1e9) as simulation:
        for draft in demo_watches(seed):
            await simulation.app.registry.add(draft, START)
        await simulation.run(Instant(START + seconds), asyncio.Event())
        return [json.dumps([m.clock, m.to, m.body], sort_keys=True) for m in simulation.market.messages]


async def test_the_same_seed_gives_byte_identical_alerts() -> None:
    first = await messages(7, 10 * MINUTE)
    assert first
    assert await messages(7, 10 * MINUTE) == first
    assert await messages(8, 10 * MINUTE) != first


async def test_step_of_the_clock_during_a_call_does_not_count_as_its_duration() -> None:
    async with simulated(None, seed=7, speed=1e9) as simulation:
        app, seen = simulation.app, list[Attempt]()
        app.meter.observers.append(seen.append)
        guard = app.guard(Api.STRIPE, RetryPolicy(0, Seconds(1.0), Seconds(1.0)), MINUTE, BreakerPolicy())

        async def send() -> None:
            simulation.clock.at = Instant(simulation.clock.at + MINUTE)

        await guard.call(send, interactive=True)
        assert [attempt.seconds for attempt in seen] == [0.0]


@pytest.mark.slow
@pytest.mark.timeout(300)
async def test_a_simulated_day_takes_less_than_a_minute() -> None:
    began = time.monotonic()
    first = await messages(7, DAY)
    took = time.monotonic() - began
    assert len(first) > 20
    assert took < 60, f"{took:.0f} s"
    assert await messages(7, DAY) == first
