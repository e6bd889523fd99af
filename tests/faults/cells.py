"""One cell of the fault table: the daemon's own composition, over real sockets, in simulated time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select

from tests.fakes import Ledger, low_dice
from tests.faults.gate import Gate, Shut, gate_to
from tests.market.faults import Fault, FaultKind
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.market.serpapi import API_KEY
from tests.market.server import MarketServer
from tests.tls import self_signed, trusting
from tests.virtual import LoopClock, VirtualLoop
from watcher.adapters.metrics.fan_out import MeterFanOut
from watcher.adapters.outbound import http
from watcher.config import load_settings
from watcher.core.errors import Api, CallFailed, error_view
from watcher.core.serializers import answer_view, comps_view
from watcher.core.times import DAY, MINUTE, in_words
from watcher.db.schema import searches
from watcher.demo.browse import SEARCH
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.runtime import App

EBAY, SERPAPI = "/buy/", "/serpapi/"
SERP_SEARCH = "/serpapi/search.json"
QUERY = {"query": "zenitar", "category": "electronics"}
ROWS = [summary(str(100 + n), "Zenitar camera", f"{50 + n}.00", "0.00") for n in range(8)]
IDLE = 80.0  # seconds after which no connection is kept


class State(StrEnum):
    """What is kept when the question is asked; answers of electronics are good for seven days."""

    FRESH = "fresh"
    EXPIRED = "expired"
    TOO_OLD = "too old"
    ABSENT = "absent"
    NEGATIVE = "negative"
    NEGATIVE_EXPIRED = "negative, expired"


AGES = {
    State.FRESH: 10 * MINUTE,
    State.EXPIRED: 8 * DAY,
    State.TOO_OLD: 38 * DAY,
    State.ABSENT: IDLE,
    State.NEGATIVE: 5 * MINUTE,
    State.NEGATIVE_EXPIRED: 20 * MINUTE,
}


class Who(StrEnum):
    """Who asks."""

    PERSON = "person"
    POLL = "poll"


def status(number: int, path: str = EBAY) -> Fault:
    return Fault(FaultKind.STATUS, path, status=number)


FAULTS: dict[str, Fault | Shut] = {
    "refuse": Shut.REFUSE,
    "reset": Fault(FaultKind.RESET, EBAY),
    "slow connect": Shut.STALL,
    "slow drip": Fault(FaultKind.DRIP, EBAY, seconds=60.0),
    "hang": Fault(FaultKind.HANG, EBAY),
    "cut body": Fault(FaultKind.CUT, EBAY),
    "endless body": Fault(FaultKind.ENDLESS, EBAY),
    "gzip bomb": Fault(FaultKind.BOMB, EBAY),
    "malformed JSON": Fault(FaultKind.MALFORMED, EBAY),
    "wrong type": Fault(FaultKind.WRONG_TYPE, EBAY),
    "HTML with 200": Fault(FaultKind.HTML, EBAY),
    "redirect loop": Fault(FaultKind.REDIRECT, EBAY),
    "400": status(400),
    "401": status(401),
    "403": status(403),
    "404": status(404),
    "409": status(409),
    "429": Fault(FaultKind.RATE_LIMIT, EBAY),
    "429, after 7": Fault(FaultKind.RATE_LIMIT, EBAY, retry_after="7"),
    "429, after 600": Fault(FaultKind.RATE_LIMIT, EBAY, retry_after="600"),
    "2001": Fault(FaultKind.QUOTA, EBAY),
    "500": status(500),
    "502": status(502),
    "503": status(503),
    "504": status(504),
    "TLS failure": Shut.NO_TLS,
}
BACKUP_FAULTS = {
    "works": None,
    "503": status(503, SERPAPI),
    "hang": Fault(FaultKind.HANG, SERPAPI),
    "401": status(401, SERPAPI),
    "429": status(429, SERPAPI),
    "HTML": Fault(FaultKind.HTML, SERPAPI),
    "empty": Fault(FaultKind.EMPTY, SERPAPI),
}


class Cell(NamedTuple):
    """Which fault meets whom in which state; `backup`: how SerpAPI is, empty without a key."""

    fault: str
    state: State
    who: Who
    backup: str = ""


class Outcome(NamedTuple):
    """What came back, as the row of the table says it."""

    value: str
    source: str
    stale: str
    age: str
    code: str
    again: str
    ebay: str
    serpapi: str
    took: str

    def line(self, cell: Cell) -> str:
        return (
            f"{cell.fault:<15}{cell.state:<18}{cell.who:<8}{cell.backup or '-':<8}{self.value:<13}"
            f"{self.source:<8}{self.stale:<6}{self.age:<8}{self.code:<19}{self.again:<20}"
            f"{self.ebay:>4} {self.serpapi:>4}  {self.took}"
        )


HEADER = (
    f"{'fault':<15}{'cache':<18}{'asks':<8}{'backup':<8}{'value':<13}{'source':<8}{'stale':<6}{'age':<8}"
    f"{'code':<19}{'again in':<20}{'ebay':>4} {'serp':>4}  took"
)


@dataclass
class Scene:
    """An app of its own, its market, and the door between them."""

    app: App
    market: Scripted
    server: MarketServer
    gate: Gate
    ledger: Ledger

    def calls(self) -> tuple[int, int]:
        return self.server.calls[SEARCH], self.server.calls[SERP_SEARCH]

    async def befall(self, cell: Cell) -> None:
        """Let idle connections end, have a token as a daemon that polls has one, then break things."""
        await self.app.ebay.check()
        await asyncio.sleep(IDLE)
        fault = FAULTS[cell.fault]
        if isinstance(fault, Shut):
            await self.gate.shut(fault)
        backup = BACKUP_FAULTS.get(cell.backup)
        self.server.faults = [f for f in (fault, backup) if isinstance(f, Fault)]

    async def person(self, cell: Cell) -> Outcome:
        question = self.app.registry.parse(QUERY).question
        if cell.state is not State.ABSENT:
            await self.app.queries.comps(question)
            await asyncio.sleep(AGES[cell.state] - IDLE)
        self.market_opens()
        await self.befall(cell)
        before, began = self.calls(), self.app.clock.now()
        try:
            answer, comps = await self.app.queries.comps(question)
        except CallFailed as error:
            seen = ("-", "-", "-", "-", *_told(error))
        else:
            view = answer_view(
                comps_view(question, comps),
                source=answer.source,
                api=answer.api,
                stale=answer.stale,
                fetched_at=answer.fetched_at,
                expires_at=answer.expires_at,
                now=self.app.clock.now(),
            )
            value = f"{comps.statistics.n} {comps.statistics.basis}s" if comps.statistics.n else "none"
            age = in_words(float(str(view["ageSeconds"])))
            seen = (value, str(view["source"]), "stale" if view["stale"] else "-", age, "-", "-")
            if answer.error:
                seen = (*seen[:4], f"({answer.error.code})", "-")
            if answer.api is not Api.EBAY:
                seen = (value, answer.api, *seen[2:])
        return Outcome(*seen, *self.cost(cell, before, began))

    async def poll(self, cell: Cell) -> Outcome:
        """A watch that nothing satisfies, polled once before if anything is kept, and then again."""
        app = self.app
        now = app.clock.now()
        if cell.state is State.ABSENT:
            await self.befall(cell)
            now = app.clock.now()
        every = "5m" if cell.state is State.NEGATIVE else "10m"
        await app.registry.add({**QUERY, "below": "45", "every": every}, now)
        if cell.state is not State.ABSENT:
            await self.look()
            await asyncio.sleep(AGES[cell.state] - IDLE)
            self.market_opens()
            await self.befall(cell)
        before, began, counts = self.calls(), app.clock.now(), self.ledger.counts.copy()
        await self.look()
        done = self.ledger.counts - counts
        assert done["poll.ok"] + done["poll.failed"] == 1
        assert not app.stores.alerts.latest(10), "a fault made an alert"
        row = app.stores.database.rows(select(searches), {})[0]
        due = in_words(round(row.due_at - began, 1))
        value, source = "-", "-"
        if done["poll.ok"]:
            source = Api.SERPAPI if done["fallback"] else Api.EBAY
            judged = app.cache.get(app.registry.parse(QUERY).question, source)
            assert judged
            value = f"{len(judged.snapshot.listings) or 'none'} judged"
        cost = self.cost(cell, before, began)
        return Outcome(value, source, "-", "-", row.error or "-", f"{due}, try {row.attempt}", *cost)

    async def look(self) -> None:
        now = self.app.clock.now()
        assert await self.app.poller.tick(now) == 1
        await self.app.poller.settle()

    def market_opens(self) -> None:
        """From here on there is something on offer, where there was nothing before."""
        self.market.put(QUERY["query"], *ROWS)

    def cost(self, cell: Cell, before: tuple[int, int], began: float) -> tuple[str, str, str]:
        """The calls by the markets' own logs, and the time; the fault must have happened."""
        ebay, serpapi = (now - then for now, then in zip(self.calls(), before, strict=True))
        sent = [a for a in self.ledger.attempts if a.at >= began and a.api is Api.EBAY]
        fault = FAULTS[cell.fault]
        if isinstance(fault, Fault):
            fired = self.server.stats()["faults"]
            assert fired >= ebay, "a call that no fault befell"
            assert ebay == len(sent) * (2 if cell.fault == "401" else 1), (ebay, sent)
        else:
            assert ebay == 0
            if fault is Shut.NO_TLS:
                assert self.gate.turned_away == len(sent)
            else:
                assert self.gate.is_shut(fault)
            ebay = len(sent)
        took = in_words(round(self.app.clock.now() - began, 1)) if self.app.clock.now() > began else "0 s"
        return str(ebay), str(serpapi) if cell.backup else "-", took


def _told(error: CallFailed) -> tuple[str, str]:
    view = error_view(error)
    said = view["userMessage"]
    assert isinstance(said, dict)
    wait = said.get("retryAfterSeconds")
    return str(view["code"]), in_words(wait) if wait else "never"


@asynccontextmanager
async def scene(cell: Cell, home: Path, empty: Path) -> AsyncIterator[Scene]:
    home.mkdir(parents=True)
    (home / "watcher.db").write_bytes(empty.read_bytes())
    loop, clock, ledger, market = asyncio.get_running_loop(), LoopClock(), Ledger(), Scripted()
    if cell.state not in (State.NEGATIVE, State.NEGATIVE_EXPIRED):
        market.put(QUERY["query"], *ROWS)
    tls = FAULTS[cell.fault] is Shut.NO_TLS
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(MarketServer(market, clock=clock.now))
        port = int(server.url.rpartition(":")[2])
        gate = await stack.enter_async_context(gate_to(port, self_signed() if tls else None))
        through = f"http{'s' if tls else ''}://127.0.0.1:{gate.port}"
        ebay = through if isinstance(FAULTS[cell.fault], Shut) else server.url
        settings = load_settings(
            _written(home, ebay, f"{server.url}/serpapi", API_KEY if cell.backup else ""), {}
        )
        opened = App.opened(settings, clock=clock, jitter=low_dice, lockstep=True)
        app = await stack.enter_async_context(opened)
        app.meter = MeterFanOut(ledger)
        assert isinstance(loop, VirtualLoop)
        loop.wait_for_writes(app.stores)
        yield Scene(app, market, server, gate, ledger)


def _written(home: Path, ebay: str, serpapi: str, key: str) -> Path:
    """All defaults, but for where the markets are."""
    path = home / "config.toml"
    path.write_text(
        f"""state_dir = "{home}"
[ebay]
base_url = "{ebay}"
client_id = "{CLIENT_ID}"
client_secret = "{CLIENT_SECRET}"
[serpapi]
base_url = "{serpapi}"
api_key = "{key}"
"""
    )
    return path


async def run(cell: Cell, home: Path, empty: Path) -> Outcome:
    """What comes back in this cell; raises AssertionError where something is left alive."""
    async with scene(cell, home, empty) as one:
        try:
            outcome = await (one.person(cell) if cell.who is Who.PERSON else one.poll(cell))
        except AssertionError as error:
            error.add_note(str(cell))
            raise
        await asyncio.sleep(0.1)
        session = one.app._http._transport.client
        assert not session.connector._acquired, "a connection is still in use"
        return outcome


def all_outcomes(cells: Sequence[Cell], home: Path, empty: Path, at_once: int = 48) -> Iterator[Outcome]:
    """What comes back in each cell. They run side by side: each is an installation of its own."""
    for start in range(0, len(cells), at_once):
        loop = VirtualLoop(sockets=True)  # the same instant for all of them
        try:
            yield from loop.run_until_complete(_some(cells, start, at_once, home, empty))
        finally:
            loop.close()


async def _some(cells: Sequence[Cell], start: int, many: int, home: Path, empty: Path) -> list[Outcome]:
    with trusting_the_door():
        some = [run(cell, home / str(start + n), empty) for n, cell in enumerate(cells[start : start + many])]
        outcomes = await asyncio.gather(*some, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    await asyncio.sleep(0.1)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, left
    return [outcome for outcome in outcomes if isinstance(outcome, Outcome)]


@contextmanager
def trusting_the_door() -> Iterator[None]:
    """The apps trust the door of the tests, and it alone."""
    original = http.trusted_certificates
    http.trusted_certificates = trusting
    try:
        yield
    finally:
        http.trusted_certificates = original
