"""`watcher explain`: why a watch did or did not alert, step by step, from what is stored."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from watcher.cli.options import number_argument
from watcher.cli.printing import coloured, json_option, print_json, say
from watcher.cli.runner import Setup, with_app

if TYPE_CHECKING:
    from watcher.runtime import App

_MARKS = {True: ("yes ", "green"), False: ("no  ", "red"), None: (" .  ", "yellow")}


@click.command()
@number_argument
@click.argument("item", metavar="[ITEM]", default="")
@json_option
@click.pass_obj
def explain(setup: Setup, number: int, item: str, as_json: bool) -> None:
    """Why WATCH did or did not alert: about ITEM (its number, or the address of its page), or at all.

    From what is stored; eBay is not asked.
    """
    from watcher.core.serializers import explanation_view  # noqa: PLC0415 - only where it prints

    async def work(app: App) -> dict[str, Any]:
        watch = app.registry.get(number)
        return explanation_view(watch, app.queries.explain(watch, item))

    found = with_app(setup, work)
    if as_json:
        print_json(found)
        return
    say(f"Watch {found['watch']}, {found['name']}: {found['verdict']}.")
    for step in found["steps"]:
        click.echo(f"{coloured(*_MARKS[step['passed']])}  {step['step']:8}  ", nl=False)
        say(step["said"])
