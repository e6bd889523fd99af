"""Extensions through public seams only: each part below is what an extension's author writes."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Self
from urllib.parse import urlencode

import pytest

from tests.adapters.scripted_server import Reply as HttpReply
from tests.adapters.scripted_server import quick_guard, scripted_server
from tests.adapters.source_conformance import CHECKS as SOURCE_CHECKS
from tests.adapters.source_conformance import SECRET, OpenedSource, no_secret_is_shown
from tests.busy import QUERY, configured, market_of, opened
from tests.channels import channel_guard_for_tests
from tests.core.rules.rule_conformance import CHECKS as RULE_CHECKS
from tests.delivery.channel_conformance import CHECKS, REQUESTED_WAIT_SECONDS, Check, Reply
from tests.fakes import WAIT_LIMITS, FakeClock, RecordingMeter, listing, shortest_wait
from tests.market.rows import summary
from tests.market.scripted import Scripted
from tests.outbox_rows import message_states
from tests.trips import Trip, planner_of
from tests.waiting import PATIENCE
from watcher.adapters.outbound.guard import Guard
from watcher.adapters.outbound.http import HttpClient
from watcher.adapters.outbound.refusals import kind_of_status, parse_retry_after
from watcher.adapters.slack.blocks import render_message
from watcher.core.alerts import Alert
from watcher.core.cadence.call_plan import CallPlan
from watcher.core.categories import TTLS
from watcher.core.deliveries import DeliveryContext, Endpoint, Notification
from watcher.core.errors import Api, CallFailed, InvalidInput, Kind
from watcher.core.listing import Ask, Condition, Listing, Snapshot
from watcher.core.money import Money, parse_money
from watcher.core.resilience.retry import RetryPolicy
from watcher.core.rules import (
    Match,
    Rule,
    RuleContext,
    parse_rule,
    register_rule,
    registered_rules,
    unregister_rule,
)
from watcher.core.rules.base import ItemRule
from watcher.core.times import DAY, HOUR, Seconds
from watcher.core.watch import Inquiry, Question
from watcher.core.watch_input import Defaults
from watcher.db.stores import Stores
from watcher.polling.comps_cache import CompsCache, Freshness
from watcher.polling.fetch import Fetcher
from watcher.polling.poller import Poller, PollingLimits
from watcher.ports import BEFORE_SEND, Channel, Clock
from watcher.runtime import App
from watcher.runtime.channels import CHANNELS, channel_guard
from watcher.runtime.integrations import Integrations
from watcher.watches.registry import Registry

# --- a notification channel -------------------------------------------------------------------------------


class PagerChannel:
    """Send each notification as a line of JSON over TCP; the pager replies with a line.

    The destination `pager` pages the whole team, `pager/NAME` one person.
    """

    name = "Pager"
    api = Api.SLACK  # a product channel has an API of its own
    message_interval = Seconds(5.0)

    def __init__(self, guard: Guard, port: int, key: str) -> None:
        self._guard, self._port, self._key = guard, port, key

    def accepts(self, to: str) -> bool:
        if to == "pager/":
            raise InvalidInput('"pager/" has no name; write pager/NAME.')
        return self.is_configured(to)

    def address_help(self) -> str:
        return "pager or pager/NAME"

    def is_configured(self, to: str) -> bool:
        return to == "pager" or (to.startswith("pager/") and to != "pager/")

    def destinations(self) -> Sequence[str]:
        return ("pager",)

    def ops_destinations(self) -> Sequence[str]:
        return ("pager",)

    def host_of(self, to: str) -> str:
        return f"127.0.0.1:{self._port}"

    def endpoints(self) -> Sequence[Endpoint]:
        return (Endpoint("pager", "127.0.0.1", self._port),)

    async def send(self, to: str, notification: Notification, context: DeliveryContext) -> str:
        if not self.is_configured(to):
            raise CallFailed(self.api, Kind.UNAVAILABLE, f"{to} is not a configured destination")
        if isinstance(notification, Alert):
            text = f"{notification.watch_name}: {notification.items[0].title}"
        else:
            text = notification.headline
        message = {"key": self._key, "to": to, "text": text, "after": context.thread}
        return await self._guard.call(lambda: self._post(message), interactive=False)

    async def close(self) -> None:
        pass  # a connection serves one message

    async def _post(self, message: dict[str, str]) -> str:
        reader, writer = await asyncio.open_connection("127.0.0.1", self._port)
        try:
            BEFORE_SEND.get()()
            writer.write(json.dumps(message).encode() + b"\n")
            reply = (await reader.readline()).decode().strip()
        finally:
            writer.close()
        match reply.split():
            case ["ok", position]:
                return position
            case ["wait", seconds]:
                raise CallFailed(self.api, Kind.RATE_LIMIT, "asked to wait", retry_after=float(seconds))
            case ["no", "destination"]:
                raise CallFailed(self.api, Kind.REFUSED, "it refuses the destination")
            case ["no", "message"]:
                raise CallFailed(self.api, Kind.REFUSED, "it refuses the message", caller_caused=True)
            case _:
                raise CallFailed(self.api, Kind.UNAVAILABLE, "no answer")


class Pager:
    """The service behind the channel, scripted; a `Receiver` of the conformance checks."""

    destination = "pager/alice"
    secrets = ("pager-key-canary",)

    def __init__(self) -> None:
        self.port, self.reply = 0, ""
        self.pages: list[dict[str, str]] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if line := await reader.readline():
            self.pages.append(json.loads(line))
            writer.write(f"{self.reply or f'ok {len(self.pages)}'}\n".encode())
            self.reply = ""
        writer.close()

    def set_reply(self, reply: Reply) -> None:
        self.reply = {
            Reply.BUSY: "busy",
            Reply.RATE_LIMIT: f"wait {REQUESTED_WAIT_SECONDS}",
            Reply.REFUSED: "no destination",
            Reply.BAD_MESSAGE: "no message",
        }[reply]

    def messages(self) -> Sequence[str]:
        return [page["text"] for page in self.pages]


@asynccontextmanager
async def pager_server() -> AsyncIterator[Pager]:
    pager = Pager()
    async with await asyncio.start_server(pager.answer, "127.0.0.1", 0) as server:
        pager.port = server.sockets[0].getsockname()[1]
        yield pager


@pytest.fixture
async def pager() -> AsyncIterator[Pager]:
    async with pager_server() as server:
        yield server


@pytest.fixture
def registered(pager: Pager) -> Iterator[None]:
    """Register the channel as runtime/channels.py registers Slack."""

    def make(parts: Integrations) -> Channel:
        return PagerChannel(channel_guard(parts, Api.SLACK), pager.port, pager.secrets[0])

    CHANNELS.append(make)
    yield
    CHANNELS.remove(make)


@pytest.fixture
async def app(registered: None, tmp_path: Path, clock: FakeClock) -> AsyncIterator[tuple[App, Scripted]]:
    """The whole program with a simulated market and the channel registered."""
    market, goods = market_of(clock)
    async with market:
        settings = configured(tmp_path, market.url, f"sqlite:///{tmp_path}/watcher.db")
        async with opened(settings, clock) as app:
            yield app, goods


async def test_a_toy_channel_takes_a_real_alert_through_outbox_and_dispatcher(
    app: tuple[App, Scripted], pager: Pager, clock: FakeClock
) -> None:
    program, goods = app
    await program.registry.add({"query": QUERY, "rule": "new", "to": "pager/alice"}, clock.now())
    await poll(program, clock)
    for number in range(2):
        goods.put(QUERY, summary(f"new{number}", f"{QUERY} camera {number}", "30.00"))
        await poll(program, clock)
    assert message_states(program.stores) == {"pending": 2}
    pages_at = []
    for _ in range(8):
        await program.dispatcher.drain(clock.move(1))
        pages_at.append(len(pager.pages))
    assert pages_at == [1, 1, 1, 1, 1, 2, 2, 2], "one page in 5 s, the pace of the channel"
    assert [page["to"] for page in pager.pages] == ["pager/alice"] * 2
    assert pager.messages()[0] == f"{QUERY}: {QUERY} camera 0"
    assert message_states(program.stores) == {"sent": 2}


async def poll(program: App, clock: FakeClock) -> None:
    await program.poller.tick(clock.move(HOUR))
    await program.poller.settle()


async def test_a_toy_channel_backs_off_and_recovers_like_any_other(
    app: tuple[App, Scripted], pager: Pager, clock: FakeClock
) -> None:
    program, goods = app
    await program.registry.add({"query": QUERY, "rule": "new", "to": "pager"}, clock.now())
    await poll(program, clock)
    goods.put(QUERY, summary("new", f"{QUERY} camera", "30.00"))
    await poll(program, clock)
    pager.set_reply(Reply.RATE_LIMIT)
    for _ in range(29):
        await program.dispatcher.drain(clock.move(1))
    assert len(pager.pages) == 1
    await program.dispatcher.drain(clock.move(5))
    assert message_states(program.stores) == {"sent": 1}


async def test_a_toy_channel_checks_the_addresses_that_a_watch_names(
    app: tuple[App, Scripted], clock: FakeClock
) -> None:
    program, _ = app
    for to, sentence in (
        ("pager/", '"pager/" has no name; write pager/NAME.'),
        ("bob", "or with a bot token #channel or a member id, or pager or pager/NAME."),
    ):
        with pytest.raises(InvalidInput) as refused:
            await program.registry.add({"query": QUERY, "to": to}, clock.now())
        assert str(refused.value).endswith(sentence)


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
async def test_a_toy_channel_conforms(check: Check, pager: Pager) -> None:
    await check(PagerChannel(channel_guard_for_tests(RecordingMeter()), pager.port, pager.secrets[0]), pager)


# --- a rule ---------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Multiple(ItemRule):
    """A toy rule: a listing's total is a multiple of `unit`."""

    keyword = "multiple"
    example = "multiple 20"

    unit: Money

    @classmethod
    def parse(cls, argument: str, currency: str) -> Self:
        return cls(parse_money(argument, currency))

    def __str__(self) -> str:
        return f"multiple {self.unit.typed}"

    def describe_target(self, median: Money | None) -> str:
        return f"a multiple of {self.unit}"

    def reason(self, match: Match, context: RuleContext) -> str:
        rest = match.total.minor % self.unit.minor
        return "" if rest else f"{match.total} in total is a multiple of {self.unit}"

    def reason_against(self, match: Match, context: RuleContext) -> str:
        return f"its total {match.total} is not a multiple of {self.unit}"


@pytest.fixture
def multiple() -> Iterator[type[Rule]]:
    register_rule(Multiple)
    yield Multiple
    unregister_rule(Multiple.keyword)


@pytest.mark.parametrize("check", RULE_CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_a_toy_rule_conforms(multiple: type[Rule], check: object) -> None:
    assert callable(check)
    check(multiple)


async def test_a_toy_rule_works_from_input_to_message(multiple: type[Rule], trip: Trip) -> None:
    await trip.watch(rule=multiple.example)
    trip.market.offers(listing(1, 50.0), listing(2, 40.0))
    (alert,) = await trip.poll()
    assert (alert.rule, alert.target) == ("multiple 20.00 USD", "a multiple of $20.00")
    assert [(i.item_id, i.why) for i in alert.items] == [
        ("v1|2|0", "$40.00 in total is a multiple of $20.00")
    ]
    assert "a multiple of $20.00" in str(render_message(alert, DeliveryContext(trip.clock.now())))


def test_an_unregistered_toy_rule_is_unknown(multiple: type[Rule]) -> None:
    assert multiple in registered_rules()
    unregister_rule(multiple.keyword)
    with pytest.raises(ValueError, match="is not a rule"):
        parse_rule(multiple.example, "USD")
    register_rule(multiple)


# --- a price source -------------------------------------------------------------------------------------

API = Api.EBAY  # the toy takes the place of the market


class ToySource:
    """A listing source whose API is `GET /offers?q=…` and returns `{"offers": [{"id", "name", "cents"}]}`."""

    api = API

    def __init__(self, *, base_url: str, api_key: str, http: HttpClient, guard: Guard, clock: Clock) -> None:
        self._base_url, self._http, self._guard, self._clock = base_url, http, guard, clock
        self._headers = {"X-Api-Key": api_key}

    async def search(self, ask: Ask, *, interactive: bool, within: Seconds | None = None) -> Snapshot:
        url = f"{self._base_url}/offers?{urlencode({'q': ask.query})}"

        async def send() -> Snapshot:
            response = await self._http.fetch(API, url, self._headers)
            if response.status != HTTPStatus.OK:
                kind = kind_of_status(response.status)
                wait = parse_retry_after(response.headers.get("Retry-After", ""), self._clock.now())
                detail, caller_caused = f"HTTP {response.status}", kind is Kind.REFUSED
                raise CallFailed(API, kind, detail, retry_after=wait, caller_caused=caller_caused)
            return self._parse(response.body)

        return await self._guard.call(send, interactive=interactive, within=within)

    def _parse(self, body: bytes) -> Snapshot:
        try:
            offers = json.loads(body)["offers"]
            listings = [
                Listing(offer["id"], offer["name"], Money(offer["cents"], "USD"), Money(0, "USD"))
                for offer in offers
            ]
        except (ValueError, KeyError, TypeError):
            raise CallFailed(API, Kind.MALFORMED, "the body is not a list of offers") from None
        return Snapshot.of_rows(listings, self._clock.now(), total=len(listings), unreadable=0)


def offers_at(*prices_in_cents: int) -> dict[str, object]:
    return {
        "offers": [
            {"id": f"toy-{i}", "name": "Zenitar Mk2 camera", "cents": cents}
            for i, cents in enumerate(prices_in_cents)
        ]
    }


@contextlib.asynccontextmanager
async def open_toy(attempt_timeout: float) -> AsyncIterator[OpenedSource]:
    ledger, clock = RecordingMeter(), FakeClock()
    async with scripted_server() as server, contextlib.aclosing(HttpClient(concurrency=2)) as http:
        guard = quick_guard(API, ledger, clock, attempt_timeout=attempt_timeout)
        source = ToySource(base_url=server.base_url, api_key=SECRET, http=http, guard=guard, clock=clock)
        yield OpenedSource(API, source, server, ledger, offers_at(5000, 6000), offers_at())


@pytest.mark.parametrize("check", SOURCE_CHECKS, ids=lambda check: check.__name__)
async def test_toy_source_conforms(check) -> None:
    await check(open_toy)


async def test_toy_source_shows_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await no_secret_is_shown(open_toy, caplog)


def fetcher_of(toy: OpenedSource, stores: Stores, clock: FakeClock) -> Fetcher:
    freshness = Freshness(TTLS, Seconds(600.0), Seconds(30 * DAY))
    return Fetcher(CompsCache(stores.cache, freshness, clock), toy.source, toy.ledger, limits=WAIT_LIMITS)


async def test_poll_alerts_on_a_listing_of_the_toy_source(stores: Stores, clock: FakeClock) -> None:
    async with open_toy(PATIENCE) as toy:
        limits = PollingLimits(
            concurrency=4,
            retry=RetryPolicy(0, Seconds(1.0), Seconds(1.0)),
        )
        fetcher = fetcher_of(toy, stores, clock)
        poller = Poller(
            stores.searches,
            fetcher,
            planner_of(stores),
            limits,
            jitter=shortest_wait,
            meter=toy.ledger,
            name="test",
        )
        registry = Registry(stores.watches, Defaults("EBAY_US"), CallPlan)
        watch = await registry.add({"query": "zenitar mk2 camera", "below": "51"}, clock.now())
        toy.server.replies = [HttpReply(offers_at(5000, 5200, 5500, 5800, 6000, 6100, 6300))]
        await poller.tick(clock.now())
        await poller.settle()
        [record] = stores.alerts.latest(10)
    assert record.alert.watch_id == watch.id
    assert [item.item_id for item in record.alert.items] == ["toy-0"]
    assert toy.codes() == [None]


async def test_answer_of_the_toy_source_is_cached(stores: Stores, clock: FakeClock) -> None:
    inquiry = Inquiry(Question("zenitar mk2 camera", Condition.ANY, "", "EBAY_US"))
    async with open_toy(PATIENCE) as toy:
        fetcher = fetcher_of(toy, stores, clock)
        toy.server.replies = [HttpReply(offers_at(5000, 6000))]
        answers = [await fetcher.fetch(inquiry) for _ in range(2)]
    assert [answer.source for answer in answers] == ["fresh", "cached"]
    assert [request.query["q"] for request in toy.server.requests] == [inquiry.question.query]
