"""`watcher watch import` and `export`: many watches from a file, and all into one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from watcher.cli.printing import json_option, print_json, say
from watcher.cli.runner import FAILED, USAGE, Setup, with_app, without_database

if TYPE_CHECKING:
    from watcher.core.watch import Watch
    from watcher.runtime import App
    from watcher.watches.registry import Import

_SHOWN = 20
_LARGEST = 256 * 1024 * 1024


@click.command("import", short_help="Register the watches of a CSV or JSON file; all or none.")
@click.argument("file", type=click.File("rb"))
@click.option("--keep-going", is_flag=True, help="Import the good rows and report the bad ones.")
@json_option
@click.pass_obj
def import_(setup: Setup, file: IO[bytes], keep_going: bool, as_json: bool) -> int:
    """Register the watches of a CSV or JSON FILE (- is the standard input); all or none."""
    text = _text_of(file)

    def look(app: App) -> Import:
        # A CSV has about a row in each line, what `export` writes a query in each watch.
        rows = text.count('"query"') if text[:1] in ("{", "[") else text.count("\n")
        with _progress("Reading", rows) as tell:
            return app.registry.read_import(text, tell)

    async def write(app: App) -> int:
        with _progress("Writing", None):
            return len(await app.registry.add_all(read.watches, app.clock.now()))

    read = without_database(setup, look)
    wanted = read.watches and (keep_going or not read.bad)
    count = with_app(setup, write) if wanted else 0
    _tell(read, count, as_json=as_json)
    return USAGE if read.bad and not count else 0


def _tell(read: Import, count: int, *, as_json: bool) -> None:
    """What was imported and what was not; how to get the good rows in comes last."""
    bad = read.bad
    if as_json:
        print_json({"imported": count, "bad": [{"line": b.line, "why": b.why} for b in bad]})
    else:
        for row in bad[:_SHOWN]:
            say(f"{read.counted} {row.line}: {row.why}", err=True)
        if len(bad) > _SHOWN:
            say(f"… and {len(bad) - _SHOWN:,} more bad rows", err=True)
    if count:
        rest = f"; {len(bad):,} bad row{'s' * (len(bad) != 1)} left out" if bad else ""
        say(f"Imported {count:,} watch{'es' * (count != 1)}{rest}.", err=as_json)
    elif not bad:
        say("The file has no watches: nothing to import.", err=as_json)
    else:
        good = len(read.watches)
        hint = f" --keep-going takes the {good:,} good row{'s' * (good != 1)}." if good else ""
        many = f"{len(bad):,} row{'s are' if len(bad) != 1 else ' is'} bad"
        say(f"watcher: {many}, and nothing was imported.{hint}", err=True)


def _text_of(file: IO[bytes]) -> str:
    """The text of a file of bounded size. Raises InvalidInput."""
    from watcher.core.errors import InvalidInput  # noqa: PLC0415 - only where it reads

    name = Path(str(getattr(file, "name", "<stdin>"))).name
    name = "The standard input" if name == "<stdin>" else name
    content = file.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        raise InvalidInput(f"{name} is larger than {_LARGEST >> 20} MB; import it in parts.")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise InvalidInput(f"{name} is not UTF-8 text (line {line}); save it as UTF-8.") from None


@contextmanager
def _progress(what: str, total: int | None) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, and nothing elsewhere; what it gives is told how far the work is."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - loaded only where it draws
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn  # noqa: PLC0415 - see above

    columns = [TextColumn("{task.description}"), BarColumn()]
    shown = [*columns, MofNCompleteColumn()] if total else columns
    with Progress(*shown, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda done: bar.update(task, completed=done)


@click.command(short_help="Write all watches as JSON that import reads.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True), required=False)
@click.option("--user", metavar="TEXT", help="Only this user's.")
@json_option
@click.pass_obj
def export(setup: Setup, file: Path | None, user: str | None, as_json: bool) -> int:
    """Write all watches as JSON that `import` reads, to FILE or to the screen."""
    del as_json  # it is JSON in any case
    from watcher.watches.registry import export_json  # noqa: PLC0415 - only where it writes

    async def work(app: App) -> list[Watch]:
        return [r.watch for r in app.stores.watches.listed(user)]

    found = with_app(setup, work)
    text = export_json(found)
    if file is None or str(file) == "-":
        click.echo(text)
        return 0
    try:
        _write(file, text + "\n")
    except OSError as error:
        say(f"watcher: {file} could not be written: {error.strerror}.", err=True)
        return FAILED
    say(f"Wrote {len(found):,} watch{'es' * (len(found) != 1)} to {file}.", err=True)
    return 0


def _write(file: Path, text: str) -> None:
    """Replace a file in one step; into a pipe or a device write as it is."""
    if file.exists() and not file.is_file():
        file.write_text(text, encoding="utf-8")
        return
    from watcher.adapters.host.atomic_file import replace_file  # noqa: PLC0415 - only where it writes

    replace_file(file.resolve(), text.encode())  # resolved, so that a link stays a link
