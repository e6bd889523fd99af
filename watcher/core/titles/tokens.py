"""Fold a text and split it into words, so that spellings of one thing are equal."""

from __future__ import annotations

import re
import unicodedata

from watcher.core.titles import query_words
from watcher.core.titles import vocabulary as vocab

# Trade marks and apostrophes are removed: "RTX™" must not become "rtxtm", and "won't" is one word.
_CHARACTER_MAP = {
    **dict.fromkeys(map(ord, "\u2122\u00ae\u00a9'\u2019`\u00b4"), None),
    0x201D: '"',
    0x2033: '"',
    0xD7: "x",
    0x3B1: "a",
    0x142: "l",
    0x141: "L",
    0x24: " dollar ",
}
_WITH_SLASH = re.compile(r"(?<!\w)w/(o\b)?")
_PLUS_AFTER_DIGIT = re.compile(r"(?<=\d)\+(?!\d)")
_INCH_SIGN = re.compile(r'(?<=\d)"')
_MARK_NUMBER = re.compile(r"(?<![a-z])(?:mark|mk)[ .-]?([2-9]|ii|iii|iv|vi|vii)\b|(?<=\d)m([2-9])\b")
_GLUED_NUMERAL = re.compile(r"(?<=\d)([a-hj-uwyz])(i{2,3}|iv|vii?)\b")
_ALPHA_SERIES = re.compile(r"\balpha (?=\d)")
_M_NUMBER, _F_NUMBER = re.compile(r"m[2-9](?<=\dm\d)"), re.compile(r"f/?\d")
_APERTURE = re.compile(r"\b(?:f/?(?=\d)|1:(?=\d[.,]\d))(\d)(?:[.,](\d))?(?!\d)")
_SCALE = re.compile(r"(?<![\d/:])1 ?[:/] ?(18|24|43|64|72|87|144|350|700)(?![\d/.])")
_TENS, _ONES = (
    {word: str(i) for i, word in enumerate(numbers, first)}
    for first, numbers in (
        (2, ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")),
        (1, ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")),
    )
)
_SPELLED_NUMBER = re.compile(rf"\b({'|'.join(_TENS)})[ -]?({'|'.join(_ONES)})\b")
_ORDINALS = {w: str(i) for i, w in enumerate(("first", "second", "third", "fourth", "fifth", "sixth"), 1)}
_ORDINAL_GENERATION = re.compile(rf"\b({'|'.join(_ORDINALS)})[ -]gen(?:eration)?\b")
_NTH_GENERATION = re.compile(r"(\d+)(?:st|nd|rd|th)[ -]?gen(?:eration)?\b")
_TOKEN = re.compile(r"([\W_]*)(\d+(?:st|nd|rd|th)\b|[^\W\d_]+|\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:\.\d+)?)")
_NETWORK_NUMBERS = frozenset(w[0] for w in query_words.NETWORKS if w[0].isdigit())
_DIGITS_BELOW_THOUSAND = 3


def normalize(text: str) -> str:
    """Return the text in lower case without accents and marks, with signs spelled out."""
    text = text.translate(_CHARACTER_MAP)
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    text = text.casefold()
    if "w/" in text:
        text = _WITH_SLASH.sub(lambda m: " without " if m[1] else " with ", text)
    if "+" in text:
        text = _PLUS_AFTER_DIGIT.sub(" plus ", text).replace("+", " + and ")
    if '"' in text:
        text = _INCH_SIGN.sub(" inch ", text)
    return text.replace("&", " and ")


def fold_text(text: str) -> str:
    """Return the normalized text with names of several words and codes in one spelling."""
    text = normalize(text)
    for several, one in vocab.SPELLINGS.items():
        if several in text:
            text = text.replace(several, one)
    return _unify_codes(text)


def _unify_codes(text: str) -> str:
    """Unify the spelling of generations, marks and apertures."""
    if "gen" in text:
        text = _ORDINAL_GENERATION.sub(lambda m: f"gen {_ORDINALS[m[1]]}", text)
        text = _NTH_GENERATION.sub(r"gen \1", text)
    if "ty" in text:
        text = _SPELLED_NUMBER.sub(lambda m: _TENS[m[1]] + _ONES[m[2]], text)
    if "alpha" in text:
        text = _ALPHA_SERIES.sub("a", text)
    if "mark" in text or "mk" in text or _M_NUMBER.search(text):
        text = _MARK_NUMBER.sub(_mark_numeral, text)
    if "ii" in text or "iv" in text:
        text = _GLUED_NUMERAL.sub(r"\1 \2", text)  # "5DIII"
    if "1:" in text or "1/" in text:
        text = _SCALE.sub(r"scale\1", text)
    if "1:" in text or _F_NUMBER.search(text):
        text = _APERTURE.sub(lambda m: f"f/{m[1]}.{m[2]}" if m[2] else f"f/{m[1]}", text)
    return text


def _mark_numeral(found: re.Match[str]) -> str:
    """Return the roman numeral of "Mark III", "Mk 3" or the "M3" of "A7M3"."""
    roman = vocab.MARK_NUMERALS.get(found[1] or found[2])
    return f" {roman}" if roman else found[0]


def tokenize(folded: str) -> tuple[tuple[str, ...], tuple[str, ...], frozenset[str], int]:
    """Return words, the gaps before them, measures, and how many numbers have no unit."""
    tokens = _TOKEN.findall(folded)
    words: list[str] = []
    gaps: list[str] = []
    measures: list[str] = []
    numbers = 0
    joined_unit = -1  # position of a unit that has been joined with its number
    alias_of, add_word, add_gap = vocab.ALIASES.get, words.append, gaps.append
    for i, (gap, token) in enumerate(tokens):
        if i == joined_unit:
            continue
        word = alias_of(token, token)
        if "0" <= token[0] <= "9":
            word = _canonical_number(token, gap, tokens[i + 1][0] if i + 1 < len(tokens) else " ")
            if token in _NETWORK_NUMBERS and _is_network(tokens, i):
                word, joined_unit = f"{word}g", i + 1
            elif unit := _unit_of(tokens, i):
                if words and "/" in gap and words[-1].isdecimal():
                    measures.append(words[-1] + unit)  # "16/32gb" states two measures
                word = _canonical_measure(word.removesuffix(".0"), unit)
                measures.append(word)
                joined_unit = i + 1
            else:
                numbers += 1
        add_word(word)
        add_gap(gap)
    return tuple(words), tuple(gaps), frozenset(measures), numbers


def _is_network(tokens: list[tuple[str, str]], i: int) -> bool:
    """Return whether the number at `i` with a "g" is a network ("5G") rather than a capacity ("4G RAM")."""
    after = tokens[i + 2] if i + 2 < len(tokens) else (" ", "")
    return tokens[i + 1 : i + 2] == [("", "g")] and after[0] != "" and after[1] not in vocab.MEMORY


def _canonical_number(token: str, gap: str, after: str) -> str:
    """Drop the commas of "1,500", and the leading zeros of "#057" and "020/189"."""
    if "," in token:
        return token.replace(",", "")
    if token[0] == "0" and token.isdecimal() and _is_padded(token, gap, after):
        return token.lstrip("0") or "0"
    return token


def _is_padded(token: str, gap: str, after: str) -> bool:
    """Return whether zeros before a number mean nothing: "#057", "020/189", "Foil 01"; not "SKX 007"."""
    alone = len(token) == len("01") and gap.endswith(" ") and after not in ("", "-", ".")
    return "#" in gap or "/" in gap or "/" in after or alone


def _canonical_measure(number: str, unit: str) -> str:
    """Return the measure in the largest unit without a fraction: "2000gb" is "2tb"."""
    if unit == "gb" and len(number) > _DIGITS_BELOW_THOUSAND and number.isdecimal():
        for thousand in (1000, 1024):
            if not int(number) % thousand:
                return f"{int(number) // thousand}tb"
    return number + unit


def _unit_of(tokens: list[tuple[str, str]], i: int) -> str:
    """Return the unit of the number at `i`; empty if none follows or the whole is a code."""
    if i + 1 == len(tokens):
        return ""
    gap, spelled = tokens[i + 1]
    unit = vocab.UNITS.get(spelled)
    if not unit or (gap and (gap not in (" ", "-") or spelled in vocab.GLUED_UNITS)):
        return ""
    if i and not tokens[i][0] and not (tokens[i - 1][1] == "x" and i > 1 and tokens[i - 2][1].isdigit()):
        return ""  # "2x16GB" has a measure, "X100V" has none
    if gap and "/" in tokens[i][0] and unit not in vocab.STORAGE:
        return ""  # "4/102 MP" is a card of a set
    if i and tokens[i][0] == "-" and len(tokens[i - 1][1]) == len(spelled) == 1:
        return ""  # "F-91W" is a name
    return "" if i + 2 < len(tokens) and not tokens[i + 2][0] else unit
