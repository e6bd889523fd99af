"""`watcher token create`, `list` and `revoke`: the tokens of the HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.printing import print_json, print_outcome, print_table, say, time_words
from watcher.cli.runner import app_command
from watcher.core.errors import Code, NotFound, WatcherError
from watcher.core.plurals import count_of, plural_of
from watcher.core.tokens import token_view

if TYPE_CHECKING:
    from watcher.runtime import App

_MAX_ID = 2**62  # the database holds signed 64-bit integers


@app_command()
@click.option("--user", default="local", show_default=True, help="The user whose watches it opens.")
@click.option("--admin", is_flag=True, help="It may also read metrics and clear the cache.")
async def create(app: App, user: str, admin: bool, as_json: bool) -> None:
    """Create a token and print it once; only a hash of it is stored."""
    from watcher.accounts.tokens import make_token  # noqa: PLC0415 - loads the database, too slow for --help

    if not user.strip():  # an unset variable of a script would otherwise open the watches of another user
        raise click.UsageError("--user is empty: name the user whose watches the token opens.")
    made, secret = await make_token(app.stores, user, app.clock.now(), admin=admin)
    try:
        if as_json:
            print_json({**token_view(made), "token": secret})
        else:
            click.echo(secret)
    except OSError as error:  # also if the pipe is closed
        await app.stores.tokens.revoke(made.id, app.clock.now())
        why = f"Token {made.id} could not be shown, so it is revoked: {error.strerror}."
        raise WatcherError(Code.INTERNAL_ERROR, why) from error
    if not as_json:
        admin_note = " (admin)" if made.admin else ""
        say(f"That is token {made.id} of {made.user}{admin_note}. It is shown only now.", err=True)


@app_command("list", database_only=True)
@click.option("--user", metavar="TEXT", help="Only tokens of this user.")
async def list_tokens(app: App, user: str | None, as_json: bool) -> None:
    """List tokens, without their secrets."""
    tokens = [token_view(t) for t in app.stores.tokens.listed() if user in (None, t.user)]
    if as_json:
        print_json({"tokens": tokens})
        return
    if not tokens and app.stores.tokens.ever():
        say(f"{user} has no tokens.")
        return
    if not tokens:
        say("No tokens yet: the API answers requests from this machine without one.")
        return
    rows = [
        (
            t["id"],
            t["user"],
            "yes" if t["admin"] else "",
            time_words(t["createdAt"]),
            time_words(t["revokedAt"]),
        )
        for t in tokens
    ]
    print_table("", ("id", "user", "admin", "created", "revoked"), rows, "id")


@app_command(database_only=True)
@click.argument("number", metavar="[ID]", type=click.IntRange(1, _MAX_ID), required=False)
@click.option("--user", metavar="TEXT", help="Every token of this user; with ID, only if it is the user's.")
async def revoke(app: App, number: int | None, user: str | None, as_json: bool) -> None:
    """Revoke a token immediately, in a running daemon too; or with --user, all tokens of a user."""
    if number is None and user is None:
        raise click.UsageError("Give the ID of a token, or --user to revoke all tokens of a user.")
    valid = [t for t in app.stores.tokens.listed() if t.revoked_at is None and user in (None, t.user)]
    chosen = [t.id for t in valid if number in (None, t.id)]
    now = app.clock.now()
    revoked = [token for token in chosen if await app.stores.tokens.revoke(token, now)]
    of_user = "" if user is None else f" of {user}"
    if not revoked:
        name = "" if number is None else f" {number}"
        raise NotFound(f"There is no valid token{name}{of_user}; `watcher token list` shows them.")
    if number is not None:
        print_outcome({"id": number, "revoked": True}, f"Token {number} is revoked.", as_json=as_json)
        return
    are_revoked = f"{count_of(len(revoked), 'token')}{of_user} {plural_of(len(revoked), 'is', 'are')} revoked"
    view = {"user": user, "ids": revoked, "revoked": True}
    print_outcome(view, f"{are_revoked}: {', '.join(map(str, revoked))}.", as_json=as_json)
