"""Sentences and tables for people, plain lines for a pipe, JSON for a program."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Sequence
from typing import Any

import click

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")

# Titles come from strangers: what would move a cursor, start a line or turn the reading is written out.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
# Drawing a larger table takes longer than reading it would.
_MOST_DRAWN = 1_000
# Where there is some room, cells up to this length (an instant has 20 characters) are not broken.
_ROOMY, _UNBROKEN = 80, 20


def printable(text: object) -> str:
    """`text` in one line, and nothing in it that a terminal would obey."""
    return _CONTROL.sub(lambda m: m[0].encode("unicode_escape").decode(), str(text))


def say(text: str, *, err: bool = False) -> None:
    """One line for a person."""
    click.echo(printable(text), err=err)


def print_json(value: Any) -> None:
    """One JSON value, readable, on stdout."""
    ascii_only = (sys.stdout.encoding or "utf-8").lower().replace("-", "") != "utf8"
    click.echo(json.dumps(value, ensure_ascii=ascii_only, indent=2))


def coloured(text: str, colour: str) -> str:
    """`text` in a colour where a terminal shows one and nobody said NO_COLOR."""
    plain = not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return text if plain else click.style(text, fg=colour)


def print_table(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], right: str = ""
) -> None:
    """A table; `right` names the columns of numbers, separated by spaces; a tuple is a cell of several lines.

    Into a pipe: one line a row, columns two spaces apart, nothing cut or wrapped.
    """
    cells = [[_text(cell) for cell in row] for row in rows]
    numbers = set(right.split())
    aligned = [name in numbers for name in columns]
    if sys.stdout.isatty() and 0 < len(cells) <= _MOST_DRAWN:
        _draw(title, columns, cells, aligned)
    else:
        _write(title, columns, cells, aligned)


def leave_the_pipe() -> None:
    """Write to nowhere what is still to be written: the reader has gone, and that is no failure."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _text(cell: object) -> str:
    if isinstance(cell, tuple):
        return "\n".join(map(printable, cell))
    return "" if cell is None else printable(cell)


def width_of_terminal() -> int:
    """Columns of the terminal that reads; a pipe has room for all."""
    import shutil  # noqa: PLC0415 - only where it prints

    return shutil.get_terminal_size((80, 24)).columns if sys.stdout.isatty() else 10_000


def _draw(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], aligned: Sequence[bool]) -> None:
    from rich.box import SIMPLE_HEAD  # noqa: PLC0415 - loaded only where it draws
    from rich.console import Console  # noqa: PLC0415 - loaded only where it draws
    from rich.table import Table  # noqa: PLC0415 - loaded only where it draws
    from rich.text import Text  # noqa: PLC0415 - loaded only where it draws

    table = Table(
        title=title or None, title_justify="left", header_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    room = width_of_terminal() >= _ROOMY
    for name, is_number, column in zip(columns, aligned, zip(*rows, strict=True), strict=True):
        short = room and max(map(len, column)) <= _UNBROKEN
        table.add_column(
            name,
            justify="right" if is_number else "left",
            no_wrap=is_number or short,
            overflow="fold",
            vertical="top",
        )
    for row in rows:
        table.add_row(*map(Text, row))  # Text, not markup: a title may hold square brackets
    Console(file=sys.stdout).print(table)


def _write(
    title: str, columns: Sequence[str], rows: Sequence[Sequence[str]], aligned: Sequence[bool]
) -> None:
    every = [list(columns), *rows]
    widths = [max(map(_width, column)) for column in zip(*every, strict=True)]
    lines = [title] if title else []
    for row in every:
        cells = (
            _padded(cell, width, right=is_number)
            for cell, width, is_number in zip(row, widths, aligned, strict=True)
        )
        lines.append("  ".join(cells).rstrip())
    click.echo("\n".join(lines))


def _padded(cell: str, width: int, *, right: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if right else cell + space


def _width(text: str) -> int:
    """Columns of a terminal that `text` takes."""
    if text.isascii():
        return len(text)
    import unicodedata  # noqa: PLC0415 - only for text that needs it

    wide = sum(unicodedata.east_asian_width(c) in "WF" for c in text)
    return len(text) + wide - sum(map(bool, map(unicodedata.combining, text)))
