"""Categories and how long their comps stay good."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches

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


def normal(name: str) -> str:
    """A category's name as it is compared: folded, `-` between words, singular and plural alike."""
    words = _SEPARATORS.sub("-", name.strip().casefold()).strip("-")
    return words


def _singular(name: str) -> str:
    if name.endswith("ches"):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith("ss") else name


def canonical(name: str, known: Mapping[str, Seconds] = TTLS) -> str:
    """The known category that `name` means, in the known spelling; an unknown one folded as it is."""
    folded = normal(name)
    if folded in known:
        return folded
    by_singular = {_singular(k): k for k in known}
    return by_singular.get(_singular(folded), folded)


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
    return f'"{name}" is no known category, so its comps keep 7 days.{hint} Known: {", ".join(sorted(known))}.'
