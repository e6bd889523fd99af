"""eBay's errors and warnings, in the words of its documentation."""

from __future__ import annotations

from typing import Any

from aiohttp import web

INVALID_TOKEN, NO_TOKEN, NO_PERMISSION, QUOTA_EXHAUSTED = 1001, 1002, 1100, 2001

# Messages by HTTP status, domain, category and errorId; 200 is a warning that comes with an answer.
_GROUPS: dict[tuple[int, str, str], dict[int, str]] = {
    (401, "OAuth", "REQUEST"): {1001: "Invalid access token"},
    (403, "OAuth", "REQUEST"): {
        1002: "Missing access token",
        1100: "Insufficient permissions to fulfill the request.",
    },
    (429, "ACCESS", "REQUEST"): {2001: "Too many requests."},
    (200, "API_BROWSE", "REQUEST"): {
        12002: "The {filterName} value is invalid.",
        12008: "The 'sort' value is invalid.",
        12009: "The 'category_ids' query parameter is invalid.",
        12010: "There are four filters required for local pickup. One or more is missing or invalid.",
        12011: "'deliveryCountry' is a mandatory filter to provide a delivery location.",
        12012: "A valid 'price' filter and a valid 'priceCurrency' filter is necessary to filter by price.",
        12016: "The 'fieldgroups' value {fieldgroups} is invalid.",
        12018: "The {aspectFilter} aspect_filter value is invalid.",
        12520: "The 'conditionIds' filter value is invalid or not supported.",
    },
    (200, "API_BROWSE", "BUSINESS"): {
        12014: "The 'sellerAccountTypes' filter is not supported for the marketplace {marketplaceId}.",
    },
    (400, "API_BROWSE", "REQUEST"): {
        11001: "The specified item Id was not found.",
        11012: "The item ID format is invalid.",
        11015: "The maximum number of item IDs has been exceeded.",
        11017: "An item_ids or an item_group_ids list is required. Please use one of these lists.",
        12001: "The call must have a valid 'q', 'category_ids', 'epid' or 'gtin' query parameter.",
        12004: "The 'offset' value cannot be negative.",
        12005: "The 'offset' value must be an integer.",
        12006: "The 'limit' value should be between 1 and 200 (inclusive).",
        12007: "The 'limit' value must be an integer value.",
        12029: "The maximum number of listings that can be retrieved is 10,000.",
        12030: "The number of categories in the request has exceeded the limit.",
        12032: "The number of sellers in the filter has exceeded the limit.",
        12501: "The image data is empty, is not Base64 encoded, or is invalid.",
        12515: "The 'offset' value must be either zero or a multiple of the 'limit' value.",
        12521: "The request contains malformed URL encoding.",
    },
    (409, "API_BROWSE", "BUSINESS"): {
        12013: "Top level category browsing is not allowed.",
        12019: "Currently, the {marketplaceId} marketplace is not supported.",
    },
}
_ERRORS = {
    number: (*where, message) for where, errors in _GROUPS.items() for number, message in errors.items()
}
_LONG_MESSAGES = {
    1001: "Invalid access token. Check the value of the Authorization HTTP request header.",
    2001: "The request limit has been reached for the resource.",
}


class Refused(Exception):
    """eBay refuses the request with this error."""

    def __init__(self, error_id: int, **parameters: str) -> None:
        super().__init__(error_id)
        self.error_id, self.parameters = error_id, parameters

    def response(self) -> web.Response:
        """Return the error as a response."""
        errors = [as_error(self.error_id, **self.parameters)]
        return web.json_response({"errors": errors}, status=_ERRORS[self.error_id][0])


def as_error(error_id: int, **parameters: str) -> dict[str, Any]:
    """Return one element of `errors` or `warnings`, with those parameters that its message contains."""
    _, domain, category, message = _ERRORS[error_id]
    error: dict[str, Any] = {
        "errorId": error_id,
        "domain": domain,
        "category": category,
        "message": message.format(**parameters),
    }
    if error_id in _LONG_MESSAGES:
        error["longMessage"] = _LONG_MESSAGES[error_id]
    used = [{"name": name, "value": value} for name, value in parameters.items() if f"{{{name}}}" in message]
    if used:
        error["parameters"] = used
    return error
