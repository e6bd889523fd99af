"""eBay's errors and warnings, in the words of its documentation."""

from __future__ import annotations

from typing import Any

from aiohttp import web

INTERNAL, INVALID_TOKEN, NO_TOKEN, QUOTA_GONE, TOO_FAST = 12000, 1001, 1002, 2001, 2000

# errorId → HTTP status, domain, category, message. A status of 200 is a warning beside an answer.
# No recorded body of a burst limit was found: the number and the words of 2000 are made up.
_ERRORS: dict[int, tuple[int, str, str, str]] = {
    1001: (401, "OAuth", "REQUEST", "Invalid access token"),
    1002: (403, "OAuth", "REQUEST", "Missing access token"),
    1100: (403, "OAuth", "REQUEST", "Insufficient permissions"),
    2000: (429, "ACCESS", "REQUEST", "Too many requests in a short time."),
    2001: (429, "ACCESS", "REQUEST", "Too many requests."),
    11001: (404, "API_BROWSE", "REQUEST", "The specified item Id was not found."),
    12000: (500, "API_BROWSE", "APPLICATION", "There was a problem with an eBay internal system or process."),
    12001: (
        400,
        "API_BROWSE",
        "REQUEST",
        "The call must have a valid 'q', 'category_ids', 'epid' or 'gtin' query parameter.",
    ),
    12002: (200, "API_BROWSE", "REQUEST", "The {filterName} value is invalid."),
    12004: (400, "API_BROWSE", "REQUEST", "The 'offset' value cannot be negative."),
    12005: (400, "API_BROWSE", "REQUEST", "The 'offset' value must be an integer."),
    12006: (400, "API_BROWSE", "REQUEST", "The 'limit' value should be between 1 and 200 (inclusive)."),
    12007: (400, "API_BROWSE", "REQUEST", "The 'limit' value must be an integer value."),
    12008: (200, "API_BROWSE", "REQUEST", "The 'sort' value is invalid."),
    12009: (200, "API_BROWSE", "REQUEST", "The 'category_ids' query parameter is invalid."),
    12010: (
        200,
        "API_BROWSE",
        "REQUEST",
        "There are four filters required for local pickup. One or more is missing or invalid.",
    ),
    12011: (
        200,
        "API_BROWSE",
        "REQUEST",
        "'deliveryCountry' is a mandatory filter to provide a delivery location.",
    ),
    12012: (
        200,
        "API_BROWSE",
        "REQUEST",
        "A valid 'price' filter and a valid 'priceCurrency' filter is necessary to filter based on price.",
    ),
    12013: (409, "API_BROWSE", "BUSINESS", "Top level category browsing is not allowed."),
    12014: (
        200,
        "API_BROWSE",
        "BUSINESS",
        "The 'sellerAccountTypes' filter is not supported for the marketplace {marketplaceId}.",
    ),
    12016: (200, "API_BROWSE", "REQUEST", "The 'fieldgroups' value {fieldgroups} is invalid."),
    12018: (200, "API_BROWSE", "REQUEST", "The {aspectFilter} aspect_filter value is invalid."),
    12019: (
        409,
        "API_BROWSE",
        "BUSINESS",
        "Currently, the {marketplaceId} marketplace is not supported.",
    ),
    12029: (
        400,
        "API_BROWSE",
        "REQUEST",
        "The maximum number of listings that can be retrieved is 10,000, so your offset value must be less"
        " than 10,000.",
    ),
    12030: (
        400,
        "API_BROWSE",
        "REQUEST",
        "The number of categories in the request has exceeded the limit.",
    ),
    12032: (
        400,
        "API_BROWSE",
        "REQUEST",
        "The number of sellers in the filter has exceeded the limit.",
    ),
    12515: (
        400,
        "API_BROWSE",
        "REQUEST",
        "The 'offset' value must be either zero or a multiple of the 'limit' value.",
    ),
    12520: (
        200,
        "API_BROWSE",
        "REQUEST",
        "The 'conditionIds' filter value is invalid or not supported.",
    ),
    12521: (400, "API_BROWSE", "REQUEST", "The request contains malformed URL encoding."),
}
_LONG = {
    1001: "Invalid access token. Check the value of the Authorization HTTP request header.",
    2000: "The call rate limit has been exceeded for the resource.",
    2001: "The request limit has been reached for the resource.",
    12000: "There was a problem with an eBay internal system or process. Contact eBay developer support"
    " for assistance.",
}


class Refused(Exception):  # noqa: N818 - a refusal is an answer, not a failure of this program
    """eBay refuses the request with this error."""

    def __init__(self, error_id: int, **parameters: str) -> None:
        super().__init__(error_id)
        self.error_id, self.parameters = error_id, parameters

    def response(self, status: int | None = None, retry_after: str | None = None) -> web.Response:
        """The answer on the wire; `status` replaces the error's own."""
        return web.json_response(
            {"errors": [as_error(self.error_id, **self.parameters)]},
            status=status or _ERRORS[self.error_id][0],
            headers={"Retry-After": retry_after} if retry_after is not None else None,
        )


def as_error(error_id: int, **parameters: str) -> dict[str, Any]:
    """One element of `errors` or `warnings`."""
    _, domain, category, message = _ERRORS[error_id]
    error: dict[str, Any] = {
        "errorId": error_id,
        "domain": domain,
        "category": category,
        "message": message.format(**parameters),
    }
    if error_id in _LONG:
        error["longMessage"] = _LONG[error_id]
    if parameters:
        error["parameters"] = [{"name": name, "value": value} for name, value in parameters.items()]
    return error
