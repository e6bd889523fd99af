"""What the page of an import shows."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice

from watcher.core.plurals import count_of, plural_of
from watcher.watches.importing import Doubts
from watcher.watches.registry import Import

_MOST_ROWS = 100  # of each list; a file may have thousands


@dataclass(frozen=True, slots=True)
class ReportedRow:
    """A row, and sentences about it."""

    place: str
    said: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import would do or why it did nothing; `more_*` count the rows that are not listed.

    `is_limit`: the caller's plan does not allow all of its rows.
    """

    headline: str
    hint: str
    good: tuple[ReportedRow, ...]
    more_good: int
    bad: tuple[ReportedRow, ...]
    more_bad: int
    is_limit: bool


@dataclass(frozen=True, slots=True)
class ImportForm:
    """The form as it was sent: the rows, whether bad ones are left out, and what is wrong as a whole.

    `is_limit`: the caller's plan does not allow it.
    """

    rows: str = ""
    keep_going: bool = False
    error: str = ""
    is_limit: bool = False


def report_of(read: Import, doubts: Doubts, *, is_refused: bool) -> ImportReport:
    """Return what the page says about the rows of an import that was checked or refused."""
    good, bad = len(read.watches), len(read.bad)
    said = f"{count_of(good, 'watch')} {plural_of(good, 'is', 'are')} ready to import"
    wrong = f"{count_of(bad, 'row')} {plural_of(bad, 'is', 'are')} bad"
    hint = ""
    if is_refused:
        hint = "Nothing was imported. Mend the bad rows"
        hint += ", or choose to leave them out." if good else "."
    found = zip(read.names, read.watches, [*doubts] or [()] * good, strict=True)
    return ImportReport(
        f"{said}, {wrong}." if bad else f"{said}.",
        hint,
        tuple(
            ReportedRow(place, (f"{watch.name}: {watch.rule}", *warnings))
            for place, watch, warnings in islice(found, _MOST_ROWS)
        ),
        max(0, good - _MOST_ROWS),
        tuple(ReportedRow(read.name_of(b.line), (b.why,)) for b in read.bad[:_MOST_ROWS]),
        max(0, bad - _MOST_ROWS),
        any(row.is_beyond_plan for row in read.bad),
    )
