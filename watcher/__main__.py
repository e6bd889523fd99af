"""`python -m watcher` and the `watcher` command."""

from __future__ import annotations

import io
import sys

from watcher.cli import run_cli
from watcher.cli.printing import leave_the_pipe


def main() -> None:
    """Run the command line and exit with its code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what a terminal cannot show is written out
    code = run_cli()
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        leave_the_pipe()
    except OSError as error:
        sys.stderr.write(f"watcher: The output could not be written: {error.strerror}.\n")
        leave_the_pipe()
        code = code or 1
    sys.exit(code)


if __name__ == "__main__":
    main()
