"""The index of hashes: what it finds is what a loop finds."""

from __future__ import annotations

from random import Random

import pytest

from watcher.adapters.imaging import index as index_module
from watcher.adapters.imaging.frames import MAX_NEAREST
from watcher.adapters.imaging.index import HashIndex
from watcher.core.identification import PictureMarks, distance

Hashes = tuple[int, int, int, int]


def random_rows(count: int) -> list[tuple[int, Hashes]]:
    dice = Random(7)
    return [(n * 3, tuple(dice.getrandbits(64) for _ in range(4))) for n in range(count)]


def add(index: HashIndex, rows: list[tuple[int, Hashes]]) -> None:
    index.add([row_id for row_id, _ in rows], [value for _, row in rows for value in row])


def test_it_finds_what_a_loop_over_all_rows_finds() -> None:
    rows, asked = random_rows(500), random_rows(501)[-1][1]
    index = HashIndex()
    add(index, rows)
    far = [(row_id, distance(PictureMarks("", asked), PictureMarks("", row))) for row_id, row in rows]
    expected = sorted((row for row in far if row[1] <= 20), key=lambda row: (row[1], -row[0]))
    assert expected
    assert index.nearest(asked, 20) == expected[:MAX_NEAREST]


def test_hashes_with_the_highest_bit_survive() -> None:
    index = HashIndex()
    add(index, [(-5, (2**64 - 1, 2**63, 0, 1))])
    assert index.nearest((2**63 + 1, 2**64 - 1, 2**64 - 1, 2**64 - 1), 1) == [(-5, 0)]
    assert index.nearest((0x00FF00FF00FF00FF,) * 4, 8) == []


def test_a_row_is_replaced_and_dropped_by_its_id() -> None:
    rows = random_rows(3)
    index = HashIndex()
    add(index, rows)
    add(index, [(3, rows[0][1])])
    assert index.nearest(rows[0][1], 0) == [(3, 0), (0, 0)]
    assert index.nearest(rows[1][1], 8) == []
    index.drop([0, 99])
    assert index.nearest(rows[0][1], 0) == [(3, 0)]
    assert len(index) == 2


def test_beyond_the_bound_the_oldest_rows_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_module, "MAX_INDEXED", 3)
    rows = random_rows(5)
    index = HashIndex()
    add(index, rows[::-1])
    assert [bool(index.nearest(row, 0)) for _, row in rows] == [False, False, True, True, True]
