"""`make attack`: replay known attacks on a real daemon and print what held.

    python -m tests.attack [NAME …]

Names that contain one of the arguments are replayed; without arguments all are. Exits with 1 if one fails.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from pathlib import Path

from tests.attack.attacks import ATTACKS


def main(names: list[str]) -> int:
    """Replay and print a line each; return the exit code."""
    chosen = {n: a for n, a in ATTACKS.items() if not names or any(part in n for part in names)}
    failed = 0
    for name, attack in chosen.items():
        began = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="watcher-attack-") as home:
            try:
                asyncio.run(attack(Path(home)))
                outcome, why = "held  ", ""
            except Exception as error:  # noqa: BLE001 - every failure is a line of the table
                outcome, why = "FAILED", f"\n        {type(error).__name__}: {error}"
                failed += 1
        sys.stdout.write(f"{outcome} {time.monotonic() - began:5.1f} s  {name.replace('_', ' ')}{why}\n")
        sys.stdout.flush()
    sys.stdout.write(f"{len(chosen) - failed} of {len(chosen)} attacks held\n")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
