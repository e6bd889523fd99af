"""Every failure a person or a program may meet, and how both are told of it."""

from __future__ import annotations

import math
from enum import StrEnum

from watcher.core.error_codes import SPECS, Spec
from watcher.core.error_codes import Code as Code
from watcher.core.times import DAY, HOUR, MINUTE


class Api(StrEnum):
    """The outside services."""

    EBAY = "ebay"
    SERPAPI = "serpapi"
    OPENAI = "openai"
    STRIPE = "stripe"
    SLACK = "slack"


class Kind(StrEnum):
    """What went wrong with an outside call, as its adapter saw it from type and status."""

    TIMEOUT = "timeout"
    UNAVAILABLE = "unavailable"
    RATE_LIMIT = "rate_limit"
    QUOTA = "quota"
    CREDENTIALS = "credentials"
    DECLINED = "declined"
    REFUSED = "refused"
    MALFORMED = "malformed"


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
    Api.STRIPE: {Kind.DECLINED: Code.STRIPE_DECLINED},
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
# What an API's own machine-readable reason tells better than its status: OpenAI says 429 to a caller
# whose money is gone, Stripe 402 to a declined card.
_REASONS = {
    (Api.OPENAI, "insufficient_quota"): Kind.QUOTA,
    (Api.STRIPE, "card_error"): Kind.DECLINED,
}
_TRANSIENT = {Kind.TIMEOUT, Kind.UNAVAILABLE, Kind.RATE_LIMIT, Kind.MALFORMED}


def code_of(api: Api, kind: Kind) -> Code:
    """The public code of a failed call: from the API and the kind of failure, never from its text."""
    return _API_CODES[api].get(kind, _DEFAULT_CODES[api])


def kind_of_reason(api: Api, reason: str) -> Kind | None:
    """What an API's reason (OpenAI's `code`, Stripe's `type`) means; None where the status tells."""
    return _REASONS.get((api, reason))


class WatcherError(Exception):
    """A failure with a public code; `str()` is one sentence for a person.

    `sentence`: that sentence, where it says more than the code does. `retry_after`: a known wait in
    seconds, which replaces the code's default.
    """

    def __init__(self, code: Code, sentence: str = "", retry_after: float | None = None) -> None:
        spec = SPECS.get(code)
        super().__init__(sentence or (spec.sentence.message if spec else code))
        self.code = code
        self.sentence = sentence
        self.retry_after = retry_after


class InvalidInput(WatcherError):
    """What a person typed is not valid; the sentence says what and how to write it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(Code.INVALID_INPUT, sentence)


class NotFound(WatcherError):
    """There is no such watch, alert or item."""

    def __init__(self, sentence: str) -> None:
        super().__init__(Code.ITEM_NOT_FOUND, sentence)


class RequestRefused(WatcherError):
    """A request that is refused with a status of its own: 405, 413, 415, 429.

    `again`: whether the same request can succeed later, after `retry_after` seconds.
    """

    def __init__(
        self, status: int, sentence: str, *, again: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(Code.INVALID_INPUT, sentence, retry_after)
        self.status, self.again = status, again


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


class NotSent(CallFailed):
    """A call that we did not send: its API is paused, its quota is gone, or no place is free."""


_LONGEST_WAIT = 31 * DAY  # the longest window of any quota
_FEW_SECONDS = 2 * MINUTE


def public_error(error: Exception) -> WatcherError:
    """What may be told of a failure: one of the 18 codes. What nobody foresaw is INTERNAL_ERROR."""
    if isinstance(error, CallFailed) and error.caller_caused:
        return InvalidInput("The market refused this search; check the category and the marketplace.")
    if isinstance(error, WatcherError) and error.code in SPECS:
        return error
    return WatcherError(Code.INTERNAL_ERROR)


def retry_after_of(error: WatcherError) -> int | None:
    """Whole seconds to wait: the known wait, else the code's default; None where trying again is no use."""
    spec = SPECS.get(error.code)
    if spec is None or not _again(error, spec):
        return None
    known = error.retry_after
    if known is None or not math.isfinite(known):
        return spec.retry_after
    return min(max(1, math.ceil(known)), int(_LONGEST_WAIT))


def status_of(error: WatcherError) -> int:
    """The HTTP status of a failure."""
    return error.status if isinstance(error, RequestRefused) else SPECS[public_error(error).code].status


def error_view(error: Exception) -> dict[str, object]:
    """A failure as the API tells it. The cause of an unforeseen one is not in it."""
    shown = public_error(error)
    spec, wait = SPECS[shown.code], retry_after_of(shown)
    said: dict[str, object] = {
        "title": spec.sentence.title,
        "message": str(shown),
        "action": _action(spec, wait),
    }
    brief = shown.sentence or spec.brief
    return {
        "code": str(shown.code),
        "message": brief if wait is None else f"{brief} Please try again in {wait_in_words(wait)}.",
        "userMessage": said if wait is None else said | {"retryAfterSeconds": wait},
        "shouldRetry": _again(shown, spec),
        "statusCode": status_of(shown),
    }


def user_sentence(error: WatcherError) -> str:
    """A failure in one line for a person, in the words of `error_view`: what happened, and what to do."""
    spec = SPECS.get(error.code)
    if spec is None:
        return str(error)
    shown = public_error(error)
    wait = retry_after_of(shown)
    if shown.sentence and wait is None:  # it says itself what to do
        return shown.sentence
    return f"{shown} {_action(SPECS[shown.code], wait)}."


def wait_in_words(seconds: int) -> str:
    """A wait for a reader, rounded up: `30 seconds`, `4 minutes`, `9 hours 5 minutes`, `3 days`."""
    if seconds < _FEW_SECONDS and seconds % MINUTE:
        return _many(seconds, "second")
    minutes = math.ceil(seconds / MINUTE)
    if seconds < HOUR:
        return _many(minutes, "minute")
    days, hours = divmod(math.ceil(seconds / HOUR), 24)
    if days > 1:
        return f"{days} days {_many(hours, 'hour')}" if hours else f"{days} days"
    hours, minutes = divmod(minutes, 60)
    return f"{_many(hours, 'hour')} {_many(minutes, 'minute')}" if minutes else _many(hours, "hour")


def _many(count: int, unit: str) -> str:
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def _again(error: WatcherError, spec: Spec) -> bool:
    return error.again if isinstance(error, RequestRefused) else spec.retryable


def _action(spec: Spec, wait: int | None) -> str:
    if wait is None:
        return spec.sentence.action
    again = spec.sentence.action if "{wait}" in spec.sentence.action else "Try again in {wait}"
    return again.format(wait=wait_in_words(wait))


class RestartRequired(Exception):
    """What only a new start of the daemon mends; the sentence says what happened."""
