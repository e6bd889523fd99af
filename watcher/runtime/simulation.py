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
from watcher.demo.vision import OPENAI_KEY, OPENAI_MODEL, OPENAI_ROOT
from watcher.runtime.app import App
from watcher.runtime.jobs import judge_health, probe_ebay

# Every run starts at the same instant, so that results do not depend on when it runs.
START = Instant(1_767_607_200.0)  # 2026-01-05T10:00Z
_JUDGE_EVERY = Seconds(5.0)
_PRICE_IN, _PRICE_OUT = 0.25, 2.0  # made up, so that scans show a cost
_MIN_STEP = Seconds(1.0)


class SimulatedClock:
    """A clock that only the simulation advances."""

    def __init__(self, at: Instant = START) -> None:
        self.at = at

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
            await app.accuracy_job.round(now)
            await app.follow_items(now)
            if app.billing is not None:
                await app.billing.check_due(now)
        await app.dispatcher.drain(now)

    def _next_event(self) -> Instant:
        app, now = self.app, self.clock.now()
        held = app.dispatcher.held_destinations(now)
        times = (
            app.poller.next_poll(now),
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
    at: Instant = START,
    on_message: Callable[[ReceivedMessage], None] | None = None,
    server_class: type[DemoServer] = DemoServer,
    more_config: Callable[[str], str] | None = None,
) -> AsyncIterator[Simulation]:
    """Yield a throw-away installation against `source`, or by default the seed's simulated market.

    Its clock shows `at`; the market is the same whenever the clock begins. `more_config` takes
    the market's address and returns further lines of the configuration.
    """
    clock = SimulatedClock(at)
    server = server_class(source or DemoMarket(seed, START), clock=clock.now, on_message=on_message)
    with tempfile.TemporaryDirectory(prefix="watcher-demo-") as directory:
        async with server:
            more = more_config(server.url) if more_config else ""
            settings = load_settings(_write_config(Path(directory), server.url, more), {})
            jitter = random.Random(seed).uniform  # noqa: S311 - simulated dice
            async with App.opened(settings, clock=clock, jitter=jitter, lockstep=True) as app:
                app.connect_meters()
                yield Simulation(app, server, clock, speed)


def _write_config(directory: Path, url: str, more: str) -> Path:
    path = directory / "config.toml"
    path.write_text(
        f"""state_dir = "{directory}"
[database]
url = "sqlite:///{directory}/demo.db"
[ebay]
base_url = "{url}"
client_id = "{CLIENT_ID}"
client_secret = "{CLIENT_SECRET}"
[openai]
base_url = "{url}{OPENAI_ROOT}"
api_key = "{OPENAI_KEY}"
model = "{OPENAI_MODEL}"
price_in = {_PRICE_IN}
price_out = {_PRICE_OUT}
reader = "alerts"
[slack]
watch_webhook_url = "{url}/slack/services/watches"
ops_webhook_url = "{url}/slack/services/ops"
[polling]
concurrency = 1
{more}""",
        encoding="utf-8",
    )
    return path


# One per product: the rule (`{}` is a share of the true price), the cadence, and the other fields. The first
# five alert at once, one after the other, on the market's first bargains.
_DEMO_WATCHES: Sequence[tuple[str, float, str, Mapping[str, str]]] = (
    ("deal 75%", 1.0, "5m", {"label": "Charizard, not graded", "exclude": "psa", "tag": "cards"}),
    ("below {}", 0.8, "7m", {"label": "Switch OLED", "tag": "gaming"}),
    ("deal 70%", 1.0, "12m", {"label": "Speedmaster 3570.50"}),
    ("below {}", 0.77, "18m", {"label": "Jordan 1 Chicago 2015"}),
    ("deal 70%", 1.0, "24m", {"label": "M18 hammer drill", "tag": "workshop"}),
    ("low 30d", 1.0, "15m", {"label": "Speedy 30"}),
    ("median-below {}", 0.97, "20m", {"label": "WH-1000XM5"}),
    ("below {}", 0.7, "30m", {"label": "Millennium Falcon 75192", "tag": "lego"}),
)


def demo_watches(seed: int) -> Sequence[Mapping[str, str]]:
    """Return drafts of a few watches over several categories, with the most common rules."""
    market = DemoMarket(seed, START)
    drafts = []
    for product, (rule, share, every, fields) in zip(PRODUCTS, _DEMO_WATCHES, strict=False):
        price = market.inventory(product).true_price(START)
        needed = {"query": product.query, "category": product.category}
        drafts.append(needed | {"rule": rule.format(f"{price * share:.2f}"), "every": every, **fields})
    return drafts


def recorded_watches(source: RecordedMarket) -> Sequence[Mapping[str, str]]:
    """Return a draft of a watch for each recorded search."""
    return [{"query": query, "rule": "deal 70%", "every": "10m"} for query in source.queries]
