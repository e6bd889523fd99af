"""Item specifics of simulated listings, made from what their titles and categories say."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from watcher.demo.source import DemoRow

# Names of item specifics, each with the words of a title that fill it in.
_FROM_TITLES = (
    ("Storage Capacity", re.compile(r"\b(\d+) ?(GB|TB)\b", re.IGNORECASE)),
    ("Set", re.compile(r"\b(Base Set(?: 2)?|Celebrations|Topps Chrome)\b", re.IGNORECASE)),
    ("Card Number", re.compile(r"(?:#|\b)(\d{1,3}/\d{2,3}|(?<=#)\d{1,3})\b")),
    ("Grade", re.compile(r"\b(?:PSA|BGS|CGC) (\d{1,2}(?:\.5)?)\b")),
    ("Professional Grader", re.compile(r"\b(PSA|BGS|CGC)\b")),
    ("MPN", re.compile(r"\b(\d{4}[.-]\d{2}|[A-Z]{2}-?\d{3,4}[A-Z]*\d?)\b")),
    ("US Shoe Size", re.compile(r"\bsize (\d{1,2}(?:\.5)?)\b", re.IGNORECASE)),
    ("Color", re.compile(r"\b(black|white|red|blue|silver|monogram|neon)\b", re.IGNORECASE)),
    ("Language", re.compile(r"\b(English|Japanese|German)\b")),
)
_NOT_A_BRAND = frozenset(("new", "rare", "lot", "empty", "presale", "faulty", "job", "the", "vintage"))


def aspects_of(row: DemoRow) -> list[dict[str, str]]:
    """Return the `localizedAspects` of an item summary: its own, if it has some."""
    given: list[dict[str, str]] | None = row.get("localizedAspects")
    if given is not None:
        return given
    return [{"type": "STRING", "name": name, "value": value} for name, value in _pairs(row)]


def _pairs(row: DemoRow) -> Iterator[tuple[str, str]]:
    title: str = row.get("title", "")
    brand = next((w for w in re.findall(r"[A-Za-z]{3,}", title) if w.casefold() not in _NOT_A_BRAND), "")
    if brand:
        yield "Brand", brand
    if categories := row.get("categories"):
        leaf: dict[str, Any] = categories[0]
        yield "Type", leaf["categoryName"]
    for name, pattern in _FROM_TITLES:
        if found := pattern.search(title):
            yield name, " ".join(found.groups())
