"""Output that only a terminal gets. Imported only for one, because `rich` is expensive."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table
from rich.text import Text

# From this width on, cells up to the length of an instant are never wrapped.
_ROOMY_COLUMNS, _UNWRAPPED_CHARACTERS = 80, 20


def draw_table(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    right_aligned: Sequence[bool],
    *,
    width: int,
) -> None:
    """Draw a table with at least one row on stdout; `width` is the terminal's."""
    table = Table(
        title=title or None, title_justify="left", header_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    for name, is_number, cells in zip(columns, right_aligned, zip(*rows, strict=True), strict=True):
        is_short = width >= _ROOMY_COLUMNS and max(map(len, cells)) <= _UNWRAPPED_CHARACTERS
        table.add_column(
            name,
            justify="right" if is_number else "left",
            no_wrap=is_number or is_short,
            overflow="fold",
            vertical="top",
        )
    for row in rows:
        table.add_row(*map(Text, row))  # Text, not markup: a title may contain square brackets
    Console(file=sys.stdout).print(table)


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
