"""What every verb needs: settings, stores, and failures told in one line."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

if TYPE_CHECKING:
    from watcher.app import App
    from watcher.config import Settings

T = TypeVar("T")
FAILED, USAGE, REFUSED = 1, 2, 78


class Setup(NamedTuple):
    """The options before the verb."""

    config: Path | None
    debug: bool

    def settings(self) -> Settings:
        """Read the configuration. Raises ConfigRefused."""
        from watcher.config import load  # noqa: PLC0415 - pydantic costs 0.2 s that --help need not pay

        return load(self.config, os.environ)


def with_app(setup: Setup, work: Callable[[App], Awaitable[T]]) -> T:
    """Run `work` with an open database that has this program's schema."""
    from watcher.app import App  # noqa: PLC0415 - see Setup.settings

    settings = setup.settings()

    async def go() -> T:
        async with App.opened(settings) as app:
            return await work(app)

    return asyncio.run(go())


def report(error: Exception) -> int:
    """Say on stderr, in one line, what went wrong; the exit code."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.Abort):
        click.echo("stopped", err=True)
        return 130
    if isinstance(error, click.ClickException):
        error.show()
        return error.exit_code
    code, sentence = _told(error)
    click.echo(f"watcher: {sentence}", err=True)
    return code


def _told(error: Exception) -> tuple[int, str]:
    from watcher.adapters.db.migrate import DatabaseRefused  # noqa: PLC0415 - only for a failure
    from watcher.adapters.lockfile import AlreadyRunning  # noqa: PLC0415 - only for a failure
    from watcher.config import ConfigRefused  # noqa: PLC0415 - only for a failure
    from watcher.core.errors import InvalidInput, WatcherError  # noqa: PLC0415 - only for a failure

    if isinstance(error, ConfigRefused):
        return REFUSED, str(error)
    if isinstance(error, InvalidInput):
        return USAGE, str(error)
    if isinstance(error, DatabaseRefused | AlreadyRunning):
        return FAILED, str(error)
    if isinstance(error, WatcherError):
        return FAILED, sentence_of(error)
    if isinstance(error, OSError):
        return FAILED, f"{error.filename or 'The system'}: {error.strerror or error}."
    return FAILED, f"Something went wrong ({type(error).__name__}); --debug shows where."


def sentence_of(error: Exception) -> str:
    """A failure in the words of the API's `userMessage`."""
    from watcher.core.errors import WatcherError, user_sentence  # noqa: PLC0415 - only for a failure

    return user_sentence(error) if isinstance(error, WatcherError) else str(error)
