"""`watcher db …`: the database."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from watcher.cli.printing import json_option, print_json
from watcher.cli.running import Setup, with_app

if TYPE_CHECKING:
    from watcher.app import App


@click.group()
def db() -> None:
    """Upgrade, back up, restore or prune the database."""


@db.command()
@json_option
@click.pass_obj
def upgrade(setup: Setup, as_json: bool) -> None:
    """Bring the database to this program's schema; an embedded one is copied aside first."""
    from watcher.adapters.db.migrate import bring_up  # noqa: PLC0415 - only where it works

    done = bring_up(setup.settings().database_url)
    if as_json:
        print_json({"done": done or None})
    else:
        click.echo(done or "The database is up to date.")


@db.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@json_option
@click.pass_obj
def backup(setup: Setup, file: Path, as_json: bool) -> None:
    """Copy an embedded database to FILE, consistent while the daemon runs."""
    from watcher.adapters.db.backups import back_up  # noqa: PLC0415 - only where it works

    size = back_up(setup.settings().database_url, file)
    if as_json:
        print_json({"file": str(file), "bytes": size})
    else:
        click.echo(f"Wrote {file} ({size:,} bytes), checked.")


@db.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
@click.pass_obj
def restore(setup: Setup, file: Path, as_json: bool) -> None:
    """Put FILE in the place of the embedded database, which is kept aside; the daemon must be stopped."""
    from watcher.adapters.db.backups import restore as put_back  # noqa: PLC0415 - only where it works

    settings = setup.settings()
    aside = put_back(settings.database_url, file, settings.state_path)
    if as_json:
        print_json({"restored": str(file), "keptAside": str(aside) if aside else None})
    else:
        click.echo(f"Restored {file}." + (f" What was there is kept as {aside}." if aside else ""))


@db.command()
@json_option
@click.pass_obj
def prune(setup: Setup, as_json: bool) -> None:
    """Delete what is past its configured age; the daemon does so every hour."""

    async def work(app: App) -> dict[str, int]:
        return await app.stores.housekeeping.prune(app.clock.now())

    removed = with_app(setup, work)
    if as_json:
        print_json({"removed": removed})
        return
    gone = ", ".join(f"{n} of {table}" for table, n in removed.items() if n)
    click.echo(f"Deleted {gone}." if gone else "Nothing is past its age.")
