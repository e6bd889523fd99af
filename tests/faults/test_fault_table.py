"""Every fault gives the answer in the table, for each state of the cache, interactively and for polls."""

from __future__ import annotations

import logging
import tracemalloc
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.faults.cells import Caller, Cell, State, measure_cells
from tests.faults.details import DETAILS_TABLE, QUICK_DETAILS, details_table, measure_details
from tests.faults.payments import PAYMENT_TABLE, TYPICAL_PAYMENTS, measure_payments, payment_table
from tests.faults.readings import READING_TABLE, TYPICAL_READINGS, measure_readings, reading_table
from tests.faults.scans import QUICK_SCANS, SCAN_TABLE, measure_scans, scan_table
from tests.faults.table import CELLS, QUICK, TABLE, format_table, read_table
from tests.faults.vision import TYPICAL, VISION_TABLE, measure_vision, vision_table


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    """Disable logging: capturing thousands of log lines takes as long as producing them."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


def measure_lines(cells: Sequence[Cell], home: Path, empty: Path) -> dict[Cell, str]:
    outcomes = measure_cells(cells, home, empty)
    return {cell: outcome.line(cell) for cell, outcome in zip(cells, outcomes, strict=True)}


def test_every_fault_gives_the_answer_in_the_table(tmp_path: Path, empty_database: Path) -> None:
    table = read_table()
    assert measure_lines(QUICK, tmp_path, empty_database) == {cell: table[cell] for cell in QUICK}


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_cell_of_the_fault_table_is_reproduced(tmp_path: Path, empty_database: Path) -> None:
    assert format_table(measure_cells(CELLS, tmp_path, empty_database)) == TABLE.read_text()


def test_typical_faults_of_openai_give_the_answers_in_the_table(tmp_path: Path, empty_database: Path) -> None:
    lines = VISION_TABLE.read_text().splitlines()
    for name, outcome in zip(TYPICAL, measure_vision(TYPICAL, tmp_path, empty_database), strict=True):
        assert outcome.line(name) in lines


@pytest.mark.slow
def test_every_line_of_the_vision_fault_table_is_reproduced(tmp_path: Path, empty_database: Path) -> None:
    assert vision_table(tmp_path / "openai", empty_database) == VISION_TABLE.read_text()


def test_typical_faults_of_the_reader_give_the_outcome_in_the_table(
    tmp_path: Path, empty_database: Path
) -> None:
    lines = READING_TABLE.read_text().splitlines()
    measured = measure_readings(TYPICAL_READINGS, tmp_path, empty_database)
    for name, outcome in zip(TYPICAL_READINGS, measured, strict=True):
        assert outcome.line(name) in lines


@pytest.mark.slow
def test_every_line_of_the_reading_fault_table_is_reproduced(tmp_path: Path, empty_database: Path) -> None:
    assert reading_table(tmp_path / "readings", empty_database) == READING_TABLE.read_text()


def test_a_scan_while_openai_fails_gives_the_answer_in_the_table(
    tmp_path: Path, empty_database: Path
) -> None:
    lines = SCAN_TABLE.read_text().splitlines()
    for line in measure_scans(QUICK_SCANS, tmp_path, empty_database):
        assert line in lines


@pytest.mark.slow
def test_every_line_of_the_scan_fault_table_is_reproduced(tmp_path: Path, empty_database: Path) -> None:
    assert scan_table(tmp_path / "scans", empty_database) == SCAN_TABLE.read_text()


def test_a_poll_while_items_cannot_be_read_decides_as_in_the_table(
    tmp_path: Path, empty_database: Path
) -> None:
    lines = DETAILS_TABLE.read_text().splitlines()
    outcomes = measure_details(QUICK_DETAILS, tmp_path, empty_database)
    for fault, outcome in zip(QUICK_DETAILS, outcomes, strict=True):
        assert outcome.line(fault) in lines


@pytest.mark.slow
def test_every_line_of_the_details_fault_table_is_reproduced(tmp_path: Path, empty_database: Path) -> None:
    assert details_table(tmp_path / "details", empty_database) == DETAILS_TABLE.read_text()


def test_a_payment_while_stripe_fails_ends_as_in_the_table(tmp_path: Path, empty_database: Path) -> None:
    lines = PAYMENT_TABLE.read_text().splitlines()
    measured = measure_payments(TYPICAL_PAYMENTS, tmp_path, empty_database)
    for name, outcome in zip(TYPICAL_PAYMENTS, measured, strict=True):
        assert outcome.line(name) in lines


@pytest.mark.slow
def test_every_line_of_the_payment_fault_table_is_reproduced(tmp_path: Path, empty_database: Path) -> None:
    assert payment_table(tmp_path / "payments", empty_database) == PAYMENT_TABLE.read_text()


@pytest.mark.parametrize("fault", ["endless body", "gzip bomb"])
def test_an_endless_body_takes_at_most_twenty_megabytes(
    fault: str, tmp_path: Path, empty_database: Path
) -> None:
    tracemalloc.start()
    try:
        list(measure_cells([Cell(fault, State.ABSENT, Caller.POLL)], tmp_path, empty_database))
        before = tracemalloc.get_traced_memory()[0]
        tracemalloc.reset_peak()
        list(measure_cells([Cell(fault, State.ABSENT, Caller.PERSON)], tmp_path / "again", empty_database))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak - before < 20_000_000
