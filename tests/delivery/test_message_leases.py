"""Leases: a message that another daemon may be sending is not sent."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from tests.dispatch_harness import DispatchHarness, ScriptedChannel
from tests.fakes import FakeClock
from tests.waiting import until
from watcher.core.deliveries import Delivery
from watcher.core.errors import Code, WatcherError
from watcher.core.times import DAY, MINUTE, Seconds
from watcher.delivery.dispatcher import MESSAGE_LEASE_SECONDS, SEND_DEADLINE_SECONDS, TAKEOVER_WAIT_SECONDS


async def test_a_drain_cancelled_while_leasing_releases_the_lease(
    harness: DispatchHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    leasing, resume = asyncio.Event(), asyncio.Event()
    lease = harness.stores.outbox.lease_deliveries

    async def slowly(*of: Any, **limit: Any) -> Sequence[Delivery]:
        leasing.set()
        await resume.wait()
        return await lease(*of, **limit)

    monkeypatch.setattr(harness.stores.outbox, "lease_deliveries", slowly)
    await harness.post("a")
    drain = asyncio.create_task(harness.drain())
    await leasing.wait()
    drain.cancel()
    resume.set()
    with pytest.raises(asyncio.CancelledError):
        await drain
    assert not harness.channel.attempts
    assert await harness.drain() == 1


async def test_an_accepted_message_is_not_resent_if_recording_failed(
    harness: DispatchHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    await harness.post("a")
    with monkeypatch.context() as broken:
        broken.setattr(harness.stores.outbox, "mark_sent", fail)
        assert await harness.drain() == 0
    await harness.drain(1)
    assert harness.depth() == {"sent": 1}, "it does not wait for the end of the lease"
    await harness.drain(MESSAGE_LEASE_SECONDS + 1)
    assert harness.channel.names == ["a"]


async def test_cancelling_between_acceptance_and_record_keeps_the_lease(
    harness: DispatchHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    await harness.post("a")
    with monkeypatch.context() as slow:
        slow.setattr(harness.stores.outbox, "mark_sent", hang)
        draining = asyncio.create_task(harness.drain())
        await until(lambda: harness.channel.accepted)
        draining.cancel()
        with pytest.raises(asyncio.CancelledError):
            await draining
    assert not await harness.stores.outbox.lease_deliveries(harness.clock.now(), 9, "next", MINUTE, ())
    await harness.drain(MESSAGE_LEASE_SECONDS + 1)
    assert (harness.channel.names, harness.depth()) == (["a"], {"sent": 1})


async def test_a_crash_before_the_record_repeats_only_that_message(
    harness: DispatchHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    await harness.post("a")
    await harness.post("b")
    with monkeypatch.context() as broken:
        broken.setattr(harness.stores.outbox, "mark_sent", fail)
        await harness.drain()
    harness.restart()
    await harness.run(round(MESSAGE_LEASE_SECONDS) + 5)
    assert Counter(harness.channel.names) == {"a": 2, "b": 1}


async def test_a_suspended_daemon_does_not_resend_what_another_has_sent(harness: DispatchHarness) -> None:
    other = DispatchHarness(harness.stores, harness.clock)
    other.restart(lease="other")

    async def freeze(to: str) -> None:
        await other.drain(MESSAGE_LEASE_SECONDS)

    await harness.post("a")
    harness.channel.before_attempt = freeze
    assert await harness.drain() == 0
    assert (harness.channel.names, other.channel.names) == ([], ["a"])
    harness.channel.before_attempt = None
    await harness.run(5)
    assert harness.channel.names == []
    assert harness.depth() == {"sent": 1}


async def test_a_daemon_suspended_with_its_clock_checks_the_lease(
    harness: DispatchHarness,
) -> None:
    other = DispatchHarness(harness.stores, FakeClock())
    other.restart(lease="other")

    async def pause(to: str) -> None:
        await other.drain(MESSAGE_LEASE_SECONDS)

    await harness.post("a")
    harness.channel.before_attempt = pause
    assert await harness.drain() == 0
    assert (harness.channel.names, other.channel.names) == ([], ["a"])


async def test_a_message_with_an_old_lease_is_released_without_an_attempt(
    harness: DispatchHarness,
) -> None:
    async def freeze(to: str) -> None:
        harness.channel.before_attempt = None
        harness.clock.move(SEND_DEADLINE_SECONDS + 0.1)

    await harness.post("a")
    harness.channel.before_attempt = freeze
    assert await harness.drain() == 0
    await harness.run(5)
    assert harness.channel.names == ["a"]
    assert harness.channel.accepted[0].context.down_until is None
    assert harness.meter.counts == {"alert.sent": 1}


async def test_an_acceptance_counts_although_the_lease_was_lost(
    harness: DispatchHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    other = DispatchHarness(harness.stores, harness.clock)
    other.restart(lease="other")

    async def wake_the_first(to: str) -> None:
        await harness.drain()

    await harness.post("a")
    with monkeypatch.context() as broken:
        broken.setattr(harness.stores.outbox, "mark_sent", fail)
        await harness.drain()
    other.channel.before_attempt = wake_the_first
    assert await other.drain(MESSAGE_LEASE_SECONDS) == 0
    assert (harness.channel.names, other.channel.names) == (["a"], [])
    assert harness.depth() == {"sent": 1}


async def test_after_an_outage_leases_of_others_are_taken_over_later(
    harness: DispatchHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    other = DispatchHarness(harness.stores, harness.clock)
    other.restart(lease="other")
    await other.drain()
    await harness.post("a")
    assert await harness.stores.outbox.lease_deliveries(harness.clock.now(), 9, "died", MINUTE, ())
    await harness.post("b", "ops")
    with monkeypatch.context() as away:
        away.setattr(other.stores.outbox, "lease_deliveries", fail)
        for _ in range(round(MINUTE)):
            with pytest.raises(WatcherError):
                await other.drain(1)
    await other.drain(1)
    assert other.channel.names == ["b"], "only what no daemon may have sent"
    await other.run(round(TAKEOVER_WAIT_SECONDS) - 1)
    assert other.channel.names == ["b"]
    await other.run(2)
    assert other.channel.names == ["b", "a"]


async def test_a_daemon_whose_rounds_are_always_late_takes_leases_over(harness: DispatchHarness) -> None:
    await harness.drain()
    await harness.post("a")
    assert await harness.stores.outbox.lease_deliveries(harness.clock.now(), 9, "died", MINUTE, ())
    await harness.run(120, step=20)
    assert harness.channel.names == ["a"]


async def test_a_clock_set_back_does_not_prolong_the_wait_for_leases_of_others(
    harness: DispatchHarness,
) -> None:
    await harness.drain()
    await harness.drain(DAY)
    harness.clock.move(-DAY)
    await harness.post("a")
    assert await harness.stores.outbox.lease_deliveries(harness.clock.now(), 9, "died", Seconds(5), ())
    await harness.run(30)
    assert harness.channel.names == ["a"]


async def test_nothing_is_sent_if_the_lease_cannot_be_checked(
    harness: DispatchHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_delivery: Delivery) -> bool:
        raise WatcherError(Code.DATABASE_CONNECTION_FAILED)

    await harness.post("a")
    with monkeypatch.context() as away:
        away.setattr(harness.stores.outbox, "is_leased", fail)
        assert await harness.drain() == 0
    await harness.run(5)
    assert harness.channel.names == ["a"]
    assert harness.channel.accepted[0].context.down_until is None, "the channel did not fail"
    assert harness.meter.counts == {"alert.sent": 1}


async def test_another_daemon_keeps_the_interval_of_the_channel(
    harness: DispatchHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ScriptedChannel, "message_interval", Seconds(5.0))
    other = DispatchHarness(harness.stores, harness.clock)
    other.restart(lease="other")
    await harness.post("a")
    await harness.post("b")
    await harness.drain()
    await other.drain(4.9)
    assert (harness.channel.names, other.channel.names) == (["a"], [])
    await other.drain(0.1)
    assert other.channel.names == ["b"]
