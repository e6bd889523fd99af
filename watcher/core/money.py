"""Money: whole minor units of one currency. Different currencies never compare."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache, total_ordering

# ISO 4217 currencies whose minor unit is not a hundredth.
_EXPONENTS = {
    **dict.fromkeys(("CLP", "ISK", "JPY", "KRW", "PYG", "UGX", "VND", "XAF", "XOF"), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "OMR", "TND"), 3),
}
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_AMOUNT = re.compile(r"\d{1,12}(?:\.\d{1,6})?\Z", re.ASCII)
_GROUPS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d{1,3})?\Z", re.ASCII)
_LIMIT = 10**14  # minor units; a larger amount is a parse error, not a price
_CENTS = 2  # decimal places
_MAX_LENGTH = 15  # characters of an amount in cents below the limit: 12 digits, the point, 2 digits
_MIN_GROUPED = 1_000  # minor units; a smaller amount has no thousands in any currency


class CurrencyMismatch(ValueError):
    """Amounts of different currencies were compared or added."""


@total_ordering
@dataclass(frozen=True, slots=True)
class Money:
    """An amount in whole minor units (cents) of an ISO 4217 currency."""

    minor: int
    currency: str

    def _same_currency_minor(self, other: Money) -> int:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} cannot be compared")
        return other.minor

    def __lt__(self, other: Money) -> bool:
        return self.minor < self._same_currency_minor(other)

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same_currency_minor(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same_currency_minor(other), self.currency)

    def share(self, ratio: Decimal) -> Money:
        """Return this amount times `ratio`, rounded half up to a whole minor unit."""
        return Money(int((self.minor * ratio).to_integral_value(rounding=ROUND_HALF_UP)), self.currency)

    @property
    def amount(self) -> str:
        """The amount as a decimal string with the currency's own number of places: `"49.90"`."""
        places = exponent(self.currency)
        if not places:
            return str(self.minor)
        sign, digits = "-" * (self.minor < 0), str(abs(self.minor)).rjust(places + 1, "0")
        return f"{sign}{digits[:-places]}.{digits[-places:]}"

    @property
    def typed(self) -> str:
        """The amount and its currency as `parse_money` reads them back: `"49.90 EUR"`."""
        return f"{self.amount} {self.currency}"

    def __str__(self) -> str:
        """Format for a reader, with thousands separators: `$4,065.98`, `1,200.00 CAD`."""
        whole, point, fraction = self.amount.partition(".")
        text = f"{int(whole):,}{point}{fraction}" if abs(self.minor) >= _MIN_GROUPED else self.amount
        sign = _SIGNS.get(self.currency)
        return f"{sign}{text}" if sign else f"{text} {self.currency}"


def exponent(currency: str) -> int:
    """Return the number of decimal places of a currency (ISO 4217)."""
    return _EXPONENTS.get(currency, 2)


def amount_or_none(money: Money | None) -> str | None:
    """Return the decimal string of an amount, None if it is unknown."""
    return None if money is None else money.amount


@lru_cache(maxsize=256)
def is_currency(code: str) -> bool:
    """Return whether `code` has the form of an ISO 4217 currency code."""
    return _CURRENCY.match(code) is not None


def from_wire(value: object, currency: object) -> Money | None:
    """Parse eBay's `{"value": "204.99", "currency": "USD"}`; return None for anything but a plain decimal.

    Numbers are accepted as they print. Signs, exponents, NaN and malformed currency codes give None.
    """
    if type(currency) is not str or not is_currency(currency):
        return None
    places = exponent(currency)
    # The usual case first: thousands of prices are parsed per poll.
    if type(value) is str and value[-3:-2] == "." and places == _CENTS and len(value) <= _MAX_LENGTH:
        digits = value[:-3] + value[-2:]
        if digits.isdecimal() and digits.isascii() and len(digits) > _CENTS:
            return Money(int(digits), currency)
    if type(value) is not str:
        if type(value) not in (int, float, Decimal):
            return None
        value = str(value)
    if not _AMOUNT.match(value):
        return None
    whole, _, fraction = value.partition(".")
    if len(fraction) <= places:
        minor = int(whole + fraction.ljust(places, "0"))
    else:
        minor = int(Decimal(value).scaleb(places).to_integral_value(rounding=ROUND_HALF_UP))
    return Money(minor, currency) if minor < _LIMIT else None


def parse_money(text: str, default_currency: str) -> Money:
    """Parse what a user types: `50`, `50.00`, `$1,250`, `50 USD`, `EUR 49.90`.

    Raise ValueError with a message for the user.
    """
    words = text.upper().split()
    codes = [w for w in words if _CURRENCY.match(w)]
    named = codes[0] if len(codes) == 1 else ""
    words = [w for w in words if w != named]
    amount = words[0] if len(words) == 1 else ""
    for code, sign in _SIGNS.items():
        if amount.startswith(sign) and named in ("", code):
            amount, named = amount[len(sign) :], code
    currency = named or default_currency
    if _GROUPS.match(amount):
        amount = amount.replace(",", "")
    if not _AMOUNT.match(amount):
        raise ValueError(f'"{text}" is not an amount of money; write 50, 49.90, "50 USD" or "EUR 49.90"')
    scaled = Decimal(amount).scaleb(exponent(currency))
    if scaled != scaled.to_integral_value():
        raise ValueError(f'"{text}" has more decimal places than {currency} has')
    if not 0 < scaled < _LIMIT:
        raise ValueError(f'"{text}" must be more than 0 and less than a trillion')
    return Money(int(scaled), currency)
