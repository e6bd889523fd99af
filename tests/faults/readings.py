"""The fault table of the AI reader: what one look at two listings results in, over real sockets."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from tests.fakes import inquiry_of
from tests.faults.cells import IDLE
from tests.faults.gate import Shut
from tests.faults.vision import RESPONSES, VISION_FAULTS, VisionScene, open_vision_scene, since
from tests.market.faults import Fault
from tests.virtual import VirtualLoop
from watcher.core.ai_answers import MicroDollars, dollar_text
from watcher.core.background import Background
from watcher.core.errors import Api
from watcher.core.listing import Condition, Listing
from watcher.core.money import Money
from watcher.core.resilience.quota import quota_window
from watcher.polling.second_look import MAX_LOOK_SECONDS, LookCandidate, LookRequest

READING_TABLE = Path(__file__).with_name("readings.txt")
SHARE_USED = "share used"
_ABOUT_PICTURES = ("400 picture", "failed, picture", "failed, policy")
# Every fault of the pictures' table but those that a picture causes; and no call left in the reader's share.
READING_FAULTS: dict[str, Fault | Shut | None] = {
    **{name: fault for name, fault in VISION_FAULTS.items() if name not in _ABOUT_PICTURES},
    SHARE_USED: None,
}
TYPICAL_READINGS = (
    *("none", "refuse", "hang", "slow drip", "401", "429, after 7", "no quota", "500"),
    *("off schema", "refusal", SHARE_USED),
)
_LEGEND = (
    "# A look at two listings about to alert while OpenAI fails. All settings are defaults but reader = both",
    "# and the prices: 1 dollar per million tokens.",
    "# readings: of the listings. The titles decide about unread ones, and the alert says the code.",
    "# calls: those that the server counted. booked: of the reader's half of the day's calls.",
    "# fails, refused, cost, took: as in vision.txt.",
)
_HEADER = f"{'fault':<16}{'readings':<17}{'code':<20}{'calls':>5} {'booked':>6} {'fails':>5} {'refused':>8}  "
_HEADER += f"{'cost':<10}took"
_QUESTION = inquiry_of("zenitar 16mm", Condition.ANY, "electronics", "EBAY_US")
_ROWS = tuple(
    Listing(f"v1|{i}|0", title, Money(9_900, "USD"), None)
    for i, title in enumerate(("Zenitar 16mm f2.8", "Zenitar 16mm lens cap"))
)


class ReadingOutcome(NamedTuple):
    """The result of a look, as text for the row of the table."""

    readings: str
    code: str
    calls: str
    booked: str
    fails: str
    refused: str
    cost: str
    took: str

    def line(self, fault: str) -> str:
        return (
            f"{fault:<16}{self.readings:<17}{self.code:<20}{self.calls:>5} {self.booked:>6} {self.fails:>5} "
            f"{self.refused:>8}  {self.cost:<10}{self.took}"
        )


async def _measure(name: str, home: Path, empty: Path) -> ReadingOutcome:
    fault = READING_FAULTS[name]
    async with open_vision_scene(fault, home, empty) as scene:
        app, reader = scene.app, scene.app.ai_reader
        assert reader is not None
        assert app.reader_quota is not None
        scene.market.judged = {_ROWS[0].title: True, _ROWS[1].title: False}
        if isinstance(fault, Shut):
            await asyncio.sleep(IDLE)
            await scene.gate.shut(fault)
        elif fault:
            scene.server.faults = [fault]
        day = quota_window(Api.OPENAI, app.clock.now()).start
        if name == SHARE_USED:
            for _ in range(limit := app.reader_quota.limit):
                assert await app.stores.quota_ledger.book_second_look(Api.OPENAI, day, limit)
        before, started = app.reader_quota.used(app.clock.now()), app.clock.now()
        request = LookRequest(_QUESTION, tuple(LookCandidate(x, alerts=True) for x in _ROWS), started)
        found = await reader.look(request, Background(), MAX_LOOK_SECONDS)
        took = since(app, started)
        await asyncio.sleep(0.1)  # calls that were not sent are given back
        if scene.ledger.attempts:
            session = app._model_http._transport.client
            assert not session.connector._acquired, "a connection is still in use"
        booked = app.reader_quota.used(app.clock.now()) - before
        codes = sorted(set(found.reader_out.values()))
        assert len(found.readings) + len(found.reader_out) == len(_ROWS)
        return ReadingOutcome(
            " ".join(found.readings[x.item_id] for x in _ROWS if x.item_id in found.readings) or "-",
            " ".join(codes) or "-",
            *_spent(scene, booked, fault),
            took,
        )


def _spent(scene: VisionScene, booked: int, fault: Fault | Shut | None) -> tuple[str, str, str, str, str]:
    """Return calls, bookings, failures, whether the credentials are doubted, and the cost."""
    app, sent = scene.app, [attempt for attempt in scene.ledger.attempts if attempt.api is Api.OPENAI]
    assert scene.server.calls[RESPONSES] == (0 if isinstance(fault, Shut) else len(sent))
    now = app.clock.now()
    assert app.quota_blocks[Api.OPENAI].used(now) == len(sent) == booked
    usage = app.stores.api_usage.of_all(Api.OPENAI, quota_window(Api.OPENAI, now).start)
    assert usage.calls == len(sent)
    failed = [attempt for attempt in sent if attempt.code and attempt.counts]
    refused = "yes" if any(attempt.refused for attempt in sent) else "-"
    cost = dollar_text(MicroDollars(usage.cost)) if usage.cost else "-"
    return str(len(sent)), str(booked), str(len(failed)), refused, cost


def measure_readings(names: Iterable[str], home: Path, empty: Path) -> Iterator[ReadingOutcome]:
    """Yield the result of each fault; they run concurrently, each with its own installation."""
    loop = VirtualLoop(sockets=True)
    try:
        yield from loop.run_until_complete(_measure_all(names, home, empty))
    finally:
        loop.close()


async def _measure_all(names: Iterable[str], home: Path, empty: Path) -> list[ReadingOutcome]:
    scenes = (_measure(name, home / f"reading-{n}", empty) for n, name in enumerate(names))
    return await asyncio.gather(*scenes)


def format_reading_table(outcomes: Mapping[str, ReadingOutcome]) -> str:
    """Return the complete table."""
    return "\n".join([*_LEGEND, "", _HEADER, *(one.line(name) for name, one in outcomes.items())]) + "\n"


def reading_table(home: Path, empty: Path) -> str:
    """Measure every fault; return the table."""
    measured = measure_readings(READING_FAULTS, home, empty)
    return format_reading_table(dict(zip(READING_FAULTS, measured, strict=True)))
