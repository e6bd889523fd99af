"""What people share from eBay's apps and pages, as a query."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from watcher.core.shared_text import SharedItem, is_shared_text, query_of_title, read_shared
from watcher.core.watch_input import MAX_QUERY_LENGTH, Defaults, watch_from

SHARED = (
    (
        ("Omega Speedmaster 3570.50 | eBay", "https://www.ebay.com/itm/256123456789?hash=a"),
        "Omega Speedmaster 3570.50",
    ),
    (
        ("", "Check out Sony WH-1000XM4 Headphones - Black, NEW for $179.99 on eBay! https://ebay.us/m/abc"),
        "Sony WH-1000XM4 Headphones",
    ),
    (("", "Check out this item I found on eBay: https://ebay.us/m/abc"), ""),
    (("", "I found this on eBay: Leica M6 https://www.ebay.de/itm/12345"), "Leica M6"),
    (
        ("L@@K!! *RARE* Canon AE-1 Program 35mm Film Camera w/ 50mm Lens for sale online | eBay",),
        "Canon AE-1 Program 35mm Film Camera",
    ),
    (("https://www.ebay.com/itm/Omega-Speedmaster/256123456789",), "Omega Speedmaster"),
    (("https://www.ebay.co.uk/sch/i.html?_nkw=leica+m6+-strap&_sop=10",), "leica m6 -strap"),
    (("ebay.com/itm/256123456789",), ""),
)


@pytest.mark.parametrize(("texts", "query"), SHARED)
def test_shared_text_becomes_the_query_of_its_title(texts: tuple[str, ...], query: str) -> None:
    assert read_shared(*texts).query == query


def test_item_number_is_read_from_an_address_of_ebay_alone() -> None:
    assert read_shared("https://www.ebay.com/itm/256123456789").item == "256123456789"
    assert read_shared("www.ebay.de/itm/256123456789?x=1") == SharedItem("", "256123456789")
    assert read_shared("https://ebay.com.example/itm/256123456789").item == ""
    assert read_shared("https://example/ebay.com/itm/256123456789").item == ""


def test_words_are_not_taken_for_shared_text() -> None:
    assert not is_shared_text("omega speedmaster 3570.50")
    assert is_shared_text("https://www.ebay.com/itm/1")
    assert is_shared_text("ebay.com/itm/1")


def test_long_title_becomes_a_query_that_ebay_reads() -> None:
    assert len(query_of_title("Wort" * 30 + " " + "lang " * 40)) <= MAX_QUERY_LENGTH


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_shared_text_gives_a_valid_query_or_none(title: str, text: str) -> None:
    searched = f"https://www.ebay.com/sch/i.html?_nkw={quote(text, errors='replace')}"
    for query in (read_shared(title, text).query, query_of_title(title), read_shared(searched).query):
        assert not query or watch_from({"query": query, "user": "local"}, Defaults("EBAY_US"))
