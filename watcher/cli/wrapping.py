"""Text in columns of a terminal: how wide it is, and where it may be broken."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

# A word with the spaces before it. A command in backticks is one word, so that it can be copied in one go.
_WORD = re.compile(r" *(?:[^\s`]*`[^`]{1,60}`[^\s`]*|[^ ]+)")
# A word that is too long for a line is broken after one of these if there is one near the end of the line.
_SEPARATORS = frozenset("/-_.,;:&?=+)")
_WIDEST = 2  # columns of a character


def display_width(text: str) -> int:
    """Return the number of columns that a terminal needs for `text`."""
    if text.isascii():
        return len(text)
    return sum(map(_char_width, text))


def wrap_text(text: str, width: int, *, indent: int = 0, fold: bool = True) -> list[str]:
    """Return `text` as lines of at most `width` columns, broken between words; keep its leading spaces.

    The lines after the first begin with `indent` spaces. `fold`: break also a word that is longer than a
    line. Without it an ASCII word is left whole, so that an address can be copied.
    """
    if display_width(text) <= width:
        return [text]
    indent = min(indent, width // 2)
    lines, line, used = [], "", 0
    for word in _WORD.findall(text):
        size = display_width(word)
        has_room = _may_break_inside(word) and used + len(word) - len(word.lstrip(" ")) + _WIDEST <= width
        if line.strip() and used + size > width and not has_room:
            lines.append(line)
            line, used, word = " " * indent, indent, word.lstrip(" ")  # noqa: PLW2901 - the break replaces them
            size = display_width(word)
        if used + size > width and (fold or _may_break_inside(word)):
            *full, word = _fold(word, width - used, width - indent)  # noqa: PLW2901 - the rest of the word
            for piece in full:
                lines.append(line + piece)
                line, used = " " * indent, indent
            size = display_width(word)
        line += word
        used += size
    return [*lines, line]


def longest_word(text: str) -> int:
    """Return the columns of the widest part of `text` that wrapping would not break."""
    return max((display_width(word) for part in text.split() for word in _unbroken(part)), default=0)


def _unbroken(word: str) -> Iterator[str]:
    """Yield the word, or its characters if it is of a script that is written without spaces."""
    if _may_break_inside(word):
        yield from _clusters(word)
    else:
        yield word


def _may_break_inside(word: str) -> bool:
    """Return whether the word is of a script that is written without spaces."""
    return not word.isascii() and any(_char_width(char) > 1 for char in word)


def _fold(word: str, first: int, others: int) -> list[str]:
    """Return the pieces of a word for a line with `first` columns left and lines of `others` columns."""
    pieces, piece, used, room = [], "", 0, max(first, 1)
    for cluster in _clusters(word):
        size = display_width(cluster)
        while piece and used + size > room:
            kept = _break_near_end(piece) if piece.isascii() else len(piece)
            pieces.append(piece[:kept])
            piece = piece[kept:]
            used, room = display_width(piece), max(others, 1)
        piece += cluster
        used += size
    return [*pieces, piece]


def _break_near_end(piece: str) -> int:
    """Return the length of `piece` up to its last separator; all of it if that is in the first half."""
    for end in range(len(piece), len(piece) // 2, -1):
        if piece[end - 1] in _SEPARATORS:
            return end
    return len(piece)


def _clusters(text: str) -> Iterator[str]:
    """Yield each character with the marks that are drawn over it."""
    cluster = ""
    for char in text:
        if cluster and _char_width(char):
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


def _char_width(char: str) -> int:
    if char.isascii():
        return 1
    if unicodedata.category(char) in ("Mn", "Me", "Cf") or "\u1160" <= char <= "\u11ff":
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1
