"""Retries: holds of a destination, backoff, outages and their end."""

from __future__ import annotations

import asyncio
from collections import Counter
from itertools import pairwise
from random import Random

from tests.dispatch_harness import BUSY, DispatchHarness
from watcher.core.errors import Api, CallFailed, Kind, NotSent
from watcher.core.times import HOUR, MINUTE, Instant


async def test_transient_failures_are_retried_forever_with_growing_waits(
    harness: DispatchHarness,
) -> None:
    await harness.post("a")
    harness.channel.failures["slack"] = [BUSY] * 9
    await harness.run(570)
    attempts = [sent.at for sent in harness.channel.attempts]
    assert [b - a for a, b in pairwise(attempts)] == [2, 4, 8, 18, 34, 66, 130, 152, 152]
    assert harness.channel.names == ["a"]
    assert harness.meter.counts == {"alert.retry": 9, "alert.sent": 1}


async def test_a_short_outage_keeps_the_order(harness: DispatchHarness) -> None:
    for name in "abcdefgh":
        await harness.post(name)
    harness.channel.failures["slack"] = [BUSY] * 3
    await harness.run(60)
    assert harness.channel.names == list("abcdefgh")
    assert len(harness.channel.attempts) == 11


async def test_two_messages_take_turns_during_a_long_outage(harness: DispatchHarness) -> None:
    for name in "abcdefgh":
        await harness.post(name)
    harness.channel.failures["slack"] = [BUSY] * 8
    await harness.run(600)
    assert {sent.name for sent in harness.channel.attempts[:8]} == {"a", "b"}
    assert sorted(harness.channel.names) == list("abcdefgh")
    assert harness.channel.accepted[-1].at - harness.channel.accepted[0].at < 20


async def test_a_requested_wait_holds_the_whole_destination(harness: DispatchHarness) -> None:
    await harness.post("a")
    await harness.post("b")
    await harness.post("c", "ops")
    began = harness.clock.now()
    limited = CallFailed(Api.SLACK, Kind.RATE_LIMIT, "slow down", retry_after=30)
    harness.channel.failures["slack"] = [limited]
    await harness.drain()
    assert harness.dispatcher.next_hold_end(harness.clock.now()) == began + 30
    assert "slack" in harness.dispatcher.held_destinations(harness.clock.now())
    await harness.run(40)
    assert [(sent.name, sent.at - began) for sent in harness.channel.accepted] == [
        ("c", 0),
        ("a", 30),
        ("b", 31),
    ]
    assert len(harness.channel.attempts) == 4


async def test_a_message_that_always_fails_does_not_block_the_others(harness: DispatchHarness) -> None:
    for name in ("poison", "a", "b", "c"):
        await harness.post(name)

    async def fail(to: str) -> None:
        if harness.channel.attempts[-1].name == "poison":
            raise BUSY

    harness.channel.before_attempt = fail
    await harness.run(60)
    assert harness.channel.names == ["a", "b", "c"]
    assert Counter(sent.name for sent in harness.channel.attempts)["poison"] <= 6


async def test_a_bug_in_rendering_postpones_the_message(harness: DispatchHarness) -> None:
    await harness.post("a")
    harness.channel.failures["slack"] = [ZeroDivisionError("a bug")]
    await harness.run(5)
    assert harness.channel.names == ["a"]


async def test_a_clock_that_is_set_back_does_not_hold_a_destination(harness: DispatchHarness) -> None:
    await harness.post("a")
    await harness.drain()
    harness.clock.move(-HOUR)
    await harness.post("b")
    assert await harness.drain() == 1


async def test_all_messages_arrive_once_despite_random_failures(harness: DispatchHarness) -> None:
    dice = Random(7)

    async def storm(to: str) -> None:
        if dice.random() < 0.3:
            kind = dice.choice([Kind.TIMEOUT, Kind.UNAVAILABLE, Kind.RATE_LIMIT])
            raise CallFailed(Api.SLACK, kind, "a storm", retry_after=dice.choice([None, 3.0]))

    harness.channel.before_attempt = storm
    for i in range(60):
        await harness.post(f"n{i}", f"#{i % 7}")
    for _ in range(1000):
        await harness.drain(1)
        if harness.depth() == {"sent": 60}:
            break
    assert Counter(harness.channel.names) == {f"n{i}": 1 for i in range(60)}
    last: dict[str, float] = {}
    for sent in harness.channel.attempts:
        assert sent.at - last.get(sent.to, 0.0) >= 1
        last[sent.to] = sent.at


async def test_next_hold_end_is_the_earliest_end_of_a_hold(harness: DispatchHarness) -> None:
    await harness.post("a", "one")
    assert harness.dispatcher.next_hold_end(harness.clock.now()) is None, "nothing is held"
    await harness.post("b", "two")
    for to, wait in (("one", 60.0), ("two", 30.0)):
        harness.channel.failures[to] = [CallFailed(Api.SLACK, Kind.RATE_LIMIT, "429", retry_after=wait)]
    now = harness.clock.now()
    await harness.drain()
    await harness.post("c", "three")
    assert harness.dispatcher.next_hold_end(now) == now + 30


async def test_a_delayed_message_carries_the_end_of_the_outage(harness: DispatchHarness) -> None:
    began = harness.clock.now()
    harness.channel.failures["slack"] = [BUSY] * 3
    for name in "ab":
        await harness.post(name)
    await harness.run(40)
    await harness.post("c")
    await harness.run(5)
    recovered_at = harness.channel.accepted[0].at
    assert recovered_at > began
    assert [sent.context.down_until for sent in harness.channel.accepted] == [
        recovered_at,
        recovered_at,
        None,
    ]


async def test_a_success_causes_an_early_retry_on_the_same_host(harness: DispatchHarness) -> None:
    harness.channel.failures = {to: [BUSY] * 8 for to in ("slack", "far away")}
    await harness.post("a")
    await harness.post("b")
    await harness.post("c", "far away")
    while harness.channel.failures["slack"] or harness.channel.failures["far away"]:
        await harness.drain(1)
    held_until = harness.dispatcher.next_hold_end(harness.clock.now())
    assert held_until is not None
    assert held_until - harness.clock.now() > 62
    await harness.post("d", "ops")
    await harness.run(62)
    assert harness.channel.names == ["d", "a", "b"]


async def test_a_down_destination_is_probed_once_a_minute(
    harness: DispatchHarness,
) -> None:
    async def fail(to: str) -> None:
        if to == "slack":
            raise BUSY

    harness.channel.before_attempt = fail
    await harness.post("a")
    for n in range(60):
        await harness.post(f"n{n}", "ops")
        await harness.run(20, step=10)
    attempts = [sent.at for sent in harness.channel.attempts if sent.to == "slack"]
    assert 20 < len(attempts) < 26
    assert all(b - a >= 60 for a, b in pairwise(attempts[6:]))


async def test_a_requested_wait_survives_a_restart(harness: DispatchHarness) -> None:
    harness.channel.failures["slack"] = [CallFailed(Api.SLACK, Kind.RATE_LIMIT, "slow", retry_after=600)]
    await harness.post("a")
    await harness.post("b")
    began = harness.clock.now()
    await harness.run(5)
    harness.restart()
    await harness.run(590)
    assert len(harness.channel.attempts) == 1
    await harness.run(20)
    assert [(sent.name, sent.at - began) for sent in harness.channel.accepted] == [("a", 601), ("b", 602)]


async def test_a_restart_ends_the_waits_of_our_own_backoff(harness: DispatchHarness) -> None:
    harness.channel.failures["slack"] = [BUSY] * 8
    await harness.post("a")
    await harness.run(400)
    harness.restart()
    await harness.drain(1)
    assert harness.channel.names == ["a"]


async def test_a_message_that_was_not_sent_does_not_count_as_an_attempt(harness: DispatchHarness) -> None:
    harness.channel.failures["slack"] = [NotSent(Api.SLACK, Kind.UNAVAILABLE, "not sent", retry_after=20)] * 3
    await harness.post("a")
    await harness.run(30)
    assert not harness.meter.counts
    await harness.run(60)
    assert harness.channel.names == ["a"]
    assert len(harness.channel.attempts) == 4
    assert harness.channel.accepted[0].context.down_until is None


async def test_a_two_hour_outage_loses_no_message_and_keeps_the_order(
    harness: DispatchHarness,
) -> None:
    began = harness.clock.now()

    async def fail(to: str) -> None:
        if harness.clock.now() < began + 2 * HOUR:
            raise BUSY

    harness.skip_fsync()
    harness.channel.before_attempt = fail
    expected: dict[str, list[str]] = {}
    messages = []
    for n in range(307):
        name, phase = f"i{n % 102}", ("firing", "reminder", "resolved", "firing")[n // 102]
        messages.append((name, ("slack", "ops")[n % 102 % 2], phase))
        expected.setdefault(name, []).append(phase)
    await asyncio.gather(*(harness.post(*message) for message in messages))
    while harness.depth().get("pending"):
        now = harness.clock.now()
        await harness.drain()
        held = harness.dispatcher.held_destinations(now)
        times = (harness.stores.outbox.next_due(held), harness.dispatcher.next_hold_end(now))
        harness.clock.at = (
            max(min(t for t in times if t is not None), Instant(now + 1)) if any(times) else now
        )
    phases: dict[str, list[str]] = {}
    for message in harness.channel.accepted:
        phases.setdefault(message.name, []).append(message.notice.phase)
    assert phases == expected
    for to in ("slack", "ops"):
        sent = [message.at for message in harness.channel.accepted if message.to == to]
        assert all(b - a >= 1 for a, b in pairwise(sent))
        assert sent[-1] - sent[0] < 170  # about 150 messages, one a second
        attempts = [message.at for message in harness.channel.attempts if message.to == to]
        assert sum(at < began + 2 * HOUR for at in attempts) < 70
        assert sent[0] < began + 2 * HOUR + 5 * MINUTE
