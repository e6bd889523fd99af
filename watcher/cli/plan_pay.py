"""`watcher plan upgrade` and `portal`: the addresses at which a user pays for a plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.accounts.people import require_user
from watcher.cli.printing import print_json, say, waiting
from watcher.cli.runner import app_command
from watcher.core.errors import NotFound
from watcher.core.tokens import LOCAL

if TYPE_CHECKING:
    from watcher.accounts.billing import Billing
    from watcher.runtime import App

_USER_HELP = "The user who pays."


@app_command("upgrade")
@click.argument("name")
@click.option("--user", required=True, help=_USER_HELP)
async def upgrade_plan(app: App, name: str, user: str, as_json: bool) -> None:
    """Print the address at which a user pays for the plan NAME.

    A user who pays for a plan already gets the address at which it is changed.
    """
    billing, payer = _billing_of(app), _payer(app, user)
    with waiting("Asking Stripe …"):
        url = await billing.checkout(payer, name, app.clock.now())
    _print_address(url, f"There {payer} pays for the plan, or changes the one that is paid.", as_json=as_json)


@app_command()
@click.option("--user", required=True, help=_USER_HELP)
async def portal(app: App, user: str, as_json: bool) -> None:
    """Print the address at which a user changes the card or the plan, or cancels it."""
    billing, payer = _billing_of(app), _payer(app, user)
    with waiting("Asking Stripe …"):
        url = await billing.portal(payer)
    _print_address(url, f"There {payer} changes or cancels the plan.", as_json=as_json)


def _billing_of(app: App) -> Billing:
    if app.billing is None:
        raise NotFound("No plan is for sale: `[plans]` in the configuration has none with a price_id.")
    return app.billing


def _payer(app: App, name: str) -> str:
    return LOCAL if name == LOCAL else require_user(app.stores, name).name


def _print_address(url: str, about: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"url": url})
        return
    click.echo(url)
    say(about, err=True)
