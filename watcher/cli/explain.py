"""`watcher explain`: why a watch did or did not alert, step by step, from stored data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.options import watch_argument
from watcher.cli.printing import print_json, say, say_marked, with_times
from watcher.cli.runner import app_command
from watcher.core.serializers import explanation_view

if TYPE_CHECKING:
    from watcher.runtime import App

_MARKS = {True: ("yes ", "green"), False: ("no  ", "red"), None: (" .  ", "yellow")}


@app_command(database_only=True)
@watch_argument
@click.argument("item", metavar="[ITEM]", default="")
async def explain(app: App, number: int, item: str, as_json: bool) -> None:
    """Explain why WATCH did or did not alert: on ITEM (its number or the address of its page), or at all.

    The explanation uses stored data; eBay is not called.
    """
    watch = app.registry.get(number)
    explanation = explanation_view(watch, app.queries.explain(watch, item))
    if as_json:
        print_json(explanation)
        return
    say(f"Watch {explanation['watch']}, {explanation['name']}: {with_times(explanation['verdict'])}.")
    for step in explanation["steps"]:
        say_marked(*_MARKS[step["passed"]], f"{step['step']:8}", with_times(step["said"]))
