"""Amounts of money in SerpAPI's results: `{"raw": "$1,204.99", "extracted": 1204.99}`.

SerpAPI reads them from eBay's pages and extracts the first number of a text, whatever it counts and however
the site writes it. A number is believed only if its text names money in the site's currency and shows the
same amount.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Any, TypeGuard

from watcher.core.marketplaces import CURRENCIES
from watcher.core.money import Money, exponent, from_wire
from watcher.core.pickup import says_pickup_only

_MAX_TEXT_LENGTH = 100  # characters of a price or shipping cost; a longer text is not one
_MAX_DIGITS = 15
_NUMBER = r"\d(?:[\d.,'\u2019\s]*\d)?"
_NUMBERS = re.compile(_NUMBER, re.ASCII)
_THOUSANDS_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
# Digits in groups of three, and a decimal part after another separator than that of the groups.
_AMOUNT = re.compile(r"(\d{1,3}(?:([.,'\u2019\s])\d{3})(?:\2\d{3})*|\d+)(?:(?!\2)[.,](\d{1,2}))?", re.ASCII)
# How the sites write their currency besides its code. A plain $ is a US dollar and nothing else.
_CURRENCY_SIGNS: dict[str, tuple[str, ...]] = {
    "USD": ("$", "US$"),
    "GBP": ("£",),
    "EUR": ("€", "EURO"),
    "CAD": ("C$", "CA$"),
    "AUD": ("AU$", "A$"),
    "CHF": ("FR.", "SFR."),
    "HKD": ("HK$",),
    "MYR": ("RM",),
    "PHP": ("₱",),
    "PLN": ("ZŁ",),
    "SGD": ("S$",),
}
_CURRENCY_OF = {sign: currency for currency, signs in _CURRENCY_SIGNS.items() for sign in signs} | {
    code: code for code in CURRENCIES.values()
}
_SIGN = "|".join(
    re.escape(sign).replace(r"\$", r" ?\$") for sign in sorted(_CURRENCY_OF, key=len, reverse=True)
)
# A number with a sign on either side. A sign of letters does not end or begin in the middle of a word.
_NO_LETTER_BEFORE, _NO_LETTER_AFTER = r"(?<![^\W\d_])", r"(?![^\W\d_])"
_MONEY = re.compile(
    rf"{_NO_LETTER_BEFORE}({_SIGN})\s?({_NUMBER})(?!\s?(?:{_SIGN}){_NO_LETTER_AFTER})"
    rf"|({_NUMBER})\s?({_SIGN}){_NO_LETTER_AFTER}"
)
_SIGN_CHARACTERS = frozenset("".join(_CURRENCY_OF))
_FREE_SHIPPING = re.compile(
    r"\+? ?(?:free(?: [\w-]+){0,3} (?:postage|shipping|delivery)"
    r"|(?:kostenlose[rs]?|gratis) (?:versand|lieferung)|(?:livraison|expédition) gratuite|envoi gratuit"
    r"|spedizione (?:gratis|gratuita)|env[ií]o grat(?:is|uito)|gratis (?:verzending|bezorging)"
    r"|(?:darmowa|bezpłatna) (?:dostawa|wysyłka))(?: in [^$£€]*)?"
)


def parse_price(value: object, currency: str) -> Money | None:
    """Return a price; None for zero, which means unknown.

    Its text, if there is one, shows one number; a price may be written without its currency.
    """
    if not isinstance(value, dict):
        return None
    raw = value.get("raw")
    if raw is None:
        money = _number_of(value.get("extracted"), currency)
    elif _is_short_text(raw) and len(_NUMBERS.findall(raw)) == 1:
        is_bare = _AMOUNT.fullmatch(raw.strip()) is not None
        money = _confirmed(f"{raw} {currency}" if is_bare else raw, value.get("extracted"), currency)
    else:
        money = None
    return money if money is not None and money.minor > 0 else None


def parse_shipping(value: object, currency: str) -> Money | None:
    """Return zero if the text says free, the cost if its text agrees with it, else None, unknown."""
    raw = _raw_of(value)
    if not _is_short_text(raw):
        return None
    if _FREE_SHIPPING.fullmatch(" ".join(raw.casefold().split())):
        return Money(0, currency)
    return _confirmed(raw, value.get("extracted"), currency) if isinstance(value, dict) else None


def states_pickup_only(value: object) -> bool:
    """Return whether the text in place of a shipping cost says that the item is not sent."""
    raw = _raw_of(value)
    return _is_short_text(raw) and says_pickup_only(raw)


def _raw_of(value: object) -> Any:
    return value.get("raw") if isinstance(value, dict) else value


def _confirmed(raw: str, extracted: object, currency: str) -> Money | None:
    """Return the amount that a text and its number agree on.

    A text with cents is unambiguous, so it decides if the number only lacks their separator: a program that
    takes the comma for a separator of thousands reads "EUR 179,95" as 17995.
    """
    text = " ".join(raw.upper().split())
    found = [*_MONEY.finditer(text)]
    if len(found) != 1 or any(unicodedata.category(c) == "Sc" and c not in _SIGN_CHARACTERS for c in text):
        return None
    sign = (found[0][1] or found[0][4]).replace(" ", "")
    shown, has_cents = _shown_amount(found[0][2] or found[0][3], currency)
    number = _number_of(extracted, currency)
    if _CURRENCY_OF[sign] != currency or shown is None or number is None:
        return None
    lacks_separator = has_cents and number.minor == shown.minor * 10 ** exponent(currency)
    return shown if shown == number or lacks_separator else None


def _shown_amount(text: str, currency: str) -> tuple[Money | None, bool]:
    """Return the amount that `1.204,99` or `1,204.99` shows, and whether it shows cents."""
    match = _AMOUNT.fullmatch(text)
    if match is None:
        return None, False
    whole, decimals = re.sub(r"\D", "", match[1]), match[3]
    if len(whole) + len(decimals or "") > _MAX_DIGITS:
        return None, False
    has_cents = decimals is not None and len(decimals) == exponent(currency)
    return from_wire(f"{whole}.{decimals}" if decimals else whole, currency), has_cents


def _number_of(value: object, currency: str) -> Money | None:
    if isinstance(value, str):
        value = value.strip()
        if _THOUSANDS_GROUPED.fullmatch(value):
            value = value.replace(",", "")
    return from_wire(value, currency)


def _is_short_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= _MAX_TEXT_LENGTH
