"""Every fault, whatever is kept and whoever asks: what comes back is what the table says, cell by cell."""

from __future__ import annotations

import logging
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.faults.cells import Cell, State, Who, all_outcomes
from tests.faults.table import CELLS, QUICK, TABLE, kept, written


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Thousands of failures are logged as they should be; capturing them takes as long as making them."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def measured(cells: Sequence[Cell], home: Path, empty: Path) -> dict[Cell, str]:
    outcomes = all_outcomes(cells, home, empty)
    return {cell: outcome.line(cell) for cell, outcome in zip(cells, outcomes, strict=True)}


def test_every_fault_leads_to_what_the_table_says(tmp_path: Path, empty_database: Path) -> None:
    table = kept()
    assert measured(QUICK, tmp_path, empty_database) == {cell: table[cell] for cell in QUICK}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_cell_of_the_fault_table_is_as_it_says(tmp_path: Path, empty_database: Path) -> None:
    assert written(all_outcomes(CELLS, tmp_path, empty_database)) == TABLE.read_text()


@pytest.mark.parametrize("fault", ["endless body", "gzip bomb"])
def test_a_body_without_end_takes_no_more_than_twenty_megabytes(
    fault: str, tmp_path: Path, empty_database: Path
) -> None:
    tracemalloc.start()
    try:
        list(all_outcomes([Cell(fault, State.ABSENT, Who.POLL)], tmp_path, empty_database))
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        list(all_outcomes([Cell(fault, State.ABSENT, Who.PERSON)], tmp_path / "again", empty_database))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - before < 20_000_000
