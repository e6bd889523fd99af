"""Titles of seven and more trades that were labelled before any grammar saw them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.labelled import BLIND, FRESH, SECOND, Row, blind_titles, score
from watcher.core.titles.verdict import title_verdict


@pytest.mark.parametrize(("table", "least"), [(BLIND, 900), (FRESH, 250), (SECOND, 75)])
def test_titles_of_any_trade_are_told_apart_as_somebody_else_labelled_them(table: Path, least: int) -> None:
    judged: list[tuple[Row, bool]] = [
        (row, title_verdict(query, title) is None) for _, query, title, row in blind_titles(table)
    ]
    assert len(judged) > least
    assert score(judged).f1 >= 0.95
