"""Find a word of a query in a title, in any spelling that sellers use."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from watcher.core.titles import vocabulary as vocab
from watcher.core.titles.parsed_title import NOUNS, ParsedTitle
from watcher.core.titles.query import ParsedQuery, QueryWord

_DOUBLED = re.compile(r"(.)\1")
_SHORT_WORD = 3  # letters of a word that may be initials; only longer ones are misspelled or split
_MIN_DOUBLED = 6  # letters of a word with a doubled letter too few or too many
_MIN_MISTYPED = 7  # letters of a word that may have one wrong letter
_NO_INITIALS = vocab.SUFFIXES | vocab.NUMERALS
_SIZE_LETTERS = {"small": "s", "medium": "m", "large": "l"}


def find_word(word: QueryWord, query: ParsedQuery, title: ParsedTitle) -> int:
    """Return the first position of a word that is not denied; -1 if there is none."""
    words = title.words
    present = word.spellings & title.word_set
    if not present:
        if len(word.text) <= _SHORT_WORD:
            return _find_initials(word.text, words)
        if letter := _SIZE_LETTERS.get(word.text):
            return _find_size(letter, words)
        position = _find_split_word(word.text, words)
        return position if position >= 0 else _find_misspelled(word.text, words)
    denied = title.word_set & vocab.DENIALS - query.named
    if len(present) == 1 and not denied and not title.compared and word.text not in NOUNS:
        return words.index(next(iter(present)))
    # A query for a controller is not for a console with one, unless it says so.
    is_part = word.text in NOUNS
    is_companion = is_part and _is_companion(word.text, query.asked)
    for i, other in enumerate(words):
        if other not in present or i in title.compared or (denied and i and words[i - 1] in denied):
            continue
        if not is_part or (not _is_withheld(i, words) if is_companion else i in title.nouns):
            return i
    return -1


def _is_companion(word: str, asked: Sequence[str]) -> bool:
    """Return whether a query asks for a word as what comes with its item: "drill with battery"."""
    return "with" in asked and word in asked[asked.index("with") :]


def _is_withheld(i: int, words: Sequence[str]) -> bool:
    """Return whether a title says that a part does not come with its item: "no charger or battery"."""
    return words[i + 1 : i + 2] == ("not",) or not vocab.DENIALS.isdisjoint(words[max(0, i - 3) : i])


def _find_split_word(text: str, words: tuple[str, ...]) -> int:
    """Return the position where two words form one: "game boy"."""
    initial = text[0]
    for i, (a, b) in enumerate(pairwise(words)):
        if a[0] == initial and a + b == text:
            return i
    return -1


def _find_misspelled(text: str, words: tuple[str, ...]) -> int:
    """Return the position of a long word with a doubled letter too few or too many: "millenium"."""
    if len(text) < _MIN_DOUBLED:
        return -1
    initial, n = text[0], len(text)
    for i, word in enumerate(words):
        alike = word[0] == initial and -1 <= len(word) - n <= 1
        if alike and (_DOUBLED.sub(r"\1", word) == _DOUBLED.sub(r"\1", text) or _is_mistyped(text, word)):
            return i
    return -1


def _is_mistyped(text: str, word: str) -> bool:
    """Return whether a long word differs by one letter or by two transposed ones: "refactor"."""
    if min(len(text), len(word)) < _MIN_MISTYPED:
        return False
    i = next((i for i, (a, b) in enumerate(zip(text, word, strict=False)) if a != b), len(word))
    a, b = text[i:], word[i:]
    if len(text) != len(word):
        return a[1:] == b or a == b[1:]
    return a[1:] == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _find_initials(text: str, words: tuple[str, ...]) -> int:
    """Return the last position of words that the query abbreviates: "complete in box" for "cib"."""
    n = len(text)
    if n == 1 or not text.isalpha() or text in _NO_INITIALS:
        return -1
    starts = "".join(word[0] if len(word) > 1 else " " for word in words)
    position = starts.find(text)
    return position + n - 1 if position >= 0 else -1


def _find_size(letter: str, words: tuple[str, ...]) -> int:
    """Return the position of a letter for a size: "size M", or at the end."""
    last = len(words) - 1
    return next(
        (i for i, w in enumerate(words) if w == letter and (i == last or words[i - 1] in vocab.SIZE_SIGNS)),
        -1,
    )
