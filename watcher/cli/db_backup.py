"""`watcher db backup`, `restore`, `copy` and `prune`: the data in the database."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic import SecretStr, ValidationError

from watcher.cli.printing import print_json, print_outcome, say
from watcher.cli.runner import Setup, json_command, with_app
from watcher.config.settings import DatabaseSettings
from watcher.config.value_types import ValueRefused
from watcher.db.backups import (
    back_up,
    dated_backup,
    move_to_postgres,
    restore_backup,
    rotate_backups,
    vacuum_database,
)

if TYPE_CHECKING:
    from watcher.runtime import App


@json_command()
@click.argument("name", metavar="FILE", type=click.Path())
@click.option("--keep", type=click.IntRange(1), help="In a directory: the number of dated backups to keep.")
def backup(setup: Setup, name: str, keep: int | None, as_json: bool) -> None:
    """Copy the database to FILE, a SQLite file; the copy is consistent even while daemons run.

    If FILE is a directory, the copy gets a dated name in it.
    """
    file = Path(name)
    directory = file if file.is_dir() else None
    if name.endswith("/") and not directory:
        raise click.UsageError(f"there is no directory {name}; create it first")
    if keep and not directory:
        raise click.UsageError(f"--keep needs a directory of backups, but {file} is not a directory")
    if directory:
        file = dated_backup(directory, datetime.now(UTC))
    size = back_up(setup.usable_settings().database_url, file)
    removed = rotate_backups(directory, keep, file) if directory and keep else 0
    rotation = f" Removed {removed} older." if removed else ""
    sentence = f"Wrote {file} ({size:,} bytes); the copy was checked.{rotation}"
    print_outcome({"file": str(file), "bytes": size, "removed": removed}, sentence, as_json=as_json)


@json_command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def restore(setup: Setup, file: Path, as_json: bool) -> None:
    """Replace the database with the backup FILE; the replaced one is kept. Every daemon must be stopped."""
    settings = setup.settings()
    replaced = restore_backup(settings.database_url, file, settings.state_path)
    view = {"restored": str(file), "keptAside": str(replaced) if replaced else None}
    kept = f" The replaced database is kept as {replaced}." if replaced else ""
    print_outcome(view, f"Restored {file}.{kept}", as_json=as_json)


@json_command()
@click.option(
    "--to",
    "target",
    required=True,
    metavar="URL",
    help="postgresql://USER@HOST/NAME, an empty database; - reads it from standard input, which keeps a "
    "password out of the process list.",
)
def copy(setup: Setup, target: str, as_json: bool) -> None:
    """Copy an embedded database to an empty Postgres database; the daemon must be stopped."""
    settings = setup.settings()
    if target == "-":
        target = sys.stdin.readline()
    try:
        to = settings.model_copy(update={"database": DatabaseSettings(url=SecretStr(target))})
    except ValidationError as error:  # its text contains the input, which may hold a password
        cause = error.errors(include_url=False)[0].get("ctx", {}).get("error")
        sentence = (
            f"--to: {cause}"
            if isinstance(cause, ValueRefused)
            else '--to must be like "postgresql://USER@HOST/NAME"'
        )
        raise click.UsageError(sentence) from None
    counts = move_to_postgres(settings.database_url, to.database_url)
    rows = ", ".join(f"{n:,} {table}" for table, n in counts.items() if n)
    sentence = f"Copied and counted: {rows or 'no rows'}. Now set [database] url and start the daemon."
    print_outcome({"copied": counts}, sentence, as_json=as_json)


@json_command()
@click.option("--vacuum", is_flag=True, help="Also rewrite the file at its smallest size.")
def prune(setup: Setup, vacuum: bool, as_json: bool) -> None:
    """Delete data older than its retention and free the space; the daemon does this every hour."""

    async def work(app: App) -> dict[str, int]:
        removed = await app.stores.housekeeping.prune(app.clock.now())
        await app.stores.housekeeping.shrink()
        return removed

    removed = with_app(setup, work)
    saved = vacuum_database(setup.settings().database_url) if vacuum else None
    if as_json:
        print_json({"removed": removed} if saved is None else {"removed": removed, "bytesSaved": saved})
        return
    counts = ", ".join(f"{n} of {table}" for table, n in removed.items() if n)
    say(f"Deleted {counts}." if counts else "Nothing has expired.")
    if saved is not None:
        say(f"The file is {saved:,} bytes smaller.")
