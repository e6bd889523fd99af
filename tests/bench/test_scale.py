"""What many watches cost is measured with a real daemon."""

from __future__ import annotations

import pytest

from tests.bench.scale import Figure, figure_of_day, figures_of_week, import_watches, measure, row
from tests.bench.scale_places import SQLITE, market_process, place
from tests.bench.scale_week import Day, days_of


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


def test_a_week_states_how_flat_memory_is_and_what_a_day_adds() -> None:
    mega = 1_000_000
    days = [Day(n, (150 + 10 * n) * mega, n * mega, 4_500 * n, 1_000, n, 9.0 * n) for n in range(8)]
    grown, per_day = figures_of_week(days)
    assert (grown.text, grown.verdict) == ("+29.4%", "MISSED")
    assert per_day.text == "+1.0 MB, 1,000 bytes per search polled, 222 per poll so far"
    assert (
        "4,500 polls of 1,000 searches, 1 alerts, database +1.0 MB, 2.0 ms"
        in figure_of_day(*days[2:0:-1]).text
    )
    flat = [day._replace(memory=200 * mega) for day in days]
    assert figures_of_week(flat)[0].verdict == "PASS"


@pytest.mark.slow
async def test_a_simulated_day_polls_and_is_measured() -> None:
    async with market_process() as market:
        with place(SQLITE, market) as at:
            await import_watches(at, 300)
            before, day = [day async for day in days_of(at, days=1, calls=60)]
    assert 50 <= day.polls <= 60
    assert 0 < day.polled <= 30
    assert day.size > before.size
    assert 40e6 < day.memory < 400e6
