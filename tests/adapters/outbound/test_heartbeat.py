"""The heartbeat against a real receiver: it never raises, never waits long, and never shows its URL."""

from __future__ import annotations

import logging

import pytest

from tests.crash import free_port
from tests.fakes import FakeClock, RecordingMeter
from tests.market.faults import Fault
from tests.market.scripted import Scripted
from tests.market.server import MarketServer
from watcher.adapters.outbound.heartbeat import Heartbeat
from watcher.core.times import Seconds


async def test_heartbeat_is_sent_and_counted() -> None:
    async with MarketServer(Scripted(), clock=FakeClock().now) as receiver:
        meter = RecordingMeter()
        heartbeat = Heartbeat(receiver.url + "/heartbeat", meter, Seconds(60.0))
        await heartbeat.beat()
        await heartbeat.beat()
        assert receiver.heartbeats == meter.counts["heartbeat.sent"] == 2


async def test_failing_receiver_costs_its_timeout_and_one_log_line(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.INFO)
    async with MarketServer(Scripted(), clock=FakeClock().now) as receiver:
        meter = RecordingMeter()
        heartbeat = Heartbeat(receiver.url + "/heartbeat?key=canary", meter, Seconds(0.5))
        receiver.faults = [Fault.from_json({"path": "/heartbeat", "kind": "status", "status": 500})]
        await heartbeat.beat()
        receiver.faults = [Fault.from_json({"path": "/heartbeat", "kind": "hang"})]
        await heartbeat.beat()  # the receiver never answers, so this returns only because of the timeout
        receiver.faults = []
        await heartbeat.beat()
    assert meter.counts == {"heartbeat.failed": 2, "heartbeat.sent": 1}
    assert [r.getMessage() for r in caplog.records if r.name.endswith("heartbeat")] == [
        "the heartbeat fails",
        "the heartbeat works again",
    ]
    assert "canary" not in caplog.text


async def test_missing_receiver_raises_nothing(caplog: pytest.LogCaptureFixture) -> None:
    meter = RecordingMeter()
    await Heartbeat(f"http://127.0.0.1:{free_port()}/canary", meter, Seconds(60.0)).beat()
    assert meter.counts == {"heartbeat.failed": 1}
    assert "canary" not in caplog.text + str([vars(r) for r in caplog.records])


async def test_redirect_is_a_failed_heartbeat() -> None:
    async with MarketServer(Scripted(), clock=FakeClock().now) as receiver:
        receiver.faults = [Fault.from_json({"path": "/heartbeat", "kind": "redirect"})]
        meter = RecordingMeter()
        await Heartbeat(receiver.url + "/heartbeat", meter, Seconds(60.0)).beat()
        assert (meter.counts, receiver.calls["/heartbeat"]) == ({"heartbeat.failed": 1}, 1)
