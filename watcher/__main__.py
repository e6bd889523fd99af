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
    _open_missing_descriptors()
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
    try:
        sys.stderr.flush()
    except OSError:  # the work is done; Python would end with 120 because of what it cannot write
        discard_output(sys.stderr)
    sys.exit(code)


def _open_missing_descriptors() -> None:
    """Open the standard descriptors that the caller closed, or files and sockets would take their numbers.

    What is written to stderr would then go into a database, and libuv ends the process.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)  # the lowest free number
            if opened != number:  # pragma: no cover - the numbers below are open
                os.dup2(opened, number)


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
