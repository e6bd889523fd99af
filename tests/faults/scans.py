"""The fault table of a scan: what a picture is identified as, by which way, while OpenAI and eBay fail."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Iterator, Sequence
from enum import StrEnum
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple

from tests.faults.vision import (
    RESPONSES,
    VISION_FAULTS,
    VisionScene,
    describe_error,
    open_vision_scene,
    picture,
    since,
)
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.virtual import VirtualLoop
from watcher.core.ai_answers import MicroDollars, dollar_text
from watcher.core.errors import Api, WatcherError
from watcher.core.identification import Identification, Inspection, PictureMarks, Way, distance
from watcher.core.resilience.quota import quota_window
from watcher.core.times import DAY, Instant
from watcher.demo.browse import SEARCH_BY_IMAGE
from watcher.scans.scanner import PictureQuestion

SCAN_TABLE = Path(__file__).with_name("scans.txt")
_LEGEND = (
    "# What a scan answers when OpenAI fails. library: whether it knows a picture that looks alike.",
    "# image search: eBay's by picture. Its listings agree (sure), disagree (unsure), or it fails with 503.",
    "# way: which answers; with a warning if it says that AI or eBay is busy, or that it is only a guess.",
    "# ai, ebay: calls that the servers counted. cost: in dollars, also if no answer came of it.",
)
_FAULTS = (
    "none",
    "429",
    "no quota",
    "hang",
    "slow drip",
    "refusal",
    "incomplete",
    "off schema",
    "401",
    "500",
)
_TITLES = {
    "sure": ("Zenitar MK2 camera", "Zenitar MK2 camera boxed", "ZENITAR camera MK2"),
    "unsure": ("Zenitar MK2 camera", "Zenitar K9 camera", "Praktiflex camera", "old camera zenitar"),
}
_HEADER = f"{'fault':<13}{'library':<10}{'image search':<14}{'way':<9}{'warning':<9}{'code':<20}"
_HEADER += f"{'again in':<10}{'ai':>3} {'ebay':>5}  {'cost':<10}took"


class Library(StrEnum):
    """What the library knows of a picture that looks alike."""

    HAS = "has"
    EXPIRED = "expired"
    HAS_NOT = "has not"


class ScanCell(NamedTuple):
    """A fault of OpenAI, the state of the library, and what eBay's search by picture does."""

    fault: str
    library: Library
    search: str


SCAN_CELLS = (
    ScanCell("hang", Library.HAS, "fails"),
    ScanCell("hang", Library.HAS_NOT, "sure"),
    *(
        ScanCell(fault, library, search)
        for fault in _FAULTS
        for library in (Library.EXPIRED, Library.HAS_NOT)
        for search in ("unsure", "fails")
    ),
)
# The cells of the fast test: those that end in different ways.
QUICK_SCANS = (*SCAN_CELLS[:2], *(cell for cell in SCAN_CELLS if cell.fault == "429"))


class StandInWorker:
    """The worker without its process, which would not live in simulated time."""

    generation = 0

    def __init__(self) -> None:
        self._marks: dict[int, PictureMarks] = {}

    async def inspect(self, content: bytes) -> Inspection:
        return Inspection(_marks(content.hex()), (), 64, 64, picture())

    async def index(self, rows: Sequence[tuple[int, tuple[int, int, int, int]]]) -> None:
        self._marks |= {number: PictureMarks("", hashes) for number, hashes in rows}

    async def drop(self, ids: Sequence[int]) -> None:
        for number in ids:
            self._marks.pop(number, None)

    async def nearest(self, hashes: tuple[int, int, int, int], within: int) -> Sequence[tuple[int, int]]:
        found = ((number, distance(marks, PictureMarks("", hashes))) for number, marks in self._marks.items())
        return sorted((one for one in found if one[1] <= within), key=lambda one: one[1])

    async def aclose(self) -> None:
        pass


def _marks(digest: str) -> PictureMarks:
    return PictureMarks(digest, (1, 2, 4, 8))


async def _measure(cell: ScanCell, home: Path, empty: Path) -> str:
    async with open_vision_scene(None, home, empty) as scene:
        app, server = scene.app, scene.server
        vars(app.scanning)["worker"] = StandInWorker()
        rows = (summary(str(n), title) for n, title in enumerate(_TITLES.get(cell.search, ())))
        scene.market.put("zenitar", *rows)
        if cell.library is not Library.HAS_NOT:
            known = Identification("Zenitar camera", "zenitar", Way.OPENAI, 0.9, category="electronics")
            await app.scanning.library.teach(_marks("00"), known, app.clock.now())
        if cell.library is Library.EXPIRED:
            await asyncio.sleep(8 * DAY)
        await app.ebay.check()
        fault = VISION_FAULTS[cell.fault]
        server.faults = [fault] if isinstance(fault, Fault) else []
        if cell.search == "fails":
            server.faults = [*server.faults, Fault(FaultKind.STATUS, SEARCH_BY_IMAGE)]
        started = app.clock.now()
        try:
            found = await app.scanning.scanner.identify(b"photo", PictureQuestion("local", "EBAY_US"))
        except WatcherError as error:
            columns = ("-", "-", *describe_error(error))
        else:
            columns = (str(found.identification.way), "yes" if found.warnings else "-", "-", "-")
        line = _line(cell, columns, scene, started)
        await asyncio.sleep(0.1)
        return line


def _line(cell: ScanCell, columns: tuple[str, ...], scene: VisionScene, started: Instant) -> str:
    way, warning, code, again = columns
    ai, ebay = scene.server.calls[RESPONSES], scene.server.calls[SEARCH_BY_IMAGE]
    day = quota_window(Api.OPENAI, started).start
    calls, micros = scene.app.stores.api_usage.of_user("local", Api.OPENAI, day)
    assert calls == min(ai, 1), "one booked call a scan, whatever the attempts"
    cost = dollar_text(MicroDollars(micros)) if micros else "-"
    took = since(scene.app, started)
    return (
        f"{cell.fault:<13}{cell.library:<10}{cell.search:<14}{way:<9}{warning:<9}{code:<20}{again:<10}"
        f"{ai:>3} {ebay:>5}  {cost:<10}{took}"
    )


def measure_scans(cells: Iterable[ScanCell], home: Path, empty: Path) -> Iterator[str]:
    """Yield the line of each cell; they run concurrently, each with its own installation."""
    loop = VirtualLoop(sockets=True)
    try:
        batch = [_measure(cell, home / str(n), empty) for n, cell in enumerate(cells)]
        yield from loop.run_until_complete(_gather(batch))
    finally:
        loop.close()


async def _gather(batch: Iterable[Coroutine[Any, Any, str]]) -> list[str]:
    return list(await asyncio.gather(*batch))


def scan_table(home: Path, empty: Path) -> str:
    """Measure every cell; return the table."""
    rows = zip(SCAN_CELLS, measure_scans(SCAN_CELLS, home, empty), strict=True)
    lines = [*_LEGEND, "", _HEADER]
    for _, group in groupby(rows, key=lambda row: row[0].fault):
        lines += ["", *(line for _, line in group)]
    return "\n".join(lines) + "\n"
