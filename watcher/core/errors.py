"""Every failure a person or a program may meet: 18 codes, a sentence and an action for each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum

from watcher.core.times import in_words


class Api(StrEnum):
    """The outside services."""

    EBAY = "ebay"
    SERPAPI = "serpapi"
    OPENAI = "openai"
    STRIPE = "stripe"
    SLACK = "slack"


class Code(StrEnum):
    """The public error codes; `SLACK_*` stay inside (metrics and the outbox)."""

    EBAY_RATE_LIMIT = "EBAY_RATE_LIMIT"
    EBAY_TIMEOUT = "EBAY_TIMEOUT"
    EBAY_UNAVAILABLE = "EBAY_UNAVAILABLE"
    OPENAI_RATE_LIMIT = "OPENAI_RATE_LIMIT"
    OPENAI_TIMEOUT = "OPENAI_TIMEOUT"
    OPENAI_UNAVAILABLE = "OPENAI_UNAVAILABLE"
    SERPAPI_RATE_LIMIT = "SERPAPI_RATE_LIMIT"
    STRIPE_DECLINED = "STRIPE_DECLINED"
    STRIPE_UNAVAILABLE = "STRIPE_UNAVAILABLE"
    SEARCH_FAILED = "SEARCH_FAILED"
    DATABASE_CONNECTION_FAILED = "DATABASE_CONNECTION_FAILED"
    DATABASE_QUERY_FAILED = "DATABASE_QUERY_FAILED"
    INVALID_INPUT = "INVALID_INPUT"
    MISSING_REQUIRED_FIELD = "MISSING_REQUIRED_FIELD"
    ITEM_NOT_FOUND = "ITEM_NOT_FOUND"
    UNAUTHORIZED = "UNAUTHORIZED"
    FORBIDDEN = "FORBIDDEN"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    SLACK_RATE_LIMIT = "SLACK_RATE_LIMIT"
    SLACK_TIMEOUT = "SLACK_TIMEOUT"
    SLACK_UNAVAILABLE = "SLACK_UNAVAILABLE"
    SLACK_REFUSED = "SLACK_REFUSED"


class Kind(StrEnum):
    """What went wrong with an outside call, as its adapter saw it from type and status."""

    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    RATE_LIMIT = "rate_limit"
    QUOTA = "quota"
    CREDENTIALS = "credentials"
    REFUSED = "refused"
    MALFORMED = "malformed"


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a person reads: a title, what happened, what to do."""

    title: str
    message: str
    action: str


@dataclass(frozen=True, slots=True)
class Spec:
    """A code's HTTP status, whether trying again can help, and the default wait in seconds."""

    status: int
    retryable: bool
    retry_after: int | None
    sentence: Sentence


def _spec(status: int, wait: int | None, title: str, message: str, action: str) -> Spec:
    return Spec(status, wait is not None, wait, Sentence(title, message, action))


SPECS: dict[Code, Spec] = {
    Code.EBAY_RATE_LIMIT: _spec(
        429,
        300,
        "eBay's limit is reached",
        "We have asked eBay as often as it allows for now.",
        "Try again in {wait}",
    ),
    Code.EBAY_TIMEOUT: _spec(
        504,
        30,
        "eBay is slow",
        "eBay did not answer in time. Your item info is saved.",
        "Check back in {wait}",
    ),
    Code.EBAY_UNAVAILABLE: _spec(
        503,
        30,
        "eBay is temporarily busy",
        "We're having trouble reaching eBay right now. Your item info is saved.",
        "Try again in {wait}",
    ),
    Code.OPENAI_RATE_LIMIT: _spec(
        429, 60, "AI is busy", "AI is busy, using visual matching where we can.", "Try again in {wait}"
    ),
    Code.OPENAI_TIMEOUT: _spec(
        504,
        60,
        "Image analysis took too long",
        "The picture could not be read in time.",
        "Try again in {wait}",
    ),
    Code.OPENAI_UNAVAILABLE: _spec(
        503, 300, "AI is unavailable", "Image analysis is not available right now.", "Try again in {wait}"
    ),
    Code.SERPAPI_RATE_LIMIT: _spec(
        429,
        60,
        "The backup search is busy",
        "The backup search has reached its limit.",
        "Try again in {wait}",
    ),
    Code.STRIPE_DECLINED: _spec(
        402, None, "Payment declined", "Your bank declined the payment.", "Update payment method"
    ),
    Code.STRIPE_UNAVAILABLE: _spec(
        503,
        300,
        "Payments are unavailable",
        "We could not reach the payment service; nothing was charged.",
        "Try again in {wait}",
    ),
    Code.SEARCH_FAILED: _spec(
        503, 60, "The search failed", "The backup search did not answer.", "Try again in {wait}"
    ),
    Code.DATABASE_CONNECTION_FAILED: _spec(
        503, 30, "The database is out of reach", "We could not reach our database.", "Try again in {wait}"
    ),
    Code.DATABASE_QUERY_FAILED: _spec(
        500,
        None,
        "The database refused",
        "Our database could not do that; nothing was changed.",
        "Run `watcher check`; if it persists, look at the log",
    ),
    Code.INVALID_INPUT: _spec(
        400,
        None,
        "That does not look right",
        "Something in the request is not valid.",
        "Correct it and try again",
    ),
    Code.MISSING_REQUIRED_FIELD: _spec(
        400, None, "Something is missing", "A required field is missing.", "Fill it in and try again"
    ),
    Code.ITEM_NOT_FOUND: _spec(
        404, None, "Not found", "There is nothing by that name or number.", "Check the number and try again"
    ),
    Code.UNAUTHORIZED: _spec(
        401,
        None,
        "Please sign in",
        "This needs a valid token.",
        "Send a token made by `watcher token create`",
    ),
    Code.FORBIDDEN: _spec(403, None, "Not allowed", "Your token does not permit this.", "Use an admin token"),
    Code.INTERNAL_ERROR: _spec(
        500,
        None,
        "Something went wrong",
        "That is our fault, and it is in the log.",
        "Look at the log, and report it",
    ),
}

_API_CODES: dict[Api, dict[Kind, Code]] = {
    Api.EBAY: {
        Kind.TIMEOUT: Code.EBAY_TIMEOUT,
        Kind.RATE_LIMIT: Code.EBAY_RATE_LIMIT,
        Kind.QUOTA: Code.EBAY_RATE_LIMIT,
    },
    Api.SERPAPI: {Kind.RATE_LIMIT: Code.SERPAPI_RATE_LIMIT, Kind.QUOTA: Code.SERPAPI_RATE_LIMIT},
    Api.OPENAI: {
        Kind.TIMEOUT: Code.OPENAI_TIMEOUT,
        Kind.RATE_LIMIT: Code.OPENAI_RATE_LIMIT,
        Kind.QUOTA: Code.OPENAI_RATE_LIMIT,
    },
    Api.STRIPE: {},
    Api.SLACK: {
        Kind.TIMEOUT: Code.SLACK_TIMEOUT,
        Kind.RATE_LIMIT: Code.SLACK_RATE_LIMIT,
        Kind.REFUSED: Code.SLACK_REFUSED,
    },
}
_DEFAULT_CODES = {
    Api.EBAY: Code.EBAY_UNAVAILABLE,
    Api.SERPAPI: Code.SEARCH_FAILED,
    Api.OPENAI: Code.OPENAI_UNAVAILABLE,
    Api.STRIPE: Code.STRIPE_UNAVAILABLE,
    Api.SLACK: Code.SLACK_UNAVAILABLE,
}
_TRANSIENT = {Kind.TIMEOUT, Kind.UNAVAILABLE, Kind.RATE_LIMIT, Kind.MALFORMED}


def code_of(api: Api, kind: Kind) -> Code:
    """The public code of a failed call: from the API and the kind of failure, never from its text."""
    return _API_CODES[api].get(kind, _DEFAULT_CODES[api])


class WatcherError(Exception):
    """A failure with a public code; `str()` is one sentence for a person.

    `retry_after`: a known wait in seconds, which replaces the code's default.
    """

    def __init__(self, code: Code, sentence: str = "", retry_after: float | None = None) -> None:
        spec = SPECS.get(code)
        super().__init__(sentence or (spec.sentence.message if spec else code))
        self.code = code
        self.retry_after = retry_after


class InvalidInput(WatcherError):
    """What a person typed is not valid; the sentence says what and how to write it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(Code.INVALID_INPUT, sentence)


class NotFound(WatcherError):
    """There is no such watch, alert or item."""

    def __init__(self, sentence: str) -> None:
        super().__init__(Code.ITEM_NOT_FOUND, sentence)


class CallFailed(WatcherError):
    """An outside call failed. `detail` is for the log only; it never holds a secret.

    `caller_caused`: a 4xx that our own question caused; not a failure of the API.
    """

    def __init__(
        self,
        api: Api,
        kind: Kind,
        detail: str,
        *,
        retry_after: float | None = None,
        status: int | None = None,
        caller_caused: bool = False,
    ) -> None:
        super().__init__(code_of(api, kind), retry_after=retry_after)
        self.api, self.kind, self.detail = api, kind, detail
        self.status, self.caller_caused = status, caller_caused

    @property
    def transient(self) -> bool:
        """Whether the same call can succeed if tried again soon."""
        return self.kind in _TRANSIENT


def retry_after_of(error: WatcherError) -> int | None:
    """Whole seconds to wait before trying again: the known wait, else the code's default; None where it is no use."""
    spec = SPECS.get(error.code)
    if spec is None or not spec.retryable:
        return None
    return spec.retry_after if error.retry_after is None else max(1, math.ceil(error.retry_after))


def user_sentence(error: WatcherError) -> str:
    """A failure in one line for a person: what happened, and what to do about it."""
    spec = SPECS.get(error.code)
    if spec is None or str(error) != spec.sentence.message:
        return str(error)
    wait = retry_after_of(error)
    action = spec.sentence.action.format(wait=in_words(wait) if wait is not None else "")
    return f"{spec.sentence.message} {action}."
