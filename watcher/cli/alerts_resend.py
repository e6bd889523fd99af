"""`watcher alerts resend`: send a dead letter once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.printing import print_outcome, print_warnings
from watcher.cli.runner import app_command
from watcher.core.errors import NotFound, RequestRefused
from watcher.core.plurals import count_of

if TYPE_CHECKING:
    from watcher.runtime import App

_CONFLICT = 409


@app_command()
@click.argument("name", metavar="ID")
async def resend(app: App, name: str, as_json: bool) -> None:
    """Send the dead letter about ID once more: a price alert, or an incident of the operators.

    A destination that refused the message gets it again at the daemon's next round; an incident's newest
    message counts.
    """
    sent_to = await app.stores.outbox.resend(name, app.clock.now()) if name.isalnum() else ()
    if not sent_to:
        raise _why_not(app, name)
    missing = [to for to in sent_to if not app.router.is_configured(to)]
    warnings = [f"The configuration has no destination {to}, so the message waits." for to in missing]
    view = {"id": name, "to": list(sent_to), "warnings": warnings}
    messages = "The message" if len(sent_to) == 1 else count_of(len(sent_to), "message")
    sentence = f"{messages} about {name} to {', '.join(sent_to)} will be sent once more by the daemon."
    print_outcome(view, sentence, as_json=as_json)
    if not as_json:
        print_warnings(warnings)


def _why_not(app: App, name: str) -> Exception:
    """Return the reason why there is nothing to send again."""
    if name.isalnum() and (row := app.stores.alerts.get(name)):
        state = {"sent": "was sent", "pending": "is still waiting to be sent"}.get(row.state, row.state)
        return RequestRefused(_CONFLICT, f"The message about alert {name} is not a dead letter: it {state}.")
    if name.isalnum() and app.stores.incidents.get(name):
        return RequestRefused(_CONFLICT, f"No message about incident {name} is a dead letter.")
    return NotFound(f'There is no alert or incident "{name[:60]}"; `watcher alerts list` shows them.')
