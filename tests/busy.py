"""A busy hour of the whole program: every operation succeeds and fails at least once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from tests.fakes import FakeClock, inquiry_of
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.serpapi import API_KEY
from tests.market.server import MarketServer
from tests.market.slack_api import BOT_TOKEN
from watcher.config import Settings, load_settings
from watcher.core.errors import CallFailed
from watcher.core.listing import Condition
from watcher.core.times import DAY, HOUR
from watcher.core.watch import Inquiry
from watcher.demo.browse import SEARCH
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.demo.pictures import draw_picture
from watcher.demo.stripe.stand_in import STRIPE_ROOT
from watcher.demo.summary import wire_date
from watcher.demo.vision import OPENAI_KEY, OPENAI_MODEL, OPENAI_ROOT
from watcher.runtime import App
from watcher.runtime.jobs import flush_statsd, judge_health, send_gauges

QUERY, OTHER = "zenitar mk2", "zenitar mk3"
HOOK = "hook-canary-c0ffee"
HEARTBEAT = "beat-canary-c0ffee"
# Every secret of the settings, in their order.
CANARIES = {
    "ebay.client_secret": CLIENT_SECRET,
    "serpapi.api_key": API_KEY,
    "openai.api_key": OPENAI_KEY,
    "stripe.api_key": "stripe-canary-c0ffee",
    "stripe.webhook_secret": "signed-canary-c0ffee",
    "slack.webhooks": HOOK,
    "slack.bot_token": BOT_TOKEN,
    "heartbeat.url": HEARTBEAT,
}


def configured(home: Path, url: str, database: str, more: str = "", **openai: str) -> Settings:
    """Return settings with every secret; `openai` are values of that section."""
    path = home / "config.toml"
    path.write_text(f"""
state_dir = "{home}"
[database]
url = "{database}"
[ebay]
base_url = "{url}"
client_id = "{CLIENT_ID}"
client_secret = "{CLIENT_SECRET}"
[serpapi]
base_url = "{url}/serpapi"
api_key = "{API_KEY}"
[openai]
base_url = "{url}{OPENAI_ROOT}"
api_key = "{OPENAI_KEY}"
model = "{OPENAI_MODEL}"
[retry.openai]
max_retries = 1
[plans]
hunter = {{ price_id = "price_hunter" }}
[stripe]
base_url = "{url}{STRIPE_ROOT}"
api_key = "{CANARIES["stripe.api_key"]}"
webhook_secret = "{CANARIES["stripe.webhook_secret"]}"
[slack]
watch_webhook_url = "{url}/slack/services/watches/{HOOK}"
ops_webhook_url = "{url}/slack/services/ops/{HOOK}"
bot_token = "{BOT_TOKEN}"
base_url = "{url}/slack/api"
[slack.destinations]
team = "{url}/slack/services/team/{HOOK}"
[retry.ebay]
max_retries = 1
[heartbeat]
url = "{url}/heartbeat?key={HEARTBEAT}"
{more}
""")
    return load_settings(path, {f"WATCHER_OPENAI__{key.upper()}": value for key, value in openai.items()})


@asynccontextmanager
async def opened(settings: Settings, clock: FakeClock) -> AsyncIterator[App]:
    """Yield an app with meters, in simulated time."""
    async with App.opened(settings, clock=clock, jitter=_no_wait, lockstep=True) as app:
        app.connect_meters()
        yield app


def any_inquiry(query: str) -> Inquiry:
    """Return an inquiry of any condition and category."""
    return inquiry_of(query, Condition.ANY, "", "EBAY_US")


def _no_wait(_low: float, _high: float) -> float:
    return 0.0


def market_of(clock: FakeClock) -> tuple[MarketServer, Scripted]:
    """Return a server with two searches, and its goods."""
    goods = Scripted()
    for query in (QUERY, OTHER):
        goods.put(query, *(summary(f"{query[-1]}{n}", f"{query} camera", f"{40 + n}.00") for n in range(6)))
    goods.put(QUERY, summary("unreadable", f"{QUERY} camera") | {"itemId": 5})
    market = MarketServer(goods, clock=clock.now)
    market.stripe.api.key = CANARIES["stripe.api_key"]
    return market, goods


async def work(app: App, market: MarketServer, goods: Scripted, clock: FakeClock) -> None:
    """Poll, fetch comps and send alerts, with failures; at the end everything works again."""
    camera, other = any_inquiry(QUERY), any_inquiry(OTHER)
    for number, to in enumerate(("slack", "team", "#deals")):
        await app.registry.add({"query": QUERY, "rule": f"below {50 + number}", "to": to}, clock.now())
    await _poll(app, clock)
    await app.queries.comps(camera)  # miss, then hit
    await app.queries.comps(camera)
    await app.queries.comps(other)
    clock.move(8 * DAY)
    for kind in (FaultKind.STATUS, FaultKind.RESET, FaultKind.MALFORMED):
        market.faults = [Fault(kind, SEARCH)]
        await _comps_or_failure(app, camera)  # served stale
        await _comps_or_failure(app, any_inquiry(f"{QUERY} {kind}"))  # by the fallback
        await _poll(app, clock)
        clock.move(2 * HOUR)
    for kind in (FaultKind.STATUS, FaultKind.OFF_SCHEMA, FaultKind.EMPTY):
        market.faults = [Fault(kind, OPENAI_ROOT)]
        await _identify_or_fail(app)
    market.faults = []
    await _identify_or_fail(app)
    market.faults = [Fault(FaultKind.STATUS, "/"), Fault(FaultKind.STATUS, "/serpapi/")]
    await _comps_or_failure(app, any_inquiry("no answer"))
    clock.move(2 * HOUR)
    await _deliveries(app, market, goods, clock)
    await _checkouts(app, market)
    market.faults = [Fault(FaultKind.STATUS, "/heartbeat")]
    assert app.heartbeat is not None
    await app.heartbeat.beat()
    market.faults = []
    await app.heartbeat.beat()
    await judge_health(app, clock.now())
    await send_gauges(app, clock.now())
    await flush_statsd(app)


async def _deliveries(app: App, market: MarketServer, goods: Scripted, clock: FakeClock) -> None:
    """Send alerts while Slack fails, refuses, and accepts."""
    faults = (
        [Fault(FaultKind.STATUS, "/slack/", status=500)],
        [Fault(FaultKind.STATUS, "/slack/", status=403)],
        [],
    )
    for number, fault in enumerate(faults):
        market.faults = []
        clock.move(HOUR)
        new = summary(f"new{number}", f"{QUERY} camera", "30.00", itemCreationDate=wire_date(clock.now()))
        goods.put(QUERY, new)
        market.faults = fault
        await _poll(app, clock)


async def _checkouts(app: App, market: MarketServer) -> None:
    """Click on upgrade while Stripe fails once."""
    assert app.billing is not None
    await app.stores.people.add("collector", app.clock.now())
    market.faults = [Fault(FaultKind.STATUS, f"{STRIPE_ROOT}/v1", times=1)]
    await app.billing.checkout("collector", "hunter", app.clock.now())


async def _poll(app: App, clock: FakeClock) -> None:
    await app.poller.tick(clock.now())
    await app.poller.settle()
    await app.dispatcher.drain(clock.move(5.0))


async def _identify_or_fail(app: App) -> None:
    assert app.openai is not None
    with suppress(CallFailed):
        await app.openai.identify(draw_picture("camera-1", 64))


async def _comps_or_failure(app: App, inquiry: Inquiry) -> None:
    with suppress(CallFailed):
        await app.queries.comps(inquiry)
