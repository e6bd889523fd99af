"""The attacks of `make attack`, one test each."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attack.attacks import ATTACKS


@pytest.mark.slow
@pytest.mark.parametrize("name", ATTACKS)
async def test_the_daemon_holds(name: str, tmp_path: Path) -> None:
    await ATTACKS[name](tmp_path)
