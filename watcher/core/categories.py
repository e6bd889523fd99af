"""Categories and how long their comps stay good."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache

from watcher.core.times import DAY, Seconds

DEFAULT_TTL = Seconds(7 * DAY)
TTLS: dict[str, Seconds] = {
    **dict.fromkeys(("cards", "trading-cards", "sports-cards", "pokemon", "magic"), DAY),
    **dict.fromkeys(("collectibles", "electronics", "handbags", "vintage"), Seconds(7 * DAY)),
    **dict.fromkeys(("gaming", "tools", "antiques"), Seconds(14 * DAY)),
    **dict.fromkeys(("watches", "toys"), Seconds(21 * DAY)),
    "shoes": Seconds(28 * DAY),
}
_SEPARATORS = re.compile(r"[-_\s]+")
# Words whose plural adds "es": boxes, watches, dresses. "shoes" is one of them and of "shoe" + "s" too,
# so every reading of an ending counts, and two words are the same when they share one.
_ES = ("ses", "xes", "zes", "ches", "shes", "oes")


@lru_cache(maxsize=1024)
def normal(name: str) -> str:
    """A category's name as it is stored: lower case, no accents, `-` between words."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return _SEPARATORS.sub("-", plain.casefold()).strip("-")


def canonical(name: str, known: Mapping[str, Seconds] = TTLS) -> str:
    """The known category that `name` means, in the known spelling; an unknown one as `normal` writes it.

    `known` has its keys as `normal` writes them. Singular and plural are alike, word by word.
    """
    folded = normal(name)
    if not folded or folded in known:
        return folded
    words = [_readings(w) for w in folded.split("-")]
    return next((k for k in known if _same(words, k.split("-"))), folded)


def ttl_of(name: str, ttls: Mapping[str, Seconds] = TTLS) -> Seconds:
    """How long comps of this category stay fresh, in seconds; the default where it is unknown."""
    return ttls.get(canonical(name, ttls), DEFAULT_TTL)


def warning_of(name: str, known: Mapping[str, Seconds] = TTLS) -> str:
    """A sentence for a person whose category is unknown; empty when it is known or none, or an eBay id."""
    category = canonical(name, known)
    if not category or category in known or category.isdecimal():
        return ""
    near = get_close_matches(category, known, n=1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    return (
        f'"{name}" is no known category, so its comps keep 7 days.{hint} Known: {", ".join(sorted(known))}.'
    )


def _same(words: list[frozenset[str]], known: list[str]) -> bool:
    pairs = zip(words, known, strict=False)
    return len(words) == len(known) and all(ours & _readings(theirs) for ours, theirs in pairs)


@lru_cache(maxsize=1024)
def _readings(word: str) -> frozenset[str]:
    """The word itself and every singular that it may be the plural of."""
    readings = {word}
    if word.endswith("s") and not word.endswith("ss"):
        readings.add(word[:-1])
    if word.endswith(_ES):
        readings.add(word[:-2])
    if word.endswith("ies"):
        readings.add(word[:-3] + "y")
    return frozenset(readings)
