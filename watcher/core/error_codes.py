"""The public error codes: HTTP status, whether trying again helps, how long to wait, and the words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Sentence:
    """What a person reads: a title, what happened, what to do (`{wait}`: how long to wait first)."""

    title: str
    message: str
    action: str


@dataclass(frozen=True, slots=True)
class Spec:
    """A code's HTTP status, whether trying again can help, and the default wait in seconds.

    `brief` is the failure for a program's log, `sentence` the same for a person.
    """

    status: int
    retryable: bool
    retry_after: int | None
    brief: str
    sentence: Sentence


def _spec(status: int, wait: int | None, brief: str, title: str, message: str, action: str) -> Spec:
    return Spec(status, wait is not None, wait, brief, Sentence(title, message, action))


_AGAIN = "Try again in {wait}"

SPECS: dict[Code, Spec] = {
    Code.EBAY_RATE_LIMIT: _spec(
        429,
        300,
        "eBay API rate limit is reached.",
        "eBay's limit is reached",
        "We have asked eBay as often as it allows for now. Your item info is saved.",
        _AGAIN,
    ),
    Code.EBAY_TIMEOUT: _spec(
        504,
        30,
        "eBay API did not answer in time.",
        "eBay is slow",
        "eBay did not answer in time. Your item info is saved.",
        "Check back in {wait}",
    ),
    Code.EBAY_UNAVAILABLE: _spec(
        503,
        30,
        "eBay API is unavailable.",
        "eBay is temporarily busy",
        "We're having trouble reaching eBay right now. Your item info is saved.",
        _AGAIN,
    ),
    Code.OPENAI_RATE_LIMIT: _spec(
        429,
        60,
        "OpenAI API rate limit is reached.",
        "AI is busy",
        "AI is busy, using visual matching where we can.",
        _AGAIN,
    ),
    Code.OPENAI_TIMEOUT: _spec(
        504,
        60,
        "OpenAI API did not answer in time.",
        "Image analysis took too long",
        "The picture could not be read in time.",
        _AGAIN,
    ),
    Code.OPENAI_UNAVAILABLE: _spec(
        503,
        300,
        "OpenAI API is unavailable.",
        "AI is unavailable",
        "Image analysis is not available right now.",
        _AGAIN,
    ),
    Code.SERPAPI_RATE_LIMIT: _spec(
        429,
        60,
        "SerpAPI rate limit is reached.",
        "The backup search is busy",
        "The backup search has reached its limit.",
        _AGAIN,
    ),
    Code.STRIPE_DECLINED: _spec(
        402,
        None,
        "The payment was declined.",
        "Payment declined",
        "Your bank declined the payment; nothing was charged.",
        "Update payment method",
    ),
    Code.STRIPE_UNAVAILABLE: _spec(
        503,
        300,
        "Stripe API is unavailable.",
        "Payments are unavailable",
        "We could not reach the payment service; nothing was charged.",
        _AGAIN,
    ),
    Code.SEARCH_FAILED: _spec(
        503,
        60,
        "The search by SerpAPI failed.",
        "The search failed",
        "The backup search did not answer.",
        _AGAIN,
    ),
    Code.DATABASE_CONNECTION_FAILED: _spec(
        503,
        30,
        "The database is out of reach.",
        "The database is out of reach",
        "We could not reach our database.",
        _AGAIN,
    ),
    Code.DATABASE_QUERY_FAILED: _spec(
        500,
        None,
        "The database could not do that.",
        "The database refused",
        "Our database could not do that; nothing was changed.",
        "Run `watcher check`; if it persists, look at the log",
    ),
    Code.INVALID_INPUT: _spec(
        400,
        None,
        "The request is not valid.",
        "That does not look right",
        "Something in the request is not valid.",
        "Correct it and try again",
    ),
    Code.MISSING_REQUIRED_FIELD: _spec(
        400,
        None,
        "A required field is missing.",
        "Something is missing",
        "A required field is missing.",
        "Fill it in and try again",
    ),
    Code.ITEM_NOT_FOUND: _spec(
        404,
        None,
        "It was not found.",
        "Not found",
        "There is nothing by that name or number.",
        "Check the name or number and try again",
    ),
    Code.UNAUTHORIZED: _spec(
        401,
        None,
        "A valid token is required.",
        "Please sign in",
        "This needs a valid token.",
        "Send a token made by `watcher token create`",
    ),
    Code.FORBIDDEN: _spec(
        403,
        None,
        "The token does not permit this.",
        "Not allowed",
        "Your token does not permit this.",
        "Use an admin token",
    ),
    Code.INTERNAL_ERROR: _spec(
        500,
        None,
        "Something went wrong inside.",
        "Something went wrong",
        "That is our fault, and it is in the log.",
        "Look at the log, and report it",
    ),
}
"""The 18 public codes. Statuses, waits and retryability are the contract's."""


def title_of(code: str) -> str:
    """What a person reads for a code; a code that this version does not know reads as itself."""
    spec = SPECS.get(Code(code)) if code in set(Code) else None
    return spec.sentence.title if spec else code
