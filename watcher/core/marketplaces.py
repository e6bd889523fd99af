"""eBay's marketplaces and the currency each of them prices in."""

from __future__ import annotations

from difflib import get_close_matches

# The ids are all values of MarketplaceIdEnum in eBay's Browse contract v1.20.4; the currencies are those
# of the countries. eBay refuses Browse calls to some of them (error 12019), which only a call can tell.
CURRENCIES: dict[str, str] = {
    "EBAY_US": "USD",
    "EBAY_AT": "EUR",
    "EBAY_AU": "AUD",
    "EBAY_BE": "EUR",
    "EBAY_CA": "CAD",
    "EBAY_CH": "CHF",
    "EBAY_CN": "CNY",
    "EBAY_CZ": "CZK",
    "EBAY_DE": "EUR",
    "EBAY_DK": "DKK",
    "EBAY_ES": "EUR",
    "EBAY_FI": "EUR",
    "EBAY_FR": "EUR",
    "EBAY_GB": "GBP",
    "EBAY_GR": "EUR",
    "EBAY_HALF_US": "USD",
    "EBAY_HK": "HKD",
    "EBAY_HU": "HUF",
    "EBAY_ID": "IDR",
    "EBAY_IE": "EUR",
    "EBAY_IL": "ILS",
    "EBAY_IN": "INR",
    "EBAY_IT": "EUR",
    "EBAY_JP": "JPY",
    "EBAY_MOTORS_US": "USD",
    "EBAY_MY": "MYR",
    "EBAY_NL": "EUR",
    "EBAY_NO": "NOK",
    "EBAY_NZ": "NZD",
    "EBAY_PE": "PEN",
    "EBAY_PH": "PHP",
    "EBAY_PL": "PLN",
    "EBAY_PR": "USD",
    "EBAY_PT": "EUR",
    "EBAY_RU": "RUB",
    "EBAY_SE": "SEK",
    "EBAY_SG": "SGD",
    "EBAY_TH": "THB",
    "EBAY_TW": "TWD",
    "EBAY_VN": "VND",
    "EBAY_ZA": "ZAR",
}
# What people write for a country whose eBay code is another one.
_OTHERWISE = {"UK": "GB", "USA": "US", "MOTORS": "MOTORS_US"}


def currency_of(marketplace: str) -> str:
    """The ISO 4217 code of the currency that a marketplace prices in. Raises ValueError on an unknown id."""
    currency = CURRENCIES.get(marketplace)
    if currency is None:
        raise ValueError(f'"{marketplace}" is no eBay marketplace')
    return currency


def parse_marketplace(text: str) -> str:
    """The marketplace id that a person typed, in any case.

    Raises ValueError with a sentence that names the nearest id; eBay would silently take an unknown one
    for EBAY_US.
    """
    marketplace = text.strip().upper()
    if marketplace in CURRENCIES:
        return marketplace
    country = marketplace.removeprefix("EBAY").strip(" _-")
    countries = [known.removeprefix("EBAY_") for known in CURRENCIES]
    meant = get_close_matches(_OTHERWISE.get(country, country), countries, n=1)
    hint = f'did you mean "EBAY_{meant[0]}"?' if meant else f"the known ones are {', '.join(CURRENCIES)}."
    raise ValueError(f'"{text}" is no eBay marketplace; {hint}')
