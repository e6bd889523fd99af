"""`watcher user sessions` and `sign-out`: the browsers in which people are signed in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.accounts.people import require_user
from watcher.cli.printing import print_json, print_outcome, print_table, say, time_words
from watcher.cli.runner import app_command
from watcher.core.errors import NotFound
from watcher.core.plurals import count_of, plural_of
from watcher.core.times import iso

if TYPE_CHECKING:
    from watcher.core.sessions import Session
    from watcher.runtime import App

_MAX_ID = 2**62  # the database holds signed 64-bit integers


@app_command("sessions", database_only=True)
@click.argument("name", required=False)
async def list_sessions(app: App, name: str | None, as_json: bool) -> None:
    """List the sessions of all people, or of the person NAME."""
    now = app.clock.now()
    named = None if name is None else require_user(app.stores, name).name
    users = (
        [u.name for u, counts in app.stores.people.listed(now) if counts.sessions]
        if named is None
        else [named]
    )
    found = [_view(s) for user in users for s in app.stores.sign_in.listed(user, now)]
    if as_json:
        print_json({"sessions": found})
        return
    if not found:
        say("No browser is signed in." if named is None else f"{named} is not signed in anywhere.")
        return
    rows = [
        (
            s["id"],
            s["user"],
            s["browser"],
            *(time_words(s[at]) for at in ("createdAt", "seenAt", "expiresAt")),
        )
        for s in found
    ]
    print_table("", ("id", "user", "browser", "signed in", "last seen", "expires"), rows, "id")


@app_command("sign-out", database_only=True)
@click.argument("name")
@click.option("--session", "number", metavar="ID", type=click.IntRange(1, _MAX_ID), help="Only this session.")
async def sign_out(app: App, name: str, number: int | None, as_json: bool) -> None:
    """End the sessions of the person NAME immediately, and withdraw an unused sign-in link."""
    user = require_user(app.stores, name).name
    if number is not None:
        if not await app.stores.sign_in.end(number, user):
            raise NotFound(f"{user} has no session {number}; `watcher user sessions {user}` shows them.")
        view = {"user": user, "sessions": 1}
        print_outcome(view, f"Session {number} of {user} has ended.", as_json=as_json)
        return
    withdrawn = await app.stores.sign_in.withdraw_links(user)
    ended = await app.stores.sign_in.end_all(user)
    has = plural_of(ended, "has", "have")
    done = f"{count_of(ended, 'session')} of {user} {has} ended." if ended else f"{user} was not signed in."
    if withdrawn:
        done += " The unused sign-in link is withdrawn."
    print_outcome({"user": user, "sessions": ended}, done, as_json=as_json)


def _view(session: Session) -> dict[str, object]:
    return {
        "id": session.id,
        "user": session.user,
        "browser": session.browser,
        "createdAt": iso(session.created_at),
        "seenAt": iso(session.seen_at),
        "expiresAt": iso(session.expires_at),
    }
