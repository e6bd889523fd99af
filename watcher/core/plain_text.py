"""Cleaning of text that strangers wrote: titles of listings, and what users type as labels and names.

A character is judged by its Unicode category, so that the list of characters needs no upkeep.
"""

from __future__ import annotations

import html
import re
import unicodedata

# Cc: control characters. Zl, Zp: line and paragraph separators. All of them end or move a line.
_BREAKS = frozenset(("Cc", "Zl", "Zp"))
# Code points that draw nothing although their category is that of letters, marks or symbols: fillers, and
# selectors of variants. Whole words can be hidden in them.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8\ufffe\uffff"
    "\U0001fffe\U0001ffff\U000e0000-\U000e0fff]"
)
_MARKS = frozenset(("Mn", "Me"))
_NOT_ASCII = re.compile(r"[^ -~]")
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_REPLACEMENT = "\ufffd"
_JOINER, _EMOJI_STYLE, _KEYCAP = "\u200d", "\ufe0f", "\u20e3"
_CUT = "…"
# More marks than this on one letter are drawn over the neighbouring lines.
_MAX_MARKS = 3
# Combining marks of Latin, Greek and Cyrillic letters and of symbols.
_COMMON_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
# Printable text without blanks and stacked marks is clean.
_SUSPECT = re.compile(f"{_BLANK.pattern}|{_COMMON_MARKS}{{{_MAX_MARKS + 1}}}")
# Characters read for each one that may be kept: what is removed does not use up the room.
_READ_AHEAD = 4


def clean_text(text: str, max_length: int) -> str:
    """Return `text` as one line of visible characters, at most `max_length` long; a longer one ends with `…`.

    Line breaks become spaces, lone surrogates `\ufffd`. Characters that draw nothing or change the direction
    of the text are removed, except inside an emoji.
    """
    if len(text) > max_length * _READ_AHEAD:
        text = text[: max_length * _READ_AHEAD] + _CUT
    text = " ".join(remove_invisible(text).split())
    return text if len(text) <= max_length else text[: max_length - 1].rstrip() + _CUT


def unescape_entities(text: str) -> str:
    """Return `text` with its HTML entities replaced, also those that were escaped twice.

    Only an entity that ends with a semicolon counts: "R&D" and "A&not B" stay as they are.
    """
    for _ in range(2):
        if "&" not in text:
            break
        text = _ENTITY.sub(lambda found: html.unescape(found[0]), text)
    return text


def is_visible(text: str) -> bool:
    """Return whether a reader sees anything of `text`: a letter, digit, punctuation mark or symbol."""
    return any(unicodedata.category(char)[0] in "LNPS" for char in _BLANK.sub("", text))


def remove_invisible(text: str) -> str:
    """Return `text` without invisible characters and line breaks; its spaces stay as they are."""
    if text.isprintable() and (text.isascii() or not _SUSPECT.search(text)):
        return text
    return _NOT_ASCII.sub(_replacement, text)


def _replacement(found: re.Match[str]) -> str:
    """Return what replaces a character that is not printable ASCII."""
    char, text, place = found[0], found.string, found.start()
    category = unicodedata.category(char)
    if category in _BREAKS:
        return " "
    if category == "Cs":
        return _REPLACEMENT
    if category == "Cf" or _BLANK.match(char):
        is_drawn = _is_part_of_emoji(char, text[place - 1 : place], text[place + 1 : place + 2])
        return char if is_drawn else ""
    if category in _MARKS:
        before = text[max(0, place - _MAX_MARKS) : place]
        is_stacked = len(before) == _MAX_MARKS and all(unicodedata.category(c) in _MARKS for c in before)
        return "" if is_stacked else char
    return char


def _is_part_of_emoji(char: str, before: str, after: str) -> bool:
    """Return whether an invisible character only chooses or joins the pictures beside it."""
    if char == _EMOJI_STYLE:
        return _is_picture(before) or after == _KEYCAP
    return char == _JOINER and (_is_picture(before) or before == _EMOJI_STYLE) and _is_picture(after)


def _is_picture(char: str) -> bool:
    # So: pictures. Sk: skin tones. Sm: a few arrows.
    return char not in ("", "\u2800") and unicodedata.category(char) in ("So", "Sk", "Sm")
