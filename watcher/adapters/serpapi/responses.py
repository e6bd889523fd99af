"""From what SerpAPI's eBay engine answers to listings.

It is a web page that somebody read: a field may be absent, misread or in another shape, so whatever is
not sure is unknown, and a price is believed only where its text and its number agree.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeGuard

import msgspec

from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Listing
from watcher.core.marketplaces import CURRENCIES
from watcher.core.money import Money, exponent, from_wire
from watcher.core.times import Instant

_UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
_UNFINISHED = ("Processing", "Queued")
# What eBay shows first of every page, as if it were an item.
_NO_ITEM = "shop on ebay"
_ID = re.compile(r"[1-9]\d{0,18}", re.ASCII)
_NUMBER = re.compile(r"\d(?:[\d.,'\s]*\d)?", re.ASCII)
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
# How the marketplaces write their currency beside its code. A plain $ is a US dollar and nothing else.
_SIGNS: dict[str, frozenset[str]] = {
    "USD": frozenset(("$", "US$", "US")),
    "GBP": frozenset(("£",)),
    "EUR": frozenset(("€",)),
    "CAD": frozenset(("C$", "CA$")),
    "AUD": frozenset(("AU$", "A$")),
    "CHF": frozenset(("FR.", "SFR.")),
    "HKD": frozenset(("HK$",)),
    "MYR": frozenset(("RM",)),
    "PHP": frozenset(("₱",)),
    "PLN": frozenset(("ZŁ",)),
    "SGD": frozenset(("S$",)),
}
_CODES = frozenset(CURRENCIES.values()) | frozenset(s for signs in _SIGNS.values() for s in signs)
_FREE = re.compile(
    r"(?:free(?: [\w-]+){0,3} (?:postage|shipping|delivery)|kostenloser versand|livraison gratuite"
    r"|spedizione gratis|env[ií]o gratis|gratis verzending)(?: in [^$£€]*)?"
)
# Only what eBay's pages in English say; any other word tells nothing.
_CONDITIONS = {
    "brand new": 1000,
    "new": 1000,
    "new with tags": 1000,
    "new with box": 1000,
    "new (other)": 1500,
    "new other": 1500,
    "new without tags": 1500,
    "new without box": 1500,
    "open box": 1500,
    "new with defects": 1750,
    "certified - refurbished": 2000,
    "excellent - refurbished": 2010,
    "very good - refurbished": 2020,
    "good - refurbished": 2030,
    "refurbished": 2500,
    "seller refurbished": 2500,
    "pre-owned": 3000,
    "used": 3000,
    "graded": 2750,
    "ungraded": 4000,
    "parts only": 7000,
    "for parts or not working": 7000,
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAY_OF = re.compile(r"\b([A-Za-z]{3})[a-z]* (\d{1,2}),? (\d{4})\b", re.ASCII)
_LEFT = re.compile(r"(\d{1,4})\s*(d|h|m|s)", re.ASCII)
# No price or postage is told in more characters.
_LONGEST = 100
_LENGTHS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


class Site(NamedTuple):
    """One of eBay's sites: its domain and the currency it prices in."""

    domain: str
    currency: str


class SerpApiPage(NamedTuple):
    """One page of an answer. `unreadable` rows are counted, the others stand."""

    listings: list[Listing]
    total: int
    unreadable: int


class SearchesLeft(NamedTuple):
    """Searches left of the month's `limit`, None where the plan is not told."""

    remaining: int
    limit: int | None


def parse_results_page(body: bytes, site: Site, now: Instant, *, sold: bool) -> SerpApiPage:
    """The listings of a search answer, or the sales of one for `sold` items.

    Raises CallFailed: UNAVAILABLE for a search that SerpAPI could not finish, MALFORMED for what is no
    search answer. An answer that neither shows results nor says that there are none is no empty market.
    """
    envelope = _object(body)
    status = _mapping(envelope.get("search_metadata")).get("status")
    if status == "Error" or status in _UNFINISHED:
        raise CallFailed(Api.SERPAPI, Kind.UNAVAILABLE, f"the search ended as {status}")
    results = envelope.get("organic_results")
    if status != "Success" or not (isinstance(results, list) or _is_said_to_be_empty(envelope)):
        raise CallFailed(Api.SERPAPI, Kind.MALFORMED, "a body that is no search answer")
    rows = [_mapping(row) for row in results or ()]
    rows = [row for row in rows if _text(row.get("title")).casefold() != _NO_ITEM]
    listings = [found for row in rows if (found := _listing(row, site, now, sold=sold)) is not None]
    total = _mapping(envelope.get("search_information")).get("total_results")
    return SerpApiPage(
        listings, total if type(total) is int and total > 0 else len(rows), len(rows) - len(listings)
    )


def read_account(body: bytes) -> SearchesLeft:
    """What is left of the month's searches. Raises CallFailed (MALFORMED)."""
    account = _object(body)
    left, limit = account.get("total_searches_left"), account.get("searches_per_month")
    if type(left) is not int or left < 0:
        raise CallFailed(Api.SERPAPI, Kind.MALFORMED, "an account without its searches")
    return SearchesLeft(left, limit if type(limit) is int and limit > 0 else None)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = msgspec.json.decode(body)
    except _UNREADABLE as error:
        raise CallFailed(Api.SERPAPI, Kind.MALFORMED, "a body that is no JSON") from error
    if not isinstance(found, dict):
        raise CallFailed(Api.SERPAPI, Kind.MALFORMED, "a body that is no object")
    return found


def _is_said_to_be_empty(envelope: dict[str, Any]) -> bool:
    """A search that succeeded and has no results says so in `error`, whatever its words are."""
    return "organic_results" not in envelope and isinstance(envelope.get("error"), str)


def _listing(row: dict[str, Any], site: Site, now: Instant, *, sold: bool) -> Listing | None:
    """The listing that a row means; None without an id, and where nothing shows that it was sold.

    A sold auction's last bid is its price; of one that is on, what is shown is a bid.
    """
    number = _number_of(row.get("product_id"))
    sold_date = _text(row.get("sold_date"))
    if not number or (sold and not sold_date):
        return None
    bids = _mapping(row.get("bids"))
    auction = bool(bids) or _text(row.get("buying_format")).casefold() == "auction"
    amount, is_group = _price(row.get("price"), site.currency)
    bidding = auction and not sold
    count = bids.get("count")
    reviews = _mapping(row.get("seller")).get("reviews")
    condition = _text(row.get("condition"))
    return Listing(
        item_id=f"v1|{number}|0",
        title=_text(row.get("title")),
        price=None if bidding else amount,
        shipping=_shipping(row.get("shipping"), site.currency),
        condition_id=_CONDITIONS.get(condition.casefold()),
        condition=condition,
        url=f"https://www.{site.domain}/itm/{number}",
        image=_address(row.get("thumbnail")),
        fixed=not auction,
        auction=auction,
        bid=amount if bidding else None,
        bid_count=count if type(count) is int and count >= 0 and auction else None,
        ends_at=_day(sold_date) if sold else _end(bids.get("time_left"), now),
        is_group=is_group,
        feedback=reviews if type(reviews) is int and 0 <= reviews < 2**31 else None,
    )


def _price(given: object, currency: str) -> tuple[Money | None, bool]:
    """The price, and whether it is one of several: a range is that of a group of variations."""
    price = _mapping(given)
    lowest = _amount(price.get("from"), currency)
    if "from" in price or "to" in price:
        return lowest, lowest is None or lowest != _amount(price.get("to"), currency)
    return _amount(price, currency), False


def _amount(given: object, currency: str) -> Money | None:
    """`{"raw": "$1,204.99", "extracted": 1204.99}` as money; nothing costs nothing."""
    amount = _mapping(given)
    money = _number(amount.get("extracted"), currency)
    if money is None or money.minor <= 0:
        return None
    raw = amount.get("raw")
    if raw is None:
        return money
    numbers = _NUMBER.findall(raw) if _is_short(raw) else []
    return money if len(numbers) == 1 and _agrees(raw, money) else None


def _shipping(given: object, currency: str) -> Money | None:
    """Words that say free are zero; a cost counts where its text agrees with it; else it is unknown."""
    raw = given if isinstance(given, str) else _mapping(given).get("raw")
    if not _is_short(raw):
        return None
    if _FREE.fullmatch(" ".join(raw.casefold().split())):
        return Money(0, currency)
    money = _number(_mapping(given).get("extracted"), currency)
    return money if money is not None and _agrees(raw, money) else None


def _number(given: object, currency: str) -> Money | None:
    if isinstance(given, str) and _GROUPED.fullmatch(given.strip()):
        given = given.replace(",", "")
    return from_wire(given.strip() if isinstance(given, str) else given, currency)


def _agrees(raw: str, money: Money) -> bool:
    """Whether the text shows this amount in this currency: `1.204,99` read as 1.2 does not."""
    text = raw.replace("\xa0", " ")
    number = _NUMBER.search(text)
    if number is None:
        return False
    digits = int("".join(filter(str.isdecimal, number[0])))
    scales = range(exponent(money.currency) + 1)
    if all(digits * 10**scale != money.minor for scale in scales):
        return False
    before = "".join(text[: number.start()].replace("+", "").split()).upper()
    if before:
        return _means(before, money.currency)
    after = (text[number.end() :].split() or [""])[0].upper()
    is_sign = after in _CODES or any(unicodedata.category(c) == "Sc" for c in after)
    return not is_sign or _means(after, money.currency)


def _means(sign: str, currency: str) -> bool:
    return sign == currency or sign in _SIGNS.get(currency, ())


def _is_short(raw: object) -> TypeGuard[str]:
    return isinstance(raw, str) and len(raw) <= _LONGEST


def _number_of(product_id: object) -> str:
    """The listing's number, from digits or a whole number; empty for anything else."""
    if type(product_id) is int and 0 < product_id < 2**63:
        return str(product_id)
    return product_id if isinstance(product_id, str) and _ID.fullmatch(product_id) else ""


def _end(left: object, now: Instant) -> Instant | None:
    """When `2d 3h left` is over; unknown where nothing of it can be read."""
    parts = _LEFT.findall(left[:40]) if isinstance(left, str) else []
    return Instant(now + sum(int(count) * _LENGTHS[unit] for count, unit in parts)) if parts else None


def _day(said: str) -> Instant | None:
    """The start of `Jul 16, 2026` (UTC); other languages' dates are unknown."""
    found = _DAY_OF.search(said[:60])
    if not found or found[1].lower() not in _MONTHS:
        return None
    try:
        day = datetime(int(found[3]), _MONTHS.index(found[1].lower()) + 1, int(found[2]), tzinfo=UTC)
    except ValueError:
        return None
    return Instant(day.timestamp())


def _mapping(given: object) -> dict[str, Any]:
    return given if isinstance(given, dict) else {}


def _text(given: object) -> str:
    return given.strip() if isinstance(given, str) else ""


def _address(given: object) -> str:
    return given if isinstance(given, str) and given.startswith("https://") else ""
