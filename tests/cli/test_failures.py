"""The exit code of every kind of failure, its sentence, and the error that the API would show."""

from __future__ import annotations

import errno

import pytest

from watcher.adapters.host.sockets import CannotListen
from watcher.cli.failures import describe_failure
from watcher.config import ConfigRefused
from watcher.core.errors import (
    Api,
    CallFailed,
    Code,
    InvalidInput,
    Kind,
    MissingInput,
    NotFound,
    RestartRequired,
    WatcherError,
    error_view,
)
from watcher.db.lock_file import AlreadyRunning
from watcher.db.revisions import DatabaseRefused, PlaceRefused

FULL = OSError(errno.ENOSPC, "No space left on device", "copy.db")


@pytest.mark.parametrize(
    ("error", "exit_code", "code", "status"),
    [
        (ConfigRefused(["a is wrong"]), 78, "INVALID_INPUT", 400),
        (InvalidInput("what to write"), 2, "INVALID_INPUT", 400),
        (MissingInput("say what"), 2, "MISSING_REQUIRED_FIELD", 400),
        (NotFound("there is none"), 1, "ITEM_NOT_FOUND", 404),
        (DatabaseRefused("it is damaged"), 1, "DATABASE_QUERY_FAILED", 500),
        (PlaceRefused("it exists already"), 1, "INVALID_INPUT", 400),
        (AlreadyRunning("another one runs"), 1, "INVALID_INPUT", 409),
        (CannotListen("the port is taken"), 1, "INVALID_INPUT", 409),
        (RestartRequired("restart it"), 1, "INVALID_INPUT", 409),
        (CallFailed(Api.EBAY, Kind.UNAVAILABLE, "503"), 1, "EBAY_UNAVAILABLE", 503),
        (CallFailed(Api.EBAY, Kind.QUOTA, "2001"), 1, "EBAY_RATE_LIMIT", 429),
        (CallFailed(Api.EBAY, Kind.CREDENTIALS, "401"), 1, "EBAY_UNAVAILABLE", 503),
        (WatcherError(Code.DATABASE_CONNECTION_FAILED, "gone"), 1, "DATABASE_CONNECTION_FAILED", 503),
        (FULL, 1, "INTERNAL_ERROR", 500),
        (RuntimeError("a bug"), 1, "INTERNAL_ERROR", 500),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_every_failure_has_its_exit_code_and_its_error(
    error: Exception, exit_code: int, code: str, status: int
) -> None:
    ends_with, sentence, public = describe_failure(error)
    view = error_view(public)
    assert (ends_with, view["code"], view["statusCode"]) == (exit_code, code, status)
    assert sentence


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (ConfigRefused(["a is wrong", "b is wrong"]), "a is wrong\nb is wrong"),
        (DatabaseRefused("it is damaged"), "it is damaged"),
        (AlreadyRunning("another one runs"), "another one runs"),
        (InvalidInput("what to write"), "what to write"),
        (MissingInput("say what"), "say what"),
        (FULL, "copy.db: No space left on device."),
        (OSError(errno.ENOSPC, "No space left on device", b"copy.db"), "copy.db: No space left on device."),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device."),
        (OSError("it went away"), "it went away."),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_sentence_says_what_happened(error: Exception, sentence: str) -> None:
    assert describe_failure(error)[1] == sentence


def test_refused_credentials_point_to_the_check() -> None:
    sentence = describe_failure(CallFailed(Api.EBAY, Kind.CREDENTIALS, "401"))[1]
    assert sentence.endswith(" Run `watcher check` for details.")
    other = describe_failure(CallFailed(Api.EBAY, Kind.UNAVAILABLE, "503"))[1]
    assert "watcher check" not in other


def test_a_bug_names_its_type_and_the_debug_option() -> None:
    sentence = describe_failure(RuntimeError("secret"))[1]
    assert "RuntimeError" in sentence
    assert "watcher --debug" in sentence
    assert "secret" not in sentence
