"""`watcher token …`: who may use the HTTP API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from watcher.cli.printing import json_option, print_json, print_table
from watcher.cli.runner import Setup, with_app

if TYPE_CHECKING:
    from watcher.core.tokens import Token
    from watcher.runtime import App

_LARGEST_NUMBER = 2**62


@click.group()
def token() -> None:
    """Create, list and revoke the tokens of the HTTP API."""


@token.command()
@click.option("--user", default="local", show_default=True, help="Whose watches it opens.")
@click.option("--admin", is_flag=True, help="It may also read metrics and clear the cache.")
@json_option
@click.pass_obj
def create(setup: Setup, user: str, admin: bool, as_json: bool) -> None:
    """Make a token and show it, once."""
    from watcher.core.tokens import token_view  # noqa: PLC0415 - only where it prints
    from watcher.runtime.api_tokens import make_token  # noqa: PLC0415 - see above

    async def work(app: App) -> tuple[Token, str]:
        return await make_token(app, user, admin=admin)

    made, secret = with_app(setup, work)
    if as_json:
        print_json({**token_view(made), "token": secret})
        return
    click.echo(
        f"Token {made.id} of {made.user}{' (admin)' if made.admin else ''}. It is shown only now:", err=True
    )
    click.echo(secret)


@token.command("list")
@json_option
@click.pass_obj
def list_(setup: Setup, as_json: bool) -> None:
    """All tokens, without their secrets."""
    from watcher.core.tokens import token_view  # noqa: PLC0415 - only where it prints

    async def work(app: App) -> Sequence[Token]:
        return app.stores.tokens.listed()

    found = [token_view(t) for t in with_app(setup, work)]
    if as_json:
        print_json({"tokens": found})
        return
    if not found:
        click.echo("No tokens yet: the API answers this machine without one.")
        return
    rows = [(t["id"], t["user"], "yes" if t["admin"] else "", t["createdAt"], t["revokedAt"]) for t in found]
    print_table("", ("id", "user", "admin", "created", "revoked"), rows, "id")


@token.command()
@click.argument("number", metavar="ID", type=click.IntRange(1, _LARGEST_NUMBER))
@json_option
@click.pass_obj
def revoke(setup: Setup, number: int, as_json: bool) -> None:
    """End a token at once; a running daemon obeys."""
    from watcher.core.errors import NotFound  # noqa: PLC0415 - only where it looks

    async def work(app: App) -> None:
        if not await app.stores.tokens.revoke(number, app.clock.now()):
            raise NotFound(
                f"There is no token {number} that is still valid; `watcher token list` shows them."
            )

    with_app(setup, work)
    if as_json:
        print_json({"id": number, "revoked": True})
    else:
        click.echo(f"Token {number} is revoked.")
