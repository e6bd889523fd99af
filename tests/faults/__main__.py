"""Prints what each fault leads to, measured now: `make faults`."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.faults.cells import all_outcomes
from tests.faults.table import CELLS, TABLE, written
from watcher.db.migrate import bring_up


def main() -> int:
    """Exit code 1 where it differs from the table in the repository."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        bring_up(f"sqlite:///{home}/empty.db")
        table = written(all_outcomes(CELLS, home, home / "empty.db"))
    print(table, end="")
    same = table == TABLE.read_text()
    seconds = time.monotonic() - began
    print(
        f"\n{len(CELLS)} cells in {seconds:.1f} s; {'as' if same else 'NOT as'} {TABLE.name} says.",
        file=sys.stderr,
    )
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
