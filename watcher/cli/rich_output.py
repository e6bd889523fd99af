"""What shows that a command is at work. Imported late or for long work, because `rich` is expensive."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from watcher.cli.printing import say

_LINE_SECONDS = 10.0  # between lines that stand in for the bar


def spinner(message: str) -> AbstractContextManager[object]:
    """Return a context that shows `message` on stderr while it lasts."""
    return Console(stderr=True).status(message)


@contextmanager
def progress_bar(message: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on stderr; yield the function that reports the number of steps done.

    Without a terminal it is a line now and then.
    """
    if not sys.stderr.isatty():
        with _progress_lines(message, total) as advance:
            yield advance
        return
    columns = [TextColumn("{task.description}"), BarColumn()]
    shown = [*columns, MofNCompleteColumn()] if total else columns
    with Progress(*shown, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(message, total=total)
        yield lambda done: bar.update(task, completed=done)


@contextmanager
def _progress_lines(message: str, total: int | None) -> Iterator[Callable[[int], None]]:
    steps, ended = [0], threading.Event()

    def report() -> None:
        while not ended.wait(_LINE_SECONDS):
            say(f"{message}: {steps[0]:,} of {total:,}" if total else f"{message} …", err=True)

    reporter = threading.Thread(target=report, name="progress", daemon=True)
    reporter.start()
    try:
        yield lambda done: steps.__setitem__(0, done)
    finally:
        ended.set()
        reporter.join()
