"""How ops incidents are printed, and acknowledged."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from watcher.cli.printing import json_option, print_json, print_table, say
from watcher.cli.runner import Setup, with_app
from watcher.cli.silences import login

if TYPE_CHECKING:
    from collections.abc import Sequence

    from watcher.core.monitoring.incidents import Incident
    from watcher.db.incidents import IncidentMessage
    from watcher.runtime import App


def print_incidents(found: Sequence[Incident]) -> None:
    """A table of them, the newest first."""
    from watcher.core.times import iso  # noqa: PLC0415 - only where it prints

    rows = [(i.id, iso(i.fired_at), f"{i.api} {i.symptom}", _how(i), i.headline) for i in found]
    print_table("", ("incident", "began", "of", "now", "what"), rows)


def _how(i: Incident) -> str:
    from watcher.core.times import in_words  # noqa: PLC0415 - only where it prints

    if i.resolved_at is not None:
        return f"over after {in_words(i.ended_at - i.since)}"
    known = f", known to {i.acked_by}" if i.acked_by else ""
    return f"{i.state}{known}{', silenced' if i.owed else ''}"


def show_incident(incident: Incident, messages: Sequence[IncidentMessage], *, as_json: bool) -> None:
    """One incident and what was told of it."""
    from watcher.core.monitoring.incident_views import incident_view, notice_view  # noqa: PLC0415 - only where it prints

    if as_json:
        told = [notice_view(m.notice, m.state, m.done_at, m.error) for m in messages]
        print_json(incident_view(incident) | {"messages": told})
    else:
        _print_incident(incident, messages)


def _print_incident(incident: Incident, messages: Sequence[IncidentMessage]) -> None:
    from watcher.core.times import iso  # noqa: PLC0415 - only where it prints

    say(f"Incident {incident.id}: {incident.api} {incident.symptom}, {_how(incident)}")
    say(f"Since {iso(incident.since)}, told from {iso(incident.fired_at)} on")
    for m in messages:
        sent = f" {iso(m.done_at)}" if m.state == "sent" and m.done_at else ""
        say(f"{m.notice.phase}, {m.state}{sent}{f' ({m.error})' if m.error else ''}: {m.notice.headline}")
    if messages:
        for name, value in messages[-1].notice.facts:
            say(f"  {name}: {value}")
        if messages[-1].notice.advice:
            say(f"  What to do: {messages[-1].notice.advice}")
    elif incident.headline:
        say(incident.headline)


@click.command(short_help="Somebody knows: no more reminders.")
@click.argument("name", metavar="ID")
@click.option("--by", "author", metavar="NAME", default=login, show_default="you", help="Who knows.")
@json_option
@click.pass_obj
def ack(setup: Setup, name: str, author: str, as_json: bool) -> None:
    """Acknowledge ID. An incident is not repeated any more, and its end is told; a price alert was seen."""
    from watcher.core.errors import InvalidInput, NotFound  # noqa: PLC0415 - only where it looks

    async def work(app: App) -> None:
        now, by = app.clock.now(), author.strip()[:200]
        if not by:
            raise InvalidInput("Say who knows: --by NAME.")
        if name.isalnum():
            if await app.stores.incidents.ack(name, now, by) or await app.stores.alerts.ack(name, now, by):
                return
            if app.stores.incidents.get(name):
                raise InvalidInput(f"Incident {name} is over already.")
        raise NotFound(f'There is no alert or incident "{name[:60]}"; `watcher alerts list` shows them.')

    with_app(setup, work)
    if as_json:
        print_json({"id": name, "ackedBy": author.strip()[:200]})
    else:
        say(f"{name} is acknowledged by {author.strip()[:200]}.")
