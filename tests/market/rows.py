"""Item summaries for scripted markets."""

from __future__ import annotations

from typing import Any

from watcher.core.times import Instant
from watcher.demo.source import DemoRow
from watcher.demo.summary import CONDITION_NAMES, wire_date

_LISTED_AT = Instant(1_735_689_600.0)  # 2025-01-01, long before any test's clock


def summary(
    item_id: str,
    title: str,
    price: str | None = "100.00",
    shipping: str | None = "0.00",
    *,
    currency: str = "USD",
    condition_id: str = "3000",
    bid: str | None = None,
    ends: Instant | None = None,
    **more: Any,
) -> DemoRow:
    """Return an item summary in the shape of eBay's Browse API.

    `price` None makes an auction without Buy-It-Now; `bid` makes an auction that ends at `ends`; `shipping`
    None is calculated from the buyer's address. `more` are fields that replace others; None removes a field.
    """
    cost = None if shipping is None else {"value": shipping, "currency": currency}
    legacy = item_id.split("|")[1] if item_id.startswith("v1|") else item_id
    row: DemoRow = {
        "itemId": item_id if item_id.startswith("v1|") else f"v1|{item_id}|0",
        "title": title,
        "leafCategoryIds": ["1"],
        "categories": [{"categoryId": "1", "categoryName": "Collectibles"}],
        "image": {"imageUrl": f"https://i.ebayimg.com/images/g/{legacy}/s-l225.jpg"},
        "price": None if price is None else {"value": price, "currency": currency},
        "itemHref": f"https://api.ebay.com/buy/browse/v1/item/v1%7C{legacy}%7C0",
        "seller": {"username": "a-seller", "feedbackPercentage": "99.5", "feedbackScore": 1234},
        "condition": CONDITION_NAMES.get(condition_id, "Used"),
        "conditionId": condition_id,
        "shippingOptions": [
            {"shippingCostType": "FIXED", "shippingCost": cost}
            if cost
            else {"shippingCostType": "CALCULATED"}
        ],
        "buyingOptions": [*(["FIXED_PRICE"] if price else []), *(["AUCTION"] if bid else [])],
        "currentBidPrice": {"value": bid, "currency": currency} if bid else None,
        "bidCount": 1 if bid else None,
        "itemEndDate": None if ends is None else wire_date(ends),
        "itemWebUrl": f"https://www.ebay.com/itm/{legacy}",
        "itemLocation": {"postalCode": "194**", "country": "US"},
        "adultOnly": False,
        "legacyItemId": legacy,
        "availableCoupons": False,
        "itemOriginDate": wire_date(_LISTED_AT),
        "itemCreationDate": wire_date(_LISTED_AT),
        "topRatedBuyingExperience": False,
        "priorityListing": False,
        "listingMarketplaceId": "EBAY_US",
    }
    return {name: value for name, value in (row | more).items() if value is not None}
