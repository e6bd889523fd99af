"""Output that only a terminal gets. Imported only for one, because `rich` is expensive."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn


def spinner(message: str) -> AbstractContextManager[object]:
    """Return a context that shows `message` on stderr while it lasts."""
    return Console(stderr=True).status(message)


@contextmanager
def progress_bar(message: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar on a terminal; yield the function that reports the number of steps done."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    columns = [TextColumn("{task.description}"), BarColumn()]
    shown = [*columns, MofNCompleteColumn()] if total else columns
    with Progress(*shown, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(message, total=total)
        yield lambda done: bar.update(task, completed=done)
