"""Tables that fit a terminal: no column is lost, and none is narrower than its header."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest
from typing import NamedTuple

from watcher.cli.wrapping import display_width, longest_word, wrap_text

_GAP = 2  # spaces between columns
# How little a column may have, the most comfortable first: a column up to `unwrapped` is never wrapped, words
# up to `word` are never broken, and a text gets `text` columns if it needs them.
_COMFORT = ((20, 40, 24), (16, 30, 20), (12, 24, 16), (10, 20, 12), (8, 16, 10), (6, 12, 10))

TableRows = Sequence[Sequence[str]]


class _Column(NamedTuple):
    """What a column needs: the longest word of its header and of its cells, and its longest line."""

    header: int
    word: int
    line: int
    is_number: bool


def draw_table(
    columns: Sequence[str], rows: TableRows, right_aligned: Sequence[bool], *, width: int, rule: str
) -> list[str]:
    """Return the lines of a table of at most `width` columns; the first is the header.

    A cell may have several lines. `rule`: the character of the line below the header. Where the columns do
    not fit, each row is a block with a line per column.
    """
    needs = [
        _need(name, cells, is_number=is_right)
        for name, cells, is_right in zip(columns, zip(*rows, strict=True), right_aligned, strict=True)
    ]
    widths = _column_widths(needs, width - _GAP * (len(columns) - 1))
    if not widths:
        return _blocks(columns, rows, width)
    lines = _row_lines(columns, widths, right_aligned)
    lines.append(rule * (sum(widths) + _GAP * (len(widths) - 1)))
    for row in rows:
        lines += _row_lines(row, widths, right_aligned)
    return lines


def plain_lines(columns: Sequence[str], rows: TableRows, right_aligned: Sequence[bool]) -> list[str]:
    """Return a table with one line per row, as wide as it is."""
    table = [tuple(columns), *([cell.replace("\n", " ") for cell in row] for row in rows)]
    widths = [max(map(display_width, column)) for column in zip(*table, strict=True)]
    return [_join(row, widths, right_aligned) for row in table]


def _need(name: str, cells: Sequence[str], *, is_number: bool) -> _Column:
    lines = [line for cell in cells for line in cell.split("\n")]
    return _Column(
        longest_word(name),
        max(map(longest_word, lines)),
        max(display_width(name), *map(display_width, lines)),
        is_number,
    )


def _column_widths(needs: Sequence[_Column], room: int) -> list[int]:
    """Return the columns' widths, which together fill at most `room`; none if that is too little."""
    natural = [need.line for need in needs]
    if sum(natural) <= room:
        return natural
    for unwrapped, word, text in _COMFORT:
        widths = [_least(need, unwrapped, word, text) for need in needs]
        if sum(widths) <= room:
            break
    else:
        return []
    for _ in range(room - sum(widths)):
        # The next column of space goes to the text that is wrapped most.
        tallest = max(range(len(widths)), key=lambda i: natural[i] / max(widths[i], 1))
        if natural[tallest] <= widths[tallest]:
            break
        widths[tallest] += 1
    return widths


def _least(need: _Column, unwrapped: int, word: int, text: int) -> int:
    if need.line <= unwrapped or need.is_number:
        return need.line
    return max(need.header, min(need.word, word), min(need.line, text))


def _row_lines(row: Sequence[str], widths: Sequence[int], right_aligned: Sequence[bool]) -> list[str]:
    wrapped = [_wrap_cell(cell, width) for cell, width in zip(row, widths, strict=True)]
    return [_join(parts, widths, right_aligned) for parts in zip_longest(*wrapped, fillvalue="")]


def _wrap_cell(cell: str, width: int) -> list[str]:
    return [line for text in cell.split("\n") for line in wrap_text(text, width)]


def _join(cells: Sequence[str], widths: Sequence[int], right_aligned: Sequence[bool]) -> str:
    parts = []
    for cell, width, is_right in zip(cells, widths, right_aligned, strict=True):
        padding = " " * (width - display_width(cell))
        parts.append(padding + cell if is_right else cell + padding)
    return (" " * _GAP).join(parts).rstrip()


def _blocks(columns: Sequence[str], rows: TableRows, width: int) -> list[str]:
    """Return a line per cell, with the column's name before it, and an empty line between rows."""
    label = max(map(display_width, columns)) + _GAP
    lines: list[str] = []
    for row in rows:
        if lines:
            lines.append("")
        for name, cell in zip(columns, row, strict=True):
            first = name + " " * (label - display_width(name))
            for text in cell.split("\n"):
                lines += [line.rstrip() for line in wrap_text(first + text, max(width, 1), indent=label)]
                first = " " * label
    return lines
