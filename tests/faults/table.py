"""The fault table as text: its cells in order, and the file that holds it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

from tests.faults.cells import BACKUP_FAULTS, FAULTS, HEADER, Caller, Cell, Outcome, State

TABLE = Path(__file__).with_name("table.txt")
# With a backup, only the kind of eBay's failure and the usability of the cache entry matter.
_FAULTS_WITH_BACKUP = ("hang", "HTML with 200", "400", "401", "429, after 600", "2001", "503")
_LEGEND = (
    "# The answer when eBay fails; `backup` is the state of SerpAPI. All settings are defaults.",
    "# cache: electronics are fresh for 7 days and stale for 30 more; empty answers are fresh for 10 min.",
    "# value: what is shown or judged. code: in brackets, the error behind a stale or a backup answer.",
    "# again in: the wait in the error message; for a poll, when it is due again and the number of the try.",
    "# ebay, serp: calls that the servers counted. An interactive call also asks SerpAPI for sold items.",
    "# took: simulated time. Every random wait is the shortest possible one.",
)
_WITHOUT_BACKUP = [Cell(fault, state, caller) for fault in FAULTS for caller in Caller for state in State]
_WITH_BACKUP = [
    Cell(fault, state, caller, "works")
    for fault in _FAULTS_WITH_BACKUP
    for caller in Caller
    for state in (State.EXPIRED, State.TOO_OLD, State.ABSENT, State.NEGATIVE_EXPIRED)
]
_BOTH_FAIL = [
    Cell(fault, State.ABSENT, caller, backup)
    for backup in BACKUP_FAULTS
    if backup != "works"
    for fault in ("hang", "503")
    for caller in Caller
]
CELLS = (*_WITHOUT_BACKUP, *_WITH_BACKUP, *_BOTH_FAIL)
# The cells of the fast test: every fault, with and without a usable cache entry.
QUICK = (
    *(cell for cell in _WITHOUT_BACKUP if cell.state in (State.EXPIRED, State.ABSENT)),
    *_BOTH_FAIL[:4],
    *_WITH_BACKUP[:8],
)


def format_table(outcomes: Iterable[Outcome]) -> str:
    """Return the complete table."""
    rows = zip(CELLS, outcomes, strict=True)
    lines = [*_LEGEND, "", HEADER]
    for _, group in groupby(rows, key=lambda row: (row[0].backup, row[0].fault)):
        lines += ["", *(outcome.line(cell) for cell, outcome in group)]
    return "\n".join(lines) + "\n"


def read_table() -> Mapping[Cell, str]:
    """Return the line of each cell in the file."""
    _, *lines = (line for line in TABLE.read_text().splitlines() if line and not line.startswith("#"))
    return dict(zip(CELLS, lines, strict=True))
