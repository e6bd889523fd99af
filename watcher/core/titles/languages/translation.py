"""Translate a title of another language, word by word and phrase by phrase."""

from __future__ import annotations

import re
from typing import NamedTuple

from watcher.core.titles.languages.lexicon import Entry, Lexicon, Role, compound_entry, fold

_TOKEN = re.compile(r"([^\W_]+)")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d{1,3}),(\d{1,2})(?![\d,])")
_BREAK = re.compile(r"[,;|()\[\]!:/+*]|\.(?= |$)| [-\u2013\u2014]|[-\u2013\u2014] ")
_TIGHT = frozenset((" ", "-", ".", ". ", "/", "- "))  # gaps inside a phrase
_JOINED = ("-", " ")  # gaps inside a compound
_REACH = 3  # words between a fault and its denial or cure
_UNKNOWN = Entry(None)
_INCLUDING = frozenset(("with", "without", "in", "incl", "and", "no"))  # before packaging that has no fault
_NOT_WORKING, _DAMAGED_BOX = "not working", "damaged box"


class _Segment(NamedTuple):
    """A phrase of a title, from token `start` up to `end`, with its entry."""

    start: int
    end: int
    english: str | None
    role: Role


def translate_title(lexicon: Lexicon, text: str, *, shown: bool) -> str:
    """Return the text with the words that the lexicon knows in English.

    `shown`: a sign shows that the text is in this language.
    """
    if lexicon.elisions:
        text = lexicon.elisions.sub("", text)
    if "," in text:
        text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    parts = _TOKEN.split(text)
    tokens, gaps = parts[1::2], parts[::2]
    segments = _segments(lexicon, [token.casefold() for token in tokens], gaps, shown=shown)
    changed = _defects(segments, gaps) if any(s.role in _JUDGED for s in segments) else {}
    return _render(tokens, gaps, segments, changed)


def _segments(lexicon: Lexicon, exact: list[str], gaps: list[str], *, shown: bool) -> list[_Segment]:
    """Return the title as the longest known phrases, and single words."""
    words = [word if word.isascii() else fold(word) for word in exact]
    keys = [word if word[0].isalpha() else f"#{word.lstrip('0123456789')}" for word in words]
    segments = []
    i = 0
    while i < len(words):
        length, entry = _entry_at(lexicon, exact, words, keys, gaps, i, shown=shown)
        english = entry.english
        if english and "#" in english:
            number = next(w for w in words[i : i + length] if not w[0].isalpha())
            english = english.replace("#", number.rstrip("abcdefghijklmnopqrstuvwxyz"))
        segments.append(_Segment(i, i + length, english, entry.role))
        i += length
    return segments


def _entry_at(
    lexicon: Lexicon,
    exact: list[str],
    words: list[str],
    keys: list[str],
    gaps: list[str],
    i: int,
    *,
    shown: bool,
) -> tuple[int, Entry]:
    """Return the length of the longest known phrase at `i`, and its entry."""
    key = keys[i]
    for length, listed in lexicon.phrases.get(key, _NO_PHRASES).items():
        phrase = tuple(keys[i : i + length])
        if (
            phrase in listed
            and (shown or phrase not in lexicon.unsure_phrases)
            and _TIGHT.issuperset(gaps[i + 1 : i + length])
        ):
            return length, listed[phrase]
    compounds = lexicon.heads and key[0] != "#"
    if (
        compounds
        and i + 1 < len(words)
        and gaps[i + 1] in _JOINED
        and (entry := lexicon.words.get(key + keys[i + 1]))
    ):
        return 2, entry
    entry = lexicon.words.get(key)
    if entry is None and not exact[i].isascii():
        entry = lexicon.exact.get(exact[i])
    if entry is None and shown:
        entry = lexicon.unsure.get(key)
    if entry is None and compounds:
        entry = compound_entry(lexicon, key)
    return 1, entry or _UNKNOWN


_NO_PHRASES: dict[int, dict[tuple[str, ...], Entry]] = {}


def _defects(segments: list[_Segment], gaps: list[str]) -> dict[int, str]:
    """Return other English words for some of the segments: those of defects, and of faults that are none."""
    changed: dict[int, str] = {}
    for k, segment in enumerate(segments):
        if k in changed or segment.role not in _JUDGED:
            continue
        if segment.role is Role.FAULT:
            _judge_fault(segments, gaps, k, changed)
            continue
        partner = _denial_of(segments, gaps, k)
        if partner >= 0:
            _replace(changed, min(k, partner), max(k, partner), _NOT_WORKING)
    return changed


def _denial_of(segments: list[_Segment], gaps: list[str], k: int) -> int:
    """Return the place of the word that denies the function at `k`, perhaps past fillers; -1 if none does."""
    verb = segments[k].role is Role.WORKS
    denial = (Role.NEGATION,) if verb else (Role.NO,)
    for step in (-1, 1) if verb else (-1,):
        j = k
        while 0 <= j + step < len(segments) and not _breaks(segments, gaps, max(j, j + step)):
            j += step
            if segments[j].role in denial:
                return j
            if segments[j].role is not Role.FILLER:
                break
    return -1


def _judge_fault(segments: list[_Segment], gaps: list[str], k: int, changed: dict[int, str]) -> None:
    """Drop the fault at `k` if it is denied or cured, or if only the packaging has it."""
    if (denial := _place_of_denial(segments, gaps, k)) >= 0:
        _replace(changed, denial, k, "")
    elif any(_role_near(segments, gaps, k, step, _REACH, Role.CURE) >= 0 for step in (1, -1)):
        changed[k] = ""
    elif (place := _role_near(segments, gaps, k, 1, 1, Role.PACKAGING)) >= 0:
        _replace(changed, k, place, _DAMAGED_BOX)
    elif (place := _role_near(segments, gaps, k, -1, _REACH, Role.PACKAGING)) >= 0:
        direct = all(s.role is Role.FILLER for s in segments[place + 1 : k])
        included = place and (segments[place - 1].english in _INCLUDING or "+" in gaps[segments[place].start])
        if direct and not included:
            _replace(changed, place, k, _DAMAGED_BOX)


def _place_of_denial(segments: list[_Segment], gaps: list[str], k: int) -> int:
    """Return the place of the word that denies the fault at `k`, not a thing before it; -1 if none does."""
    for j in range(k - 1, max(-1, k - 2 - _REACH), -1):
        if _breaks(segments, gaps, j + 1) or segments[j].role in _ENDS_DENIAL:
            return -1
        if segments[j].role in (Role.NEGATION, Role.NO):
            return j
    return -1


def _role_near(segments: list[_Segment], gaps: list[str], k: int, step: int, reach: int, role: Role) -> int:
    """Return the place of the nearest word with a role, before or after `k` in its clause; -1 if none."""
    for j in range(k + step, k + step * (reach + 1), step):
        if not 0 <= j < len(segments) or _breaks(segments, gaps, max(j, j - step)):
            return -1
        if segments[j].role is role:
            return j
    return -1


def _replace(changed: dict[int, str], first: int, last: int, english: str) -> None:
    changed.update(dict.fromkeys(range(first, last + 1), ""))
    changed[first] = english


def _breaks(segments: list[_Segment], gaps: list[str], k: int) -> bool:
    """Return whether another clause begins with the segment at `k`."""
    gap = gaps[segments[k].start]
    return gap != " " and _BREAK.search(gap) is not None


def _render(tokens: list[str], gaps: list[str], segments: list[_Segment], changed: dict[int, str]) -> str:
    """Return the text of all segments."""
    parts: list[str] = []
    gap = gaps[0]
    for k, segment in enumerate(segments):
        english = changed.get(k, segment.english)
        after = gaps[segment.end]
        if english == "":
            gap = after if not gap.strip() else gap if not after.strip() else gap + after
            continue
        parts += (gap, tokens[segment.start] if english is None else english)
        gap = after
    return "".join((*parts, gap))


_JUDGED = frozenset((Role.FAULT, Role.WORKS, Role.FUNCTION))
_ENDS_DENIAL = frozenset((Role.THING, Role.PACKAGING, Role.FUNCTION, Role.WORKS))
