"""The sizing table is measured with a real daemon."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.sizes import measure, row


@pytest.mark.slow
async def test_a_row_of_the_table_is_measured(tmp_path: Path) -> None:
    found = await measure(tmp_path, 20)
    assert found.searches == 20
    assert 50e6 < found.memory < 400e6
    assert found.database > 100_000
    assert 0 < found.cpu < found.round
    assert row(found).startswith("| 20 | ")
    assert row(found).endswith("| 6 min 24 s |")
