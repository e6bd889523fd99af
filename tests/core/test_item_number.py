"""Item numbers in the forms that users type."""

from __future__ import annotations

import pytest

from watcher.core.errors import InvalidInput
from watcher.core.item_number import is_item, parse_item_number


@pytest.mark.parametrize(
    "text",
    [
        "256123456789",
        " 256123456789 ",
        "v1|256123456789|0",
        "v1|256123456789|551234567890",
        "v1%7C256123456789%7C0",
        "https://www.ebay.com/itm/256123456789",
        "https://www.ebay.com/itm/256123456789?hash=item3b&amdata=enc%3A1",
        "https://www.ebay.de/itm/some-title-here/256123456789#top",
        "http://ebay.us/itm/256123456789/",
        "https://api.ebay.com/buy/browse/v1/item/v1%7C256123456789%7C0",
    ],
)
def test_number_is_parsed_from_a_number_an_id_or_an_address(text: str) -> None:
    assert parse_item_number(text) == "256123456789"


@pytest.mark.parametrize(
    "text", ["", "camera", "v1|x|0", "https://www.ebay.com/sch/i.html?_nkw=1", "12a", "١٢"]
)
def test_other_text_is_refused_with_the_accepted_forms(text: str) -> None:
    with pytest.raises(InvalidInput, match="is not an item; give its number"):
        parse_item_number(text)


def test_every_variation_has_the_number() -> None:
    assert is_item("v1|25|0", "25")
    assert is_item("v1|25|99", "25")
    assert is_item("25", "25")
    assert not is_item("v1|256|0", "25")
