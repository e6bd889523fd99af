"""Titles: words, measures and telling phrases, independent of any query."""

from __future__ import annotations

import re
import unicodedata
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from watcher.core.titles import vocabulary as vocab


class Reason(StrEnum):
    """Why a listing is not comparable."""

    QUERY = "query"
    EXCLUDED = "excluded"
    LOT = "lot"
    PARTS = "parts"
    ACCESSORY = "accessory"
    REPRINT = "reprint"
    PRESALE = "presale"
    SYSTEM = "system"
    GROUP = "group"
    AUCTION = "auction"
    CONDITION = "condition"
    CURRENCY = "currency"
    NO_PRICE = "no-price"
    BUYING = "buying"
    PRICE = "price"
    FEEDBACK = "feedback"
    COUNTRY = "country"
    REJECTED = "rejected"


class TitleFinding(NamedTuple):
    """A phrase that speaks against a title, unless the query names one of its `words`."""

    reason: Reason
    phrase: str
    words: frozenset[str]


class ParsedTitle(NamedTuple):
    """A text as words and what they mean.

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


# Trade marks and apostrophes are removed: "RTX™" must not become "rtxtm", and "won't" is one word.
_MARKS = {
    **dict.fromkeys(map(ord, "\u2122\u00ae\u00a9'\u2019`\u00b4"), None),
    0x201D: '"',
    0x2033: '"',
    0xD7: "x",
    0x3B1: "a",
    0x24: " dollar ",
}
_WITH = re.compile(r"(?<!\w)w/(o\b)?")
_PLUS = re.compile(r"(?<=\d)\+(?!\d)")
_INCHES = re.compile(r'(?<=\d)"')
_MARK = re.compile(r"(?<![a-z])(?:mark|mk)[ .-]?([2-9]|ii|iii|iv|vi|vii)\b|(?<=\d)m([2-9])\b")
_ALPHA = re.compile(r"\balpha (?=\d)")
_M_NUMBER, _F_NUMBER = re.compile(r"m[2-9](?<=\dm\d)"), re.compile(r"f/?\d")
_APERTURE = re.compile(r"\b(?:f/?(?=\d)|1:(?=\d[.,]\d))(\d)(?:[.,](\d))?(?!\d)")
_TENS, _ONES = (
    {word: str(i) for i, word in enumerate(numbers, first)}
    for first, numbers in (
        (2, ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")),
        (1, ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")),
    )
)
_SPELLED = re.compile(rf"\b({'|'.join(_TENS)})[ -]?({'|'.join(_ONES)})\b")
_NTH = re.compile(r"(\d+)(?:st|nd|rd|th)[ -]?gen(?:eration)?\b")
_TOKEN = re.compile(r"([\W_]*)(\d+(?:st|nd|rd|th)\b|[^\W\d_]+|\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?)")
_WARNING = re.compile(r"[*(\[!~]\s*read\b(?!\W+desc)|\bread\s*[*)\]!~]")
_THOUSANDS = 3  # digits below a thousand
_BESIDE = 6  # words that a comparison covers
_BREAK = re.compile(r"[,|;()\[]| - ")
_FULL = 75  # characters; eBay allows 80, and some sellers' tools cut a word to fit
_MAX_CHARACTERS = 300  # per title
_CACHED_TITLES = 8192  # entries of the cache; a title is parsed once for all queries
_LOT_SIZES = frozenset(map(str, range(2, 51)))
_MANY = frozenset(map(str, range(10, 1000)))
_COUNTS = _LOT_SIZES | _MANY
NOUNS = vocab.FIRM_NOUNS | vocab.LOOSE_NOUNS | vocab.ORGANS
_WRAPPINGS = vocab.WRAPPINGS | NOUNS
_SET = tuple((word,) for word in vocab.SETS)
_RULES: dict[str, list[tuple[tuple[str, ...], Reason | None]]] = {}
for _reason, _phrases in (
    (None, vocab.HARMLESS),
    (Reason.ACCESSORY, vocab.ACCESSORIES),
    (Reason.PARTS, vocab.DEFECTS),
    (Reason.LOT, vocab.LOTS),
    (Reason.SYSTEM, vocab.SYSTEMS),
    (Reason.GROUP, vocab.CHOICES),
    (Reason.REPRINT, vocab.COPIES),
    (Reason.PRESALE, vocab.PRESALES),
):
    for _phrase in _phrases:
        _RULES.setdefault(_phrase[0], []).append((_phrase, _reason))
for _listed in _RULES.values():
    _listed.sort(key=lambda rule: -len(rule[0]))  # the longest phrase decides

_STARTS = frozenset(_RULES)
_COMPARING = vocab.BESIDE.difference(vocab.BESIDE_AFTER).union(*vocab.BESIDE_AFTER.values())


@lru_cache(maxsize=_CACHED_TITLES)
def parse_title(text: str) -> ParsedTitle:
    """Parse a title or a query."""
    folded = _fold(text[:_MAX_CHARACTERS])
    words, gaps, measures, numbers = _split(folded)
    word_set = frozenset(words)
    findings, shielded = _phrases_of(words, word_set)
    findings += _wrapping_alone(words, gaps, word_set)
    if numbers:
        findings += _quantities(words, gaps)
    if "read" in word_set and _WARNING.search(folded):
        findings.append(_finding(Reason.PARTS, ("read",)))
    nouns = _sold_nouns(words, shielded) if word_set & NOUNS else ()
    made_for = _made_for(words) if word_set & vocab.MADE_FOR else -1
    compared = _compared_words(words, gaps) if not word_set.isdisjoint(_COMPARING) else frozenset[int]()
    return ParsedTitle(
        words,
        gaps,
        word_set,
        measures,
        tuple(findings),
        nouns,
        made_for,
        compared,
        len(text) >= _FULL,
        numbers,
    )


def spoken(text: str) -> str:
    """Return the words of a text in their own spelling."""
    return " ".join(_split(_plain(text[:_MAX_CHARACTERS]))[0])


def _finding(reason: Reason, phrase: tuple[str, ...]) -> TitleFinding:
    return TitleFinding(reason, " ".join(phrase), frozenset(w for w in phrase if not w.isdigit()))


def _plain(text: str) -> str:
    text = text.translate(_MARKS)
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = text.casefold()
    if "w/" in text:
        text = _WITH.sub(lambda m: " without " if m[1] else " with ", text)
    if "+" in text:
        text = _PLUS.sub(" plus ", text).replace("+", " + and ")
    if '"' in text:
        text = _INCHES.sub(" inch ", text)
    return text.replace("&", " and ")


def _fold(text: str) -> str:
    text = _plain(text)
    for several, one in vocab.SPELLINGS.items():
        if several in text:
            text = text.replace(several, one)
    return _codes(text)


def _codes(text: str) -> str:
    """Unify the spelling of generations, marks and apertures."""
    if "gen" in text:
        text = _NTH.sub(r"gen \1", text)
    if "ty" in text:
        text = _SPELLED.sub(lambda m: _TENS[m[1]] + _ONES[m[2]], text)
    if "alpha" in text:
        text = _ALPHA.sub("a", text)
    if "mark" in text or "mk" in text or _M_NUMBER.search(text):
        text = _MARK.sub(_mark, text)
    if "1:" in text or _F_NUMBER.search(text):
        text = _APERTURE.sub(lambda m: f"f/{m[1]}.{m[2]}" if m[2] else f"f/{m[1]}", text)
    return text


def _mark(found: re.Match[str]) -> str:
    """Return the roman numeral of "Mark III", "Mk 3" or the "M3" of "A7M3"."""
    roman = vocab.MARKS.get(found[1] or found[2])
    return f" {roman}" if roman else found[0]


def _split(folded: str) -> tuple[tuple[str, ...], tuple[str, ...], frozenset[str], int]:
    tokens = _TOKEN.findall(folded)
    words: list[str] = []
    gaps: list[str] = []
    measures: list[str] = []
    numbers = 0
    taken = -1  # position of a unit that has been joined with its number
    for i, (gap, token) in enumerate(tokens):
        if i == taken:
            continue
        word = vocab.ALIASES.get(token, token)
        if "0" <= token[0] <= "9":
            word = _number(token, gap, tokens[i + 1][0] if i + 1 < len(tokens) else "")
            if unit := _unit_of(tokens, i):
                if words and "/" in gap and words[-1].isdecimal():
                    measures.append(words[-1] + unit)  # "16/32gb" is both
                word = _measure(word.removesuffix(".0"), unit)
                measures.append(word)
                taken = i + 1
            else:
                numbers += 1
        words.append(word)
        gaps.append(gap)
    return tuple(words), tuple(gaps), frozenset(measures), numbers


def _number(token: str, gap: str, after: str) -> str:
    """Drop fillers: the commas of "1,500", the leading zeros of "#057" and "020/189"."""
    if "," in token:
        return token.replace(",", "")
    if token[0] == "0" and token.isdecimal() and ("#" in gap or "/" in gap or "/" in after):
        return token.lstrip("0") or "0"
    return token


def _measure(number: str, unit: str) -> str:
    """Return the measure in the largest unit without a fraction: "2000gb" is "2tb"."""
    if unit == "gb" and len(number) > _THOUSANDS and number.isdecimal():
        for thousand in (1000, 1024):
            if not int(number) % thousand:
                return f"{int(number) // thousand}tb"
    return number + unit


def _unit_of(tokens: list[tuple[str, str]], i: int) -> str:
    """Return the unit of the number at `i`; empty if none follows or all of it is a code."""
    if i + 1 == len(tokens):
        return ""
    gap, spelled = tokens[i + 1]
    unit = vocab.UNITS.get(spelled)
    if not unit or (gap and (gap not in (" ", "-") or spelled in vocab.GLUED_UNITS)):
        return ""
    if i and not tokens[i][0] and tokens[i - 1][1] != "x":
        return ""
    if gap and "/" in tokens[i][0] and unit not in vocab.STORAGE:
        return ""  # "4/102 MP" is a card of a set
    if i and tokens[i][0] == "-" and len(tokens[i - 1][1]) == len(spelled) == 1:
        return ""  # "F-91W" is a name
    return "" if i + 2 < len(tokens) and not tokens[i + 2][0] else unit


def _phrases_of(words: tuple[str, ...], word_set: frozenset[str]) -> tuple[list[TitleFinding], set[int]]:
    findings: list[TitleFinding] = []
    shielded: set[int] = set()
    if word_set.isdisjoint(_STARTS):
        return findings, shielded
    done = 0
    for i, word in enumerate(words):
        if i < done or not (rules := _RULES.get(word)):
            continue
        for phrase, reason in rules:
            if words[i : i + len(phrase)] == phrase:
                done = i + len(phrase)
                shielded.update(range(i, done))
                if (
                    reason
                    and not _denied(reason, words, i, done)
                    and not (word == "pair" and word_set & vocab.FOOTWEAR)
                ):
                    findings.append(_finding(reason, phrase))
                break
    return findings, shielded


def _denied(reason: Reason, words: tuple[str, ...], i: int, end: int) -> bool:
    """Return whether the phrase at `i` is denied or, for an accessory, included with the item."""
    if reason is Reason.ACCESSORY:
        return _comes_with(words, i, end)
    if reason is Reason.LOT and words[max(0, i - 2) : i] == ("out", "of"):
        return True
    before = i - 1 - (i > 0 and words[i - 1] in ("a", "any", "my"))
    deniers = vocab.OUT_OF if reason is Reason.SYSTEM else vocab.NEGATIONS
    return before >= 0 and words[before] in deniers


def _comes_with(words: tuple[str, ...], i: int, end: int) -> bool:
    after = words[end : end + 2]
    if after[:1] == ("not",) or not vocab.AT_HAND.isdisjoint(after[:1]):
        return not vocab.AT_HAND.isdisjoint(after)  # "installed", and "not included"
    if "in" in words[max(0, i - 2) : i]:
        return True  # "ships in a toploader"
    return not vocab.INCLUDED.isdisjoint(words[max(0, i - 4) : i]) or "and" in words[max(0, i - 2) : i]


def _wrapping_alone(
    words: tuple[str, ...], gaps: tuple[str, ...], word_set: frozenset[str]
) -> list[TitleFinding]:
    """Return phrases for packaging without the item: "box only", "case & manual, no game", "empty tin"."""
    found: list[tuple[str, ...]] = []
    if "only" in word_set:
        near = {a for a, b in pairwise(words) if b == "only"}
        near |= {b for i, (a, b) in enumerate(pairwise(words)) if a == "only" and gaps[i + 1] == " "}
        found += [(word, "only") for word in sorted(near & _WRAPPINGS)[:1]]
    if "empty" in word_set and not vocab.WRAPPINGS.isdisjoint(_around(words, "empty", 1, 3)):
        found.append(("empty",))
    if "no" in word_set and not vocab.ABSENT_ITEMS.isdisjoint(_around(words, "no", 0, 1)):
        i = words.index("no")
        found += [(w, "no", words[i + 1]) for w in words[max(0, i - 2) : i] if w in vocab.WRAPPINGS][:1]
    gone = (
        [b for a, b in pairwise(words) if a == "no" and b in vocab.ABSENT_THINGS] if "no" in word_set else []
    )
    absent = [TitleFinding(Reason.ACCESSORY, f"no {thing}", frozenset()) for thing in gone[:1]]
    return [_finding(Reason.ACCESSORY, phrase) for phrase in found] + absent


def _around(words: tuple[str, ...], word: str, back: int, far: int) -> tuple[str, ...]:
    i = words.index(word)
    return words[max(0, i - back) : i + 1 + far]


def _quantities(words: tuple[str, ...], gaps: tuple[str, ...]) -> list[TitleFinding]:
    """Return quantities that need no query: "5 pcs", "set of 4", "qty 2", "(2)" at the start."""
    found: list[tuple[str, ...]] = []
    last = len(words) - 1
    for i, word in enumerate(words):
        if word not in _COUNTS or (i and not gaps[i]):
            continue
        before, after = words[i - 1] if i else "", words[i + 1] if i < last else ""
        if after in vocab.FEW or (after in vocab.COUNTABLE and word in _MANY):
            found.append((word, after))
        elif word not in _LOT_SIZES:
            continue
        elif after in vocab.COUNT_NOUNS or (after == "pc" and not gaps[i + 1]):
            if words[i + 2 : i + 3] not in _SET:
                found.append((word, after))
        elif before in ("qty", "quantity") or (before == "of" and i > 1 and words[i - 2] in vocab.SETS):
            found.append((before, word))
        elif not i and after and "(" in gaps[0] and ")" in gaps[1]:
            found.append((word,))
    return [_finding(Reason.LOT, phrase) for phrase in found]


def _sold_nouns(words: tuple[str, ...], shielded: set[int]) -> tuple[int, ...]:
    found = []
    for i, word in enumerate(words):
        if word in NOUNS and i not in shielded and not _comes_with(words, i, i + 1):
            found.append(i)
    return tuple(found)


def _compared_words(words: tuple[str, ...], gaps: tuple[str, ...]) -> frozenset[int]:
    """Return the positions of words in comparisons: "similar to ...", "same sensor as ...", "vs ..."."""
    found: set[int] = set()
    for i, word in enumerate(words):
        if word not in vocab.BESIDE:
            continue
        if after := vocab.BESIDE_AFTER.get(word):
            tells = not after.isdisjoint(words[max(0, i - (4 if word == "as" else 1)) : i])
        else:
            tells = word != "like" or vocab.LIKE_WHAT.isdisjoint(words[i + 1 : i + 2])
        if tells:
            end = i + 1
            while end < len(words) and end <= i + _BESIDE and not _BREAK.search(gaps[end]):
                end += 1
            found.update(range(i + 1, end))
    return frozenset(found)


def _made_for(words: tuple[str, ...]) -> int:
    before = ""
    for i, word in enumerate(words[:-1]):
        if word in vocab.MADE_FOR and words[i + 1] not in vocab.FOR_WHOM and before not in vocab.PRAISE:
            return i
        before = word
    return -1
