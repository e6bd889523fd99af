"""Sentences and tables for people, plain lines for a pipe, JSON for a program."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import click

from watcher.core.times import in_words

# Titles come from strangers, so characters that move a cursor, start a line or change the direction of the
# text are escaped.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_MAX_DRAWN_ROWS = 1_000  # drawing a larger table takes longer than reading it
_PIPE_COLUMNS = 10_000


def printable(text: object) -> str:
    """Return `text` as one line, with every character escaped that a terminal would obey."""
    return _CONTROL.sub(lambda m: m[0].encode("unicode_escape").decode(), str(text))


def say(text: str, *, err: bool = False) -> None:
    """Print one line for a person."""
    click.echo(printable(text), err=err)


def print_warnings(warnings: Iterable[str]) -> None:
    """Print each warning as a note on stderr."""
    for warning in warnings:
        say(f"Note: {warning}", err=True)


def print_json(value: Any) -> None:
    """Print one JSON value, indented, on stdout."""
    ascii_only = (sys.stdout.encoding or "utf-8").lower().replace("-", "") != "utf8"
    click.echo(json.dumps(value, ensure_ascii=ascii_only, indent=2))


def print_outcome(value: Any, sentence: str, *, as_json: bool) -> None:
    """Print a JSON value for a program, or a sentence for a person."""
    if as_json:
        print_json(value)
    else:
        say(sentence)


def coloured(text: str, colour: str) -> str:
    """Return `text` in a colour if stdout is a terminal that shows one and NO_COLOR is not set."""
    plain = not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain else click.style(text, fg=colour)


def interval_words(seconds: float) -> str:
    """Return a cadence as it follows "every": `minute`, `2 h 5 min`."""
    words = in_words(seconds)
    return {"1 s": "second", "1 min": "minute", "1 h": "hour", "1 d": "day"}.get(words, words)


def print_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], right: str = ""
) -> None:
    """Print a table; `right` names the right-aligned columns; a tuple is a cell of several lines.

    In a pipe each row is one line, its columns two spaces apart, and nothing is cut or wrapped.
    """
    cells = [[_cell_text(cell) for cell in row] for row in rows]
    aligned = [name in right.split() for name in columns]
    if sys.stdout.isatty() and 0 < len(cells) <= _MAX_DRAWN_ROWS:
        from watcher.cli.rich_output import draw_table  # noqa: PLC0415 - rich is only for terminals

        draw_table(title, columns, cells, aligned, width=terminal_width())
    else:
        _write_lines(title, columns, cells, aligned)


def print_first_rows(
    title: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[object]],
    right: str = "",
    *,
    limit: int,
    omitted: int = 0,
) -> None:
    """Print a table of the first `limit` rows, if there are any, and the number of all others.

    `omitted` rows are not among `rows`.
    """
    if rows:
        print_table(title, columns, rows[:limit], right)
    if (more := len(rows) + omitted - limit) > 0:
        say(f"… and {more} more: --json has them all.")


@contextmanager
def waiting(message: str) -> Iterator[None]:
    """Show `message` on a terminal while something takes time."""
    if not sys.stderr.isatty():
        yield
        return
    from watcher.cli.rich_output import spinner  # noqa: PLC0415 - rich is only for terminals

    with spinner(message):
        yield


def discard_output() -> None:
    """Send the rest of stdout nowhere: its reader has closed the pipe, and that is not a failure."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def terminal_width() -> int:
    """Return the width of the terminal in columns; a pipe is wide enough for anything."""
    return shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else _PIPE_COLUMNS


def _cell_text(cell: object) -> str:
    if isinstance(cell, tuple):
        return "\n".join(map(printable, cell))
    return "" if cell is None else printable(cell)


def _write_lines(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], right_aligned: Sequence[bool]
) -> None:
    table = [list(columns), *rows]
    widths = [max(map(_display_width, column)) for column in zip(*table, strict=True)]
    lines = [title] if title else []
    for row in table:
        cells = []
        for cell, width, is_right in zip(row, widths, right_aligned, strict=True):
            padding = " " * (width - _display_width(cell))
            cells.append(padding + cell if is_right else cell + padding)
        lines.append("  ".join(cells).rstrip())
    click.echo("\n".join(lines))


def _display_width(text: str) -> int:
    if text.isascii():
        return len(text)
    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))
