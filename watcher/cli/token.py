"""`watcher token create`, `list` and `revoke`: the tokens of the HTTP API."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.printing import print_json, print_outcome, print_table, say, time_words
from watcher.cli.runner import app_command
from watcher.core.errors import NotFound
from watcher.core.tokens import token_view

if TYPE_CHECKING:
    from watcher.runtime import App

_MAX_ID = 2**62  # the database holds signed 64-bit integers


@app_command()
@click.option("--user", default="local", show_default=True, help="The user whose watches it opens.")
@click.option("--admin", is_flag=True, help="It may also read metrics and clear the cache.")
async def create(app: App, user: str, admin: bool, as_json: bool) -> None:
    """Create a token and print it once; only a hash of it is stored."""
    from watcher.runtime.api_tokens import make_token  # noqa: PLC0415 - loads App, too slow for --help

    made, secret = await make_token(app, user, admin=admin)
    if as_json:
        print_json({**token_view(made), "token": secret})
        return
    admin_note = " (admin)" if made.admin else ""
    say(f"Token {made.id} of {made.user}{admin_note}. It is shown only now:", err=True)
    click.echo(secret)


@app_command("list")
async def list_tokens(app: App, as_json: bool) -> None:
    """List all tokens, without their secrets."""
    tokens = [token_view(t) for t in app.stores.tokens.listed()]
    if as_json:
        print_json({"tokens": tokens})
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


@app_command()
@click.argument("number", metavar="ID", type=click.IntRange(1, _MAX_ID))
async def revoke(app: App, number: int, as_json: bool) -> None:
    """Revoke a token immediately, in a running daemon too."""
    if not await app.stores.tokens.revoke(number, app.clock.now()):
        raise NotFound(f"There is no valid token {number}; `watcher token list` shows them.")
    print_outcome({"id": number, "revoked": True}, f"Token {number} is revoked.", as_json=as_json)
