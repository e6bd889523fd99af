"""SIGKILL at random moments while alerts are being made: none lost, a duplicate only in the stated window."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import crash


def passes(verdict: crash.Verdict) -> None:
    assert verdict.lost == []
    assert verdict.told_twice == [], "an item was told in two alerts"
    assert verdict.unexcused == [], "a duplicate outside the window"
    assert verdict.deliveries > verdict.kills, "alerts were being made all the while"


async def test_ten_kills_lose_no_alert(tmp_path: Path) -> None:
    passes(await crash.run(tmp_path, kills=10, seed=1, pause=(0.3, 1.0)))


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_fifty_kills_lose_no_alert(tmp_path: Path) -> None:
    passes(await crash.run(tmp_path, kills=50, seed=2))
