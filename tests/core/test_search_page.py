"""The address of a search on a marketplace's site."""

from __future__ import annotations

from urllib.parse import parse_qs, quote_plus, urlsplit

import pytest

from watcher.core.marketplaces import CURRENCIES
from watcher.core.search_page import MAX_SEARCH_URL, search_page


def test_search_is_on_the_site_of_its_marketplace() -> None:
    assert search_page("EBAY_DE", "nikon z6") == "https://www.ebay.de/sch/i.html?_nkw=nikon+z6"
    assert search_page("EBAY_US", "a", "31388") == "https://www.ebay.com/sch/i.html?_nkw=a&_sacat=31388"
    assert search_page("EBAY_US", "a", "cards") == "https://www.ebay.com/sch/i.html?_nkw=a"


@pytest.mark.parametrize("query", ["a&b=c#d?e", "漢字" * 300, "x" * 5000, "ü ß \ud83d", "(a, b) -c"])
def test_any_query_is_a_short_address_that_finds_it(query: str) -> None:
    for marketplace in CURRENCIES:
        page = search_page(marketplace, query, "123")
        assert len(page) <= MAX_SEARCH_URL
        assert page.isascii()
        asked = parse_qs(urlsplit(page).query)
        assert asked["_sacat"] == ["123"]
        assert query.replace("\ud83d", "?").startswith(asked["_nkw"][0])


@pytest.mark.parametrize("query", ["漢" * 300, "x" * 5000, "a " * 400])
def test_an_address_keeps_as_much_of_a_long_query_as_fits(query: str) -> None:
    page = search_page("EBAY_US", query)
    kept = parse_qs(urlsplit(page).query)["_nkw"][0]
    assert len(page) <= MAX_SEARCH_URL < len(page) + 2 * len(quote_plus(query[len(kept)]))
