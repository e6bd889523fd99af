"""`watcher db status`, `upgrade` and `downgrade`: the schema of the database."""

from __future__ import annotations

from contextlib import nullcontext

import click

from watcher.cli.printing import print_json, print_outcome, say
from watcher.cli.runner import Setup, json_command, settings_of
from watcher.db import schema
from watcher.db.clients import clients_of, lock_out_daemons
from watcher.db.migrate import downgrade_schema, upgrade_schema
from watcher.db.revisions import age_of, refuse_newer, revision_at


@json_command("status")
def show_schema(setup: Setup, as_json: bool) -> None:
    """Show the database's schema, this program's, and the connected watcher processes: PROCESS@MACHINE."""
    with settings_of(setup) as settings:  # not `database_only`: an upgrade relies on the whole configuration
        url = settings.database_url
        revision = revision_at(url)
        clients = clients_of(url) if revision else []
    age = age_of(revision)
    if as_json:
        print_json({"schema": revision or None, "ours": schema.HEAD, "state": age, "clients": clients})
        return
    if revision:
        say(f"The database has schema {revision}; this watcher uses {schema.HEAD}. The database is {age}.")
    else:
        say("There is no database yet.")
    say(f"Connected: {', '.join(clients)}." if clients else "No watcher is connected.")


@json_command()
def upgrade(setup: Setup, as_json: bool) -> None:
    """Upgrade the database to this program's schema; an embedded one is backed up first."""
    done = ""
    with settings_of(setup) as settings:
        url = settings.database_url
        revision = revision_at(url)
        refuse_newer(revision)
        if revision != schema.HEAD:
            with lock_out_daemons(url) if revision else nullcontext():
                done = upgrade_schema(url)
    _print_done(done, "The database is up to date.", as_json)


@json_command()
@click.argument("revision")
def downgrade(setup: Setup, revision: str, as_json: bool) -> None:
    """Downgrade the database to schema REVISION of an older release; every daemon must be stopped.

    Data that the older schema cannot hold is lost; an embedded database is backed up first.
    """
    with settings_of(setup) as settings:
        done = downgrade_schema(settings.database_url, revision)
    _print_done(done, f"The database already has schema {revision}.", as_json)


def _print_done(done: str, nothing_to_do: str, as_json: bool) -> None:
    sentence = f"{done[:1].upper()}{done[1:]}." if done else nothing_to_do
    print_outcome({"done": done or None}, sentence, as_json=as_json)
