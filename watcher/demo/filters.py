"""eBay's filter grammar over rows, with a warning for each filter that is not applied."""

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

RowTest = Callable[[DemoRow], bool]

_PART = re.compile(r"\s*(\w*)\s*:?\s*(\{[^}]*\}|\[[^\]]*\]|[^,]*?)\s*(?:,|\Z)")
_BUYING_OPTIONS = {"FIXED_PRICE", "AUCTION", "BEST_OFFER", "CLASSIFIED_AD"}
NEW_CONDITION_IDS = {"1000", "1500", "1750"}
_CONDITION_ID_OF_NAME = {text: condition_id for condition_id, text in CONDITION_NAMES.items()}
_ACCOUNT_TYPE_SITES = {f"EBAY_{c}" for c in ("AT", "BE", "CH", "DE", "ES", "FR", "GB", "IE", "IT", "PL")}
_MAX_SELLERS = 250
_PICKUP_FILTERS = {"pickupCountry", "pickupPostalCode", "pickupRadius", "pickupRadiusUnit"}


class DemoFilter(NamedTuple):
    """The tests that a row must pass, and the warnings about filters that are not applied."""

    tests: tuple[RowTest, ...]
    warnings: tuple[dict[str, Any], ...]

    def keep(self, rows: list[DemoRow]) -> list[DemoRow]:
        """Return the rows that pass."""
        for test in self.tests:
            rows = [row for row in rows if test(row)]
        return rows


class _Filter(NamedTuple):
    """The text of one filter, and all filters of the request by name."""

    value: str
    filters: Mapping[str, str]
    marketplace: str

    @property
    def values(self) -> list[str]:
        """Return the values of `{a|b}`, or a single value."""
        inner = self.value[1:-1] if self.value.startswith("{") else self.value
        return [value.strip() for value in inner.split("|") if value.strip()]

    def read_range(self, parse: Callable[[str], float | None]) -> tuple[float, float]:
        """Return the ends of `[a..b]`, `[a]` or `[..b]`; open ends are infinite."""
        _require(re.fullmatch(r"\[.+\]", self.value), 12002)
        low, _, high = self.value[1:-1].partition("..")
        ends = [parse(end) if end else None for end in (low, high)]
        _require(not (low and ends[0] is None) and not (high and ends[1] is None), 12002)
        return (
            float("-inf") if ends[0] is None else ends[0],
            float("inf") if ends[1] is None else ends[1],
        )


class _NotApplied(Exception):
    """The filter is not applied; `error_ids` are eBay's numbers for the reasons."""

    def __init__(self, *error_ids: int) -> None:
        super().__init__(*error_ids)
        self.error_ids = error_ids


def _require(condition: object, *error_ids: int) -> None:
    if not condition:
        raise _NotApplied(*error_ids)


@lru_cache(maxsize=512)
def read_filter(text: str, marketplace: str) -> DemoFilter:
    """Parse the `filter` parameter. Raises Refused for what eBay refuses instead of ignoring."""
    filters = {name or value: value for name, value in _PART.findall(text) if name or value}
    tests: list[RowTest] = []
    warnings: list[dict[str, Any]] = []
    buying: RowTest = _has_fixed_price
    for name, value in filters.items():
        parse = _PARSERS.get(name)
        try:
            test = (parse if parse and value else _refuse)(_Filter(value, filters, marketplace))
        except _NotApplied as refusal:
            parameters = {"filterName": name, "marketplaceId": marketplace}
            warnings.extend(as_error(number, **parameters) for number in refusal.error_ids)
            continue
        if name == "buyingOptions":
            buying = test
        else:
            tests.append(test)
    return DemoFilter((buying, *tests), tuple(warnings))


def _has_fixed_price(row: DemoRow) -> bool:
    """Whether eBay shows the row if the request has no filter on buying options."""
    return "FIXED_PRICE" in row["buyingOptions"]


def _refuse(given: _Filter) -> RowTest:
    del given
    raise _NotApplied(12002)


def _accept_all(given: _Filter) -> RowTest:
    """Parse a filter that eBay has and that every row passes."""
    del given
    return lambda _: True


def _buying_options(given: _Filter) -> RowTest:
    asked = set(given.values)
    _require(asked and asked <= _BUYING_OPTIONS, 12002)
    return lambda row: not asked.isdisjoint(row["buyingOptions"])


def _condition_id(row: DemoRow) -> str | None:
    """Return the row's condition; eBay filters by it even if the row lacks the field."""
    condition_id: str | None = row.get("conditionId") or _CONDITION_ID_OF_NAME.get(row.get("condition", ""))
    return condition_id


def _condition_ids(given: _Filter) -> RowTest:
    asked = set(given.values)
    _require(asked and asked <= CONDITION_NAMES.keys(), 12520)
    return lambda row: (found := _condition_id(row)) is None or found in asked


def _conditions(given: _Filter) -> RowTest:
    asked = set(given.values)
    _require(asked and asked <= {"NEW", "USED", "UNSPECIFIED"}, 12002)

    def test(row: DemoRow) -> bool:
        condition_id = _condition_id(row)
        if condition_id is None:
            return "UNSPECIFIED" in asked
        return ("NEW" if condition_id in NEW_CONDITION_IDS else "USED") in asked

    return test


def _price(given: _Filter) -> RowTest:
    _require(given.filters.get("priceCurrency") == currency_of(given.marketplace), 12012)
    low, high = given.read_range(_number)
    return lambda row: low <= price_of(row) <= high


def _price_currency(given: _Filter) -> RowTest:
    _require("price" in given.filters, 12002, 12012)
    _require(given.value == currency_of(given.marketplace), 12002)
    return lambda _: True


def _bid_count(given: _Filter) -> RowTest:
    low, high = given.read_range(_number)
    return lambda row: low <= row.get("bidCount", -1) <= high


def _max_delivery_cost(given: _Filter) -> RowTest:
    max_cost = _number(given.value)
    if max_cost is None:
        raise _NotApplied(12002)

    def test(row: DemoRow) -> bool:
        option = shipping_of(row)
        return "shippingCost" in option and float(option["shippingCost"]["value"]) <= max_cost

    return test


def _date(*fields: str) -> Callable[[_Filter], RowTest]:
    def parse(given: _Filter) -> RowTest:
        low, high = given.read_range(from_iso)

        def test(row: DemoRow) -> bool:
            at = next((at for field in fields if (at := from_iso(row.get(field))) is not None), None)
            return at is not None and low <= at <= high

        return test

    return parse


def _country(given: _Filter) -> RowTest:
    _require(re.fullmatch("[A-Z]{2}", given.value), 12002)
    return lambda row: row.get("itemLocation", {}).get("country") == given.value


def _sellers(*, wanted: bool) -> Callable[[_Filter], RowTest]:
    def parse(given: _Filter) -> RowTest:
        named = set(given.values)
        if len(named) > _MAX_SELLERS:
            raise Refused(12032)
        return lambda row: (row.get("seller", {}).get("username") in named) == wanted

    return parse


def _account_types(given: _Filter) -> RowTest:
    _require(given.marketplace in _ACCOUNT_TYPE_SITES, 12014)
    return lambda row: row.get("seller", {}).get("sellerAccountType", "INDIVIDUAL") in given.values


def _without_categories(given: _Filter) -> RowTest:
    unwanted = set(given.values)
    return lambda row: unwanted.isdisjoint(categories_of(row))


def _flag(field: str) -> Callable[[_Filter], RowTest]:
    def parse(given: _Filter) -> RowTest:
        _require(given.value in ("true", "false"), 12002)
        return lambda row: given.value == "false" or bool(row.get(field))

    return parse


def _delivery_postal_code(given: _Filter) -> RowTest:
    _require("deliveryCountry" in given.filters, 12011)
    return lambda _: True


def _pickup(given: _Filter) -> RowTest:
    _require(given.filters.keys() >= _PICKUP_FILTERS, 12010)
    return lambda row: "pickupOptions" in row


def categories_of(row: DemoRow) -> set[str]:
    """Return the ids of all categories of a row."""
    return {category["categoryId"] for category in row.get("categories", ())} | set(
        row.get("leafCategoryIds", ())
    )


def _number(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d+(?:\.\d+)?", text) else None


_PARSERS: dict[str, Callable[[_Filter], RowTest]] = {
    "bidCount": _bid_count,
    "buyingOptions": _buying_options,
    "charityOnly": _flag("charityOnly"),
    "conditionIds": _condition_ids,
    "conditions": _conditions,
    "deliveryCountry": _accept_all,
    "deliveryOptions": _accept_all,
    "deliveryPostalCode": _delivery_postal_code,
    "excludeCategoryIds": _without_categories,
    "excludeSellers": _sellers(wanted=False),
    "itemEndDate": _date("itemEndDate"),
    "itemLocationCountry": _country,
    "itemStartDate": _date("itemOriginDate", "itemCreationDate"),
    "maxDeliveryCost": _max_delivery_cost,
    "price": _price,
    "priceCurrency": _price_currency,
    "priorityListing": _flag("priorityListing"),
    "returnsAccepted": _accept_all,
    "searchInDescription": _accept_all,
    "sellerAccountTypes": _account_types,
    "sellers": _sellers(wanted=True),
    **dict.fromkeys(sorted(_PICKUP_FILTERS), _pickup),
}
