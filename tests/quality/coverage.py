"""`make coverage`: which branches the default suite never takes, and whether that is allowed.

What decides whether an alert is right, lost or told twice has none. Elsewhere the gaps are listed. Processes
that tests start (the daemon, the command line as a program) are not measured.
"""

from __future__ import annotations

import json
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

from coverage import Coverage

WHOLE = (
    "watcher/core/*.py",
    "watcher/adapters/outbound/guard.py",
    "watcher/adapters/outbound/stages.py",
    "watcher/adapters/outbound/deadline.py",
    "watcher/adapters/outbound/retry.py",
    "watcher/adapters/outbound/breaker.py",
    "watcher/adapters/outbound/quota.py",
    "watcher/adapters/outbound/bulkhead.py",
    "watcher/adapters/outbound/sample.py",
    "watcher/polling/comps_cache.py",
    "watcher/polling/fetch.py",
    "watcher/polling/single_flight.py",
    "watcher/polling/quota_blocks.py",
    "watcher/delivery/*.py",
    "watcher/db/cache_entries.py",
    "watcher/db/quota_ledger.py",
    "watcher/db/outbox.py",
    "watcher/db/recording.py",
)
"""Where every branch is taken."""


class Gaps(NamedTuple):
    """What was not run of a file: lines, and branches as (from, to); a negative `to` leaves the function."""

    file: str
    percent: float
    lines: list[int]
    branches: list[list[int]]

    @property
    def must_be_whole(self) -> bool:
        """Whether the file may have none."""
        return any(fnmatch(self.file, pattern) for pattern in WHOLE)

    def __str__(self) -> str:
        """A row: the file, its share, the lines, and the branches whose lines were run."""
        apart = [f"{a}->{b if b > 0 else 'exit'}" for a, b in self.branches if b not in self.lines]
        return f"{self.percent:6.1f} %  {self.file:40} {', '.join([*map(str, self.lines), *apart])}"


def gaps_of(report: dict[str, Any]) -> list[Gaps]:
    """The files of coverage's JSON report that have gaps, by name."""
    found = (
        Gaps(
            file,
            measured["summary"]["percent_covered"],
            measured["missing_lines"],
            measured["missing_branches"],
        )
        for file, measured in sorted(report["files"].items())
    )
    return [gaps for gaps in found if gaps.lines or gaps.branches]


def main() -> int:
    """Print the gaps of the last measured run; 1 where there may be none."""
    measured = Coverage()
    measured.load()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "coverage.json"
        measured.json_report(outfile=str(path))
        report = json.loads(path.read_text())
    gaps = gaps_of(report)
    wrong = [g for g in gaps if g.must_be_whole]
    print("Branch coverage of the default suite, and what it does not run:")
    for one in gaps:
        if not one.must_be_whole:
            print(one)
    print(f"{report['totals']['percent_covered']:6.1f} %  of all")
    missing = [p for p in WHOLE if not any(fnmatch(file, p) for file in report["files"])]
    if wrong or missing:
        print("\nThese must be whole and are not:", *wrong, *missing, sep="\n")
    return bool(wrong or missing)


if __name__ == "__main__":
    sys.exit(main())
