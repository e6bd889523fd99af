"""Attempts of outgoing calls: API, time, duration and result."""

from __future__ import annotations

from typing import NamedTuple

from watcher.core.errors import Api, Code
from watcher.core.times import Instant, Seconds


class Attempt(NamedTuple):
    """One attempt of an outgoing call that was sent. `code` is None if it succeeded.

    `counts` is False for a 4xx caused by our own request, which is not a failure of the API. `refused`: the
    API does not accept our credentials, or our account has no credit; nothing works until someone acts.
    """

    api: Api
    at: Instant
    seconds: Seconds
    code: Code | None = None
    counts: bool = True
    refused: bool = False


class LoggedAttempt(NamedTuple):
    """An attempt logged by another daemon, with its row number."""

    row: int
    attempt: Attempt
