"""Titles of many trades that were labelled without knowledge of the grammar."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.labelled import BLIND, FRESH, KINDS, SECOND, Row, blind_titles, score
from watcher.core.titles.verdict import title_verdict


@pytest.mark.parametrize(("table", "least"), [(BLIND, 900), (FRESH, 250), (SECOND, 75), (KINDS, 400)])
def test_verdicts_agree_with_independent_labels(table: Path, least: int) -> None:
    verdicts: list[tuple[Row, bool]] = [
        (row, title_verdict(query, title) is None) for _, query, title, row in blind_titles(table)
    ]
    assert len(verdicts) > least
    assert score(verdicts).f1 >= 0.95
