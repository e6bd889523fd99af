"""The fault table of Stripe: a click on upgrade and the daily look, over real sockets, in simulated time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import NamedTuple

from tests.fakes import RecordingMeter, shortest_wait
from tests.faults.cells import IDLE
from tests.faults.gate import Gate, Shut, gate_to
from tests.faults.vision import describe_error, since
from tests.market.faults import Fault, FaultKind
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.virtual import LoopClock, VirtualLoop
from watcher.accounts.billing import Billing
from watcher.adapters.metrics.fan_out import MeterFanOut
from watcher.config import load_settings
from watcher.core.errors import Api, WatcherError
from watcher.core.times import DAY, HOUR, MINUTE, in_words
from watcher.demo.stripe.api import DEMO_STRIPE_KEY
from watcher.demo.stripe.stand_in import STRIPE_ROOT
from watcher.demo.stripe.webhooks import DEMO_WEBHOOK_SECRET
from watcher.runtime import App

PAYMENT_TABLE = Path(__file__).with_name("payments.txt")
API, SESSIONS = f"{STRIPE_ROOT}/v1", f"{STRIPE_ROOT}/v1/checkout/sessions"
_LEGEND = (
    "# A click on upgrade when Stripe fails, and the daily look at another user's subscription. Defaults.",
    "# code: of the error. again in: the wait in its message. calls: requests that were sent for the click.",
    "# fails: those that count as failures of Stripe. refused: the status says to check the key.",
    "# sessions: what Stripe could be paid for after another click, an hour after the fault has ended.",
    "# plan, age: what the look leaves to the paying user, and how old it is then. Every random wait is the",
    "# shortest possible one; took: simulated time.",
)


def status(number: int, code: str = "", path: str = API) -> Fault:
    return Fault(FaultKind.STATUS, path, status=number, code=code)


PAYMENT_FAULTS: dict[str, Fault | Shut | None] = {
    "none": None,
    "refuse": Shut.REFUSE,
    "slow connect": Shut.STALL,
    "reset": Fault(FaultKind.RESET, API),
    "hang": Fault(FaultKind.HANG, API),
    "hang once": Fault(FaultKind.HANG, SESSIONS, times=1),
    "lost answer": Fault(FaultKind.CUT, SESSIONS, times=1),
    "lost answers": Fault(FaultKind.CUT, SESSIONS),
    "slow drip": Fault(FaultKind.DRIP, API, seconds=200.0),
    "endless body": Fault(FaultKind.ENDLESS, API),
    "gzip bomb": Fault(FaultKind.BOMB, API),
    "malformed JSON": Fault(FaultKind.MALFORMED, API),
    "HTML with 200": Fault(FaultKind.HTML, API),
    "redirect loop": Fault(FaultKind.REDIRECT, API),
    "400": status(400),
    "401": status(401),
    "402": status(402, "generic_decline"),
    "403": status(403),
    "404": status(404),
    "409": status(409),
    "429": Fault(FaultKind.RATE_LIMIT, API),
    "429, after 7": Fault(FaultKind.RATE_LIMIT, API, retry_after="7"),
    "429 once": Fault(FaultKind.RATE_LIMIT, API, times=1),
    "500": status(500),
    "500 once": Fault(FaultKind.STATUS, API, status=500, times=1),
    "502": status(502),
    "503": status(503),
    "504": status(504),
}
# The faults of the fast test: one of each way to end.
TYPICAL_PAYMENTS = ("none", "refuse", "lost answers", "401", "402", "429", "500")
_HEADER = f"{'fault':<16}{'click':<10}{'code':<20}{'again in':<10}{'calls':>5} {'fails':>5} {'refused':>8} "
_HEADER += f"{'sessions':>9}  {'plan':<8}{'age':<6}took"


class PaymentOutcome(NamedTuple):
    """The results of a click and a look, as text for the row of the table."""

    click: str
    code: str
    again: str
    calls: str
    fails: str
    refused: str
    sessions: str
    plan: str
    age: str
    took: str

    def line(self, fault: str) -> str:
        return (
            f"{fault:<16}{self.click:<10}{self.code:<20}{self.again:<10}{self.calls:>5} {self.fails:>5} "
            f"{self.refused:>8} {self.sessions:>9}  {self.plan:<8}{self.age:<6}{self.took}"
        )


class PaymentScene(NamedTuple):
    app: App
    billing: Billing
    server: MarketServer
    gate: Gate
    ledger: RecordingMeter


@asynccontextmanager
async def open_payment_scene(
    fault: Fault | Shut | None, home: Path, empty: Path
) -> AsyncIterator[PaymentScene]:
    """Open an installation with a user who pays already, two days later."""
    home.mkdir(parents=True)
    (home / "watcher.db").write_bytes(empty.read_bytes())
    clock, ledger = LoopClock(), RecordingMeter()
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(MarketServer(Scripted(), clock=clock.now))
        gate = await stack.enter_async_context(gate_to(int(server.url.rpartition(":")[2])))
        url = f"http://127.0.0.1:{gate.port}" if isinstance(fault, Shut) else server.url
        settings = load_settings(_write_config(home, url), {})
        opened = App.opened(settings, clock=clock, jitter=shortest_wait, lockstep=True)
        app = await stack.enter_async_context(opened)
        app.meter = MeterFanOut(ledger)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.wait_for_writes(app.stores)
        assert app.billing is not None
        for user in ("collector", "payer"):
            await app.stores.people.add(user, clock.now())
        server.stripe.pay((await app.billing.checkout("payer", "hunter", clock.now())).rpartition("/")[2])
        await asyncio.sleep(11 * MINUTE)
        await app.billing.check_due(clock.now())
        await asyncio.sleep(2 * DAY)
        ledger.attempts.clear()
        yield PaymentScene(app, app.billing, server, gate, ledger)


def _write_config(home: Path, url: str) -> Path:
    path = home / "config.toml"
    path.write_text(
        f"""state_dir = "{home}"
[stripe]
base_url = "{url}{STRIPE_ROOT}"
api_key = "{DEMO_STRIPE_KEY}"
webhook_secret = "{DEMO_WEBHOOK_SECRET}"
[plans]
free = {{ watches = 1 }}
hunter = {{ price_id = "price_hunter" }}
"""
    )
    return path


async def _measure(name: str, home: Path, empty: Path) -> PaymentOutcome:
    fault = PAYMENT_FAULTS[name]
    async with open_payment_scene(fault, home, empty) as scene:
        app, billing = scene.app, scene.billing
        if isinstance(fault, Shut):
            await asyncio.sleep(IDLE)
            await scene.gate.shut(fault)
        elif fault:
            scene.server.faults = [fault]
        started = app.clock.now()
        try:
            await billing.checkout("collector", "hunter", started)
        except WatcherError as error:
            shown, columns = "-", describe_error(error)
        else:
            shown, columns = "checkout", ("-", "-")
        took, sent = since(app, started), _sent(scene)
        await billing.check_due(app.clock.now())
        plan, age = _look(scene)
        sessions = "-" if isinstance(fault, Shut) else await _sessions_after(scene)
        outcome = PaymentOutcome(shown, *columns, *sent, sessions, plan, age, took)
        await asyncio.sleep(0.1)
        return outcome


def _sent(scene: PaymentScene) -> tuple[str, str, str]:
    sent = [attempt for attempt in scene.ledger.attempts if attempt.api is Api.STRIPE]
    failed = [attempt for attempt in sent if attempt.code and attempt.counts]
    return str(len(sent)), str(len(failed)), "yes" if any(attempt.refused for attempt in sent) else "-"


def _look(scene: PaymentScene) -> tuple[str, str]:
    stored = scene.app.stores.subscriptions.find("payer")
    assert stored is not None
    age = round((scene.app.clock.now() - stored.confirmed_at) / DAY)
    return scene.app.stores.plan_limits.holder("payer").plan.name, in_words(age * DAY) if age else "new"


async def _sessions_after(scene: PaymentScene) -> str:
    """Click again when the fault is over; return how many checkouts of the user Stripe can be paid for."""
    scene.server.faults = []
    await asyncio.sleep(HOUR)
    await scene.billing.checkout("collector", "hunter", scene.app.clock.now())
    state = scene.server.stripe.state
    assert len(state.paid()) == 1
    return str(sum(one["status"] == "open" for one in state.every("checkout.session")))


def measure_payments(names: Iterable[str], home: Path, empty: Path) -> Iterator[PaymentOutcome]:
    """Yield the result of each fault; they run concurrently, each with its own installation."""
    loop = VirtualLoop(sockets=True)
    try:
        yield from loop.run_until_complete(_measure_all(names, home, empty))
    finally:
        loop.close()


async def _measure_all(names: Iterable[str], home: Path, empty: Path) -> list[PaymentOutcome]:
    batch = [_measure(name, home / str(number), empty) for number, name in enumerate(names)]
    return list(await asyncio.gather(*batch))


def payment_table(home: Path, empty: Path) -> str:
    """Measure every fault; return the table."""
    measured: Mapping[str, PaymentOutcome] = dict(
        zip(PAYMENT_FAULTS, measure_payments(PAYMENT_FAULTS, home, empty), strict=True)
    )
    return "\n".join([*_LEGEND, "", _HEADER, *(one.line(name) for name, one in measured.items())]) + "\n"
