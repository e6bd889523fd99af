"""Titles of many trades that were labelled without knowledge of the grammar."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.labelled import BLIND, FRESH, KINDS, MORE_KINDS, SECOND, Row, blind_titles, score
from watcher.core.titles.verdict import title_verdict


@pytest.mark.parametrize(
    ("table", "least", "f1"),
    [(BLIND, 900, 0.95), (FRESH, 250, 0.95), (SECOND, 75, 0.95), (KINDS, 400, 0.95), (MORE_KINDS, 140, 0.87)],
)
def test_verdicts_agree_with_independent_labels(table: Path, least: int, f1: float) -> None:
    verdicts: list[tuple[Row, bool]] = [
        (row, title_verdict(query, title).reason is None) for _, query, title, row in blind_titles(table)
    ]
    assert len(verdicts) > least
    assert score(verdicts).f1 >= f1
