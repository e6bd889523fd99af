"""Titles of ten and more trades that were labelled before any grammar saw them."""

from __future__ import annotations

from tests.labelled import Row, blind_titles, score
from watcher.core.titles import judge_title


def test_titles_of_any_trade_are_told_apart_as_somebody_else_labelled_them() -> None:
    judged: list[tuple[Row, bool]] = [
        (row, judge_title(query, title) is None) for _, query, title, row in blind_titles()
    ]
    assert len(judged) > 900
    assert score(judged).f1 >= 0.95
