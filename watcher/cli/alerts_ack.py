"""`watcher alerts ack`: acknowledge an incident or a price alert."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.options import author_option
from watcher.cli.printing import print_outcome
from watcher.cli.runner import app_command
from watcher.core.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from watcher.runtime import App

_MAX_AUTHOR = 200  # characters


@app_command()
@click.argument("name", metavar="ID")
@author_option
async def ack(app: App, name: str, author: str, as_json: bool) -> None:
    """Acknowledge ID. An incident sends no more reminders, only its end; a price alert is marked as seen."""
    author = author.strip()[:_MAX_AUTHOR]
    now = app.clock.now()
    if not author:
        raise InvalidInput("Name whoever acknowledges it: --by NAME.")
    is_acknowledged = name.isalnum() and (
        await app.stores.incidents.ack(name, now, author) or await app.stores.alerts.ack(name, now, author)
    )
    if not is_acknowledged:
        if name.isalnum() and app.stores.incidents.get(name):
            raise InvalidInput(f"Incident {name} is already resolved.")
        raise NotFound(f'There is no alert or incident "{name[:60]}"; `watcher alerts list` shows them.')
    view = {"id": name, "ackedBy": author}
    print_outcome(view, f"{name} is acknowledged by {author}.", as_json=as_json)
