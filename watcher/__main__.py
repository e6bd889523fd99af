"""`python -m watcher` and the `watcher` command."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

from watcher.cli import run_cli
from watcher.cli.printing import leave_the_pipe, say


def main() -> None:
    """Run the command line and exit with its code."""
    _open_streams()
    code = run_cli()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        leave_the_pipe()
    except OSError as error:
        say(f"watcher: The output could not be written: {error.strerror}.", err=True)
        leave_the_pipe()
        code = code or 1
    sys.exit(code)


def _open_streams() -> None:
    """Write out what a terminal cannot show; into nowhere where a caller has closed a stream."""
    nowhere = Path(os.devnull)
    sys.stdout = sys.stdout or nowhere.open("w", encoding="utf-8")
    sys.stderr = sys.stderr or nowhere.open("w", encoding="utf-8")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


if __name__ == "__main__":
    main()
