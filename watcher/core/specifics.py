"""Item specifics: what a seller filled in beside the title, such as storage capacity or grade.

They answer what a title leaves open. What the title says wins, because sellers choose specifics from lists in
a hurry; a specific counts only where the title is silent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from watcher.core.titles import vocabulary as vocab


class Specifics(NamedTuple):
    """The item specifics of one listing: pairs of name and value, as the market sends them."""

    pairs: tuple[tuple[str, str], ...] = ()


class Standing(StrEnum):
    """What specifics say about being the item of a query."""

    CONFIRMED = "confirmed"
    CONTRADICTED = "contradicted"
    SILENT = "silent"


class SpecificsCheck(NamedTuple):
    """The result of comparing specifics with a query.

    `words`: the words of the query that they confirm, without signs between letters and digits. `name` and
    `value`: the pair that contradicts the query, which says `asked`.
    """

    standing: Standing
    words: frozenset[str] = frozenset()
    name: str = ""
    value: str = ""
    asked: str = ""

    def answers(self, phrase: str) -> bool:
        """Return whether every word of `phrase` is confirmed."""
        return squeezed(phrase) in self.words or all(squeezed(w) in self.words for w in phrase.split())


_SILENT = SpecificsCheck(Standing.SILENT)
_CACHED_CHECKS = 4096  # entries
_MAX_PAIRS, _MAX_VALUE = 60, 65  # pairs, characters; a longer value is a description
_MAX_GRAM = 4  # words that may be written as one
_MAX_BARE_NUMBER = 3  # digits of a number that may count anything
_MIN_CODE = 5  # characters of a code that identifies one item

_VAGUE = re.compile(
    r"(?:does not apply|not appl\w+|n/?a|no aplica|nicht zutreffend|see (?:description|title|photos?|pics?)"
    r"|unknown|other|none|various|multiple|mixed|assorted|unbranded|generic|not specified|-+|\?+|\.+|/)\W*"
)
# A comma or a slash between words offers a choice; within a code or a number a slash belongs to it.
_CHOICE = re.compile(
    r"\s*[,;|]\s*(?!\d{3}\b)|\s+(?:or|oder|ou|/)\s+|(?<=[a-z]{3})/(?=[a-z]{3})", re.IGNORECASE
)
_COMBINED = re.compile(r"\s*\+\s*(?=\S)")
_SPLIT = re.compile(r"[^\w./-]+")
_MEASURE = re.compile(r"(\d+(?:\.\d+)?)([a-z]{1,5}|[\"″])")
_YEAR = re.compile(r"(?:18|19|20)\d\d")
_NOT_ABOUT_THE_ITEM = re.compile(
    r"\b(?:includ|bundle|compatib|accessor|feature|suitable|packag|compar)", re.IGNORECASE
)
_NUMBERED = re.compile(
    r"\b(?:grade|size|year|number(?! of)|volume|issue|generation|season|edition|version|model"
    r"|vintage|released?)\b",
    re.IGNORECASE,
)
_QUANTITY = re.compile(r"\b(?:capacity|storage|(?:screen|display|case) size|length|volume|wattage|voltage)\b")
_MADE_FOR = re.compile(r"for (?!parts)")
_YES, _NO = frozenset(("yes", "ja", "oui", "si", "sí", "tak")), frozenset(("no", "nein", "non", "nee", "nie"))
_LANGUAGES = vocab.words(
    "chinese dutch english french german italian japanese korean polish portuguese russian spanish thai"
)
_CODE_NAMES = re.compile(r"\b(?:mpn|part number|model|reference|style code|item number|set number|isbn)\b")


class _Asked(NamedTuple):
    """A query or a title as it is compared: its words, and every run of words written as one."""

    words: tuple[str, ...]
    runs: frozenset[str]


@lru_cache(maxsize=_CACHED_CHECKS)
def check_specifics(query: str, title: str, specifics: Specifics) -> SpecificsCheck:
    """Return whether `specifics` confirm or contradict what `query` names and `title` leaves open."""
    asked, said = _words_of(_plain_query(query)), _words_of(title)
    pairs = [
        (name, value)
        for name, value in specifics.pairs[:_MAX_PAIRS]
        if name and len(value) <= _MAX_VALUE and not _VAGUE.fullmatch(value.casefold().strip())
    ]
    confirmed: set[str] = set()
    contradiction: tuple[str, str, str] | None = None
    for name, value in pairs:
        if not _NOT_ABOUT_THE_ITEM.search(name) and len(_choices(value)) == 1:
            confirmed.update(_confirmed(asked, name, value))
    for name, value in pairs:
        word = _contradicted(asked, said, confirmed, name, value)
        if word and (contradiction is None or (name, value, word) < contradiction):
            contradiction = name, value, word
    if contradiction:
        return SpecificsCheck(Standing.CONTRADICTED, frozenset(confirmed), *contradiction)
    return SpecificsCheck(Standing.CONFIRMED, frozenset(confirmed)) if confirmed else _SILENT


def squeezed(text: str) -> str:
    """Return the letters and digits of `text`, in lower case without accents: "Wi-Fi" is "wifi"."""
    folded = text if text.isascii() else unicodedata.normalize("NFKD", text)
    return "".join(c for c in folded.casefold() if c.isalnum())


def _plain_query(query: str) -> str:
    """Return the query without what it excludes and without alternatives, of which one may be wrong."""
    kept = re.sub(r"\([^()]*,[^()]*\)", " ", query)
    return " ".join(w for w in kept.split() if not (w[0] == "-" and len(w) > 1))


@lru_cache(maxsize=_CACHED_CHECKS)
def _words_of(text: str) -> _Asked:
    words = tuple(w for part in _SPLIT.split(text) if (w := squeezed(part)))
    runs = {"".join(words[i : i + n]) for n in range(1, _MAX_GRAM + 1) for i in range(len(words) - n + 1)} | {
        squeezed(p) for part in _SPLIT.split(text) for p in part.split("-")
    }
    return _Asked(words, frozenset(runs))


def _choices(value: str) -> list[str]:
    return [part for part in _CHOICE.split(value) if part.strip()]


def _confirmed(asked: _Asked, name: str, value: str) -> Iterator[str]:
    """Yield the words of the query that a pair with a single value confirms."""
    plain = squeezed(value)
    if plain in _YES:
        yield from (w for w in map(squeezed, name.split()) if w in asked.words and not w.isdigit())
        return
    if plain in _NO or _COMBINED.search(value):
        return
    theirs = _words_of(value)
    whole = plain.isdigit() and not (_NUMBERED.search(name) or len(plain) > _MAX_BARE_NUMBER)
    for n in range(1, _MAX_GRAM + 1):
        for i in range(len(asked.words) - n + 1):
            run = asked.words[i : i + n]
            together = "".join(run)
            if together not in theirs.runs or whole:
                continue
            # A bare number or letter is confirmed as the whole value, or with the word beside it.
            if (len(together) > 1 and not together.isdigit()) or n > 1 or together == plain:
                yield together
                yield from run


def _contradicted(asked: _Asked, said: _Asked, confirmed: set[str], name: str, value: str) -> str:
    """Return the word of the query that a pair contradicts; empty if it contradicts none."""
    lowered = name.casefold()
    if lowered.startswith(("compatible", "fits")):
        return _item_it_is_made_for(asked, value)
    if _NOT_ABOUT_THE_ITEM.search(name) or len(_choices(value)) != 1:
        return ""
    if word := _combined_with_more(asked, confirmed, value):
        return word
    plain = squeezed(value)
    for check in (_denied, _of_another_kind, _of_another_code, _of_another_measure):
        if (word := check(asked, lowered, value)) and word not in confirmed and word not in said.runs:
            return word if plain != word else ""
    return _another_variant(asked, said, lowered, value)


def _item_it_is_made_for(asked: _Asked, value: str) -> str:
    """Return the item for which an accessory is made: "For Apple iPad mini 4"."""
    if not _MADE_FOR.match(value.casefold()):
        return ""
    theirs = _words_of(value)
    named = [w for w in asked.words if w in theirs.words]
    return " ".join(named) if len(named) > 1 and any(c.isdigit() for w in named for c in w) else ""


def _combined_with_more(asked: _Asked, confirmed: set[str], value: str) -> str:
    """Return the word that a value names together with something else: "WiFi" for "Wi-Fi + 4G"."""
    parts = [squeezed(part) for part in _COMBINED.split(value)]
    if len(parts) == 1 or all(part in asked.runs for part in parts):
        return ""
    return next((p for p in parts if p in asked.words and p not in confirmed and p not in vocab.COLOURS), "")


def _denied(asked: _Asked, name: str, value: str) -> str:
    """Return the word that is denied by name: "Sealed: No"."""
    return name if squeezed(value) in _NO and name in asked.words else ""


def _of_another_kind(asked: _Asked, name: str, value: str) -> str:
    """Return the year, colour, language, grader or grade of the query, if the value is another one."""
    theirs = _words_of(value).words
    if "year" in name:
        years = [w for w in theirs if _YEAR.fullmatch(w)]
        return next((w for w in asked.words if _YEAR.fullmatch(w) and years and w not in years), "")
    if "color" in name or "colour" in name:
        kinds = vocab.COLOURS
    elif "language" in name:
        kinds = _LANGUAGES
    elif "grader" in name:
        kinds = vocab.GRADES
    elif "grade" in name.split():
        grades = zip(asked.words, asked.words[1:], strict=False)
        asked_grade = next((n for grader, n in grades if grader in vocab.GRADES and n.isdigit()), "")
        return asked_grade if squeezed(value).isdigit() and asked_grade != squeezed(value) else ""
    else:
        return ""
    if kinds.isdisjoint(theirs) or (not kinds.isdisjoint(asked.words) and kinds & {*theirs} & {*asked.words}):
        return ""
    return next((w for w in asked.words if w in kinds), "")


def _of_another_code(asked: _Asked, name: str, value: str) -> str:
    """Return the code of the query, if the value is another one of the same shape."""
    if not _CODE_NAMES.search(name):
        return ""
    plain = squeezed(value)
    shape = _shape(plain)
    codes = (w for w in asked.words if len(w) >= _MIN_CODE and any(map(str.isdigit, w)))
    return next((w for w in codes if w != plain and _shape(w) == shape and not _MEASURE.fullmatch(w)), "")


def _of_another_measure(asked: _Asked, name: str, value: str) -> str:
    """Return the only measure of its unit in the query, if the value is another one."""
    theirs = _MEASURE.fullmatch(squeezed(value)) if _QUANTITY.search(name) else None
    if theirs is None:
        return ""
    ours = {w for w in asked.runs if (m := _MEASURE.fullmatch(w)) and m[2] == theirs[2]}
    return ours.pop() if len(ours) == 1 and theirs[0] not in ours else ""


def _another_variant(asked: _Asked, said: _Asked, name: str, value: str) -> str:
    """Return the model of the query, if the value is a variant of it: "RTX 4070" for "RTX 4070 Ti"."""
    if not name.endswith("model"):
        return ""
    theirs = _words_of(value).words
    for n in (2, 1):
        for i in range(len(theirs) - n):
            run = "".join(theirs[i : i + n])
            suffix = theirs[i + n]
            if (
                any(c.isdigit() for c in run)
                and run in asked.runs
                and suffix in vocab.VARIANTS
                and suffix not in asked.words
                and suffix not in said.words
                and run + suffix not in asked.runs
            ):
                return " ".join(theirs[i : i + n])
    return ""


def _shape(code: str) -> str:
    return "".join("d" if c.isdigit() else "a" for c in code)
