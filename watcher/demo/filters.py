"""eBay's filter grammar over rows: what is asked, and what is not understood and so not applied."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

from watcher.core.marketplaces import currency_of
from watcher.core.times import from_iso
from watcher.demo.refusals import Refused, as_error
from watcher.demo.source import DemoRow
from watcher.demo.summary import CONDITION_NAMES, price_of, shipping_of

Test = Callable[[DemoRow], bool]

_PART = re.compile(r"\s*(\w*)\s*:?\s*(\{[^}]*\}|\[[^\]]*\]|[^,]*?)\s*(?:,|\Z)")
_BUYING = {"FIXED_PRICE", "AUCTION", "BEST_OFFER", "CLASSIFIED_AD"}
_NEW = {"1000", "1500", "1750"}
_ID_OF_TEXT = {text: condition_id for condition_id, text in CONDITION_NAMES.items()}
_WITH_ACCOUNT_TYPES = {f"EBAY_{c}" for c in ("AT", "BE", "CH", "DE", "ES", "FR", "GB", "IE", "IT", "PL")}
_MOST_SELLERS = 250
_PICKUP = {"pickupCountry", "pickupPostalCode", "pickupRadius", "pickupRadiusUnit"}


class DemoFilter(NamedTuple):
    """The tests that a row must pass, and the warnings about filters that are not applied."""

    tests: tuple[Test, ...]
    warnings: tuple[dict[str, Any], ...]

    def keep(self, rows: list[DemoRow]) -> list[DemoRow]:
        """The rows that pass."""
        for test in self.tests:
            rows = [row for row in rows if test(row)]
        return rows


class _Ask(NamedTuple):
    """One filter as it was written, among the others of the request."""

    value: str
    given: Mapping[str, str]
    marketplace: str

    @property
    def values(self) -> list[str]:
        """`{a|b}` or a single value."""
        inner = self.value[1:-1] if self.value.startswith("{") else self.value
        return [value.strip() for value in inner.split("|") if value.strip()]

    def between(self, read: Callable[[str], float | None]) -> tuple[float, float]:
        """`[a..b]`, `[a]` or `[..b]`; ends that are left open are infinite."""
        if not re.fullmatch(r"\[.+\]", self.value):
            raise _NotApplied(12002)
        low, _, high = self.value[1:-1].partition("..")
        ends = [read(end) if end else None for end in (low, high)]
        if (low and ends[0] is None) or (high and ends[1] is None):
            raise _NotApplied(12002)
        return (
            float("-inf") if ends[0] is None else ends[0],
            float("inf") if ends[1] is None else ends[1],
        )


class _NotApplied(Exception):
    """The filter is not understood; these are eBay's numbers for why."""

    def __init__(self, *error_ids: int) -> None:
        super().__init__(*error_ids)
        self.error_ids = error_ids


@lru_cache(maxsize=512)
def read_filter(text: str, marketplace: str) -> DemoFilter:
    """The `filter` parameter. Raises Refused for what eBay refuses rather than ignores."""
    given = {name or value: value for name, value in _PART.findall(text) if name or value}
    tests: list[Test] = []
    warnings: list[dict[str, Any]] = []
    buying: Test = _sold_at_a_price
    for name, value in given.items():
        read = _FILTERS.get(name)
        try:
            test = (read if read and value else _unknown)(_Ask(value, given, marketplace))
        except _NotApplied as refusal:
            parameters = {"filterName": name, "marketplaceId": marketplace}
            warnings.extend(as_error(number, **parameters) for number in refusal.error_ids)
            continue
        if name == "buyingOptions":
            buying = test
        else:
            tests.append(test)
    return DemoFilter((buying, *tests), tuple(warnings))


def _sold_at_a_price(row: DemoRow) -> bool:
    """What eBay shows unless asked otherwise."""
    return "FIXED_PRICE" in row["buyingOptions"]


def _unknown(ask: _Ask) -> Test:
    del ask
    raise _NotApplied(12002)


def _anything(ask: _Ask) -> Test:
    """Known to eBay, and true of every row here."""
    del ask
    return lambda _: True


def _buying_options(ask: _Ask) -> Test:
    asked = set(ask.values)
    if not asked or asked - _BUYING:
        raise _NotApplied(12002)
    return lambda row: not asked.isdisjoint(row["buyingOptions"])


def _condition_id(row: DemoRow) -> str | None:
    """A few rows do not tell theirs, but eBay knows it."""
    told: str | None = row.get("conditionId") or _ID_OF_TEXT.get(row.get("condition", ""))
    return told


def _condition_ids(ask: _Ask) -> Test:
    asked = set(ask.values)
    if not asked or not asked <= CONDITION_NAMES.keys():
        raise _NotApplied(12520)
    return lambda row: (known := _condition_id(row)) is None or known in asked


def _conditions(ask: _Ask) -> Test:
    asked = set(ask.values)
    if not asked or asked - {"NEW", "USED", "UNSPECIFIED"}:
        raise _NotApplied(12002)

    def test(row: DemoRow) -> bool:
        known = _condition_id(row)
        if known is None:
            return "UNSPECIFIED" in asked
        return ("NEW" if known in _NEW else "USED") in asked

    return test


def _price(ask: _Ask) -> Test:
    currency = ask.given.get("priceCurrency")
    if currency != currency_of(ask.marketplace):
        raise _NotApplied(12012)
    low, high = ask.between(_number)
    return lambda row: low <= price_of(row) <= high


def _price_currency(ask: _Ask) -> Test:
    if "price" not in ask.given:
        raise _NotApplied(12002, 12012)
    if ask.value != currency_of(ask.marketplace):
        raise _NotApplied(12002)
    return lambda _: True


def _bid_count(ask: _Ask) -> Test:
    low, high = ask.between(_number)
    return lambda row: low <= row.get("bidCount", -1) <= high


def _most_delivery_cost(ask: _Ask) -> Test:
    most = _number(ask.value)
    if most is None:
        raise _NotApplied(12002)

    def test(row: DemoRow) -> bool:
        option = shipping_of(row)
        return "shippingCost" in option and float(option["shippingCost"]["value"]) <= most

    return test


def _date(*fields: str) -> Callable[[_Ask], Test]:
    def read(ask: _Ask) -> Test:
        low, high = ask.between(from_iso)

        def test(row: DemoRow) -> bool:
            at = next((at for field in fields if (at := from_iso(row.get(field))) is not None), None)
            return at is not None and low <= at <= high

        return test

    return read


def _country(ask: _Ask) -> Test:
    if not re.fullmatch("[A-Z]{2}", ask.value):
        raise _NotApplied(12002)
    return lambda row: row.get("itemLocation", {}).get("country") == ask.value


def _sellers(*, wanted: bool) -> Callable[[_Ask], Test]:
    def read(ask: _Ask) -> Test:
        named = set(ask.values)
        if len(named) > _MOST_SELLERS:
            raise Refused(12032)
        return lambda row: (row.get("seller", {}).get("username") in named) == wanted

    return read


def _account_types(ask: _Ask) -> Test:
    if ask.marketplace not in _WITH_ACCOUNT_TYPES:
        raise _NotApplied(12014)
    return lambda row: row.get("seller", {}).get("sellerAccountType", "INDIVIDUAL") in ask.values


def _without_categories(ask: _Ask) -> Test:
    unwanted = set(ask.values)
    return lambda row: unwanted.isdisjoint(categories_of(row))


def _flag(field: str) -> Callable[[_Ask], Test]:
    def read(ask: _Ask) -> Test:
        if ask.value not in ("true", "false"):
            raise _NotApplied(12002)
        return lambda row: ask.value == "false" or bool(row.get(field))

    return read


def _delivery_postal_code(ask: _Ask) -> Test:
    if "deliveryCountry" not in ask.given:
        raise _NotApplied(12011)
    return lambda _: True


def _pickup(ask: _Ask) -> Test:
    if not ask.given.keys() >= _PICKUP:
        raise _NotApplied(12010)
    return lambda row: "pickupOptions" in row


def categories_of(row: DemoRow) -> set[str]:
    """The ids of all categories that a row stands in."""
    return {category["categoryId"] for category in row.get("categories", ())} | set(
        row.get("leafCategoryIds", ())
    )


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d+(?:\.\d+)?", text) else None


_FILTERS: dict[str, Callable[[_Ask], Test]] = {
    "bidCount": _bid_count,
    "buyingOptions": _buying_options,
    "charityOnly": _flag("charityOnly"),
    "conditionIds": _condition_ids,
    "conditions": _conditions,
    "deliveryCountry": _anything,
    "deliveryOptions": _anything,
    "deliveryPostalCode": _delivery_postal_code,
    "excludeCategoryIds": _without_categories,
    "excludeSellers": _sellers(wanted=False),
    "itemEndDate": _date("itemEndDate"),
    "itemLocationCountry": _country,
    "itemStartDate": _date("itemOriginDate", "itemCreationDate"),
    "maxDeliveryCost": _most_delivery_cost,
    "price": _price,
    "priceCurrency": _price_currency,
    "priorityListing": _flag("priorityListing"),
    "returnsAccepted": _anything,
    "searchInDescription": _anything,
    "sellerAccountTypes": _account_types,
    "sellers": _sellers(wanted=True),
    **dict.fromkeys(sorted(_PICKUP), _pickup),
}
