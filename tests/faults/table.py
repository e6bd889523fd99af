"""The fault table as text: which cells it has, in which order, and where it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

from tests.faults.cells import BACKUP_FAULTS, FAULTS, HEADER, Cell, Outcome, State, Who

TABLE = Path(__file__).with_name("table.txt")
# With a backup what matters is whether anything usable is kept, and what kind of failure eBay's is.
_TELLING = ("hang", "HTML with 200", "400", "401", "429, after 600", "2001", "503")
_LEGEND = (
    "# What comes back when eBay fails and, where `backup` says so, SerpAPI too. All settings are defaults.",
    "# cache: electronics are fresh for 7 days and stale for 30 more, `nothing found` for 10 minutes.",
    "# value: what is shown or judged. code: in brackets, why it is an old answer or the backup's.",
    "# again in: what a person is told; when a poll is due again, and which of its 5 retries that is.",
    "# ebay, serp: calls by the markets' own logs. A person's question also asks SerpAPI for sales.",
    "# took: seconds of simulated time. The dice always show the shortest wait.",
)
_ALONE = [Cell(fault, state, who) for fault in FAULTS for who in Who for state in State]
_BACKED = [
    Cell(fault, state, who, "works")
    for fault in _TELLING
    for who in Who
    for state in (State.EXPIRED, State.TOO_OLD, State.ABSENT, State.NEGATIVE_EXPIRED)
]
_BOTH = [
    Cell(fault, State.ABSENT, who, backup)
    for backup in BACKUP_FAULTS
    if backup != "works"
    for fault in ("hang", "503")
    for who in Who
]
CELLS = (*_ALONE, *_BACKED, *_BOTH)
# What a quick look looks at: every fault, with and without something usable.
QUICK = (*(cell for cell in _ALONE if cell.state in (State.EXPIRED, State.ABSENT)), *_BOTH[:4], *_BACKED[:8])


def written(outcomes: Iterable[Outcome]) -> str:
    """The whole table as it would stand in the file."""
    rows = zip(CELLS, outcomes, strict=True)
    lines = [*_LEGEND, "", HEADER]
    for _, group in groupby(rows, key=lambda row: (row[0].backup, row[0].fault)):
        lines += ["", *(outcome.line(cell) for cell, outcome in group)]
    return "\n".join(lines) + "\n"


def kept() -> Mapping[Cell, str]:
    """The line of each cell in the file."""
    _, *lines = (line for line in TABLE.read_text().splitlines() if line and not line.startswith("#"))
    return dict(zip(CELLS, lines, strict=True))
