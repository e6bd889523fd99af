"""The fault table of the second look: what polls decide while single items cannot be read."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import func, select

from tests.faults.cells import FAULTS, Caller, Cell, Scene, State, open_scene
from tests.market.faults import Fault
from tests.market.rows import summary
from tests.virtual import VirtualLoop
from watcher.core.times import HOUR, in_words
from watcher.db.schema import item_specifics

DETAILS_TABLE = Path(__file__).with_name("details.txt")
ITEM_CALLS = "/buy/browse/v1/item/"
_LEGEND = (
    "# What polls decide when eBay's searches work and getItem fails; no poll fails, no alert is sent twice.",
    "# other: alerts about a card that only its specifics show to be another one.",
    "# named: alerts about a tablet whose title does not say its capacity, but its specifics do.",
    "# calls: those that eBay counted. booked: second looks in the ledger. stored: items with specifics.",
    "# took: simulated time. later: both alerts when getItem has worked again for an hour.",
)
_HEADER = f"{'fault':<17}{'other':<7}{'named':<7}{'calls':<7}{'booked':<8}{'stored':<8}{'took':<6}later"
_CARD, _TABLET = "rtx 4070", "ipad mini 4 128gb"


def _aspects(**pairs: str) -> list[dict[str, str]]:
    return [{"type": "STRING", "name": name, "value": value} for name, value in pairs.items()]


_CARDS = [
    summary(
        str(100 + n),
        "MSI GeForce RTX 4070 graphics card",
        f"{550 + n}.00",
        localizedAspects=_aspects(Model="GeForce RTX 4070"),
    )
    for n in range(8)
]
_ANOTHER_CARD = summary(
    "120",
    "MSI GeForce RTX 4070 graphics card",
    "500.00",
    localizedAspects=_aspects(Model="NVIDIA GeForce RTX 4070 Ti"),
)
_TABLETS = [
    summary(
        str(200 + n),
        "Apple iPad Mini 4 128GB tablet",
        f"{150 + n}.00",
        localizedAspects=_aspects(Storage="128 GB"),
    )
    for n in range(8)
]
_TABLET_WITHOUT_SIZE = summary(
    "220",
    "Apple iPad Mini 4 tablet",
    "135.00",
    localizedAspects=_aspects(**{"Storage Capacity": "128 GB"}),
)


class DetailOutcome(NamedTuple):
    """The result of a fault, as text for the row of the table."""

    other: int
    named: int
    calls: int
    booked: int
    stored: int
    took: str
    later: str

    def line(self, fault: str) -> str:
        """Return the row of the table."""
        return (
            f"{fault:<17}{self.other:<7}{self.named:<7}{self.calls:<7}{self.booked:<8}{self.stored:<8}"
            f"{self.took:<6}{self.later}"
        )


DETAIL_FAULTS: dict[str, Fault | None] = {
    "none": None,
    **{name: replace(fault, path=ITEM_CALLS) for name, fault in FAULTS.items() if isinstance(fault, Fault)},
}
# The faults of the fast test.
QUICK_DETAILS = ("none", "hang", "429, after 600", "2001", "404", "500")


def measure_details(faults: Sequence[str], home: Path, empty: Path) -> list[DetailOutcome]:
    """Return the result of each fault; they are measured together, in one simulated time."""
    loop = VirtualLoop(sockets=True)
    try:
        return loop.run_until_complete(_measure_all(faults, home, empty))
    finally:
        loop.close()


def details_table(home: Path, empty: Path) -> str:
    """Return the complete table."""
    outcomes = measure_details(tuple(DETAIL_FAULTS), home, empty)
    rows = (outcome.line(fault) for fault, outcome in zip(DETAIL_FAULTS, outcomes, strict=True))
    return "\n".join((*_LEGEND, "", _HEADER, "", *rows)) + "\n"


async def _measure_all(faults: Sequence[str], home: Path, empty: Path) -> list[DetailOutcome]:
    home.mkdir(parents=True, exist_ok=True)
    runs = (_measure(fault, home / str(n), empty) for n, fault in enumerate(faults))
    return await asyncio.gather(*runs)


async def _measure(name: str, home: Path, empty: Path) -> DetailOutcome:
    async with open_scene(Cell("500", State.NEGATIVE, Caller.POLL), home, empty) as scene:
        app = scene.app
        scene.market.put(_CARD, *_CARDS)
        scene.market.put(_TABLET, *_TABLETS)
        for query, below in ((_CARD, "520"), (_TABLET, "140")):
            await app.registry.add({"query": query, "below": below, "every": "1m"}, app.clock.now())
        await _poll(scene)
        await asyncio.sleep(120)
        scene.market.put(_CARD, _ANOTHER_CARD)
        scene.market.put(_TABLET, _TABLET_WITHOUT_SIZE)
        fault = DETAIL_FAULTS[name]
        scene.server.faults = [fault] if fault else []
        before, started = _item_calls(scene), app.clock.now()
        await _poll(scene)
        took = in_words(round(app.clock.now() - started, 1)) if app.clock.now() > started else "0 s"
        calls, alerts = _item_calls(scene) - before, _alerts(scene)
        booked = app.detail_quota.used(app.clock.now())
        await asyncio.sleep(60)
        await _poll(scene)
        assert _alerts(scene) == alerts, "an alert was sent twice"
        stored = app.stores.database.value(select(func.count()).select_from(item_specifics))
        scene.server.faults = []
        await asyncio.sleep(HOUR)
        await _poll(scene)
        later = "{} {}".format(*_alerts(scene))
        assert app.detail_quota.used(app.clock.now()) <= app.detail_quota.limit
        assert (scene.ledger.counts["poll.ok"], scene.ledger.counts["poll.failed"]) == (8, 0)
        await asyncio.sleep(0.1)
        return DetailOutcome(*alerts, calls, booked, stored, took, later)


async def _poll(scene: Scene) -> None:
    assert await scene.app.poller.tick(scene.app.clock.now()) == 2
    await scene.app.poller.settle()


def _item_calls(scene: Scene) -> int:
    return sum(n for path, n in scene.server.calls.items() if path.startswith(ITEM_CALLS))


def _alerts(scene: Scene) -> tuple[int, int]:
    """Return how many items alerted that are another card, and that are the tablet without its size."""
    items = [item.item_id for r in scene.app.stores.alerts.latest(100) for item in r.alert.items]
    return items.count("v1|120|0"), items.count("v1|220|0")
