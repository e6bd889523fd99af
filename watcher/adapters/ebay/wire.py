"""The JSON of eBay's APIs, field by field: Browse v1.20.4, Marketplace Insights, Developer Analytics.

Only the id of a row is guaranteed. A field that is absent or odd is unknown, never zero. Every number and
text has a bound, so that nothing is too large for the memory or the database; what is beyond it is odd.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from watcher.core.listing import MAX_CONDITION_LENGTH, MAX_ITEM_ID_LENGTH, MAX_TITLE_LENGTH, MAX_URL_LENGTH

_INT32 = 2**31 - 1  # the largest number that a column of Postgres' type "integer" holds
_Count = Annotated[int, msgspec.Meta(ge=0, le=_INT32)]
_Score = Annotated[int, msgspec.Meta(ge=-_INT32, le=_INT32)]
MAX_TOTAL = 10**12
MAX_WIRE_SELLER_LENGTH = 200  # characters; longer than any name of today
_Total = Annotated[int, msgspec.Meta(ge=0, le=MAX_TOTAL)]
_Code = Annotated[str, msgspec.Meta(max_length=40)]  # a code, number or date
_Text = Annotated[str, msgspec.Meta(max_length=1_000)]
_Url = Annotated[str, msgspec.Meta(max_length=MAX_URL_LENGTH)]


class _Wire(msgspec.Struct, rename="camel", gc=False):
    pass


class Amount(_Wire):
    """An amount of money. eBay converts amounts into the currency of the marketplace."""

    value: _Code | Annotated[int, msgspec.Meta(ge=0, le=10**15)] | float | None = None
    currency: _Code | None = None
    converted_from_currency: _Code | None = None


class Image(_Wire):
    """A picture."""

    image_url: _Url | None = None


class Category(_Wire):
    """A category, leaf first."""

    category_id: _Code | None = None


class Seller(_Wire):
    """The seller."""

    username: Annotated[str, msgspec.Meta(max_length=MAX_WIRE_SELLER_LENGTH)] | None = None
    feedback_score: _Score | None = None


class ItemLocation(_Wire):
    """Where the item is."""

    country: Annotated[str, msgspec.Meta(max_length=2)] | None = None  # ISO 3166


class Shipping(_Wire):
    """One shipping option. Only a FIXED cost is known; a CALCULATED one depends on the destination."""

    shipping_cost_type: _Code | None = None
    shipping_cost: Amount | None = None


class ItemSummary(_Wire):
    """An ItemSummary; only the fields we use."""

    item_id: Annotated[str, msgspec.Meta(max_length=MAX_ITEM_ID_LENGTH)]
    title: Annotated[str, msgspec.Meta(max_length=MAX_TITLE_LENGTH)] | None = None
    price: Amount | None = None
    shipping_options: Annotated[list[Shipping], msgspec.Meta(max_length=50)] | None = None
    buying_options: Annotated[list[_Code], msgspec.Meta(max_length=20)] | None = None
    condition_id: _Code | Annotated[int, msgspec.Meta(ge=0, le=999_999_999)] | None = None
    condition: Annotated[str, msgspec.Meta(max_length=MAX_CONDITION_LENGTH)] | None = None
    item_web_url: _Url | None = None
    image: Image | None = None
    current_bid_price: Amount | None = None
    bid_count: _Count | None = None
    item_end_date: datetime | None = None
    item_creation_date: datetime | None = None
    item_group_type: _Code | None = None
    item_group_href: _Url | None = None
    item_location: ItemLocation | None = None
    seller: Seller | None = None
    categories: Annotated[list[Category], msgspec.Meta(max_length=50)] | None = None
    leaf_category_ids: Annotated[list[_Code], msgspec.Meta(max_length=10)] | None = None
    epid: _Code | None = None


class Aspect(_Wire):
    """An item specific; several values are one text, separated by commas."""

    name: str | None = None
    value: str | None = None


class Availability(_Wire):
    """How many of an item there are, for some ways of delivery."""

    estimated_availability_status: _Code | None = None
    estimated_available_quantity: _Count | None = None


class ItemCheck(_Wire):
    """An Item in its small form, as getItem and getItems answer it; only the fields we use."""

    item_id: Annotated[str, msgspec.Meta(max_length=MAX_ITEM_ID_LENGTH)]
    price: Amount | None = None
    current_bid_price: Amount | None = None
    bid_count: _Count | None = None
    item_end_date: datetime | None = None
    estimated_availabilities: Annotated[list[Availability], msgspec.Meta(max_length=50)] | None = None
    seller_item_revision: _Code | None = None


class ItemAnswer(ItemCheck):
    """An Item; only the fields we use."""

    localized_aspects: list[Aspect] | None = None


class ItemSale(ItemSummary):
    """An ItemSales of Marketplace Insights; only the fields we use."""

    last_sold_price: Amount | None = None
    last_sold_date: datetime | None = None


class Parameter(_Wire):
    """The request parameter that an error is about."""

    name: _Text | None = None
    value: _Text | None = None


class Problem(_Wire):
    """An error, or a warning in a successful response."""

    error_id: _Count | None = None
    message: _Text | None = None
    parameters: Annotated[list[Parameter], msgspec.Meta(max_length=100)] | None = None


class SearchResponse(_Wire):
    """A SearchPagedCollection; only the fields we use."""

    total: _Total
    item_summaries: list[ItemSummary] | None = None
    next: _Text | None = None
    warnings: list[Problem] | None = None


class SalesResponse(_Wire):
    """A SalesHistoryPagedCollection; only the fields we use."""

    total: _Total
    item_sales: list[ItemSale] | None = None


class ItemsResponse(_Wire):
    """An Items, the answer of getItems; only the fields we use."""

    items: Annotated[list[ItemCheck], msgspec.Meta(max_length=100)] | None = None
    warnings: list[Problem] | None = None


class ErrorResponse(_Wire):
    """The body of an error status."""

    errors: list[Problem] | None = None


class Rate(_Wire):
    """A quota and the calls left of it."""

    limit: _Count
    remaining: _Count
    reset: _Code | None = None
    time_window: _Count | None = None  # seconds


class Resource(_Wire):
    """The quotas of one resource, such as `buy.browse`."""

    name: _Text | None = None
    rates: list[Rate] | None = None


class ApiRateLimits(_Wire):
    """The quotas of one API."""

    resources: list[Resource] | None = None


class RateLimitsResponse(_Wire):
    """The response of getRateLimits."""

    rate_limits: list[ApiRateLimits] | None = None
