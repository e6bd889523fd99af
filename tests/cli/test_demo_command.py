"""`watcher demo`: how long it runs, and what ends it."""

from __future__ import annotations

import asyncio
import logging
import math

import pytest

from tests.cli.conftest import Run
from tests.waiting import PATIENCE
from watcher.adapters.host.logs import configure_logging
from watcher.cli import demo
from watcher.cli.demo_output import DemoOutput
from watcher.core.times import DAY, Instant
from watcher.runtime.simulation import START, SimulatedClock, Simulation


def test_length_of_the_demo_is_in_seconds_of_a_real_clock(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    ends: list[Instant] = []

    async def stand_still(_self: Simulation, until: Instant, stop: asyncio.Event) -> None:
        ends.append(until)
        async with asyncio.timeout(PATIENCE):
            await stop.wait()

    monkeypatch.setattr(Simulation, "run", stand_still)
    monkeypatch.setattr(demo, "PAST_START", Instant(START - 2 * DAY))
    done = run("demo", "--for", "0.1", "--speed", "100000")
    assert done.code == 0
    lines = done.out.splitlines()
    assert "The page is at http://127.0.0.1:" in lines[1]
    assert len(lines) < 25, "nothing of the past is printed"
    assert "Slack ·" not in done.out
    assert done.err == ""
    assert ends == [math.inf], "the simulated clock does not decide"
    assert "of a real clock" in " ".join(run("demo", "--help").out.split())


def test_demo_ends_when_its_output_cannot_be_written() -> None:
    output, stopped = DemoOutput(True, False), []
    output.stop = lambda: stopped.append(True)
    with output.losing_output():
        raise OSError(28, "No space left on device")
    assert stopped
    with pytest.raises(OSError, match="No space left"):
        output.end({})


def test_polls_that_keep_failing_are_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    output = DemoOutput(False, False)
    output.clock = SimulatedClock()
    poller = logging.getLogger("watcher.polling.poller")
    poller.handlers.clear()  # of a demo that ran in this process
    try:
        output.begin("http://127.0.0.1:1", [], speed=20, recorded=True)
        failed = {"query": "shoe", "code": "EBAY_UNAVAILABLE", "again_in": 5}
        polled = {"query": "shoe", "listings": 3, "n": 2, "median": "$5.00", "alerts": "none"}
        for message, extra in (("poll failed", failed),) * 3 + (("polled", polled), ("poll failed", failed)):
            poller.warning(message, extra=extra)
    finally:
        poller.handlers.clear()
        poller.propagate = True
        poller.setLevel(logging.NOTSET)
        configure_logging("warning")
    lines = [line for line in capsys.readouterr().out.splitlines() if "shoe" in line]
    assert ["failed" in line for line in lines] == [True, False, True]
