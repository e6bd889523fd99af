"""The benchmark of narrowed scans measures what it says."""

from __future__ import annotations

from pathlib import Path

from tests.bench.quota_bands import bands_table, compare
from watcher.core.times import HOUR, Seconds


def test_narrowed_scans_find_more_in_a_large_market(tmp_path: Path) -> None:
    whole, narrowed = compare(tmp_path, 3_000, Seconds(36 * HOUR), seed=1)
    assert whole.chances == narrowed.chances > 100
    assert whole.calls == narrowed.calls == 4
    assert whole.found < narrowed.found < whole.chances


def test_table_pools_all_news_and_all_calls() -> None:
    rare = {"hours": 24.0, "plain": [10, 100, 10], "narrow": [30, 100, 10]}
    often = {"hours": 1.0, "plain": [90, 100, 90], "narrow": [100, 100, 90]}
    text = bands_table([{"size": 300, "rows": [often, rare]}])
    assert "mean of the ratios: 2.06; times as many if nothing were missed: 2.00" in text
    assert text.endswith("all news by all calls: 1.30 times as many, target 1.5: MISSED")
