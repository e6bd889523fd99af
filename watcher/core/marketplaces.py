"""eBay's marketplaces and the currency each of them prices in."""

from __future__ import annotations

from difflib import get_close_matches

# All values of MarketplaceIdEnum in eBay's Browse contract v1.20.4, with the currency of the country. eBay
# refuses Browse calls to some of them (error 12019); only a call shows which.
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
# Marketplaces whose site is not that of their country's name in the id.
_DOMAINS = {
    "EBAY_AU": "ebay.com.au",
    "EBAY_GB": "ebay.co.uk",
    "EBAY_HK": "ebay.com.hk",
    "EBAY_MY": "ebay.com.my",
    "EBAY_SG": "ebay.com.sg",
}
# Countries that have a site of their own; the listings of the others are shown on the main one.
_OWN_SITES = frozenset(
    ("AT", "AU", "BE", "CA", "CH", "DE", "ES", "FR", "GB", "HK", "IE", "IT", "MY", "NL", "PH", "PL", "SG")
)
_MAIN_SITE = "ebay.com"
# Languages of a marketplace's titles, the most frequent first; English where none is given.
_LANGUAGES = {
    "EBAY_AT": ("de",),
    "EBAY_BE": ("nl", "fr", "de"),
    "EBAY_CA": ("en", "fr"),
    "EBAY_CH": ("de", "fr", "it"),
    "EBAY_DE": ("de",),
    "EBAY_ES": ("es",),
    "EBAY_FR": ("fr",),
    "EBAY_IT": ("it",),
    "EBAY_NL": ("nl",),
    "EBAY_PL": ("pl",),
}
_ENGLISH = ("en",)
# Country names that users type although eBay uses another code.
_ALIASES = {"UK": "GB", "USA": "US", "MOTORS": "MOTORS_US"}


def currency_of(marketplace: str) -> str:
    """Return the ISO 4217 code of a marketplace's currency. Raise ValueError for an unknown id."""
    currency = CURRENCIES.get(marketplace)
    if currency is None:
        raise ValueError(f'"{marketplace}" is not an eBay marketplace')
    return currency


def languages_of(marketplace: str) -> tuple[str, ...]:
    """Return the ISO 639 codes of the languages of a marketplace's sellers; English is read anyway."""
    return _LANGUAGES.get(marketplace, _ENGLISH)


def country_of(marketplace: str) -> str:
    """Return the ISO 3166 code of a marketplace's country."""
    country = marketplace.removeprefix("EBAY_")
    return country if len(country) == len("US") else "US"


def site_of(marketplace: str) -> str:
    """Return the domain of the site that shows a marketplace's listings: `ebay.de`."""
    country = country_of(marketplace)
    if country not in _OWN_SITES:
        return _MAIN_SITE
    return _DOMAINS.get(marketplace, f"ebay.{country.lower()}")


def parse_marketplace(text: str) -> str:
    """Return the marketplace id that a user typed in any case.

    Raise ValueError with a message that names the nearest id: eBay silently treats an unknown one as
    EBAY_US.
    """
    marketplace = text.strip().upper()
    if marketplace in CURRENCIES:
        return marketplace
    country = marketplace.removeprefix("EBAY").strip(" _-")
    countries = [known.removeprefix("EBAY_") for known in CURRENCIES]
    meant = get_close_matches(_ALIASES.get(country, country), countries, n=1)
    hint = f'did you mean "EBAY_{meant[0]}"?' if meant else f"choose one of {', '.join(CURRENCIES)}."
    raise ValueError(f'"{text}" is not an eBay marketplace; {hint}')
