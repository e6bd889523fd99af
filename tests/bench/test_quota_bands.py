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


def test_table_says_whether_the_ratio_is_met() -> None:
    row = {"size": 300, "hours": 1.0, "plain": 0.5, "narrow": 0.7}
    shares = {"ratio": 1.4, "plainShare": 0.2, "narrowShare": 0.3}
    assert bands_table({"rows": [row | shares], "ratio": 1.4}).endswith("1.40, target 1.5: MISSED")
