"""The public error codes: HTTP status, default wait, and the sentences for logs and people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from watcher.core.apis import Code


@dataclass(frozen=True, slots=True)
class CodeFacts:
    """What the API and the commands report for one code.

    `retry_after`: default wait in seconds; None if trying again does not help. `brief` is for a program's
    log. `title`, `message` and `action` are for a person; `{wait}` in `action` becomes the wait in words.
    """

    status: int
    retry_after: int | None
    brief: str
    title: str
    message: str
    action: str

    @property
    def retryable(self) -> bool:
        """Whether the same request can succeed later."""
        return self.retry_after is not None


_TRY_AGAIN = "Try again in {wait}"

# The 18 public codes. Statuses, waits and retryability are part of the public contract.
CODE_FACTS: Mapping[Code, CodeFacts] = {
    Code.EBAY_RATE_LIMIT: CodeFacts(
        429,
        300,
        "eBay API rate limit is reached.",
        "eBay's limit is reached",
        "The eBay calls that may be made for now are used up. Your item info is saved.",
        _TRY_AGAIN,
    ),
    Code.EBAY_TIMEOUT: CodeFacts(
        504,
        30,
        "eBay API did not answer in time.",
        "eBay is slow",
        "eBay did not answer in time. Your item info is saved.",
        "Check back in {wait}",
    ),
    Code.EBAY_UNAVAILABLE: CodeFacts(
        503,
        30,
        "eBay API is unavailable.",
        "eBay is temporarily busy",
        "We're having trouble reaching eBay right now. Your item info is saved.",
        _TRY_AGAIN,
    ),
    Code.OPENAI_RATE_LIMIT: CodeFacts(
        429,
        60,
        "OpenAI API rate limit is reached.",
        "AI is busy",
        "AI is busy, using visual matching where we can.",
        _TRY_AGAIN,
    ),
    Code.OPENAI_TIMEOUT: CodeFacts(
        504,
        60,
        "OpenAI API did not answer in time.",
        "Image analysis took too long",
        "The picture could not be analysed in time.",
        _TRY_AGAIN,
    ),
    Code.OPENAI_UNAVAILABLE: CodeFacts(
        503,
        300,
        "OpenAI API is unavailable.",
        "AI is unavailable",
        "Image analysis is not available right now.",
        _TRY_AGAIN,
    ),
    Code.SERPAPI_RATE_LIMIT: CodeFacts(
        429,
        60,
        "SerpAPI rate limit is reached.",
        "The backup search is busy",
        "The backup search has reached its limit.",
        _TRY_AGAIN,
    ),
    Code.STRIPE_DECLINED: CodeFacts(
        402,
        None,
        "The payment was declined.",
        "Payment declined",
        "Your bank declined the payment; nothing was charged.",
        "Update payment method",
    ),
    Code.STRIPE_UNAVAILABLE: CodeFacts(
        503,
        300,
        "Stripe API is unavailable.",
        "Payments are unavailable",
        "We could not reach the payment service; nothing was charged.",
        _TRY_AGAIN,
    ),
    Code.SEARCH_FAILED: CodeFacts(
        503,
        60,
        "The SerpAPI search failed.",
        "The search failed",
        "The backup search did not answer.",
        _TRY_AGAIN,
    ),
    Code.DATABASE_CONNECTION_FAILED: CodeFacts(
        503,
        30,
        "The database cannot be reached.",
        "The database cannot be reached",
        "We could not reach our database.",
        _TRY_AGAIN,
    ),
    Code.DATABASE_QUERY_FAILED: CodeFacts(
        500,
        None,
        "The database rejected a statement.",
        "Database error",
        "Our database could not complete the request; nothing was changed.",
        "Run `watcher check`; if it persists, check the log",
    ),
    Code.INVALID_INPUT: CodeFacts(
        400,
        None,
        "The request is not valid.",
        "Invalid request",
        "Something in the request is not valid.",
        "Correct it and try again",
    ),
    Code.MISSING_REQUIRED_FIELD: CodeFacts(
        400,
        None,
        "A required field is missing.",
        "Something is missing",
        "A required field is missing.",
        "Fill it in and try again",
    ),
    Code.ITEM_NOT_FOUND: CodeFacts(
        404,
        None,
        "Not found.",
        "Not found",
        "Nothing has that name or number.",
        "Check the name or number and try again",
    ),
    Code.UNAUTHORIZED: CodeFacts(
        401,
        None,
        "A sign-in or a valid token is required.",
        "Please sign in",
        "This needs a sign-in or a valid token.",
        "Sign in by a link from `watcher user link NAME`, or send a token from `watcher token create`",
    ),
    Code.FORBIDDEN: CodeFacts(
        403,
        None,
        "Only admins may do this.",
        "Not allowed",
        "Only admins may do this.",
        "Ask an admin to do it, or use the sign-in or token of one",
    ),
    Code.INTERNAL_ERROR: CodeFacts(
        500,
        None,
        "An internal error occurred.",
        "Something went wrong",
        "This is a fault of ours; the details are in the log.",
        "Check the log and report the error",
    ),
}


def title_of(code: str) -> str:
    """Return the title that a person reads for `code`; a code of another version is returned as it is."""
    facts = CODE_FACTS.get(Code(code)) if code in set(Code) else None
    return facts.title if facts else code
