"""Delivery when the database fails within a round: whatever fails once, everything is sent once."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress

import pytest

from tests.dispatch_harness import DispatchHarness
from tests.polling.test_leases import Failing
from watcher.core.errors import WatcherError
from watcher.core.times import MINUTE


@pytest.mark.parametrize(("method", "at_least"), [("rows", 2), ("write", 3)])
async def test_a_message_is_sent_soon_after_any_failed_call(
    harness: DispatchHarness, monkeypatch: pytest.MonkeyPatch, method: str, at_least: int
) -> None:
    n, is_left = 0, True
    while is_left:
        n += 1
        await harness.post(f"m{n}")
        await harness.post(f"m{n}", "deals")
        failing = Failing(getattr(harness.stores.database, method), n)
        with monkeypatch.context() as patched:
            patched.setattr(harness.stores.database, method, failing)
            with suppress(WatcherError):
                await harness.drain(2 * MINUTE)
        is_left = failing.left <= 0
        # A message whose outcome could not be recorded waits for its lease to end; it is not sent again.
        await harness.run(180, step=20)
        assert harness.depth() == {"sent": 2 * n}, f"call {n} of {method}"
    assert n > at_least
    assert max(Counter((sent.to, sent.name) for sent in harness.channel.accepted).values()) == 1


async def test_a_cancelled_send_does_not_end_the_round(harness: DispatchHarness) -> None:
    async def cancel(to: str) -> None:
        if to == "deals":
            raise asyncio.CancelledError

    harness.channel.before_attempt = cancel
    await harness.post("a")
    await harness.post("b", "deals")
    assert await harness.drain() == 1
    harness.channel.before_attempt = None
    assert await harness.drain() == 1
    assert harness.channel.names == ["a", "b"]
