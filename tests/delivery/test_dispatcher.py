"""The dispatcher sends each message once, in order, and to all destinations concurrently."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise

import pytest

from tests.dispatch_harness import BUSY, DispatchHarness, refused
from tests.waiting import PATIENCE
from watcher.core.alerts import OpsNotice
from watcher.core.errors import Api, CallFailed, Code, Kind, WatcherError
from watcher.core.times import MINUTE
from watcher.delivery.dispatcher import MESSAGE_LEASE_SECONDS


async def test_an_accepted_message_is_sent_once_and_marked_as_sent(harness: DispatchHarness) -> None:
    await harness.post("a")
    assert await harness.drain(3) == 1
    await harness.run(10)
    assert harness.channel.names == ["a"]
    assert harness.depth() == {"sent": 1}
    assert harness.meter.counts == {"alert.sent": 1}
    assert harness.meter.timings == [("alert.latency", 3.0)]


async def test_a_destination_gets_one_message_a_second_in_order(harness: DispatchHarness) -> None:
    for name in "abcde":
        await harness.post(name)
    for _ in range(20):
        await harness.drain(0.25)
    assert harness.channel.names == list("abcde")
    instants = [sent.at for sent in harness.channel.accepted]
    assert all(b - a >= 1 for a, b in pairwise(instants))


async def test_destinations_are_served_concurrently(harness: DispatchHarness) -> None:
    for to in ("slack", "ops", "#deals"):
        await harness.post(f"first {to}", to)
        await harness.post(f"second {to}", to)
    assert await harness.drain() == 3
    assert sorted(sent.to for sent in harness.channel.accepted) == ["#deals", "ops", "slack"]


async def test_a_hold_ends_one_interval_after_the_last_send(harness: DispatchHarness) -> None:
    assert harness.dispatcher.next_hold_end(harness.clock.now()) is None
    await harness.post("a")
    await harness.post("b")
    now = harness.clock.now()
    await harness.drain()
    assert harness.dispatcher.next_hold_end(now) == now + 1
    await harness.drain(1)
    assert harness.dispatcher.next_hold_end(harness.clock.now()) is None


async def test_messages_wait_until_their_destination_is_configured(harness: DispatchHarness) -> None:
    harness.channel.unconfigured = {"#later"}
    await harness.post("a", "#later")
    await harness.post("b")
    await harness.run(10)
    assert harness.channel.names == ["b"]
    assert harness.depth() == {"pending": 1, "sent": 1}
    assert harness.dispatcher.next_hold_end(harness.clock.now()) is None
    harness.channel.unconfigured = set()
    await harness.drain(1)
    assert harness.channel.names == ["b", "a"]


async def test_a_slow_destination_does_not_delay_the_others(harness: DispatchHarness) -> None:
    harness.restart(max_wait=0.1, grace=PATIENCE)
    answered = asyncio.Event()

    async def slow(to: str) -> None:
        if to == "slow":
            await answered.wait()

    harness.channel.before_attempt = slow
    for name in ("a", "b"):
        await harness.post(f"slow {name}", "slow")
        await harness.post(f"fast {name}", "fast")
    for _ in range(4):
        await harness.drain(1)
    assert harness.channel.names == ["fast a", "fast b"]
    answered.set()
    await harness.dispatcher.close()
    await harness.drain(2)
    assert harness.channel.names == ["fast a", "fast b", "slow a", "slow b"]


async def test_a_new_message_does_not_wait_for_sends_under_way(harness: DispatchHarness) -> None:
    harness.restart(max_wait=60, grace=PATIENCE)
    answered, began, freed = asyncio.Event(), asyncio.Event(), []

    async def slow(to: str) -> None:
        if to == "slow":
            began.set()
            await answered.wait()

    harness.channel.before_attempt = slow
    harness.dispatcher.on_freed = lambda: freed.append(harness.channel.names)
    await harness.post("a", "slow")
    first = asyncio.create_task(harness.drain())
    await began.wait()
    await harness.post("b", "fast")
    harness.dispatcher.hurry()
    assert await first == 0
    assert await harness.drain() == 1
    assert (harness.channel.names, freed) == (["b"], [])
    answered.set()
    await harness.dispatcher.close()
    assert freed == [["b", "a"]]


async def test_a_cancelled_drain_returns_unsent_messages_to_the_outbox(harness: DispatchHarness) -> None:
    began = asyncio.Event()

    async def hang(to: str) -> None:
        began.set()
        await asyncio.Event().wait()

    harness.channel.before_attempt = hang
    await harness.post("a")
    drain = asyncio.create_task(harness.drain())
    await began.wait()
    drain.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drain
    harness.channel.before_attempt = None
    harness.restart()
    assert await harness.drain() == 1


async def test_winding_down_without_running_sends_returns_at_once(harness: DispatchHarness) -> None:
    await harness.dispatcher.wind_down()
    await harness.post("a")
    assert await harness.drain() == 0
    assert harness.depth() == {"pending": 1}


async def test_a_cancelled_drain_lets_a_running_send_finish(harness: DispatchHarness) -> None:
    began = asyncio.Event()

    async def slow(to: str) -> None:
        began.set()
        await asyncio.sleep(0.03)

    harness.channel.before_attempt = slow
    harness.restart(grace=PATIENCE)
    await harness.post("a")
    drain = asyncio.create_task(harness.drain())
    await began.wait()
    drain.cancel()
    with pytest.raises(asyncio.CancelledError):
        await drain
    assert harness.depth() == {"sent": 1}


async def test_one_drain_serves_more_destinations_than_a_batch(harness: DispatchHarness) -> None:
    for i in range(120):
        await harness.post(f"n{i}", f"#{i}")
    assert await harness.drain() == 120
    assert await harness.drain(MINUTE) == 0


async def test_messages_about_an_incident_share_a_thread(harness: DispatchHarness) -> None:
    await harness.post("a", "#ops")
    await harness.post("b", "#ops")
    await harness.run(3)
    await harness.post("a", "#ops", "reminder")
    await harness.run(3)
    harness.restart()
    await harness.post("a", "#ops", "resolved")
    await harness.post("b", "#ops", "resolved")
    await harness.run(3)
    assert [sent.context.thread for sent in harness.channel.accepted] == [
        "",
        "",
        "#ops 1",
        "#ops 1",
        "#ops 2",
    ]


async def test_thread_is_stored_with_the_sent_state(
    harness: DispatchHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    await harness.post("a", "#ops")
    with monkeypatch.context() as broken:
        broken.setattr(harness.stores.outbox, "mark_sent", fail)
        await harness.drain()
    await harness.post("a", "#ops", "resolved")
    await harness.run(round(MESSAGE_LEASE_SECONDS) + 5)
    assert [sent.context.thread for sent in harness.channel.accepted] == ["", "#ops 1"]
    await harness.post("b", "plain")
    await harness.run(2)
    await harness.post("b", "plain", "resolved")
    await harness.run(2)
    assert harness.channel.accepted[-1].context.thread == ""


async def test_winding_down_waits_for_a_slow_send_and_begins_no_other(harness: DispatchHarness) -> None:
    harness.restart(max_wait=0.01)
    answered = asyncio.Event()

    async def slow(to: str) -> None:
        await answered.wait()

    harness.channel.before_attempt = slow
    await harness.post("a")
    await harness.post("b", "other")
    await harness.drain()
    await harness.post("c", "third")
    ending = asyncio.create_task(harness.dispatcher.wind_down())
    await asyncio.sleep(0)
    await harness.drain(5)
    assert not ending.done()
    answered.set()
    await ending
    await harness.dispatcher.close()
    harness.restart()
    await harness.drain()
    assert Counter(harness.channel.names) == {"a": 1, "b": 1, "c": 1}


async def test_direct_sends_keep_the_pace_of_the_destination(harness: DispatchHarness) -> None:
    now = harness.clock.now()
    notice = OpsNotice("x", "firing", "watcher", "database", now, now, "the database is gone")
    await harness.post("a", "ops")
    await harness.drain()
    assert not await harness.dispatcher.send_directly("ops", notice, now)
    assert await harness.dispatcher.send_directly("ops", notice, harness.clock.move(1))
    harness.channel.failures["ops"] = [BUSY]
    assert not await harness.dispatcher.send_directly("ops", notice, harness.clock.move(1))
    assert not await harness.dispatcher.send_directly("ops", notice, harness.clock.move(1))
    assert await harness.dispatcher.send_directly("ops", notice, harness.clock.move(1))
    assert harness.channel.names == ["a", "x", "x"]
    assert len(harness.channel.attempts) == 4


async def test_an_alert_is_done_only_when_it_was_accepted(harness: DispatchHarness) -> None:
    """Flaw 27: an alert was marked as done before it was accepted; a refusal or a crash lost it."""
    harness.channel.failures["slack"] = [BUSY, CallFailed(Api.SLACK, Kind.TIMEOUT, "hangs"), refused()]
    await harness.post("a")
    await harness.drain()
    assert harness.depth() == {"pending": 1}
    harness.restart()
    await harness.run(10)
    assert harness.depth() == {"dead": 1}
    harness.restart()
    await harness.run(5)
    assert harness.depth() == {"sent": 1}
    assert harness.channel.names == ["a"]
