"""What eBay's Browse API says on the wire (contract v1.20.4), field by field.

Nothing of a row is promised but its id; a field that is absent or odd is unknown, never zero.
"""

from __future__ import annotations

import msgspec


class _Wire(msgspec.Struct, rename="camel", gc=False):
    pass


class Amount(_Wire):
    """Money. Converted amounts are eBay's own conversion into the marketplace's currency."""

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
    """One way of shipping. Only a FIXED cost is a cost; a CALCULATED one depends on the reader."""

    shipping_cost_type: str | None = None
    shipping_cost: Amount | None = None


class ItemSummary(_Wire):
    """An ItemSummary, the fields we use."""

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


class Parameter(_Wire):
    """What an error is about."""

    name: str | None = None
    value: str | None = None


class Problem(_Wire):
    """An error, or a warning of an answer that is no error."""

    error_id: int | None = None
    message: str | None = None
    parameters: list[Parameter] | None = None


class SearchResponse(_Wire):
    """A SearchPagedCollection, the fields we use."""

    total: int
    item_summaries: list[ItemSummary] | None = None
    next: str | None = None
    warnings: list[Problem] | None = None


class OddAnswer(_Wire):
    """The same, with what may be odd left unread."""

    total: int
    item_summaries: list[msgspec.Raw] | None = None
    next: str | None = None
    warnings: msgspec.Raw = msgspec.Raw(b"null")


class ErrorResponse(_Wire):
    """The body of an error status."""

    errors: list[Problem] | None = None


class Rate(_Wire):
    """A quota and what is left of it."""

    limit: int
    remaining: int
    reset: str | None = None


class Resource(_Wire):
    """What a quota is for: `buy.browse`."""

    name: str | None = None
    rates: list[Rate] | None = None


class RateLimitsResponse(_Wire):
    """The quotas of one API."""

    resources: list[Resource] | None = None


class RateLimits(_Wire):
    """The answer of getRateLimits."""

    rate_limits: list[RateLimitsResponse] | None = None
