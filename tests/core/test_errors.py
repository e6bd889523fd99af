"""The 18 codes: the table of the contract, the JSON of a failure, and the sentences for a person."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest

from watcher.core.error_codes import CODE_FACTS
from watcher.core.errors import (
    Api,
    CallFailed,
    Code,
    InvalidInput,
    Kind,
    NotFound,
    RequestRefused,
    WatcherError,
    error_view,
    retry_after_of,
    user_sentence,
    wait_in_words,
)

# code: (HTTP status, retryable, default wait)
CONTRACT = {
    "EBAY_RATE_LIMIT": (429, True, 300),
    "EBAY_TIMEOUT": (504, True, 30),
    "EBAY_UNAVAILABLE": (503, True, 30),
    "OPENAI_RATE_LIMIT": (429, True, 60),
    "OPENAI_TIMEOUT": (504, True, 60),
    "OPENAI_UNAVAILABLE": (503, True, 300),
    "SERPAPI_RATE_LIMIT": (429, True, 60),
    "STRIPE_DECLINED": (402, False, None),
    "STRIPE_UNAVAILABLE": (503, True, 300),
    "SEARCH_FAILED": (503, True, 60),
    "DATABASE_CONNECTION_FAILED": (503, True, 30),
    "DATABASE_QUERY_FAILED": (500, False, None),
    "INVALID_INPUT": (400, False, None),
    "MISSING_REQUIRED_FIELD": (400, False, None),
    "ITEM_NOT_FOUND": (404, False, None),
    "UNAUTHORIZED": (401, False, None),
    "FORBIDDEN": (403, False, None),
    "INTERNAL_ERROR": (500, False, None),
}


def test_codes_are_the_eighteen_of_the_contract() -> None:
    assert {str(c): (s.status, s.retryable, s.retry_after) for c, s in CODE_FACTS.items()} == CONTRACT


def test_every_error_view_has_the_contracts_shape() -> None:
    for code, (status, retryable, wait) in CONTRACT.items():
        view = error_view(WatcherError(Code(code)))
        user_message = view["userMessage"]
        assert isinstance(user_message, dict)
        assert set(view) == {"code", "message", "userMessage", "shouldRetry", "statusCode"}
        assert (view["code"], view["statusCode"], view["shouldRetry"]) == (code, status, retryable)
        assert set(user_message) == {"title", "message", "action"} | (
            {"retryAfterSeconds"} if retryable else set()
        )
        assert user_message.get("retryAfterSeconds") == wait
        assert all(text and "{" not in str(text) for text in user_message.values())


def test_error_view_matches_the_contracts_example() -> None:
    assert error_view(WatcherError(Code.EBAY_UNAVAILABLE)) == {
        "code": "EBAY_UNAVAILABLE",
        "message": "eBay API is unavailable. Please try again in 30 seconds.",
        "userMessage": {
            "title": "eBay is temporarily busy",
            "message": "We're having trouble reaching eBay right now. Your item info is saved.",
            "action": "Try again in 30 seconds",
            "retryAfterSeconds": 30,
        },
        "shouldRetry": True,
        "statusCode": 503,
    }


U = Kind.UNAVAILABLE
MAPPING = {
    Api.EBAY: {
        Kind.TIMEOUT: "EBAY_TIMEOUT",
        Kind.RATE_LIMIT: "EBAY_RATE_LIMIT",
        Kind.QUOTA: "EBAY_RATE_LIMIT",
        U: "EBAY_UNAVAILABLE",
    },
    Api.SERPAPI: {
        Kind.RATE_LIMIT: "SERPAPI_RATE_LIMIT",
        Kind.QUOTA: "SERPAPI_RATE_LIMIT",
        U: "SEARCH_FAILED",
    },
    Api.OPENAI: {
        Kind.TIMEOUT: "OPENAI_TIMEOUT",
        Kind.RATE_LIMIT: "OPENAI_RATE_LIMIT",
        Kind.QUOTA: "OPENAI_RATE_LIMIT",
        U: "OPENAI_UNAVAILABLE",
    },
    Api.STRIPE: {Kind.DECLINED: "STRIPE_DECLINED", U: "STRIPE_UNAVAILABLE"},
    Api.SLACK: {
        Kind.TIMEOUT: "SLACK_TIMEOUT",
        Kind.RATE_LIMIT: "SLACK_RATE_LIMIT",
        Kind.REFUSED: "SLACK_REFUSED",
        U: "SLACK_UNAVAILABLE",
    },
}


@pytest.mark.parametrize("api", Api)
@pytest.mark.parametrize("kind", Kind)
def test_failed_call_is_mapped_by_api_and_kind_only(api: Api, kind: Kind) -> None:
    """Flaw 16: a text that contained 429 or 504, such as an item id, decided the code."""
    expected = MAPPING[api].get(kind, MAPPING[api][U])
    assert api.facts.code_of(kind) == expected
    misleading = "item 429504 of OpenAI timed out: rate limit, ECONNREFUSED"
    assert CallFailed(api, kind, misleading).code == expected


def test_timeout_of_ebay_has_ebays_code() -> None:
    """Flaw 11: it was reported as the AI being slow."""
    assert error_view(CallFailed(Api.EBAY, Kind.TIMEOUT, "no answer within 10 s"))["code"] == "EBAY_TIMEOUT"


def test_permanent_failures_are_not_transient() -> None:
    """Flaw 15: a declined card, a used-up quota and a bug were retried."""
    again = {kind for kind in Kind if CallFailed(Api.EBAY, kind, "").transient}
    assert again == {Kind.TIMEOUT, Kind.UNAVAILABLE, Kind.RATE_LIMIT, Kind.MALFORMED}
    assert not CODE_FACTS[Code.INTERNAL_ERROR].retryable
    assert not CODE_FACTS[Code.DATABASE_QUERY_FAILED].retryable


def test_machine_readable_reason_outranks_the_status() -> None:
    assert Api.OPENAI.facts.reasons.get("insufficient_quota") is Kind.QUOTA
    assert Api.STRIPE.facts.reasons.get("card_error") is Kind.DECLINED
    assert Api.OPENAI.facts.reasons.get("card_error") is None
    assert Api.OPENAI.facts.reasons.get("rate_limit_exceeded") is None


def test_known_wait_replaces_the_default_everywhere() -> None:
    view = error_view(CallFailed(Api.EBAY, Kind.QUOTA, "2001", retry_after=239.2))
    user_message = view["userMessage"]
    assert isinstance(user_message, dict)
    assert user_message["retryAfterSeconds"] == 240
    assert user_message["action"] == "Try again in 4 minutes"
    assert view["message"] == "eBay API rate limit is reached. Please try again in 4 minutes."


@pytest.mark.parametrize(
    ("known", "told"), [(0.0, 1), (-5.0, 1), (0.2, 1), (math.inf, 300), (math.nan, 300), (1e12, 31 * 86400)]
)
def test_wait_is_between_a_second_and_a_month(known: float, told: int) -> None:
    assert retry_after_of(WatcherError(Code.EBAY_RATE_LIMIT, retry_after=known)) == told


def test_no_wait_is_reported_if_retrying_does_not_help() -> None:
    assert retry_after_of(WatcherError(Code.STRIPE_DECLINED, retry_after=5.0)) is None
    assert "retryAfterSeconds" not in str(error_view(InvalidInput("No.")))


def test_the_sentence_of_an_error_replaces_both_messages() -> None:
    view = error_view(NotFound("There is no watch 5."))
    assert view["message"] == "There is no watch 5."
    assert view["userMessage"] == {
        "title": "Not found",
        "message": "There is no watch 5.",
        "action": "Check the name or number and try again",
    }


def test_a_sentence_that_quotes_hostile_text_shows_no_invisible_character() -> None:
    shown = error_view(NotFound('You have no alert "a\u202eb\u200b\x1b[31m\r\nc\0\U000e0041".'))
    assert shown["message"] == 'You have no alert "ab [31m  c ".'
    assert isinstance(shown["userMessage"], dict)
    assert shown["userMessage"]["message"] == shown["message"]


def test_unforeseen_failure_does_not_show_its_cause() -> None:
    for error in (
        KeyError("secret-token"),
        RuntimeError("secret-token"),
        CallFailed(Api.SLACK, U, "secret-token"),
    ):
        view = error_view(error)
        assert view["code"] == "INTERNAL_ERROR"
        assert view["statusCode"] == 500
        assert "secret" not in str(view)


def test_detail_of_a_failed_call_is_not_shown() -> None:
    assert "10.0.0.7" not in str(error_view(CallFailed(Api.EBAY, U, "no connection to 10.0.0.7")))


def test_search_refused_by_ebay_is_invalid_input() -> None:
    view = error_view(CallFailed(Api.EBAY, Kind.REFUSED, "12001", status=400, caller_caused=True))
    assert (view["code"], view["statusCode"], view["shouldRetry"]) == ("INVALID_INPUT", 400, False)


def test_other_refused_requests_are_invalid_input_with_their_own_status() -> None:
    view = error_view(RequestRefused(413, "Too large."))
    assert (view["code"], view["statusCode"], view["shouldRetry"]) == ("INVALID_INPUT", 413, False)
    busy = error_view(RequestRefused(429, "Too many.", retryable=True, retry_after=1.0))
    user_message = busy["userMessage"]
    assert isinstance(user_message, dict)
    assert (busy["statusCode"], busy["shouldRetry"], user_message["retryAfterSeconds"]) == (429, True, 1)
    assert user_message["action"] == "Try again in 1 second"


def test_command_line_uses_the_words_of_the_api() -> None:
    for code in map(Code, CONTRACT):
        error = WatcherError(code, retry_after=45.0 if CODE_FACTS[code].retryable else None)
        user_message = error_view(error)["userMessage"]
        assert isinstance(user_message, dict)
        assert user_sentence(error) == f"{user_message['message']} {user_message['action']}."
    assert user_sentence(InvalidInput("Money is 50 or 49.90.")) == "Money is 50 or 49.90."
    busy = WatcherError(Code.EBAY_RATE_LIMIT, "All calls of today are made.", retry_after=7200.0)
    assert user_sentence(busy) == "All calls of today are made. Try again in 2 hours."
    assert user_sentence(CallFailed(Api.SLACK, Kind.REFUSED, "x")) == "SLACK_REFUSED"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (1, "1 second"),
        (30, "30 seconds"),
        (60, "1 minute"),
        (90, "90 seconds"),
        (120, "2 minutes"),
        (241, "5 minutes"),
        (3600, "1 hour"),
        (7200, "2 hours"),
        (7261, "2 hours 2 minutes"),
        (86_400, "24 hours"),
        (2 * 86_400, "2 days"),
        (3 * 86_400 + 1, "3 days 1 hour"),
    ],
)
def test_wait_in_words(seconds: int, words: str) -> None:
    assert wait_in_words(seconds) == words


def test_table_matches_the_written_contract() -> None:
    written = Path(__file__).resolve().parents[3] / "shared" / "contract.md"
    if not written.exists():
        pytest.skip("the written contract is not beside this checkout")
    rows = re.findall(r"\b([A-Z_]{8,}) (\d{3})·([yn])(?:·(\d+))?", written.read_text())
    assert {c: (int(s), r == "y", int(w) if w else None) for c, s, r, w in rows} == CONTRACT
