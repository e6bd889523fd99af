"""Numbers with their nouns, for sentences."""

from __future__ import annotations


def plural_of(count: int, noun: str, plural: str = "") -> str:
    """Return the noun in the number that goes with `count`; `plural` is by default the noun and an s."""
    return noun if count == 1 else plural or f"{noun}s"


def count_of(count: int, noun: str, plural: str = "") -> str:
    """Return the count with its noun: `1 listing`, `3 listings`."""
    return f"{count} {plural_of(count, noun, plural)}"
