"""A look just before sending: what is gone is not sent, and nothing that fails in it costs a message."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import pytest
from sqlalchemy import insert

from tests.adapters.slack.test_slack_blocks import ALERT, ITEM
from tests.channels import FakeChannel
from tests.fakes import FakeClock, RecordingAlarms, RecordingMeter, shortest_wait, usd
from watcher.core.alerts import Alert
from watcher.core.deliveries import DeliveryContext, Notification
from watcher.core.errors import Api, CallFailed, Kind, NotSent, WatcherError
from watcher.core.item_state import Gone, ItemState
from watcher.core.rechecks import ItemStates
from watcher.core.times import DAY, MINUTE, Instant
from watcher.db.codec import write_notification
from watcher.db.outbox import message_row
from watcher.db.schema import outbox
from watcher.db.stores import Stores
from watcher.delivery.dispatcher import Dispatcher
from watcher.delivery.recheck import Recheck
from watcher.delivery.router import Router

A, B, C = "v1|1|0", "v1|2|0", "v1|3|0"
THERE, SOLD = ItemState(price=usd(40)), ItemState(Gone.SOLD_OUT)
BUSY = CallFailed(Api.SLACK, Kind.UNAVAILABLE, "status 503")


class AlertChannel(FakeChannel):
    """Accepts alerts, unless `failures` has an error."""

    def __init__(self) -> None:
        self.failures: list[CallFailed] = []
        self.accepted: list[tuple[Alert, DeliveryContext]] = []

    async def send(self, to: str, notification: Notification, context: DeliveryContext) -> str:
        if self.failures:
            raise self.failures.pop(0)
        assert isinstance(notification, Alert)
        self.accepted.append((notification, context))
        return ""


class Looks:
    """What eBay says of items: `states` and `failure`, after `delay` seconds. `asked` lists the calls."""

    def __init__(self) -> None:
        self.states: dict[str, ItemState] = {}
        self.failure: Exception | None = None
        self.delay = 0.0
        self.granted = False
        self.asked: list[str] = []
        self.noted: list[Mapping[str, bool]] = []
        self.note_failure: WatcherError | None = None

    async def many(self, item_ids: object, marketplace: str) -> ItemStates:
        assert marketplace == "EBAY_US"
        self.asked.append("many")
        return await self._answer(self.states)

    async def one(self, item_id: str, marketplace: str) -> ItemState | None:
        assert marketplace == "EBAY_US"
        self.asked.append(item_id)
        await self._answer({})
        return self.states.get(item_id)

    async def note(self, alert: Alert, there: Mapping[str, bool]) -> None:
        del alert
        if self.note_failure:
            raise self.note_failure
        self.noted.append(dict(there))

    async def _answer(self, states: ItemStates) -> ItemStates:
        await asyncio.sleep(self.delay)
        if self.failure:
            raise self.failure
        return states


class Bench:
    """A dispatcher that looks at items before it sends, over a real outbox."""

    def __init__(self, stores: Stores, clock: FakeClock) -> None:
        self.stores, self.clock, self.looks, self.channel = stores, clock, Looks(), AlertChannel()
        self.meter = RecordingMeter()
        looks = self.looks
        self.recheck = Recheck(
            looks.many, looks.one, looks.note, self.meter, is_granted=lambda: looks.granted
        )
        self.dispatcher = Dispatcher(
            stores.outbox,
            Router([self.channel]),
            self.meter,
            RecordingAlarms(),
            clock=clock,
            jitter=shortest_wait,
            lease="this",
            recheck=self.recheck,
        )

    async def post(self, *ids: str, **fields: object) -> None:
        items = tuple(ITEM._replace(item_id=one, title=f"Camera {one}") for one in ids)
        values: dict[str, object] = {"made_at": self.clock.now(), "items": items} | fields
        alert = replace(ALERT, **values)  # type: ignore[arg-type]
        row = message_row("alert", alert.id, "slack", write_notification(alert), self.clock.now())
        await self.stores.database.write(lambda conn: conn.execute(insert(outbox), row))

    async def drain(self, after: float = 3.0) -> int:
        return await self.dispatcher.drain(self.clock.move(after))

    @property
    def depth(self) -> dict[str, int]:
        return dict(Counter(row.state for row in self.stores.database.rows(outbox.select())))

    @property
    def sent_states(self) -> ItemStates:
        [(_, context)] = self.channel.accepted
        return context.states


@pytest.fixture
def bench(stores: Stores, clock: FakeClock) -> Bench:
    return Bench(stores, clock)


async def test_an_alert_whose_item_is_gone_is_not_sent(bench: Bench) -> None:
    bench.looks.states = {A: SOLD}
    await bench.post(A)
    assert await bench.drain() == 0
    assert bench.depth == {"gone": 1}
    [row] = bench.stores.database.rows(outbox.select())
    assert row.error == "it was gone (sold out) 3 s after it was found"
    assert (row.payload, row.attempt, row.lease, row.error_code) == ("", 0, "", "")
    assert bench.meter.counts["alert.gone"] == 1
    assert bench.looks.noted == [{A: False}]


async def test_reasons_of_several_items_are_recorded(bench: Bench) -> None:
    bench.looks.granted = True
    bench.looks.states = {A: SOLD, B: ItemState(Gone.ENDED)}
    await bench.post(A, B)
    await bench.drain()
    [row] = bench.stores.database.rows(outbox.select())
    assert row.error == "its 2 items were gone (sold out and ended) 3 s after they were found"


async def test_row_of_a_gone_message_is_kept_as_long_as_its_alert(bench: Bench) -> None:
    bench.looks.states = {A: SOLD}
    await bench.post(A)
    await bench.drain()
    await bench.stores.housekeeping.prune(Instant(bench.clock.now() + 100 * DAY))
    assert bench.depth == {"gone": 1}
    await bench.stores.housekeeping.prune(Instant(bench.clock.now() + 400 * DAY))
    assert bench.depth == {}


async def test_an_alert_whose_item_is_there_is_sent(bench: Bench) -> None:
    bench.looks.states = {A: THERE}
    await bench.post(A)
    assert await bench.drain() == 1
    assert bench.sent_states == {A: THERE}
    assert bench.looks.noted == [{A: True}]


async def test_the_best_item_is_looked_at_first_and_alone_while_it_is_there(bench: Bench) -> None:
    bench.looks.states = {A: THERE, B: SOLD}
    await bench.post(A, B, C)
    assert await bench.drain() == 1
    assert bench.looks.asked == [A]


async def test_the_next_item_is_looked_at_when_the_best_one_is_gone(bench: Bench) -> None:
    bench.looks.states = {A: SOLD, B: THERE, C: SOLD}
    await bench.post(A, B, C)
    assert await bench.drain() == 1
    assert bench.looks.asked == [A, B]
    assert bench.sent_states == {A: SOLD, B: THERE}


async def test_no_more_than_three_items_are_looked_at_one_by_one(bench: Bench) -> None:
    ids = [A, B, C, "v1|4|0", "v1|5|0"]
    bench.looks.states = dict.fromkeys(ids, SOLD)
    await bench.post(*ids)
    assert await bench.drain() == 1  # two may still be there
    assert bench.looks.asked == [A, B, C]


async def test_one_call_looks_at_all_items_where_that_is_granted(bench: Bench) -> None:
    bench.looks.granted = True
    bench.looks.states = {A: SOLD, C: THERE}
    await bench.post(A, B, C)
    assert await bench.drain() == 1
    assert bench.looks.asked == ["many"]
    assert bench.sent_states == {A: SOLD, C: THERE}


async def test_best_item_is_looked_at_alone_if_the_call_for_all_fails(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def many(_ids: object, _marketplace: str) -> ItemStates:
        raise NotSent(Api.EBAY, Kind.QUOTA, "5000 of 5000 calls are used")

    monkeypatch.setattr(bench.recheck, "_many", many)
    bench.looks.granted, bench.looks.states = True, {A: SOLD}
    await bench.post(A)
    await bench.drain()
    assert bench.depth == {"gone": 1}


async def test_items_that_one_call_leaves_out_are_asked_for_singly(bench: Bench) -> None:
    bench.looks.granted = True
    await bench.post(A, B)
    await bench.drain()
    assert bench.looks.asked == ["many", A]


@pytest.mark.parametrize("fields", [{"more": 1}, {"market": "the median fell"}], ids=["more", "market"])
async def test_a_message_with_something_else_in_it_is_sent(bench: Bench, fields: dict[str, object]) -> None:
    bench.looks.states = {A: SOLD}
    await bench.post(A, **fields)
    assert await bench.drain() == 1


@pytest.mark.parametrize(
    "failure",
    [
        CallFailed(Api.EBAY, Kind.UNAVAILABLE, "status 503"),
        NotSent(Api.EBAY, Kind.QUOTA, "all 250 second looks of the day are used"),
        CallFailed(Api.EBAY, Kind.MALFORMED, "no item"),
        WatcherError(CallFailed(Api.EBAY, Kind.TIMEOUT, "").code),
        RuntimeError("a bug"),
    ],
    ids=["a failure", "no quota", "an odd answer", "the database", "a bug"],
)
async def test_a_look_that_fails_costs_nothing(bench: Bench, failure: Exception) -> None:
    bench.looks.failure = failure
    await bench.post(A)
    assert await bench.drain() == 1
    assert bench.sent_states == {}
    assert bench.depth == {"sent": 1}
    assert bench.meter.counts["recheck.unknown"] == 1
    assert bench.looks.noted == []


async def test_a_message_does_not_wait_for_a_slow_look(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench.recheck, "_max_wait", 0.02)
    bench.looks.delay, bench.looks.states = 30.0, {A: SOLD}
    await bench.post(A)
    assert await bench.drain() == 1
    [(name, seconds)] = [t for t in bench.meter.timings if t[0] == "alert.recheck"]
    assert seconds < bench.looks.delay, name
    await bench.recheck.close()


async def test_part_of_a_look_that_ends_in_time_counts(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench.recheck, "_max_wait", 0.05)
    late = asyncio.Event()

    async def one(item_id: str, _: str) -> ItemState | None:
        if item_id == B:
            await late.wait()
        return SOLD

    monkeypatch.setattr(bench.recheck, "_one", one)
    await bench.post(A, B)
    assert await bench.drain() == 1
    assert bench.sent_states == {A: SOLD}
    await bench.recheck.close()


async def test_without_any_way_of_looking_nothing_is_waited_for(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bench.recheck, "_one", None)
    await bench.post(A)
    assert await bench.drain() == 1
    assert bench.looks.asked == []
    assert [name for name, _ in bench.meter.timings] == ["alert.latency"]


async def test_items_of_other_sources_are_not_looked_at(bench: Bench) -> None:
    await bench.post("1234", "hash:5")
    assert await bench.drain() == 1
    assert bench.looks.asked == []


async def test_a_message_that_waits_is_looked_at_again_when_it_is_old(bench: Bench) -> None:
    bench.looks.states = {A: THERE}
    bench.channel.failures = [BUSY] * 4
    await bench.post(A)
    await bench.drain(0.0)
    await bench.drain(4 * MINUTE)
    assert bench.looks.asked == [A]
    await bench.drain(2 * MINUTE)
    assert bench.looks.asked == [A, A]
    bench.looks.states = {A: SOLD}
    await bench.drain(4 * MINUTE)
    assert bench.depth == {"pending": 1}
    await bench.drain(20 * MINUTE)
    assert bench.looks.asked == [A, A, A]
    assert bench.depth == {"gone": 1}


async def test_a_later_look_that_fails_does_not_forget_what_was_gone(bench: Bench) -> None:
    bench.looks.granted = True
    bench.looks.states = {A: SOLD, B: THERE}
    bench.channel.failures = [BUSY]
    await bench.post(A, B)
    await bench.drain(0.0)
    bench.looks.failure = CallFailed(Api.EBAY, Kind.TIMEOUT, "slow")
    await bench.drain(10 * MINUTE)
    assert bench.sent_states == {A: SOLD, B: THERE}


async def test_record_of_a_look_that_fails_costs_nothing(bench: Bench) -> None:
    bench.looks.note_failure = WatcherError(CallFailed(Api.EBAY, Kind.TIMEOUT, "").code)
    bench.looks.states = {A: THERE}
    await bench.post(A)
    assert await bench.drain() == 1


async def test_the_message_after_one_that_is_not_sent_is_sent_at_once(bench: Bench) -> None:
    bench.looks.states = {A: SOLD, B: THERE}
    await bench.post(A)
    await bench.post(B, id="other")
    assert await bench.drain() + await bench.drain(0.0) == 1
    assert bench.depth == {"gone": 1, "sent": 1}
