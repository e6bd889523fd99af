"""Translate a title of another language, word by word and phrase by phrase."""

from __future__ import annotations

import re
from typing import NamedTuple

from watcher.core.titles import vocabulary as vocab
from watcher.core.titles.languages.lexicon import (
    OFFERED_FIRST,
    SHORTEST_COMPOUND,
    THINGS,
    Entry,
    Lexicon,
    Role,
    compound_entry,
    fold,
)

_PERCENT = re.compile(r" ?% ?")
_TOKEN = re.compile(r"([^\W_]+)")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(\d{1,3}),(\d{1,2})(?![\d,])")
_BREAK = re.compile(r"[,;|()\[\]!:/+*]|\.(?= |$)| [-\u2013\u2014]|[-\u2013\u2014] ")
_TIGHT = frozenset((" ", "-", ".", ". ", "/", "- "))  # gaps inside a phrase
_JOINED = ("-", " ")  # gaps inside a compound
_REACH = 3  # words between a fault and its denial or cure
_DESCRIPTIONS = (vocab.COLOURS | vocab.MATERIALS).union(
    ("ceramic", "new", "steel", "titanium", "working", "fully", "tested", "flawless", "scratched", "worn")
)  # after a part of the item
_STATES_OF_PARTS = frozenset(
    ("scratches", "worn", "good", "very good", "flawless", "like new", "clean", "condition")
)
_AFTER_NOUN = frozenset(("for", "with", "without", "in", "and", "only", "no", "not", "included", "original"))
_INCLUDING = frozenset(("with", "without", "in", "incl", "and", "no"))  # before packaging that has no fault
_ENDS_DENIAL = (Role.THING, Role.PACKAGING, Role.FUNCTION, Role.WORKS)
# Faults that describe the item itself, so that a distant "no" denies something else.
_STATES = frozenset(
    (
        *("bent", "broken", "cracked", "damaged", "defective", "faulty", "for parts", "for repair"),
        *("incomplete", "stuck", "untested", "blacklisted", "not working"),
    )
)
_QUANTITIES = (" pcs", "assortment", "lot")  # at the end of English words for several things
_OWNED = ("with original box", "with receipt")  # what only an owner has, after a list of accessories
_LOOSE_PART = " attachment"  # at the end of English words for a part that is only offered if it comes first
# Before the part that a title offers: "belle bobine", "2 bobines".
_LEADING = frozenset(
    ("", "good", "very good", "new", "used", "like new", "original", "genuine", "vintage", "rare")
)
_WHOLE = frozenset(("hard drive", "disc brake"))  # no parts, although their last words are
_SHORT_TITLE = 5  # phrases of a title that only names a part and its owner
_NOT_WORKING, _DAMAGED_BOX = "not working", "damaged box"
_APOSTROPHES = dict.fromkeys(map(ord, "'\u2019`\u00b4"))
_SHORT = 3  # maximum letters of a word that may belong to a code
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"


class SplitText(NamedTuple):
    """The words of a text in lower case, with their accents and without, and the gaps around them."""

    exact: list[str]
    words: list[str]
    gaps: list[str]


class _Segments(NamedTuple):
    """The phrases of a title: their English words, their roles, and the gaps around them."""

    english: list[str]
    roles: list[Role]
    gaps: list[str]


def split_text(text: str) -> SplitText:
    """Return the words of a text, "%" among them. Apostrophes are removed; decimal commas become points."""
    text = text.casefold().translate(_APOSTROPHES)
    if "," in text:
        text = _DECIMAL_COMMA.sub(r"\1.\2", text)
    if "%" in text:
        text = _PERCENT.sub(" percent ", text)
    parts = _TOKEN.split(text)
    exact = parts[1::2]
    words = exact if text.isascii() else [fold(word) for word in exact]
    return SplitText(exact, words, parts[::2])


def translate_title(lexicon: Lexicon, text: str, title: SplitText, *, shown: bool) -> str:
    """Return a title, given as text and split, with the words that the lexicon knows in English.

    `shown`: a sign shows that the title is in this language.
    """
    if lexicon.elisions and lexicon.elisions.search(text):
        title = split_text(lexicon.elisions.sub("", text))
    segments = _segments(lexicon, title, shown=shown)
    if max(segments.roles, default=Role.NONE) >= Role.WORKS:
        _judge(segments)
    _mark_included(segments)
    _mark_pairs(segments)
    first = _first_place(segments) if lexicon.noun_first else 0
    translated = bool(title.words) and segments.english[first] != title.words[first]
    last = _mark_offered_part(segments, first, noun_first=lexicon.noun_first) if translated else first
    _mark_described_parts(segments, last + 1, noun_first=lexicon.noun_first)
    return _render(segments)


def count_known_words(lexicon: Lexicon, title: SplitText) -> int:
    """Return how many words of a title are known, alone or as part of a phrase."""
    words = title.words
    keys = _keys(words)
    known, i = 0, 0
    while i < len(words):
        length, entry = 1, None
        if keys[i] in lexicon.phrases:
            length, entry = _phrase_at(lexicon, keys, title.gaps, i, shown=False)
        known += length if entry else keys[i] in lexicon.words or title.exact[i] in lexicon.exact
        i += length
    return known


def _keys(words: list[str]) -> list[str]:
    """Return the words as they are looked up: a number as "#"."""
    return [word if word[0] > "9" else f"#{word.lstrip(_DIGITS)}" for word in words]


def _mark_included(segments: _Segments) -> None:
    """Mark what comes with the item: quantities of accessories, and lists without commas or "with"."""
    english, roles, gaps = segments
    for k in range(len(roles) - 1):
        if english[k] == "battery" and english[k + 1] in vocab.KINDS and gaps[k + 1] in _JOINED:
            english[k] = "cordless"  # "Akku-Säge"
    for k in range(2, len(roles)):
        words = english[k]
        if words.endswith(_QUANTITIES):
            thing = k + 1 < len(roles) and roles[k + 1] is Role.THING and words != "lot"
            if thing or english[k - 1] in ("with", "incl"):
                english[k] = words.rpartition(" ")[0]  # "with 2 pcs"
        elif words and roles[k] is Role.THING and roles[k - 1] is not Role.THING:
            end = k + 1
            while end < len(roles) and roles[end] is Role.THING and gaps[end] == " ":
                if english[end] in _OWNED:
                    break
                end += 1
            if (end > k + 1 and _is_counted(segments, k)) or (
                end < len(roles) and gaps[end] == " " and english[end] in _OWNED
            ):
                english[k] = f"with {words}"  # "2 batteries charger", "cable original box"


def _mark_pairs(segments: _Segments) -> None:
    """Mark the first of two things that are included: "case and cable included"."""
    english, roles, gaps = segments
    things = (Role.THING, Role.PACKAGING)
    for k in range(4, len(roles)):
        pair = english[k] == "included" and english[k - 2] == "and" and gaps[k] == " "
        if pair and (roles[k - 3] in things or _is_part(segments, k - 3)) and roles[k - 1] in things:
            english[k - 3] = f"with {english[k - 3]}"


def _is_counted(segments: _Segments, k: int) -> bool:
    """Return whether a quantity precedes the thing at `k`: "2x battery", "with 2 batteries"."""
    number = segments.english[k - 1]
    if number[-1:] == "x" and number[:-1].isdigit():
        return True
    set_off = segments.english[k - 2] in _INCLUDING or _breaks(segments, k - 1)
    return len(number) == 1 and number.isdigit() and set_off


def _first_place(segments: _Segments) -> int:
    """Return the place of the first phrase that is neither a condition nor a small number."""
    for k, english in enumerate(segments.english):
        if english not in _LEADING and not (english.isdigit() and len(english) == 1):
            return k
    return 0


def _mark_offered_part(segments: _Segments, first: int, *, noun_first: bool) -> int:
    """Tell the part that a title begins with, which is offered. Return the place of the last such part."""
    english = segments.english
    last = first
    if len(english) > first + 2 and english[first + 1] == "and" and _is_part(segments, first + 2):
        last = first + 2  # "case and cable"
    part = _is_part(segments, first)
    offered = part and last + 1 < len(english)
    if offered and segments.gaps[last + 1] == " " and _first_word(english[last + 1]) not in _AFTER_NOUN:
        english[last] = f"{english[last]} for"
    if noun_first and part and len(english) > first + 1 and segments.gaps[first + 1] == " ":
        part_name = english[first].removesuffix(" for").removesuffix(_LOOSE_PART)
        english[first] = f"sparepart {part_name}"  # whatever describes it
    return last


def _mark_described_parts(segments: _Segments, start: int, *, noun_first: bool) -> None:
    """Mark the parts after the name that are not offered.

    A cure or, if nouns come first, an adjective follows them; there a part after a comma is included, too.
    """
    english, roles, gaps = segments
    for k in range(start, len(english)):
        if not _is_part(segments, k):
            continue
        after = english[k + 1] if k + 1 < len(english) else ""
        described = _is_cured(segments, k) or (roles[k - 1] is Role.CURE and gaps[k] == " ")
        if noun_first and "only" not in (after, english[k - 1]) and after != "for":
            described = (
                described
                or (gaps[k + 1] == " " and _describes(segments, k + 1))
                or gaps[k].startswith(",")
                or english[k - 1] == "complete"
                or english[k].endswith(_LOOSE_PART)
            )
        if described:
            part = english[k].removesuffix(_LOOSE_PART)
            last = (
                noun_first and part != english[k] and k == len(english) - 1 < _SHORT_TITLE and gaps[k] == " "
            )
            offered = last and english[k - 1] not in _INCLUDING  # "Mitchell 300 bobine"
            english[k] = f"{part} sparepart" if offered else f"with {part}"


def _describes(segments: _Segments, k: int) -> bool:
    """Return whether an adjective, a verb or a state ("in good condition") is at `k`, after a part."""
    english = segments.english
    return (
        _first_word(english[k]) in _DESCRIPTIONS
        or segments.roles[k] is Role.WORKS
        or (english[k] in ("with", "in") and k + 1 < len(english) and english[k + 1] in _STATES_OF_PARTS)
    )


def _is_cured(segments: _Segments, k: int) -> bool:
    """Return whether a cure follows the part at `k`, perhaps past fillers: "the chuck was replaced"."""
    for j in range(k + 1, min(k + 2 + _REACH, len(segments.roles))):
        if segments.gaps[j] != " ":
            return False
        if segments.roles[j] is not Role.FILLER:
            return segments.roles[j] is Role.CURE
    return False


def _is_part(segments: _Segments, k: int) -> bool:
    english = segments.english[k]
    return english.rpartition(" ")[2] in OFFERED_FIRST and english not in _WHOLE


def _first_word(english: str) -> str:
    return english.partition(" ")[0]


def _segments(lexicon: Lexicon, title: SplitText, *, shown: bool) -> _Segments:
    """Return the title as the longest known phrases, and single words."""
    words, gaps = title.words, title.gaps
    keys = _keys(words)
    segments = _Segments([], [], gaps[:1])
    phrases, known, compounds = lexicon.phrases, lexicon.words, bool(lexicon.heads)
    i, n = 0, len(words)
    while i < n:
        key, length, entry = keys[i], 1, None
        if len(key) <= _SHORT and _is_in_code(words, gaps, i):
            key = "-"  # no word: the "EN" of "EN-EL15"
        elif key in phrases:
            length, entry = _phrase_at(lexicon, keys, gaps, i, shown=shown)
        if entry is None and compounds and i + 1 < n and gaps[i + 1] in _JOINED:
            entry = known.get(key + keys[i + 1])
            length += entry is not None
        if entry is None and title.exact[i] != words[i]:
            entry = lexicon.exact.get(title.exact[i])
        entry = entry or known.get(key) or _uncommon(lexicon, key, shown=shown)
        if entry is None:
            segments.english.append(words[i])
            segments.roles.append(Role.THING if key in THINGS else Role.NONE)
        else:
            english, role = entry
            if english and "#" in english:
                number = next(w for w in words[i : i + length] if w[0] <= "9")
                english = english.replace("#", number.rstrip(_LETTERS))
            segments.english.append(words[i] if english is None else english)
            segments.roles.append(role)
        i += length
        segments.gaps.append(gaps[i])
    return segments


def _is_in_code(words: list[str], gaps: list[str], i: int) -> bool:
    """Return whether a hyphen joins a short word to one with a digit."""
    return (gaps[i + 1] == "-" and i + 1 < len(words) and not words[i + 1].isalpha()) or (
        gaps[i] == "-" and i > 0 and not words[i - 1].isalpha()
    )


def _phrase_at(
    lexicon: Lexicon, keys: list[str], gaps: list[str], i: int, *, shown: bool
) -> tuple[int, Entry | None]:
    """Return the length of the longest phrase of several words that starts at `i`, and its entry."""
    for length, listed in lexicon.phrases[keys[i]].items():
        phrase = tuple(keys[i : i + length])
        if (
            phrase in listed
            and (shown or phrase not in lexicon.unsure_phrases)
            and _TIGHT.issuperset(gaps[i + 1 : i + length])
        ):
            return length, listed[phrase]
    return 1, None


def _uncommon(lexicon: Lexicon, key: str, *, shown: bool) -> Entry | None:
    """Return the entry of a word that needs a title that shows the language, or of a compound."""
    if shown and (entry := lexicon.unsure.get(key)):
        return entry
    return compound_entry(lexicon, key) if lexicon.heads and len(key) >= SHORTEST_COMPOUND else None


def _judge(segments: _Segments) -> None:
    """Put "not working" for denied functions; drop faults that are denied, cured or only the packaging's."""
    for k, role in enumerate(segments.roles):
        if role is Role.FAULT:
            _judge_fault(segments, k)
        elif role >= Role.WORKS and (place := _place_of_denied_function(segments, k)) >= 0:
            _replace(segments, min(k, place), max(k, place), _NOT_WORKING)


def _place_of_denied_function(segments: _Segments, k: int) -> int:
    """Return the place of the word that denies the function at `k`, perhaps past fillers; -1 if none does."""
    verb = segments.roles[k] is Role.WORKS
    denial = Role.NEGATION if verb else Role.NO
    for step in (-1, 1) if verb else (-1,):
        j = k + step
        while 0 <= j < len(segments.roles) and not _breaks(segments, max(j, j - step)):
            if segments.roles[j] is denial:
                return j
            if segments.roles[j] is not Role.FILLER:
                break
            j += step
    return -1


def _judge_fault(segments: _Segments, k: int) -> None:
    """Drop the fault at `k` if it is denied or cured, or if only the packaging has it."""
    if (denial := _place_of_denial(segments, k)) >= 0:
        _replace(segments, denial, k, "")
    elif (end := _end_of_later_denial(segments, k)) > k:
        _replace(segments, k, end, "")
    elif any(_role_near(segments, k, step, _REACH, Role.CURE) >= 0 for step in (1, -1)):
        _replace(segments, k, k, "")
    elif (place := _role_near(segments, k, 1, 1, Role.PACKAGING)) >= 0:
        _replace(segments, k, place, _DAMAGED_BOX)
    elif (place := _role_near(segments, k, -1, _REACH, Role.PACKAGING)) >= 0:
        direct = all(role is Role.FILLER for role in segments.roles[place + 1 : k])
        included = place and (segments.english[place - 1] in _INCLUDING or "+" in segments.gaps[place])
        if direct and not included:
            _replace(segments, place, k, _DAMAGED_BOX)


def _place_of_denial(segments: _Segments, k: int) -> int:
    """Return the place of the word that denies the fault at `k`, not a thing before it; -1 if none does."""
    for j in range(k - 1, max(-1, k - 2 - _REACH), -1):
        if _breaks(segments, j + 1) or segments.roles[j] in _ENDS_DENIAL:
            return -1
        if segments.roles[j] is Role.NEGATION:
            return j
        if segments.roles[j] is Role.NO:  # "no large cracks", but "without remote, defective"
            return j if j == k - 1 or segments.english[k] not in _STATES else -1
    return -1


def _end_of_later_denial(segments: _Segments, k: int) -> int:
    """Return the end of a denial that follows the fault at `k`: "tropft nicht mehr"; -1 if none does."""
    roles, end = segments.roles, k + 1
    if end >= len(roles) or segments.gaps[end] != " " or roles[end] is not Role.NEGATION:
        return -1
    while end + 1 < len(roles) and segments.gaps[end + 1] == " " and roles[end + 1] is Role.FILLER:
        end += 1
    if end + 1 < len(roles) and segments.gaps[end + 1] == " " and roles[end + 1] >= Role.WORKS:
        return -1  # "kaputt nicht getestet"
    return end


def _role_near(segments: _Segments, k: int, step: int, reach: int, role: Role) -> int:
    """Return the place of the nearest word with a role, before or after `k` in its clause; -1 if none."""
    for j in range(k + step, k + step * (reach + 1), step):
        if not 0 <= j < len(segments.roles) or _breaks(segments, max(j, j - step)):
            return -1
        if segments.roles[j] is role:
            return j
    return -1


def _replace(segments: _Segments, first: int, last: int, english: str) -> None:
    """Put other English words for the phrases from `first` to `last`, which are then judged."""
    for k in range(first, last + 1):
        segments.english[k] = ""
        segments.roles[k] = Role.NONE
    segments.english[first] = english


def _breaks(segments: _Segments, k: int) -> bool:
    """Return whether another clause begins with the phrase at `k`."""
    gap = segments.gaps[k]
    return gap != " " and _BREAK.search(gap) is not None


def _render(segments: _Segments) -> str:
    """Return the text of all phrases; a dropped one leaves the more telling of the gaps around it."""
    gap = segments.gaps[0]
    parts: list[str] = []
    for english, after in zip(segments.english, segments.gaps[1:], strict=True):
        if english:
            parts += (gap, english)
            gap = after
        elif not gap.strip():
            gap = after
        elif after.strip():
            gap += after
    parts.append(gap)
    return "".join(parts)
