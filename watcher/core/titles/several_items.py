"""Find more than one item in a title: a multiple of it, or another item beside it."""

from __future__ import annotations

from itertools import pairwise

from watcher.core.titles import vocabulary as vocab
from watcher.core.titles.matching import MatchPosition
from watcher.core.titles.parsed_title import ParsedTitle
from watcher.core.titles.query import ParsedQuery, is_year

_MIN_MODEL_DIGITS = 3  # of a number that names a model
_MAX_WORDS_AFTER_PLUS = 5  # that may name another item
_MAX_WORDS_AFTER_FROM = 3  # of which one belongs to the item's name
_SPELLED_COUNTS = ("two", "three", "four", "five", "six")
_MIN_CATALOGUE_DIGITS = 5
_LETTER_AND_NUMBER = 2  # pieces of a model such as "R5"
_CONJUNCTIONS = frozenset(("and", "or"))
_QUANTITIES = frozenset(map(str, range(2, 51)))


def several_sold(query: ParsedQuery, title: ParsedTitle, position: MatchPosition) -> str:
    """Return the words that mark more than one item; empty if there are none."""
    compared = "" if position.problem else _other_models(query, title)
    return (
        _multiple_of_item(query, title, position)
        or _counted_first(query, title)
        or compared
        or _another_number(query, title, position)
        or _another_item(query, title, position)
        or _another_of_set(query, title)
    )


def _counted_first(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return a spelled number before the name: "Two Kestrel X1"; not that of a name, "Two Towers"."""
    first = title.words[0] if title.words else ""
    counts = first in _SPELLED_COUNTS and first not in query.named and title.words[1:2] != ()
    return f"{first} {title.words[1]}" if counts and title.words[1] in query.named else ""


def _another_number(query: ParsedQuery, title: ParsedTitle, position: MatchPosition) -> str:
    """Return another catalogue number as long as ours beside it: "10497 and Cruiser 40580"."""
    words = title.words
    if title.word_set.isdisjoint(_CONJUNCTIONS):
        return ""
    for model in query.models:
        number = model.pieces[-1]
        if not number.isdecimal() or number not in title.word_set:
            continue
        ours = words.index(number)
        identifies = len(number) >= _MIN_CATALOGUE_DIGITS and not position.problem
        for i, word in enumerate(words):
            if word == number or len(word) != len(number) or not word.isdecimal():
                continue
            between = words[min(i, ours) + 1 : max(i, ours)]
            if not _CONJUNCTIONS.isdisjoint(between) and (
                identifies or (len(model.pieces) == 1 and _is_beside(title, number, i, between))
            ):
                return f"{number}, {word}"
    return ""


def _is_beside(title: ParsedTitle, number: str, i: int, between: tuple[str, ...]) -> bool:
    """Return whether the number at `i` follows or precedes a short number closely, and neither is a year."""
    return (
        len(number) > _MIN_MODEL_DIGITS
        and not (is_year(number) or is_year(title.words[i]))
        and title.gaps[i] == " "
        and len(between) <= _MAX_WORDS_AFTER_PLUS
        and "and" in between
    )


def _another_of_set(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return another card of the same set beside ours: "114/098" beside "130/098"."""
    for model in query.models:
        if not model.of_set:
            continue
        number, total = model.pieces[:2]
        for i, word in enumerate(title.words):
            if word == total and i and title.gaps[i] == "/" and title.words[i - 1] != number:
                return f"{title.words[i - 1]}/{total}" if number in title.word_set else ""
    return ""


def _multiple_of_item(query: ParsedQuery, title: ParsedTitle, position: MatchPosition) -> str:
    """Return a multiple of the item: "4x Model 5", "Model 5 x2"; but not "PCIe x16", "3x fans", "2x16GB"."""
    if "x" not in title.word_set:
        return ""
    # The "x" of a model does not multiply: "X-T4", "5x3".
    named = {pair for model in query.models for pair in pairwise(model.pieces)} if "x" in query.named else ()
    lettered = any(first == "x" for first, _ in named)  # "X7" is another model than "X6"
    words, gaps = title.words, title.gaps
    for i, word in enumerate(words):
        if word != "x" or words[i : i + 2] in named or (i and words[i - 1 : i + 1] in named):
            continue
        before, after = words[i - 1] if i else "", words[i + 1] if i + 1 < len(words) else ""
        if before in _QUANTITIES and gaps[i] in ("", " "):
            ours = after in query.named - title.measures and (
                words[i - 2] in vocab.QUANTITY_OPENERS or gaps[i - 1].strip()
            )
            if ours or (i == 1 and after.isalpha()):
                return f"{before}x"
        elif after in _QUANTITIES and gaps[i + 1] in ("", " ") and gaps[i] and not lettered:
            measured = before in vocab.BUSES or before.replace(".", "").isdigit()
            set_off = "(" in gaps[i] or (i + 2 == len(words) and before in query.named)
            after_name = before in query.named and not gaps[i + 1] and not before.isdigit()
            if i == position.end or ((set_off or after_name) and not measured):
                return f"x{after}"
    return ""


def _another_item(query: ParsedQuery, title: ParsedTitle, position: MatchPosition) -> str:
    """Return another item with its own model next to ours: "Model 5 + X670E board"."""
    words, gaps = title.words, title.gaps
    if "and" not in title.word_set:
        return ""
    for i in range(1, len(words) - 1):
        if "+" not in gaps[i] or " " not in gaps[i]:
            continue
        ours = i > position.first
        others = range(i + 1, min(len(words), i + 1 + _MAX_WORDS_AFTER_PLUS)) if ours else range(i)
        for j in others:
            names_model = len(words[j]) >= _MIN_MODEL_DIGITS or "#" in gaps[j]
            if words[j].isdigit() and names_model and words[j] not in query.named:
                return f"{words[j - 1]}{gaps[j]}{words[j]}"
    return ""


def _another_lettered(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return another model with our letter after an "and": "R5 and Maker R6"."""
    words = title.words
    for model in query.models:
        if len(model.pieces) != _LETTER_AND_NUMBER or model.paired or len(model.pieces[0]) > 1:
            continue
        letter, number = model.pieces
        for i in range(1, len(words)):
            ours = words[i - 1] != letter or words[i] == number or title.gaps[i] not in ("", "-")
            if ours or not words[i].isdecimal():
                continue
            joined = [w for w in words[max(0, i - 1 - _MAX_WORDS_AFTER_FROM) : i - 1] if w not in query.named]
            if joined[-1:] and joined[-1] in _CONJUNCTIONS and number in words[:i]:
                return f"{letter}{number}, {letter}{words[i]}"
    return ""


def _other_models(query: ParsedQuery, title: ParsedTitle) -> str:
    """Return another model of the same line next to ours: "RX 7600 and RX 9070"."""
    words = title.words
    if not _CONJUNCTIONS.isdisjoint(title.word_set) and (other := _another_lettered(query, title)):
        return other
    for line, model in query.lines:
        number = model.pieces[-1]
        if number not in title.word_set or line not in title.word_set:
            continue
        for i, (word, other) in enumerate(pairwise(words)):
            if word != line or other == number or not other.isdecimal() or is_year(other):
                continue
            after = words[i + 2] if i + 2 < len(words) else ""
            if after and (title.gaps[i + 2] == "-" or (not title.gaps[i + 2] and after in vocab.UNITS)):
                continue  # "7-in-1", "GWS18V"
            cut_off = title.truncated and i + 2 == len(words) and number.startswith(other)
            if abs(len(other) - len(number)) <= len(number) // 3 and not cut_off:
                return f"{line} {number}, {line} {other}"
    return ""
