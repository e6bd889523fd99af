"""`make coverage`: list the branches that the default suite does not run.

The files in `FULLY_COVERED` decide whether an alert is correct, lost or sent twice: a gap there is an error.
Processes that tests start (the daemon, the command line as a program) are not measured.
"""

from __future__ import annotations

import json
import sys
import tempfile
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, NamedTuple

from coverage import Coverage

FULLY_COVERED = (
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
"""Files in which every branch must be run."""


class Gaps(NamedTuple):
    """Lines and branches of a file that were not run; a branch is (from, to), a negative `to` an exit."""

    file: str
    percent: float
    lines: list[int]
    branches: list[list[int]]

    @property
    def must_be_covered(self) -> bool:
        """Whether gaps in this file are an error."""
        return any(fnmatch(self.file, pattern) for pattern in FULLY_COVERED)

    def __str__(self) -> str:
        """Return a row: percentage, file, lines, and branches from lines that were run."""
        branches = [f"{a}->{b if b > 0 else 'exit'}" for a, b in self.branches if b not in self.lines]
        return f"{self.percent:6.1f} %  {self.file:40} {', '.join([*map(str, self.lines), *branches])}"


def gaps_of(report: dict[str, Any]) -> list[Gaps]:
    """Return the files with gaps from coverage's JSON report, sorted by name."""
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
    """Print the gaps of the last measured run; return 1 if a fully covered file has any."""
    measured = Coverage()
    measured.load()
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "coverage.json"
        measured.json_report(outfile=str(path))
        report = json.loads(path.read_text())
    gaps = gaps_of(report)
    wrong = [g for g in gaps if g.must_be_covered]
    print("Branch coverage of the default suite: files with lines or branches that were not run")
    for one in gaps:
        if not one.must_be_covered:
            print(one)
    print(f"{report['totals']['percent_covered']:6.1f} %  in total")
    missing = [p for p in FULLY_COVERED if not any(fnmatch(file, p) for file in report["files"])]
    if wrong or missing:
        print("\nThese must be fully covered and are not:", *wrong, *missing, sep="\n")
    return bool(wrong or missing)


if __name__ == "__main__":
    sys.exit(main())
