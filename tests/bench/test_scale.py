"""What many watches cost is measured with a real daemon."""

from __future__ import annotations

import pytest

from tests.bench.scale import Figure, measure, row
from tests.bench.scale_places import SQLITE


def test_a_figure_is_compared_with_its_target() -> None:
    rate = Figure("import", 25_000.0, "25,000 watches/s", least=20_000, aim="≥ 20,000/s")
    assert row(1_000, SQLITE, rate) == "| 1,000 | sqlite | import | 25,000 watches/s | ≥ 20,000/s | PASS |"
    assert rate._replace(value=19_999.0).verdict == "MISSED"
    assert Figure("memory", 120.1, "120 MB", most=120).verdict == "MISSED"
    assert Figure("memory", 119.0, "119 MB").verdict == ""


@pytest.mark.slow
async def test_every_figure_of_a_small_database_is_measured() -> None:
    found: dict[str, Figure] = {}
    await measure(500, SQLITE, ("ready", "tick"), lambda figure: found.update({figure.name: figure}))
    assert found["import"].value > 100
    assert 40 < found["resident memory, idle"].value < 400
    assert 0 < found["start to ready"].value < 60
    assert 0 < found["tick: poll"].value < 1_000
