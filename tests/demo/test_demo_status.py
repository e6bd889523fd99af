"""The demo's status: the process that answers is the daemon."""

from __future__ import annotations

import os

from tests.web.clients import client_of
from watcher.runtime.simulation import simulated


async def test_the_demo_reports_itself_as_the_running_daemon() -> None:
    async with simulated(None, seed=1, speed=1e9) as simulation, client_of(simulation.app) as client:
        status = (await client.get("/api/status")).json()
    assert status["daemon"] == {"running": True, "process": os.getpid()}
    assert not [trouble for trouble in status["troubles"] if "daemon" in trouble]
