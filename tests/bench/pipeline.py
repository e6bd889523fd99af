"""The whole pipeline: poller, store and dispatcher as `watcher run` composes them."""

from __future__ import annotations

import asyncio

from tests.bench.job import Job, Lap, Measured
from tests.fakes import FakeClock
from watcher.adapters.host.garbage import tune_garbage_collector
from watcher.config import load_settings
from watcher.runtime import App


async def pipeline_contender(job: Job) -> Measured:
    """Register a watch per search, poll each once, then measure further polls until all is committed."""
    home = job.database.parent
    config = home / "config.toml"
    config.write_text(
        f"""
[database]
url = "sqlite:///{job.database}"
[ebay]
base_url = "{job.url}"
client_id = "bench"
client_secret = "bench-secret"
daily_quota = 100000000
[slack]
watch_webhook_url = "{job.slack}"
[polling]
min_interval = "1s"
concurrency = {job.concurrency}
# Twenty calls a day: a share of this quota would be without a bound, and each new title be looked at.
detail_share = 0.0000002
""",
        encoding="utf-8",
    )
    settings = load_settings(config, {})
    clock = FakeClock()
    async with App.opened(settings, clock=clock) as app:
        app.meter.observers.append(app.health.observe)
        drafts = [
            {"query": w.query, "category": w.category, "below": f"{w.target:.2f}", "every": "1m"}
            for w in job.wanted
        ]
        for draft in drafts:
            await app.registry.add(draft, clock.now())
        tune_garbage_collector()
        await _poll(app, clock, job.warmup)
        await _deliver(app, clock)
        lap = Lap()
        await _poll(app, clock, job.warmup + job.polls)
        await _deliver(app, clock)
        await app.health.flush()
        return lap.end(job.polls)


async def _poll(app: App, clock: FakeClock, until: int) -> None:
    """Tick while there is room, as the daemon does; advance the clock by a minute if nothing is due."""
    poller, room = app.poller, asyncio.Event()
    poller.on_room = room.set
    while poller.finished < until:
        room.clear()
        if await poller.tick(clock.now()):
            if poller.more_due:
                await room.wait()
            else:
                await poller.settle()
        else:
            await poller.settle()
            clock.move(60.0)


async def _deliver(app: App, clock: FakeClock) -> None:
    while await app.dispatcher.drain(clock.now()):
        clock.move(1.0)
