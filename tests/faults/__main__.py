"""`make faults`: measure the result of each fault now, and print all tables."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.faults.cells import measure_cells
from tests.faults.details import DETAILS_TABLE, details_table
from tests.faults.payments import PAYMENT_TABLE, payment_table
from tests.faults.readings import READING_TABLE, reading_table
from tests.faults.scans import SCAN_TABLE, scan_table
from tests.faults.table import CELLS, TABLE, format_table
from tests.faults.vision import VISION_TABLE, vision_table
from watcher.db.migrate import upgrade_schema


def main() -> int:
    """Return 1 if a result differs from its table in the repository."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        home = Path(directory)
        upgrade_schema(f"sqlite:///{home}/empty.db")
        tables = {
            TABLE: format_table(measure_cells(CELLS, home / "ebay", home / "empty.db")),
            VISION_TABLE: vision_table(home / "openai", home / "empty.db"),
            READING_TABLE: reading_table(home / "readings", home / "empty.db"),
            PAYMENT_TABLE: payment_table(home / "payments", home / "empty.db"),
            SCAN_TABLE: scan_table(home / "scans", home / "empty.db"),
            DETAILS_TABLE: details_table(home / "details", home / "empty.db"),
        }
    print("\n".join(tables.values()), end="")
    print(f"\n{time.monotonic() - started:.1f} s", file=sys.stderr)
    changed = [file.name for file, table in tables.items() if table != file.read_text()]
    for file in tables:
        print(f"{'DIFFERENT FROM' if file.name in changed else 'equal to'} {file.name}", file=sys.stderr)
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
