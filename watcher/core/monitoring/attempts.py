"""Attempts of outside calls: what each one was and how it ended."""

from __future__ import annotations

from typing import NamedTuple

from watcher.core.errors import Api, Code
from watcher.core.times import Instant, Seconds


class Attempt(NamedTuple):
    """One attempt of an outside call that was sent. `code` is None when it succeeded.

    `counts` is False for a 4xx that our own question caused: sent, but no failure of the API.
    `refused`: the API does not take our credentials, and nothing works until a person acts.
    """

    api: Api
    at: Instant
    seconds: Seconds
    code: Code | None = None
    counts: bool = True
    refused: bool = False


class LoggedAttempt(NamedTuple):
    """An attempt that another daemon logged, by its row."""

    row: int
    attempt: Attempt
