"""Exit codes and sentences for errors. Imported only for a failure, because the error types are expensive."""

from __future__ import annotations

import os
import traceback
from contextlib import suppress
from http import HTTPStatus

import click

from watcher.adapters.host.sockets import CannotListen
from watcher.cli.runner import EXIT_CONFIG_REFUSED, EXIT_FAILED, EXIT_USAGE, Setup
from watcher.config import ConfigRefused
from watcher.core.errors import (
    CallFailed,
    Code,
    InvalidInput,
    Kind,
    RequestRefused,
    RestartRequired,
    WatcherError,
    user_sentence,
)
from watcher.core.plan_limits import LimitReached
from watcher.core.redaction import Redactor
from watcher.db.failures import database_reason
from watcher.db.lock_file import AlreadyRunning
from watcher.db.revisions import DatabaseRefused, PlaceRefused


def describe_failure(error: Exception) -> tuple[int, str, WatcherError]:
    """Return the exit code, the sentence, and the error that the API would show in this case.

    The sentence of ConfigRefused has a line for each problem.
    """
    if isinstance(error, ConfigRefused):
        return EXIT_CONFIG_REFUSED, str(error), InvalidInput(" ".join(str(error).splitlines()))
    if isinstance(error, InvalidInput):
        return EXIT_USAGE, str(error), error
    if isinstance(error, PlaceRefused):
        return EXIT_FAILED, str(error), InvalidInput(str(error))
    if isinstance(error, DatabaseRefused):
        return EXIT_FAILED, str(error), WatcherError(Code.DATABASE_QUERY_FAILED, str(error))
    if isinstance(error, AlreadyRunning | CannotListen | RestartRequired):
        return EXIT_FAILED, str(error), RequestRefused(HTTPStatus.CONFLICT, str(error))
    if isinstance(error, LimitReached):
        sentence = error.refusal.to_operator
        return EXIT_FAILED, sentence, WatcherError(error.code, sentence, action=error.action)
    if isinstance(error, CallFailed) and error.kind is Kind.CREDENTIALS:
        # The sentence says "try again later", but this user can correct the credentials.
        return EXIT_FAILED, f"{user_sentence(error)} Run `watcher check` for details.", error
    if isinstance(error, WatcherError):
        reason = database_reason(error)
        detail = f" ({reason})" if reason != str(error) else ""
        return EXIT_FAILED, f"{user_sentence(error)}{detail}", error
    if isinstance(error, OSError):
        file = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
        sentence = f"{file}{error.strerror or error}."
    else:
        sentence = (
            f"Something went wrong ({type(error).__name__}). This is a bug in watcher; "
            "repeat the command with `watcher --debug` to see where."
        )
    return EXIT_FAILED, sentence, WatcherError(Code.INTERNAL_ERROR, sentence)


def print_traceback(error: Exception, setup: Setup) -> None:
    """Print the traceback on stderr, without secrets."""
    secrets: tuple[str, ...] = ()
    with suppress(Exception):  # the error may be in the settings
        secrets = setup.settings().secrets()
    click.echo(Redactor(secrets)("".join(traceback.format_exception(error))), err=True, nl=False)
