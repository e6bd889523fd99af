"""`watcher watch import` and `export`: many watches from and to a file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from watcher.adapters.host.atomic_file import replace_file
from watcher.cli.printing import print_json, print_json_text, print_warnings, say
from watcher.cli.rich_output import progress_bar
from watcher.cli.runner import EXIT_FAILED, EXIT_USAGE, Setup, app_command, json_command, with_app
from watcher.core.errors import InvalidInput, error_view
from watcher.core.plurals import count_of, plural_of
from watcher.watches.import_rows import csv_header, csv_row_of, decode_import
from watcher.watches.importing import Doubts, import_error, import_refusal, import_view
from watcher.watches.registry import export_json

if TYPE_CHECKING:
    from watcher.runtime import App
    from watcher.watches.registry import Import

_MAX_SHOWN = 20  # bad rows, and notes
_MAX_FILE_BYTES = 256 * 1024 * 1024


@json_command("import")
@click.argument("file", type=click.File("rb"))
@click.option("--keep-going", is_flag=True, help="Import the good rows and report the bad ones.")
def import_(setup: Setup, file: IO[bytes], keep_going: bool, as_json: bool) -> int:
    """Add the watches of a CSV or JSON FILE (- is standard input); all or none."""
    text = _read_text(file)

    async def read(app: App) -> Import:
        # For the progress bar: a CSV has about one row per line, an export one query per watch.
        rows = text.count('"query"') if text[:1] in ("{", "[") else text.count("\n")
        with progress_bar("Reading", rows) as advance:
            return app.registry.read_import(text, advance)

    async def add(app: App) -> tuple[Import, int, Doubts]:
        fitting = await app.registry.fit_to_plans(parsed, lambda refusal: refusal.to_operator)
        if not fitting.watches or (fitting.bad and not keep_going):
            return fitting, 0, []
        doubts = await app.queries.doubts_of_import(fitting.watches, fitting.names)
        with progress_bar("Writing", None):
            return fitting, len(await app.registry.add_all(fitting.watches, app.clock.now())), doubts

    parsed = with_app(setup, read, with_database=False)
    done: tuple[Import, int, Doubts] = (parsed, 0, [])
    if parsed.watches and (keep_going or not parsed.bad):
        done = with_app(setup, add)
    parsed, count, doubts = done
    is_refused = bool(parsed.bad) and not count
    if as_json:
        # A refused import is a failure, so its JSON is the API's error object, with the bad rows.
        error = error_view(import_error(parsed)) if is_refused else {}
        print_json(error | import_view(parsed, count, doubts))
    else:
        _print_rows(parsed, doubts)
    _print_outcome(parsed, count, as_json=as_json)
    if is_refused:
        return EXIT_FAILED if parsed.is_beyond_plan else EXIT_USAGE
    return 0


def _print_rows(read: Import, doubts: Doubts) -> None:
    """Print the bad rows, and the doubts about the imported ones."""
    for row in read.bad[:_MAX_SHOWN]:
        say(f"{read.name_of(row.line)}: {row.why}", err=True)
    if len(read.bad) > _MAX_SHOWN:
        more = len(read.bad) - _MAX_SHOWN
        say(f"… and {more:,} more bad {plural_of(more, 'row')}", err=True)
    notes = [(line, doubt) for line, found in zip(read.places, doubts, strict=False) for doubt in found]
    repeated = Counter(doubt for _, doubt in notes)
    first = {doubt: line for line, doubt in reversed(notes)}
    shown = [(line, doubt) for line, doubt in notes if first[doubt] == line]  # each sentence once
    for line, doubt in shown[:_MAX_SHOWN]:
        more = repeated[doubt] - 1
        also = f" (and about {more:,} more)" if more else ""
        say(f"{read.name_of(line)}: Note: {doubt}{also}", err=True)
    if len(shown) > _MAX_SHOWN:
        more_notes = count_of(len(shown) - _MAX_SHOWN, "more note")
        say(f"… and {more_notes}: --json has them all", err=True)


def _print_outcome(read: Import, count: int, *, as_json: bool) -> None:
    """Print what was imported, or how to import the good rows."""
    bad = read.bad
    if count:
        rest = f"; {count_of(len(bad), 'bad row')} skipped" if bad else ""
        say(f"Imported {count_of(count, 'watch')}{rest}.", err=as_json)
    elif not bad:
        say("The file contains no watches: nothing to import.", err=as_json)
    else:
        say(f"watcher: {import_refusal(read)}", err=True)


def _read_text(file: IO[bytes]) -> str:
    """Return the text of a file of limited size. Raises InvalidInput."""
    name = Path(str(getattr(file, "name", "<stdin>"))).name
    name = "Standard input" if name == "<stdin>" else name
    content = file.read(_MAX_FILE_BYTES + 1)
    if len(content) > _MAX_FILE_BYTES:
        raise InvalidInput(f"{name} is larger than {_MAX_FILE_BYTES >> 20} MB; import it in parts.")
    return decode_import(content, name)


@app_command(database_only=True)
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path, allow_dash=True), required=False)
@click.option("--user", metavar="TEXT", help="Only watches of this user.")
@click.option("--csv", "as_csv", is_flag=True, help="Write CSV, for a spreadsheet.")
async def export(app: App, file: Path | None, user: str | None, as_csv: bool, as_json: bool) -> None:
    """Write all watches as JSON or CSV for `import`, to FILE or to standard output."""
    if as_csv and as_json:
        raise click.UsageError("Give either --csv or --json, not both.")
    page = app.stores.watches.page(user)
    print_warnings(damaged.sentence for damaged in page.damaged)
    watches = [r.watch for r in page.rows]
    text = "".join((csv_header(), *map(csv_row_of, watches))) if as_csv else export_json(watches) + "\n"
    if file is None or str(file) == "-":
        if as_csv:
            click.echo(text.encode(), nl=False)
        else:
            print_json_text(text.removesuffix("\n"))
        return
    try:
        _write_atomically(file, text)
    except OSError as error:
        raise OSError(error.errno, f"could not be written: {error.strerror}", str(file)) from error
    say(f"Wrote {count_of(len(watches), 'watch')} to {file}.", err=True)


def _write_atomically(file: Path, text: str) -> None:
    """Replace a file in one step, by one that only this user may read; write directly to a pipe or device."""
    if file.exists() and not file.is_file():
        file.write_text(text, encoding="utf-8")
        return
    replace_file(file.resolve(), text.encode(), mode=0o600)  # resolved, so that a link stays a link
