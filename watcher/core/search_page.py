"""The page on which a person sees what a search finds."""

from __future__ import annotations

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
    words = quote_plus(query.strip(), errors="replace")
    while len(words) > room:
        query = query.strip()[:-1]
        words = quote_plus(query.strip(), errors="replace")
    return start + words + category
