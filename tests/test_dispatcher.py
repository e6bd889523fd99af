"""The dispatcher: at least once, in order, a message a second, and nobody waits for another."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from itertools import pairwise
from random import Random

import pytest

from tests.fakes import FakeClock, Ledger, low_dice
from watcher.adapters.db.stores import Stores
from watcher.core.errors import Api, CallFailed, Code, Kind, WatcherError
from watcher.core.times import HOUR, MINUTE, Seconds
from watcher.dispatcher import LEASE, Dispatcher
from watcher.ports import Delivery, Incident, Notification, OpsNotice, Post

BUSY = CallFailed(Api.SLACK, Kind.UNAVAILABLE, "status 503")


class Channel:
    """A Slack that takes what it is given, unless it was told how to fail next."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock
        self.unknown: set[str] = set()
        self.failures: dict[str, list[Exception]] = {}
        self.before: Callable[[str], Awaitable[None]] | None = None
        self.tried: list[tuple[str, str, float]] = []
        self.took: list[tuple[str, str, float]] = []

    def knows(self, to: str) -> bool:
        return to not in self.unknown

    async def deliver(self, to: str, notification: Notification) -> None:
        assert isinstance(notification, OpsNotice)
        self.tried.append((to, notification.incident_id, self.clock.now()))
        if self.before:
            await self.before(to)
        if self.failures.get(to):
            raise self.failures[to].pop(0)
        self.took.append((to, notification.incident_id, self.clock.now()))

    @property
    def names(self) -> list[str]:
        return [name for _, name, _ in self.took]


class Office:
    """A dispatcher over a real outbox."""

    def __init__(self, stores: Stores, clock: FakeClock) -> None:
        self.stores, self.clock = stores, clock
        self.channel, self.meter = Channel(clock), Ledger()
        self.restart()

    def restart(self, *, patience: float | None = None, grace: float = 0.05) -> None:
        self.dispatcher = Dispatcher(
            self.stores.outbox,
            self.channel,
            self.meter,
            clock=self.clock,
            jitter=low_dice,
            lease="us",
            patience=None if patience is None else Seconds(patience),
            grace=Seconds(grace),
        )

    async def post(self, name: str, to: str = "slack") -> None:
        now = self.clock.now()
        notice = OpsNotice(name, "firing", "ebay", "outage", now, now, "eBay: no answer")
        incident = Incident(name, name, "outage", now, now, now, now)  # one of a kind is open at a time
        await self.stores.incidents.move_incident(None, incident, Post(to, notice))

    async def drain(self, after: float = 0.0) -> int:
        return await self.dispatcher.drain(self.clock.move(after))

    async def run(self, seconds: int, step: float = 1.0) -> None:
        for _ in range(round(seconds / step)):
            await self.drain(step)

    def depth(self) -> dict[str, int]:
        return self.stores.outbox.depth()


@pytest.fixture
def office(stores: Stores, clock: FakeClock) -> Office:
    return Office(stores, clock)


async def test_a_message_is_sent_once_and_marked_when_the_other_side_said_yes(office: Office) -> None:
    await office.post("a")
    assert await office.drain(3) == 1
    await office.run(10)
    assert office.channel.names == ["a"]
    assert office.depth() == {"sent": 1}
    assert office.meter.counts == {"alert.sent": 1}
    assert office.meter.timings == [("alert.latency", 3.0)]


async def test_a_destination_gets_one_message_a_second_in_order(office: Office) -> None:
    for name in "abcde":
        await office.post(name)
    for _ in range(20):
        await office.drain(0.25)
    assert office.channel.names == list("abcde")
    instants = [at for _, _, at in office.channel.took]
    assert all(b - a >= 1 for a, b in pairwise(instants))


async def test_destinations_are_sent_to_side_by_side(office: Office) -> None:
    for to in ("slack", "ops", "#deals"):
        await office.post(f"first {to}", to)
        await office.post(f"second {to}", to)
    assert await office.drain() == 3
    assert sorted(to for to, _, _ in office.channel.took) == ["#deals", "ops", "slack"]


async def test_the_next_send_is_a_second_after_the_last(office: Office) -> None:
    assert office.dispatcher.next_at(office.clock.now()) is None
    await office.post("a")
    await office.post("b")
    now = office.clock.now()
    await office.drain()
    assert office.dispatcher.next_at(now) == now + 1
    await office.drain(1)
    assert office.dispatcher.next_at(office.clock.now()) is None


async def test_a_transient_failure_is_tried_again_after_growing_waits_and_never_given_up(
    office: Office,
) -> None:
    await office.post("a")
    office.channel.failures["slack"] = [BUSY] * 9
    await office.run(570)
    tries = [at for _, _, at in office.channel.tried]
    assert [b - a for a, b in pairwise(tries)] == [2, 4, 8, 18, 34, 66, 130, 152, 152]
    assert office.channel.names == ["a"]
    assert office.meter.counts == {"alert.retry": 9, "alert.sent": 1}


async def test_in_a_short_outage_the_order_holds(office: Office) -> None:
    for name in "abcdefgh":
        await office.post(name)
    office.channel.failures["slack"] = [BUSY] * 3
    await office.run(60)
    assert office.channel.names == list("abcdefgh")
    assert len(office.channel.tried) == 11


async def test_in_a_long_outage_two_messages_take_turns_and_all_arrive_after_it(office: Office) -> None:
    for name in "abcdefgh":
        await office.post(name)
    office.channel.failures["slack"] = [BUSY] * 8
    await office.run(600)
    assert {name for _, name, _ in office.channel.tried[:8]} == {"a", "b"}
    assert sorted(office.channel.names) == list("abcdefgh")
    assert office.channel.took[-1][2] - office.channel.took[0][2] < 20


async def test_what_the_other_side_asks_to_wait_holds_the_whole_destination(office: Office) -> None:
    await office.post("a")
    await office.post("b")
    await office.post("c", "ops")
    began = office.clock.now()
    limited = CallFailed(Api.SLACK, Kind.RATE_LIMIT, "slow down", retry_after=30)
    office.channel.failures["slack"] = [limited]
    await office.drain()
    assert office.dispatcher.next_at(office.clock.now()) == began + 30
    assert "slack" in office.dispatcher.held(office.clock.now())
    await office.run(40)
    assert [(name, at - began) for _, name, at in office.channel.took] == [("c", 0), ("a", 30), ("b", 31)]
    assert len(office.channel.tried) == 4


def refused() -> CallFailed:
    return CallFailed(Api.SLACK, Kind.REFUSED, "status 404 no_service", status=404)


async def test_a_refused_message_is_a_dead_letter_at_the_first_try(office: Office) -> None:
    await office.post("a")
    office.channel.failures["slack"] = [refused()]
    await office.run(5)
    ((ref, to, why, _),) = office.stores.outbox.dead_letters()
    assert (ref, to, why) == ("a", "slack", "SLACK_REFUSED: status 404 no_service")
    assert office.meter.counts == {"alert.dropped": 1}


async def test_dead_letters_are_sent_when_their_destination_takes_messages_again(office: Office) -> None:
    await office.post("a")
    await office.post("b")
    office.channel.failures["slack"] = [refused(), refused()]
    await office.run(5)
    assert office.channel.names == []
    await office.post("c")
    await office.run(5)
    assert office.channel.names == ["c", "a", "b"]
    assert office.stores.outbox.dead_letters() == []


async def test_a_letter_that_is_wrong_in_itself_is_tried_a_few_times_and_stays_dead(office: Office) -> None:
    async def spoil(to: str) -> None:
        if office.channel.tried[-1][1] == "wrong":
            raise refused()

    office.channel.before = spoil
    await office.post("wrong")
    for n in range(10):
        await office.post(f"good {n}")
        await office.run(5)
    assert Counter(name for _, name, _ in office.channel.tried)["wrong"] == 5
    assert len(office.channel.names) == 10


async def test_one_message_that_always_fails_holds_up_no_other(office: Office) -> None:
    for name in ("poison", "a", "b", "c"):
        await office.post(name)

    async def spoil(to: str) -> None:
        if office.channel.tried[-1][1] == "poison":
            raise BUSY

    office.channel.before = spoil
    await office.run(60)
    assert office.channel.names == ["a", "b", "c"]
    assert Counter(name for _, name, _ in office.channel.tried)["poison"] <= 6


async def test_a_bug_in_rendering_postpones_its_message_and_is_no_loss(office: Office) -> None:
    await office.post("a")
    office.channel.failures["slack"] = [ZeroDivisionError("a bug")]
    await office.run(5)
    assert office.channel.names == ["a"]


async def test_messages_to_an_unknown_destination_wait_until_it_is_known(office: Office) -> None:
    office.channel.unknown = {"#later"}
    await office.post("a", "#later")
    await office.post("b")
    await office.run(10)
    assert office.channel.names == ["b"]
    assert office.depth() == {"pending": 1, "sent": 1}
    assert office.dispatcher.next_at(office.clock.now()) is None
    office.channel.unknown = set()
    await office.drain(1)
    assert office.channel.names == ["b", "a"]


async def test_a_slow_destination_delays_no_other(office: Office) -> None:
    office.restart(patience=0.1, grace=5)
    answered = asyncio.Event()

    async def slow(to: str) -> None:
        if to == "slow":
            await answered.wait()

    office.channel.before = slow
    for name in ("a", "b"):
        await office.post(f"slow {name}", "slow")
        await office.post(f"fast {name}", "fast")
    for _ in range(4):
        await office.drain(1)
    assert office.channel.names == ["fast a", "fast b"]
    answered.set()
    await office.dispatcher.close()
    await office.drain(2)
    assert office.channel.names == ["fast a", "fast b", "slow a", "slow b"]


async def test_a_drain_that_is_cancelled_gives_back_what_it_did_not_send(office: Office) -> None:
    began = asyncio.Event()

    async def hang(to: str) -> None:
        began.set()
        await asyncio.Event().wait()

    office.channel.before = hang
    await office.post("a")
    drain = asyncio.create_task(office.drain())
    await began.wait()
    drain.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drain
    office.channel.before = None
    office.restart()
    assert await office.drain() == 1


async def test_a_drain_that_is_cancelled_while_it_leases_gives_the_lease_back(office: Office) -> None:
    await office.post("a")
    drain = asyncio.create_task(office.drain())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    drain.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drain
    assert not office.channel.tried
    assert await office.drain() == 1


async def test_a_cancelled_drain_lets_a_message_under_way_arrive_and_notes_it(office: Office) -> None:
    began = asyncio.Event()

    async def slow(to: str) -> None:
        began.set()
        await asyncio.sleep(0.03)

    office.channel.before = slow
    office.restart(grace=5)
    await office.post("a")
    drain = asyncio.create_task(office.drain())
    await began.wait()
    drain.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drain
    assert office.depth() == {"sent": 1}


async def test_a_message_that_was_taken_and_could_not_be_noted_is_not_sent_again(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuse(delivery: Delivery, at: float) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    await office.post("a")
    with monkeypatch.context() as broken:
        broken.setattr(office.stores.outbox, "delivered", refuse)
        assert await office.drain() == 0
    await office.drain(LEASE + 1)
    assert office.channel.names == ["a"]
    assert office.depth() == {"sent": 1}


async def test_an_end_between_the_yes_and_its_noting_keeps_the_lease(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(delivery: Delivery, at: float) -> None:
        await asyncio.Event().wait()

    await office.post("a")
    with monkeypatch.context() as slow:
        slow.setattr(office.stores.outbox, "delivered", hang)
        draining = asyncio.create_task(office.drain())
        while not office.channel.took:
            await asyncio.sleep(0)
        draining.cancel()
        with pytest.raises(asyncio.CancelledError):
            await draining
    assert not await office.stores.outbox.lease_deliveries(office.clock.now(), 9, "next", MINUTE, ())
    await office.drain(LEASE + 1)
    assert (office.channel.names, office.depth()) == (["a"], {"sent": 1})


async def test_a_process_that_dies_after_the_answer_sends_the_same_message_again_and_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(delivery: Delivery, at: float) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    await office.post("a")
    await office.post("b")
    with monkeypatch.context() as broken:
        broken.setattr(office.stores.outbox, "delivered", die)
        await office.drain()
    office.restart()
    await office.run(round(LEASE) + 5)
    assert Counter(office.channel.names) == {"a": 2, "b": 1}


async def test_a_clock_that_is_set_back_holds_no_destination(office: Office) -> None:
    await office.post("a")
    await office.drain()
    office.clock.move(-HOUR)
    await office.post("b")
    assert await office.drain() == 1


async def test_many_messages_to_many_destinations_all_arrive_once_whatever_fails(office: Office) -> None:
    dice = Random(7)  # a seeded game

    async def storm(to: str) -> None:
        if dice.random() < 0.3:
            kind = dice.choice([Kind.TIMEOUT, Kind.UNAVAILABLE, Kind.RATE_LIMIT])
            raise CallFailed(Api.SLACK, kind, "a storm", retry_after=dice.choice([None, 3.0]))

    office.channel.before = storm
    for i in range(60):
        await office.post(f"n{i}", f"#{i % 7}")
    for _ in range(1000):
        await office.drain(1)
        if office.depth() == {"sent": 60}:
            break
    assert Counter(office.channel.names) == {f"n{i}": 1 for i in range(60)}
    last: dict[str, float] = {}
    for to, _, at in office.channel.tried:
        assert at - last.get(to, 0.0) >= 1
        last[to] = at


async def test_more_destinations_than_a_batch_are_all_served_by_one_drain(office: Office) -> None:
    for i in range(120):
        await office.post(f"n{i}", f"#{i}")
    assert await office.drain() == 120
    assert await office.drain(MINUTE) == 0


async def test_the_first_destination_that_may_go_on_says_when_the_next_round_is(office: Office) -> None:
    await office.post("a", "one")
    assert office.dispatcher.next_at(office.clock.now()) is None, "nobody is held"
    await office.post("b", "two")
    for to, wait in (("one", 60.0), ("two", 30.0)):
        office.channel.failures[to] = [CallFailed(Api.SLACK, Kind.RATE_LIMIT, "429", retry_after=wait)]
    now = office.clock.now()
    await office.drain()
    await office.post("c", "three")
    assert office.dispatcher.next_at(now) == now + 30
