"""What every command needs: settings, an open App, and failures reported in one line."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from watcher.cli.command_group import unknown_name
from watcher.cli.printing import UTC_ASKED, discard_output, print_json, say, with_times
from watcher.core.errors import Code, InvalidInput, WatcherError, error_view

if TYPE_CHECKING:
    from watcher.config import Settings
    from watcher.runtime import App

T = TypeVar("T")
JSON_ASKED = "watcher.json"  # in the meta data of click's context
EXIT_FAILED, EXIT_USAGE, EXIT_CONFIG_REFUSED, EXIT_INTERRUPTED = 1, 2, 78, 130


class Setup(NamedTuple):
    """The options before the command."""

    config: Path | None
    debug: bool

    def settings(self) -> Settings:
        """Read the configuration. Raises ConfigRefused."""
        from watcher.config import load_settings  # noqa: PLC0415 - pydantic takes 0.2 s, too long for --help

        return load_settings(self.config, os.environ)

    def usable_settings(self) -> Settings:
        """Read the configuration; of one that is refused return what can be used, with a warning.

        Raises ConfigRefused if the database is in doubt.
        """
        from watcher.config import ConfigRefused, usable_settings  # noqa: PLC0415 - see above

        try:
            return self.settings()
        except ConfigRefused as refused:
            settings = usable_settings(self.config, os.environ, refused)
            for problem in refused.problems:
                say(f"Note: {problem}", err=True)
            say("Note: the configuration is refused; this command uses the rest of it.", err=True)
            return settings


def json_command(name: str | None = None) -> Callable[[Callable[..., Any]], click.Command]:
    """Return the decorator of a command that gets the Setup, and `as_json` from its option --json.

    The command also takes --utc, which the functions that print times look up.
    """

    def decorate(function: Callable[..., Any]) -> click.Command:
        # As of the whole program; click keeps the names that a command had at its first use.
        names = {"help_option_names": ["-h", "--help"]}
        command = click.command(name, context_settings=names)(click.pass_obj(function))
        command.params += [
            click.Option(["--json", "as_json"], is_flag=True, callback=_note(JSON_ASKED), help="Print JSON."),
            click.Option(
                ["--utc"],
                is_flag=True,
                expose_value=False,
                callback=_note(UTC_ASKED),
                help="Print times in UTC, not in the local zone.",
            ),
        ]
        return command

    return decorate


def _note(name: str) -> Callable[[click.Context, click.Parameter, bool], bool]:
    """Return the callback that keeps a flag in the context, for functions that do not get the options."""

    def keep(context: click.Context, _parameter: click.Parameter, value: bool) -> bool:
        context.meta[name] = value
        return value

    return keep


def app_command(
    name: str | None = None, *, database_only: bool = False
) -> Callable[[Callable[..., Awaitable[Any]]], click.Command]:
    """Return the decorator of a coroutine that gets an open App and `as_json` instead of the Setup.

    `database_only`: it needs only the database, so it also works, with a warning, while
    the configuration is refused.
    """

    def decorate(function: Callable[..., Awaitable[Any]]) -> click.Command:
        @wraps(function)
        def run(setup: Setup, /, **options: Any) -> Any:
            return with_app(setup, lambda app: function(app, **options), database_only=database_only)

        return json_command(name)(run)

    return decorate


def with_app(
    setup: Setup,
    work: Callable[[App], Awaitable[T]],
    *,
    with_database: bool = True,
    database_only: bool = False,
) -> T:
    """Run `work` with an open database that has this program's schema.

    Without a database nothing is created, and `work` may only inspect its input. For `database_only` see
    `app_command`.
    """
    import asyncio  # noqa: PLC0415 - with the next line 0.7 s, too long for --help

    from watcher.runtime import App  # noqa: PLC0415 - see above

    # Not the task's result: asyncio writes out that one, however large, when it restores SIGINT's handler.
    results: list[T] = []

    async def open_and_work(settings: Settings) -> None:
        async with App.opened(settings, with_database=with_database) as app:
            results.append(await work(app))

    with settings_of(setup, database_only=database_only) as settings:
        asyncio.run(open_and_work(settings))
    return results[0]


@contextmanager
def settings_of(setup: Setup, *, database_only: bool = False) -> Iterator[Settings]:
    """Read the settings; hide the log meanwhile unless --debug is set, because commands report in sentences.

    `database_only`: of a refused configuration yield what can be used. Raises ConfigRefused.
    """
    settings = setup.usable_settings() if database_only else setup.settings()
    if setup.debug:
        from watcher.adapters.host.logs import configure_logging  # noqa: PLC0415 - too slow for --help

        configure_logging("debug", secrets=settings.secrets())
        yield settings
        return
    silence = logging.NullHandler()
    logging.getLogger().addHandler(silence)
    try:
        yield settings
    finally:
        logging.getLogger().removeHandler(silence)


def report_error(error: Exception, setup: Setup | None = None, *, as_json: bool = False) -> int:
    """Report an error in one line on stderr, with --debug also its traceback. Return the exit code.

    `as_json`: print it also as the API's error object on stdout.
    """
    try:
        sys.stdout.flush()
    except OSError:  # that is the error; without this, the rest of the output would fail once more
        discard_output()
    if isinstance(error, click.Abort):
        say("watcher: stopped", err=True)
        return EXIT_INTERRUPTED
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    if isinstance(error, click.ClickException):
        code, sentence = error.exit_code, _usage_sentence(error)
        is_missing = isinstance(error, click.MissingParameter)
        shown = WatcherError(Code.MISSING_REQUIRED_FIELD, sentence) if is_missing else InvalidInput(sentence)
    else:
        from watcher.cli.failures import describe_failure, print_traceback  # noqa: PLC0415 - loads the database

        if setup is not None and setup.debug:
            print_traceback(error, setup)
        code, sentence, shown = describe_failure(error)
    for line in sentence.splitlines():
        say(f"watcher: {with_times(line)}", err=True)
    if as_json:
        with suppress(OSError):  # stdout may be what failed
            print_json(error_view(shown))
    return code


def _usage_sentence(error: click.ClickException) -> str:
    sentence = error.format_message()
    if isinstance(error, click.NoSuchOption):
        sentence = unknown_name("option", error.option_name, error.possibilities or ())
    if not isinstance(error, click.UsageError) or error.ctx is None:
        return sentence
    return f"{sentence.rstrip('.')}{'' if sentence[-1:] == '?' else '.'} See: {error.ctx.command_path} --help"
