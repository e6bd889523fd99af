"""Numbers with their nouns, for sentences."""

from __future__ import annotations

_HISSING = ("ch", "sh", "s", "x")


def plural_of(count: int, noun: str, plural: str = "") -> str:
    """Return the noun in the number that goes with `count`, or the verb: `plural_of(n, "is", "are")`.

    `plural` is by default the noun and an s, or es after ch, sh, s and x.
    """
    return noun if count == 1 else plural or f"{noun}{'es' if noun.endswith(_HISSING) else 's'}"


def count_of(count: int, noun: str, plural: str = "") -> str:
    """Return the count with its noun: `1 listing`, `3 watches`, `1,200 rows`."""
    return f"{count:,} {plural_of(count, noun, plural)}"
