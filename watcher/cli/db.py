"""`watcher db …`: the database."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from watcher.cli.command_group import Verbs
from watcher.cli.printing import json_option, print_json, say
from watcher.cli.runner import Setup, log_for, with_app

if TYPE_CHECKING:
    from watcher.runtime import App


@click.group(cls=Verbs)
def db() -> None:
    """Upgrade, take back, back up, restore, move or prune the database."""


@db.command(short_help="Its schema, and who works on it.")
@json_option
@click.pass_obj
def status(setup: Setup, as_json: bool) -> None:
    """The database's schema, this program's, and the processes of watcher that are on it: PROCESS@MACHINE."""
    from watcher.db.revisions import age_of, revision_at  # noqa: PLC0415 - see above
    from watcher.db.schema import HEAD  # noqa: PLC0415 - see above
    from watcher.db.sessions import clients_of  # noqa: PLC0415 - only where it works

    settings = setup.settings()
    url = settings.database_url
    with log_for(setup, settings):
        schema = revision_at(url)
        clients = clients_of(url) if schema else []
    age = age_of(schema)
    if as_json:
        print_json({"schema": schema or None, "ours": HEAD, "state": age, "clients": clients})
        return
    if schema:
        say(f"The database has schema {schema}, this watcher makes {HEAD}: it is {age}.")
    else:
        say("There is no database yet.")
    say(f"On it are: {', '.join(clients)}." if clients else "No watcher is on it.")


@db.command(short_help="Bring it to this program's schema.")
@json_option
@click.pass_obj
def upgrade(setup: Setup, as_json: bool) -> None:
    """Bring the database to this program's schema; an embedded one is copied aside first."""
    from watcher.db.migrate import upgrade_schema  # noqa: PLC0415 - only where it works
    from watcher.db.revisions import refuse_newer, revision_at  # noqa: PLC0415 - only where it works
    from watcher.db.schema import HEAD  # noqa: PLC0415 - see above
    from watcher.db.sessions import lock_out_daemons  # noqa: PLC0415 - see above

    settings = setup.settings()
    url, done = settings.database_url, ""
    with log_for(setup, settings):
        revision = revision_at(url)
        refuse_newer(revision)
        if revision != HEAD:
            with lock_out_daemons(url) if revision else nullcontext():
                done = upgrade_schema(url)
    _say_done(done, "The database is up to date.", as_json)


@db.command(short_help="Take it back to an older schema, for an older release.")
@click.argument("revision")
@json_option
@click.pass_obj
def downgrade(setup: Setup, revision: str, as_json: bool) -> None:
    """Take the database back to schema REVISION, which an older release makes; every daemon must be stopped.

    What the older schema cannot hold is gone then; an embedded database is copied aside first.
    """
    from watcher.db.migrate import downgrade_schema  # noqa: PLC0415 - only where it works

    settings = setup.settings()
    with log_for(setup, settings):
        done = downgrade_schema(settings.database_url, revision)
    _say_done(done, f"The database has schema {revision} already.", as_json)


def _say_done(done: str, nothing: str, as_json: bool) -> None:
    if as_json:
        print_json({"done": done or None})
    else:
        say(f"{done[:1].upper()}{done[1:]}." if done else nothing)


@db.command(short_help="Copy it to a file, even while the daemon runs.")
@click.argument("name", metavar="FILE", type=click.Path())
@click.option("--keep", type=click.IntRange(1), help="In a directory: keep so many of its dated backups.")
@json_option
@click.pass_obj
def backup(setup: Setup, name: str, keep: int | None, as_json: bool) -> None:
    """Copy the database to FILE, which is a SQLite file, consistent while daemons run.

    Where FILE is a directory, the copy is given a dated name in it.
    """
    from watcher.db.backups import back_up, dated_backup, rotate_backups  # noqa: PLC0415 - only where it works

    file = Path(name)
    directory = file if file.is_dir() else None
    if name.endswith("/") and not directory:
        raise click.UsageError(f"there is no directory {name}; make it first")
    if keep and not directory:
        raise click.UsageError(f"--keep wants a directory of backups, and {file} is none")
    if directory:
        file = dated_backup(directory, datetime.now(UTC))
    size = back_up(setup.settings().database_url, file)
    removed = rotate_backups(directory, keep, file) if directory and keep else 0
    if as_json:
        print_json({"file": str(file), "bytes": size, "removed": removed})
    else:
        gone = f" Removed {removed} older." if removed else ""
        say(f"Wrote {file} ({size:,} bytes), checked.{gone}")


@db.command(short_help="Put a backup in its place; what was there is kept.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@click.pass_obj
def restore(setup: Setup, file: Path, as_json: bool) -> None:
    """Put FILE in the place of the database, which is kept aside; every daemon must be stopped."""
    from watcher.db.backups import restore_backup as put_back  # noqa: PLC0415 - only where it works

    settings = setup.settings()
    aside = put_back(settings.database_url, file, settings.state_path)
    if as_json:
        print_json({"restored": str(file), "keptAside": str(aside) if aside else None})
    else:
        say(f"Restored {file}." + (f" What was there is kept as {aside}." if aside else ""))


@db.command(short_help="Move to Postgres; every row is counted.")
@click.option(
    "--to",
    "target",
    required=True,
    metavar="URL",
    help="postgresql://USER@HOST/NAME, empty; - reads it from standard input, for others see what you type.",
)
@json_option
@click.pass_obj
def copy(setup: Setup, target: str, as_json: bool) -> None:
    """Copy an embedded database to an empty Postgres; the daemon must be stopped."""
    from pydantic import SecretStr, ValidationError  # noqa: PLC0415 - only where it works

    from watcher.config.settings import DatabaseSettings  # noqa: PLC0415 - see above
    from watcher.config.value_types import ValueRefused  # noqa: PLC0415 - see above
    from watcher.db.backups import move_to_postgres  # noqa: PLC0415 - only where it works

    settings = setup.settings()
    if target == "-":
        target = sys.stdin.readline()
    try:
        to = settings.model_copy(update={"database": DatabaseSettings(url=SecretStr(target))})
    except ValidationError as error:  # which holds what was typed, and that may hold a password
        why = error.errors(include_url=False)[0].get("ctx", {}).get("error")
        sentence = (
            f"--to: {why}" if isinstance(why, ValueRefused) else '--to is like "postgresql://USER@HOST/NAME"'
        )
        raise click.UsageError(sentence) from None
    counts = move_to_postgres(settings.database_url, to.database_url)
    if as_json:
        print_json({"copied": counts})
    else:
        rows = ", ".join(f"{n:,} {table}" for table, n in counts.items() if n)
        say(f"Copied and counted: {rows or 'no rows'}. Now set [database] url, and start the daemon.")


@db.command(short_help="Delete what is past its age.")
@click.option("--vacuum", is_flag=True, help="Also write the file anew, as small as it can be.")
@json_option
@click.pass_obj
def prune(setup: Setup, vacuum: bool, as_json: bool) -> None:
    """Delete what is past its configured age, and give the space back; the daemon does so every hour."""
    from watcher.db.backups import vacuum_database as write_anew  # noqa: PLC0415 - only where it works

    async def work(app: App) -> dict[str, int]:
        removed = await app.stores.housekeeping.prune(app.clock.now())
        await app.stores.housekeeping.shrink()
        return removed

    removed = with_app(setup, work)
    saved = None
    if vacuum:
        saved = write_anew(setup.settings().database_url)
    if as_json:
        print_json({"removed": removed} if saved is None else {"removed": removed, "bytesSaved": saved})
        return
    gone = ", ".join(f"{n} of {table}" for table, n in removed.items() if n)
    say(f"Deleted {gone}." if gone else "Nothing is past its age.")
    if saved is not None:
        say(f"The file is {saved:,} bytes smaller.")
