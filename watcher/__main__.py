"""`python -m watcher` and the `watcher` command."""

from __future__ import annotations

import sys

from watcher.cli import run_cli


def main() -> None:
    """Run the command line and exit with its code."""
    try:
        code = run_cli()
        sys.stdout.flush()
    except KeyboardInterrupt:
        code = 130
    except BrokenPipeError:  # the reader of a pipe has gone; nothing is left to say
        sys.stderr.close()
        code = 1
    sys.exit(code)


if __name__ == "__main__":
    main()
