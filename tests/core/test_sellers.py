"""The names of followed sellers, and the hashes that recognise them."""

from __future__ import annotations

import pytest

from tests.fakes import listing
from watcher.core.errors import InvalidInput
from watcher.core.receipts import erased_listing
from watcher.core.sellers import MAX_SELLERS, hash_of_seller, hashes_of_sellers, parse_sellers
from watcher.core.watch_fields import draft_from_json
from watcher.core.watch_input import Defaults, edit_watch, watch_from


def test_names_are_separated_by_commas_or_spaces_and_counted_once() -> None:
    assert parse_sellers(" cards-4u,  A_b.c*\tCARDS-4U,,x ") == ("cards-4u", "A_b.c*", "x")
    assert parse_sellers("") == ()
    assert len(parse_sellers(",".join(f"seller{n}" for n in range(MAX_SELLERS)))) == MAX_SELLERS


@pytest.mark.parametrize("text", ["a|b", "{a}", "ü", "x" * 65, "https://www.ebay.com/usr/a", "a,b;c"])
def test_invalid_user_name_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        parse_sellers(text)


def test_hash_recognises_a_name_in_any_case_and_does_not_contain_it() -> None:
    assert hash_of_seller(" Cards-4U ") == hash_of_seller("cards-4u") != hash_of_seller("cards-5u")
    assert "cards" not in hash_of_seller("cards-4u")
    assert hash_of_seller("") == hash_of_seller("  ") == hash_of_seller("\ud800") == ""
    assert hashes_of_sellers(["a", "A", "b"]) == {hash_of_seller("a"), hash_of_seller("b")}


def test_erased_listing_has_no_seller() -> None:
    assert erased_listing(listing(1, seller=hash_of_seller("cards-4u"))).seller == ""


@pytest.mark.parametrize("sellers", [["  "], [""], ",", " , "])
def test_a_list_without_a_name_does_not_clear_the_followed_sellers(sellers: object) -> None:
    watch = watch_from({"query": "omega", "sellers": "ann"}, Defaults("EBAY_US"))
    changes = draft_from_json({"sellers": sellers}, is_new=False)
    with pytest.raises(InvalidInput, match="No seller is named; leave the field empty to follow none"):
        edit_watch(watch, changes, Defaults("EBAY_US"))
