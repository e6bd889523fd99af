"""`watcher alerts resend`: send a dead letter once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.printing import print_outcome, print_warnings
from watcher.cli.runner import app_command
from watcher.core.plurals import count_of
from watcher.monitoring.dead_letters import resend_dead_letter

if TYPE_CHECKING:
    from watcher.runtime import App


@app_command()
@click.argument("name", metavar="ID")
async def resend(app: App, name: str, as_json: bool) -> None:
    """Send the dead letter about ID once more: a price alert, or an incident of the operators.

    A destination that refused the message gets it again at the daemon's next round; an incident's newest
    message counts.
    """
    view = await resend_dead_letter(app.stores, app.router.is_configured, name, app.clock.now())
    sent_to = view["to"]
    messages = "The message" if len(sent_to) == 1 else count_of(len(sent_to), "message")
    sentence = f"{messages} about {name} to {', '.join(sent_to)} will be sent once more by the daemon."
    print_outcome(view, sentence, as_json=as_json)
    if not as_json:
        print_warnings(view["warnings"])
