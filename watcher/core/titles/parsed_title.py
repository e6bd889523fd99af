"""Titles: words, measures and revealing phrases, independent of any query."""

from __future__ import annotations

import re
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from watcher.core.titles import phrase_lists
from watcher.core.titles import vocabulary as vocab
from watcher.core.titles.defects import DEFECT_SIGNS, cures, find_defects, is_denied
from watcher.core.titles.languages import ENGLISH, shows_other_language, translate
from watcher.core.titles.stand_ins import STAND_IN_SIGNS, find_stand_ins
from watcher.core.titles.tokens import fold_text, normalize, tokenize
from watcher.core.titles.trade_nouns import TRADE_NOUNS


class Reason(StrEnum):
    """Why a listing is not comparable."""

    QUERY = "query"
    EXCLUDED = "excluded"
    LOT = "lot"
    PARTS = "parts"
    ACCESSORY = "accessory"
    STAND_IN = "stand-in"
    REPRINT = "reprint"
    PRESALE = "presale"
    SYSTEM = "system"
    GROUP = "group"
    AUCTION = "auction"
    CONDITION = "condition"
    CURRENCY = "currency"
    NO_PRICE = "no-price"
    BUYING = "buying"
    ENDED = "ended"
    PRICE = "price"
    FEEDBACK = "feedback"
    COUNTRY = "country"
    SELLER = "seller"
    REJECTED = "rejected"
    CATEGORY = "category"
    SPECIFICS = "specifics"
    DOUBT = "doubt"
    READER = "reader"
    TAUGHT = "taught"


class TitleFinding(NamedTuple):
    """A phrase that counts against a title, unless the query names one of its `words`."""

    reason: Reason
    phrase: str
    words: frozenset[str]


class ParsedTitle(NamedTuple):
    """The words of a text and their meaning.

    `gaps[i]` precedes `words[i]`; empty if two words are glued together. A number and its unit are one word
    (`32gb`), and also in `measures`. `nouns`: positions of accessories that are not merely included.
    `made_for`: position of "for" or "fits", else -1. `compared`: positions of words that are only compared
    with. `numbers`: how many numbers have no unit. `truncated`: long enough for a cut-off last word.
    """

    words: tuple[str, ...]
    gaps: tuple[str, ...]
    word_set: frozenset[str]
    measures: frozenset[str]
    findings: tuple[TitleFinding, ...]
    nouns: tuple[int, ...]
    made_for: int
    compared: frozenset[int]
    truncated: bool
    numbers: int


_READ_WARNING = re.compile(r"[*(\[!~]\s*read\b(?!\W+desc)|\bread\s*[*)\]!~]")
_SAME_SIZE_COPY = re.compile(r"\b1:1(?! *(?:macro|magnification|scale|ratio|aspect|[.,\d]))")
_MAX_COMPARED_WORDS = 6  # after a comparing word
_CLAUSE_BREAK = re.compile(r"[,|;()\[]| - ")
_FULL_LENGTH = 75  # characters; eBay allows 80, and some sellers' tools cut a word to fit
_MAX_CHARACTERS = 300  # per title
_CACHED_TITLES = 1_024  # entries of the cache, 3 MB; a poll parses a title once for all that looks at it
_LOT_SIZES = frozenset(map(str, range(2, 51)))
_LARGE_COUNTS = frozenset(map(str, range(10, 1000)))
_COUNTS = _LOT_SIZES | _LARGE_COUNTS
NOUNS = vocab.FIRM_NOUNS | vocab.LOOSE_NOUNS | vocab.OWN_PARTS | TRADE_NOUNS
_PACKAGING = vocab.PACKAGING | NOUNS
_PACKAGING_SIGNS = frozenset(("only", "empty", "no"))
_CRACKED = (("crack",), ("cracked",), ("cracks",))
_STATES_OF_PART = tuple((word,) for word in vocab.PART_PRAISE | {"never", "not", "still"})
# Faults that a denial may precede at some distance.
_FAULT_NOUNS = vocab.words(
    "artifact artifacts burn crack cracks damage line pin pins pixel pixels repair repairs"
)
_CRACKS = vocab.words("big crack cracked cracks damage damaged hole holes large rip ripped torn")
_CURED_WITHIN = 2  # words between a fault and its repair
_CRACKED_WITHIN = 4  # words between a crack and the part that has it
_BEFORE_OWN_PART = ("all", "broken", "cracked", "damaged", "scratched", "shattered")
_SET_PHRASES = tuple((word,) for word in vocab.SETS)
_PHRASE_RULES: dict[str, dict[int, dict[tuple[str, ...], Reason | None]]] = {}
"""Phrases by their first word and their length; the longest come first."""
for _reason, _phrases in (
    (Reason.PRESALE, phrase_lists.PRESALES),
    (Reason.REPRINT, phrase_lists.COPIES),
    (Reason.GROUP, phrase_lists.CHOICES),
    (Reason.SYSTEM, phrase_lists.SYSTEMS),
    (Reason.LOT, phrase_lists.LOTS),
    (Reason.PARTS, phrase_lists.DEFECTS),
    (Reason.ACCESSORY, phrase_lists.ACCESSORIES),
    (None, phrase_lists.HARMLESS),
):
    for _phrase in sorted(_phrases, key=len, reverse=True):
        _PHRASE_RULES.setdefault(_phrase[0], {}).setdefault(len(_phrase), {})[_phrase] = _reason
for _word, _lengths in _PHRASE_RULES.items():
    _PHRASE_RULES[_word] = dict(sorted(_lengths.items(), reverse=True))

_PHRASE_STARTS = frozenset(_PHRASE_RULES)
_COMPARISON_WORDS = vocab.COMPARING_WORDS.difference(vocab.COMPARING_ONLY_AFTER).union(
    *vocab.COMPARING_ONLY_AFTER.values()
)


@lru_cache(maxsize=_CACHED_TITLES)
def parse_title(text: str, languages: tuple[str, ...] = ENGLISH) -> ParsedTitle:
    """Parse a title or a query. `languages`: those of its site; words of others are read in English."""
    bounded = text[:_MAX_CHARACTERS]
    folded = fold_text(bounded if languages == ENGLISH else translate(bounded, languages))
    words, gaps, measures, numbers = tokenize(folded)
    word_set = frozenset(words)
    if languages == ENGLISH and shows_other_language(bounded, word_set):
        folded = fold_text(translate(bounded, languages))
        words, gaps, measures, numbers = tokenize(folded)
        word_set = frozenset(words)
    findings, shielded = _find_phrases(words, gaps, word_set)
    if not word_set.isdisjoint(_PACKAGING_SIGNS):
        findings += _find_packaging_alone(words, gaps, word_set)
    if not word_set.isdisjoint(DEFECT_SIGNS):
        findings += [TitleFinding(Reason.PARTS, *found) for found in find_defects(words, gaps)]
    if not word_set.isdisjoint(STAND_IN_SIGNS):
        findings += [TitleFinding(Reason.STAND_IN, *found) for found in find_stand_ins(words, gaps)]
    if numbers:
        findings += _find_quantities(words, gaps)
    if "1:1" in folded and _SAME_SIZE_COPY.search(folded):
        findings.append(_finding(Reason.REPRINT, ("1:1",)))
    if "read" in word_set and _READ_WARNING.search(folded):
        findings.append(_finding(Reason.PARTS, ("read",)))
    nouns = _find_sold_nouns(words, shielded) if word_set & NOUNS else ()
    made_for = _find_made_for(words) if word_set & vocab.MADE_FOR else -1
    compared = (
        _find_compared_words(words, gaps) if not word_set.isdisjoint(_COMPARISON_WORDS) else frozenset[int]()
    )
    return ParsedTitle(
        words,
        gaps,
        word_set,
        measures,
        tuple(findings),
        nouns,
        made_for,
        compared,
        len(text) >= _FULL_LENGTH,
        numbers,
    )


def unfolded_words(text: str) -> str:
    """Return the words of a text without unifying their spellings."""
    return " ".join(tokenize(normalize(text[:_MAX_CHARACTERS]))[0])


def _finding(reason: Reason, phrase: tuple[str, ...]) -> TitleFinding:
    return TitleFinding(reason, " ".join(phrase), frozenset(w for w in phrase if not w.isdigit()))


def _find_phrases(
    words: tuple[str, ...], gaps: tuple[str, ...], word_set: frozenset[str]
) -> tuple[list[TitleFinding], set[int]]:
    """Return the findings of listed phrases, and the positions of all words in such phrases."""
    findings: list[TitleFinding] = []
    shielded: set[int] = set()
    if word_set.isdisjoint(_PHRASE_STARTS):
        return findings, shielded
    done = 0
    for i, word in enumerate(words):
        if i < done or not (rules := _PHRASE_RULES.get(word)):
            continue
        for length, listed in rules.items():
            phrase = words[i : i + length]
            if phrase in listed:
                reason = listed[phrase]
                done = i + length
                shielded.update(range(i, done))
                if (
                    reason
                    and not _is_denied(reason, words, gaps, i, done)
                    and not (word == "pair" and word_set & vocab.FOOTWEAR)
                ):
                    findings.append(_finding(reason, phrase))
                break
    return findings, shielded


def _is_denied(reason: Reason, words: tuple[str, ...], gaps: tuple[str, ...], i: int, end: int) -> bool:
    """Return whether the phrase at `i` is denied or, for an accessory, included with the item."""
    if reason is Reason.ACCESSORY:
        return _is_part_included(words, gaps, i, end)
    if reason is Reason.LOT and (
        words[max(0, i - 2) : i] == ("out", "of") or _is_auction_lot(words, gaps, i)
    ):
        return True
    if reason is Reason.PARTS and _is_cured(words, gaps, end):
        return True  # "broken gear replaced"
    if words[end - 1] in _FAULT_NOUNS and is_denied(words, gaps, i):
        return True  # "no edge cracks"
    if reason is Reason.PARTS and words[i] in _CRACKS and _is_cosmetic(words, i, end):
        return True
    before = i - 1 - (i > 0 and words[i - 1] in ("a", "any", "my"))
    deniers = vocab.OUT_OF if reason is Reason.SYSTEM else vocab.NEGATIONS
    return before >= 0 and words[before] in deniers


def _is_auction_lot(words: tuple[str, ...], gaps: tuple[str, ...], i: int) -> bool:
    """Return whether the "lot" at `i` is the number of an item in a sale: "lot #88", "lot no 212"."""
    after = words[i + 1 : i + 3]
    if words[i] != "lot" or not after:
        return False
    numbered = after[0] in ("no", "nr", "number") and after[1:] and after[1].isdigit()
    if not after[0].isdigit() or numbered:
        return bool(numbered)
    end = i + 2 == len(words) or _CLAUSE_BREAK.search(gaps[i + 2]) is not None
    end = end and _CLAUSE_BREAK.search(gaps[i]) is not None
    sale = after[1:] in (("estate",), ("auction",), ("sale",))
    return i > 0 and ("#" in gaps[i + 1] or end or sale)


def _is_cured(words: tuple[str, ...], gaps: tuple[str, ...], end: int) -> bool:
    """Return whether the fault before `end` was repaired, perhaps after the name of the part."""
    for i in range(end, min(end + 1 + _CURED_WITHIN, len(words))):
        if gaps[i] and _CLAUSE_BREAK.search(gaps[i]):
            return False
        if cures(words, i):
            return True
    return False


def _is_cosmetic(words: tuple[str, ...], i: int, end: int) -> bool:
    """Return whether a crack is in what holds the item, its back, or another part of an item that works."""
    near = set(words[max(0, i - 2) : i]) | set(words[end : end + _CRACKED_WITHIN])
    if "screen" in near or "lens" in near or "display" in near:
        return False
    if not vocab.HOLDERS.isdisjoint(near):
        return True
    return not (vocab.COSMETIC_PARTS.isdisjoint(near) or vocab.WORKING.isdisjoint(words))


def _is_part_included(words: tuple[str, ...], gaps: tuple[str, ...], i: int, end: int) -> bool:
    """Return whether a listed part comes with the item, or is only described: "ear pads worn"."""
    before = words[i - 1] if i else ""
    separator = gaps[i - (before == "new")].strip(" ") if i else ""
    return (
        separator in (",", "/")
        or (before == "new" and separator == "-")
        or before in _BEFORE_OWN_PART
        or not vocab.DESCRIBING.isdisjoint(words[max(0, i - 3) : i])
        or _is_included(words, i, end)
        or words[end : end + 1] in _STATES_OF_PART
        or words[end : end + 1] in _CRACKED
    )


def _is_included(words: tuple[str, ...], i: int, end: int) -> bool:
    """Return whether the words from `i` to `end` name a thing that comes with the item."""
    after = words[end : end + 2]
    if after[:1] == ("not",) or not vocab.INCLUDED_AFTER.isdisjoint(after[:1]):
        return not vocab.INCLUDED_AFTER.isdisjoint(after)  # "installed", and "not included"
    if "in" in words[max(0, i - 2) : i]:
        return True  # "ships in a toploader"
    return not vocab.INCLUDED_BEFORE.isdisjoint(words[max(0, i - 4) : i]) or "and" in words[max(0, i - 2) : i]


def _find_packaging_alone(
    words: tuple[str, ...], gaps: tuple[str, ...], word_set: frozenset[str]
) -> list[TitleFinding]:
    """Return phrases for packaging without the item: "box only", "case & manual, no game", "empty tin"."""
    found: list[tuple[str, ...]] = []
    if "only" in word_set:
        near = {w for i, w in enumerate(words[:-1]) if words[i + 1] == "only" and not _is_second(words, i)}
        near |= {b for i, (a, b) in enumerate(pairwise(words)) if a == "only" and gaps[i + 1] == " "}
        found += [(word, "only") for word in sorted(near & _PACKAGING)[:1]]
    if "empty" in word_set and not vocab.PACKAGING.isdisjoint(_words_around(words, "empty", 1, 3)):
        found.append(("empty",))
    if "no" in word_set and not vocab.ABSENT_ITEMS.isdisjoint(_words_around(words, "no", 0, 1)):
        i = words.index("no")
        found += [(w, "no", words[i + 1]) for w in words[max(0, i - 2) : i] if w in vocab.PACKAGING][:1]
    missing = (
        [b for a, b in pairwise(words) if a == "no" and b in vocab.ABSENT_THINGS] if "no" in word_set else []
    )
    absent = [TitleFinding(Reason.ACCESSORY, f"no {thing}", frozenset()) for thing in missing[:1]]
    return [_finding(Reason.ACCESSORY, phrase) for phrase in found] + absent


def _is_second(words: tuple[str, ...], i: int) -> bool:
    """Return whether the word at `i` is named beside the item: "console and case only"."""
    return i > 1 and words[i - 1] == "and" and words[i - 2] not in _PACKAGING


def _words_around(words: tuple[str, ...], word: str, back: int, far: int) -> tuple[str, ...]:
    i = words.index(word)
    return words[max(0, i - back) : i + 1 + far]


def _find_quantities(words: tuple[str, ...], gaps: tuple[str, ...]) -> list[TitleFinding]:
    """Return quantities that are clear without a query: "5 pcs", "set of 4", "qty 2", "(2)" at the start."""
    found: list[tuple[str, ...]] = []
    last = len(words) - 1
    for i, word in enumerate(words):
        if word not in _COUNTS or (i and not gaps[i]):
            continue
        before, after = words[i - 1] if i else "", words[i + 1] if i < last else ""
        if after in vocab.LOT_NOUNS or (after in vocab.LOT_NOUNS_IF_MANY and word in _LARGE_COUNTS):
            found.append((word, after))
        elif word not in _LOT_SIZES:
            continue
        elif (after in vocab.COUNT_NOUNS and "," not in gaps[i + 1]) or (after == "pc" and not gaps[i + 1]):
            if words[i + 2 : i + 3] not in _SET_PHRASES:
                found.append((word, after))
        elif before in ("qty", "quantity") or (before == "of" and i > 1 and words[i - 2] in vocab.SETS):
            found.append((before, word))
        elif not i and after and "(" in gaps[0] and ")" in gaps[1]:
            found.append((word,))
    return [_finding(Reason.LOT, phrase) for phrase in found]


def _find_sold_nouns(words: tuple[str, ...], shielded: set[int]) -> tuple[int, ...]:
    """Return the positions of accessories that are neither included nor part of a listed phrase."""
    found = []
    for i, word in enumerate(words):
        if word in NOUNS and i not in shielded and not _is_included(words, i, i + 1):
            cracked = words[i + 1 : i + 2] in _CRACKED or (i > 1 and words[i - 1] in _BEFORE_OWN_PART)
            if not cracked:
                found.append(i)
    return tuple(found)


def _find_compared_words(words: tuple[str, ...], gaps: tuple[str, ...]) -> frozenset[int]:
    """Return the positions of words in comparisons: "similar to ...", "same sensor as ...", "vs ..."."""
    found: set[int] = set()
    for i, word in enumerate(words):
        if word not in vocab.COMPARING_WORDS:
            continue
        if after := vocab.COMPARING_ONLY_AFTER.get(word):
            compares = not after.isdisjoint(words[max(0, i - (4 if word == "as" else 1)) : i])
        else:
            compares = word != "like" or vocab.AFTER_LIKE_NEW.isdisjoint(words[i + 1 : i + 2])
        if compares:
            end = i + 1
            while end < len(words) and end <= i + _MAX_COMPARED_WORDS and not _CLAUSE_BREAK.search(gaps[end]):
                end += 1
            found.update(range(i + 1, end))
    return frozenset(found)


def _find_made_for(words: tuple[str, ...]) -> int:
    """Return the position of a word like "for" that separates an accessory from its item, else -1."""
    before = ""
    for i, word in enumerate(words[:-1]):
        if word in vocab.MADE_FOR and words[i + 1] not in vocab.FOR_WHOM and before not in vocab.PRAISE:
            return i
        before = word
    return -1
