"""The daemon against a simulated market in simulated time: a seed determines every alert, at any speed."""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from watcher.config import load_settings
from watcher.core.times import MINUTE, Instant, Seconds
from watcher.demo.catalogue import PRODUCTS
from watcher.demo.market import DemoMarket
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.demo.recorded import RecordedMarket
from watcher.demo.server import DemoServer
from watcher.demo.slack_sink import ReceivedMessage
from watcher.demo.source import Source
from watcher.runtime.app import App
from watcher.runtime.jobs import judge_health, probe_ebay

# Every run starts at the same instant, so that results do not depend on when it runs.
START = Instant(1_767_607_200.0)  # 2026-01-05T10:00Z
_JUDGE_EVERY = Seconds(5.0)
_MIN_STEP = Seconds(1.0)


class SimulatedClock:
    """A clock that only the simulation advances."""

    def __init__(self) -> None:
        self.at = START

    def now(self) -> Instant:
        """Return the simulated instant."""
        return self.at


@dataclass(slots=True)
class Simulation:
    """An app, its market, and the clock of both."""

    app: App
    market: DemoServer
    clock: SimulatedClock
    speed: float
    _judge_at: Instant = START

    async def run(self, until: Instant, stop: asyncio.Event) -> None:
        """Run every event at its simulated instant until `until`, `speed` times as fast as real time."""
        began, first = time.monotonic(), self.clock.now()
        while not stop.is_set():
            await self._step(self.clock.now())
            upcoming = min(self._next_event(), until)
            wait = began + (upcoming - first) / self.speed - time.monotonic()
            if wait > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(wait):
                        await stop.wait()
            self.clock.at = upcoming
            if upcoming >= until:
                break

    async def _step(self, now: Instant) -> None:
        """Poll, evaluate and deliver what is due at this instant, in this order."""
        app = self.app
        while await app.poller.tick(now):
            await app.poller.settle()
        if now >= self._judge_at:
            self._judge_at = Instant(now + _JUDGE_EVERY)
            await probe_ebay(app, now)
            await judge_health(app, now)
        await app.dispatcher.drain(now)

    def _next_event(self) -> Instant:
        app, now = self.app, self.clock.now()
        held = app.dispatcher.held_destinations(now)
        times = (
            app.stores.searches.next_due(),
            app.stores.outbox.next_due(held),
            app.dispatcher.next_hold_end(now),
        )
        upcoming = min((t for t in times if t is not None), default=Instant(now + _JUDGE_EVERY))
        # Windows change only with calls, so while all is well the next evaluation comes a minute later.
        quiet = not app.stores.incidents.open_incidents() and not app.health.probe_due(now)
        judge_at = self._judge_at + (MINUTE if quiet else 0.0)
        return Instant(max(min(upcoming, judge_at), now + _MIN_STEP))


@asynccontextmanager
async def simulated(
    source: Source | None,
    *,
    seed: int,
    speed: float,
    on_message: Callable[[ReceivedMessage], None] | None = None,
    server_class: type[DemoServer] = DemoServer,
) -> AsyncIterator[Simulation]:
    """Yield a throw-away installation against `source`, or by default the seed's simulated market."""
    clock = SimulatedClock()
    server = server_class(source or DemoMarket(seed, START), clock=clock.now, on_message=on_message)
    with tempfile.TemporaryDirectory(prefix="watcher-demo-") as directory:
        async with server:
            settings = load_settings(_write_config(Path(directory), server.url), {})
            jitter = random.Random(seed).uniform  # noqa: S311 - simulated dice
            async with App.opened(settings, clock=clock, jitter=jitter, lockstep=True) as app:
                app.connect_meters()
                yield Simulation(app, server, clock, speed)


def _write_config(directory: Path, url: str) -> Path:
    path = directory / "config.toml"
    path.write_text(
        f"""state_dir = "{directory}"
[database]
url = "sqlite:///{directory}/demo.db"
[ebay]
base_url = "{url}"
client_id = "{CLIENT_ID}"
client_secret = "{CLIENT_SECRET}"
[slack]
watch_webhook_url = "{url}/slack/services/watches"
ops_webhook_url = "{url}/slack/services/ops"
[polling]
concurrency = 1
""",
        encoding="utf-8",
    )
    return path


def demo_watches(seed: int) -> Sequence[Mapping[str, str]]:
    """Return drafts of a few watches over several categories, with the most common rules."""
    market = DemoMarket(seed, START)
    drafts = []
    for i, product in enumerate(PRODUCTS[:8]):
        price = market.inventory(product).true_price(START)
        rule = ("deal 75%", f"below {price * 0.8:.2f}", "new", f"median-below {price * 0.97:.2f}")[i % 4]
        drafts.append(
            {"query": product.query, "category": product.category, "rule": rule, "every": f"{5 + 2 * i}m"}
        )
    return drafts


def recorded_watches(source: RecordedMarket) -> Sequence[Mapping[str, str]]:
    """Return a draft of a watch for each recorded search."""
    return [{"query": query, "rule": "deal 70%", "every": "10m"} for query in source.queries]
