"""Country codes are those of ISO 3166, in any case, and UK is GB."""

from __future__ import annotations

import pytest

from watcher.core.countries import COUNTRY_CODES, parse_country
from watcher.core.marketplaces import CURRENCIES


def test_every_code_of_iso_3166_is_known() -> None:
    assert len(COUNTRY_CODES) == 249
    assert all(len(c) == 2 and c.isascii() and c.isupper() for c in COUNTRY_CODES)
    assert {name[-2:] for name in CURRENCIES if len(name) == len("EBAY_XX")} <= COUNTRY_CODES


@pytest.mark.parametrize(
    ("text", "code"), [("de", "DE"), (" us ", "US"), ("UK", "GB"), ("uk", "GB"), ("gb", "GB"), ("EL", "GR")]
)
def test_country_is_read_in_any_case_and_uk_is_gb(text: str, code: str) -> None:
    assert parse_country(text) == code


@pytest.mark.parametrize("text", ["XX", "ZZ", "AN", "USA", "D", "", "ß", "\uff24\uff25", "U1", "Germany"])
def test_text_other_than_a_country_code_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is not a country code; write two letters, like US or DE"):
        parse_country(text)


@pytest.mark.parametrize("text", ["EU", "eu", "UN"])
def test_group_of_countries_is_refused_as_one(text: str) -> None:
    with pytest.raises(ValueError, match="every item is in one country; write a country, like DE"):
        parse_country(text)
