"""The page on which a person sees what a search finds."""

from __future__ import annotations

from bisect import bisect_right
from urllib.parse import quote_plus

from watcher.core.marketplaces import site_of

MAX_SEARCH_URL = 500  # characters, so that every message can show it as a link


def search_page(marketplace: str, query: str, category: str = "") -> str:
    """Return the address of a search on the marketplace's site; only a numeric category is known there.

    A query that would make it too long loses its end.
    """
    category = f"&_sacat={category}" if category.isascii() and category.isdecimal() else ""
    start = f"https://www.{site_of(marketplace)}/sch/i.html?_nkw="
    room = MAX_SEARCH_URL - len(start) - len(category)
    lengths = range(min(len(query), room) + 1)
    fits = bisect_right(lengths, room, key=lambda length: len(_quoted(query[:length]))) - 1
    return start + _quoted(query[:fits]) + category


def _quoted(query: str) -> str:
    return quote_plus(query.strip(), errors="replace")
