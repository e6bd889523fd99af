"""`make faults`: measure the result of each fault now and print the table."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.faults.cells import measure_cells
from tests.faults.table import CELLS, TABLE, format_table
from watcher.db.migrate import upgrade_schema


def main() -> int:
    """Return 1 if the result differs from the table in the repository."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        upgrade_schema(f"sqlite:///{home}/empty.db")
        table = format_table(measure_cells(CELLS, home, home / "empty.db"))
    print(table, end="")
    same = table == TABLE.read_text()
    seconds = time.monotonic() - started
    print(
        f"\n{len(CELLS)} cells in {seconds:.1f} s; {'equal to' if same else 'DIFFERENT FROM'} {TABLE.name}.",
        file=sys.stderr,
    )
    return 0 if same else 1


if __name__ == "__main__":
    sys.exit(main())
