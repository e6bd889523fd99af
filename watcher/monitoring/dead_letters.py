"""Dead letters as JSON, and how one is sent once more: for commands and web endpoints."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from watcher.core.errors import NotFound, RequestRefused
from watcher.core.times import Instant, iso
from watcher.core.typed_text import quoted
from watcher.db.dead_letters import DeadLetter
from watcher.db.stores import Stores

_CONFLICT = 409


def dead_letter_view(letter: DeadLetter) -> dict[str, Any]:
    """Return the facts of a delivery that failed, without the content of the message."""
    return {
        "id": letter.ref,
        "kind": "incident" if letter.kind == "ops" else letter.kind,
        "to": letter.to,
        "why": letter.why,
        "code": letter.code or None,
        "attempts": letter.attempts,
        "at": iso(letter.at),
    }


async def resend_dead_letter(
    stores: Stores, is_configured: Callable[[str], bool], name: str, now: Instant
) -> dict[str, Any]:
    """Send the dead letters about an alert or incident once more; return `alerts resend --json`.

    Raises NotFound, and RequestRefused if there is no dead letter about it.
    """
    sent_to = await stores.outbox.resend(name, now) if name.isalnum() else ()
    if not sent_to:
        raise _why_not(stores, name)
    missing = [to for to in sent_to if not is_configured(to)]
    warnings = [f"The configuration has no destination {to}, so the message waits." for to in missing]
    return {"id": name, "to": list(sent_to), "warnings": warnings}


def _why_not(stores: Stores, name: str) -> Exception:
    """Return the reason why there is nothing to send again."""
    if name.isalnum() and (row := stores.alerts.get(name)):
        state = {
            "sent": "was sent",
            "pending": "is still waiting to be sent",
            "gone": f"was not sent, because {row.error}",
        }.get(row.state, row.state)
        return RequestRefused(_CONFLICT, f"The message about alert {name} is not a dead letter: it {state}.")
    if name.isalnum() and stores.incidents.get(name):
        return RequestRefused(_CONFLICT, f"No message about incident {name} is a dead letter.")
    return NotFound(f"There is no alert or incident {quoted(name)}; `watcher alerts list` shows them.")
