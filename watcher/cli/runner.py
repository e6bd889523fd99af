"""What every verb needs: settings, stores, and failures told in one line."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import click

from watcher.cli.command_group import no_such
from watcher.cli.printing import say

if TYPE_CHECKING:
    from watcher.config import Settings
    from watcher.core.errors import WatcherError
    from watcher.runtime import App

T = TypeVar("T")
FAILED, USAGE, REFUSED, STOPPED = 1, 2, 78, 130


class Setup(NamedTuple):
    """The options before the verb."""

    config: Path | None
    debug: bool

    def settings(self) -> Settings:
        """Read the configuration. Raises ConfigRefused."""
        from watcher.config import load_settings  # noqa: PLC0415 - pydantic costs 0.2 s that --help need not pay

        return load_settings(self.config, os.environ)


def with_app(setup: Setup, work: Callable[[App], Awaitable[T]]) -> T:
    """Run `work` with an open database that has this program's schema."""
    return _run(setup, work, with_database=True)


def without_database(setup: Setup, look: Callable[[App], T]) -> T:
    """What can be said before anything is touched; what is refused here leaves nothing behind."""

    async def work(app: App) -> T:
        return look(app)

    return _run(setup, work, with_database=False)


def _run(setup: Setup, work: Callable[[App], Awaitable[T]], *, with_database: bool) -> T:
    import asyncio  # noqa: PLC0415 - 30 ms that --help need not pay

    from watcher.runtime import App  # noqa: PLC0415 - see Setup.settings

    settings = setup.settings()

    async def go() -> T:
        async with App.opened(settings, with_database=with_database) as app:
            return await work(app)

    with log_for(setup, settings):
        return asyncio.run(go())


@contextmanager
def log_for(setup: Setup, settings: Settings) -> Iterator[None]:
    """Show the log only to who debugs: what a person must know is told in a sentence."""
    import logging  # noqa: PLC0415 - only where something runs

    if setup.debug:
        from watcher.adapters.host.logs import configure  # noqa: PLC0415 - only with --debug

        configure("debug", secrets=settings.secrets())
        yield
        return
    silence = logging.NullHandler()
    logging.getLogger().addHandler(silence)
    try:
        yield
    finally:
        logging.getLogger().removeHandler(silence)


def report(error: Exception, setup: Setup | None = None) -> int:
    """Say on stderr, in one line, what went wrong; the exit code. With --debug the traceback, too."""
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, click.Abort):
        say("watcher: stopped", err=True)
        return STOPPED
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    if isinstance(error, click.ClickException):
        say(f"watcher: {_usage(error)}", err=True)
        return error.exit_code
    if setup is not None and setup.debug:
        _show_traceback(error, setup)
    code, sentence = _told(error)
    for line in sentence.splitlines():
        say(f"watcher: {line}", err=True)
    return code


def _usage(error: click.ClickException) -> str:
    sentence = error.format_message()
    if isinstance(error, click.NoSuchOption):
        sentence = no_such("option", error.option_name, error.possibilities or ())
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return sentence
    return f"{sentence.rstrip('.')}{'' if sentence[-1:] == '?' else '.'} See: {error.ctx.command_path} --help"


def _show_traceback(error: Exception, setup: Setup) -> None:
    import traceback  # noqa: PLC0415 - only with --debug

    from watcher.adapters.host.logs import Redactor  # noqa: PLC0415 - only with --debug

    secrets: tuple[str, ...] = ()
    with suppress(Exception):  # the settings may be what is wrong
        secrets = setup.settings().secrets()
    click.echo(Redactor(secrets)("".join(traceback.format_exception(error))), err=True, nl=False)


def _told(error: Exception) -> tuple[int, str]:
    from watcher.adapters.host.sockets import CannotListen  # noqa: PLC0415 - only for a failure
    from watcher.config import ConfigRefused  # noqa: PLC0415 - only for a failure
    from watcher.core.errors import (  # noqa: PLC0415 - see above
        CallFailed,
        InvalidInput,
        Kind,
        RestartRequired,
        WatcherError,
    )
    from watcher.db.lock_file import AlreadyRunning  # noqa: PLC0415 - only for a failure
    from watcher.db.revisions import DatabaseRefused  # noqa: PLC0415 - only for a failure

    if isinstance(error, ConfigRefused):
        return REFUSED, str(error)
    if isinstance(error, InvalidInput):
        return USAGE, str(error)
    if isinstance(error, DatabaseRefused | AlreadyRunning | CannotListen | RestartRequired):
        return FAILED, str(error)
    if isinstance(error, CallFailed) and error.kind is Kind.CREDENTIALS:
        # Waiting does not help, and whoever sits here can.
        return FAILED, f"{sentence_of(error)} `watcher check` tells more."
    if isinstance(error, WatcherError):
        return FAILED, f"{sentence_of(error)}{_why(error)}"
    if isinstance(error, OSError):
        where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
        return FAILED, f"{where}{error.strerror or error}."
    return FAILED, (
        f"Something went wrong ({type(error).__name__}), and that is our fault; "
        "the same with `watcher --debug` shows where."
    )


def _why(error: WatcherError) -> str:
    """What the database said, for whoever sits here can mend it; empty where it said nothing."""
    from watcher.db.failures import database_reason  # noqa: PLC0415 - only for a failure

    said = database_reason(error)
    return f" ({said})" if said != str(error) else ""


def sentence_of(error: Exception) -> str:
    """A failure in the words of the API's `userMessage`."""
    from watcher.core.errors import WatcherError, user_sentence  # noqa: PLC0415 - only for a failure

    return user_sentence(error) if isinstance(error, WatcherError) else str(error)
