"""`python -m watcher` and the `watcher` command."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

from watcher.cli import run_cli
from watcher.cli.printing import discard_output, say


def main() -> None:
    """Run the command line and exit with its code."""
    _repair_streams()
    code = run_cli()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()
    except OSError as error:
        say(f"watcher: The output could not be written: {error.strerror}.", err=True)
        discard_output()
        code = code or 1
    sys.exit(code)


def _repair_streams() -> None:
    """Replace streams that the caller closed, and escape characters that a terminal cannot show."""
    devnull = Path(os.devnull)
    sys.stdout = sys.stdout or devnull.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or devnull.open("w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
