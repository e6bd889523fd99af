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
from watcher.core.titles.languages import ENGLISH
from watcher.core.titles.parsed_title import parse_title


class Specifics(NamedTuple):
    """The item specifics of one listing: pairs of name and value, as the market sends them."""

    pairs: tuple[tuple[str, str], ...] = ()

    def in_words(self) -> str:
        """Return the pairs as a person reads them: `Storage Capacity: 128 GB; Color: Silver`."""
        return "; ".join(f"{name}: {value}" for name, value in self.pairs)


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
    r"\s*[,;|]\s*(?!\d{3}\b)|\s+(?:or|oder|ou|/)\s+|(?<=[a-z]{3})/(?=[a-z]{3})|(?<=[a-z])/(?=\d)",
    re.IGNORECASE,
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
_QUANTITY = re.compile(
    r"\b(?:capacity|storage|(?:screen|display|case) size|length|volume|wattage|voltage)\b"
    r"|kapazitat|\bcapacit|\bcapacid|\bpojemnosc"
)
_MADE_FOR = re.compile(r"for (?!parts)")
_YES, _NO = frozenset(("yes", "ja", "oui", "si", "sí", "tak")), frozenset(("no", "nein", "non", "nee", "nie"))
_LANGUAGES = vocab.words(
    "chinese dutch english french german italian japanese korean polish portuguese russian spanish thai"
)
# Names are matched in lower case without accents, in the languages of eBay's sites.
_YEAR_NAMES = re.compile(r"\byear|jahr\b|\bannee|\banno\b|\bano\b|\bjaar|\brok\b")
_KINDS_BY_NAME = (
    (re.compile(r"colou?r|farbe|couleur|kleur|kolor"), vocab.COLOURS),
    (re.compile(r"language|sprache|langue|lingua|idioma|\btaal|jezyk"), _LANGUAGES),
    (re.compile(r"grader"), vocab.GRADES),
)
_MODEL_NAMES = re.compile(r"model(?:l|e|lo|o)?$")
_CODE_NAMES = re.compile(r"\b(?:mpn|part number|model|reference|style code|item number|set number|isbn)\b")


class _Text(NamedTuple):
    """A query, a title or a value as it is compared.

    `words` as they are written and `parsed` as the grammar reads them, and every run of either as one word.
    """

    words: tuple[str, ...]
    parsed: tuple[str, ...]
    runs: frozenset[str]

    @property
    def every_word(self) -> frozenset[str]:
        return frozenset((*self.words, *self.parsed))


@lru_cache(maxsize=_CACHED_CHECKS)
def check_specifics(
    query: str, title: str, specifics: Specifics, languages: tuple[str, ...] = ENGLISH
) -> SpecificsCheck:
    """Return whether `specifics` confirm or contradict what `query` names and `title` leaves open."""
    asked, said = _read(_plain_query(query), languages), _read(title, languages)
    pairs = [
        _Pair(name, value, _folded(name), _read(value, languages))
        for name, value in specifics.pairs[:_MAX_PAIRS]
        if name and len(value) <= _MAX_VALUE and not _VAGUE.fullmatch(value.casefold().strip())
    ]
    single = [p for p in pairs if not _NOT_ABOUT_THE_ITEM.search(p.about) and len(_choices(p.value)) == 1]
    confirmed: set[str] = set()
    for pair in single:
        confirmed.update(w for w in _confirmed(asked, pair) if not _says_otherwise(said, w))
    contradictions = [
        (pair.name, pair.value, word)
        for pair in pairs
        if (word := _contradicted(asked, said, confirmed, pair, is_single=pair in single))
    ]
    if contradictions:
        return SpecificsCheck(Standing.CONTRADICTED, frozenset(confirmed), *min(contradictions))
    return SpecificsCheck(Standing.CONFIRMED, frozenset(confirmed)) if confirmed else _SILENT


def squeezed(text: str) -> str:
    """Return the letters and digits of `text`, in lower case without accents: "Wi-Fi" is "wifi"."""
    return "".join(c for c in _folded(text) if c.isalnum())


def _plain_query(query: str) -> str:
    """Return the query without what it excludes and without alternatives, of which one may be wrong."""
    kept = re.sub(r"\([^()]*,[^()]*\)", " ", query)
    return " ".join(w for w in kept.split() if not (w[0] == "-" and len(w) > 1))


class _Pair(NamedTuple):
    """A name and a value; `about` is the name in lower case without accents, `read` the value as compared."""

    name: str
    value: str
    about: str
    read: _Text


@lru_cache(maxsize=_CACHED_CHECKS)
def _read(text: str, languages: tuple[str, ...]) -> _Text:
    words = tuple(w for part in _SPLIT.split(text) if (w := squeezed(part)))
    parsed = tuple(map(squeezed, parse_title(text, languages).words))
    runs = {squeezed(p) for part in _SPLIT.split(text) for p in part.split("-")}
    return _Text(words, parsed, frozenset((*runs, *_runs_of(words), *_runs_of(parsed))))


def _runs_of(words: tuple[str, ...]) -> Iterator[str]:
    for n in range(1, _MAX_GRAM + 1):
        for i in range(len(words) - n + 1):
            yield "".join(words[i : i + n])


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if not unicodedata.combining(c))


def _choices(value: str) -> list[str]:
    return [part for part in _CHOICE.split(value) if part.strip()]


def _confirmed(asked: _Text, pair: _Pair) -> Iterator[str]:
    """Yield the words of the query that a pair with a single value confirms."""
    plain = squeezed(pair.value)
    if plain in _YES:
        yield from (w for w in map(squeezed, pair.about.split()) if w in asked.words and not w.isdigit())
        return
    if plain in _NO or _COMBINED.search(pair.value):
        return
    if plain.isdigit() and len(plain) <= _MAX_BARE_NUMBER and not _NUMBERED.search(pair.about):
        return
    for words in {asked.words, asked.parsed}:
        for n in range(1, _MAX_GRAM + 1):
            for i in range(len(words) - n + 1):
                run = words[i : i + n]
                together = "".join(run)
                # A bare number or letter is confirmed as the whole value, or with the word beside it.
                bare = n == 1 and together != plain and (len(together) == 1 or together.isdigit())
                if together in pair.read.runs and not bare:
                    yield together
                    yield from run


def _says_otherwise(said: _Text, word: str) -> bool:
    """Return whether the title says another colour, year, language or grader than this word."""
    if _YEAR.fullmatch(word):
        return word not in said.runs and any(map(_YEAR.fullmatch, said.words))
    return any(
        word in kinds and word not in said.runs and not kinds.isdisjoint(said.every_word)
        for kinds in (vocab.COLOURS, _LANGUAGES, vocab.GRADES)
    )


def _contradicted(asked: _Text, said: _Text, confirmed: set[str], pair: _Pair, *, is_single: bool) -> str:
    """Return the word of the query that a pair contradicts; empty if it contradicts none."""
    if pair.about.startswith(("compatible", "fits")):
        return _item_it_is_made_for(asked, pair)
    if not is_single:
        return ""
    if word := _combined_with_more(asked, confirmed, pair.value):
        return word
    for check in (_denied, _of_another_kind, _of_another_code, _of_another_measure):
        if (word := check(asked, pair)) and word not in confirmed and word not in said.runs:
            return word if squeezed(pair.value) != word else ""
    return _another_variant(asked, said, pair)


def _item_it_is_made_for(asked: _Text, pair: _Pair) -> str:
    """Return the item for which an accessory is made: "For Apple iPad mini 4"."""
    if not _MADE_FOR.match(pair.value.casefold()):
        return ""
    named = [w for w in asked.words if w in pair.read.words]
    return " ".join(named) if len(named) > 1 and any(c.isdigit() for w in named for c in w) else ""


def _combined_with_more(asked: _Text, confirmed: set[str], value: str) -> str:
    """Return the word that a value names together with something else: "WiFi" for "Wi-Fi + 4G"."""
    parts = [squeezed(part) for part in _COMBINED.split(value)]
    if len(parts) == 1 or all(part in asked.runs for part in parts):
        return ""
    return next((p for p in parts if p in asked.words and p not in confirmed and p not in vocab.COLOURS), "")


def _denied(asked: _Text, pair: _Pair) -> str:
    """Return the word that is denied by name: "Sealed: No"."""
    return pair.about if squeezed(pair.value) in _NO and pair.about in asked.words else ""


def _of_another_kind(asked: _Text, pair: _Pair) -> str:
    """Return the year, colour, language, grader or grade of the query, if the value is another one."""
    theirs, ours = pair.read.every_word, asked.every_word
    if _YEAR_NAMES.search(pair.about):
        years = [w for w in pair.read.words if _YEAR.fullmatch(w)]
        return next((w for w in asked.words if _YEAR.fullmatch(w) and years and w not in years), "")
    for names, kinds in _KINDS_BY_NAME:
        if names.search(pair.about):
            named = sorted(kinds & ours)
            return named[0] if named and not kinds.isdisjoint(theirs) and theirs.isdisjoint(named) else ""
    if "grade" in pair.about.split() and squeezed(pair.value).isdigit():
        grades = zip(asked.words, asked.words[1:], strict=False)
        return next((n for grader, n in grades if grader in vocab.GRADES and n.isdigit()), "")
    return ""


def _of_another_code(asked: _Text, pair: _Pair) -> str:
    """Return the code of the query, if the value is another one of the same shape."""
    if not _CODE_NAMES.search(pair.about):
        return ""
    plain = squeezed(pair.value)
    shape = _shape(plain)
    codes = (w for w in asked.words if len(w) >= _MIN_CODE and any(map(str.isdigit, w)))
    return next((w for w in codes if w != plain and _shape(w) == shape and not _MEASURE.fullmatch(w)), "")


def _of_another_measure(asked: _Text, pair: _Pair) -> str:
    """Return the only measure of its unit in the query, if the value is another one."""
    theirs = _MEASURE.fullmatch(squeezed(pair.value)) if _QUANTITY.search(pair.about) else None
    if theirs is None:
        return ""
    ours = {w for w in asked.runs if (m := _MEASURE.fullmatch(w)) and m[2] == theirs[2]}
    return ours.pop() if len(ours) == 1 and theirs[0] not in ours else ""


def _another_variant(asked: _Text, said: _Text, pair: _Pair) -> str:
    """Return the model of the query, if the value is a variant of it: "RTX 4070" for "RTX 4070 Ti"."""
    if not _MODEL_NAMES.search(pair.about):
        return ""
    theirs = pair.read.words
    for n in (2, 1):
        for i in range(len(theirs) - n):
            run, suffix = "".join(theirs[i : i + n]), theirs[i + n]
            if (
                any(map(str.isdigit, run))
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
