"""Parse the responses of SerpAPI's eBay engine into listings and sales.

SerpAPI reads eBay's web pages: a field may be absent, misread or in another form. Whatever is uncertain is
unknown, and a price is accepted only if its text and its number agree.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import UTC, datetime
from typing import Any, NamedTuple, TypeGuard

import msgspec

from watcher.core.errors import Api, CallFailed, Kind
from watcher.core.listing import Listing, Snapshot
from watcher.core.marketplaces import CURRENCIES
from watcher.core.money import Money, exponent, from_wire
from watcher.core.times import Instant

_UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)
_UNFINISHED = ("Error", "Processing", "Queued")  # values of `status`
# The title of the placeholder that eBay shows as the first item of every page.
_PLACEHOLDER = "shop on ebay"
_ITEM_NUMBER = re.compile(r"[1-9]\d{0,18}", re.ASCII)
_NUMBER = re.compile(r"\d(?:[\d.,'\s]*\d)?", re.ASCII)
_THOUSANDS_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", re.ASCII)
# How the sites write their currency besides its code. A plain $ is a US dollar and nothing else.
_CURRENCY_SIGNS: dict[str, frozenset[str]] = {
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
_KNOWN_SIGNS = frozenset(CURRENCIES.values()).union(*_CURRENCY_SIGNS.values())
_FREE_SHIPPING = re.compile(
    r"(?:free(?: [\w-]+){0,3} (?:postage|shipping|delivery)|kostenloser versand|livraison gratuite"
    r"|spedizione gratis|env[ií]o gratis|gratis verzending)(?: in [^$£€]*)?"
)
# Condition ids by the words of eBay's English pages; other words are unknown.
_CONDITION_IDS = {
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
_DATE = re.compile(r"\b([A-Za-z]{3})[a-z]* (\d{1,2}),? (\d{4})\b", re.ASCII)
_TIME_LEFT = re.compile(r"(\d{1,4})\s*(d|h|m|s)", re.ASCII)
_MAX_TEXT_LENGTH = 100  # characters of a price or shipping cost; a longer text is not one
_SECONDS_PER_UNIT = {"d": 86400, "h": 3600, "m": 60, "s": 1}


class EbaySite(NamedTuple):
    """One of eBay's sites: its domain, and the currency of its prices."""

    domain: str
    currency: str


class SearchesLeft(NamedTuple):
    """Searches left of the month's `limit`; `limit` is None if the account does not report it."""

    remaining: int
    limit: int | None


def parse_results_page(body: bytes, site: EbaySite, now: Instant, *, sold: bool) -> Snapshot:
    """Return the listings of a search response, or its sales if it was a search for `sold` items.

    Raises CallFailed: UNAVAILABLE for a search that SerpAPI could not finish, MALFORMED for a body that is
    not a search response. One that neither has results nor says that there are none is not an empty market.
    """
    envelope = _decode_object(body)
    status = _mapping(envelope.get("search_metadata")).get("status")
    if status in _UNFINISHED:
        raise CallFailed(Api.SERPAPI, Kind.UNAVAILABLE, f"the search ended as {status}")
    results = envelope.get("organic_results")
    if status != "Success" or not (isinstance(results, list) or _is_declared_empty(envelope)):
        raise CallFailed(Api.SERPAPI, Kind.MALFORMED, "the body is not a search response")
    rows = [_mapping(row) for row in results or ()]
    rows = [row for row in rows if _text(row.get("title")).casefold() != _PLACEHOLDER]
    parsed = [_listing_of(row, site, now, sold=sold) for row in rows]
    listings = [listing for listing in parsed if listing is not None]
    total = _mapping(envelope.get("search_information")).get("total_results")
    return Snapshot.of_rows(
        listings,
        now,
        total=total if type(total) is int and total > 0 else len(rows),
        unreadable=len(rows) - len(listings),
    )


def parse_account(body: bytes) -> SearchesLeft:
    """Return what is left of the month's searches. Raises CallFailed (MALFORMED)."""
    account = _decode_object(body)
    remaining, limit = account.get("total_searches_left"), account.get("searches_per_month")
    if type(remaining) is not int or remaining < 0:
        raise CallFailed(Api.SERPAPI, Kind.MALFORMED, "the account does not report its searches")
    return SearchesLeft(remaining, limit if type(limit) is int and limit > 0 else None)


def _decode_object(body: bytes) -> dict[str, Any]:
    try:
        decoded = msgspec.json.decode(body)
    except _UNREADABLE as error:
        raise CallFailed(Api.SERPAPI, Kind.MALFORMED, "the body is not JSON") from error
    if not isinstance(decoded, dict):
        raise CallFailed(Api.SERPAPI, Kind.MALFORMED, "the body is not a JSON object")
    return decoded


def _is_declared_empty(envelope: dict[str, Any]) -> bool:
    """Return whether a successful search reports no results: it has an `error`, in whatever words."""
    return "organic_results" not in envelope and isinstance(envelope.get("error"), str)


def _listing_of(row: dict[str, Any], site: EbaySite, now: Instant, *, sold: bool) -> Listing | None:
    """Return the listing of a row; None without an id, or if a sale has no date.

    The last bid of a sold auction is its price; the amount of a running auction is a bid.
    """
    number = _item_number(row.get("product_id"))
    sold_date = _text(row.get("sold_date"))
    if not number or (sold and not sold_date):
        return None
    bids = _mapping(row.get("bids"))
    auction = bool(bids) or _text(row.get("buying_format")).casefold() == "auction"
    amount, is_group = _price(row.get("price"), site.currency)
    is_bid = auction and not sold
    bid_count = bids.get("count")
    reviews = _mapping(row.get("seller")).get("reviews")
    condition = _text(row.get("condition"))
    return Listing(
        item_id=f"v1|{number}|0",
        title=_text(row.get("title")),
        price=None if is_bid else amount,
        shipping=_shipping(row.get("shipping"), site.currency),
        condition_id=_CONDITION_IDS.get(condition.casefold()),
        condition=condition,
        url=f"https://www.{site.domain}/itm/{number}",
        image=_https_url(row.get("thumbnail")),
        fixed=not auction,
        auction=auction,
        bid=amount if is_bid else None,
        bid_count=bid_count if type(bid_count) is int and bid_count >= 0 and auction else None,
        ends_at=_parse_date(sold_date) if sold else _parse_end(bids.get("time_left"), now),
        is_group=is_group,
        feedback=reviews if type(reviews) is int and 0 <= reviews < 2**31 else None,
    )


def _price(value: object, currency: str) -> tuple[Money | None, bool]:
    """Return the price, and whether it is a range: then the listing is a group of variations."""
    price = _mapping(value)
    lowest = _amount(price.get("from"), currency)
    if "from" in price or "to" in price:
        return lowest, lowest is None or lowest != _amount(price.get("to"), currency)
    return _amount(price, currency), False


def _amount(value: object, currency: str) -> Money | None:
    """Return `{"raw": "$1,204.99", "extracted": 1204.99}` as money; None for zero, which means unknown."""
    amount = _mapping(value)
    money = _parse_number(amount.get("extracted"), currency)
    if money is None or money.minor <= 0:
        return None
    raw = amount.get("raw")
    if raw is None:
        return money
    numbers = _NUMBER.findall(raw) if _is_short_text(raw) else []
    return money if len(numbers) == 1 and _shows(raw, money) else None


def _shipping(value: object, currency: str) -> Money | None:
    """Return zero if the text says free, the cost if its text agrees with it, else None, unknown."""
    raw = value if isinstance(value, str) else _mapping(value).get("raw")
    if not _is_short_text(raw):
        return None
    if _FREE_SHIPPING.fullmatch(" ".join(raw.casefold().split())):
        return Money(0, currency)
    money = _parse_number(_mapping(value).get("extracted"), currency)
    return money if money is not None and _shows(raw, money) else None


def _parse_number(value: object, currency: str) -> Money | None:
    if isinstance(value, str) and _THOUSANDS_GROUPED.fullmatch(value.strip()):
        value = value.replace(",", "")
    return from_wire(value.strip() if isinstance(value, str) else value, currency)


def _shows(raw: str, money: Money) -> bool:
    """Return whether a text shows this amount in this currency: `1.204,99` does not show 1.2."""
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
        return _is_sign_of(before, money.currency)
    after = (text[number.end() :].split() or [""])[0].upper()
    is_sign = after in _KNOWN_SIGNS or any(unicodedata.category(c) == "Sc" for c in after)
    return not is_sign or _is_sign_of(after, money.currency)


def _is_sign_of(sign: str, currency: str) -> bool:
    return sign == currency or sign in _CURRENCY_SIGNS.get(currency, ())


def _is_short_text(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= _MAX_TEXT_LENGTH


def _item_number(product_id: object) -> str:
    """Return the listing's number, from digits or an integer; empty for anything else."""
    if type(product_id) is int and 0 < product_id < 2**63:
        return str(product_id)
    return product_id if isinstance(product_id, str) and _ITEM_NUMBER.fullmatch(product_id) else ""


def _parse_end(time_left: object, now: Instant) -> Instant | None:
    """Return when `2d 3h left` will have passed; None if nothing of it can be read."""
    parts = _TIME_LEFT.findall(time_left[:40]) if isinstance(time_left, str) else []
    if not parts:
        return None
    return Instant(now + sum(int(count) * _SECONDS_PER_UNIT[unit] for count, unit in parts))


def _parse_date(text: str) -> Instant | None:
    """Return the start of `Jul 16, 2026` (UTC); None for a date in another language."""
    match = _DATE.search(text[:60])
    if not match or match[1].lower() not in _MONTHS:
        return None
    try:
        day = datetime(int(match[3]), _MONTHS.index(match[1].lower()) + 1, int(match[2]), tzinfo=UTC)
    except ValueError:
        return None
    return Instant(day.timestamp())


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value.strip() if isinstance(value, str) else ""


def _https_url(value: object) -> str:
    return value if isinstance(value, str) and value.startswith("https://") else ""
