"""What the titles of similar listings agree on: a name and a query for the item that they are about."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from watcher.core.categories import category_of_ebay
from watcher.core.listing import Listing
from watcher.core.suggestions import COMMON_WORDS
from watcher.core.titles.parsed_title import parse_title

_MAX_TITLES = 20  # the best matches; what a market shows further down is less similar
_SHARED = 0.6  # of the titles have a word that belongs to the name
# Fewer shared words name no item: "zenitar camera" does not, "zenitar mk2" does.
_MIN_SHARED_WORDS, _MIN_WITH_NUMBER = 3, 2
_MAX_QUERY_WORDS = 8
_FEW = 3  # titles; fewer can agree by chance
_FEW_CONFIDENCE, _VAGUE_CONFIDENCE = 0.4, 0.2
_PUNCTUATION = "\"'()[],;:!*~|"
_NEARLY_ALL = 0.8  # of the shared words are in a title that is about the item


class Agreement(NamedTuple):
    """What titles have in common. `confidence`: the share of them that are about the item, lower if few."""

    title: str
    query: str
    category: str
    confidence: float


def find_items(listings: Sequence[Listing], most: int = 4) -> list[Agreement]:
    """Return the items that the listings are about, at most `most`, each with the share that is about it."""
    left, found = [x for x in listings[:_MAX_TITLES] if x.title], list[Agreement]()
    total = len(left)
    while left and len(found) < most:
        agreed = _agree(left)
        if agreed is None:
            break
        common, about = agreed
        found.append(common._replace(confidence=round(common.confidence * len(left) / total, 2)))
        left = [x for x, is_about in zip(left, about, strict=True) if not is_about]
    return found


def agree(listings: Sequence[Listing]) -> Agreement | None:
    """Return what the listings agree on, the most similar one first; None if they agree on nothing."""
    return next(iter(find_items(listings, 1)), None)


def _agree(listings: Sequence[Listing]) -> tuple[Agreement, list[bool]] | None:
    """Return what titles agree on, and which of them are about it."""
    parsed = [parse_title(x.title) for x in listings]
    counts = Counter(word for title in parsed for word in title.word_set - COMMON_WORDS)
    shared = {word for word, n in counts.items() if n >= max(1.0, _SHARED * len(parsed))}
    about = [len(title.word_set & shared) >= _NEARLY_ALL * len(shared) for title in parsed]
    if not shared or not any(about):
        return None
    confidence = sum(about) / len(about)
    has_number = any(not word.isalpha() for word in shared)
    if len(shared) < (_MIN_WITH_NUMBER if has_number else _MIN_SHARED_WORDS):
        confidence = min(confidence, _VAGUE_CONFIDENCE)
    elif len(parsed) < _FEW:
        confidence = min(confidence, _FEW_CONFIDENCE)
    best = max(range(len(parsed)), key=lambda i: (len(parsed[i].word_set & shared), -i))
    category = _common_category([x for x, is_about in zip(listings, about, strict=True) if is_about])
    title = listings[best].title
    return Agreement(title, _query_of(title, shared), category, round(confidence, 2)), about


def _query_of(title: str, shared: AbstractSet[str]) -> str:
    """Return the parts of a title that are shared words, as it writes them: `base set 4/102`."""
    parts: list[str] = []
    used: set[str] = set()
    for part in title.casefold().split():
        words = parse_title(part).word_set
        if words and words <= shared and not words <= used:
            parts.append(part.strip(_PUNCTUATION))
            used |= words
    return " ".join(parts[:_MAX_QUERY_WORDS])


def _common_category(listings: Sequence[Listing]) -> str:
    found = Counter(filter(None, (category_of_ebay(x.categories) for x in listings)))
    name, n = found.most_common(1)[0] if found else ("", 0)
    return name if n > len(listings) / 2 else ""
