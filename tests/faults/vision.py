"""The fault table of OpenAI: what one call for a picture results in, over real sockets, in simulated time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.fakes import RecordingMeter, shortest_wait
from tests.faults.cells import IDLE
from tests.faults.gate import Gate, Shut, gate_to
from tests.market.faults import Fault, FaultKind
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from tests.virtual import LoopClock, VirtualLoop
from watcher.adapters.metrics.fan_out import MeterFanOut
from watcher.config import load_settings
from watcher.core.ai_answers import AiAnswerUnusable, TokenUsage, dollar_text
from watcher.core.errors import Api, CallFailed, WatcherError, error_view
from watcher.core.times import in_words
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.demo.pictures import draw_picture
from watcher.demo.recognition import Shown
from watcher.demo.vision import OPENAI_KEY, OPENAI_MODEL, OPENAI_ROOT
from watcher.runtime import App

VISION_TABLE = Path(__file__).with_name("vision.txt")
RESPONSES = f"{OPENAI_ROOT}/responses"
_SHOWN = Shown("zenitar", "Zenitar camera", "electronics", "used")
_LEGEND = (
    "# The answer when OpenAI fails. All settings are defaults but the prices: 1 dollar per million tokens.",
    "# code: of the error; INVALID_INPUT is the picture's fault. again in: the wait in its message.",
    "# calls: those that the server counted. fails: samples that count as failures of OpenAI.",
    "# refused: the status says to check key and credit. cost: in dollars. took: simulated time.",
    "# Every random wait is the shortest possible one.",
)


def status(number: int, code: str = "") -> Fault:
    return Fault(FaultKind.STATUS, RESPONSES, status=number, code=code)


def answer(kind: FaultKind, code: str = "") -> Fault:
    return Fault(kind, RESPONSES, code=code)


VISION_FAULTS: dict[str, Fault | Shut | None] = {
    "none": None,
    "refuse": Shut.REFUSE,
    "slow connect": Shut.STALL,
    "reset": answer(FaultKind.RESET),
    "hang": answer(FaultKind.HANG),
    "hang once": Fault(FaultKind.HANG, RESPONSES, times=1),
    "slow model": Fault(FaultKind.SLOW, RESPONSES, seconds=50.0),
    "slow drip": Fault(FaultKind.DRIP, RESPONSES, seconds=200.0),
    "cut body": answer(FaultKind.CUT),
    "endless body": answer(FaultKind.ENDLESS),
    "gzip bomb": answer(FaultKind.BOMB),
    "malformed JSON": answer(FaultKind.MALFORMED),
    "HTML with 200": answer(FaultKind.HTML),
    "redirect loop": answer(FaultKind.REDIRECT),
    "400": status(400),
    "400 picture": status(400, "invalid_image_format"),
    "401": status(401),
    "403": status(403),
    "404": status(404),
    "429": Fault(FaultKind.RATE_LIMIT, RESPONSES),
    "429, after 7": Fault(FaultKind.RATE_LIMIT, RESPONSES, retry_after="7"),
    "429, after 600": Fault(FaultKind.RATE_LIMIT, RESPONSES, retry_after="600"),
    "429 once": Fault(FaultKind.RATE_LIMIT, RESPONSES, retry_after="7", times=1),
    "429 slow_down": status(429, "slow_down"),
    "no quota": answer(FaultKind.QUOTA),
    "no credit": status(429, "credit_balance_exhausted"),
    "500": status(500),
    "502": status(502),
    "503 slow_down": status(503),
    "504": status(504),
    "refusal": answer(FaultKind.REFUSAL),
    "incomplete": answer(FaultKind.INCOMPLETE),
    "content filter": answer(FaultKind.INCOMPLETE, "content_filter"),
    "off schema": answer(FaultKind.OFF_SCHEMA),
    "failed": answer(FaultKind.FAILED),
    "failed, limit": answer(FaultKind.FAILED, "rate_limit_exceeded"),
    "failed, picture": answer(FaultKind.FAILED, "image_parse_error"),
    "failed, policy": answer(FaultKind.FAILED, "image_content_policy_violation"),
    "failed, unknown": answer(FaultKind.FAILED, "new_code"),
}
# The faults of the fast test: one of each way to end.
TYPICAL = (
    "none",
    "refuse",
    "hang",
    "401",
    "429, after 7",
    "no quota",
    "503 slow_down",
    "off schema",
    "refusal",
)
_HEADER = f"{'fault':<16}{'answer':<11}{'code':<20}{'again in':<10}{'calls':>5} {'fails':>5} {'refused':>8}  "
_HEADER += f"{'cost':<10}took"


class VisionOutcome(NamedTuple):
    """The result of a call, as text for the row of the table."""

    answer: str
    code: str
    again: str
    calls: str
    fails: str
    refused: str
    cost: str
    took: str

    def line(self, fault: str) -> str:
        return (
            f"{fault:<16}{self.answer:<11}{self.code:<20}{self.again:<10}{self.calls:>5} {self.fails:>5} "
            f"{self.refused:>8}  {self.cost:<10}{self.took}"
        )


class VisionScene(NamedTuple):
    app: App
    server: MarketServer
    gate: Gate
    ledger: RecordingMeter
    market: Scripted


@asynccontextmanager
async def open_vision_scene(
    fault: Fault | Shut | None, home: Path, empty: Path
) -> AsyncIterator[VisionScene]:
    home.mkdir(parents=True)
    (home / "watcher.db").write_bytes(empty.read_bytes())
    clock, ledger, market = LoopClock(), RecordingMeter(), Scripted()
    market.shown = _SHOWN
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(MarketServer(market, clock=clock.now))
        gate = await stack.enter_async_context(gate_to(int(server.url.rpartition(":")[2])))
        url = f"http://127.0.0.1:{gate.port}" if isinstance(fault, Shut) else server.url
        settings = load_settings(_write_config(home, url), {})
        opened = App.opened(settings, clock=clock, jitter=shortest_wait, lockstep=True)
        app = await stack.enter_async_context(opened)
        app.meter = MeterFanOut(ledger)
        loop = asyncio.get_running_loop()
        assert isinstance(loop, VirtualLoop)
        loop.wait_for_writes(app.stores)
        yield VisionScene(app, server, gate, ledger, market)


def _write_config(home: Path, url: str) -> Path:
    path = home / "config.toml"
    path.write_text(
        f"""state_dir = "{home}"
[ebay]
base_url = "{url}"
client_id = "{CLIENT_ID}"
client_secret = "{CLIENT_SECRET}"
[openai]
base_url = "{url}{OPENAI_ROOT}"
api_key = "{OPENAI_KEY}"
model = "{OPENAI_MODEL}"
price_in = 1.0
price_out = 1.0
reader = "both"
"""
    )
    return path


@cache
def picture() -> bytes:
    return draw_picture("camera-1", 64)


async def _measure(name: str, home: Path, empty: Path) -> VisionOutcome:
    fault = VISION_FAULTS[name]
    async with open_vision_scene(fault, home, empty) as scene:
        app, openai = scene.app, scene.app.openai
        assert openai is not None
        if isinstance(fault, Shut):
            await asyncio.sleep(IDLE)
            await scene.gate.shut(fault)
        elif fault:
            scene.server.faults = [fault]
        started, usage = app.clock.now(), TokenUsage()
        try:
            answered = await openai.identify(picture())
        except CallFailed as error:
            usage = error.usage if isinstance(error, AiAnswerUnusable) else usage
            shown, columns = "-", describe_error(error)
        else:
            usage, shown, columns = answered.usage, answered.query, ("-", "-")
        outcome = VisionOutcome(shown, *columns, *_cost(scene, usage, fault), since(app, started))
        await asyncio.sleep(0.1)
        session = app._model_http._transport.client
        assert not session.connector._acquired, "a connection is still in use"
        return outcome


def describe_error(error: WatcherError) -> tuple[str, str]:
    view = error_view(error)
    message = view["userMessage"]
    assert isinstance(message, dict)
    wait = message.get("retryAfterSeconds")
    return str(view["code"]), in_words(wait) if wait else "never"


def _cost(scene: VisionScene, usage: TokenUsage, fault: Fault | Shut | None) -> tuple[str, str, str, str]:
    """Return calls, failures, whether the credentials are doubted, and the cost; check that all agree."""
    sent = [attempt for attempt in scene.ledger.attempts if attempt.api is Api.OPENAI]
    counted = scene.server.calls[RESPONSES]
    assert counted == (0 if isinstance(fault, Shut) else len(sent))
    used = scene.app.quota_blocks[Api.OPENAI].used(scene.app.clock.now())
    assert used == len(sent), "every attempt is one call of the day's quota"
    failed = [attempt for attempt in sent if attempt.code and attempt.counts]
    cost = scene.app.settings.openai.prices.cost(usage)
    assert cost is not None
    refused = "yes" if any(attempt.refused for attempt in sent) else "-"
    return str(len(sent)), str(len(failed)), refused, dollar_text(cost) if cost else "-"


def since(app: App, started: float) -> str:
    took = round(app.clock.now() - started, 1)
    return in_words(took) if took > 0 else "0 s"


def measure_vision(names: Iterable[str], home: Path, empty: Path) -> Iterator[VisionOutcome]:
    """Yield the result of each fault; they run concurrently, each with its own installation."""
    loop = VirtualLoop(sockets=True)
    try:
        yield from loop.run_until_complete(_measure_all(names, home, empty))
    finally:
        loop.close()


async def _measure_all(names: Iterable[str], home: Path, empty: Path) -> list[VisionOutcome]:
    batch = [_measure(name, home / str(number), empty) for number, name in enumerate(names)]
    outcomes = await asyncio.gather(*batch)
    await asyncio.sleep(0.1)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, left
    return outcomes


def format_vision_table(outcomes: Mapping[str, VisionOutcome]) -> str:
    """Return the complete table."""
    return "\n".join([*_LEGEND, "", _HEADER, *(one.line(name) for name, one in outcomes.items())]) + "\n"


def vision_table(home: Path, empty: Path) -> str:
    """Measure every fault; return the table."""
    measured = measure_vision(VISION_FAULTS, home, empty)
    return format_vision_table(dict(zip(VISION_FAULTS, measured, strict=True)))
