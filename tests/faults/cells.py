"""One cell of the fault table: the daemon's own components, over real sockets, in simulated time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import select

from tests.fakes import RecordingMeter, shortest_wait
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
from watcher.core.times import DAY, MINUTE, in_words
from watcher.db.schema import searches
from watcher.demo.browse import SEARCH
from watcher.demo.oauth import CLIENT_ID, CLIENT_SECRET
from watcher.runtime import App

EBAY, SERPAPI = "/buy/", "/serpapi/"
SERP_SEARCH = "/serpapi/search.json"
QUERY = {"query": "zenitar", "category": "electronics"}
ROWS = [summary(str(100 + n), "Zenitar camera", f"{50 + n}.00", "0.00") for n in range(8)]
IDLE = 80.0  # seconds after which no idle connection is left open


class State(StrEnum):
    """The state of the cache entry at the time of the call; electronics have a TTL of seven days."""

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


class Caller(StrEnum):
    """An interactive call or a poll."""

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
    """A fault, the state of the cache, the caller, and the state of SerpAPI (empty without a key)."""

    fault: str
    state: State
    caller: Caller
    backup: str = ""


class Outcome(NamedTuple):
    """The result of a cell, as text for the row of the table."""

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
            f"{cell.fault:<15}{cell.state:<18}{cell.caller:<8}{cell.backup or '-':<8}{self.value:<13}"
            f"{self.source:<8}{self.stale:<6}{self.age:<8}{self.code:<19}{self.again:<20}"
            f"{self.ebay:>4} {self.serpapi:>4}  {self.took}"
        )


HEADER = (
    f"{'fault':<15}{'cache':<18}{'asks':<8}{'backup':<8}{'value':<13}{'source':<8}{'stale':<6}{'age':<8}"
    f"{'code':<19}{'again in':<20}{'ebay':>4} {'serp':>4}  took"
)


@dataclass
class Scene:
    """An app with its own market, and the gate between them."""

    app: App
    market: Scripted
    server: MarketServer
    gate: Gate
    ledger: RecordingMeter

    def count_calls(self) -> tuple[int, int]:
        return self.server.calls[SEARCH], self.server.calls[SERP_SEARCH]

    async def apply_fault(self, cell: Cell) -> None:
        """Mint a token, let idle connections close, then apply the fault."""
        await self.app.ebay.check()
        await asyncio.sleep(IDLE)
        fault = FAULTS[cell.fault]
        if isinstance(fault, Shut):
            await self.gate.shut(fault)
        backup = BACKUP_FAULTS.get(cell.backup)
        self.server.faults = [f for f in (fault, backup) if isinstance(f, Fault)]

    async def call_interactively(self, cell: Cell) -> Outcome:
        inquiry = self.app.registry.parse(QUERY).inquiry
        if cell.state is not State.ABSENT:
            await self.app.queries.comps(inquiry)
            await asyncio.sleep(AGES[cell.state] - IDLE)
        self.offer_listings()
        await self.apply_fault(cell)
        before, started = self.count_calls(), self.app.clock.now()
        try:
            answer, comps = await self.app.queries.comps(inquiry)
        except CallFailed as error:
            columns = ("-", "-", "-", "-", *_describe_error(error))
        else:
            view = self.app.queries.comps_view(inquiry, answer, comps, None)
            value = f"{comps.statistics.n} {comps.statistics.basis}s" if comps.statistics.n else "none"
            age = in_words(float(str(view["ageSeconds"])))
            columns = (value, str(view["source"]), "stale" if view["stale"] else "-", age, "-", "-")
            if answer.error:
                columns = (*columns[:4], f"({answer.error.code})", "-")
            if answer.api is not Api.EBAY:
                columns = (value, answer.api, *columns[2:])
        return Outcome(*columns, *self.cost(cell, before, started))

    async def poll(self, cell: Cell) -> Outcome:
        """Poll a watch without matches, after an earlier poll if the cache has an entry."""
        app = self.app
        now = app.clock.now()
        if cell.state is State.ABSENT:
            await self.apply_fault(cell)
            now = app.clock.now()
        every = "5m" if cell.state is State.NEGATIVE else "10m"
        await app.registry.add({**QUERY, "below": "45", "every": every}, now)
        if cell.state is not State.ABSENT:
            await self.poll_once()
            await asyncio.sleep(AGES[cell.state] - IDLE)
            self.offer_listings()
            await self.apply_fault(cell)
        before, started, counts = self.count_calls(), app.clock.now(), self.ledger.counts.copy()
        await self.poll_once()
        done = self.ledger.counts - counts
        assert done["poll.ok"] + done["poll.failed"] == 1
        assert not app.stores.alerts.latest(10), "a fault made an alert"
        row = app.stores.database.rows(select(searches), {})[0]
        due = in_words(round(row.due_at - started, 1))
        value, source = "-", "-"
        if done["poll.ok"]:
            source = Api.SERPAPI if done["fallback"] else Api.EBAY
            cached = app.cache.get(app.registry.parse(QUERY).inquiry, source)
            assert cached
            value = f"{len(cached.snapshot.listings) or 'none'} judged"
        cost = self.cost(cell, before, started)
        return Outcome(value, source, "-", "-", row.error or "-", f"{due}, try {row.attempt}", *cost)

    async def poll_once(self) -> None:
        now = self.app.clock.now()
        assert await self.app.poller.tick(now) == 1
        await self.app.poller.settle()

    def offer_listings(self) -> None:
        """Put the listings on offer, which negative states do not have at first."""
        self.market.put(QUERY["query"], *ROWS)

    def cost(self, cell: Cell, before: tuple[int, int], started: float) -> tuple[str, str, str]:
        """Return the calls that the servers counted, and the duration; assert that the fault occurred."""
        ebay, serpapi = (now - then for now, then in zip(self.count_calls(), before, strict=True))
        sent = [a for a in self.ledger.attempts if a.at >= started and a.api is Api.EBAY]
        fault = FAULTS[cell.fault]
        if isinstance(fault, Fault):
            fired = self.server.stats()["faults"]
            assert fired >= ebay, "a call without a fault"
            assert ebay == len(sent) * (2 if cell.fault == "401" else 1), (ebay, sent)
        else:
            assert ebay == 0
            if fault is Shut.NO_TLS:
                assert self.gate.turned_away == len(sent)
            else:
                assert self.gate.is_shut(fault)
            ebay = len(sent)
        took = in_words(round(self.app.clock.now() - started, 1)) if self.app.clock.now() > started else "0 s"
        return str(ebay), str(serpapi) if cell.backup else "-", took


def _describe_error(error: CallFailed) -> tuple[str, str]:
    view = error_view(error)
    message = view["userMessage"]
    assert isinstance(message, dict)
    wait = message.get("retryAfterSeconds")
    return str(view["code"]), in_words(wait) if wait else "never"


@asynccontextmanager
async def open_scene(cell: Cell, home: Path, empty: Path) -> AsyncIterator[Scene]:
    home.mkdir(parents=True)
    (home / "watcher.db").write_bytes(empty.read_bytes())
    loop, clock, ledger, market = asyncio.get_running_loop(), LoopClock(), RecordingMeter(), Scripted()
    if cell.state not in (State.NEGATIVE, State.NEGATIVE_EXPIRED):
        market.put(QUERY["query"], *ROWS)
    tls = FAULTS[cell.fault] is Shut.NO_TLS
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(MarketServer(market, clock=clock.now))
        port = int(server.url.rpartition(":")[2])
        gate = await stack.enter_async_context(gate_to(port, self_signed() if tls else None))
        gate_url = f"http{'s' if tls else ''}://127.0.0.1:{gate.port}"
        ebay = gate_url if isinstance(FAULTS[cell.fault], Shut) else server.url
        settings = load_settings(
            _write_config(home, ebay, f"{server.url}/serpapi", API_KEY if cell.backup else ""), {}
        )
        opened = App.opened(settings, clock=clock, jitter=shortest_wait, lockstep=True)
        app = await stack.enter_async_context(opened)
        app.meter = MeterFanOut(ledger)
        assert isinstance(loop, VirtualLoop)
        loop.wait_for_writes(app.stores)
        yield Scene(app, market, server, gate, ledger)


def _write_config(home: Path, ebay: str, serpapi: str, key: str) -> Path:
    """Write a configuration with all defaults except the addresses and keys."""
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


async def measure_cell(cell: Cell, home: Path, empty: Path) -> Outcome:
    """Return the result of a cell. Raises AssertionError if a connection is left in use."""
    async with open_scene(cell, home, empty) as one:
        try:
            outcome = await (one.call_interactively(cell) if cell.caller is Caller.PERSON else one.poll(cell))
        except AssertionError as error:
            error.add_note(str(cell))
            raise
        await asyncio.sleep(0.1)
        session = one.app._http._transport.client
        assert not session.connector._acquired, "a connection is still in use"
        return outcome


def measure_cells(cells: Sequence[Cell], home: Path, empty: Path, concurrency: int = 48) -> Iterator[Outcome]:
    """Yield the result of each cell; cells run concurrently, each with its own installation."""
    for start in range(0, len(cells), concurrency):
        loop = VirtualLoop(sockets=True)  # one simulated clock per batch
        try:
            yield from loop.run_until_complete(
                _measure_batch(cells[start : start + concurrency], start, home, empty)
            )
        finally:
            loop.close()


async def _measure_batch(cells: Sequence[Cell], start: int, home: Path, empty: Path) -> list[Outcome]:
    with trust_test_certificate():
        batch = [measure_cell(cell, home / str(n), empty) for n, cell in enumerate(cells, start=start)]
        outcomes = await asyncio.gather(*batch, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, BaseException):
            raise outcome
    await asyncio.sleep(0.1)
    left = asyncio.all_tasks() - {asyncio.current_task()}
    assert not left, left
    return [outcome for outcome in outcomes if isinstance(outcome, Outcome)]


@contextmanager
def trust_test_certificate() -> Iterator[None]:
    """Make the apps trust the certificate of the gate, and no other."""
    original = http.trusted_certificates
    http.trusted_certificates = trusting
    try:
        yield
    finally:
        http.trusted_certificates = original
