"""Stripe's errors: https://docs.stripe.com/api/errors."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from aiohttp import web

_INVALID = "invalid_request_error"
_NO_HEADERS: Mapping[str, str] = {}
_RETRY = {"Stripe-Should-Retry": "true"}
_DOCS = "https://stripe.com/docs/error-codes/"

# What a declined card is answered with: the decline code, the error's code if it is another, the message.
_DECLINES = {
    "generic_decline": ("card_declined", "Your card was declined."),
    "insufficient_funds": ("card_declined", "Your card has insufficient funds."),
    "lost_card": ("card_declined", "Your card was declined."),
    "stolen_card": ("card_declined", "Your card was declined."),
    "expired_card": ("expired_card", "Your card has expired."),
    "incorrect_cvc": ("incorrect_cvc", "Your card's security code is incorrect."),
    "processing_error": (
        "processing_error",
        "An error occurred while processing your card. Try again later.",
    ),
    "incorrect_number": ("incorrect_number", "Your card number is incorrect."),
}
DECLINE_CODES = tuple(_DECLINES)


class StripeRefused(Exception):
    """Stripe refuses a request with this status and error.

    `is_kept`: the answer is kept under the idempotency key, because the request began to be carried out.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        kind: str = _INVALID,
        code: str = "",
        param: str = "",
        decline_code: str = "",
        headers: Mapping[str, str] = _NO_HEADERS,
        is_kept: bool = False,
    ) -> None:
        super().__init__(message)
        self.status, self.message, self.kind, self.code = status, message, kind, code
        self.param, self.decline_code = param, decline_code
        self.headers, self.is_kept = dict(headers), is_kept

    @property
    def body(self) -> dict[str, Any]:
        """The error as Stripe sends it; fields that do not apply are left out."""
        error = {"type": self.kind, "message": self.message}
        if self.code:
            error |= {"code": self.code, "doc_url": _DOCS + self.code.replace("_", "-")}
        if self.param:
            error["param"] = self.param
        if self.decline_code:
            error |= {"decline_code": self.decline_code, "advice_code": _advice(self.decline_code)}
        return {"error": error}

    def response(self) -> web.Response:
        """Return the error as a response."""
        return web.json_response(self.body, status=self.status, headers=self.headers)


def declined(decline_code: str, param: str = "") -> StripeRefused:
    """Return the refusal of a card. The code is one of `DECLINE_CODES`."""
    code, message = _DECLINES[decline_code]
    return StripeRefused(
        402,
        message,
        kind="card_error",
        code=code,
        decline_code=decline_code,
        param=param,
        is_kept=True,
    )


def param_missing(param: str) -> StripeRefused:
    """Return the refusal of a request without a parameter that it needs."""
    return StripeRefused(400, f"Missing required param: {param}.", code="parameter_missing", param=param)


def param_unknown(param: str) -> StripeRefused:
    """Return the refusal of a parameter that the endpoint does not have."""
    return StripeRefused(400, f"Received unknown parameter: {param}", code="parameter_unknown", param=param)


def param_invalid(param: str, message: str, code: str = "") -> StripeRefused:
    """Return the refusal of a parameter's value."""
    return StripeRefused(400, message, code=code, param=param)


def no_such(what: str, object_id: str, param: str = "") -> StripeRefused:
    """Return the answer about an object that does not exist: 404, or 400 if a `param` names it."""
    status = 400 if param else 404
    message = f"No such {what}: '{object_id}'"
    return StripeRefused(status, message, code="resource_missing", param=param or "id")


def wrong_key(key: str) -> StripeRefused:
    """Return the refusal of an API key; the empty key is none at all."""
    if not key:
        return StripeRefused(
            401,
            "You did not provide an API key. You need to provide your API key in the Authorization header,"
            " using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
        )
    hidden = key[:8] + "*" * max(0, len(key) - 12) + key[-4:] if len(key) > 12 else "*" * len(key)
    return StripeRefused(401, f"Invalid API Key provided: {hidden}")


def stripe_refusal(status: int, code: str = "", retry_after: str | None = None) -> StripeRefused:
    """Return the usual error of a status; `code` is an error's or a decline code that goes with it."""
    match status:
        case HTTPStatus.PAYMENT_REQUIRED:
            return declined(code or "generic_decline")
        case HTTPStatus.UNAUTHORIZED:
            return wrong_key("sk_test_0000000000000000")
        case HTTPStatus.FORBIDDEN:
            return StripeRefused(403, "The provided key does not have the required permissions.", code=code)
        case HTTPStatus.NOT_FOUND:
            return StripeRefused(404, "No such object.", code=code or "resource_missing", param="id")
        case HTTPStatus.CONFLICT:
            return key_in_use()
        case HTTPStatus.TOO_MANY_REQUESTS:
            return _too_many(code, retry_after)
        case HTTPStatus.BAD_REQUEST if code == "idempotency_error":
            return key_reused("key")
        case HTTPStatus.BAD_REQUEST:
            return StripeRefused(400, "The request was invalid.", code=code)
        case _:
            message = "An unknown error occurred."
            return StripeRefused(status, message, kind="api_error", code=code, headers=_wait(retry_after))


def key_reused(key: str) -> StripeRefused:
    """Return the refusal of an idempotency key that belongs to another request."""
    message = (
        "Keys for idempotent requests can only be used with the same parameters they were first used with."
        f" Try using a key other than '{key}' if you meant to execute a different request."
    )
    return StripeRefused(400, message, kind="idempotency_error")


def key_in_use() -> StripeRefused:
    """Return the refusal of an idempotency key whose first request is still being carried out."""
    message = "There is currently another in-progress request using this Idempotent Key. Try again later."
    return StripeRefused(
        409, message, kind="idempotency_error", code="idempotency_key_in_use", headers=_RETRY
    )


def _too_many(code: str, retry_after: str | None) -> StripeRefused:
    if code == "lock_timeout":
        message = "This object cannot be accessed right now because another API request is accessing it."
        return StripeRefused(429, message, code=code, headers=_RETRY | _wait(retry_after))
    message = "Request rate limit exceeded."
    return StripeRefused(429, message, code=code or "rate_limit", headers=_wait(retry_after))


def _wait(retry_after: str | None) -> dict[str, str]:
    return {} if retry_after is None else {"Retry-After": retry_after}


def _advice(decline_code: str) -> str:
    return (
        "try_again_later"
        if decline_code in ("insufficient_funds", "processing_error")
        else "confirm_card_data"
    )
