"""`watcher user remove`: a user goes, with sessions and tokens; the watches are moved or deleted."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.accounts.people import remove_person, require_user
from watcher.cli.printing import print_json, say
from watcher.cli.runner import app_command
from watcher.core.errors import InvalidInput
from watcher.core.plurals import count_of
from watcher.core.tokens import LOCAL

if TYPE_CHECKING:
    from watcher.core.people import Belongings
    from watcher.db.people import Removal
    from watcher.runtime import App


@app_command("remove")
@click.argument("name")
@click.option("--to", "heir", metavar="USER", help="Give the watches and alerts to this user.")
@click.option("--delete", "deletes", is_flag=True, help="Delete the watches and alerts.")
async def remove_user(app: App, name: str, heir: str | None, deletes: bool, as_json: bool) -> None:
    """Remove the user NAME; end its sessions and sign-in links, and revoke its tokens.

    If the user has watches or alerts, --to or --delete is required.
    """
    if heir is not None and deletes:
        raise click.UsageError("Give either --to or --delete, not both.")
    user = require_user(app.stores, name)
    to = None if heir is None else require_user(app.stores, heir).name
    if to == user.name:
        raise InvalidInput("--to names the user that is to be removed; name another one.")
    if user.name == LOCAL and not user.is_person and not any(_owned(app, LOCAL)):
        raise InvalidInput(f"{LOCAL} is the user of the command line, so it stays; it owns nothing.")
    had_people = app.stores.people.any()
    removed = await remove_person(
        app.stores, app.billing, user.name, app.clock.now(), heir=to, delete_watches=deletes
    )
    if as_json:
        print_json({"user": user.name, "removed": True, "to": to, **removed._asdict()})
    else:
        done = "stays as the user of the command line" if user.name == LOCAL else "is removed"
        say(f"{user.name} {done}{_what_with(removed, to)}.")
        if removed.paused:
            say(f"{count_of(removed.paused, 'watch')} paused: the plan of {to} allows no more.", err=True)
    if had_people and not app.stores.people.any():
        say(_what_is_open(app), err=True)


def _owned(app: App, name: str) -> Belongings:
    return next(owned for u, owned in app.stores.people.listed(app.clock.now()) if u.name == name)


def _what_with(removed: Removal, to: str | None) -> str:
    """Return what ended, moved or was deleted with a user."""
    ended = [
        count_of(number, noun)
        for number, noun in ((removed.sessions, "session"), (removed.tokens, "token"))
        if number
    ]
    owned = [
        count_of(number, noun)
        for number, noun in (
            (removed.watches, "watch"),
            (removed.alerts, "alert"),
            (removed.messages, "message"),
        )
        if number
    ]
    parts = [f"{' and '.join(ended)} ended"] if ended else []
    if owned:
        parts.append(f"{', '.join(owned)} {'deleted' if to is None else f'moved to {to}'}")
    return f": {'; '.join(parts)}" if parts else ""


def _what_is_open(app: App) -> str:
    """Return what the API requires, now that the last person is removed."""
    if app.stores.tokens.ever():
        return "No person is left. The API still requires a token; `watcher token create` makes one."
    if exposed := app.settings.http.exposed_by:
        return (
            "No person is left, and there never was a token: the API refuses every request, and with "
            f"{exposed} the daemon does not start again until you add a person or a token."
        )
    return "No person is left, and there never was a token: the API is open to this machine."
