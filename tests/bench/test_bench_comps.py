"""The benchmark of comps: its baselines, and that it runs without recorded searches."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench import calibration, comps, readers, selection_sets
from tests.labelled import Row
from watcher.core.listing import Listing
from watcher.core.money import Money


def listing(item_id: str, title: str, cents: int) -> Listing:
    return Listing(item_id, title, Money(cents, "USD"), Money(0, "USD"), 3000)


MARKET = [
    *(listing(str(i), "Acme 900 16GB", 10_000 + i) for i in range(9)),
    listing("lot", "Lot of 3 Acme 900", 30_000),
    listing("fan", "Fan for Acme 900", 500),
    listing("other", "Something else", 10_000),
]


def test_the_baselines_use_prices_or_words_only() -> None:
    genuine = {str(i) for i in range(9)}
    assert comps.naive("acme 900", MARKET) == {x.item_id for x in MARKET}
    assert comps.trimmed("acme 900", MARKET) == genuine | {"other"}
    assert comps.overlapping("acme 900", MARKET) == genuine | {"lot"}
    assert comps.ours("acme 900", MARKET) == genuine
    assert comps.trimmed("acme 900", []) == comps.overlapping("acme 900", []) == set()


def test_intervals_hold_the_share_and_shrink_with_more_rows() -> None:
    few, many = calibration.Share(9, 10), calibration.Share(900, 1_000)
    assert few.value == many.value == 0.9
    low, high = few.interval
    assert 0.55 < low < many.interval[0] < 0.9 < many.interval[1] < high < 1
    assert calibration.Share(0, 0).interval == (0.0, 1.0)


def test_titles_count_by_confidence_and_label() -> None:
    titles = [("acme 900", "Acme 900 16GB", Row("match", ambiguous=False))] * 3
    titles += [("acme 900", "Lot of 3 Acme 900", Row("lot", ambiguous=False))]
    judged = calibration.judge_titles(titles)
    found = calibration.calibrate(judged)
    assert (found.coverage, found.sure) == ((3, 3), (3, 3))
    assert selection_sets.score_of(judged) == (3, 0, 0)


def test_a_reader_is_asked_about_what_is_not_sure_and_counted_in_tokens() -> None:
    rows = {x.item_id: Row("match", ambiguous=False) for x in MARKET[:9]}
    rows |= {x.item_id: Row("other", ambiguous=False) for x in MARKET[9:]}
    cheap = listing("cheap", "Acme 900 16GB", 4_000)
    rows["cheap"] = Row("other", ambiguous=False)
    read = readers.read_search(readers.LabelledSearch("acme 900", [*MARKET, cheap], rows))
    assert "cheap" in read.asked
    assert not read.asked & {str(n) for n in range(9)}
    assert [j.kept for j in read.informed].count(True) == 9
    assert 400 < read.tokens(read.asked) < 1_000
    assert read.tokens(frozenset()) == 0


def test_missing_recordings_are_reported_and_the_rest_is_measured(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    for module, name in ((comps, "EBAY"), (calibration, "EBAY"), (selection_sets, "DETAILS")):
        monkeypatch.setattr(module, name, tmp_path / "nothing")
    for module in (calibration, selection_sets):
        monkeypatch.setattr(module, "LANGUAGES", ("nl",))
    comps.main(["--rounds", "1"])
    out = capsys.readouterr().out
    assert "The recorded searches are missing" in out
    assert "all  " in out
    assert "a new title" in out
    comps.main(["--rounds", "1", "--json"])
    assert set(json.loads(capsys.readouterr().out)) == {
        *("searches", "trades", "sets", "confidence", "reader", "speed")
    }
