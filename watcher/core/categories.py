"""Categories and their TTLs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
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
# eBay's ids of categories that mean one of these, in the US tree.
_EBAY_CATEGORIES = {
    **dict.fromkeys(("183454", "183456", "261044", "2536", "212", "261328", "183050"), "cards"),
    **dict.fromkeys(("15709", "95672", "93427", "3034"), "shoes"),
    **dict.fromkeys(("31387", "281"), "watches"),
    "169291": "handbags",
    **dict.fromkeys(("261068", "19006", "263012"), "toys"),
    **dict.fromkeys(("139973", "1249"), "gaming"),
    **dict.fromkeys(("631", "3247"), "tools"),
    "20081": "antiques",
    **dict.fromkeys(("293", "9355", "58058", "27386", "625"), "electronics"),
    "175759": "vintage",
    "220": "toys",
    "1": "collectibles",
}
_SEPARATORS = re.compile(r"[-_\s]+")
# Endings of words whose plural adds "es": boxes, watches, dresses. "shoes" ends like that and is "shoe" + "s"
# too, so all possible singulars count, and two words are the same if they share one.
_ES_ENDINGS = ("ses", "xes", "zes", "ches", "shes", "oes")


@lru_cache(maxsize=1024)
def normalize_category(name: str) -> str:
    """Return a category's name as it is stored: lower case, no accents, `-` between words."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c))
    return _SEPARATORS.sub("-", plain.casefold()).strip("-")


def canonical_category(name: str, known: Mapping[str, Seconds] = TTLS) -> str:
    """Return the known category that `name` means, else the normalized name.

    The keys of `known` are normalized. Singular and plural of each word are equal.
    """
    folded = normalize_category(name)
    if not folded or folded in known:
        return folded
    words = [_singulars(w) for w in folded.split("-")]
    return next((k for k in known if _same(words, k.split("-"))), folded)


def category_number(name: str) -> str:
    """Return eBay's number of a category that was given as one; empty if it was not."""
    return name if name.isascii() and name.isdecimal() else ""


def ttl_of(name: str, ttls: Mapping[str, Seconds] = TTLS) -> Seconds:
    """Return how many seconds comps of a category stay fresh; the default if it is unknown."""
    return ttls.get(canonical_category(name, ttls), DEFAULT_TTL)


def category_of_ebay(ids: Iterable[str]) -> str:
    """Return the category that eBay's ids of an item mean, from the leaf up; empty if none is known."""
    return next((_EBAY_CATEGORIES[one] for one in ids if one in _EBAY_CATEGORIES), "")


def category_warning(name: str, known: Mapping[str, Seconds] = TTLS) -> str:
    """Return a warning for an unknown category; empty if it is known, empty, or an eBay category id."""
    category = canonical_category(name, known)
    if not category or category in known or category.isdecimal():
        return ""
    near = get_close_matches(category, known, n=1)
    hint = f' Did you mean "{near[0]}"?' if near else ""
    return (
        f'"{name}" is not a known category, so its comps are cached for 7 days.{hint} '
        f"Known: {', '.join(sorted(known))}."
    )


def _same(words: list[frozenset[str]], known: list[str]) -> bool:
    pairs = zip(words, known, strict=False)
    return len(words) == len(known) and all(ours & _singulars(theirs) for ours, theirs in pairs)


@lru_cache(maxsize=1024)
def _singulars(word: str) -> frozenset[str]:
    """Return the word itself and every singular that it may be the plural of."""
    singulars = {word}
    if word.endswith("s") and not word.endswith("ss"):
        singulars.add(word[:-1])
    if word.endswith(_ES_ENDINGS):
        singulars.add(word[:-2])
    if word.endswith("ies"):
        singulars.add(word[:-3] + "y")
    return frozenset(singulars)
