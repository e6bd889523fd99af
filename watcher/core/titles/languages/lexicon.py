"""Compile a language's vocabulary for look-ups by folded words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum, auto
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from watcher.core.titles import vocabulary as vocab
from watcher.core.titles.languages.base import Language

_MIN_PREFIX = 3  # letters of the first part of a compound
_MIN_HEAD = 4  # letters of the last part
_REPLACEMENT = "replacement"  # a first part that is telling whatever follows it
SHORTEST_COMPOUND = _MIN_PREFIX + _MIN_HEAD
_CACHED_WORDS = 16384  # entries of the cache of words that may be compounds
_WITH_E = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"})
# Letters that Unicode does not decompose.
_LETTERS = str.maketrans({"ł": "l", "ø": "o", "đ": "d", "æ": "ae", "œ": "oe"})
_SPLIT = re.compile(r"[\s\-]+")
_APOSTROPHES = re.compile(r"['\u2019`\u00b4]")
# A title that begins with one of these offers it, in a language whose nouns come first.
OFFERED_FIRST = (
    (vocab.FIRM_NOUNS | vocab.LOOSE_NOUNS | vocab.OWN_PARTS | vocab.DIRECT_PARTS | vocab.FINAL_NOUNS)
    .union(vocab.PACKAGING, vocab.words("course crossbody fork module padlock strings"))
    .difference(vocab.KINDS, ("poster", "posters"))
)
THINGS = (
    vocab.FINAL_NOUNS | vocab.OWN_PARTS | vocab.PACKAGING | vocab.KINDS | vocab.words("accessories warranty")
)


class Role(IntEnum):
    """What a phrase does in a statement about a defect; those from WORKS on are judged."""

    NONE = auto()
    THING = auto()
    FILLER = auto()
    NEGATION = auto()
    NO = auto()
    CURE = auto()
    PACKAGING = auto()
    WORKS = auto()
    FUNCTION = auto()
    FAULT = auto()


class Entry(NamedTuple):
    """A known phrase: its English words, None if it is kept as it is, and its role."""

    english: str | None
    role: Role = Role.NONE


Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Lexicon:
    """A compiled vocabulary; the unsure words and phrases count only in a title that shows the language.

    `exact`: words whose accents are required. `phrases`: by their first word and their length, longest
    first. `signs`: folded words and exact ones. `fault_words`: the English words for faults.
    """

    code: str
    signs: frozenset[str]
    words: Mapping[str, Entry]
    exact: Mapping[str, Entry]
    unsure: Mapping[str, Entry]
    phrases: Mapping[str, Mapping[int, Mapping[Phrase, Entry]]]
    unsure_phrases: frozenset[Phrase]
    heads: Mapping[str, str]
    prefixes: Mapping[str, str]
    fault_words: frozenset[str]
    linking: tuple[str, ...]
    noun_first: bool
    elisions: re.Pattern[str] | None


def fold(word: str) -> str:
    """Return a word in lower case without accents."""
    if word.isascii():
        return word
    decomposed = unicodedata.normalize("NFKD", word.translate(_LETTERS))
    return "".join(c for c in decomposed if not unicodedata.combining(c)) or word


def elision_pattern(language: Language) -> re.Pattern[str] | None:
    """Return the pattern of articles that an apostrophe joins to the next word: "l'écran"."""
    if not language.elisions:
        return None
    return re.compile(rf"\b(?:{'|'.join(language.elisions.split())})['\u2019`\u00b4](?=\w)", re.IGNORECASE)


def spellings_of(language: Language, alternatives: str) -> Iterator[tuple[str, tuple[tuple[str, ...], ...]]]:
    """Yield each phrase of a list: its mark ("?", "=" or empty), and the spellings of each of its words."""
    endings = ("", *language.endings.split())
    elisions = elision_pattern(language)
    for alternative in alternatives.split("|"):
        text = unicodedata.normalize("NFC", alternative.strip().casefold())
        mark = text[:1] if text[:1] in ("?", "=") else ""
        text = elisions.sub("", text[len(mark) :]) if elisions else text[len(mark) :]
        words = []
        for word in filter(None, _SPLIT.split(_APOSTROPHES.sub("", text).strip())):
            forms = [word[:-1] + ending for ending in endings] if word[-1] == "*" else [word]
            written = [(form, form.translate(_WITH_E)) for form in forms]
            if mark != "=":
                written = [(fold(one), fold(other)) for one, other in written]
            words.append(tuple(dict.fromkeys(spelling for pair in written for spelling in pair)))
        if words:
            yield mark, tuple(words)


def compile_language(language: Language) -> Lexicon:
    """Return the look-up tables of a language."""
    words: dict[str, Entry] = {}
    exact: dict[str, Entry] = {}
    unsure: dict[str, Entry] = {}
    phrases: dict[str, dict[int, dict[Phrase, Entry]]] = {}
    unsure_phrases: set[Phrase] = set()
    for listed, listed_entry in _entries(language):
        for mark, spellings in spellings_of(language, listed):
            entry = _with_own_words(listed_entry, spellings)
            for phrase in product(*spellings):
                if len(phrase) > 1:
                    lengths = phrases.setdefault(fold(phrase[0]), {}).setdefault(len(phrase), {})
                    key = tuple(map(fold, phrase))
                    lengths[key] = _merged(lengths.get(key), entry)
                    if mark == "?":
                        unsure_phrases.add(key)
                    continue
                table = {"?": unsure, "=": words if phrase[0].isascii() else exact}.get(mark, words)
                table[phrase[0]] = _merged(table.get(phrase[0]), entry)
    return Lexicon(
        language.code,
        frozenset(
            form for _, (forms,) in spellings_of(language, language.signs.replace(" ", "|")) for form in forms
        ),
        words,
        exact,
        unsure,
        {first: dict(sorted(lengths.items(), reverse=True)) for first, lengths in phrases.items()},
        frozenset(unsure_phrases),
        _by_form(language, language.heads),
        _by_form(language, language.prefixes),
        frozenset(language.faults),
        ("", *language.linking.split()),
        language.noun_first,
        elision_pattern(language),
    )


def _with_own_words(entry: Entry, spellings: tuple[tuple[str, ...], ...]) -> Entry:
    """Return the entry of a phrase with "@" replaced by the phrase itself."""
    if entry.english is None or "@" not in entry.english:
        return entry
    return entry._replace(english=entry.english.replace("@", " ".join(fold(forms[0]) for forms in spellings)))


def _merged(known: Entry | None, new: Entry) -> Entry:
    """Return the entry of a phrase that is listed twice: the first English words, the last role."""
    if known is None:
        return new
    return Entry(
        new.english if known.english is None else known.english,
        known.role if new.role in (Role.NONE, Role.THING) else new.role,
    )


def _entries(language: Language) -> Iterator[tuple[str, Entry]]:
    """Yield all lists of phrases with their entries."""
    for topic in language.translations:
        for english, listed in topic.items():
            last = english.rpartition(" ")[2]
            yield listed, Entry(english, Role.THING if last in THINGS else Role.NONE)
    for english, listed in language.faults.items():
        yield listed, Entry(english, Role.FAULT)
    for listed, role in (
        (language.fillers, Role.FILLER),
        (language.negations, Role.NEGATION),
        (language.nones, Role.NO),
        (language.works, Role.WORKS),
        (language.functions, Role.FUNCTION),
        (language.cures, Role.CURE),
        (language.packaging, Role.PACKAGING),
    ):
        yield listed, Entry(None, role)


def _by_form(language: Language, listed: Mapping[str, str]) -> dict[str, str]:
    """Return the English words by each spelling of a part of a compound."""
    return {
        form: english
        for english, alternatives in listed.items()
        for _, spellings in spellings_of(language, alternatives)
        for form in map(fold, spellings[0])
    }


@lru_cache(maxsize=_CACHED_WORDS)
def compound_entry(lexicon: Lexicon, word: str) -> Entry | None:
    """Return the entry of a compound, read by its last part: "handyhulle" is a phone case.

    A first part that is not known stays as it is: it may be a name. So does the last part of a replacement.
    """
    for start in range(_MIN_PREFIX, len(word) - _MIN_HEAD + 1):
        head = lexicon.heads.get(word[start:])
        if head is None:
            continue
        if "@" in head:
            return Entry(head.replace("@", word), Role.THING)
        role = Role.FAULT if head in lexicon.fault_words else Role.THING
        for sound in lexicon.linking:
            if not word[:start].endswith(sound):
                continue
            first = word[: start - len(sound)]
            known = lexicon.words.get(first)
            english = lexicon.prefixes.get(first, known.english if known else None)
            if english is not None:
                return Entry(f"{english} {head}".strip(), role)
        return Entry(f"{word[:start]} {head}", role)
    for first, english in lexicon.prefixes.items():
        if english == _REPLACEMENT and word.startswith(first) and len(word) >= len(first) + _MIN_HEAD:
            return Entry(f"{english} {word[len(first) :]}", Role.THING)
    return None
