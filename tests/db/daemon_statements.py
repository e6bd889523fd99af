"""The statements that a daemon issues while it polls, delivers, tidies and is looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, event

from tests.fakes import NOON
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from watcher.config import load_settings
from watcher.core.times import DAY, HOUR, Instant
from watcher.core.watch import SearchId, Watch
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.runtime import App
from watcher.runtime.jobs import judge_health, probe_ebay, resume_after_outage, send_gauges, tidy
from watcher.runtime.serving import render_metrics
from watcher.runtime.simulation import SimulatedClock

QUERY = "zenitar mk2 camera"
# One rule of each kind that reads the database: history, listings seen before, last alerts.
_RULES = ("below 60 USD", "new", "low 30d", "drop 5%", "median-below 900", "deal 90%")


class Issued(NamedTuple):
    """A statement of the driver with the parameters of its first use, and what the daemon did then."""

    text: str
    parameters: Any
    during: str


@contextmanager
def recorded(engine: Engine) -> Iterator[tuple[dict[str, Issued], list[str]]]:
    """Yield the distinct statements that run, by their text, and a list whose last item is what is done."""
    found: dict[str, Issued] = {}
    doing = ["start"]

    def note(_conn: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        if isinstance(parameters, list):  # of many rows
            parameters = parameters[0]
        found.setdefault(statement, Issued(statement, parameters, doing[-1]))

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield found, doing
    finally:
        event.remove(engine, "before_cursor_execute", note)


@asynccontextmanager
async def _app(url: str, home: Path, clock: SimulatedClock, market: MarketServer) -> AsyncIterator[App]:
    config = home / "config.toml"
    config.write_text(
        f"""state_dir = "{home}"
[database]
url = "{url}"
[ebay]
base_url = "{market.url}"
client_id = "{CLIENT_ID}"
client_secret = "{CLIENT_SECRET}"
[slack]
watch_webhook_url = "{market.url}/slack/services/watches"
ops_webhook_url = "{market.url}/slack/services/ops"
[polling]
concurrency = 1
"""
    )
    async with App.opened(load_settings(config, {}), clock=clock, lockstep=True) as app:
        app.connect_meters()
        yield app


async def statements_of_a_daemon(url: str, home: Path) -> dict[str, Issued]:
    """Return what a daemon issues in some simulated days in which everything happens once."""
    clock, goods = SimulatedClock(Instant(NOON)), Scripted()
    goods.put(QUERY, *(summary(str(n), f"{QUERY} no {n}", f"{90 + n}.00") for n in range(12)))
    async with MarketServer(goods, clock=clock.now) as market, _app(url, home, clock, market) as app:
        with recorded(app.stores.database.engine) as (found, doing):
            await _live(app, clock, goods, doing)
    return found


async def _live(app: App, clock: SimulatedClock, goods: Scripted, doing: list[str]) -> None:
    doing.append("registering")
    drafts = [app.registry.parse({"query": QUERY, "rule": rule}) for rule in _RULES]
    await app.registry.add_all(drafts, clock.now())
    watch = await app.registry.add({"query": f"{QUERY} boxed", "below": "60 USD"}, clock.now())
    for turn in range(4):
        doing.append("polling")
        await _poll(app, clock)
        doing.append("delivering")
        await app.dispatcher.drain(clock.now())
        await _tick(app, clock, doing)
        goods.put(QUERY, summary(f"9{turn}", f"{QUERY} bargain", f"{50 - turn}.00"))
        clock.at = Instant(clock.at + 9 * HOUR)
    doing.append("looking")
    await _look(app, clock, watch)
    doing.append("changing")
    await app.registry.edit(watch.id, {"below": "70 USD"}, clock.now())
    await app.registry.set_paused(watch.id, clock.now(), paused=True)
    await app.registry.remove(watch.id, clock.now())
    for days in (1, 40, 400):
        clock.at = Instant(clock.at + days * DAY)
        await _poll(app, clock)
        doing.append("tidying")
        await tidy(app, clock.now())
    doing.append("after an outage")
    await resume_after_outage(app, lambda: None)


async def _poll(app: App, clock: SimulatedClock) -> None:
    while await app.poller.tick(clock.now()):
        await app.poller.settle()
    app.stores.searches.next_due_after(clock.now())


async def _tick(app: App, clock: SimulatedClock, doing: list[str]) -> None:
    now = clock.now()
    doing.append("ticking")
    await app.clock_monitor.check(now)
    await judge_health(app, now)
    await probe_ebay(app, now)
    await send_gauges(app, now)
    render_metrics(app)
    await app.stores.probe()
    doing.append("comparing medians with last prices")
    await app.accuracy_job.run_whole(now)


async def _look(app: App, clock: SimulatedClock, watch: Watch) -> None:
    """Ask what the page, the API and the streams of events ask."""
    now, stores, user = clock.now(), app.stores, watch.user
    await app.status.read_in_parts(now)
    app.queries.view(watch)
    app.queries.explain(app.registry.get(watch.id), "")
    stores.watches.page(user, limit=50)
    stores.watches.page(user, "tag", after=1, limit=50)
    (row, *_) = stores.alerts.latest(50)
    stores.alerts.receipt(row.alert.id)
    stores.history.price_points(SearchId(1), "", Instant(now - DAY))
    stores.history.daily_points(SearchId(1), "", Instant(now - 90 * DAY))
    events = stores.events
    events.settled_id(now)
    events.after(0)
    events.missed_alerts(user, 0, 10**9, 10)
    events.polled([1], [user])
    stores.searches.next_due()
