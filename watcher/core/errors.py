"""Every failure that a person or a program may see, and how it is reported to each."""

from __future__ import annotations

import math

from watcher.core.apis import Api as Api
from watcher.core.apis import Code as Code
from watcher.core.apis import Kind as Kind
from watcher.core.error_codes import CODE_FACTS, CodeFacts
from watcher.core.plain_text import remove_invisible
from watcher.core.plurals import count_of
from watcher.core.times import DAY, HOUR, MINUTE

_TRANSIENT = {Kind.TIMEOUT, Kind.UNAVAILABLE, Kind.RATE_LIMIT, Kind.MALFORMED}
_LONGEST_WAIT = 31 * DAY  # the longest quota period
_SEARCH_REFUSED = "The market refused this search; check the category and the marketplace."
_IN_SECONDS_BELOW = 2 * MINUTE  # shorter waits are given in seconds
# What pages show as the title of a refusal with its own status; the other statuses have the code's.
_REFUSAL_TITLES = {
    408: "Too slow",
    409: "Not possible now",
    412: "Changed in the meantime",
    413: "Too large",
    429: "Too many requests",
    503: "Not available now",
}


class WatcherError(Exception):
    """A failure with a public code; `str()` is one sentence for a person.

    `sentence` replaces the code's message if it says more. `retry_after`: a known wait in seconds, which
    replaces the code's default. `action` replaces what the code advises to do.
    """

    def __init__(
        self, code: Code, sentence: str = "", retry_after: float | None = None, *, action: str = ""
    ) -> None:
        facts = CODE_FACTS.get(code)
        super().__init__(sentence or (facts.message if facts else code))
        self.code = code
        self.sentence = sentence
        self.retry_after = retry_after
        self.action = action
        self.retryable = facts is not None and facts.retryable


class InvalidInput(WatcherError):
    """A person's input is not valid; the message says what is wrong and how to write it."""

    def __init__(self, sentence: str) -> None:
        super().__init__(Code.INVALID_INPUT, sentence)


class MissingInput(InvalidInput):
    """A person left out something that is required."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.code = Code.MISSING_REQUIRED_FIELD


class NotFound(WatcherError):
    """The watch, alert or item does not exist."""

    def __init__(self, sentence: str, *, action: str = "") -> None:
        super().__init__(Code.ITEM_NOT_FOUND, sentence, action=action)


class RequestRefused(WatcherError):
    """A request refused with its own HTTP status: 405, 413, 415, 429.

    `retryable`: whether the same request can succeed later, after `retry_after` seconds.
    """

    def __init__(
        self, status: int, sentence: str, *, retryable: bool = False, retry_after: float | None = None
    ) -> None:
        super().__init__(Code.INVALID_INPUT, sentence, retry_after)
        self.status, self.retryable = status, retryable


class CallFailed(WatcherError):
    """An outbound call failed. `detail` is for the log only; it never holds a secret.

    `caller_caused`: a 4xx that our own question caused, so the API itself works; `sentence` then tells a
    person what to change. `may_repeat`: the API's own word on whether the call may be made again soon.
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
        sentence: str = "",
        may_repeat: bool | None = None,
    ) -> None:
        super().__init__(api.facts.code_of(kind), sentence, retry_after)
        self.api, self.kind, self.detail = api, kind, detail
        self.status, self.caller_caused, self._may_repeat = status, caller_caused, may_repeat

    @property
    def transient(self) -> bool:
        """Whether the same call can succeed if it is made again soon."""
        return self.kind in _TRANSIENT if self._may_repeat is None else self._may_repeat


class NotSent(CallFailed):
    """A call that was not sent: its API is paused, its quota is used up, or its time or place ran out."""


class RestartRequired(Exception):
    """Only a restart of the daemon helps; the message says what happened."""


def public_error(error: Exception) -> WatcherError:
    """Return the failure to show: it has one of the 18 public codes, INTERNAL_ERROR if it was unforeseen."""
    if isinstance(error, CallFailed) and error.caller_caused and error.kind is not Kind.DECLINED:
        return InvalidInput(error.sentence or _SEARCH_REFUSED)
    if isinstance(error, WatcherError) and error.code in CODE_FACTS:
        return error
    return WatcherError(Code.INTERNAL_ERROR)


def retry_after_of(error: WatcherError) -> int | None:
    """Return whole seconds to wait: the known wait, else the code's default; None if not retryable."""
    facts = CODE_FACTS.get(error.code)
    if facts is None or not error.retryable:
        return None
    known = error.retry_after
    if known is None or not math.isfinite(known):
        return facts.retry_after
    return min(max(1, math.ceil(known)), int(_LONGEST_WAIT))


def status_of(error: WatcherError) -> int:
    """Return the HTTP status of a failure."""
    return error.status if isinstance(error, RequestRefused) else CODE_FACTS[public_error(error).code].status


def error_view(error: Exception) -> dict[str, object]:
    """Return a failure as the JSON object of the API. It does not show the cause of an unforeseen one."""
    shown = public_error(error)
    facts, wait = CODE_FACTS[shown.code], retry_after_of(shown)
    is_refusal = isinstance(shown, RequestRefused)
    # A sentence may quote what a stranger sent, and a person reads it.
    message, sentence = remove_invisible(str(shown)), remove_invisible(shown.sentence)
    user_message: dict[str, object] = {
        "title": _REFUSAL_TITLES.get(status_of(shown), facts.title) if is_refusal else facts.title,
        "message": message,
        "action": shown.action or _action(facts, wait),
    }
    brief = sentence or facts.brief
    if wait is not None:
        user_message["retryAfterSeconds"] = wait
        brief = f"{brief} Please try again in {wait_in_words(wait)}."
    return {
        "code": str(shown.code),
        "message": brief,
        "userMessage": user_message,
        "shouldRetry": shown.retryable,
        "statusCode": status_of(shown),
    }


def user_sentence(error: WatcherError) -> str:
    """Return what happened and what to do in one line, in the same words as `error_view`."""
    if error.code not in CODE_FACTS:
        return str(error)
    shown = public_error(error)
    wait = retry_after_of(shown)
    if shown.sentence and wait is None:  # it already says what to do
        return shown.sentence
    return f"{shown} {_action(CODE_FACTS[shown.code], wait)}."


def wait_in_words(seconds: int) -> str:
    """Return a wait in words, rounded up: `30 seconds`, `4 minutes`, `9 hours 5 minutes`, `3 days`."""
    if seconds < _IN_SECONDS_BELOW and seconds % MINUTE:
        return count_of(seconds, "second")
    minutes = math.ceil(seconds / MINUTE)
    if seconds < HOUR:
        return count_of(minutes, "minute")
    days, hours = divmod(math.ceil(seconds / HOUR), 24)
    if days > 1:
        return f"{days} days {count_of(hours, 'hour')}" if hours else f"{days} days"
    hours, minutes = divmod(minutes, 60)
    return f"{count_of(hours, 'hour')} {count_of(minutes, 'minute')}" if minutes else count_of(hours, "hour")


def _action(facts: CodeFacts, wait: int | None) -> str:
    if wait is None:
        return facts.action
    action = facts.action if "{wait}" in facts.action else "Try again in {wait}"
    return action.format(wait=wait_in_words(wait))
