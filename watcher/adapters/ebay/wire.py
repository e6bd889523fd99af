"""The JSON of eBay's APIs, field by field: Browse v1.20.4, Marketplace Insights, Developer Analytics.

Only the id of a row is guaranteed. A field that is absent or odd is unknown, never zero.
"""

from __future__ import annotations

import msgspec

# What msgspec raises for a body that is not of the expected form.
UNREADABLE = (msgspec.DecodeError, RecursionError, UnicodeDecodeError)


class _Wire(msgspec.Struct, rename="camel", gc=False):
    pass


class Amount(_Wire):
    """An amount of money. eBay converts amounts into the currency of the marketplace."""

    value: str | int | float | None = None
    currency: str | None = None
    converted_from_currency: str | None = None


class Image(_Wire):
    """A picture."""

    image_url: str | None = None


class Category(_Wire):
    """A category, leaf first."""

    category_id: str | None = None


class Seller(_Wire):
    """The seller."""

    feedback_score: int | None = None


class ItemLocation(_Wire):
    """Where the item is."""

    country: str | None = None


class Shipping(_Wire):
    """One shipping option. Only a FIXED cost is known; a CALCULATED one depends on the destination."""

    shipping_cost_type: str | None = None
    shipping_cost: Amount | None = None


class ItemSummary(_Wire):
    """An ItemSummary; only the fields we use."""

    item_id: str
    title: str | None = None
    price: Amount | None = None
    shipping_options: list[Shipping] | None = None
    buying_options: list[str] | None = None
    condition_id: str | int | None = None
    condition: str | None = None
    item_web_url: str | None = None
    image: Image | None = None
    current_bid_price: Amount | None = None
    bid_count: int | None = None
    item_end_date: str | None = None
    item_creation_date: str | None = None
    item_group_type: str | None = None
    item_group_href: str | None = None
    item_location: ItemLocation | None = None
    seller: Seller | None = None
    categories: list[Category] | None = None


class ItemSale(ItemSummary):
    """An ItemSales of Marketplace Insights; only the fields we use."""

    last_sold_price: Amount | None = None
    last_sold_date: str | None = None


class Parameter(_Wire):
    """The request parameter that an error is about."""

    name: str | None = None
    value: str | None = None


class Problem(_Wire):
    """An error, or a warning in a successful response."""

    error_id: int | None = None
    message: str | None = None
    parameters: list[Parameter] | None = None


class SearchResponse(_Wire):
    """A SearchPagedCollection; only the fields we use."""

    total: int
    item_summaries: list[ItemSummary] | None = None
    next: str | None = None
    warnings: list[Problem] | None = None


class RawSearchResponse(_Wire):
    """A SearchPagedCollection whose rows and warnings are not decoded yet."""

    total: int
    item_summaries: list[msgspec.Raw] | None = None
    next: str | None = None
    warnings: msgspec.Raw = msgspec.Raw(b"null")


class SalesResponse(_Wire):
    """A SalesHistoryPagedCollection whose rows are not decoded yet."""

    total: int
    item_sales: list[msgspec.Raw] | None = None


class ErrorResponse(_Wire):
    """The body of an error status."""

    errors: list[Problem] | None = None


class Rate(_Wire):
    """A quota and the calls left of it."""

    limit: int
    remaining: int
    reset: str | None = None


class Resource(_Wire):
    """The quotas of one resource, such as `buy.browse`."""

    name: str | None = None
    rates: list[Rate] | None = None


class ApiRateLimits(_Wire):
    """The quotas of one API."""

    resources: list[Resource] | None = None


class RateLimitsResponse(_Wire):
    """The response of getRateLimits."""

    rate_limits: list[ApiRateLimits] | None = None
