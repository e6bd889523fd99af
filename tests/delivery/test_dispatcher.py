"""The dispatcher: at least once, in order, a message a second, and nobody waits for another."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Any

import pytest

from tests.fakes import FakeClock
from tests.office import BUSY, Office, refused
from watcher.core.alerts import OpsNotice
from watcher.core.deliveries import Delivery
from watcher.core.errors import Api, CallFailed, Code, Kind, NotSent, WatcherError
from watcher.core.times import HOUR, MINUTE, Instant
from watcher.db.stores import Stores
from watcher.delivery.dispatcher import MESSAGE_LEASE_SECONDS, SEND_DEADLINE_SECONDS


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
    assert office.dispatcher.next_hold_end(office.clock.now()) is None
    await office.post("a")
    await office.post("b")
    now = office.clock.now()
    await office.drain()
    assert office.dispatcher.next_hold_end(now) == now + 1
    await office.drain(1)
    assert office.dispatcher.next_hold_end(office.clock.now()) is None


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
    assert office.dispatcher.next_hold_end(office.clock.now()) == began + 30
    assert "slack" in office.dispatcher.held_destinations(office.clock.now())
    await office.run(40)
    assert [(name, at - began) for _, name, at in office.channel.took] == [("c", 0), ("a", 30), ("b", 31)]
    assert len(office.channel.tried) == 4


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
    assert office.dispatcher.next_hold_end(office.clock.now()) is None
    office.channel.unknown = set()
    await office.drain(1)
    assert office.channel.names == ["b", "a"]


async def test_a_slow_destination_delays_no_other(office: Office) -> None:
    office.restart(max_wait=0.1, grace=5)
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


async def test_a_drain_that_is_cancelled_while_it_leases_gives_the_lease_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    leasing, go_on = asyncio.Event(), asyncio.Event()
    lease = office.stores.outbox.lease_deliveries

    async def slowly(*of: Any) -> Sequence[Delivery]:
        leasing.set()
        await go_on.wait()
        return await lease(*of)

    monkeypatch.setattr(office.stores.outbox, "lease_deliveries", slowly)
    await office.post("a")
    drain = asyncio.create_task(office.drain())
    await leasing.wait()
    drain.cancel()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await drain
    assert not office.channel.tried
    assert await office.drain() == 1


async def test_where_nothing_is_under_way_winding_down_ends_at_once(office: Office) -> None:
    await office.dispatcher.wind_down()
    await office.post("a")
    assert await office.drain() == 0
    assert office.depth() == {"pending": 1}


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
    async def refuse(*_: object) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    await office.post("a")
    with monkeypatch.context() as broken:
        broken.setattr(office.stores.outbox, "delivered", refuse)
        assert await office.drain() == 0
    await office.drain(MESSAGE_LEASE_SECONDS + 1)
    assert office.channel.names == ["a"]
    assert office.depth() == {"sent": 1}


async def test_an_end_between_the_yes_and_its_noting_keeps_the_lease(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object) -> None:
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
    await office.drain(MESSAGE_LEASE_SECONDS + 1)
    assert (office.channel.names, office.depth()) == (["a"], {"sent": 1})


async def test_a_process_that_dies_after_the_answer_sends_the_same_message_again_and_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_: object) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    await office.post("a")
    await office.post("b")
    with monkeypatch.context() as broken:
        broken.setattr(office.stores.outbox, "delivered", die)
        await office.drain()
    office.restart()
    await office.run(round(MESSAGE_LEASE_SECONDS) + 5)
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
    assert office.dispatcher.next_hold_end(office.clock.now()) is None, "nobody is held"
    await office.post("b", "two")
    for to, wait in (("one", 60.0), ("two", 30.0)):
        office.channel.failures[to] = [CallFailed(Api.SLACK, Kind.RATE_LIMIT, "429", retry_after=wait)]
    now = office.clock.now()
    await office.drain()
    await office.post("c", "three")
    assert office.dispatcher.next_hold_end(now) == now + 30


async def test_what_is_said_of_one_incident_stands_in_one_thread_of_its_channel(office: Office) -> None:
    await office.post("a", "#ops")
    await office.post("b", "#ops")
    await office.run(3)
    await office.post("a", "#ops", "reminder")
    await office.run(3)
    office.restart()
    await office.post("a", "#ops", "resolved")
    await office.post("b", "#ops", "resolved")
    await office.run(3)
    assert [context.thread for _, _, context in office.channel.told] == ["", "", "#ops 1", "#ops 1", "#ops 2"]


async def test_where_a_message_stands_is_kept_with_its_being_sent_or_it_is_a_message(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_: object) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    await office.post("a", "#ops")
    with monkeypatch.context() as broken:
        broken.setattr(office.stores.outbox, "delivered", die)
        await office.drain()
    await office.post("a", "#ops", "resolved")
    await office.run(round(MESSAGE_LEASE_SECONDS) + 5)
    assert [context.thread for _, _, context in office.channel.told] == ["", "#ops 1"]
    await office.post("b", "plain")
    await office.run(2)
    await office.post("b", "plain", "resolved")
    await office.run(2)
    assert office.channel.told[-1][2].thread == ""


async def test_a_message_knows_until_when_its_destination_took_nothing(office: Office) -> None:
    began = office.clock.now()
    office.channel.failures["slack"] = [BUSY] * 3
    for name in "ab":
        await office.post(name)
    await office.run(40)
    await office.post("c")
    await office.run(5)
    back = office.channel.took[0][2]
    assert back > began
    assert [context.down_until for _, _, context in office.channel.told] == [back, back, None]


async def test_a_success_lets_a_destination_of_the_same_host_try_early(office: Office) -> None:
    office.channel.failures = {to: [BUSY] * 8 for to in ("slack", "far away")}
    await office.post("a")
    await office.post("b")
    await office.post("c", "far away")
    while office.channel.failures["slack"] or office.channel.failures["far away"]:
        await office.drain(1)
    waits = office.dispatcher.next_hold_end(office.clock.now())
    assert waits is not None
    assert waits - office.clock.now() > 62
    await office.post("d", "ops")
    await office.run(62)
    assert office.channel.names == ["d", "a", "b"]


async def test_a_destination_that_stays_down_is_tried_once_a_minute_while_others_work(
    office: Office,
) -> None:
    async def spoil(to: str) -> None:
        if to == "slack":
            raise BUSY

    office.channel.before = spoil
    await office.post("a")
    for n in range(60):
        await office.post(f"n{n}", "ops")
        await office.run(20, step=10)
    tries = [at for to, _, at in office.channel.tried if to == "slack"]
    assert 20 < len(tries) < 26
    assert all(b - a >= 60 for a, b in pairwise(tries[6:]))


async def test_a_restart_goes_on_waiting_as_long_as_the_other_side_asked(office: Office) -> None:
    office.channel.failures["slack"] = [CallFailed(Api.SLACK, Kind.RATE_LIMIT, "slow", retry_after=600)]
    await office.post("a")
    await office.post("b")
    began = office.clock.now()
    await office.run(5)
    office.restart()
    await office.run(590)
    assert len(office.channel.tried) == 1
    await office.run(20)
    assert [(name, at - began) for _, name, at in office.channel.took] == [("a", 601), ("b", 602)]


async def test_a_restart_forgets_the_waits_that_were_our_own_idea(office: Office) -> None:
    office.channel.failures["slack"] = [BUSY] * 8
    await office.post("a")
    await office.run(400)
    office.restart()
    await office.drain(1)
    assert office.channel.names == ["a"]


async def test_what_was_not_sent_counts_no_try(office: Office) -> None:
    office.channel.failures["slack"] = [NotSent(Api.SLACK, Kind.UNAVAILABLE, "not sent", retry_after=20)] * 3
    await office.post("a")
    await office.run(30)
    assert not office.meter.counts
    await office.run(60)
    assert office.channel.names == ["a"]
    assert len(office.channel.tried) == 4
    assert office.channel.told[0][2].down_until is None


async def test_winding_down_waits_for_a_slow_send_and_begins_no_other(office: Office) -> None:
    office.restart(max_wait=0.01)
    answered = asyncio.Event()

    async def slow(to: str) -> None:
        await answered.wait()

    office.channel.before = slow
    await office.post("a")
    await office.post("b", "other")
    await office.drain()
    await office.post("c", "third")
    ending = asyncio.create_task(office.dispatcher.wind_down())
    await asyncio.sleep(0)
    await office.drain(5)
    assert not ending.done()
    answered.set()
    await ending
    await office.dispatcher.close()
    office.restart()
    await office.drain()
    assert Counter(office.channel.names) == {"a": 1, "b": 1, "c": 1}


async def test_past_the_outbox_a_destination_keeps_its_pace(office: Office) -> None:
    now = office.clock.now()
    notice = OpsNotice("x", "firing", "watcher", "database", now, now, "the database is gone")
    await office.post("a", "ops")
    await office.drain()
    assert not await office.dispatcher.send_directly("ops", notice, now)
    assert await office.dispatcher.send_directly("ops", notice, office.clock.move(1))
    office.channel.failures["ops"] = [BUSY]
    assert not await office.dispatcher.send_directly("ops", notice, office.clock.move(1))
    assert not await office.dispatcher.send_directly("ops", notice, office.clock.move(1))
    assert await office.dispatcher.send_directly("ops", notice, office.clock.move(1))
    assert office.channel.names == ["a", "x", "x"]
    assert len(office.channel.tried) == 4


async def test_an_alert_is_done_only_when_the_other_side_took_it(office: Office) -> None:
    """Flaw 27: it was marked done whatever became of it, and a refusal or a crash lost it for ever."""
    office.channel.failures["slack"] = [BUSY, CallFailed(Api.SLACK, Kind.TIMEOUT, "hangs"), refused()]
    office.channel.second = ()
    await office.post("a")
    await office.drain()
    assert office.depth() == {"pending": 1}
    office.restart()
    await office.run(10)
    assert office.depth() == {"dead": 1}
    office.restart()
    await office.run(5)
    assert office.depth() == {"sent": 1}
    assert office.channel.names == ["a"]


async def test_two_hours_without_slack_and_a_thousand_messages_lose_nothing_and_no_order(
    office: Office,
) -> None:
    began = office.clock.now()

    async def gone(to: str) -> None:
        if office.clock.now() < began + 2 * HOUR:
            raise BUSY

    office.hurry()
    office.channel.before = gone
    expected: dict[str, list[str]] = {}
    messages = []
    for n in range(1000):
        name, phase = f"i{n % 333}", ("firing", "reminder", "resolved", "firing")[n // 333]
        messages.append((name, ("slack", "ops")[n % 333 % 2], phase))
        expected.setdefault(name, []).append(phase)
    await asyncio.gather(*(office.post(*message) for message in messages))
    while office.depth().get("pending"):
        now = office.clock.now()
        await office.drain()
        held = office.dispatcher.held_destinations(now)
        times = (office.stores.outbox.next_due(held), office.dispatcher.next_hold_end(now))
        office.clock.at = max(min(t for t in times if t is not None), Instant(now + 1)) if any(times) else now
    heard: dict[str, list[str]] = {}
    for _, note, _ in office.channel.told:
        heard.setdefault(note.incident_id, []).append(note.phase)
    assert heard == expected
    for to in ("slack", "ops"):
        sent = [at for where, _, at in office.channel.took if where == to]
        assert all(b - a >= 1 for a, b in pairwise(sent))
        assert sent[-1] - sent[0] < 520  # about 500 messages, one a second
        outage = [at for where, _, at in office.channel.tried if where == to and at < began + 2 * HOUR]
        assert len(outage) < 70
        assert sent[0] < began + 2 * HOUR + 5 * MINUTE


# --- frozen between a lease and its send ----------------------------------------------------------------


async def test_a_daemon_that_was_frozen_does_not_send_what_another_has_sent_meanwhile(office: Office) -> None:
    other = Office(office.stores, office.clock)
    other.restart(lease="other")

    async def freeze(to: str) -> None:
        await other.drain(MESSAGE_LEASE_SECONDS)

    await office.post("a")
    office.channel.before = freeze
    assert await office.drain() == 0
    assert (office.channel.names, other.channel.names) == ([], ["a"])
    office.channel.before = None
    await office.run(5)
    assert office.channel.names == []
    assert office.depth() == {"sent": 1}


async def test_a_daemon_whose_clock_stood_while_it_was_frozen_asks_who_has_the_message(
    office: Office,
) -> None:
    other = Office(office.stores, FakeClock())
    other.restart(lease="other")

    async def pause(to: str) -> None:
        await other.drain(MESSAGE_LEASE_SECONDS)

    await office.post("a")
    office.channel.before = pause
    assert await office.drain() == 0
    assert (office.channel.names, other.channel.names) == ([], ["a"])


async def test_a_message_that_was_leased_too_long_ago_waits_for_a_new_lease_and_counts_no_try(
    office: Office,
) -> None:
    async def freeze(to: str) -> None:
        office.channel.before = None
        office.clock.move(SEND_DEADLINE_SECONDS + 0.1)

    await office.post("a")
    office.channel.before = freeze
    assert await office.drain() == 0
    await office.run(5)
    assert office.channel.names == ["a"]
    assert office.channel.told[0][2].down_until is None
    assert office.meter.counts == {"alert.sent": 1}


async def test_nothing_is_sent_while_nobody_knows_whose_it_is(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(_delivery: Delivery) -> bool:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    await office.post("a")
    with monkeypatch.context() as away:
        away.setattr(office.stores.outbox, "holds", gone)
        assert await office.drain() == 0
    await office.run(5)
    assert office.channel.names == ["a"]
    assert office.channel.told[0][2].down_until is None, "Slack was not away"
    assert office.meter.counts == {"alert.sent": 1}
