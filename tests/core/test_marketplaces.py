from __future__ import annotations

import json
from pathlib import Path

import pytest

from watcher.core.marketplaces import CURRENCIES, country_of, currency_of, parse_marketplace, site_of
from watcher.core.money import is_currency

CONTRACT = Path(__file__).resolve().parents[2] / ".." / "shared" / "ebay" / "buy_browse_v1_oas3.json"


@pytest.mark.parametrize(
    ("marketplace", "currency"),
    [
        ("EBAY_US", "USD"),
        ("EBAY_GB", "GBP"),
        ("EBAY_DE", "EUR"),
        ("EBAY_AU", "AUD"),
        ("EBAY_CA", "CAD"),
        ("EBAY_CH", "CHF"),
        ("EBAY_IE", "EUR"),
        ("EBAY_PL", "PLN"),
        ("EBAY_JP", "JPY"),
        ("EBAY_MOTORS_US", "USD"),
    ],
)
def test_marketplace_has_the_currency_of_its_country(marketplace: str, currency: str) -> None:
    assert currency_of(marketplace) == currency


@pytest.mark.parametrize(
    ("marketplace", "country", "site"),
    [
        ("EBAY_US", "US", "ebay.com"),
        ("EBAY_MOTORS_US", "US", "ebay.com"),
        ("EBAY_GB", "GB", "ebay.co.uk"),
        ("EBAY_DE", "DE", "ebay.de"),
        ("EBAY_AU", "AU", "ebay.com.au"),
        ("EBAY_JP", "JP", "ebay.com"),
    ],
)
def test_marketplace_has_a_country_and_a_site(marketplace: str, country: str, site: str) -> None:
    assert (country_of(marketplace), site_of(marketplace)) == (country, site)


def test_every_currency_is_an_iso_code() -> None:
    assert all(map(is_currency, CURRENCIES.values()))


@pytest.mark.skipif(not CONTRACT.exists(), reason="eBay's contract is not beside this repository")
def test_marketplaces_are_exactly_those_of_ebays_contract() -> None:
    schemas = json.loads(CONTRACT.read_text())["components"]["schemas"]
    assert set(CURRENCIES) == set(schemas["MarketplaceIdEnum"]["enum"])
    assert set(CURRENCIES.values()) <= set(schemas["CurrencyCodeEnum"]["enum"])


def test_unknown_marketplace_has_no_currency() -> None:
    with pytest.raises(ValueError, match='"EBAY_XX" is not an eBay marketplace'):
        currency_of("EBAY_XX")


@pytest.mark.parametrize("typed", ["EBAY_DE", "ebay_de", " EBAY_de\n"])
def test_marketplace_is_parsed_in_any_case(typed: str) -> None:
    assert parse_marketplace(typed) == "EBAY_DE"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("EBAY_UK", "EBAY_GB"),
        ("uk", "EBAY_GB"),
        ("DE", "EBAY_DE"),
        ("EBAY-FR", "EBAY_FR"),
        ("EBAY_USA", "EBAY_US"),
        ("EBAYUS", "EBAY_US"),
        ("EBAY_MOTOR_US", "EBAY_MOTORS_US"),
        ("ebay motors", "EBAY_MOTORS_US"),
    ],
)
def test_unknown_marketplace_is_refused_with_the_nearest_one(typed: str, meant: str) -> None:
    with pytest.raises(ValueError, match=f'did you mean "{meant}"'):
        parse_marketplace(typed)


@pytest.mark.parametrize("typed", ["", "½", "amazon"])
def test_marketplace_without_a_similar_name_is_refused_with_the_list(typed: str) -> None:
    with pytest.raises(ValueError, match=r"choose one of EBAY_US, EBAY_AT, .*, EBAY_ZA"):
        parse_marketplace(typed)
