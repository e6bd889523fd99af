"""Sentences and tables for people, plain lines for a pipe, JSON for a program."""

from __future__ import annotations

import json
import os
import shutil
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import IO, Any

import click

from watcher.cli.tables import draw_table, plain_lines
from watcher.cli.wrapping import display_width, wrap_text
from watcher.core.plain_text import remove_invisible
from watcher.core.times import from_iso, in_words, in_zone, replace_instants

# Characters that a terminal obeys, that cannot be seen, or that change the direction of the text. JSON
# keeps them, escaped.
_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp", "Cs"})
UTC_ASKED = "watcher.utc"  # in the meta data of click's context
_DEFAULT_COLUMNS = 80
_MAX_DRAWN_ROWS = 1_000  # drawing a larger table takes longer than reading it
_PIPE_COLUMNS = 10_000


def printable(text: object) -> str:
    """Return `text` as one line, without the characters that a terminal would obey or not show."""
    line = str(text)
    return line if line.isascii() and line.isprintable() else remove_invisible(line)


def say(text: str, *, err: bool = False, indent: int = 0) -> None:
    """Print one line for a person; on a terminal it is wrapped, and the other lines get the indent."""
    _write(printable(text), err=err, indent=indent)


def say_marked(mark: str, colour: str, name: str, text: str) -> None:
    """Print a coloured mark, a name and a sentence as one line; the sentence is wrapped beside them."""
    start, sentence = f"{mark}  {name}  ", printable(text)
    if sys.stdout.isatty():
        lines = wrap_text(f"{start}{sentence}", terminal_width(), indent=display_width(start), fold=False)
        sentence = "\n".join(lines)[len(start) :]
    click.echo(f"{coloured(mark, colour)}{start[len(mark) :]}{sentence}")


def say_coloured(text: str, colour: str) -> None:
    """Print one line in a colour."""
    click.echo(coloured("\n".join(_lines_for(printable(text), sys.stdout, 0)), colour))


def _write(line: str, *, err: bool = False, indent: int = 0) -> None:
    stream = sys.stderr if err else sys.stdout
    text = "\n".join(_lines_for(line, stream, indent))
    if not err:
        click.echo(text)
        return
    with suppress(OSError):  # a note that cannot be written does not prevent the work
        click.echo(text, err=True)


def _lines_for(line: str, stream: IO[str], indent: int) -> list[str]:
    if not stream.isatty():
        return [line]
    own = len(line) - len(line.lstrip(" "))
    return wrap_text(line, terminal_width(stream), indent=indent or own, fold=False)


def print_warnings(warnings: Iterable[str]) -> None:
    """Print each warning as a note on stderr."""
    for warning in warnings:
        say(f"Note: {warning}", err=True)


def print_json(value: Any) -> None:
    """Print one JSON value, indented, on stdout."""
    print_json_text(json.dumps(value, ensure_ascii=False, indent=2))


def print_json_text(text: str) -> None:
    """Print a JSON text with every character escaped that a terminal would obey or not show."""
    click.echo(_escape_json(text, ascii_only=not _is_utf8()))


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


def in_utc() -> bool:
    """Return whether the command was called with --utc."""
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(UTC_ASKED))


def time_words(at: object, *, seconds: bool = False) -> str:
    """Return a time in the local zone, or with --utc in UTC; `at` may be the ISO text of a JSON value."""
    instant = at if isinstance(at, float | int) else from_iso(at)
    if instant is None:
        return ""
    try:
        moment = datetime.fromtimestamp(instant, UTC)
        return in_zone(moment if in_utc() else moment.astimezone(), seconds=seconds)
    except (OverflowError, ValueError, OSError):  # a time outside the calendar's range
        return "at an unknown time"


def with_times(sentence: str) -> str:
    """Return a sentence with its ISO times written as `time_words` does."""
    return replace_instants(sentence, lambda at: time_words(at, seconds=True))


def interval_words(seconds: float | None) -> str | None:
    """Return a cadence as it follows "every": `minute`, `2 h 5 min`; None without one."""
    if seconds is None:
        return None
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
    lines = [title] if title else []
    if sys.stdout.isatty() and 0 < len(cells) <= _MAX_DRAWN_ROWS:
        rule = "─" if _is_utf8() else "-"
        lines += draw_table(columns, cells, aligned, width=terminal_width(), rule=rule)
    else:
        lines += plain_lines(columns, cells, aligned)
    click.echo("\n".join(lines))


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


def discard_output(stream: IO[str] | None = None) -> None:
    """Send the rest of a stream, by default stdout, nowhere: what cannot be written must not fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), (stream or sys.stdout).fileno())


def terminal_width(stream: IO[str] | None = None) -> int:
    """Return the width of the terminal in columns; a pipe is wide enough for anything."""
    stream = stream or sys.stdout
    if not stream.isatty():
        return _PIPE_COLUMNS
    size = shutil.get_terminal_size((0, 24)).columns
    if not size:  # stdout is piped, this stream is a terminal
        with suppress(OSError, ValueError):
            size = os.get_terminal_size(stream.fileno()).columns
    return size or _DEFAULT_COLUMNS


def _is_utf8() -> bool:
    return (sys.stdout.encoding or "utf-8").lower().replace("-", "") == "utf8"


def _escape_json(text: str, *, ascii_only: bool) -> str:
    """Escape unsafe characters of a JSON text; outside of its strings there are none but line ends."""

    def escaped(char: str) -> str:
        is_unsafe = unicodedata.category(char) in _UNSAFE_CATEGORIES or (ascii_only and not char.isascii())
        return json.dumps(char)[1:-1] if is_unsafe else char

    def is_safe(line: str) -> bool:
        return line.isprintable() and (line.isascii() or not ascii_only)

    lines = text.split("\n")
    return "\n".join(line if is_safe(line) else "".join(map(escaped, line)) for line in lines)


def _cell_text(cell: object) -> str:
    if isinstance(cell, tuple):
        return "\n".join(map(printable, cell))
    return "" if cell is None else printable(cell)
