"""A small sample of the benchmark of the visual library, and its report."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.bench import visual
from tests.bench.visual_pictures import photograph, saved
from watcher.core.identification import MAX_LIBRARY_DISTANCE


def test_a_sample_of_products_is_recognised_and_not_confused() -> None:
    result = visual.judge([visual.see_model(model) for model in range(3)])
    assert set(result.found.values()) == {1.0}
    assert (result.pairs, result.confused) == (3, [])
    assert result.same_model[0] > MAX_LIBRARY_DISTANCE


def test_a_photograph_is_the_same_each_time_and_each_shot_another() -> None:
    once, again, other = (saved(photograph(3, shot)) for shot in (0, 0, 1))
    assert once == again
    assert once != other


def test_distances_of_all_pairs_are_the_least_of_any_two_hashes() -> None:
    rows = np.array([[0, 1, 3, 7], [2**64 - 1, 2**63, 15, 31], [255] * 4], np.uint64)
    assert visual.distances(rows).tolist() == [[0, 1, 5], [1, 0, 3], [5, 3, 0]]


GOOD = visual.Result(2, dict.fromkeys(visual.CHANGES, 1.0), 1, 20, [], [12])


def test_every_limit_that_is_missed_is_named() -> None:
    assert visual.misses(GOOD, [1.0, 2.0], 0) == []
    bad = GOOD._replace(
        found=GOOD.found | {"half the size": 0.98}, confused=["a and b (3)"], same_model=[7, 20]
    )
    missed = visual.misses(bad, [6.0], 2)
    assert [line.split(":")[0].split(" ")[0] for line in missed] == ["half", "1", "1", "2", "a"]


def test_the_report_says_what_was_used(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.setattr(visual, "_LOOK_UPS", 20)
    monkeypatch.setattr(visual, "LONGEST_LOOK_UP", 60_000.0)  # on a busy machine, too
    monkeypatch.setattr(visual, "CHANGES", {"JPEG of quality 30": lambda image: saved(image, 30)})
    (tmp_path / "photo.jpg").write_bytes(saved(photograph(1)))
    (tmp_path / "broken.jpg").write_bytes(b"broken")
    (tmp_path / "other.jpg").write_bytes(saved(photograph(2)))
    (tmp_path / "logo.png").write_bytes(b"drawn")
    small = ["--models", "2", "--library", "500", "--photos"]
    assert visual.main(small) == 0
    out = capsys.readouterr().out
    assert "Real photographs: none were used" in out
    assert "1 pairs of different pictures: 0 within 7 bits" in out
    assert "All limits are kept." in out
    assert visual.main([*small, str(tmp_path), "--json"]) == 0
    report = json.loads(capsys.readouterr().out)
    assert (report["rendered"]["pictures"], report["real"]["pictures"], report["missed"]) == (2, 2, [])
