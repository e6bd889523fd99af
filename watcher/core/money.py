"""Money: whole minor units of one currency. Different currencies never compare."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache, total_ordering

# The currencies in use (ISO 4217).
_CURRENCIES = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD "
    "CDF CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF "
    "GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK "
    "LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD "
    "OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN "
    "SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XCG XOF "
    "XPF YER ZAR ZMW ZWG "
)
CURRENCY_CODES = frozenset(_CURRENCIES.split())
# Those without a minor unit, and all whose minor unit is not a hundredth.
_WHOLE = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_EXPONENTS = {
    **dict.fromkeys(_WHOLE.split(), 0),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
}
_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
# The currencies that a typed sign may stand for; the first one if no code is beside it.
_TYPED_SIGNS = {
    "$": ("USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN"),
    "US$": ("USD",),
    "C$": ("CAD",),
    "CA$": ("CAD",),
    "A$": ("AUD",),
    "AU$": ("AUD",),
    "NZ$": ("NZD",),
    "HK$": ("HKD",),
    "S$": ("SGD",),
    "€": ("EUR",),
    "£": ("GBP",),
    "¥": ("JPY", "CNY"),
    "ZŁ": ("PLN",),
}
_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_AMOUNT = re.compile(r"\d{1,12}(?:\.\d{1,6})?\Z", re.ASCII)
_GROUPS = re.compile(r"[1-9]\d{0,2}(?:,\d{3})+(?:\.\d{1,3})?\Z", re.ASCII)
# What a user types: a sign or a code on either side of an amount.
_TYPED = re.compile(
    r"(?P<before>[^\d.,']*)(?P<amount>\d[\d.,' ]*(?<![ ,.']))(?P<after>[^\d.,']*)\Z", re.ASCII
)
_DOLLARS = re.compile(r"\b(US|C|CA|A|AU|NZ|HK|S) \$")  # eBay writes "US $50"
# An amount in another notation, which can be read in two ways: its separators, and two or three digits more.
_FOREIGN = re.compile(r"(?P<whole>\d{1,3}(?:[.,' ]\d{3})*|\d+)(?:[.,](?P<fraction>\d{1,2}))?\Z", re.ASCII)
_LIMIT = 10**14  # minor units; a larger amount is a parse error, not a price
_CENTS = 2  # decimal places
_MAX_LENGTH = 15  # characters of an amount in cents below the limit: 12 digits, the point, 2 digits
_GROUP = 3  # digits between two separators of thousands
_MAX_WHOLE = 12  # digits before the decimal point
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
        return _typed(self.minor, self.currency)

    def __str__(self) -> str:
        """Format for a reader, with thousands separators: `$4,065.98`, `1,200.00 CAD`."""
        return _shown(self.minor, self.currency)


@lru_cache(maxsize=8192)  # many watches name the same amounts
def _typed(minor: int, currency: str) -> str:
    return f"{Money(minor, currency).amount} {currency}"


@lru_cache(maxsize=8192)  # many watches of a search name the same amounts
def _shown(minor: int, currency: str) -> str:
    amount = Money(minor, currency).amount
    whole, point, fraction = amount.partition(".")
    text = f"{int(whole):,}{point}{fraction}" if abs(minor) >= _MIN_GROUPED else amount
    sign = _SIGNS.get(currency)
    return f"{sign}{text}" if sign else f"{text} {currency}"


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
    """Parse what a user types: `50`, `50.00`, `$1,250`, `50 USD`, `EUR 49.90`, `50€`.

    Raise ValueError with a message for the user. An amount that could be read in two ways is refused.
    """
    typed = _TYPED.match(_DOLLARS.sub(r"\1$", " ".join(text.upper().split())))
    currency = _typed_currency(typed["before"], typed["after"], default_currency) if typed else ""
    if typed is None or not currency:
        raise _no_amount(text)
    amount = typed["amount"]
    if _GROUPS.match(amount):
        amount = amount.replace(",", "")
    if not _AMOUNT.match(amount):
        raise _foreign_notation(text, amount, currency, _named(currency, default_currency))
    places = exponent(currency)
    whole, _, fraction = amount.partition(".")
    if len(fraction) > places:
        raise _too_precise(text, whole, fraction, currency, _named(currency, default_currency))
    minor = int(whole + fraction.ljust(places, "0"))
    if not 0 < minor < _LIMIT:
        raise ValueError(f'"{text}" must be more than 0 and less than a trillion')
    return Money(minor, currency)


def _typed_currency(before: str, after: str, default: str) -> str:
    """Return the currency that the words around an amount name, empty if they name none or two."""
    words = f"{before} {after}".split()
    codes = [w for w in words if w not in _TYPED_SIGNS]
    signs = [w for w in words if w in _TYPED_SIGNS]
    # "US $50" and "USD$50" are a code and a sign that belong together.
    joined = [(w[:-1], "$") for w in codes if w.endswith("$")]
    if joined:
        codes, signs = [w for w, _ in joined], [*signs, *(s for _, s in joined)]
    if len(codes) > 1 or len(signs) > 1:
        return ""
    code = codes[0] if codes else ""
    if code and not is_currency(code):
        return ""
    if not signs:
        return code or default
    known = _TYPED_SIGNS[signs[0]]
    return code if code in known else "" if code else known[0]


def _no_amount(text: str) -> ValueError:
    return ValueError(f'"{text}" is not an amount of money; write 50, 49.90, "50 USD" or "EUR 49.90"')


def _named(currency: str, default: str) -> str:
    """Return what an amount needs after it to be in this currency: nothing for the default one."""
    return "" if currency == default else f" {currency}"


def _too_precise(text: str, whole: str, fraction: str, currency: str, named: str) -> ValueError:
    """Return the refusal of more decimals than the currency has, with every amount that may be meant."""
    places = exponent(currency)
    kept = fraction[:places]
    readings = [f"{whole}.{kept}" if kept else whole]
    if len(fraction) == _GROUP and 1 <= len(whole) <= _GROUP and not whole.startswith("0"):
        readings = [whole + fraction, *readings[: places > 0]]
    readings = [f"{r}{named}" for r in readings if r.strip("0.")] or ["a whole amount"]
    return ValueError(f'"{text}" has more decimal places than {currency} has; write {" or ".join(readings)}')


def _foreign_notation(text: str, amount: str, currency: str, named: str) -> ValueError:
    """Return the refusal of other separators, with the amount in the notation that is accepted."""
    found = _FOREIGN.match(amount)
    if not found:
        return _no_amount(text)
    whole, fraction = re.sub(r"\D", "", found["whole"]), found["fraction"] or ""
    reading = f"{whole}.{fraction}" if fraction and exponent(currency) else whole
    if len(whole) > _MAX_WHOLE or (fraction and not exponent(currency)):
        return _no_amount(text)
    return ValueError(f'"{text}" is not an amount of money; write {reading}{named}')
